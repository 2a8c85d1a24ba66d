package storefront

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"korzo/ui"
)

// theme is what a flow, or the page that a checkout is embedded in, says of its
// look: roles of the tokens, never styles. The zero theme is the shop's own.
type theme struct {
	Accent string // "1a5fb4"
	Radius string // in pixels, "0" to "24"
	Font   string // one of fonts
	Scheme string // "light" or "dark": as the page around it, whatever the device says
}

// fonts are the families that a theme may choose, which every device has.
var fonts = map[string]string{"system": "", "serif": `Georgia, "Times New Roman", "Noto Serif", serif`, "mono": `ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace`}

var (
	sixDigits = regexp.MustCompile(`^[0-9a-f]{6}$`)
	pixels    = regexp.MustCompile(`^(1?[0-9]|2[0-4])$`)
)

// themeOf reads a theme; what cannot be one is left out.
func themeOf(q url.Values) (t theme) {
	if accent := strings.ToLower(strings.TrimPrefix(q.Get("accent"), "#")); sixDigits.MatchString(accent) {
		t.Accent = accent
	}
	if pixels.MatchString(q.Get("radius")) {
		t.Radius = q.Get("radius")
	}
	if _, known := fonts[q.Get("font")]; known {
		t.Font = q.Get("font")
	}
	if slices.Contains([]string{"light", "dark"}, q.Get("scheme")) {
		t.Scheme = q.Get("scheme")
	}
	return t
}

// url is where the theme's style sheet is; "" for the shop's own look.
func (t theme) url() string {
	q := url.Values{}
	for name, value := range map[string]string{"accent": t.Accent, "radius": t.Radius, "font": t.Font, "scheme": t.Scheme} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "/assets/theme.css?" + q.Encode()
}

// themeSheet is a style sheet that gives tokens other values and nothing else.
func (s *Shop) themeSheet(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(themeOf(r.URL.Query()).css())) // nobody is left to tell
}

// The surfaces that an accent is read on, in the light and in the dark.
const (
	lightSurface = "fbfaf7"
	darkSurface  = "161512"
)

func (t theme) css() string {
	var b strings.Builder
	if t.Radius != "" {
		fmt.Fprintf(&b, ":root{--radius:%spx;--radius-l:%spx}", t.Radius, t.Radius)
	}
	if font := fonts[t.Font]; font != "" {
		fmt.Fprintf(&b, ":root{--font:%s}", font)
	}
	if t.Accent != "" {
		fmt.Fprintf(&b, ":root{%s}@media (prefers-color-scheme: dark){:root{%s}}", ui.Accents(t.Accent, lightSurface), ui.Accents(t.Accent, darkSurface))
	}
	if t.Scheme != "" {
		fmt.Fprintf(&b, ":root{color-scheme:%s}", t.Scheme)
	}
	return b.String()
}

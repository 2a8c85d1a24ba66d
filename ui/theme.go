package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Colours are colours by role, each "#rrggbb". What is missing is the look's own.
type Colours map[string]string

// Theme is a merchant's values for the tokens of the look: colours by role for
// the light and for the dark, how round corners are, and which family of types
// is read. The zero Theme is the look as it is.
type Theme struct {
	Light  Colours `json:"light,omitempty"`
	Dark   Colours `json:"dark,omitempty"`
	Radius string  `json:"radius,omitempty"` // pixels, "0" to "24"
	Font   string  `json:"font,omitempty"`   // one of Fonts
}

// Roles are the colours that a theme may give, the page's own first. All other
// roles follow from these, or say what is good and bad and stay.
var Roles = []string{"surface", "surface-raised", "text", "text-quiet", "accent", "on-accent"}

// Fonts are the families that a theme may choose, in the order they are offered:
// every device has them, so no page waits for one.
var Fonts = []string{"system", "serif", "mono"}

var families = map[string]string{"serif": `Georgia, "Times New Roman", "Noto Serif", serif`, "mono": `ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace`}

// The schemes, by the words of CSS.
const (
	Light = "light"
	Dark  = "dark"
)

var (
	colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	radiusForm = regexp.MustCompile(`^(1?[0-9]|2[0-4])$`)
	token      = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)
)

// own are the colours of the look itself, as its style sheet has them: the first
// block is of the light, the second of the dark.
var own = func() map[string]Colours {
	light, dark, _ := strings.Cut(tokens, "@media (prefers-color-scheme: dark)")
	all := map[string]Colours{Light: {}, Dark: {}}
	for scheme, text := range map[string]string{Light: light, Dark: dark} {
		for _, m := range token.FindAllStringSubmatch(text, -1) {
			all[scheme][m[1]] = m[2]
		}
	}
	return all
}()

// ReadTheme reads a theme as Theme.String wrote it; what cannot be one is the
// zero Theme.
func ReadTheme(text string) (t Theme) {
	if text == "" || json.Unmarshal([]byte(text), &t) != nil {
		return Theme{}
	}
	return t
}

// String is the theme as it is kept; "" for the zero Theme.
func (t Theme) String() string {
	if len(t.Light) == 0 && len(t.Dark) == 0 && t.Radius == "" && t.Font == "" {
		return ""
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // maps of strings
	}
	return string(b)
}

// given are a scheme's own values of a theme.
func (t Theme) given(scheme string) Colours {
	if scheme == Dark {
		return t.Dark
	}
	return t.Light
}

// Colours are all colours of a scheme: the theme's, what follows from them, and
// the look's own for the rest.
func (t Theme) Colours(scheme string) Colours {
	all, given := maps.Clone(own[scheme]), t.given(scheme)
	for _, role := range Roles {
		if c, ok := given[role]; ok && colourForm.MatchString(c) {
			all[role] = c
		}
	}
	changed := func(roles ...string) bool {
		return slices.ContainsFunc(roles, func(r string) bool { return all[r] != own[scheme][r] })
	}
	surface, text, accent := rgb(all["surface"]), rgb(all["text"]), rgb(all["accent"])
	if changed("surface", "text") {
		all["surface-sunken"] = surface.towards(text, 0.05).hex()
		all["line"] = surface.towards(text, 0.16).hex()
		all["line-strong"] = surface.towards(text, 0.16).until(text, surface, 3).hex()
	}
	if changed("accent", "text") {
		all["accent-strong"] = accent.towards(text, 0.2).hex()
	}
	if changed("surface", "accent") {
		all["focus"] = accent.until(text, surface, 3).hex()
	}
	return all
}

// Unreadable is a pair of roles whose contrast is below what WCAG 2.2 AA asks.
type Unreadable struct {
	Scheme, Role, On string
	Ratio, Needs     float64
	Nearest          string // the nearest value of Role that can be read; "" where there is none
}

// pairs are what is read on what, and the contrast that it needs: 4.5 for text,
// 3 for what only has to be seen.
var pairs = []struct {
	role, on string
	needs    float64
}{
	{"text", "surface", 4.5}, {"text", "surface-raised", 4.5}, {"text", "surface-sunken", 4.5},
	{"text-quiet", "surface", 4.5}, {"text-quiet", "surface-raised", 4.5}, {"text-quiet", "surface-sunken", 4.5},
	{"accent", "surface", 4.5}, {"accent", "surface-raised", 4.5}, {"accent", "surface-sunken", 4.5},
	{"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
	{"error", "surface", 4.5}, {"error", "surface-raised", 4.5}, {"good", "surface", 4.5}, {"good", "surface-raised", 4.5},
	{"focus", "surface", 3}, {"focus", "surface-raised", 3},
}

// Unreadables are all pairs that cannot be read, in the light first; nil for a
// theme that may be worn. Of a role on several surfaces the worst is named.
func (t Theme) Unreadables() (all []Unreadable) {
	for _, scheme := range []string{Light, Dark} {
		colours := t.Colours(scheme)
		for _, p := range pairs {
			a, b := rgb(colours[p.role]), rgb(colours[p.on])
			ratio := contrast(a, b)
			if ratio >= p.needs {
				continue
			}
			u := Unreadable{Scheme: scheme, Role: p.role, On: p.on, Ratio: ratio, Needs: p.needs, Nearest: nearest(a, b, p.needs)}
			if i := slices.IndexFunc(all, func(o Unreadable) bool { return o.Scheme == scheme && o.Role == p.role }); i < 0 {
				all = append(all, u)
			} else if all[i].Ratio > ratio {
				all[i] = u
			}
		}
	}
	return all
}

// nearest is the nearest colour to a that can be read on b.
func nearest(a, b colour, needs float64) string {
	to := colour{}
	if luminance(b) < 0.18 { // black would be worse than white
		to = colour{255, 255, 255}
	}
	if c := a.until(to, b, needs); contrast(c, b) >= needs {
		return c.hex()
	}
	return ""
}

// Malformed are the fields of a theme that are no values: "light.accent", "radius".
func (t Theme) Malformed() (fields []string) {
	for _, scheme := range []string{Light, Dark} {
		for _, role := range slices.Sorted(maps.Keys(t.given(scheme))) {
			if !slices.Contains(Roles, role) || !colourForm.MatchString(t.given(scheme)[role]) {
				fields = append(fields, scheme+"."+role)
			}
		}
	}
	if t.Radius != "" && !radiusForm.MatchString(t.Radius) {
		fields = append(fields, "radius")
	}
	if t.Font != "" && !slices.Contains(Fonts, t.Font) {
		fields = append(fields, "font")
	}
	return fields
}

// CSS is a style sheet that gives tokens the theme's values and does nothing
// else; "" for the zero Theme.
func (t Theme) CSS() string {
	var b strings.Builder
	if s := t.shape(); s != "" {
		fmt.Fprintf(&b, ":root{%s}", s)
	}
	if s := changes(t.Colours(Light), own[Light]); s != "" {
		fmt.Fprintf(&b, ":root{%s}", s)
	}
	if s := changes(t.Colours(Dark), own[Dark]); s != "" {
		fmt.Fprintf(&b, "@media (prefers-color-scheme: dark){:root{%s}}", s)
	}
	return b.String()
}

// In is a style sheet that dresses what a selector finds in a scheme of the
// theme, whatever scheme the page around it is in.
func (t Theme) In(selector, scheme string) string {
	return fmt.Sprintf("%s{color-scheme:%s;%s%s}", selector, scheme, t.shape(), changes(t.Colours(scheme), nil))
}

func (t Theme) shape() (s string) {
	if radiusForm.MatchString(t.Radius) {
		large, _ := strconv.Atoi(t.Radius)
		s = fmt.Sprintf("--radius:%spx;--radius-l:%dpx;", t.Radius, large*7/4)
	}
	if family := families[t.Font]; family != "" {
		s += "--font:" + family + ";"
	}
	return s
}

// changes are declarations of all roles that differ from those before.
func changes(now, before Colours) string {
	var b strings.Builder
	for _, role := range slices.Sorted(maps.Keys(now)) {
		if now[role] != before[role] {
			fmt.Fprintf(&b, "--%s:%s;", role, now[role])
		}
	}
	return b.String()
}

// Accents are the tokens of a colour (six digits) on a surface: the colour
// itself, or the nearest one towards black or white that can be read there.
func Accents(of, surface string) string {
	accent, ground := rgb("#"+of), rgb("#"+surface)
	to := colour{}
	if luminance(ground) < 0.2 {
		to = colour{255, 255, 255}
	}
	accent = accent.until(to, ground, 4.5)
	on := colour{255, 255, 255}
	if contrast(accent, on) < 4.5 {
		on = accent.towards(colour{}, 0.85)
	}
	return fmt.Sprintf("--accent:%s;--accent-strong:%s;--on-accent:%s", accent.hex(), accent.towards(to, 0.2).hex(), on.hex())
}

// colour is red, green and blue, 0 to 255.
type colour [3]float64

func rgb(text string) (c colour) {
	var r, g, b uint8
	if _, err := fmt.Sscanf(text, "#%02x%02x%02x", &r, &g, &b); err != nil {
		return c
	}
	return colour{float64(r), float64(g), float64(b)}
}

func (c colour) hex() string {
	return fmt.Sprintf("#%02x%02x%02x", uint8(math.Round(c[0])), uint8(math.Round(c[1])), uint8(math.Round(c[2])))
}

// towards moves a colour a part of the way to another.
func (c colour) towards(to colour, part float64) colour {
	for i := range c {
		c[i] += (to[i] - c[i]) * part
	}
	return c
}

// until moves a colour towards another until it can be seen on a surface, and no
// further.
func (c colour) until(to, surface colour, needs float64) colour {
	for part := 0.0; part <= 1; part += 0.02 {
		if moved := rgb(c.towards(to, part).hex()); contrast(moved, surface) >= needs {
			return moved
		}
	}
	return to
}

// luminance is how light a colour is to the eye, 0 to 1, as WCAG 2.2 has it.
func luminance(c colour) (sum float64) {
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		part := c[i] / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}

// contrast is that of two colours, 1 to 21, as WCAG 2.2 has it.
func contrast(a, b colour) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

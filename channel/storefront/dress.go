package storefront

import (
	"hash/fnv"
	"net/http"
	"strconv"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/ui"
)

// dressed says whether the merchant gave the tokens values of their own.
func (p page) dressed() bool { return p.visit != nil && p.channel.Theme != "" }

// dress is where the merchant's style sheet is. It has another address with every
// theme, so that browsers keep it for ever.
func (p page) dress() string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(p.channel.Theme)) // never fails
	return "/assets/dress.css?v=" + strconv.FormatUint(sum.Sum64(), 36)
}

// ground is the colour of the page itself, which a phone paints its own frame in.
func (p page) ground(scheme string) string {
	if p.dressed() {
		return ui.ReadTheme(p.channel.Theme).Colours(scheme)["surface"]
	}
	if scheme == ui.Dark {
		return "#" + darkSurface
	}
	return "#" + lightSurface
}

// dressSheet gives tokens the merchant's values and does nothing else.
func (s *Shop) dressSheet(w http.ResponseWriter, r *http.Request) {
	var c market.Channel
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = market.FindChannel(r.Context(), tx, s.Channel)
		return err
	})
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if err != nil {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write([]byte(ui.ReadTheme(c.Theme).CSS())) // nobody is left to tell
}

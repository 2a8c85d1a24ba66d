package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/ui"
)

// dressing is the look of a channel, as it is kept or as somebody tries it.
type dressing struct {
	Channels []market.Channel
	Channel  market.Channel
	Theme    ui.Theme
	Wrong    []ui.Unreadable
	Tried    bool // it is not what is kept
	query    url.Values
}

// themeOf reads a theme from its form. Colours that are the look's own are not
// the theme's: it follows the look where the merchant has no wish.
func (f *form) theme() (t ui.Theme) {
	own := ui.Theme{}
	for scheme, colours := range map[string]*ui.Colours{ui.Light: &t.Light, ui.Dark: &t.Dark} {
		for _, role := range ui.Roles {
			if c := f.get(scheme + "." + role); c != "" && c != own.Colours(scheme)[role] {
				if *colours == nil {
					*colours = ui.Colours{}
				}
				(*colours)[role] = c
			}
		}
	}
	t.Radius, t.Font = f.get("radius"), f.get("font")
	if t.Font == ui.Fonts[0] {
		t.Font = ""
	}
	return t
}

func (f *form) fillTheme(t ui.Theme) {
	for _, scheme := range []string{ui.Light, ui.Dark} {
		all := t.Colours(scheme)
		for _, role := range ui.Roles {
			f.set(scheme+"."+role, all[role])
		}
	}
	f.set("radius", t.Radius)
	f.set("font", t.Font)
}

// dressing loads the channel that the address or the form names, or the first.
func (a *Admin) dressing(v *visit, tx *db.Tx, channel string) (d dressing, err error) {
	if d.Channels, err = market.Channels(v.ctx(), tx); err != nil || len(d.Channels) == 0 {
		return d, errors.Join(err, market.ErrChannelNotFound.With("there is no channel yet: make one first"))
	}
	d.Channel = d.Channels[0]
	for _, c := range d.Channels {
		if c.ID == channel || channel == "" && c.Kind == "storefront" {
			d.Channel = c
			break
		}
	}
	d.Theme = ui.ReadTheme(d.Channel.Theme)
	return d, nil
}

// showTheme is the look of a channel, or one that is tried by the address: the
// page of a theme that nobody has saved.
func (a *Admin) showTheme(v *visit) error {
	var d dressing
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		d, err = a.dressing(v, tx, v.query("channel"))
		return err
	})
	if err != nil {
		return err
	}
	f := v.newForm()
	if v.query("light.accent") != "" {
		f.values, d.Tried = v.r.URL.Query(), true
		d.Theme = f.theme()
	}
	return a.answerTheme(v, http.StatusOK, d, f)
}

func (a *Admin) answerTheme(v *visit, status int, d dressing, f *form) error {
	for _, field := range d.Theme.Malformed() {
		f.blame(field, "admin.problem.token")
	}
	d.Wrong = d.Theme.Unreadables()
	if !f.has("light.accent") {
		f.fillTheme(d.Theme)
	}
	d.query = url.Values{}
	for _, scheme := range []string{ui.Light, ui.Dark} {
		for _, role := range ui.Roles {
			d.query.Set(scheme+"."+role, f.get(scheme+"."+role))
		}
	}
	d.query.Set("radius", f.get("radius"))
	d.query.Set("font", f.get("font"))
	return v.show(status, v.themePage(d, f))
}

// themePreview dresses the two samples of the page, each in its scheme.
func (a *Admin) themePreview(v *visit) error {
	f := v.newForm()
	f.values = v.r.URL.Query()
	t := f.theme()
	v.w.Header().Set("Content-Type", "text/css; charset=utf-8")
	v.w.Header().Set("Cache-Control", "private, max-age=600")
	_, err := v.w.Write([]byte(t.In(".sample-"+ui.Light, ui.Light) + t.In(".sample-"+ui.Dark, ui.Dark)))
	return err
}

// saveTheme keeps a theme that can be read, or takes the channel's away. One that
// cannot be read is refused, with the nearest values that can.
func (a *Admin) saveTheme(v *visit) error {
	f := v.form()
	t := f.theme()
	if f.get("do") == "plain" {
		t = ui.Theme{}
	}
	var d dressing
	_, status, err := a.put(v, f, "channel.theme", func(tx *db.Tx) (_ string, err error) {
		if d, err = a.dressing(v, tx, f.get("channel")); err != nil {
			return "", err
		}
		d.Theme, d.Tried = t, true
		for _, u := range t.Unreadables() {
			f.wrong(u.Scheme+"."+u.Role, v.unreadable(u))
		}
		if len(t.Malformed()) > 0 || !f.ok() {
			return "", errMend
		}
		c := d.Channel
		c.Theme = t.String()
		return c.ID, market.SaveChannel(v.ctx(), tx, c)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return a.answerTheme(v, status, d, f)
	}
	return v.done(link(Prefix+"/theme", "channel", d.Channel.ID), "theme")
}

// unreadable says in words which colours are too near each other, and what to take.
func (v *visit) unreadable(u ui.Unreadable) string {
	ratio := func(r float64) string { return strconv.FormatFloat(float64(int(r*10))/10, 'f', 1, 64) + ":1" }
	text := v.T("admin.theme.unreadable", "Role", v.T("admin.token."+u.Role), "On", v.T("admin.token."+u.On), "Ratio", ratio(u.Ratio), "Needs", ratio(u.Needs))
	if u.Nearest != "" {
		text += " " + v.T("admin.theme.nearest", "Value", u.Nearest)
	}
	return text
}

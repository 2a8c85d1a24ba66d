package admin

import (
	"net/http"

	"korzo/ui"
)

// showUI is the living page of components: what ui draws, in every state. What is
// said there is made up.
func (a *Admin) showUI(v *visit) error { return v.show(http.StatusOK, v.uiPage()) }

// sampleInputs are a field in each of its states.
func (v *visit) sampleInputs() []ui.Input {
	long := v.T("admin.ui.sample")
	return []ui.Input{
		{Name: "rest", Label: v.T("admin.ui.rest"), Value: long},
		{Name: "empty", Label: v.T("admin.ui.empty"), Hint: v.T("admin.ui.hint"), Optional: v.T("admin.optional")},
		{Name: "wrong", Label: v.T("admin.ui.wrong"), Value: "12,9o", Error: v.T("admin.problem.whole")},
		{Name: "required", Label: v.T("admin.ui.required"), Required: true},
		{Name: "select", Label: v.T("admin.ui.select"), Options: same([]string{"EUR", "HUF", "SEK"}), Value: "HUF"},
		{Name: "area", Label: v.T("admin.ui.area"), Rows: 3, Value: long},
		{Name: "files", Label: v.T("admin.ui.files"), Type: "file", Multiple: true, Accept: "image/*"},
	}
}

// icons are all drawings.
var icons = []string{"bag", "shop", "check", "warning", "person", "search", "truck", "lock", "clock", "close", "up", "down", "grip", "undo", "plus", "picture", "zoom", "play", "store", "return", "gift", "heart", "mail", "key", "info"}

// roles are the colours a theme may give other values.
var roles = []string{"surface", "surface-raised", "surface-sunken", "line", "line-strong", "text", "text-quiet", "accent", "accent-strong", "on-accent",
	"good", "good-surface", "warning", "warning-surface", "error", "error-surface", "info", "info-surface", "focus"}

// sampleGoods are a product in each of its states in a list.
func (v *visit) sampleGoods() []ui.Goods {
	picture := ui.Picture{Src: drawing.URL, Width: 320, Height: 320}
	rest := ui.Goods{Title: v.T("admin.ui.sample"), Path: "#ui-shop", Picture: picture, Price: "€129.00"}
	all := []ui.Goods{rest, rest, rest, rest, rest}
	all[1].Prior, all[1].Price = v.T("admin.ui.prior"), "€99.00"
	all[2].Unit = v.T("admin.ui.unit")
	all[3].Words = v.T("admin.ui.from")
	all[4].Note, all[4].Picture = v.T("admin.ui.sold_out"), ui.Picture{}
	return all
}

// sampleAnswers are a choice in each of its states.
func (v *visit) sampleAnswers(scheme string) []ui.Answer {
	rest := ui.Answer{Name: scheme + "-choice", Value: "rest", Label: v.T("admin.ui.rest"), Note: v.T("admin.ui.sample"), After: ui.Price("€129.00")}
	chosen, off, box := rest, rest, rest
	chosen.Value, chosen.Label, chosen.Checked = "chosen", v.T("admin.ui.chosen"), true
	off.Value, off.Label, off.Disabled = "disabled", v.T("admin.ui.disabled"), true
	box.Name, box.Value, box.Label, box.Box = scheme+"-box", "yes", v.T("admin.ui.box"), true
	return []ui.Answer{rest, chosen, off, box}
}

// sampleShots are two pictures and a film.
func (v *visit) sampleShots(scheme string) ui.Pictures {
	all := ui.Pictures{ID: "ui-" + scheme + "-picture-", Label: v.T("admin.ui.gallery") + " " + scheme, Enlarge: v.T("admin.ui.enlarge"), Close: v.T("admin.ui.close")}
	for i := range 3 {
		s := ui.Shot{Picture: ui.Picture{Src: drawing.URL, Alt: v.T("admin.ui.sample"), Width: 320, Height: 320}, Full: drawing.URL,
			Thumb: ui.Picture{Src: drawing.URL}, Number: v.T("admin.ui.number", "Number", v.Number(int64(i+1)))}
		if i == 2 {
			s.Alt, s.Video, s.VideoType = v.T("admin.ui.film"), Prefix+"/assets/none.mp4", "video/mp4"
		}
		all.Shots = append(all.Shots, s)
	}
	return all
}

// sampleConsent is the question of the shop.
func (v *visit) sampleConsent(scheme string) ui.Consent {
	return ui.Consent{Label: v.T("admin.ui.ask_more") + " " + scheme, Action: Prefix + "/ui", Text: v.T("admin.ui.ask"), More: v.T("admin.ui.ask_more"), MorePath: "#ui-shop",
		None: v.T("admin.ui.ask_none"), All: v.T("admin.ui.ask_all")}
}

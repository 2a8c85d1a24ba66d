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

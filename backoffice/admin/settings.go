package admin

import (
	"net/http"
	"slices"
	"strings"

	"korzo/ui"
)

// knob is a page where something of the shop is decided.
type knob struct{ key, path, right string }

// settingGroups are all of them in one place, by what they are about. Each key
// has a name, a sentence, and words that people look for it by.
var settingGroups = []struct {
	name string
	all  []knob
}{
	{"shop", []knob{{"markets", Prefix + "/markets", "settings.read"}, {"channels", Prefix + "/channels", "settings.read"}, {"entities", Prefix + "/entities", "settings.read"}}},
	{"look", []knob{{"theme", Prefix + "/theme", "settings.read"}, {"pages", Prefix + "/content", "catalog.read"}, {"searching", Prefix + "/search/rules", "catalog.read"}}},
	{"selling", []knob{{"methods", Prefix + "/payment-methods", "flows.read"}, {"routing", Prefix + "/routing", "routing.read"}, {"protection", Prefix + "/protection", "routing.read"}, {"refund_limits", Prefix + "/refund-limits", "settings.read"}, {"points", Prefix + "/points", "settings.read"},
		{"flows", Prefix + "/flows", "flows.read"}, {"tax", Prefix + "/tax", "settings.read"}, {"price_lists", Prefix + "/price-lists", "catalog.read"}}},
	{"delivery", []knob{{"delivery", Prefix + "/delivery", "settings.read"}, {"places", Prefix + "/places", "settings.read"}, {"sourcing", Prefix + "/sourcing", "settings.read"},
		{"promises", Prefix + "/promises", "orders.read"}, {"safety", Prefix + "/stock/safety", "stock.read"}}},
	{"people", []knob{{"staff", Prefix + "/staff", "staff.read"}, {"roles", Prefix + "/roles", "staff.read"}, {"me", Prefix + "/me", own}}},
	{"messages", []knob{{"sending", Prefix + "/sending", "settings.read"}, {"mails", Prefix + "/mails/previews", "messages.read"}, {"consent", Prefix + "/consent", "customers.read"}}},
	{"machines", []knob{{"keys", Prefix + "/keys", "keys.write"}, {"webhooks", Prefix + "/webhooks", "webhooks.read"}, {"audit", Prefix + "/audit", "audit.read"}}},
}

// shownSettings are a group of those that somebody may see and looks for.
type shownSettings struct {
	Name string
	All  []knob
}

// settingsPages are the index of all settings, and those of the shop itself.
func (a *Admin) settingsPages() []page {
	return slices.Concat(listPages(a, a.keyList()), listPages(a, a.marketList()), listPages(a, a.channelList()), []page{
		{"GET /admin/settings", own, "settings", a.listSettings},
		{"GET /admin/markets/{id}", "settings.read", "settings", a.showMarket},
		{"POST /admin/markets/{id}", "settings.write", "settings", a.saveMarket},
		{"GET /admin/channels/{id}", "settings.read", "settings", a.showChannel},
		{"POST /admin/channels/{id}", "settings.write", "settings", a.saveChannel},
		{"GET /admin/entities", "settings.read", "settings", a.listEntities},
		{"GET /admin/entities/{id}", "settings.read", "settings", a.showEntity},
		{"POST /admin/entities/{id}", "settings.write", "settings", a.saveEntity},
		{"GET /admin/theme", "settings.read", "settings", a.showTheme},
		{"POST /admin/theme", "settings.write", "settings", a.saveTheme},
		{"GET /admin/theme/preview.css", "settings.read", "settings", a.themePreview},
		{"GET /admin/points", "settings.read", "settings", a.showWorths},
		{"POST /admin/points", "settings.write", "settings", a.saveWorths},
		{"GET /admin/refund-limits", "settings.read", "settings", a.showRefundLimits},
		{"POST /admin/refund-limits", "settings.write", "settings", a.saveRefundLimits},
		{"GET /admin/consent", "customers.read", "settings", a.showConsent},
		{"GET /admin/keys/new", "keys.write", "settings", a.newKeyPage},
		{"POST /admin/keys", "keys.write", "settings", a.createKey},
		{"GET /admin/keys/{id}", "keys.write", "settings", a.showKey},
		{"POST /admin/keys/{id}/revoke", "keys.write", "settings", a.revokeKey},
	})
}

// listSettings is every setting that the reader may see, narrowed to what they
// look for.
func (a *Admin) listSettings(v *visit) error {
	var groups []shownSettings
	for _, g := range settingGroups {
		s := shownSettings{Name: g.name}
		for _, one := range g.all {
			if v.may(one.right) == nil && v.isAbout(one, v.query("q")) {
				s.All = append(s.All, one)
			}
		}
		if len(s.All) > 0 {
			groups = append(groups, s)
		}
	}
	return v.show(http.StatusOK, v.settingsPage(groups))
}

// isAbout says whether every word that somebody looks for is of a setting: of its
// name, its sentence, or the words it is looked for by.
func (v *visit) isAbout(s knob, query string) bool {
	text := strings.ToLower(v.T("admin.settings."+s.key) + " " + v.T("admin.settings_say."+s.key) + " " + v.T("admin.settings_words."+s.key))
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// findSettings are those of a search in everything.
func findSettings(v *visit, q string) (all []hit) {
	for _, g := range settingGroups {
		for _, s := range g.all {
			if q != "" && v.may(s.right) == nil && v.isAbout(s, q) {
				all = append(all, hit{v.T("admin.settings." + s.key), v.T("admin.settings_say." + s.key), s.path})
			}
		}
	}
	return all
}

// separated takes what stands between commas, spaces and lines.
func separated(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) })
}

// optionsOf makes options of records.
func optionsOf[T any](all []T, of func(T) (value, label string)) []ui.Option {
	options := make([]ui.Option, len(all))
	for i, one := range all {
		value, label := of(one)
		options[i] = ui.Option{Value: value, Label: label}
	}
	return options
}

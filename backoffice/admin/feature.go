package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// featurePages are those of the values that may differ by visitor.
func (a *Admin) featurePages() []page {
	return append(listPages(a, a.featureList()), []page{
		{"GET /admin/features/new", "flows.write", "features", a.newFeature},
		{"POST /admin/features/new", "flows.write", "features", a.saveFeature},
		{"GET /admin/features/{feature}", "flows.read", "features", a.showFeature},
		{"POST /admin/features/{feature}", "flows.write", "features", a.saveFeature},
	}...)
}

// featureState is how a feature stands, as badges name it.
func featureState(f experiment.Feature) string {
	switch {
	case f.Archived:
		return "archived"
	case f.Off:
		return "paused"
	}
	return "active"
}

func (a *Admin) featureList() list[experiment.Feature] {
	columns := []column[experiment.Feature]{
		{name: "name", title: "admin.feature.key", fixed: true, sorts: true, cell: func(v *visit, f experiment.Feature) templ.Component { return v.featureCell(f) },
			text: func(_ *visit, f experiment.Feature) string { return f.Key }},
		{name: "state", title: "admin.col.status", cell: func(v *visit, f experiment.Feature) templ.Component { return v.badge(featureState(f)) },
			text: func(_ *visit, f experiment.Feature) string { return featureState(f) }},
		plainColumn("kind", "admin.feature.kind_is", func(v *visit, f experiment.Feature) string { return v.word("feature_kind", valueKind(f.Default)) }),
		plainColumn("default", "admin.feature.default", func(_ *visit, f experiment.Feature) string { return valueText(f.Default) }),
		plainColumn("rules", "admin.feature.rules", func(v *visit, f experiment.Feature) string { return v.Number(int64(len(f.Rules))) }),
	}
	return list[experiment.Feature]{
		name: "features", path: Prefix + "/features", read: "flows.read", lead: "admin.feature.lead", columns: columns, tabs: "state",
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("state", "admin.all", "active", "paused", "archived"), nil
			}},
		},
		page: whole[experiment.Feature]{all: func(v *visit, tx *db.Tx) ([]experiment.Feature, error) { return experiment.Features(v.ctx(), tx) },
			keep: map[string]func(*visit, experiment.Feature, string) bool{
				"state": func(_ *visit, f experiment.Feature, state string) bool { return featureState(f) == state },
			}}.page(columns),
		key:   func(f experiment.Feature) string { return f.Key },
		label: func(f experiment.Feature) string { return f.Key },
		none:  "admin.feature.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("flows.write", Prefix+"/features/new"), "admin.feature.new"
		},
		head: func(v *visit) templ.Component { return v.featuresHead() },
	}
}

// The kinds of values, as people tell them apart.
var valueKinds = []string{"switch", "text", "number", "json"}

func valueKind(value json.RawMessage) string {
	text := string(bytes.TrimSpace(value))
	switch {
	case text == "true" || text == "false":
		return "switch"
	case strings.HasPrefix(text, `"`):
		return "text"
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "number"
	}
	return "json"
}

// featureKinds are the kinds of the features in use, by key.
func (v *visit) featureKinds(tx *db.Tx) (map[string]string, error) {
	all, err := experiment.Features(v.ctx(), tx)
	kinds := map[string]string{}
	for _, f := range all {
		if featureState(f) == "active" {
			kinds[f.Key] = valueKind(f.Default)
		}
	}
	return kinds, err
}

// valueText is a value as its form shows it: a text without its quotes.
func valueText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// typedValue reads a value of a kind.
func (f *form) typedValue(name, kind string) json.RawMessage {
	text := f.get(name)
	value := json.RawMessage(text)
	switch kind {
	case "text":
		value, _ = json.Marshal(text)
	case "number":
		value = json.RawMessage(decimal(text))
	}
	if !json.Valid(value) || valueKind(value) != kind && kind != "json" {
		f.blame(name, "admin.problem.feature_"+kind)
	}
	return value
}

// maxRules is how many rules the form of a feature offers.
const maxRules = 8

func (a *Admin) newFeature(v *visit) error {
	f := v.form()
	f.set("kind", "switch")
	f.set("default", "false")
	return v.show(http.StatusOK, v.featurePage(experiment.Feature{}, f))
}

func (a *Admin) showFeature(v *visit) error {
	had, err := a.featureOf(v)
	if err != nil {
		return err
	}
	f := v.form()
	f.set("kind", valueKind(had.Default))
	f.set("default", valueText(had.Default))
	f.set("note", had.Note)
	for i, r := range had.Rules {
		f.set(fmt.Sprintf("rules.%d.target", i+1), r.Target)
		f.set(fmt.Sprintf("rules.%d.value", i+1), valueText(r.Value))
	}
	if had.Off {
		f.set("off", "yes")
	}
	return v.show(http.StatusOK, v.featurePage(had, f))
}

// featureOf is the feature of the address; the zero Feature where it is new.
func (a *Admin) featureOf(v *visit) (f experiment.Feature, err error) {
	key := v.r.PathValue("feature")
	if key == "" {
		return f, nil
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		f, err = experiment.FindFeature(v.ctx(), tx, key)
		return err
	})
	return f, err
}

// saveFeature makes a feature, changes it, archives it or takes it out again.
func (a *Admin) saveFeature(v *visit) error {
	had, err := a.featureOf(v)
	if err != nil {
		return err
	}
	f, one, action := v.form(), had, "feature.save"
	switch f.get("do") {
	case "archive", "restore":
		action = "feature." + f.get("do")
		one.Archived = f.get("do") == "archive"
	default:
		one = f.feature(had)
	}
	_, status, err := a.put(v, f, action, func(tx *db.Tx) (string, error) {
		if had.Key == "" {
			if _, err := experiment.FindFeature(v.ctx(), tx, one.Key); err == nil {
				f.blame("name", "admin.problem.feature_taken")
			}
		}
		return one.Key, experiment.SaveFeature(v.ctx(), tx, one)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return v.show(status, v.featurePage(had, f))
	}
	return v.done(Prefix+"/features/"+one.Key, strings.ReplaceAll(action, ".", "_"))
}

// feature reads the form of a feature; its key stays for ever.
func (f *form) feature(had experiment.Feature) experiment.Feature {
	kind := f.get("kind")
	one := experiment.Feature{Key: had.Key, Archived: had.Archived, Note: f.get("note"), Off: f.has("off"), Default: f.typedValue("default", kind)}
	if one.Key == "" {
		one.Key = strings.Trim(keyRubbish.ReplaceAllString(strings.ToLower(f.get("name")), "-"), "-")
		if one.Key == "" || one.Key == "new" || len(one.Key) > 80 {
			f.blame("name", "admin.problem.name")
		}
	}
	for i := range maxRules {
		target, value := fmt.Sprintf("rules.%d.target", i+1), fmt.Sprintf("rules.%d.value", i+1)
		if f.has(target) {
			one.Rules = append(one.Rules, experiment.Case{Target: f.get(target), Value: f.typedValue(value, kind)})
		}
	}
	return one
}

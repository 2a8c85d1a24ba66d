package i18n

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// message is one text, taken apart when it has but one form: that is most of
// them, and pages say hundreds.
type message struct {
	source *i18n.Message
	simple bool     // one form, no actions but {{.Name}}
	parts  []string // text, name, text, name … text
}

var (
	action = regexp.MustCompile(`\{\{.*?\}\}`)
	name   = regexp.MustCompile(`^\{\{\s*\.(\w+)\s*\}\}$`)
)

func compile(m *i18n.Message) message {
	out := message{source: m}
	if m.Other == "" || m.Zero+m.One+m.Two+m.Few+m.Many != "" {
		return out
	}
	if !strings.Contains(m.Other, "{{") {
		out.parts, out.simple = []string{m.Other}, true
		return out
	}
	end := 0
	for _, at := range action.FindAllStringIndex(m.Other, -1) {
		found := name.FindStringSubmatch(m.Other[at[0]:at[1]])
		if found == nil {
			return out
		}
		out.parts = append(out.parts, m.Other[end:at[0]], found[1])
		end = at[1]
	}
	out.parts = append(out.parts, m.Other[end:])
	out.simple = true
	return out
}

// T returns the message id, filled in with args: one map[string]any, or names
// and values in turn ("Name", n). "Count" chooses the plural form.
func (l Locale) T(id string, args ...any) string {
	m, lang := l.find(id)
	if m.source == nil {
		return "[" + id + "]"
	}
	if m.simple && len(m.parts) == 1 {
		return m.parts[0]
	}
	values, ok := named(args)
	text := ""
	if ok && m.simple {
		text, ok = m.fill(values)
	} else if ok {
		text, ok = l.inflect(lang, id, values)
	}
	if !ok {
		l.report(lang, id)
	}
	if text == "" {
		return "[" + id + "]"
	}
	return text
}

// Has says that there is a message id, in English at least.
func (l Locale) Has(id string) bool {
	if l.catalog == nil {
		return false
	}
	_, ok := l.catalog.now.Load().ready[Languages[0]][id]
	return ok
}

// find returns the message in l's language, or else in English, and which.
func (l Locale) find(id string) (message, string) {
	if l.catalog == nil {
		return message{}, ""
	}
	ready, lang := l.catalog.now.Load().ready, l.rules().tag
	m, ok := ready[lang][id]
	if !ok {
		l.report(lang, id)
		lang = Languages[0]
		m = ready[lang][id]
	}
	return m, lang
}

func (l Locale) report(lang, id string) {
	if l.catalog.OnMissing != nil {
		l.catalog.OnMissing(lang, id)
	}
}

// named returns args as names and values; false when they are neither pairs
// nor one map.
func named(args []any) (map[string]any, bool) {
	if len(args) == 1 {
		values, ok := args[0].(map[string]any)
		return values, ok
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		key, ok := args[i].(string)
		if !ok {
			return nil, false
		}
		values[key] = args[i+1]
	}
	return values, len(args)%2 == 0
}

// fill puts values between the parts; false when one is missing.
func (m message) fill(values map[string]any) (string, bool) {
	complete := true
	var text strings.Builder
	for i, part := range m.parts {
		if i%2 == 0 {
			text.WriteString(part)
			continue
		}
		switch value := values[part].(type) {
		case nil:
			complete = false
		case string:
			text.WriteString(value)
		case int:
			text.WriteString(strconv.Itoa(value))
		default:
			fmt.Fprint(&text, value)
		}
	}
	return text.String(), complete
}

// inflect lets go-i18n choose the plural form and fill it in.
func (l Locale) inflect(lang, id string, values map[string]any) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false // a value whose String method panics
		}
	}()
	text, err := l.catalog.now.Load().speaks[lang].Localize(&i18n.LocalizeConfig{
		MessageID: id, TemplateData: values, PluralCount: values["Count"],
	})
	return text, err == nil
}

// Keys returns the ids of all messages in any language, sorted.
func (c *Catalog) Keys() []string {
	ids := map[string]bool{}
	for _, known := range c.now.Load().ready {
		for id := range known {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Missing returns what is incomplete, sorted: "hu: cart.empty" lacks that
// message in Hungarian, "de: cart.items (one)" a plural form that another
// language has, "hu: cart.total {{.Sum}}" what another language fills in.
func (c *Catalog) Missing() []string {
	var missing []string
	ready := c.now.Load().ready
	for _, id := range c.Keys() {
		wanted := map[string]bool{}
		for _, lang := range Languages {
			for _, trait := range traits(ready[lang][id].source) {
				wanted[trait] = true
			}
		}
		for _, lang := range Languages {
			m := ready[lang][id].source
			if m == nil {
				missing = append(missing, lang+": "+id)
				continue
			}
			for trait := range wanted {
				if !slices.Contains(traits(m), trait) {
					missing = append(missing, lang+": "+id+" "+trait)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// forms returns the plural forms that m has.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all
}

// traits are what every language's text of a message must have alike. All of
// ours have the same two plural forms.
func traits(m *i18n.Message) []string {
	if m == nil {
		return nil
	}
	var found []string
	for form := range forms(m) {
		found = append(found, "("+form+")")
	}
	for _, used := range action.FindAllString(m.Other, -1) {
		found = append(found, strings.ReplaceAll(used, " ", ""))
	}
	return found
}

package admin

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/taxonomy"
	"korzo/platform/db"

	"github.com/a-h/templ"
)

// basics is the first of a product's pages: its words in the base language,
// where it stands and what it is like.
func (a *Admin) basics() tab {
	return tab{fill: (*form).fillBasics, read: (*form).readBasics, find: checkAttributes,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productBasics(p, f) }}
}

func (f *form) fillBasics(p *product) {
	f.set("title", p.Title)
	f.set("slug", p.Slug)
	f.set("description", p.Description)
	f.set("tags", strings.Join(p.Tags, ", "))
	f.set("tax_class", p.TaxClass)
	f.set("kind", p.Kind)
	f.set("metadata", ownFields(p.Metadata))
	f.set("private_metadata", ownFields(p.PrivateMetadata))
	for i, id := range p.Categories {
		if i == 0 {
			f.set("home", string(id))
		}
		f.values.Add("categories", string(id))
	}
	for code, all := range p.Attributes {
		f.setAll("attributes."+code, all)
		if a, ok := p.Tree.Attribute(code); ok && a.Several && a.Type != taxonomy.TypeOption {
			f.set("attributes."+code, strings.Join(all, "\n"))
		}
	}
}

// taxClasses are those that there are rates of, the standard one first, and the
// product's own.
func (p *product) taxClasses(own string) []string {
	all := []string{catalog.TaxStandard}
	for _, class := range append(p.Classes, own) {
		if class != "" && !slices.Contains(all, class) {
			all = append(all, class)
		}
	}
	return all
}

func (f *form) readBasics(p *product) {
	p.Title, p.Slug, p.Description = f.get("title"), f.get("slug"), text(f.get("description"))
	p.TaxClass, p.Kind = cmp.Or(f.get("tax_class"), catalog.TaxStandard), cmp.Or(f.get("kind"), catalog.KindGoods)
	p.Tags = words(f.get("tags"))
	f.readOwnFields("metadata", &p.Metadata)
	f.readOwnFields("private_metadata", &p.PrivateMetadata)
	p.Categories = nil
	for _, id := range append([]string{f.get("home")}, f.all("categories")...) {
		if c := taxonomy.CategoryID(id); id != "" && !slices.Contains(p.Categories, c) {
			p.Categories = append(p.Categories, c)
		}
	}
	for _, code := range f.all("attribute") { // those that the form showed
		a, ok := p.Tree.Attribute(code)
		if !ok {
			continue
		}
		f.label("attributes."+code, a.In(f.l.Tag()))
		if p.Attributes == nil {
			p.Attributes = taxonomy.Values{}
		}
		if p.Attributes[code] = f.attribute(a); len(p.Attributes[code]) == 0 {
			delete(p.Attributes, code)
		}
	}
}

// ownFields writes the merchant's own fields, a line each: "care: by hand".
func ownFields(all map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text.WriteString(name + ": " + strings.Join(strings.Fields(all[name]), " ") + "\n")
	}
	return text.String()
}

// readOwnFields reads them back. A value of several lines that nobody changed
// keeps them.
func (f *form) readOwnFields(field string, at *map[string]string) {
	if _, shown := f.values[field]; !shown {
		return
	}
	was, all := *at, map[string]string{}
	for line := range strings.Lines(f.get(field)) {
		name, value, found := strings.Cut(line, ":")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); line == "\n" || name == "" && value == "" {
			continue
		}
		if _, twice := all[name]; !found || name == "" || twice {
			f.blame(field, "admin.problem.own_field")
			continue
		}
		if all[name] = value; strings.Join(strings.Fields(was[name]), " ") == value {
			all[name] = was[name]
		}
	}
	*at = all
}

// attribute reads the values of an attribute: ticked ones, or one a line.
func (f *form) attribute(a taxonomy.Attribute) (values []string) {
	for _, typed := range f.all("attributes." + a.Code) {
		for line := range strings.Lines(typed) {
			if line = strings.TrimSpace(line); line != "" {
				values = append(values, line)
			}
		}
	}
	return values
}

// checkAttributes brings attributes into their kept form, and says by the field
// what is wrong with one.
func checkAttributes(_ *visit, _ *db.Tx, f *form, p *product) error {
	kept, wrong := p.Tree.Check(p.Attributes)
	for _, w := range wrong {
		f.wrong(w.Field, w.Text)
	}
	if len(wrong) == 0 {
		p.Attributes = kept
	}
	return nil
}

// words reads what is written with commas between, each once.
func words(text string) (all []string) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// text is what was typed into several lines, as it is kept.
func text(typed string) string { return strings.ReplaceAll(typed, "\r\n", "\n") }

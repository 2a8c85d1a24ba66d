package catalog

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"korzo/offer/taxonomy"

	"golang.org/x/text/language"
)

// Limits of what a product says of itself.
const (
	MaxCategories   = 20
	MaxRelations    = 60
	MaxPublications = 50
	MaxDownloads    = 1000 // of a file
	MaxFileDays     = 3650 // that a file may be downloaded

	maxOptionValues = 100
	maxSafety       = 500
	maxWarning      = 5000
)

// Option is what variants of a product differ in, such as their colour. Its
// order and that of its values is the merchant's.
type Option struct {
	Name   string            `json:"name"`             // as Variant.Options names it
	Titles map[string]string `json:"titles,omitempty"` // by locale; what is missing falls back to Name
	Values []OptionValue     `json:"values"`
}

// OptionValue is one of the values an option has.
type OptionValue struct {
	Value  string            `json:"value"`
	Titles map[string]string `json:"titles,omitempty"`
}

// In returns the option's name as a reader of locale understands it.
func (o Option) In(locale string) string { return titleIn(o.Titles, locale, o.Name) }

// In returns the value as a reader of locale understands it.
func (v OptionValue) In(locale string) string { return titleIn(v.Titles, locale, v.Value) }

// in is the picture as a reader of locale is shown it: with one text.
func (m Image) in(locale string) Image {
	m.Alt, m.Alts = titleIn(m.Alts, locale, m.Alt), nil
	return m
}

func titleIn(titles map[string]string, locale, last string) string {
	exact, language := chain(locale)
	for _, l := range []string{exact, language} {
		if t := titles[l]; t != "" {
			return t
		}
	}
	return last
}

// ValueIn returns a value of an option as a reader of locale understands it.
func (p Product) ValueIn(option, value, locale string) string {
	for _, o := range p.Options {
		for _, v := range o.Values {
			if o.Name == option && v.Value == value {
				return v.In(locale)
			}
		}
	}
	return value
}

// VariantIn returns what tells a variant from its siblings as a reader of locale
// understands it: a title that only says the values of its options, as most do,
// says them in that language; any other is as the merchant wrote it.
func (p Product) VariantIn(v Variant, locale string) string {
	var base, local []string
	for _, o := range p.Options {
		if value, has := v.Options[o.Name]; has {
			base, local = append(base, value), append(local, p.ValueIn(o.Name, value, locale))
		}
	}
	for _, between := range []string{", ", " / "} {
		if len(base) > 0 && v.Title == strings.Join(base, between) {
			return strings.Join(local, between)
		}
	}
	return v.Title
}

// Safety is what European law has said beside an offer: who made a thing, who
// answers for it here, and what to beware of.
type Safety struct {
	Manufacturer Party             `json:"manufacturer,omitzero"`
	Responsible  Party             `json:"responsible,omitzero"` // in the Union, when the maker is outside
	Warnings     map[string]string `json:"warnings,omitempty"`   // by locale; "" is the base
}

// Party is a company and how to reach it.
type Party struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Contact string `json:"contact"` // an e-mail address or a web page
}

// IsZero reports whether nothing is said.
func (s Safety) IsZero() bool {
	return s.Manufacturer == Party{} && s.Responsible == Party{} && len(s.Warnings) == 0
}

// Warning returns the warnings as a reader of locale understands them.
func (s Safety) Warning(locale string) string { return titleIn(s.Warnings, locale, s.Warnings[""]) }

// Kinds of relations. The list may grow.
const (
	RelationAccessory = "accessory" // goes with it
	RelationSimilar   = "similar"   // could be bought instead
	RelationUpsell    = "upsell"    // is the better one
)

// RelationKinds are all there are, in the order a page shows them.
var RelationKinds = []string{RelationAccessory, RelationSimilar, RelationUpsell}

// Relation leads from a product to another.
type Relation struct {
	Kind    string    `json:"kind"`
	Product ProductID `json:"product"`
}

// File is what a buyer of digital goods downloads. Limit and Days are how often
// and how long; 0 is without end.
type File struct {
	Blob  string `json:"blob"`
	Name  string `json:"name"` // as it is saved by whoever downloads it
	Bytes int64  `json:"bytes"`
	Limit int64  `json:"limit,omitempty"`
	Days  int64  `json:"days,omitempty"`
}

// details checks what a product says of itself beyond its texts.
func (p *problems) details(d Draft) {
	p.unless(len(d.Categories) <= MaxCategories, "categories", fmt.Sprintf("give at most %d", MaxCategories))
	for i, c := range d.Categories {
		p.unless(!slices.Contains(d.Categories[:i], c), "categories", fmt.Sprintf("%.60q is given twice", c))
	}
	p.options(d.Options, d.Variants)
	p.safety(d.Safety)
	p.unless(len(d.Relations) <= MaxRelations, "relations", fmt.Sprintf("give at most %d", MaxRelations))
	for i, r := range d.Relations {
		field := fmt.Sprintf("relations[%d]", i)
		p.unless(slices.Contains(RelationKinds, r.Kind), field+".kind", "must be one of "+strings.Join(RelationKinds, ", "))
		p.unless(text(string(r.Product), 1, maxID) && r.Product != d.ID, field+".product", "name another product")
		p.unless(!slices.Contains(d.Relations[:i], r), field, "is given twice")
	}
	p.publications(d.Publications)
}

func (p *problems) options(options []Option, variants []Variant) {
	p.unless(len(options) <= maxOptions, "options", fmt.Sprintf("give at most %d", maxOptions))
	for i, o := range options {
		field := fmt.Sprintf("options[%d]", i)
		p.unless(text(o.Name, 1, 40), field+".name", "write 1 to 40 characters")
		p.unless(!slices.ContainsFunc(options[:i], func(b Option) bool { return b.Name == o.Name }), field+".name", "is given twice")
		p.unless(len(o.Values) > 0 && len(o.Values) <= maxOptionValues, field+".values", fmt.Sprintf("give 1 to %d", maxOptionValues))
		p.titles(field+".titles", o.Titles)
		for j, v := range o.Values {
			p.unless(text(v.Value, 1, 80), field+".values", "write 1 to 80 characters")
			p.unless(!slices.ContainsFunc(o.Values[:j], func(b OptionValue) bool { return b.Value == v.Value }), field+".values", fmt.Sprintf("%.40q is given twice", v.Value))
			p.titles(field+".values", v.Titles)
		}
		for j, variant := range variants {
			value, has := variant.Options[o.Name]
			known := slices.ContainsFunc(o.Values, func(v OptionValue) bool { return v.Value == value })
			p.unless(!has || known, fmt.Sprintf("variants[%d].options", j), fmt.Sprintf("%.40q is no value of %.40q: add it to the option", value, o.Name))
		}
	}
}

func (p *problems) titles(field string, titles map[string]string) {
	p.unless(len(titles) <= MaxTranslations, field, fmt.Sprintf("give at most %d languages", MaxTranslations))
	for locale, t := range titles {
		p.unless(isLocale(locale), field, fmt.Sprintf("%.20q is no language tag such as de or de-AT", locale))
		p.unless(text(t, 1, 80), field, "write 1 to 80 characters in each language")
	}
}

func isLocale(locale string) bool {
	tag, err := language.Parse(locale)
	return err == nil && tag.String() == locale
}

func (p *problems) safety(s Safety) {
	for field, party := range map[string]Party{"safety.manufacturer": s.Manufacturer, "safety.responsible": s.Responsible} {
		for _, t := range []string{party.Name, party.Address, party.Contact} {
			p.unless(text(t, 0, maxSafety), field, fmt.Sprintf("write at most %d characters", maxSafety))
		}
		p.unless(party == Party{} || party.Name != "" && party.Address != "" && party.Contact != "", field, "give name, address and an e-mail address or web page")
	}
	p.unless(len(s.Warnings) <= MaxTranslations, "safety.warnings", fmt.Sprintf("give at most %d languages", MaxTranslations))
	for locale, t := range s.Warnings {
		p.unless(locale == "" || isLocale(locale), "safety.warnings", fmt.Sprintf("%.20q is no language tag such as de or de-AT", locale))
		p.unless(utf8.ValidString(t) && text(t, 1, maxWarning), "safety.warnings", fmt.Sprintf("write 1 to %d characters in each language", maxWarning))
	}
}

func (p *problems) file(field string, f File) {
	if f == (File{}) {
		return
	}
	p.unless(text(f.Blob, 1, 200), field+".blob", "name a stored file")
	p.unless(text(f.Name, 1, 120) && !strings.ContainsAny(f.Name, "/\\\"\r\n"), field+".name", "write 1 to 120 characters without slashes and quotes")
	p.unless(f.Bytes >= 0, field+".bytes", "must not be negative")
	p.unless(f.Limit >= 0 && f.Limit <= MaxDownloads, field+".limit", fmt.Sprintf("must be from 0 to %d downloads", MaxDownloads))
	p.unless(f.Days >= 0 && f.Days <= MaxFileDays, field+".days", fmt.Sprintf("must be from 0 to %d days", MaxFileDays))
}

// optionsOf makes options of what variants say, in the order they say it.
func optionsOf(variants []Variant) (options []Option) {
	var names []string
	for _, v := range variants {
		for name := range v.Options {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names) // a map has no order
	for _, name := range names {
		o := Option{Name: name}
		for _, v := range variants {
			value, ok := v.Options[name]
			if ok && !slices.ContainsFunc(o.Values, func(b OptionValue) bool { return b.Value == value }) {
				o.Values = append(o.Values, OptionValue{Value: value})
			}
		}
		options = append(options, o)
	}
	return options
}

// withOptions is options with what variants say beyond them, at the end.
func withOptions(options []Option, variants []Variant) []Option {
	options = slices.Clone(options)
	for _, found := range optionsOf(variants) {
		i := slices.IndexFunc(options, func(o Option) bool { return o.Name == found.Name })
		if i < 0 {
			options = append(options, found)
			continue
		}
		values := slices.Clone(options[i].Values)
		for _, v := range found.Values {
			if !slices.ContainsFunc(values, func(b OptionValue) bool { return b.Value == v.Value }) {
				values = append(values, v)
			}
		}
		options[i].Values = values
	}
	return options
}

// values brings a product's attributes into their kept form and returns what
// is wrong with them and its categories. t is not looked at without either.
func (p *problems) taxonomy(t *taxonomy.Tree, d *Product) {
	for _, id := range t.Missing(d.Categories) {
		p.unless(false, "categories", fmt.Sprintf("there is no category %.60q: create it, or leave it out", id))
	}
	kept, wrong := t.Check(d.Attributes)
	for _, w := range wrong {
		p.unless(false, w.Field, w.Text)
	}
	d.Attributes = kept
}

package admin

import (
	"fmt"
	"maps"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/i18n"

	"github.com/a-h/templ"
)

// words is the page where a product's texts in two languages stand side by side.
func (a *Admin) words() tab {
	return tab{name: "translations", fill: (*form).fillWords, read: (*form).readWords,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productWords(p, f) }}
}

// phrase is one text of a product: where it stands in a form, what it says in
// the base language, and in others.
type phrase struct {
	name  string // of the field, before the locale
	label string // a message, or what the text is about
	base  string
	in    map[string]string
	long  bool
	slug  bool
}

// phrases are all that a product says, in the order of its pages.
func phrases(p catalog.Product, told func(key string, pairs ...any) string) []phrase {
	title, slug, description := map[string]string{}, map[string]string{}, map[string]string{}
	for locale, t := range p.Translations {
		title[locale], slug[locale], description[locale] = t.Title, t.Slug, t.Description
	}
	all := []phrase{
		{name: "title", label: told("admin.field.title"), base: p.Title, in: title},
		{name: "slug", label: told("admin.field.slug"), base: p.Slug, in: slug, slug: true},
		{name: "description", label: told("admin.field.description"), base: p.Description, in: description, long: true},
	}
	for i, o := range p.Options {
		all = append(all, phrase{name: optionName(i), label: told("admin.words.option"), base: o.Name, in: o.Titles})
		for j, value := range o.Values {
			all = append(all, phrase{name: fmt.Sprintf("%s[%d]", optionName(i), j), label: o.Name, base: value.Value, in: value.Titles})
		}
	}
	for i, m := range p.Images {
		all = append(all, phrase{name: pictureName(i), label: told("admin.media.picture", "Number", i+1), base: m.Alt, in: m.Alts})
	}
	if w := p.Safety.Warnings; w[""] != "" {
		all = append(all, phrase{name: "warnings", label: told("admin.field.warnings"), base: w[""], in: w, long: true})
	}
	return all
}

// missing counts what is said in the base language and not in a locale.
func missing(all []phrase, locale string) (n int) {
	for _, ph := range all {
		if ph.base != "" && ph.in[locale] == "" && !ph.slug {
			n++
		}
	}
	return n
}

// locales are the languages a product's texts can be translated into: ours and
// those it has already.
func locales(p catalog.Product) []string {
	known := slices.Clone(i18n.Languages)
	for _, locale := range slices.Sorted(maps.Keys(p.Translations)) {
		if !slices.Contains(known, locale) {
			known = append(known, locale)
		}
	}
	return known
}

// targets are the locales that texts are wanted in: the base is taken to be the
// first language, and is only a target where somebody translated into it.
func targets(p catalog.Product) (all []string) {
	for _, locale := range locales(p) {
		if _, has := p.Translations[locale]; has || locale != i18n.Languages[0] {
			all = append(all, locale)
		}
	}
	return all
}

// beside is the locale that is being written, the first where none is chosen.
func (v *visit) beside(p catalog.Product, f *form) string {
	all := targets(p)
	for _, asked := range []string{f.get("beside"), v.query("beside")} {
		if slices.Contains(all, asked) {
			return asked
		}
	}
	return all[0]
}

func (f *form) fillWords(p *product) {
	for _, ph := range phrases(p.Product, f.l.T) {
		for locale, text := range ph.in {
			f.set(ph.name+"."+locale, text)
		}
	}
}

// readWords reads the texts of one locale; all others stay.
func (f *form) readWords(p *product) {
	locale := f.get("beside")
	if !slices.Contains(locales(p.Product), locale) {
		return
	}
	for _, ph := range phrases(p.Product, f.l.T) {
		f.label(ph.name+"."+locale, ph.label)
		f.label("translations["+locale+"]."+ph.name, ph.label)
	}
	t := catalog.Translation{Slug: f.get("slug." + locale), Title: f.get("title." + locale), Description: text(f.get("description." + locale))}
	if p.Translations = maps.Clone(p.Translations); p.Translations == nil {
		p.Translations = map[string]catalog.Translation{}
	}
	if p.Translations[locale] = t; t == (catalog.Translation{}) {
		delete(p.Translations, locale)
	}
	for i := range p.Options {
		o := &p.Options[i]
		o.Titles = with(o.Titles, locale, f.get(optionName(i)+"."+locale))
		for j := range o.Values {
			o.Values[j].Titles = with(o.Values[j].Titles, locale, f.get(fmt.Sprintf("%s[%d].%s", optionName(i), j, locale)))
		}
	}
	for i := range p.Images {
		p.Images[i].Alts = with(p.Images[i].Alts, locale, f.get(pictureName(i)+"."+locale))
	}
	if p.Safety.Warnings[""] != "" {
		p.Safety.Warnings = with(p.Safety.Warnings, locale, text(f.get("warnings."+locale)))
	}
}

// with is texts with one locale's replaced; an empty one is taken away.
func with(texts map[string]string, locale, text string) map[string]string {
	texts = maps.Clone(texts)
	if text == "" {
		delete(texts, locale)
		return texts
	}
	if texts == nil {
		texts = map[string]string{}
	}
	texts[locale] = text
	return texts
}

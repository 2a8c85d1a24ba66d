package taxonomy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

var (
	slugForm = regexp.MustCompile(`^[a-z0-9-]{1,120}$`)
	codeForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	types    = []Type{TypeText, TypeNumber, TypeBool, TypeOption, TypeDate}
)

type problems []Problem

func (p *problems) unless(ok bool, field, text string) {
	if !ok {
		*p = append(*p, Problem{field, text})
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	texts := make([]string, len(p))
	for i, one := range p {
		texts[i] = one.Field + ": " + one.Text
	}
	slices.Sort(texts)
	return ErrInvalid.With(strings.Join(texts, "; "))
}

// CheckCategory returns everything wrong with a category that can be seen
// without the tree.
func CheckCategory(c Category) []Problem {
	var p problems
	p.unless(slugForm.MatchString(c.Slug), "slug", "use a–z, 0–9 and hyphens, 1 to 120 characters")
	p.unless(text(c.Title, 1, maxTitle), "title", fmt.Sprintf("write 1 to %d characters", maxTitle))
	p.unless(text(c.Description, 0, maxDescription), "description", fmt.Sprintf("write at most %d characters", maxDescription))
	p.unless(c.Position >= 0 && c.Position <= 1_000_000, "position", "must be from 0 to 1000000")
	p.unless(len(c.Rule) <= maxRule, "rule", fmt.Sprintf("write at most %d characters", maxRule))
	p.unless(len(c.Attributes) <= 100, "attributes", "name at most 100")
	for i, code := range c.Attributes {
		p.unless(!slices.Contains(c.Attributes[:i], code), "attributes", fmt.Sprintf("%.40q is named twice", code))
	}
	p.unless(len(c.Translations) <= maxLocales, "translations", fmt.Sprintf("give at most %d", maxLocales))
	for locale, t := range c.Translations {
		field := fmt.Sprintf("translations[%s]", locale)
		p.unless(isLocale(locale), field, "use a language tag such as de or de-AT")
		p.unless(t.Slug == "" || slugForm.MatchString(t.Slug), field+".slug", "use a–z, 0–9 and hyphens, at most 120 characters")
		p.unless(text(t.Title, 0, maxTitle), field+".title", fmt.Sprintf("write at most %d characters", maxTitle))
		p.unless(text(t.Description, 0, maxDescription), field+".description", fmt.Sprintf("write at most %d characters", maxDescription))
	}
	return p
}

// CheckAttribute returns everything wrong with an attribute.
func CheckAttribute(a Attribute) []Problem {
	var p problems
	p.unless(codeForm.MatchString(a.Code), "code", "use a–z, 0–9, _ and -, 1 to 40 characters")
	p.unless(a.Code != "category" && a.Code != "tag", "code", "category and tag are facets of their own: choose another")
	p.unless(slices.Contains(types, a.Type), "type", "must be text, number, bool, option or date")
	p.unless(a.Unit == "" || a.Type == TypeNumber && text(a.Unit, 1, 20), "unit", "only a number has one, of at most 20 characters")
	p.unless(!a.Facet || !a.Private, "facet", "what shoppers do not see they cannot filter by")
	p.unless(!a.Facet || a.Type != TypeText, "facet", "free text is no filter: make it an option")
	p.unless(a.Position >= 0 && a.Position <= 1_000_000, "position", "must be from 0 to 1000000")
	p.titles("titles", a.Titles)
	p.unless(a.Type != TypeOption || len(a.Options) > 0, "options", "give at least one")
	p.unless(a.Type == TypeOption || len(a.Options) == 0, "options", "only an attribute of type option has some")
	p.unless(len(a.Options) <= MaxOptions, "options", fmt.Sprintf("give at most %d", MaxOptions))
	seen := map[string]bool{}
	for i, o := range a.Options {
		field := fmt.Sprintf("options[%d]", i)
		p.unless(codeForm.MatchString(o.Code), field+".code", "use a–z, 0–9, _ and -, 1 to 40 characters")
		p.unless(!seen[o.Code], field+".code", "is given twice")
		seen[o.Code] = true
		p.titles(field+".titles", o.Titles)
	}
	return p
}

func (p *problems) titles(field string, titles map[string]string) {
	p.unless(text(titles[""], 1, maxTitle), field, fmt.Sprintf("write 1 to %d characters for the base language", maxTitle))
	p.unless(len(titles) <= maxLocales, field, fmt.Sprintf("give at most %d", maxLocales))
	for locale, t := range titles {
		p.unless(locale == "" || isLocale(locale), field, fmt.Sprintf("%.20q is no language tag such as de or de-AT", locale))
		p.unless(text(t, 1, maxTitle), field, fmt.Sprintf("write 1 to %d characters in each language", maxTitle))
	}
}

func isLocale(locale string) bool {
	tag, err := language.Parse(locale)
	return err == nil && tag.String() == locale
}

func text(s string, min, max int) bool {
	n := utf8.RuneCountInString(s)
	return n >= min && n <= max && utf8.ValidString(s) && !strings.ContainsRune(s, 0) && (min == 0 || strings.TrimSpace(s) != "")
}

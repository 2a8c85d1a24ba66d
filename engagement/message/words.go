package message

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Words of a wording name facts in braces, "{number}"; what stands in square
// brackets is left out where a fact in it is not known: "[, arriving {promise}]".

// factFields are the fields of a kind's data by the names of their facts; a link
// is called by either of two.
var factFields = map[string][]string{"shop": {"Shop"}, "name": {"Name"}, "number": {"Number"}, "carrier": {"Carrier"}, "tracking": {"Tracking"}, "promise": {"Promise"},
	"place": {"Place"}, "until": {"Until"}, "amount": {"Amount"}, "total": {"Total"}, "about": {"About"}, "code": {"Code"}, "link": {"TrackURL", "Link"}}

// Facts are those that words of a kind may name, by name.
func Facts(k Kind) []string { return slices.Sorted(maps.Keys(fieldsOf(k))) }

// fieldsOf are the fields of a kind's data by the names of their facts.
func fieldsOf(k Kind) map[string]string {
	fields, f := map[string]string{}, templates[k]
	data, err := f.read(sampleData(k, fallback), sampleReader)
	if err != nil {
		return fields
	}
	for name, all := range factFields {
		for _, field := range all {
			if _, err := fill("fact", "{{."+field+"}}", data); err == nil {
				fields[name] = field
			}
		}
	}
	return fields
}

var (
	factForm = regexp.MustCompile(`\{([a-z]+)\}`)
	partForm = regexp.MustCompile(`\[[^\[\]]*\]`)
)

func braced(fact string) string { return "{" + fact + "}" }

func bracedAll(facts []string) []string {
	all := make([]string, len(facts))
	for i, f := range facts {
		all[i] = braced(f)
	}
	return all
}

// errBrackets reports words with a brace or bracket that says nothing.
var errBrackets = errors.New("a brace or bracket is not closed, or nothing is named in it")

// factsIn are the facts that words name, each once. It returns errBrackets.
func factsIn(words string) (facts []string, err error) {
	for _, part := range partForm.FindAllString(words, -1) {
		if !factForm.MatchString(part) {
			return nil, errBrackets
		}
	}
	for _, found := range factForm.FindAllStringSubmatch(words, -1) {
		if !slices.Contains(facts, found[1]) {
			facts = append(facts, found[1])
		}
	}
	if strings.ContainsAny(factForm.ReplaceAllString(partForm.ReplaceAllStringFunc(words, inner), ""), "{}[]") {
		return nil, errBrackets
	}
	return facts, nil
}

func inner(part string) string { return part[1 : len(part)-1] }

// toTemplate is words as the layouts fill them. The words were checked.
func toTemplate(words string, fields map[string]string) string {
	named := factForm.ReplaceAllStringFunc(words, func(fact string) string { return "{{." + fields[inner(fact)] + "}}" })
	return partForm.ReplaceAllStringFunc(named, func(part string) string {
		known := "and"
		for _, found := range ourFact.FindAllStringSubmatch(part, -1) {
			known += " ." + found[1]
		}
		return "{{if " + known + "}}" + inner(part) + "{{end}}"
	})
}

var (
	ourElse = regexp.MustCompile(`\{\{if \.Part\}\}.*?\{\{else\}\}(.*?)\{\{end\}\}`)
	ourIf   = regexp.MustCompile(`\{\{if \.[A-Za-z]+\}\}(.*?)\{\{end\}\}`)
	ourWith = regexp.MustCompile(`\{\{with \.([A-Za-z]+)\}\}(.*?)\{\{\.\}\}(.*?)\{\{end\}\}`)
	ourFact = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)
)

// Ours are the words of a kind in a language as a wording would have them, of
// those that may be another's. What says more or less by something else than a
// fact, such as whether money goes back, is left to us.
func Ours(k Kind, locale string) map[string]string {
	names := map[string]string{}
	for fact, field := range fieldsOf(k) {
		names[field] = fact
	}
	ours := map[string]string{}
	f := templates[k]
	for word, text := range f.words[f.locale(locale)] {
		if _, open := wordLengths[word]; !open || text == "" {
			continue
		}
		text = ourElse.ReplaceAllString(text, "$1")
		text = ourWith.ReplaceAllString(text, "[$2{{.$1}}$3]")
		text = ourIf.ReplaceAllString(text, "[$1]")
		text = ourFact.ReplaceAllStringFunc(text, func(field string) string { return braced(names[field[3:len(field)-2]]) })
		if _, err := factsIn(text); err == nil {
			ours[word] = text
		}
	}
	return ours
}

// told is a form in the words of a wording, where it has any.
func (f form) told(w Wording) form {
	if w.ID == "" {
		return f
	}
	fields := fieldsOf(w.Kind)
	words := maps.Clone(f.words)
	for locale, others := range w.Words {
		words[locale] = maps.Clone(f.words[locale])
		for word, text := range others {
			words[locale][word] = toTemplate(text, fields)
		}
	}
	f.words = words
	return f
}

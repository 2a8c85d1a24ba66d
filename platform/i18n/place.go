package i18n

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"korzo/value/address"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

//go:embed data/countries.tsv
var countryTable string

// countryNames maps a language and a country's code to its name.
var countryNames = sync.OnceValue(func() map[string]map[string]string {
	names := map[string]map[string]string{"de": {}, "hu": {}}
	for line := range strings.Lines(countryTable) {
		column := strings.Split(strings.TrimSpace(line), "\t")
		if len(column) == 3 {
			names["de"][column[0]], names["hu"][column[0]] = column[1], column[2]
		}
	}
	return names
})

// Country returns the name of a country by its ISO 3166 code; the code itself
// when there is no such country.
func (l Locale) Country(code string) string {
	if name, ok := countryNames()[l.rules().tag][code]; ok {
		return name
	}
	if format, ok := address.Country(code); ok {
		return format.Name
	}
	return code
}

// SortCountries puts codes into the order of their names in l's language.
func (l Locale) SortCountries(codes []string) {
	order := collate.New(language.Make(l.rules().tag))
	slices.SortFunc(codes, func(a, b string) int {
		return order.CompareString(l.Country(a), l.Country(b))
	})
}

// Field returns what a form calls a field of an address in country: "ZIP code"
// in the United States, "State" there and "Prefecture" in Japan.
func (l Locale) Field(country, field string) string {
	format, _ := address.Country(country)
	switch {
	case field == address.PostalCode && format.PostalName != "":
		kind, _, _ := strings.Cut(strings.ToLower(format.PostalName), " ")
		return l.T("postal." + kind)
	case field == address.Region && format.RegionName != "":
		return l.T("region." + format.RegionName)
	}
	return l.T("field." + field)
}

// AddressProblem returns what is wrong with an address in country, and the
// remedy, in l's language.
func (l Locale) AddressProblem(country string, p address.Problem) string {
	if l.rules().tag == Languages[0] {
		return p.Text
	}
	format, _ := address.Country(country)
	id := p.Code
	values := map[string]any{"Field": l.Field(country, p.Field), "Country": l.Country(country), "Most": address.MaxLength}
	if p.Field == address.PostalCode && len(format.Examples) > 0 {
		id += "_like"
		values["Example"] = format.Examples[0]
	}
	if !l.Has(id) {
		id = p.Code
	}
	return l.T(id, values)
}

package market

import "slices"

// usual are markets as merchants open them: what a country's law and habits
// leave no choice about. English is what a country is read in whose own
// language the shop does not speak.
var usual = []Market{
	{ID: "DE", Name: "Germany", Currency: "EUR", Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, TaxRounding: RoundLine, TaxShipping: true},
	{ID: "HU", Name: "Hungary", Currency: "HUF", Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", TaxIncluded: true, TaxRounding: RoundLine, TaxShipping: true},
	{ID: "SE", Name: "Sweden", Currency: "SEK", Country: "SE", Locale: "en", Zone: "Europe/Stockholm", TaxIncluded: true, TaxRounding: RoundLine, TaxShipping: true},
	{ID: "TR", Name: "Turkey", Currency: "TRY", Country: "TR", Locale: "en", Zone: "Europe/Istanbul", TaxIncluded: true, TaxRounding: RoundLine, TaxShipping: true},
	{ID: "US", Name: "United States", Currency: "USD", Country: "US", Locale: "en-US", Zone: "America/New_York", TaxRounding: RoundTotal},
}

// Usual returns how a market of a country is usually opened, without the legal
// entity that sells there; ok is false for a country that nothing is known of.
func Usual(country string) (m Market, ok bool) {
	i := slices.IndexFunc(usual, func(m Market) bool { return m.Country == country })
	if i < 0 {
		return Market{}, false
	}
	m = usual[i]
	m.Countries = []string{country}
	return m, true
}

// UsualCountries are those that Usual knows, by code.
func UsualCountries() []string {
	all := make([]string, len(usual))
	for i, m := range usual {
		all[i] = m.Country
	}
	return all
}

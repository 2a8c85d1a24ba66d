package address_test

import (
	"testing"

	"korzo/value/address"
)

func TestRegionOfPostalCode(t *testing.T) {
	for _, test := range []struct{ name, country, code, want string }{
		{"New York", "US", "10011", "NY"},
		{"with the four digits of a street", "US", "94607-1234", "CA"},
		{"a Canadian province by its letter", "CA", "h3z 2y7", "QC"},
		{"an Italian province", "IT", "92100", "AG"},
		{"a prefecture", "JP", "036-0101", "青森県"},
		{"half a code tells nothing", "US", "100", ""},
		{"a code that two states share tells nothing", "AU", "0872", ""},
		{"a country whose codes tell nothing of regions", "DE", "10115", ""},
		{"no such country", "XX", "10115", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := address.RegionOf(test.country, test.code)
			if got.Key != test.want || ok != (test.want != "") {
				t.Errorf("region of %s %s is %q, %v; want %q", test.country, test.code, got.Key, ok, test.want)
			}
		})
	}
}

// Every region whose codes are told apart finds its own example among the
// country's examples, and no code is of two regions and of one.
func TestRegionOfEveryExample(t *testing.T) {
	for _, code := range address.Countries() {
		f, _ := address.Country(code)
		for _, example := range f.Examples {
			r, ok := address.RegionOf(code, example)
			if !ok {
				continue
			}
			a := address.Address{Name: "Ada", Line1: "1", City: "X", PostalCode: example, Region: r.Key, Country: code}
			if problems := a.Check(); problems != nil {
				t.Errorf("%s %s is in %s, which does not pass: %v", code, example, r.Key, problems)
			}
		}
	}
}

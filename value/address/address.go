// Package address knows how addresses are written, country by country.
//
// For each country there is a Format: which fields an address needs, how its
// postal codes look, which regions it has, and in which order a label names
// them. Check tells what is wrong with an address in words that name the
// remedy, Clean brings it into the form carriers and tax tables expect, Lines
// writes it on a label.
//
// An address is never refused for pedantry: spaces, hyphens, capitals and
// country prefixes in a postal code do not matter, a region may be written by
// key or by name, and where a country does not need a postal code any is taken.
//
// The formats are restated from the test data of Google's libaddressinput
// (Apache License 2.0), countries' names from the Unicode CLDR, with amendments
// of our own, in data/*.tsv. A country is parsed when it is first asked for.
package address

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Address is where a person or a company receives mail. The fields are what
// people typed, until Clean. Country is an ISO 3166 code in capitals.
type Address struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	Region     string `json:"region"`
	Country    string `json:"country"`
	Phone      string `json:"phone"`
}

// Fields of an address, as their JSON names.
const (
	Name       = "name"
	Line1      = "line1"
	Line2      = "line2"
	City       = "city"
	PostalCode = "postal_code"
	Region     = "region"
	CountryOf  = "country"
	Phone      = "phone"
)

// MaxLength is the most runes a field may have.
const MaxLength = 200

// Problem is what is wrong with one field. Text names the remedy and is public.
type Problem struct {
	Field string // "postal_code"
	Code  string // "address.postal_code": stable
	Text  string // "a postal code in Germany has five digits, such as 26133"
}

// What Check finds.
const (
	CodeRequired   = "address.required"
	CodeTooLong    = "address.too_long"
	CodeCharacters = "address.characters"
	CodeCountry    = "address.country"
	CodePostalCode = "address.postal_code"
	CodeRegion     = "address.region"
)

// Check returns what is wrong with a, at most one problem a field, in the
// order of the fields; nil when a parcel would arrive. It reads a as Clean
// would leave it.
func (a Address) Check() []Problem {
	if problems := a.checkText(); problems != nil {
		return problems
	}
	a = a.Clean()
	c, ok := find(a.Country)
	if !ok {
		return []Problem{a.countryProblem()}
	}
	var problems []Problem
	for _, field := range c.format.Required {
		if a.field(field) == "" {
			problems = append(problems, Problem{field, CodeRequired, c.ask(field)})
		}
	}
	if a.PostalCode != "" && c.needs(PostalCode) && !c.fits(a.PostalCode) {
		problems = append(problems, Problem{PostalCode, CodePostalCode, c.describePostalCode()})
	}
	if a.Region != "" && c.strict {
		if _, known := c.region(a.Region); !known {
			problems = append(problems, Problem{Region, CodeRegion, c.describeRegion()})
		}
	}
	return problems
}

// checkText looks at what no country allows.
func (a Address) checkText() []Problem {
	var problems []Problem
	for _, field := range fields {
		text := a.field(field)
		switch {
		case utf8.RuneCountInString(text) > MaxLength:
			problems = append(problems, Problem{field, CodeTooLong,
				"shorten this to " + strconv.Itoa(MaxLength) + " characters"})
		case !utf8.ValidString(text) || strings.ContainsFunc(text, isUnprintable):
			problems = append(problems, Problem{field, CodeCharacters,
				"remove line breaks and control characters"})
		}
	}
	return problems
}

func isUnprintable(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029'
}

func (a Address) countryProblem() Problem {
	if a.Country == "" {
		return Problem{CountryOf, CodeRequired, "choose the country"}
	}
	return Problem{CountryOf, CodeCountry, "write the country as its two-letter ISO 3166 code, such as DE"}
}

var fields = [...]string{Name, Line1, Line2, City, PostalCode, Region, CountryOf, Phone}

func (a Address) field(name string) string {
	switch name {
	case Name:
		return a.Name
	case Line1:
		return a.Line1
	case Line2:
		return a.Line2
	case City:
		return a.City
	case PostalCode:
		return a.PostalCode
	case Region:
		return a.Region
	case CountryOf:
		return a.Country
	}
	return a.Phone
}

// Clean returns a with single spaces, the country in capitals, the postal code
// as the country writes it ("sw1a1aa" → "SW1A 1AA", "D-26133" → "26133") and a
// known region as its key ("california" → "CA"). What it does not understand
// it leaves as typed. Cleaning twice changes nothing more.
func (a Address) Clean() Address {
	for _, text := range []*string{&a.Name, &a.Line1, &a.Line2, &a.City, &a.PostalCode, &a.Region, &a.Country, &a.Phone} {
		*text = strings.Join(strings.Fields(*text), " ")
	}
	if a.Line1 == "" {
		a.Line1, a.Line2 = a.Line2, ""
	}
	a.Country = strings.ToUpper(a.Country)
	c, ok := find(a.Country)
	if !ok {
		return a
	}
	if code, ok := c.postalCode(a.PostalCode); ok {
		a.PostalCode = code
	}
	if r, ok := c.region(a.Region); ok {
		a.Region = r.Key
	}
	return a
}

// IsZero says that nothing was filled in.
func (a Address) IsZero() bool { return a == Address{} }

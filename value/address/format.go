package address

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed data/countries.tsv
var countryTable string

//go:embed data/regions.tsv
var regionTable string

// Format is how a country writes its addresses. Its slices are shared: read only.
type Format struct {
	Code       string   // ISO 3166: "US"
	Name       string   // in English: "United States"
	Order      []string // fields on a label, top down: the order of a form
	Required   []string // fields an address cannot do without, the name among them
	PostalName string   // "postal code", "ZIP code"
	RegionName string   // "state", "province"; "" where labels name none
	Examples   []string // postal codes that look right; none where there are none
	Regions    []RegionInfo
}

// RegionInfo is one state, province or prefecture.
type RegionInfo struct {
	Key   string // what stands on a label, and in Address.Region after Clean: "CA"
	Name  string // "California"
	Latin string // Name in Latin script, where Name is not
	ISO   string // ISO 3166-2 without the country, where Key is another

	codes string // how its postal codes begin, as a pattern; "" where they do not tell
}

// Country returns the format of a country by its ISO 3166 code in capitals.
func Country(code string) (Format, bool) {
	c, ok := find(code)
	if !ok {
		return Format{}, false
	}
	return c.format, true
}

// Countries returns the codes of all countries, in order.
func Countries() []string { return allCodes() }

var allCodes = sync.OnceValue(func() []string {
	var codes []string
	for line := range strings.Lines(countryTable) {
		if code, _, ok := strings.Cut(line, "\t"); ok && len(code) == 2 {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
})

// country is a Format with what only this package needs.
type country struct {
	format    Format
	label     string // "%N|%A|%Z %C"
	latin     string // label for an address in Latin script; often the same
	capitals  string // letters of the fields written in capitals
	pattern   string // of postal codes, without spaces and hyphens
	matches   func() *regexp.Regexp
	named     func() map[string]int   // regions by folded name
	begins    func() []*regexp.Regexp // of the postal codes of regions, in their order; nil for one whose codes do not tell
	separator string                  // what Clean puts into a postal code: " 3/5", a space before the last three of at least five; "=": as typed
	strict    bool                    // only listed regions are taken
}

var found sync.Map // code → *country: only codes in the table, so it stays small

func find(code string) (*country, bool) {
	if c, ok := found.Load(code); ok {
		return c.(*country), true
	}
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return nil, false
	}
	at := strings.Index(countryTable, "\n"+code+"\t")
	if at < 0 {
		return nil, false
	}
	line, _, _ := strings.Cut(countryTable[at+1:], "\n")
	c, _ := found.LoadOrStore(code, parseCountry(strings.Split(line, "\t")))
	return c.(*country), true
}

func parseCountry(column []string) *country {
	code, label, required, pattern, examples := column[0], column[2], column[4], column[6], column[7]
	c := &country{
		format: Format{
			Code:       code,
			Name:       column[1],
			Order:      orderOf(label),
			Required:   []string{Name},
			PostalName: column[9],
			RegionName: column[10],
			Regions:    regionsOf(code),
		},
		label:     label,
		latin:     column[3],
		capitals:  column[5],
		pattern:   pattern,
		separator: column[8],
		strict:    column[11] == "strict",
	}
	if c.latin == "" {
		c.latin = label
	}
	if examples != "" {
		c.format.Examples = strings.Split(examples, ",")
	}
	for i := range len(required) {
		c.format.Required = append(c.format.Required, fieldOf[required[i]])
	}
	c.matches = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("^(?:" + pattern + ")$")
	})
	c.named = sync.OnceValue(c.nameRegions)
	c.begins = sync.OnceValue(c.codesOfRegions)
	return c
}

func (c *country) codesOfRegions() []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(c.format.Regions))
	for i, r := range c.format.Regions {
		if r.codes != "" {
			all[i] = regexp.MustCompile("^(?:" + r.codes + ")")
		}
	}
	return all
}

var fieldOf = map[byte]string{'N': Name, 'A': Line1, 'C': City, 'S': Region, 'Z': PostalCode}

func orderOf(label string) []string {
	var order []string
	for i := 0; i+1 < len(label); i++ {
		if label[i] != '%' {
			continue
		}
		order = append(order, fieldOf[label[i+1]])
		if label[i+1] == 'A' {
			order = append(order, Line2)
		}
	}
	return order
}

// regionsOf reads the country's lines, which stand together.
func regionsOf(code string) []RegionInfo {
	prefix := code + "\t"
	at := strings.Index(regionTable, "\n"+prefix)
	if at < 0 {
		return nil
	}
	var regions []RegionInfo
	for line := range strings.Lines(regionTable[at+1:]) {
		if !strings.HasPrefix(line, prefix) {
			break
		}
		column := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		r := RegionInfo{Key: column[1], Name: column[2], Latin: column[3], ISO: column[4], codes: column[5]}
		if r.Name == "" {
			r.Name = r.Key
		}
		regions = append(regions, r)
	}
	return regions
}

func (c *country) needs(field string) bool { return slices.Contains(c.format.Required, field) }

package address_test

import (
	"slices"
	"strings"
	"testing"

	. "korzo/value/address"
)

var (
	berlin   = Address{Name: "Ada Byron", Line1: "Unter den Linden 6", City: "Berlin", PostalCode: "10117", Country: "DE"}
	budapest = Address{Name: "Kovács Éva", Line1: "Andrássy út 1.", City: "Budapest", PostalCode: "1061", Country: "HU"}
	austin   = Address{Name: "Grace Hopper", Line1: "1 Congress Ave", Line2: "Apt 5", City: "Austin", PostalCode: "78701", Region: "TX", Country: "US"}
	london   = Address{Name: "Alan Turing", Line1: "10 Downing St", City: "London", PostalCode: "SW1A 2AA", Country: "GB"}
	tokyo    = Address{Name: "Miki Murakami", Line1: "26-1 Sakuragaoka-cho", Line2: "Cerulean Tower 6F", City: "Shibuya-ku", PostalCode: "150-8512", Region: "Tokyo", Country: "JP"}
	shibuya  = Address{Name: "村上 美紀", Line1: "桜丘町26-1", City: "渋谷区", PostalCode: "150-8512", Region: "東京都", Country: "JP"}
)

func with(a Address, change func(*Address)) Address {
	change(&a)
	return a
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name    string
		address Address
		field   string
		text    string
	}{
		{"a German address", berlin, "", ""},
		{"a Hungarian address", budapest, "", ""},
		{"an American address", austin, "", ""},
		{"a British address", london, "", ""},
		{"a Japanese address in Latin letters", tokyo, "", ""},
		{"a Japanese address", shibuya, "", ""},
		{"an Irish address without an Eircode", Address{Name: "a", Line1: "b", City: "Dublin", Country: "IE"}, "", ""},
		{"a region Germany does not ask for", with(berlin, func(a *Address) { a.Region = "Mordor" }), "", ""},
		{"a Spanish region by another name", Address{Name: "a", Line1: "b", City: "Barcelona", PostalCode: "08001", Region: "Catalunya", Country: "ES"}, "", ""},
		{"a country in small letters", with(berlin, func(a *Address) { a.Country = "de" }), "", ""},
		{"a postal code with a country prefix", with(berlin, func(a *Address) { a.PostalCode = "D-10117" }), "", ""},
		{"a nine-digit ZIP code", with(austin, func(a *Address) { a.PostalCode = "78701-1234" }), "", ""},
		{"a state by name", with(austin, func(a *Address) { a.Region = "texas" }), "", ""},
		{"a South Korean postal code of today", Address{Name: "a", Line1: "b", City: "c", PostalCode: "03051", Region: "서울특별시", Country: "KR"}, "", ""},
		{"a city whose name is one letter", with(austin, func(a *Address) { a.City = "Y" }), "", ""},

		{"German postal code too short", with(berlin, func(a *Address) { a.PostalCode = "1011" }), PostalCode, "a postal code in Germany has five digits, such as 26133"},
		{"German postal code with a letter", with(berlin, func(a *Address) { a.PostalCode = "1O117" }), PostalCode, "a postal code in Germany has five digits, such as 26133"},
		{"Hungarian postal code too long", with(budapest, func(a *Address) { a.PostalCode = "10611" }), PostalCode, "a postal code in Hungary has four digits, such as 1037"},
		{"ZIP code too short", with(austin, func(a *Address) { a.PostalCode = "787" }), PostalCode, "a ZIP code in the United States has five or nine digits, such as 95014"},
		{"British postal code out of shape", with(london, func(a *Address) { a.PostalCode = "12345" }), PostalCode, "a postal code in the United Kingdom is written like EC1Y 8SY or GIR 0AA"},
		{"no postal code", with(berlin, func(a *Address) { a.PostalCode = "" }), PostalCode, "write the postal code, such as 26133"},
		{"no state", with(austin, func(a *Address) { a.Region = " " }), Region, "choose the state"},
		{"no such state", with(austin, func(a *Address) { a.Region = "Bavaria" }), Region, "choose a state of the United States, such as AL for Alabama"},
		{"no name", with(berlin, func(a *Address) { a.Name = "" }), Name, "write the name of the person or company"},
		{"no street", with(berlin, func(a *Address) { a.Line1 = "" }), Line1, "write the street and house number"},
		{"no city", with(berlin, func(a *Address) { a.City = "" }), City, "write the city"},
		{"no country", with(berlin, func(a *Address) { a.Country = "" }), CountryOf, "choose the country"},
		{"a country by name", with(berlin, func(a *Address) { a.Country = "Germany" }), CountryOf, "write the country as its two-letter ISO 3166 code, such as DE"},
		{"no such country", with(berlin, func(a *Address) { a.Country = "ZZ" }), CountryOf, "write the country as its two-letter ISO 3166 code, such as DE"},
		{"a country that looks into the table", with(berlin, func(a *Address) { a.Country = "E\t" }), CountryOf, "write the country as its two-letter ISO 3166 code, such as DE"},
		{"a line break", with(berlin, func(a *Address) { a.City = "Ber\nlin" }), City, "remove line breaks and control characters"},
		{"half a character", with(berlin, func(a *Address) { a.Name = "Ada\xff" }), Name, "remove line breaks and control characters"},
		{"too long", with(berlin, func(a *Address) { a.Line2 = strings.Repeat("ß", 201) }), Line2, "shorten this to 200 characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			problems := tt.address.Check()
			if tt.field == "" {
				if problems != nil {
					t.Fatalf("refused: %+v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Field != tt.field || problems[0].Text != tt.text {
				t.Errorf("%+v, want %s: %s", problems, tt.field, tt.text)
			}
			if len(problems) > 0 && !strings.HasPrefix(problems[0].Code, "address.") {
				t.Errorf("code %q", problems[0].Code)
			}
		})
	}
}

func TestAnEmptyAddressNamesEveryFieldOnce(t *testing.T) {
	var got []string
	for _, p := range (Address{Country: "US"}).Check() {
		got = append(got, p.Field)
	}
	if want := []string{Name, Line1, City, Region, PostalCode}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !(Address{}).IsZero() || berlin.IsZero() {
		t.Error("IsZero")
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ country, code, region, wantCode, wantRegion string }{
		{"de", " 26133 ", "", "26133", ""},
		{"DE", "D-26133", "", "26133", ""},
		{"DE", "de 26 133", "", "26133", ""},
		{"AT", "A-1010", "", "1010", ""},
		{"CH", "CH-8001", "zürich", "8001", "zürich"},
		{"LI", "FL-9490", "", "9490", ""},
		{"FI", "FIN-00550", "", "00550", ""},
		{"LV", "1010", "", "LV-1010", ""},
		{"GB", "sw1a2aa", "", "SW1A 2AA", ""},
		{"GB", "bfpo61", "", "BFPO 61", ""},
		{"NL", "1234ab", "", "1234 AB", ""},
		{"SE", "11455", "", "114 55", ""},
		{"SE", "SE-114 55", "", "114 55", ""},
		{"PL", "00950", "", "00-950", ""},
		{"PT", "2725 079", "", "2725-079", ""},
		{"JP", "〒１５０−８５１２", "TOKYO", "150-8512", "東京都"},
		{"US", "95014", "california", "95014", "CA"},
		{"US", "221621010", "US-VA", "22162-1010", "VA"},
		{"US", "22162 1010", "va", "22162-1010", "VA"},
		{"CA", "h3z2y7", "québec", "H3Z 2Y7", "QC"},
		{"BR", "04538133", "Sao  Paulo", "04538-133", "SP"},
		{"PE", "Lima 23", "", "LIMA 23", ""},
		{"IE", "d02af30", "", "D02 AF30", ""},
		{"MX", "02860", "MX-AGU", "02860", "AGS"},
		{"DE", "no idea", "no idea", "no idea", "no idea"},
		{"??", " no  idea ", "x", "no idea", "x"},
	} {
		got := Address{Name: " Ada  Byron ", Line2: "Street 1", Country: tt.country, PostalCode: tt.code, Region: tt.region}.Clean()
		if got.PostalCode != tt.wantCode || got.Region != tt.wantRegion {
			t.Errorf("%s %q %q: %q %q, want %q %q", tt.country, tt.code, tt.region, got.PostalCode, got.Region, tt.wantCode, tt.wantRegion)
		}
		if got.Name != "Ada Byron" || got.Line1 != "Street 1" || got.Line2 != "" {
			t.Errorf("%+v is not clean", got)
		}
		if again := got.Clean(); again != got {
			t.Errorf("cleaning twice: %+v, then %+v", got, again)
		}
	}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name    string
		address Address
		want    []string
	}{
		{"Germany", berlin, []string{"Ada Byron", "Unter den Linden 6", "10117 BERLIN", "GERMANY"}},
		{"Germany has no region on a label", with(berlin, func(a *Address) { a.Region = "Berlin" }), []string{"Ada Byron", "Unter den Linden 6", "10117 BERLIN", "GERMANY"}},
		{"Hungary writes postal code and city before the street", budapest, []string{"Kovács Éva", "1061 BUDAPEST", "Andrássy út 1.", "HUNGARY"}},
		{"United States", austin, []string{"Grace Hopper", "1 Congress Ave", "Apt 5", "AUSTIN TX 78701", "UNITED STATES"}},
		{"without a state", with(austin, func(a *Address) { a.Region = "" }), []string{"Grace Hopper", "1 Congress Ave", "Apt 5", "AUSTIN 78701", "UNITED STATES"}},
		{"without a city", with(austin, func(a *Address) { a.City = "" }), []string{"Grace Hopper", "1 Congress Ave", "Apt 5", "TX 78701", "UNITED STATES"}},
		{"United Kingdom", london, []string{"Alan Turing", "10 Downing St", "LONDON", "SW1A 2AA", "UNITED KINGDOM"}},
		{"Japan for a foreign post office", tokyo, []string{"Miki Murakami", "26-1 Sakuragaoka-cho", "Cerulean Tower 6F", "Shibuya-ku, TOKYO", "150-8512", "JAPAN"}},
		{"Japan for its own", shibuya, []string{"〒150-8512", "東京都渋谷区", "桜丘町26-1", "村上 美紀", "JAPAN"}},
		{"Switzerland", Address{Name: "A", Line1: "B 1", City: "Zürich", PostalCode: "CH-8001", Country: "CH"}, []string{"A", "B 1", "CH-8001 Zürich", "SWITZERLAND"}},
		{"Singapore is its own city", Address{Name: "A", Line1: "B 1", City: "Singapore", PostalCode: "546080", Country: "SG"}, []string{"A", "B 1", "SINGAPORE 546080", "SINGAPORE"}},
		{"an island that has a line of its own", Address{Name: "A", Line1: "B 1", City: "St Helier", PostalCode: "JE1 1AA", Country: "JE"}, []string{"A", "B 1", "ST HELIER", "JERSEY", "JE1 1AA", "JERSEY"}},
		{"a postal code where there is none", Address{Name: "A", Line1: "B 1", City: "Dubai", PostalCode: "00000", Country: "AE"}, []string{"A", "B 1", "DUBAI", "00000", "UNITED ARAB EMIRATES"}},
		{"an unknown country", Address{Name: "A", Line1: "B 1", City: "C", PostalCode: "1", Country: "QQ"}, []string{"A", "B 1", "1 C", "QQ"}},
		{"nothing at all", Address{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Lines(tt.address); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	us, ok := Country("US")
	if !ok || us.Name != "United States" || us.PostalName != "ZIP code" || us.RegionName != "state" || len(us.Regions) != 62 {
		t.Errorf("%+v", us)
	}
	if want := []string{Name, Line1, Line2, City, Region, PostalCode}; !slices.Equal(us.Order, want) {
		t.Errorf("order %v, want %v", us.Order, want)
	}
	for _, code := range []string{"", "D", "DEU", "de", "ZZ", "# ", "E\t", "\nD"} {
		if f, ok := Country(code); ok {
			t.Errorf("%q is found: %+v", code, f)
		}
	}
	codes := Countries()
	if len(codes) != 252 || !slices.IsSorted(codes) {
		t.Errorf("%d countries", len(codes))
	}
	for _, code := range codes {
		if f, ok := Country(code); !ok || f.Code != code || f.Name == "" || f.PostalName == "" || len(f.Required) < 2 {
			t.Errorf("%s: %+v", code, f)
		}
	}
}

// Whatever is typed, nothing panics, cleaning settles at once and a label has
// no empty line.
func FuzzAddress(f *testing.F) {
	f.Add("Ada", "Street 1", "Berlin", "10117", "", "DE")
	f.Add("村上", "桜丘町", "渋谷区", "〒150-8512", "東京都", "JP")
	f.Add("%Z", "%", "|", "%%", "\x00", "US")
	f.Fuzz(func(t *testing.T, name, line, city, code, region, country string) {
		a := Address{Name: name, Line1: line, City: city, PostalCode: code, Region: region, Country: country}
		a.Check()
		if once := a.Clean(); once.Clean() != once {
			t.Errorf("%+v cleans to %+v", once, once.Clean())
		}
		if slices.Contains(Lines(a), "") {
			t.Errorf("%+v has an empty line: %q", a, Lines(a))
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		berlin.Check()
	}
}

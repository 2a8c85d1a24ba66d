package ubl_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"korzo/purchase/document"
	"korzo/purchase/document/ubl"
	"korzo/purchase/document/ubl/ubltest"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

func sample(kind document.Kind) document.Content {
	c := document.Content{Number: "DE-000007", Kind: kind, Order: "10042", Locale: "de-DE", Currency: "EUR",
		Placed: day("2030-01-02"), Issued: day("2030-01-03"),
		Seller: document.Party{Name: "Eins GmbH", VATID: "DE123456788", Register: "Amtsgericht Berlin, HRB 1", Email: "rechnung@eins.example", Phone: "+49 30 1234567",
			Address: address.Address{Name: "Eins GmbH", Line1: "Musterufer 1", City: "Berlin", PostalCode: "10999", Country: "DE"}},
		Buyer: document.Party{Name: "Erika Muster & Söhne <AG>", Email: "erika@example.com",
			Address: address.Address{Name: "Erika Muster", Line1: "Beispielweg 2", Line2: "c/o Muster", City: "Hamburg", PostalCode: "20095", Country: "DE"}},
		Lines: []document.Line{
			{Line: "lin_1", SKU: "MUG", Title: "Becher rot", Quantity: 3, Unit: eur(1190), Discount: eur(0), Net: eur(3000), Tax: eur(570), PPM: 190_000},
			{Line: "lin_2", SKU: "BOOK", Title: "Kochbuch", Quantity: 125, Scale: 2, Unit: eur(1070), Discount: eur(100), Net: eur(1157), Tax: eur(81), PPM: 70_000},
		},
		Charges: []document.Line{{Line: "grp_1", Title: "Standardversand", Quantity: 1, Unit: eur(476), Net: eur(400), Tax: eur(76), PPM: 190_000}},
		Rates:   []document.Rate{{PPM: 190_000, Base: eur(3400), Tax: eur(646)}, {PPM: 70_000, Base: eur(1157), Tax: eur(81)}},
		Net:     eur(4557), Tax: eur(727), Total: eur(5284), Paid: eur(5000), PayBy: day("2030-01-17"),
	}
	if kind == document.CreditNote {
		c.Number, c.Corrects, c.Reason, c.Paid, c.PayBy = "DE-C-000001", "DE-000007", "Bruch", c.Total, calendar.Date{}
	}
	return c
}

func day(text string) calendar.Date {
	d, err := calendar.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestADocumentIsWrittenAsTheNormHasIt(t *testing.T) {
	for _, kind := range []document.Kind{document.Invoice, document.CreditNote} {
		got, err := ubl.Render(sample(kind))
		if err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + string(kind) + ".xml"
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what stands in %s (run with -update and look at the difference): %v", kind, file, err)
		}
		for _, broken := range ubltest.Broken(got) {
			t.Errorf("%s: %s", kind, broken)
		}
	}
}

// A business abroad owes the tax itself; who is exempt owes none. Both are told
// apart from a rate of zero, with the reason.
func TestWhyNoTaxIsChargedIsToldAsTheNormHasIt(t *testing.T) {
	for reason, want := range map[string]string{"": "Z", "reverse_charge": "AE", "exempt": "E", "seller_exempt": "E"} {
		c := sample(document.Invoice)
		c.TaxReason, c.Buyer.VATID = reason, "ATU10223006"
		for _, l := range [][]document.Line{c.Lines, c.Charges} {
			for i := range l {
				l[i].Tax, l[i].PPM = eur(0), 0
			}
		}
		c.Tax, c.Total, c.Paid, c.Rates = eur(0), c.Net, c.Net, []document.Rate{{PPM: 0, Base: c.Net, Tax: eur(0)}}
		got, err := ubl.Render(c)
		if err != nil {
			t.Fatal(err)
		}
		if code := ubltest.Text(got, "TaxTotal/TaxSubtotal/TaxCategory/ID"); code != want {
			t.Errorf("%q is %s, want %s", reason, code, want)
		}
		for _, broken := range ubltest.Broken(got) {
			t.Errorf("%q: %s", reason, broken)
		}
	}
}

// The rules must be able to fail.
func TestTheRulesFindWhatIsWrong(t *testing.T) {
	good, err := ubl.Render(sample(document.Invoice))
	if err != nil {
		t.Fatal(err)
	}
	for rule, change := range map[string][2]string{
		"BR-02":    {"<cbc:ID>DE-000007</cbc:ID>", ""},
		"BR-CO-10": {">41.57<", ">41.58<"},
		"BR-CO-13": {`TaxExclusiveAmount currencyID="EUR">45.57`, `TaxExclusiveAmount currencyID="EUR">45.56`},
		"BR-CO-14": {`<cbc:TaxAmount currencyID="EUR">7.27`, `<cbc:TaxAmount currencyID="EUR">7.28`},
		"BR-CO-15": {`TaxInclusiveAmount currencyID="EUR">52.84`, `TaxInclusiveAmount currencyID="EUR">52.85`},
		"BR-CO-16": {`PayableAmount currencyID="EUR">2.84`, `PayableAmount currencyID="EUR">2.83`},
		"BR-S-08":  {`TaxableAmount currencyID="EUR">34.00`, `TaxableAmount currencyID="EUR">36.00`},
		"BR-S-09":  {`<cbc:TaxAmount currencyID="EUR">6.46`, `<cbc:TaxAmount currencyID="EUR">9.46`},
		"BR-S-02":  {"<cbc:CompanyID>DE123456788</cbc:CompanyID>", ""},
		"BR-DE-15": {"<cbc:BuyerReference>10042</cbc:BuyerReference>", ""},
		"BR-DE-6":  {"<cbc:Telephone>+49 30 1234567</cbc:Telephone>", ""},
		"R120":     {`PriceAmount currencyID="EUR">30.00`, `PriceAmount currencyID="EUR">10.00`},
	} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, good) {
			t.Errorf("%s: nothing was changed by %q", rule, change[0])
		}
		if found := ubltest.Broken(bad); !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, rule+":") }) {
			t.Errorf("%s did not find %q in place of %q: %v", rule, change[1], change[0], found)
		}
	}
}

func TestWhatTheNormCannotTellIsRefused(t *testing.T) {
	noVAT, dinar := sample(document.Invoice), sample(document.Invoice)
	noVAT.Seller.VATID, dinar.Currency = "", "KWD"
	for _, c := range []document.Content{noVAT, dinar} {
		if got, err := ubl.Render(c); !errors.Is(err, ubl.ErrNot) || got != nil {
			t.Errorf("%v and %d bytes", err, len(got))
		}
	}
}

// Law: whatever was bought, the document keeps the rules of the norm.
func TestAnyDocumentKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := sample(rapid.SampledFrom([]document.Kind{document.Invoice, document.CreditNote}).Draw(r, "kind"))
		c.Lines, c.Charges, c.Rates = nil, nil, nil
		c.Net, c.Tax = eur(0), eur(0)
		add := func(to *[]document.Line, n int) {
			ppm := rapid.SampledFrom([]int64{0, 70_000, 190_000, 66_250}).Draw(r, "ppm")
			net := eur(rapid.Int64Range(1, 1_000_000).Draw(r, "net"))
			l := document.Line{Line: fmt.Sprint("l", n), SKU: "S", Title: rapid.StringMatching(`[a-zäß<&" ]{1,20}x`).Draw(r, "title"),
				Quantity: rapid.Int64Range(1, 1000).Draw(r, "quantity"), Scale: rapid.Int64Range(0, 3).Draw(r, "scale"), Net: net, Tax: net.Share(ppm, 1), PPM: ppm}
			*to = append(*to, l)
			c.Net, c.Tax = c.Net.Plus(l.Net), c.Tax.Plus(l.Tax)
			i := slices.IndexFunc(c.Rates, func(r document.Rate) bool { return r.PPM == ppm })
			if i < 0 {
				i, c.Rates = len(c.Rates), append(c.Rates, document.Rate{PPM: ppm, Base: eur(0), Tax: eur(0)})
			}
			c.Rates[i].Base, c.Rates[i].Tax = c.Rates[i].Base.Plus(l.Net), c.Rates[i].Tax.Plus(l.Tax)
		}
		for n := range rapid.IntRange(1, 30).Draw(r, "lines") {
			add(&c.Lines, n)
		}
		for n := range rapid.IntRange(0, 2).Draw(r, "charges") {
			add(&c.Charges, 100+n)
		}
		c.Total = c.Net.Plus(c.Tax)
		c.Paid = c.Total
		got, err := ubl.Render(c)
		if err != nil {
			r.Fatal(err)
		}
		for _, broken := range ubltest.Broken(got) {
			r.Error(broken)
		}
	})
}

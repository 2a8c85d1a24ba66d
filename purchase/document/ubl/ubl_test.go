package ubl_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"korzo/purchase/document"
	"korzo/purchase/document/ubl"
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
		for _, broken := range rules(parse(t, got)) {
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
		doc := parse(t, got)
		if code := doc.at("TaxTotal/TaxSubtotal/TaxCategory/ID"); code != want {
			t.Errorf("%q is %s, want %s", reason, code, want)
		}
		for _, broken := range rules(doc) {
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
		if found := rules(parse(t, bad)); !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, rule+":") }) {
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
		for _, broken := range rules(parse(r, got)) {
			r.Error(broken)
		}
	})
}

// element is XML read without knowing what was written.
type element struct {
	name, text string
	nodes      []*element
}

func parse(t interface{ Fatalf(string, ...any) }, document []byte) *element {
	d, stack := xml.NewDecoder(bytes.NewReader(document)), []*element{{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return stack[0].nodes[0]
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local}
			top.nodes = append(top.nodes, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += strings.TrimSpace(string(token))
		}
	}
}

// all returns the elements at a path, "Party/PostalAddress".
func (e *element) all(path string) []*element {
	name, rest, more := strings.Cut(path, "/")
	var found []*element
	for _, n := range e.nodes {
		if n.name != name {
			continue
		}
		if more {
			found = append(found, n.all(rest)...)
		} else {
			found = append(found, n)
		}
	}
	return found
}

func (e *element) at(path string) string {
	if found := e.all(path); len(found) > 0 {
		return found[0].text
	}
	return ""
}

func (e *element) number(path string) *big.Rat { return rat(e.at(path)) }

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func sum(all []*element) *big.Rat {
	s := new(big.Rat)
	for _, e := range all {
		s.Add(s, rat(e.text))
	}
	return s
}

// within says that two amounts differ by less than one unit of the currency: the
// tolerance that the norm's own Schematron gives where tax was rounded by line.
func within(a, b *big.Rat) bool {
	d := new(big.Rat).Sub(a, b)
	return d.Abs(d).Cmp(big.NewRat(1, 1)) < 0
}

// rules restates the business rules of EN 16931-1 (BR-…) that concern what we
// write, those of XRechnung 3.0 (BR-DE-…), and Peppol's R120.
func rules(doc *element) (broken []string) {
	rule := func(id string, holds bool) {
		if !holds {
			broken = append(broken, id+": is broken")
		}
	}
	kind := strings.TrimSuffix(doc.name, "-2")
	total, seller, buyer := "LegalMonetaryTotal/", "AccountingSupplierParty/Party/", "AccountingCustomerParty/Party/"
	for id, path := range map[string]string{
		"BR-01": "CustomizationID", "BR-02": "ID", "BR-03": "IssueDate", "BR-04": kind + "TypeCode", "BR-05": "DocumentCurrencyCode",
		"BR-06": seller + "PartyLegalEntity/RegistrationName", "BR-07": buyer + "PartyLegalEntity/RegistrationName",
		"BR-08": seller + "PostalAddress/CityName", "BR-09": seller + "PostalAddress/Country/IdentificationCode",
		"BR-10": buyer + "PostalAddress/CityName", "BR-11": buyer + "PostalAddress/Country/IdentificationCode",
		"BR-12": total + "LineExtensionAmount", "BR-13": total + "TaxExclusiveAmount", "BR-14": total + "TaxInclusiveAmount", "BR-15": total + "PayableAmount",
		"BR-16": kind + "Line/ID", "BR-49": "PaymentMeans/PaymentMeansCode",
		"BR-DE-1": "PaymentMeans/PaymentMeansCode", "BR-DE-2": seller + "Contact/Name", "BR-DE-3": seller + "PostalAddress/CityName", "BR-DE-4": seller + "PostalAddress/PostalZone",
		"BR-DE-5": seller + "Contact/Name", "BR-DE-6": seller + "Contact/Telephone", "BR-DE-7": seller + "Contact/ElectronicMail",
		"BR-DE-8": buyer + "PostalAddress/CityName", "BR-DE-9": buyer + "PostalAddress/PostalZone", "BR-DE-15": "BuyerReference",
		"R010": buyer + "EndpointID", "R020": seller + "EndpointID",
	} {
		rule(id, doc.at(path) != "")
	}
	rule("BR-DE-21", doc.at("CustomizationID") == "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0")
	lines := doc.all(kind + "Line")
	rule("BR-CO-10", doc.number(total+"LineExtensionAmount").Cmp(sum(doc.all(kind+"Line/LineExtensionAmount"))) == 0)
	rule("BR-CO-12", doc.number(total+"ChargeTotalAmount").Cmp(sum(doc.all("AllowanceCharge/Amount"))) == 0)
	exclusive := new(big.Rat).Add(doc.number(total+"LineExtensionAmount"), doc.number(total+"ChargeTotalAmount"))
	rule("BR-CO-13", doc.number(total+"TaxExclusiveAmount").Cmp(exclusive) == 0)
	rule("BR-CO-14", doc.number("TaxTotal/TaxAmount").Cmp(sum(doc.all("TaxTotal/TaxSubtotal/TaxAmount"))) == 0)
	inclusive := new(big.Rat).Add(doc.number(total+"TaxExclusiveAmount"), doc.number("TaxTotal/TaxAmount"))
	rule("BR-CO-15", doc.number(total+"TaxInclusiveAmount").Cmp(inclusive) == 0)
	payable := new(big.Rat).Sub(doc.number(total+"TaxInclusiveAmount"), doc.number(total+"PrepaidAmount"))
	rule("BR-CO-16", doc.number(total+"PayableAmount").Cmp(payable) == 0)
	rule("BR-CO-18", len(doc.all("TaxTotal/TaxSubtotal")) > 0)
	rule("BR-CO-25", payable.Sign() <= 0 || doc.at("DueDate") != "" || doc.at("PaymentTerms/Note") != "")
	rule("BR-55", len(doc.all("BillingReference")) == 0 || doc.at("BillingReference/InvoiceDocumentReference/ID") != "")
	rule("BR-S-02", doc.at(seller+"PartyTaxScheme/CompanyID") != "")
	vat := doc.at(seller + "PartyTaxScheme/CompanyID")
	rule("BR-CO-09", len(vat) > 2 && strings.ToUpper(vat[:2]) == vat[:2])
	for _, l := range lines {
		quantity := map[string]string{"Invoice": "InvoicedQuantity", "CreditNote": "CreditedQuantity"}[kind]
		rule("BR-22", l.at(quantity) != "")
		rule("BR-24", l.at("LineExtensionAmount") != "")
		rule("BR-25", l.at("Item/Name") != "")
		rule("BR-26", l.at("Price/PriceAmount") != "")
		rule("BR-27", l.number("Price/PriceAmount").Sign() >= 0)
		rule("BR-CO-04", l.at("Item/ClassifiedTaxCategory/ID") != "")
		if l.number("Price/BaseQuantity").Sign() > 0 {
			price := new(big.Rat).Quo(l.number("Price/PriceAmount"), l.number("Price/BaseQuantity"))
			rule("R120", price.Mul(price, l.number(quantity)).Cmp(l.number("LineExtensionAmount")) == 0)
		}
		standard(rule, l.all("Item/ClassifiedTaxCategory")[0], "BR-S-05", "BR-Z-05")
	}
	for _, charge := range doc.all("AllowanceCharge") {
		rule("BR-36", charge.at("Amount") != "")
		rule("BR-38", charge.at("AllowanceChargeReason") != "")
		standard(rule, charge.all("TaxCategory")[0], "BR-S-07", "BR-Z-07")
	}
	for _, s := range doc.all("TaxTotal/TaxSubtotal") {
		standard(rule, s.all("TaxCategory")[0], "BR-S-01", "BR-Z-01")
		untaxed(rule, s, doc.at(buyer+"PartyTaxScheme/CompanyID"))
		percent := s.at("TaxCategory/Percent")
		base := new(big.Rat)
		for _, l := range lines {
			if l.at("Item/ClassifiedTaxCategory/Percent") == percent {
				base.Add(base, l.number("LineExtensionAmount"))
			}
		}
		for _, charge := range doc.all("AllowanceCharge") {
			if charge.at("TaxCategory/Percent") == percent {
				base.Add(base, charge.number("Amount"))
			}
		}
		rule("BR-S-08", within(s.number("TaxableAmount"), base))
		due := new(big.Rat).Mul(s.number("TaxableAmount"), rat(percent))
		rule("BR-S-09", within(s.number("TaxAmount"), due.Quo(due, big.NewRat(100, 1))))
	}
	return broken
}

// untaxed holds what must be said where the buyer owes the tax, or nobody does.
func untaxed(rule func(id string, holds bool), s *element, buyer string) {
	category := s.all("TaxCategory")[0]
	if id := category.at("ID"); id == "AE" || id == "E" {
		rule("BR-"+id+"-09", s.number("TaxAmount").Sign() == 0)
		rule("BR-"+id+"-10", category.at("TaxExemptionReason") != "")
		rule("BR-AE-02", id != "AE" || buyer != "")
	}
}

// standard holds what a category of either kind must say of its rate.
func standard(rule func(id string, holds bool), category *element, taxed, zero string) {
	switch category.at("ID") {
	case "S":
		rule(taxed, category.number("Percent").Sign() > 0)
	case "Z", "AE", "E":
		rule(zero, category.number("Percent").Sign() == 0)
	default:
		rule("BR-CL-17", false)
	}
	rule("BR-48", category.at("Percent") != "" && category.at("TaxScheme/ID") == "VAT")
}

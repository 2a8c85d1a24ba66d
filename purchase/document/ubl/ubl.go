// Package ubl writes a document as an electronic invoice: UBL 2.1 in the core of
// EN 16931, and as XRechnung 3.0 where the seller is German.
//
// Prices of a shop contain tax and are rounded per position, while the norm
// multiplies a net price. So a position's price is its net amount for its whole
// quantity (the norm's base quantity), which is exact. Discounts are within the
// positions; deliveries are charges of the document.
//
// Never true: a sum that is not the sum of what is written above it.
package ubl

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/document"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/money"
)

// ErrNot reports a document that the norm cannot tell.
var ErrNot = fault.New(fault.Conflict, "document.not_electronic", "this cannot be an electronic invoice: its seller has no VAT number, or its currency has more than two decimals; use the PDF")

const (
	core      = "urn:cen.eu:en16931:2017"
	xrechnung = core + "#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
	profile   = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
)

// Render returns a document as XML. It returns ErrNot where the norm has no way
// to tell it.
func Render(c document.Content) ([]byte, error) {
	info, ok := money.Find(c.Currency)
	if c.Seller.VATID == "" || !ok || info.Exponent > 2 {
		return nil, ErrNot
	}
	w := writer{c: c}
	root := w.invoice()
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("write %s: %w", c.Number, err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// node is an element: with a text, or with others in it.
type node struct {
	name  string // "cbc:ID"
	attrs []xml.Attr
	text  string
	nodes []node
}

// MarshalXML writes the element; empty ones are left out, as the norm forbids them.
func (n node) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: n.name}, Attr: n.attrs}
	if n.empty() {
		return nil
	}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if n.text != "" {
		if err := e.EncodeToken(xml.CharData(n.text)); err != nil {
			return err
		}
	}
	for _, child := range n.nodes {
		if err := child.MarshalXML(e, start); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

func (n node) empty() bool {
	for _, child := range n.nodes {
		if !child.empty() {
			return false
		}
	}
	return n.text == ""
}

func cbc(name, text string, attrs ...string) node {
	n := node{name: "cbc:" + name, text: strings.TrimSpace(text)}
	for i := 0; i < len(attrs); i += 2 {
		n.attrs = append(n.attrs, xml.Attr{Name: xml.Name{Local: attrs[i]}, Value: attrs[i+1]})
	}
	return n
}

func cac(name string, nodes ...node) node { return node{name: "cac:" + name, nodes: nodes} }

// writer knows the document while it is written.
type writer struct{ c document.Content }

func (w writer) invoice() node {
	if len(w.c.Lines) == 0 { // of a delivery alone: the norm asks for a line (BR-16)
		w.c.Lines, w.c.Charges = w.c.Charges, nil
	}
	c, kind, code := w.c, "Invoice", "380"
	if c.Kind == document.CreditNote {
		kind, code = "CreditNote", "381"
	}
	customization := core
	if c.Seller.Address.Country == "DE" {
		customization = xrechnung
	}
	root := node{name: kind, attrs: []xml.Attr{
		{Name: xml.Name{Local: "xmlns"}, Value: "urn:oasis:names:specification:ubl:schema:xsd:" + kind + "-2"},
		{Name: xml.Name{Local: "xmlns:cac"}, Value: "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"},
		{Name: xml.Name{Local: "xmlns:cbc"}, Value: "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"},
	}}
	root.nodes = []node{
		cbc("CustomizationID", customization), cbc("ProfileID", profile), cbc("ID", c.Number), cbc("IssueDate", c.Issued.String()),
	}
	if kind == "Invoice" {
		root.nodes = append(root.nodes, cbc("DueDate", c.PayBy.String()))
	}
	root.nodes = append(root.nodes,
		cbc(kind+"TypeCode", code), cbc("Note", c.Reason), cbc("DocumentCurrencyCode", string(c.Currency)),
		cbc("BuyerReference", c.Order), cac("OrderReference", cbc("ID", c.Order)),
		cac("BillingReference", cac("InvoiceDocumentReference", cbc("ID", c.Corrects))),
		cac("AccountingSupplierParty", party(c.Seller, true)), cac("AccountingCustomerParty", party(c.Buyer, false)),
		cac("PaymentMeans", cbc("PaymentMeansCode", "1"))) // not defined: the payment has been made, or is agreed elsewhere
	for _, charge := range c.Charges {
		root.nodes = append(root.nodes, cac("AllowanceCharge", cbc("ChargeIndicator", "true"), cbc("AllowanceChargeReason", charge.Title),
			w.amount("Amount", charge.Net), w.category("TaxCategory", charge.PPM)))
	}
	root.nodes = append(root.nodes, w.taxes(), w.totals())
	for i, l := range c.Lines {
		root.nodes = append(root.nodes, w.line(kind, i+1, l))
	}
	return root
}

func party(p document.Party, seller bool) node {
	name := p.Name
	if name == "" {
		name = "—" // forgotten before the document was issued; the norm wants a name
	}
	scheme := cac("PartyTaxScheme")
	if p.VATID != "" {
		scheme = cac("PartyTaxScheme", cbc("CompanyID", p.VATID), cac("TaxScheme", cbc("ID", "VAT")))
	}
	nodes := []node{cbc("EndpointID", p.Email, "schemeID", "EM"), cac("PartyName", cbc("Name", name)), postal(p.Address), scheme,
		cac("PartyLegalEntity", cbc("RegistrationName", name), cbc("CompanyLegalForm", p.Register))}
	if seller {
		nodes = append(nodes, cac("Contact", cbc("Name", name), cbc("Telephone", p.Phone), cbc("ElectronicMail", p.Email)))
	}
	return cac("Party", nodes...)
}

func postal(a address.Address) node {
	return cac("PostalAddress", cbc("StreetName", a.Line1), cbc("AdditionalStreetName", a.Line2), cbc("CityName", a.City),
		cbc("PostalZone", a.PostalCode), cbc("CountrySubentity", a.Region), cac("Country", cbc("IdentificationCode", a.Country)))
}

func (w writer) amount(name string, a money.Amount) node {
	return cbc(name, a.Decimal(), "currencyID", string(w.c.Currency))
}

// category is S, the standard way to tax at any rate above zero; without tax it
// is AE where the buyer owes it, E where the seller or the buyer is exempt, or Z.
func (w writer) category(name string, ppm int64) node {
	return cac(name, cbc("ID", w.code(ppm)), cbc("Percent", percent(ppm)), cac("TaxScheme", cbc("ID", "VAT")))
}

func (w writer) code(ppm int64) string {
	switch {
	case ppm > 0:
		return "S"
	case w.c.TaxReason == tax.ReasonReverse && w.c.Buyer.VATID != "":
		return "AE"
	case w.c.TaxReason == tax.ReasonExempt, w.c.TaxReason == tax.ReasonSeller:
		return "E"
	}
	return "Z"
}

// because adds to a category of the sum why it bears no tax.
func (w writer) because(category node, ppm int64) node {
	if text := tax.Text(w.c.TaxReason); ppm == 0 && text != "" && w.code(ppm) != "Z" {
		reason := []node{cbc("TaxExemptionReason", text)}
		if w.c.TaxReason == tax.ReasonReverse {
			reason = []node{cbc("TaxExemptionReasonCode", "VATEX-EU-AE"), cbc("TaxExemptionReason", text)}
		}
		category.nodes = slices.Insert(category.nodes, 2, reason...)
	}
	return category
}

// percent is parts per million as a decimal: 190000 is "19".
func percent(ppm int64) string {
	return strconv.FormatFloat(float64(ppm)/10_000, 'f', -1, 64)
}

func (w writer) taxes() node {
	nodes := []node{w.amount("TaxAmount", w.c.Tax)}
	for _, r := range w.c.Rates {
		nodes = append(nodes, cac("TaxSubtotal", w.amount("TaxableAmount", r.Base), w.amount("TaxAmount", r.Tax), w.because(w.category("TaxCategory", r.PPM), r.PPM)))
	}
	return cac("TaxTotal", nodes...)
}

func (w writer) totals() node {
	zero := money.Of(0, w.c.Currency)
	lines, charges := zero, zero
	for _, l := range w.c.Lines {
		lines = lines.Plus(l.Net)
	}
	for _, l := range w.c.Charges {
		charges = charges.Plus(l.Net)
	}
	return cac("LegalMonetaryTotal", w.amount("LineExtensionAmount", lines), w.amount("TaxExclusiveAmount", w.c.Net),
		w.amount("TaxInclusiveAmount", w.c.Total), w.amount("ChargeTotalAmount", charges), w.amount("PrepaidAmount", w.c.Paid),
		w.amount("PayableAmount", w.c.Due()))
}

func (w writer) line(kind string, n int, l document.Line) node {
	quantity, called := l.Units(), "InvoicedQuantity"
	if kind == "CreditNote" {
		called = "CreditedQuantity"
	}
	return cac(kind+"Line", cbc("ID", strconv.Itoa(n)), cbc(called, quantity, "unitCode", "C62"), w.amount("LineExtensionAmount", l.Net),
		cac("Item", cbc("Name", l.Title), cac("SellersItemIdentification", cbc("ID", l.SKU)), w.category("ClassifiedTaxCategory", l.PPM)),
		cac("Price", w.amount("PriceAmount", l.Net), cbc("BaseQuantity", quantity, "unitCode", "C62")))
}

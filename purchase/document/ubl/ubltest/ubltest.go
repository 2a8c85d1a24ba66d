// Package ubltest holds electronic invoices and credit notes to the norm.
//
// It restates the business rules of EN 16931-1 (BR-…) that concern what we write,
// those of XRechnung 3.0 (BR-DE-…), and Peppol's R120, from their texts. It reads
// the XML without knowing what wrote it, so that whatever is issued anywhere can be
// put to the same question.
//
// Never true: a rule that asks our own content instead of the document.
package ubltest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// Broken returns the rules that a document breaks, none for one that keeps them
// all. What is no XML breaks the first.
func Broken(document []byte) []string {
	doc, err := parse(document)
	if err != nil {
		return []string{err.Error()}
	}
	return rules(doc)
}

// Text returns the text of the first element at a path below the document's root,
// "TaxTotal/TaxAmount"; "" for none.
func Text(document []byte, path string) string {
	doc, err := parse(document)
	if err != nil {
		return ""
	}
	return doc.at(path)
}

// element is XML read without knowing what was written.
type element struct {
	name, text string
	nodes      []*element
}

func parse(document []byte) (*element, error) {
	d, stack := xml.NewDecoder(bytes.NewReader(document)), []*element{{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(stack[0].nodes) == 1 {
			return stack[0].nodes[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("not XML: %w", err)
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
	positions(rule, kind, lines)
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

// positions holds what each line must say.
func positions(rule func(id string, holds bool), kind string, lines []*element) {
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

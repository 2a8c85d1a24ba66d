package document_test

import (
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/i18n"
	"korzo/purchase/document"
	"korzo/purchase/document/pdf"
	"korzo/purchase/document/ubl"
	"korzo/purchase/document/ubl/ubltest"
	"korzo/purchase/order"
)

// placeMixed places an order of two rates of tax, with a discount, a delivery, and
// a gift card of 50.00 that is bought and bears no tax yet: 88.19 in all.
func placeMixed(t *testing.T, d *db.DB, locale string) order.ID {
	t.Helper()
	id, o := draft(d, "DE")
	o.Locale = locale
	gift := order.Line{ID: order.LineID("lin_3_" + string(id)), Group: o.Groups[0].ID, Kind: "gift_card", Product: "prd_gift", Variant: "var_gift", SKU: "GIFT", Title: "Gift card",
		Quantity: 1, UnitPrice: eur(5000), Subtotal: eur(5000), Discount: eur(0), Tax: eur(0), Total: eur(5000), TaxClass: "zero"}
	o.Lines, o.Subtotal, o.Total = append(o.Lines, gift), o.Subtotal.Plus(eur(5000)), o.Total.Plus(eur(5000))
	dbtest.Write(t, d, func(tx *db.Tx) error {
		c, err := profile.SaveContact(t.Context(), tx, keeper, profile.Contact{Name: buyer.Name, Email: "erika@example.com", Shipping: buyer})
		if err != nil {
			return err
		}
		o.Contact = string(c)
		if _, err := numbers.Place(t.Context(), tx, id, o, ""); err != nil {
			return err
		}
		return document.Due(t.Context(), tx, id)
	})
	return id
}

// Law: however a mixed order is credited, by line, by delivery, in part or of the
// gift card, each credit note keeps the norm's rules, and together they take
// back no more than the invoice charged.
func TestCreditNotesOfAMixedOrderKeepTheNorm(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		rapid.Check(t, func(r *rapid.T) {
			id := placeMixed(t, d, rapid.SampledFrom([]string{"de-DE", "en-GB", "hu-HU"}).Draw(r, "locale"))
			issue(t, d)
			left := map[string]int64{"lin_1_": 2380, "lin_2_": 963, "lin_3_": 5000}
			for n := range rapid.IntRange(1, 3).Draw(r, "credits") {
				c := document.Credit{Ref: string(id) + string(rune('a'+n)), Order: id, Reason: "Bruch"}
				line := rapid.SampledFrom([]string{"lin_1_", "lin_2_", "lin_3_"}).Draw(r, "line")
				if most := left[line]; most > 0 {
					gross := rapid.Int64Range(1, most).Draw(r, "gross")
					left[line] -= gross
					c.Lines = []document.Taken{{Line: line + string(id), Quantity: 1, Gross: gross}}
				}
				if c.Shipping = rapid.SampledFrom([]int64{0, 0, 120}).Draw(r, "shipping"); len(c.Lines) == 0 && c.Shipping == 0 {
					continue
				}
				credit(t, d, c)
			}
			_, contents := of(t, d, id)
			charged, given := contents[0].Total.Minor, int64(0)
			for _, c := range contents {
				if c.Kind == document.CreditNote {
					given += c.Total.Minor
				}
				xml, err := ubl.Render(c)
				if err != nil {
					r.Fatal(err)
				}
				for _, broken := range ubltest.Broken(xml) {
					r.Errorf("%s %s: %s", c.Kind, c.Number, broken)
				}
			}
			if charged != 8819 || given > charged {
				r.Errorf("%d were charged and %d credited", charged, given)
			}
		})
		sound(t, d)
	})
}

// A credit note of the delivery alone tells it as its line: the norm knows none
// without.
func TestACreditNoteOfTheDeliveryAloneHasALine(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	open(t, d)
	id := placeMixed(t, d, "de-DE")
	issue(t, d)
	credit(t, d, document.Credit{Ref: string(id), Order: id, Shipping: 120, Reason: "Bruch"})
	_, contents := of(t, d, id)
	xml, err := ubl.Render(contents[1])
	if err != nil {
		t.Fatal(err)
	}
	if broken := ubltest.Broken(xml); len(broken) > 0 || contents[1].Total != eur(120) {
		t.Errorf("%v, %v of %s", broken, contents[1].Total, xml)
	}
}

// The same credit note is drawn in its reader's language: KORZO_KEEP_PDF names a
// folder in which it is kept, to be looked at.
func TestACreditNoteOfAMixedOrderIsDrawnInThreeLanguages(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	open(t, d)
	catalog := i18n.Load()
	if err := catalog.Add(pdf.Messages()); err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"de-DE", "en-GB", "hu-HU"} {
		id := placeMixed(t, d, locale)
		issue(t, d)
		credit(t, d, document.Credit{Ref: string(id), Order: id, Reason: "Ein Becher kam zerbrochen an.", Shipping: 476,
			Lines: []document.Taken{{Line: "lin_1_" + string(id), Quantity: 1, Gross: 1190}, {Line: "lin_2_" + string(id), Quantity: 1, Gross: 963}, {Line: "lin_3_" + string(id), Quantity: 1, Gross: 5000}}})
		_, contents := of(t, d, id)
		c := contents[len(contents)-1]
		if c.Kind != document.CreditNote || c.Total != eur(7629) || len(c.Rates) != 3 {
			t.Fatalf("%s: %s of %v at %d rates", locale, c.Kind, c.Total, len(c.Rates))
		}
		page, err := pdf.Render(c, catalog.Locale(locale), "https://shop.example/orders/ord_1?token=abc")
		if err != nil || len(page) < 1000 {
			t.Fatalf("%s: %d bytes, %v", locale, len(page), err)
		}
		if dir := os.Getenv("KORZO_KEEP_PDF"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, locale+"-mixed.pdf"), page, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

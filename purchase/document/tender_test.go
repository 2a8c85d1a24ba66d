package document_test

import (
	"net/url"
	"strings"
	"testing"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/document"
	"korzo/purchase/document/ubl"
	"korzo/purchase/document/ubl/ubltest"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/manual"
)

// placeTendered places an order of 38.19 of which a gift card pays so much, and a
// transfer the rest, which has not come yet.
func placeTendered(t *testing.T, d *db.DB, card int64) order.ID {
	t.Helper()
	id, o := draft(d, "DE")
	o.Tenders = []order.Tender{{Kind: order.TenderGiftCard, Label: "•••• 7K2M", Ref: "gft_" + string(id), Amount: eur(card)}}
	byHand, err := manual.Open(&url.URL{Scheme: "manual", Host: "DE89370400440532013000", RawQuery: "holder=Korzo"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, d, func(tx *db.Tx) error {
		c, err := profile.SaveContact(t.Context(), tx, keeper, profile.Contact{Name: buyer.Name, Email: "erika@example.com", Shipping: buyer})
		if err != nil {
			return err
		}
		o.Contact = string(c)
		if due := o.Due(); !due.IsZero() {
			a, err := payment.New(d, []payment.Gateway{byHand}, nil, nil).Open(t.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "checkout", ID: string(id)},
				Market: "DE", Channel: "web", Order: string(id), Amount: due, Method: "transfer", Kind: "transfer", Gateway: byHand.Name()})
			if err != nil {
				return err
			}
			o.Payment = string(a.Payment)
		}
		if _, err := numbers.Place(t.Context(), tx, id, o, ""); err != nil {
			return err
		}
		return document.Due(t.Context(), tx, id)
	})
	return id
}

// What a gift card paid of an order is prepaid on its invoice, and the rest is
// payable. A gift card is a way to pay: it changes no line, no base and no tax,
// and its order's credit notes give back the very lines.
func TestADocumentOfAnOrderPaidByGiftCardKeepsTheNorm(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		for name, tt := range map[string]struct {
			card             int64
			prepaid, payable string
		}{
			"partly":    {2000, "20.00", "18.19"},
			"to a cent": {3818, "38.18", "0.01"},
			"whole":     {3819, "38.19", "0.00"},
		} {
			t.Run(name, func(t *testing.T) {
				id := placeTendered(t, d, tt.card)
				issue(t, d)
				credit(t, d, document.Credit{Ref: string(id) + "a", Order: id, Reason: "Bruch", Lines: []document.Taken{{Line: "lin_1_" + string(id), Quantity: 1, Gross: 1190}}})
				credit(t, d, document.Credit{Ref: string(id) + "b", Order: id, Reason: "storniert"})
				_, contents := of(t, d, id)
				if len(contents) != 3 {
					t.Fatalf("%d documents", len(contents))
				}
				given := int64(0)
				for i, c := range contents {
					xml, err := ubl.Render(c)
					if err != nil {
						t.Fatal(err)
					}
					for _, broken := range ubltest.Broken(xml) {
						t.Errorf("%s %s: %s", c.Kind, c.Number, broken)
					}
					if i == 0 && (!strings.Contains(string(xml), `<cbc:PrepaidAmount currencyID="EUR">`+tt.prepaid+"<") || !strings.Contains(string(xml), `<cbc:PayableAmount currencyID="EUR">`+tt.payable+"<")) {
						t.Errorf("the invoice says otherwise: %s", xml)
					}
					if i > 0 {
						given += c.Total.Minor
						if !c.Due().IsZero() {
							t.Errorf("credit note %s leaves %v to pay", c.Number, c.Due())
						}
					}
				}
				if contents[0].Total != eur(3819) || given != 3819 || contents[1].Total != eur(1190) {
					t.Errorf("charged %v, credited %d, first %v", contents[0].Total, given, contents[1].Total)
				}
			})
		}
		sound(t, d)
	})
}

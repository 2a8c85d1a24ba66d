package admin_test

import (
	"strings"
	"testing"

	"korzo/offer/content"
	"korzo/offer/taxonomy"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/giftcard"
	"korzo/value/money"
)

func TestWhatIsNotLookedForEveryDayIsFoundByWhoMayReadIt(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		w.raise("stock.oversold", "MUG-RED")
		var last4 string
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			if _, err := taxonomy.CreateCategory(t.Context(), tx, taxonomy.Category{Slug: "cups", Title: "Cups"}); err != nil {
				return err
			}
			if _, err := content.Save(t.Context(), tx, content.Page{Kind: content.KindPage, Draft: map[string]content.Text{"en": {Slug: "kiln", Title: "Our kiln", Body: "x"}}}); err != nil {
				return err
			}
			card, err := giftcard.Issue(t.Context(), tx, w.keeper, giftcard.Draft{Market: "DE", Amount: money.Of(2500, "EUR"), Source: giftcard.SourceStaff, By: giftcard.By{Actor: "system", Reason: "thanks"}, Key: "one"})
			last4 = card.Last4
			return err
		})
		found := func(q string) string { return w.get("/admin/find?part=list&q=" + q).text }
		for q, want := range map[string]string{"cup": "Categories Cups cups", "kiln": "Content Our kiln", last4: "Gift cards •••• " + last4 + " €25.00", "phones": "Checkout flows Phones",
			"oversold": "Exceptions", "support@example.com": "Staff SUPPORT support@example.com", w.number(id): "Payments"} {
			if text := found(q); !strings.Contains(text, want) {
				t.Errorf("%s finds %q, without %q", q, text, want)
			}
		}
		w.is(w.get("/admin/content?q=zzzz"), 200, "Nothing here matches")
		w.is(w.get("/admin/content"), 200, "Our kiln") // what was left out is not lost to who looks next
		w.as(auth.RoleAssociate)
		for _, q := range []string{last4, "support@example.com", "phones"} {
			if text := found(q); !strings.Contains(text, "Nothing found") {
				t.Errorf("without the right %s finds %q", q, text)
			}
		}
	})
}

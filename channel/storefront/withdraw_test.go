package storefront_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/fulfilment/withdrawal"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
)

// declared are all withdrawals of an order.
func (w *world) declared(of order.ID) (all []withdrawal.Declaration) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = withdrawal.OfOrder(w.t.Context(), tx, of)
		return err
	})
	return all
}

func TestAGuestWithdrawsInTwoSteps(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		b.post("/checkout", berlin(b.open("/checkout"), "approve"))
		o := w.orders()[0]
		b.open("/orders/"+string(o.ID)).says("Withdraw from the contract here", "14 days after everything has arrived")
		form := b.open("/withdrawal?order="+string(o.ID)).says("Stoneware mug", "Order "+o.Number)
		line := regexp.MustCompile(`name="line" value="([^"]+)"`).FindStringSubmatch(form.body)[1]
		in := url.Values{"id": {form.value("id")}, "order": {string(o.ID)}, "name": {"Ada Lovelace"}, "email": {"ada@example.com"}}
		b.post("/withdrawal", in).at(422, "/withdrawal").says("choose what you withdraw from")
		in.Set("line", line)
		b.post("/withdrawal", in).says("I withdraw from the contract", "Stoneware mug", "Confirm the withdrawal")
		if n := len(w.declared(o.ID)); n != 0 {
			t.Errorf("before the confirmation there are %d declarations", n)
		}
		in.Set("intent", "confirm")
		b.post("/withdrawal", in).says("We have received your withdrawal", "ada@example.com")
		b.post("/withdrawal", in).says("We have received your withdrawal")
		if all := w.declared(o.ID); len(all) != 1 || len(all[0].Lines) != 0 {
			t.Errorf("%+v", all)
		}
		b.open("/orders/" + string(o.ID)).says("You withdrew on").silent("Withdraw from the contract here")
		w.browser("en").open("/withdrawal?order="+string(o.ID)).at(404, "/withdrawal")
	})
}

func TestTheFootersButtonNeedsNoAccountAndTellsNothing(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("de")
		if !strings.Contains(b.open("/").body, `href="/withdrawal"`) {
			t.Error("the front page leads to no withdrawal")
		}
		answer := func(number string) string {
			page := b.open("/withdrawal")
			in := url.Values{"id": {page.value("id")}, "name": {"Ada"}, "number": {number}, "email": {"ada@example.com"}, "intent": {"confirm"}}
			return strings.ReplaceAll(b.post("/withdrawal", in).at(200, "/withdrawal").says("Ihr Widerruf ist eingegangen").text(), number, "")
		}
		if answer("1001") != answer("424242") {
			t.Error("the answer tells whether there is such an order")
		}
		page := b.open("/withdrawal")
		b.post("/withdrawal", url.Values{"id": {page.value("id")}, "name": {""}, "number": {"1"}, "email": {"ada@example.com"}}).at(422, "/withdrawal").says("geben Sie Ihren Namen an")
		b.post("/withdrawal", url.Values{"id": {page.value("id")}, "name": {"Ada"}, "number": {"1"}, "email": {"ada"}}).at(422, "/withdrawal")
	})
}

func TestWhoWaitsForSomethingSoldOutLeavesAnAddress(t *testing.T) {
	each(t, func(w *world) {
		v := catalog.VariantID(w.variant("MUG-0"))
		b := w.ada()
		b.send("/products/notices", "product", "mug", "variant", string(v), "email", "ada@example.com").at(200, "/products/mug").silent("Noted") // there is some
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			levels, err := inventory.Levels(t.Context(), tx, v)
			for _, l := range levels {
				if err == nil && l.OnHand > 0 {
					_, err = inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: v, Location: l.Location, Delta: -l.OnHand, Reason: "test", Actor: "test"})
				}
			}
			return err
		})
		b.open("/products/mug?variant=MUG-0").says("Tell me when", "is back")
		b.send("/products/notices", "product", "mug", "variant", string(v), "email", "ada").at(422, "/products/notices").says("Please write it like")
		b.send("/products/notices", "product", "mug", "variant", string(v), "email", "ada@example.com").at(200, "/products/notices").says("Noted")
		b.open("/account/privacy").says("You are told when these are back", "Stoneware mug – Red")
	})
}

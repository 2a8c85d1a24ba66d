package journey_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/chromedp"
)

// inVienna starts a cart of one good that is to be collected in Vienna.
func inVienna(w *apptest.World, sku string, units int) apptest.Answer {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line(sku, units)}})
	return w.Call("PUT", "/store/v1/carts/"+cart.Text("id")+"/collect", map[string]any{"place": "loc_wien"})
}

// emptied takes all that ships off the shelves, so that a good lies in Vienna alone.
func emptied(w *apptest.World, sku string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.T.Context(), tx, w.Variant(sku))
		for _, l := range levels {
			if err == nil && l.Location != "loc_wien" && l.OnHand > 0 {
				_, err = inventory.Adjust(w.T.Context(), tx, inventory.Adjustment{Variant: l.Variant, Location: l.Location, Delta: -l.OnHand, Reason: "sold"})
			}
		}
		return err
	})
}

// What lies only where it is collected can be bought by who collects it there,
// and by nobody who would have it sent.
func TestWhatLiesInAStoreAloneIsBoughtByWhoCollectsItThere(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		emptied(w, "POSTER")
		w.Until("the store API says that it is collected", func() bool { // a page may be a second old
			there := w.Call("GET", "/store/v1/products/poster?market=DE", nil)
			return there.Text("variants", 0, "availability", "status") == "out" && there.At("variants", 0, "availability", "collect") == true
		})
		if feed := w.Call("GET", "/feeds/DE/en/google.xml", nil); strings.Count(string(feed.Bytes), "<g:pickup_method>buy") != 1 {
			t.Errorf("the feed does not say that one thing is collected: %s", feed.Bytes)
		}
		for _, row := range metaRows(t, string(w.Call("GET", "/feeds/DE/en/meta.csv", nil).Bytes)) { // Meta has no word for how it is come by
			if row.id == "POSTER" && row.availability != "in_stock" {
				t.Errorf("%+v", row)
			}
		}
		sent := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		if sent.Text("problems", 0, "code") != "insufficient_stock" {
			t.Errorf("what nobody can send is sold: %s", sent.Bytes)
		}
		cart := inVienna(w, "POSTER", 2)
		if len(cart.At("problems").([]any)) != 0 || cart.Text("collect") != "loc_wien" {
			t.Fatalf("collected in Vienna: %s", cart.Bytes)
		}
		begun := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		if begun.Text("groups", 0, "kind") != "pickup" || begun.Text("groups", 0, "shipping_option") != "wien_pickup" || len(begun.At("groups", 0, "shipping_options").([]any)) != 1 {
			t.Fatalf("the checkout does not begin in Vienna: %s", begun.Bytes)
		}
		placed := w.Call("POST", paid(w, begun)+"/complete", map[string]any{"expected_total": w.Call("GET", "/store/v1/checkouts/"+begun.Text("id"), nil).At("totals", "total")}, "Idempotency-Key", "vienna")
		if placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		seen := w.Call("GET", "/store/v1/orders/"+placed.Text("order", "id"), nil, "Order-Token", placed.Text("order", "token"))
		if seen.Text("delivery_groups", 0, "location") != "loc_wien" {
			t.Errorf("the order goes elsewhere: %s", seen.Bytes)
		}
		if four := inVienna(w, "POSTER", 4); four.Int("problems", 0, "available") != 1 {
			t.Errorf("four, where one of three is left: %s", four.Bytes)
		}
		if no, err := w.Try("PUT", "/store/v1/carts/"+cart.Text("id")+"/collect", map[string]any{"place": "loc_berlin_nowhere"}); err != nil || no.Status != 409 && no.Status != 422 {
			t.Errorf("a place that is none: %v %d %s", err, no.Status, no.Bytes)
		}
		w.Whole()
	})
}

// paid says who collects and how they pay, and names the checkout.
func paid(w *apptest.World, begun apptest.Answer) string {
	w.T.Helper()
	at := "/store/v1/checkouts/" + begun.Text("id")
	w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	return at
}

// Of a bag in which one thing lies in the store and the other does not, the one
// is collected and the other asked after; what is changed in the checkout is said
// in the bag, and the other way round.
func TestBagAndCheckoutSayTheSameOfWhereItIsCollected(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		cart := inVienna(w, "POSTER", 1)
		id := "/store/v1/carts/" + cart.Text("id")
		w.Call("POST", id+"/lines", line("MUG-RED", 1))
		begun := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		if len(begun.At("groups").([]any)) != 2 || begun.Text("groups", 1, "shipping_option") != "wien_pickup" {
			t.Fatalf("poster there, mug not: %s", begun.Bytes)
		}
		at := "/store/v1/checkouts/" + begun.Text("id")
		w.Call("PATCH", at, map[string]any{"shipping_address": berlin, "shipping_option": "de_standard"})
		if now := w.Call("GET", id, nil); now.At("collect") != nil {
			t.Errorf("sent after all, and the bag says %s", now.Bytes)
		}
		w.Call("PUT", id+"/collect", map[string]any{"place": "loc_wien"})
		if again := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}); again.Text("id") != begun.Text("id") || again.Text("groups", 1, "shipping_option") != "wien_pickup" {
			t.Errorf("chosen in the shop, and the checkout says %s", again.Bytes)
		}
	})
}

// Twelve buyers collect three posters that lie in the store alone: three get
// one, and no unit is promised twice.
func TestNoUnitOfAStoreIsSoldTwice(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		emptied(w, "POSTER")
		var ready []apptest.Answer
		for range 12 {
			begun := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": inVienna(w, "POSTER", 1).Text("id")})
			ready = append(ready, w.Call("GET", paid(w, begun), nil))
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		placed := 0
		for i, r := range ready {
			all.Go(func() {
				a, err := w.Try("POST", "/store/v1/checkouts/"+r.Text("id")+"/complete", map[string]any{"expected_total": r.At("totals", "total")}, "Idempotency-Key", fmt.Sprint("store", i))
				mu.Lock()
				defer mu.Unlock()
				if err != nil || a.Status != 200 {
					t.Errorf("%v %d %s", err, a.Status, a.Bytes)
				} else if a.Text("status") == "completed" {
					placed++
				}
			})
		}
		all.Wait()
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			levels, err := inventory.Levels(t.Context(), tx, w.Variant("POSTER"))
			for _, l := range levels {
				if want := map[string]int64{"loc_wien": 3}[l.Location]; l.Reserved != want {
					t.Errorf("%d are held at %s, want %d", l.Reserved, l.Location, want)
				}
			}
			wrong, verr := inventory.Verify(t.Context(), tx)
			for _, w := range wrong {
				t.Error(w)
			}
			if err == nil {
				err = verr
			}
			return err
		})
		if placed != 3 {
			t.Errorf("%d orders of three posters", placed)
		}
	})
}

// A phone chooses the store on the page of what is sold out elsewhere: one tap,
// and bag, checkout and order say where it is collected.
func TestOneTapCollectsItInTheStoreOnAPhone(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	withStore(w, map[string]int64{"POSTER": 3})
	emptied(w, "POSTER")
	buyer := tab{t, browserAt(t, 360, 780)}
	buyer.open(w.Shop.URL+"/products/poster", ".collect-here button")
	buyer.press(".consent button[value=none]", "body:not(:has(.consent)) .collect-here button")
	buyer.press(".collect-here button", ".drawer .collect-at")
	buyer.shows(".drawer", "Pick-up: Wien")
	buyer.open(w.Shop.URL+"/checkout", "#f-email")
	buyer.do("who collects", chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"))
	buyer.press("#next button", "#delivery")
	buyer.do("it is collected there", chromedp.WaitReady(chromedp.CSS(`#delivery input[value="wien_pickup"]:checked`)))
	buyer.press("#next button", ".cards")
	buyer.run(`document.querySelector('details.cards').open = document.querySelector('input[value="approve"]').checked = true; ''`)
	buyer.press("#place .button-place", "#way")
	buyer.shows("#way", "Wien")
	w.Whole()
}

package journey_test

import (
	"slices"
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/purchase/tax"
	"korzo/value/calendar"
	"korzo/value/money"
)

// country is how people pay in one: what its preset offers, and one way to buy.
type country struct {
	id      string
	open    *market.Market // nil: the fixture has it
	price   money.Amount   // of a mug, in a new market
	vat     int64          // in parts per million, in a new market
	home    map[string]any
	offers  []string
	pays    map[string]any // as it is paid
	asks    bool           // the shopper confirms on a page or in an app
	atOnce  bool           // the money is taken with the order, whole
	offline bool           // it is paid at the door: no bank has it
}

var countries = []country{
	// to pay later takes 35.00 euros at least
	{id: "DE", home: berlin, offers: []string{"paypal", "card", "invoice", "transfer"}, pays: map[string]any{"method": "paypal"}, asks: true},
	{id: "HU", home: map[string]any{"name": "Minta Ada", "line1": "Minta utca 1.", "city": "Budapest", "postal_code": "1051", "country": "HU", "phone": "+36 1 234 5678"},
		offers: []string{"card", "cod", "transfer"}, pays: map[string]any{"method": "cod"}, offline: true},
	{id: "US", home: map[string]any{"name": "Ada Sample", "line1": "1 Sample Street", "city": "New York", "region": "NY", "postal_code": "10011", "country": "US"},
		offers: []string{"card", "venmo", "paypal"}, pays: map[string]any{"method": "venmo"}, asks: true},
	{id: "SE", open: &market.Market{Name: "Sweden", Currency: "SEK", Zone: "Europe/Stockholm"}, price: money.Of(189_00, "SEK"), vat: 250_000,
		home:   map[string]any{"name": "Ada Exempel", "line1": "Storgatan 1", "city": "Stockholm", "postal_code": "111 22", "country": "SE"},
		offers: []string{"swish", "card", "pay_later"}, pays: map[string]any{"method": "swish"}, asks: true, atOnce: true},
	{id: "TR", open: &market.Market{Name: "Turkey", Currency: "TRY", Zone: "Europe/Istanbul"}, price: money.Of(749_00, "TRY"), vat: 200_000,
		home:   map[string]any{"name": "Ada Örnek", "line1": "Örnek Sokak 1", "city": "Beyoğlu", "postal_code": "34430", "country": "TR"},
		offers: []string{"instalments", "card"}, pays: map[string]any{"method": "instalments", "instrument": "sandbox:card.552608.0006.abcdefghjkmnpq"}, atOnce: true},
}

// opens opens a country's market as a merchant does: where it is, what it
// costs, its tax, and how people pay there.
func (c country) opens(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		ctx := w.T.Context()
		if c.open == nil {
			return nil
		}
		m := *c.open
		m.ID, m.Countries, m.Country, m.Locale, m.Entity, m.TaxRounding, m.TaxIncluded, m.TaxShipping = c.id, []string{c.id}, c.id, "en", "ent_test", market.RoundLine, true, true
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
		if err := market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Web", Kind: "web", Markets: []string{"DE", "HU", "US", c.id}, DefaultMarket: "DE"}); err != nil {
			return err
		}
		if err := pricing.Set(ctx, tx, c.id, w.Variant("MUG-RED"), c.price); err != nil {
			return err
		}
		if err := tax.SaveRate(ctx, tx, tax.Entry{Country: c.id, Class: tax.Standard, Name: "VAT", PPM: c.vat, From: calendar.On(2020, 1, 1)}); err != nil {
			return err
		}
		return method.Save(ctx, tx, method.Method{ID: strings.ToLower(c.id) + "_standard", Market: c.id, Name: map[string]string{"en": "standard"}, Kind: method.Ship,
			Rule: "flat", Settings: []byte(`{"amount":4900}`), CutOff: calendar.Clock(14 * 60), TransitMin: 2, TransitMax: 4, Active: true})
	})
	if a := w.Call("POST", "/admin/v1/payment-methods/presets", map[string]any{"market": c.id, "country": c.id}); a.Status/100 != 2 {
		w.T.Fatalf("%s: %d %s", c.id, a.Status, a.Bytes)
	}
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(w.T.Context(), tx, "", flow.Document{Name: "As people pay there", Trigger: `market == "` + c.id + `"`, Layout: flow.OnePage, Priority: 100})
		if err == nil {
			err = flow.Publish(w.T.Context(), tx, v.Flow, v.Version)
		}
		return err
	})
}

// choose fills a bag in the country and says who, where and how.
func (c country) choose(w *apptest.World) (checkout string, ready apptest.Answer) {
	w.T.Helper()
	k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": w.Call("POST", "/store/v1/carts", map[string]any{"market": c.id, "lines": []any{line("MUG-RED", 2)}}).Text("id")})
	checkout = k.Text("id")
	ready = w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"email": "ada@example.com", "shipping_address": c.home, "shipping_option": strings.ToLower(c.id) + "_standard", "payment": c.pays})
	if ready.Status != 200 || ready.Text("status") != "ready_for_complete" {
		w.T.Fatalf("%s: %d %s", c.id, ready.Status, ready.Bytes)
	}
	return checkout, ready
}

// Each preset offers what people of the country pay with, and its own way buys:
// with proof where the scheme asks for it, and taken when the scheme takes it.
func TestPeoplePayAsTheyDoAtHome(t *testing.T) {
	for _, c := range countries {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
				c.buys(apptest.OpenWith(t, d, bank.Config{}, "manual://DE89370400440532013000?holder=Korzo&currencies=EUR,HUF", "cash://counter?currencies=HUF&ceiling=HUF:300000.00"))
			})
		})
	}
}

func (c country) buys(w *apptest.World) {
	w.T.Helper()
	c.opens(w)
	checkout, ready := c.choose(w)
	if got := idsOf(ready, "payment_methods"); !slices.Equal(got, c.offers) {
		w.T.Errorf("offered: %v, want %v", got, c.offers)
	}
	total, _ := ready.At("totals", "total").(map[string]any)
	sum := int64(total["amount"].(float64))
	if gross := sum * c.vat / (1_000_000 + c.vat); c.open != nil && abs(ready.Int("totals", "tax", "amount")-gross) > 2 {
		w.T.Errorf("tax of %d in %d", ready.Int("totals", "tax", "amount"), sum)
	}
	done := complete(w, checkout, "k", total)
	if c.asks {
		if done.Text("status") != "requires_escalation" {
			w.T.Fatalf("nothing is asked: %s", done.Bytes)
		}
		payer{w: w}.prove(done.Text("next_action", "url"))
		w.Until("the order is placed", func() bool { return w.Call("GET", "/store/v1/checkouts/"+checkout, nil).Text("order", "id") != "" })
		done = w.Call("GET", "/store/v1/checkouts/"+checkout, nil)
	}
	id := done.Text("order", "id")
	if id == "" {
		w.T.Fatalf("%s", done.Bytes)
	}
	if taken := charged(w); c.offline && taken != 0 || !c.offline && taken != sum {
		w.T.Errorf("the bank has %d of %d", taken, sum)
	}
	if c.atOnce {
		c.whole(w, id, sum)
	}
	w.Whole()
}

// whole asks for a part of what its scheme takes whole, and gives a part back.
func (c country) whole(w *apptest.World, id string, sum int64) {
	w.T.Helper()
	if got := capturedOf(w, id); got != sum {
		w.T.Errorf("%d of %d was taken with the order", got, sum)
	}
	pay := "/admin/v1/payments/" + w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
	part := map[string]any{"amount": 1_00, "currency": string(c.price.Currency)}
	if a := w.Call("POST", pay+"/captures", map[string]any{"amount": part}, "Idempotency-Key", "part"); a.Status != 409 {
		w.T.Errorf("a part of it can be taken: %d %s", a.Status, a.Bytes)
	}
	back := w.Call("POST", "/admin/v1/orders/"+id+"/amendments", map[string]any{"kind": "refund", "goodwill": part, "reason": "a chip"}, "Idempotency-Key", "back")
	if back.Text("status") != "done" {
		w.T.Errorf("a part given back: %d %s", back.Status, back.Bytes)
	}
	refundedIs(w, 1_00)
}

func abs(n int64) int64 { return max(n, -n) }

func idsOf(a apptest.Answer, list string) (ids []string) {
	all, _ := a.At(list).([]any)
	for i := range all {
		ids = append(ids, a.Text(list, i, "id"))
	}
	return ids
}

// The card's bank offers the instalments, by its BIN: the buyer sees what each
// costs in all before the order, chooses, and the shop gets the order's total
// whatever the bank adds. A card whose bank lends nothing pays at once, and a
// number of parts that was not offered is declined.
func TestInstalmentsAreOfferedByTheCardsBank(t *testing.T) {
	c := countries[slices.IndexFunc(countries, func(c country) bool { return c.id == "TR" })]
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		c.opens(w)
		checkout, ready := c.choose(w)
		sum := ready.Int("amount_due", "amount") // 2 × 749.00 and the delivery
		if sum != 2*749_00+49_00 {
			t.Fatalf("%d is due", sum)
		}
		path := "/store/v1/checkouts/" + checkout
		plans := w.Call("GET", path+"/instalments", nil)
		counts, _ := plans.At("data").([]any)
		if len(counts) != 6 || plans.Int("data", 0, "instalments") != 1 || plans.Int("data", 0, "charge", "amount") != 0 || plans.Int("data", 2, "total", "amount") != sum {
			t.Fatalf("%s", plans.Bytes)
		}
		six := 3 // Akbank's six cost 6.2 % more
		if got := plans.Int("data", six, "charge", "amount"); plans.Int("data", six, "instalments") != 6 || got != (sum*62_000+500_000)/1_000_000 {
			t.Errorf("six cost %d more: %s", got, plans.Bytes)
		}
		if each, last, all := plans.Int("data", six, "each", "amount"), plans.Int("data", six, "last", "amount"), plans.Int("data", six, "total", "amount"); 5*each+last != all {
			t.Errorf("5 × %d + %d is not %d", each, last, all)
		}
		chosen := w.Call("PATCH", path, map[string]any{"payment": map[string]any{"instalments": 6}})
		if plans = w.Call("GET", path+"/instalments", nil); plans.At("data", six, "chosen") != true || chosen.Int("amount_due", "amount") != sum {
			t.Errorf("six are not chosen, or change what the shop gets: %s", plans.Bytes)
		}
		if done := complete(w, checkout, "k", chosen.At("totals", "total")); done.Text("status") != "completed" || charged(w) != sum {
			t.Errorf("%s; the shop gets %d", done.Bytes, charged(w))
		}

		other, ready := c.choose(w)
		w.Call("PATCH", "/store/v1/checkouts/"+other, map[string]any{"payment": map[string]any{"instalments": 5}})
		if done := complete(w, other, "k2", ready.At("totals", "total")); done.Text("order", "id") != "" {
			t.Errorf("five were never offered: %s", done.Bytes)
		}
		w.Call("PATCH", "/store/v1/checkouts/"+other, map[string]any{"payment": map[string]any{"instrument": "sandbox:card.424242.4242.abcdefghjkmnpq"}})
		if plans = w.Call("GET", "/store/v1/checkouts/"+other+"/instalments", nil); plans.Int("data", 0, "instalments") != 1 || plans.At("data", 1) != nil {
			t.Errorf("a card whose bank lends nothing: %s", plans.Bytes)
		}
		w.Whole()
	})
}

package journey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment/bank"
)

var layouts = []flow.Layout{flow.OnePage, flow.ThreePage, flow.OneClick, flow.Embedded, flow.Headless}

// withWidgets publishes a flow for everybody with widgets.
func withWidgets(w *apptest.World, layout flow.Layout, widgets ...flow.Widget) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(w.T.Context(), tx, "", flow.Document{Name: "Widgets " + string(layout), Layout: layout, Embed: flow.Embed{Origins: []string{"https://partner.example"}}, Priority: 100 + int64(slices.Index(layouts, layout)), Trigger: `market == "DE"`,
			Payments: map[string][]string{"DE": {"card", "paypal"}}, Widgets: widgets})
		if err != nil {
			return err
		}
		return flow.Publish(w.T.Context(), tx, v.Flow, v.Version)
	})
}

// everyWidget places each kind with its example.
func everyWidget() (all []flow.Widget) {
	for _, k := range widget.Kinds() {
		settings := k.Example
		if k.Name == "order_bump" {
			settings = json.RawMessage(`{"sku": "POSTER"}`)
		}
		all = append(all, flow.Widget{Kind: k.Name, Settings: settings})
	}
	return all
}

// drawn returns a widget of a checkout by its name.
func drawn(a apptest.Answer, name string) map[string]any {
	all, _ := a.At("widgets").([]any)
	for _, one := range all {
		if w, _ := one.(map[string]any); w["name"] == name {
			return w
		}
	}
	return nil
}

func TestWidgetsAddWhatTheySayToEveryLayout(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Spring", "code": "SPRING", "percent": 10})
		freeFrom(w, 30_00)
		for _, layout := range layouts {
			withWidgets(w, layout, everyWidget()...)
			buyWithWidgets(t, w, string(layout))
		}
		w.Whole()
	})
}

// freeFrom has a parcel in Germany cost nothing from a value of goods on.
func freeFrom(w *apptest.World, cents int64) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		all, err := method.All(w.T.Context(), tx)
		if err != nil {
			return err
		}
		m := all[slices.IndexFunc(all, func(m method.Method) bool { return m.ID == "de_standard" })]
		m.Rule, m.Settings = "free_from", json.RawMessage(fmt.Sprintf(`{"amount":490,"from":%d}`, cents))
		return method.Save(w.T.Context(), tx, m)
	})
}

// atTop holds the two widgets above the questions to what they say: how much is
// missing until delivery is free, and that a wallet tapped is the way to pay.
func atTop(w *apptest.World, at, layout string) {
	w.T.Helper()
	before := w.Call("GET", at, nil)
	bar, err := json.Marshal(drawn(before, "free_shipping")["data"])
	if want := `{"from":{"amount":3000,"currency":"EUR"},"missing":{"amount":1810,"currency":"EUR"},"percent":39}`; err != nil || string(bar) != want {
		w.T.Errorf("%s: the bar says %s, %v", layout, bar, err)
	}
	if a := w.Call("PATCH", at, map[string]any{"widgets": map[string]any{"wallet": map[string]any{"method": "venmo"}}}); a.Text("payment", "method") != "card" || !strings.Contains(string(a.Bytes), `"path":"$.widgets.wallet"`) {
		w.T.Errorf("%s: a wallet that is not offered is taken: %s", layout, a.Bytes)
	}
	tapped := w.Call("PATCH", at, map[string]any{"widgets": map[string]any{"wallet": map[string]any{"method": "paypal"}}})
	express, _ := drawn(tapped, "wallet")["data"].(map[string]any)
	if tapped.Text("payment", "method") != "paypal" || express["chosen"] != "paypal" || fmt.Sprint(express["methods"]) != "[paypal]" {
		w.T.Errorf("%s: a wallet is tapped: %s", layout, tapped.Bytes)
	}
	w.Call("PATCH", at, map[string]any{"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
}

func buyWithWidgets(t *testing.T, w *apptest.World, layout string) {
	t.Helper()
	checkout, _, _ := ready(w, "sandbox:approve", line("MUG-RED", 1))
	at := "/store/v1/checkouts/" + checkout
	for _, name := range []string{"code", "gift_card", "donation", "gift_wrap", "order_note", "newsletter", "order_bump", "trust", "delivery_date"} {
		if drawn(w.Call("GET", at, nil), name) == nil {
			t.Errorf("%s: %s is not there", layout, name)
		}
	}
	atTop(w, at, layout)
	poster := string(w.Variant("POSTER"))
	said := w.Call("PATCH", at, map[string]any{"widgets": map[string]any{
		"code": map[string]any{"add": "spring"}, "donation": map[string]any{"amount": "200"}, "gift_wrap": map[string]any{"wrap": "yes", "message": "Happy birthday, Bo"},
		"order_note": map[string]any{"text": "The bell is broken"}, "newsletter": map[string]any{"agree": "yes"}, "order_bump": map[string]any{"add": poster}}})
	// Two goods at 11.90 less 10 %, delivery 4.90, wrap 3.90 and a donation of 2.00, neither of them discounted.
	if total := said.Int("totals", "total", "amount"); total != 2*10_71+4_90+3_90+2_00 {
		t.Errorf("%s: total %d of %s", layout, total, said.Bytes)
	}
	// Tax on goods, delivery and wrap at 19 %, none on the donation, line by line.
	if tax := said.Int("totals", "tax", "amount"); tax != 1_71+1_71+78+62 {
		t.Errorf("%s: tax %d of %s", layout, tax, said.Bytes)
	}
	note, _ := drawn(said, "order_note")["answers"].(map[string]any)
	if note["text"] != "The bell is broken" {
		t.Errorf("%s: the note is %v", layout, note)
	}
	placed := complete(w, checkout, layout, said.At("totals", "total"))
	if placed.Text("status") != "completed" {
		t.Fatalf("%s: %s", layout, placed.Bytes)
	}
	o := w.Call("GET", "/admin/v1/orders/"+placed.Text("order", "id"), nil)
	for _, words := range []string{"Happy birthday, Bo", "The bell is broken", "Geschenkverpackung", "Spende: Trees for Tomorrow", `"version":"2026-11"`} {
		if !strings.Contains(string(o.Bytes), words) {
			t.Errorf("%s: staff do not see %q on %s", layout, words, o.Bytes)
		}
	}
	if layoutOf := said.Text("flow", "layout"); layoutOf != layout {
		t.Errorf("%s was given for %s", layoutOf, layout)
	}
	kept := 0
	if err := w.App.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		kept, err = db.One(t.Context(), tx, func(row db.Row) (n int, err error) { return n, row.Scan(&n) }, `
			SELECT COUNT(*) FROM order_orders o JOIN checkout_sessions s ON s.order_id = o.id
			WHERE o.id = $1 AND (o.extras LIKE '%birthday%' OR s.widgets LIKE '%birthday%' OR s.widgets LIKE '%bell%')`, placed.Text("order", "id"))
		return err
	}); err != nil || kept != 0 {
		t.Errorf("%s: the buyer's own words stand outside their contact (%v)", layout, err)
	}
}

func TestWhatAWidgetRefusesIsToldAndStopsNothing(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.OnePage, everyWidget()...)
		checkout, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		said := w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"widgets": map[string]any{
			"donation": map[string]any{"own": "a lot"}, "order_note": map[string]any{"text": "4111 1111 1111 1111"}, "nonsense": map[string]any{"x": "y"}}})
		if said.Status/100 == 2 {
			t.Errorf("a card number in a note is kept: %s", said.Bytes)
		}
		said = w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"widgets": map[string]any{
			"donation": map[string]any{"own": "a lot"}, "order_note": map[string]any{"text": strings.Repeat("long", 200)}, "nonsense": map[string]any{"x": "y"}}})
		if n := strings.Count(string(said.Bytes), `"path":"$.widgets.`); n != 2 || said.Text("status") != "ready_for_complete" {
			t.Errorf("%d messages, %s", n, said.Bytes)
		}
		if placed := complete(w, checkout, "k", total); placed.Text("status") != "completed" {
			t.Errorf("%s", placed.Bytes)
		}
	})
}

// broken is a widget with a fault.
type broken struct {
	widget.Widget
	fault string
	hold  chan struct{}
}

func (b broken) fail() error {
	switch b.fault {
	case "panics":
		panic("a bug in a widget")
	case "errs":
		return errors.New("a machine far away is gone")
	}
	<-b.hold
	return nil
}

func (b broken) Hear(widget.Answers, widget.Scene) (widget.Answers, widget.Act, error) {
	return nil, widget.Act{}, b.fail()
}

func (b broken) Charges(widget.Answers, widget.Scene) []widget.Charge {
	if b.fail() != nil {
		return nil
	}
	return []widget.Charge{{Title: "never", Kind: "fee"}}
}

func (b broken) Look(ctx context.Context, tx *db.Tx, _ widget.Answers, _ widget.Scene) (any, error) {
	if tx != nil && b.fault == "errs" { // a statement that fails spoils the transaction it is in
		_, err := tx.Exec(ctx, `SELECT nothing FROM nowhere`)
		return nil, err
	}
	return nil, b.fail()
}

// A widget that panics, is slow or errs is left out, whatever the layout, and
// the purchase goes on; those beside it are there.
func TestAFailingWidgetNeverStopsAPurchase(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		var spoilt atomic.Pointer[broken] // what the first two widgets are; nil: themselves
		sound := w.App.Checkout.Fittings
		w.App.Checkout.Fittings = func(ctx context.Context, tx *db.Tx, id flow.ID, version int64) ([]flow.Fitting, error) {
			all, err := sound(ctx, tx, id, version)
			b := spoilt.Load()
			if b == nil {
				return all, err
			}
			all = slices.Clone(all)
			for i := range all[:min(2, len(all))] {
				all[i].Widget = b
			}
			return all, err
		}
		for _, layout := range layouts {
			withWidgets(w, layout, flow.Widget{Kind: "order_note"}, flow.Widget{Kind: "free_shipping"},
				flow.Widget{Kind: "gift_wrap", Settings: json.RawMessage(`{"prices": {"EUR": 390}}`)})
			for _, fault := range []string{"panics", "errs", "is slow"} {
				b := &broken{fault: fault, hold: make(chan struct{})}
				spoilt.Store(b)
				checkout, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
				shown := w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"widgets": map[string]any{"order_note": map[string]any{"text": "x"}}})
				if drawn(shown, "order_note") != nil || drawn(shown, "free_shipping") != nil || drawn(shown, "gift_wrap") == nil {
					t.Errorf("%s, %s: %v", layout, fault, shown.At("widgets"))
				}
				if placed := complete(w, checkout, fmt.Sprint(layout, fault), total); placed.Text("status") != "completed" {
					t.Errorf("%s, a widget %s: %s", layout, fault, placed.Bytes)
				}
				spoilt.Store(nil)
				close(b.hold)
			}
		}
		w.Whole()
	})
}

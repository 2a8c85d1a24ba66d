package journey_test

import (
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/purchase/flow"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
)

// taken decides when the money of cards is taken in Germany.
func taken(w *apptest.World, when string) {
	w.T.Helper()
	if a := w.Call("PUT", "/admin/v1/payment-methods/card", map[string]any{"market": "DE", "enabled": true, "capture": when}); a.Status != 200 || a.Text("taken") != when {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
}

// ordered places an order of two mugs and a poster and returns it once its goods
// wait to be sent.
func ordered(w *apptest.World) (order, fulfilment string, total int64) {
	w.T.Helper()
	checkout, _, sum := ready(w, "sandbox:approve", line("MUG-RED", 2), line("POSTER", 1))
	done := complete(w, checkout, checkout, sum)
	order, total = done.Text("order", "id"), done.Int("order", "total", "amount")
	return order, awaitFulfilment(w, order), total
}

func awaitFulfilment(w *apptest.World, order string) (id string) {
	w.T.Helper()
	w.Until("the goods wait to be sent", func() bool {
		id = w.Call("GET", "/admin/v1/fulfilments?order="+order, nil).Text("data", 0, "id")
		return id != ""
	})
	return id
}

// send packs units of a line, or all, and says that the parcel left.
func send(w *apptest.World, fulfilment string, lines any) {
	w.T.Helper()
	body := map[string]any{"weight_grams": 500}
	if lines != nil {
		body["lines"] = lines
	}
	packed := w.Call("POST", "/admin/v1/fulfilments/"+fulfilment+"/pack", body)
	if packed.Status != 200 {
		w.T.Fatalf("pack: %d %s", packed.Status, packed.Bytes)
	}
	parcels, _ := packed.At("parcels").([]any)
	last, _ := parcels[len(parcels)-1].(map[string]any)
	if a := w.Call("POST", "/admin/v1/parcels/"+last["id"].(string)+"/ship", map[string]any{}); a.Status != 200 {
		w.T.Fatalf("ship: %d %s", a.Status, a.Bytes)
	}
}

func capturedOf(w *apptest.World, order string) int64 {
	w.T.Helper()
	return w.Call("GET", "/admin/v1/orders/"+order, nil).Int("payments", 0, "captured", "amount")
}

func TestMoneyIsTakenAsGoodsLeave(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "shipment")
		id, f, total := ordered(w)
		for _, action := range []string{"accept", "pick"} {
			if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/"+action, map[string]any{}); a.Status != 200 {
				t.Fatalf("%s: %d %s", action, a.Status, a.Bytes)
			}
		}
		if got := capturedOf(w, id); got != 0 {
			t.Errorf("%d was taken before anything left", got)
		}
		shown := w.Call("GET", "/admin/v1/fulfilments/"+f, nil)
		mugs := ""
		for i := range 2 {
			if shown.Int("lines", i, "units") == 2 {
				mugs = shown.Text("lines", i, "line")
			}
		}
		send(w, f, []any{map[string]any{"line": mugs, "units": 1}})
		const left = 2 * 11_90 // a mug and the poster have not left
		w.Until("the money of what left is taken, with shipping", func() bool { return capturedOf(w, id) == total-left })
		send(w, f, nil)
		w.Until("all is taken", func() bool { return capturedOf(w, id) == total })
		if got := charged(w); got != total {
			t.Errorf("the bank took %d of %d", got, total)
		}
		w.Whole()
	})
}

func TestWhatIsGivenBackBeforeItWasTakenIsTakenFirst(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "shipment")
		id, f, total := ordered(w)
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/accept", map[string]any{}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		poster := ""
		shown := w.Call("GET", "/admin/v1/fulfilments/"+f, nil)
		for i := range 2 {
			if shown.Int("lines", i, "units") == 1 {
				poster = shown.Text("lines", i, "line")
			}
		}
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/cancel", map[string]any{"lines": []any{map[string]any{"line": poster, "units": 1}}, "reason": "torn"}); a.Status != 200 {
			t.Fatalf("cancel: %d %s", a.Status, a.Bytes)
		}
		w.Until("the poster's money is back", func() bool {
			return w.Call("GET", "/admin/v1/orders/"+id, nil).Int("payments", 0, "refunded", "amount") == 11_90
		})
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/pick", map[string]any{}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		send(w, f, nil)
		w.Until("all is taken", func() bool { return capturedOf(w, id) == total })
		refundedIs(w, 11_90)
		w.Whole()
	})
}

func TestMoneyIsTakenByHandInParts(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "hand")
		id, f, total := ordered(w)
		for _, action := range []string{"accept", "pick"} {
			w.Call("POST", "/admin/v1/fulfilments/"+f+"/"+action, map[string]any{})
		}
		send(w, f, nil)
		pay := "/admin/v1/payments/" + w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
		for range 2 { // the same key is the same capture
			if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(5_00)}, "Idempotency-Key", "first"); a.Status != 201 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if got := capturedOf(w, id); got != 5_00 {
			t.Errorf("%d was taken", got)
		}
		if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(total)}, "Idempotency-Key", "second"); a.Text("code") != "payment.too_much" {
			t.Errorf("more than is held: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(total - 5_00)}, "Idempotency-Key", "third"); a.Status != 201 {
			t.Errorf("the rest: %d %s", a.Status, a.Bytes)
		}
		if got := charged(w); got != total {
			t.Errorf("the bank took %d of %d", got, total)
		}
		w.Whole()
	})
}

// Goods that are to be paid by transfer wait for their money, and an order is not
// paid because somebody promised to.
func TestAPromiseToTransferIsNoMoney(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w := apptest.OpenWith(t, d, bank.Config{}, "manual://DE89370400440532013000?holder=Korzo&currencies=EUR")
		if a := w.Call("PUT", "/admin/v1/payment-methods/transfer", map[string]any{"market": "DE", "enabled": true}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Transfer", Layout: flow.OnePage, Priority: 100, Payments: map[string][]string{"DE": {"transfer"}, "HU": {"card"}, "US": {"card"}}})
			if err == nil {
				err = flow.Publish(t.Context(), tx, v.Flow, v.Version)
			}
			return err
		})
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")})
		p := w.Call("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin,
			"shipping_option": k.Text("shipping_options", 0, "id"), "payment": map[string]any{"method": "transfer"}})
		total, _ := p.At("totals", "total").(map[string]any)
		done := complete(w, k.Text("id"), "k", total)
		id := done.Text("order", "id")
		if id == "" {
			t.Fatalf("%d %s", done.Status, done.Bytes)
		}
		w.Until("the jobs of the order are done", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM job_jobs WHERE kind = 'payment.capture'`) == 0 &&
				number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'order.confirmation' AND state = 'sent'`) == 1
		})
		if got := capturedOf(w, id); got != 0 {
			t.Errorf("%d was booked as paid", got)
		}
		if a := w.Call("GET", "/admin/v1/fulfilments?order="+id, nil); a.Text("data", 0, "id") != "" {
			t.Errorf("goods are sent that nobody paid: %s", a.Bytes)
		}
		pay := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
		if a := w.Call("POST", "/admin/v1/payments/"+pay+"/capture", nil); a.Status/100 != 2 {
			t.Fatalf("the money has come: %d %s", a.Status, a.Bytes)
		}
		awaitFulfilment(w, id)
		w.Whole()
	})
}

// aged makes a payment older than what its scheme holds, and has the shop look.
func aged(w *apptest.World, days int) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		remember.ForgetRows(tx)
		for _, statement := range []string{
			`UPDATE payment_payments SET created_at = created_at - $1`, `UPDATE payment_attempts SET created_at = created_at - $1`} {
			if _, err := tx.Exec(w.T.Context(), statement, int64(days)*24*3600*1_000_000); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.App.WatchHolds(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}

func TestStaffAreWarnedBeforeAHoldEndsAndToldWhatIsLost(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "shipment")
		id, _, _ := ordered(w)
		open := func(kind string) int64 {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM exception_problems WHERE resolved_at = 0 AND kind = '`+kind+`'`)
		}
		aged(w, 4)
		aged(w, 2)
		w.Until("staff are warned", func() bool { return open(payment.TroubleEnding) == 1 })
		attempt := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "attempts", 0, "id")
		g, err := w.App.Payments.Gateway("sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Void(t.Context(), attempt); err != nil { // the bank lets go by itself
			t.Fatal(err)
		}
		aged(w, 2)
		w.Until("staff are told what is lost", func() bool { return open(payment.TroubleLapsed) == 1 && open(payment.TroubleEnding) == 0 })
		if a := w.Call("GET", "/admin/v1/orders/"+id, nil); a.Text("status") != "placed" || a.Int("payments", 0, "authorized", "amount") != 0 {
			t.Errorf("the order: %s", a.Bytes)
		}
		w.Whole()
	})
}

// Money that was held and not taken with the first part is let go when no scheme
// holds it any more; the order lacks it, and a link asks for exactly that.
func TestTheRestOfAHoldThatWasTakenInPartIsLetGoWhenItsTimeIsOver(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "hand")
		id, _, total := ordered(w)
		pay := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
		if a := w.Call("POST", "/admin/v1/payments/"+pay+"/captures", map[string]any{"amount": eur(5_00)}, "Idempotency-Key", "first"); a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		open := func(kind string) int64 {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM exception_problems WHERE resolved_at = 0 AND kind = '`+kind+`'`)
		}
		w.Until("the first part is taken", func() bool { return w.Call("GET", "/admin/v1/payments/"+pay, nil).Int("captured", "amount") == 5_00 })
		w.Until("everybody has heard of it", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL`) == 0 })
		aged(w, 6)
		if open(payment.TroubleEnding) != 1 || w.Call("GET", "/admin/v1/payments/"+pay, nil).Int("authorized", "amount") != total {
			t.Error("what still is held was let go, or nobody was warned")
		}
		for range 2 {
			aged(w, 2)
		}
		p := w.Call("GET", "/admin/v1/payments/"+pay, nil)
		if p.Int("authorized", "amount") != 5_00 || p.Int("captured", "amount") != 5_00 || p.Text("status") != "partially_paid" {
			t.Errorf("the payment: %s", p.Bytes)
		}
		if open(payment.TroubleEnding) != 0 || open(payment.TroubleLapsed) != 1 {
			t.Errorf("%d warnings, %d losses are open", open(payment.TroubleEnding), open(payment.TroubleLapsed))
		}
		link := w.Call("POST", "/admin/v1/pay-links", map[string]any{"order": id})
		if link.Status != 201 || link.Int("amount", "amount") != total-5_00 {
			t.Errorf("the rest is asked for: %d %s", link.Status, link.Bytes)
		}
		if got := number(t, w.App.DB, `SELECT COUNT(*) FROM payment_movements WHERE kind = 'void'`); got != 1 {
			t.Errorf("it was let go %d times", got)
		}
		w.Whole()
	})
}

func TestAHoldThatLapsedIsHeldAnewWithTheKeptCard(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		taken(w, "shipment")
		ada := newKeeper(w, "ada@example.com")
		kept := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": card("424242", "4242", 1), "consent": true, "off_session": true})
		w.Until("the card is kept", func() bool {
			return ada.ask("GET", "/customers/me/cards/"+kept.Text("id"), nil).Text("state") == "kept"
		})
		done := ada.complete(ada.buy(map[string]any{"method": "card", "saved_card": kept.Text("id")}))
		id := done.Text("order", "id")
		if id == "" {
			t.Fatalf("%d %s", done.Status, done.Bytes)
		}
		pay := func() apptest.Answer { return w.Call("GET", "/admin/v1/orders/"+id, nil) }
		first := pay().Text("payments", 0, "attempts", 0, "id")
		g, err := w.App.Payments.Gateway("sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Void(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Payments.Sync(t.Context(), payment.AttemptID(first)); err != nil {
			t.Fatal(err)
		}
		w.Until("it is held anew", func() bool {
			a := pay()
			return a.Text("payments", 0, "attempts", 1, "status") == "authorized" && a.Int("payments", 0, "authorized", "amount") > 0
		})
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM exception_problems WHERE resolved_at = 0`); n != 0 {
			t.Errorf("%d exceptions", n)
		}
		w.Whole()
	})
}

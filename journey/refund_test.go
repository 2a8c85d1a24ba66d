package journey_test

import (
	"slices"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// bought is an order whose money was taken: its payment's id, and where it is shown.
func bought(w *apptest.World, instrument string) (payment, order string) {
	w.T.Helper()
	checkout, _, total := ready(w, instrument, line("MUG-RED", 2))
	done := complete(w, checkout, "k", total)
	order = "/admin/v1/orders/" + done.Text("order", "id")
	w.Until("the money is taken", func() bool { return w.Call("GET", order, nil).Int("payments", 0, "captured", "amount") == 28_70 })
	return w.Call("GET", order, nil).Text("payments", 0, "id"), order
}

func eur(minor int64) map[string]any { return map[string]any{"amount": minor, "currency": "EUR"} }

func actions(a apptest.Answer) (all []string) {
	list, _ := a.At("payments", 0, "actions").([]any)
	for _, one := range list {
		all = append(all, one.(string))
	}
	return all
}

func TestStaffRefundAPartOnceAndNeverMoreThanWasTaken(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id, order := bought(w, "sandbox:approve")
		path, body := order+"/amendments", map[string]any{"kind": "refund", "goodwill": eur(20_00), "reason": "broken"}
		answers := make([]apptest.Answer, 16)
		contest{w, 0}.together(16, func(i int) {
			var err error
			if answers[i], err = w.Try("POST", path, body, "Idempotency-Key", "k"); err != nil {
				t.Error(err)
			}
		})
		for _, a := range answers {
			if a.Status != 200 || a.Text("id") != answers[0].Text("id") || a.Int("to_payment", "amount") != 20_00 {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
		}
		if again := w.Call("POST", path, body, "Idempotency-Key", "k"); again.Text("status") != "done" || again.Text("id") != answers[0].Text("id") {
			t.Errorf("again: %s", again.Bytes)
		}
		with := func(goodwill any, reason string) map[string]any {
			return map[string]any{"kind": "refund", "goodwill": goodwill, "reason": reason}
		}
		for name, c := range map[string]struct {
			path, key string
			body      any
			status    int
			code      string
		}{
			"no key":                 {path, "", body, 422, "amend.key"},
			"another body":           {path, "k", with(eur(1_00), "broken"), 409, "amend.key_reused"},
			"more than is left":      {path, "k2", body, 409, "amend.too_much"},
			"another currency":       {path, "k3", with(map[string]any{"amount": 1, "currency": "USD"}, "x"), 409, "amend.too_much"},
			"no reason":              {path, "k4", with(eur(1), ""), 422, "amend.reason"},
			"beside the order's way": {"/admin/v1/payments/" + id + "/refunds", "k5", map[string]any{"amount": eur(1), "reason": "x"}, 409, "amend.ordered"},
		} {
			a := w.Call("POST", c.path, c.body, "Idempotency-Key", c.key)
			if a.Status != c.status || a.Text("code") != c.code {
				t.Errorf("%s: %d %s", name, a.Status, a.Bytes)
			}
		}
		o := w.Call("GET", order, nil)
		if o.Int("payments", 0, "refunded", "amount") != 20_00 || o.Text("payments", 0, "refunds", 0, "reason") != "broken" || o.At("payments", 0, "refunds", 1) != nil ||
			o.Text("payments", 0, "status") != "partially_refunded" || !slices.Equal(actions(o), []string{"check"}) {
			t.Errorf("%s", o.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/payments/"+id+"/void", nil, "Idempotency-Key", "v"); a.Status != 409 {
			t.Errorf("taken money was voided: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/payments/"+id+"/captures", map[string]any{"amount": eur(1)}, "Idempotency-Key", "c"); a.Status != 409 {
			t.Errorf("more was taken than was held: %d %s", a.Status, a.Bytes)
		}
		refundedIs(w, 20_00)
		w.Whole()
	})
}

func TestAPreviewSaysThatTheSchemeGivesNothingBackAnyMore(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		_, order := bought(w, "sandbox:approve")
		ask := func(kind string) apptest.Answer {
			body := map[string]any{"kind": kind, "reason": "broken", "preview": true}
			if kind == "refund" {
				body["goodwill"] = eur(1_00)
			}
			return w.Call("POST", order+"/amendments", body)
		}
		if a := ask("refund"); a.Status != 200 || a.At("refusal") != nil {
			t.Errorf("in time: %d %s", a.Status, a.Bytes)
		}
		aged(w, 188)
		for _, kind := range []string{"refund", "cancel"} {
			if a := ask(kind); a.Status != 200 || a.Text("refusal", "code") != "payment.late" || a.Text("refusal", "text") == "" || a.Int("to_payment", "amount") == 0 {
				t.Errorf("too late to %s: %d %s", kind, a.Status, a.Bytes)
			}
		}
		refundedIs(w, 0)
		w.Whole()
	})
}

func TestASilentRefundIsClearedUpByThePoller(t *testing.T) {
	each(t, bank.Config{Silence: 50 * time.Millisecond}, func(t *testing.T, w *apptest.World) {
		_, order := bought(w, "sandbox:refund_silent")
		a := w.Call("POST", order+"/amendments", map[string]any{"kind": "refund", "goodwill": eur(28_70), "reason": "sent back"}, "Idempotency-Key", "k")
		if a.Status != 200 || a.Text("status") != "approved" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		w.Until("the refund is known", func() bool { return w.Call("GET", order, nil).Text("payments", 0, "status") == "refunded" })
		if o := w.Call("GET", order, nil); !slices.Equal(actions(o), []string{"check"}) || o.Text("payments", 0, "refunds", 0, "status") != "done" {
			t.Errorf("%s", o.Bytes)
		}
		refundedIs(w, 28_70)
		w.Whole()
	})
}

// refundedIs compares what the bank gave back.
func refundedIs(w *apptest.World, want int64) {
	w.T.Helper()
	book, err := w.Bank.Book(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	got := int64(0)
	for _, b := range book {
		got += b.Refunded
	}
	if got != want {
		w.T.Errorf("the bank gave back %d, want %d", got, want)
	}
}

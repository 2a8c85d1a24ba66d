package journey_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

// shows has a customer's phone show a code for as much as is due.
func shows(w *apptest.World, due int64, does string) string {
	w.T.Helper()
	code, err := w.Bank.Show(w.T.Context(), money.Of(due, "EUR"), does)
	if err != nil {
		w.T.Fatal(err)
	}
	return code
}

// scans takes a code at the counter as a till does.
func scans(w *apptest.World, of, key, code string) apptest.Answer {
	w.T.Helper()
	return pays(w, of, key, map[string]any{"method": "phone_code", "instrument": code})
}

func TestWhatIsCollectedIsPaidByTheCodeOnAPhone(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		for name, typed := range map[string]string{"nothing": "", "a card's number": "4242 4242 4242 4242", "a word": "pay!"} {
			if a := scans(w, of, name, typed); a.Status != 422 || a.Text("code") != "payment.code" {
				t.Errorf("%s: %d %s", name, a.Status, a.Bytes)
			}
		}
		poor := shows(w, due, bank.Insufficient)
		for _, c := range []struct{ name, code, why string }{
			{"nobody's", "281234567890123456", "code_expired"},
			{"too little", poor, "insufficient_funds"},
			{"shown before", poor, "code_used"},
			{"above what its owner allows", shows(w, due-1, bank.Approve), "limit_exceeded"},
		} {
			if a := scans(w, of, c.name, c.code); a.Status != 201 || a.Text("status") != "declined" || a.Text("decline_code") != c.why {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
			if a := hands(w, of); a.Status != 409 || a.Text("code") != "shipment.unpaid" {
				t.Fatalf("%s: handed over: %d %s", c.name, a.Status, a.Bytes)
			}
		}
		code := shows(w, due, bank.Approve)
		typed := code[:6] + " " + code[6:12] + " " + code[12:]
		for range 2 { // the till asks twice
			if a := scans(w, of, "good", typed); a.Status != 201 || a.Text("status") != "captured" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if a := scans(w, of, "another", shows(w, due, bank.Approve)); a.Status != 409 || a.Text("code") != "payment.paid" {
			t.Errorf("paid again: %d %s", a.Status, a.Bytes)
		}
		if got := charged(w); got != due {
			t.Errorf("the bank took %d of %d", got, due)
		}
		collectedAndPaid(w, p, of, "sandbox", due)
	})
}

// A wallet may ask its owner, and a bank may be silent: the till waits and looks,
// takes nothing else meanwhile, and nothing is taken twice.
func TestAPhoneThatAsksAndABankThatIsSilentAreLookedAfter(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		no := shows(w, due, bank.AskPhone)
		if a := scans(w, of, "asked", no); a.Status != 201 || a.Text("status") != "action_required" {
			t.Fatalf("asked: %d %s", a.Status, a.Bytes)
		}
		if a := pays(w, of, "meanwhile", map[string]any{"method": "cash"}); a.Status != 409 || a.Text("code") != "payment.busy" {
			t.Errorf("cash while a phone is asked: %d %s", a.Status, a.Bytes)
		}
		look := func() string { return w.Call("POST", "/admin/v1/fulfilments/"+of+"/payments/look", nil).Text("status") }
		if got := look(); got != "action_required" {
			t.Errorf("looking answered for the customer: %s", got)
		}
		if err := w.Bank.Say(t.Context(), no, false); err != nil {
			t.Fatal(err)
		}
		w.Until("the no is known", func() bool { return look() == "declined" })

		left := shows(w, due, bank.AskPhone)
		scans(w, of, "left", left)
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/payments/leave", nil); a.Text("status") != "abandoned" {
			t.Fatalf("broken off: %d %s", a.Status, a.Bytes)
		}
		if err := w.Bank.Say(t.Context(), left, true); err != nil {
			t.Fatal(err)
		}
		if got := charged(w); got != 0 {
			t.Errorf("the bank took %d of who was told that nothing is taken", got)
		}

		if a := scans(w, of, "silent", shows(w, due, bank.TimeoutAfter)); a.Status != 201 || a.Text("status") != "unknown" && a.Text("status") != "captured" {
			t.Fatalf("silent: %d %s", a.Status, a.Bytes)
		}
		if a := scans(w, of, "impatient", shows(w, due, bank.Approve)); a.Status != 409 {
			t.Errorf("another code after silence: %d %s", a.Status, a.Bytes)
		}
		w.Until("the bank has told", func() bool { return look() == "captured" })
		if got := charged(w); got != due {
			t.Errorf("the bank took %d of %d", got, due)
		}
		collectedAndPaid(w, p, of, "sandbox", due)
	})
}

// Six presses at once, with two codes, one of them twice, and cash, take it once.
func TestCodesAndCashAtOnceTakeTheMoneyOnce(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		_, of, due := reserved(w, "k")
		one, other := shows(w, due, bank.Approve), shows(w, due, bank.Approve)
		var taken atomic.Int64
		contest{w, time.Millisecond}.together(6, func(i int) {
			body := map[string]any{"method": "phone_code", "instrument": []string{one, other, one}[i%3]}
			if i > 3 {
				body = map[string]any{"method": "cash"}
			}
			a, err := w.Try("POST", "/admin/v1/fulfilments/"+of+"/payments", body, "Idempotency-Key", fmt.Sprint("press", i))
			switch {
			case err != nil:
				t.Error(err)
			case a.Status == 201 && a.Text("status") == "captured":
				taken.Add(1)
			case a.Status != 409 || a.Text("code") != "payment.paid" && a.Text("code") != "payment.busy":
				t.Errorf("press %d: %d %s", i, a.Status, a.Bytes)
			}
		})
		if got := stands(w, "clearing:cash") + stands(w, "clearing:sandbox"); got != due || taken.Load() != 1 {
			t.Errorf("taken %d times, %d of %d", taken.Load(), got, due)
		}
		if a := hands(w, of); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

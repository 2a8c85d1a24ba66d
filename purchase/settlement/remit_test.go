package settlement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
)

// remits gives a carrier's list and matches it.
func (w *desk) remits(text string) (settlement.File, settlement.Result) {
	w.Helper()
	return w.give(settlement.Upload{Source: "cash", Format: statement.Remittance, Name: "gls.csv", Text: strings.NewReader("remittance;reference;amount;fee;currency;date\n" + text), Actor: "stf_ada"})
}

// parcel is a payment of 100.00 at the door, whose parcel was handed over.
func (w *desk) parcel() payment.Attempt {
	w.Helper()
	a := w.attempt("cash", false)
	dbtest.Write(w.T, w.d, func(tx *db.Tx) error { return settlement.Collected(w.Context(), tx, a.Payment, "") })
	return a
}

func (w *desk) captured(a payment.Attempt, want int64) {
	w.Helper()
	if got := w.find(a.ID).Captured.Minor; got != want {
		w.Errorf("%d captured of %s, want %d", got, a.ID, want)
	}
}

func collected(a payment.Attempt, amount string) string {
	return fmt.Sprintf("GLS-7;%s;%s;1.00;EUR;2030-01-02\n", a.ID, amount)
}

// A carrier's list is money, once, however often it is given; its sum is on its
// way to the bank.
func TestWhatACarrierRemitsIsCapturedOnce(t *testing.T) {
	each(t, func(w *desk) {
		a, b := w.parcel(), w.parcel()
		f, r := w.remits(collected(a, "100.00") + collected(b, "40.00") + collected(b, "60.00"))
		w.captured(a, 100_00)
		w.captured(b, 100_00)
		if waits := w.waiting(); r.Matched != 2 || len(waits) > 0 {
			t.Errorf("%+v, and %v wait", r, waits)
		}
		if _, err := w.settle.Match(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		w.remits("GLS-7;" + string(a.ID) + ";100.00;1.00;EUR;2030-01-02\n")
		w.captured(a, 100_00)
		if n := w.balance("transit:cash"); n != 197_00 { // less what the carrier kept
			t.Errorf("%d are on their way to the bank, want 19700", n)
		}
		if n := w.balance("clearing:cash"); n != 0 {
			t.Errorf("the carrier has %d of ours", n)
		}
		w.give(bank("2030-01-05", entry{"e1", "197.00", "GLS-7", "cash on delivery"}))
		if n := w.balance("transit:cash"); n != 0 {
			t.Errorf("%d did not arrive", n)
		}
	})
}

// A carrier may name its own number of a parcel; both parcels of one order are
// the order's money, and nothing is booked twice.
func TestACarrierNamesAParcelByItsOwnNumber(t *testing.T) {
	each(t, func(w *desk) {
		a, b := w.parcel(), w.parcel()
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			for _, number := range []string{"00340434161094042557", "00340434161094042564"} {
				if err := settlement.Collected(t.Context(), tx, a.Payment, number); err != nil {
					return err
				}
			}
			return settlement.Collected(t.Context(), tx, b.Payment, "JJD-2")
		})
		_, r := w.remits("GLS-7;00340434161094042557;60.00;1.00;EUR;2030-01-02\nGLS-7;00340434161094042564;40.00;0;EUR;2030-01-02\nGLS-7;JJD-2;100.00;0;EUR;2030-01-02\nGLS-7;JJD-3;5.00;0;EUR;2030-01-02\n")
		w.captured(a, 100_00)
		w.captured(b, 100_00)
		if waits := w.waiting(); r.Matched != 2 || !slices.Equal(waits, []string{"unknown"}) {
			t.Errorf("%+v, and %v wait", r, waits)
		}
	})
}

// Each way in which a list can differ from what a carrier was to collect has a
// name, and moves no more than is owed.
func TestEveryLineOfARemittanceIsBookedOrFound(t *testing.T) {
	for name, c := range map[string]struct {
		list     func(w *desk, a payment.Attempt) string
		captured int64
		waits    []string
	}{
		"a part": {func(_ *desk, a payment.Attempt) string { return collected(a, "99.99") }, 99_99, []string{"short"}},
		"more":   {func(_ *desk, a payment.Attempt) string { return collected(a, "100.01") }, 0, []string{"more"}},
		"twice":  {func(_ *desk, a payment.Attempt) string { return collected(a, "100.00") + collected(a, "100.00") }, 100_00, []string{"twice"}},
		"another currency": {func(_ *desk, a payment.Attempt) string {
			return strings.Replace(collected(a, "100.00"), "EUR", "HUF", 1)
		}, 0, []string{"currency"}},
		"no parcel of ours": {func(_ *desk, a payment.Attempt) string {
			return collected(a, "100.00") + "GLS-7;1000099;50.00;0;EUR;2030-01-02\n"
		}, 100_00, []string{"unknown"}},
		"a parcel whose payment was let go": {func(w *desk, a payment.Attempt) string {
			if _, err := w.pay.Void(w.Context(), a.Payment, "v", payment.By{}); err != nil {
				w.Fatal(err)
			}
			return collected(a, "100.00")
		}, 0, []string{"ended"}},
		"one that the list passes over, after two weeks": {func(w *desk, _ payment.Attempt) string {
			other := w.parcel()
			dbtest.Clock(w.d).Advance(15 * 24 * time.Hour)
			return collected(other, "100.00")
		}, 0, []string{"absent"}},
		"one that the list passes over, within two weeks": {func(w *desk, _ payment.Attempt) string {
			return collected(w.parcel(), "100.00")
		}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *desk) {
				a := w.parcel()
				w.remits(c.list(w, a))
				w.captured(a, c.captured)
				if got := w.waiting(); !slices.Equal(got, c.waits) {
					w.Errorf("%v wait, want %v", got, c.waits)
				}
			})
		})
	}
}

// What is told of once late stops waiting when it comes.
func TestAnAbsentParcelIsToldOfUntilItIsRemitted(t *testing.T) {
	each(t, func(w *desk) {
		a := w.parcel()
		overdue := func(want ...string) {
			t.Helper()
			if err := w.settle.Overdue(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.waiting(); !slices.Equal(got, want) {
				t.Errorf("%v wait, want %v", got, want)
			}
		}
		overdue()
		dbtest.Clock(w.d).Advance(14 * 24 * time.Hour)
		overdue("absent")
		w.remits(collected(a, "30.00"))
		overdue("short")
		w.remits("GLS-8;" + string(a.ID) + ";70.00;0;EUR;2030-01-20\n")
		w.captured(a, 100_00)
		overdue()
	})
}

func TestARemittanceIsOfTheGatewayThatIsPaidAtTheDoor(t *testing.T) {
	each(t, func(w *desk) {
		for _, source := range []string{"card", "manual", settlement.Bank} {
			_, _, err := w.settle.Read(t.Context(), settlement.Upload{Source: source, Format: statement.Remittance, Text: strings.NewReader("x")})
			if fault.CodeOf(err) != "settlement.source" {
				t.Errorf("%s: %v", source, err)
			}
		}
	})
}

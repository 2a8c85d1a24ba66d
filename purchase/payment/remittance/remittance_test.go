package remittance_test

import (
	"strings"
	"testing"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/remittance"
	"korzo/value/money"
)

func attempt(reference string, minor, captured int64, state payment.State) payment.Known {
	return payment.Known{Request: payment.Request{Reference: reference, Kind: "cod", Amount: money.Of(minor, "EUR")}, State: state, Captured: money.Of(captured, "EUR")}
}

func TestEveryLineIsBookedOrFound(t *testing.T) {
	attempts := []payment.Known{
		attempt("att_whole", 50_00, 0, payment.StateAuthorized),
		attempt("att_rest", 50_00, 30_00, payment.StateCaptured),
		attempt("att_part", 50_00, 0, payment.StateAuthorized),
		attempt("att_over", 50_00, 0, payment.StateAuthorized),
		attempt("att_ended", 50_00, 0, payment.StateVoided),
		attempt("att_foreign", 50_00, 0, payment.StateAuthorized),
		attempt("att_absent", 50_00, 0, payment.StateAuthorized),
		attempt("att_not_yet", 50_00, 0, payment.StateAuthorized),
		attempt("att_done", 50_00, 50_00, payment.StateCaptured),
	}
	list, err := remittance.Read(strings.NewReader("\ufeffAmount;Reference;Currency;Depot\n50.00;att_whole;EUR;B\n20.00;att_rest;EUR;B\n49.99;att_part;EUR;B\n" +
		"50.01;att_over;EUR;B\n50.00;att_ended;EUR;B\n50.00;att_foreign;HUF;B\n50.00;att_nobody;EUR;B\n50.00;att_whole;EUR;B\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		reference string
		verdict   remittance.Verdict
		booked    bool
	}{
		{"att_whole", remittance.Whole, true}, {"att_rest", remittance.Whole, true}, {"att_part", remittance.Part, true}, {"att_over", remittance.Over, false},
		{"att_ended", remittance.Unknown, false}, {"att_foreign", remittance.Foreign, false}, {"att_nobody", remittance.Unknown, false},
		{"att_whole", remittance.Twice, false}, {"att_absent", remittance.Absent, false},
	}
	found := remittance.Match("GLS-7", list, attempts, func(k payment.Known) bool { return k.Reference != "att_not_yet" })
	if len(found) != len(want) {
		t.Fatalf("%d findings, want %d: %+v", len(found), len(want), found)
	}
	for i, w := range want {
		f := found[i]
		key := ""
		if w.booked {
			key = "GLS-7:" + w.reference
		}
		if f.Reference != w.reference || f.Verdict != w.verdict || f.Key != key {
			t.Errorf("line %d: %+v, want %+v", f.Number, f, w)
		}
	}
}

func TestAListThatCannotBeReadIsNotBelievedInPart(t *testing.T) {
	for name, text := range map[string]string{
		"no header": "", "no amount column": "reference,currency\natt_1,EUR\n", "a wrong amount": "reference,currency,amount\natt_1,EUR,1.00\natt_2,EUR,1.000\n",
		"a negative amount": "reference,currency,amount\natt_1,EUR,-1.00\n", "no reference": "reference,currency,amount\n,EUR,1.00\n",
		"a short line": "reference,currency,amount\natt_1,EUR\n", "no such currency": "reference,currency,amount\natt_1,XXQ,1.00\n",
	} {
		if list, err := remittance.Read(strings.NewReader(text)); fault.CodeOf(err) != "remittance.list" || list != nil {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

// Whatever a carrier sends, each line is a finding, and no more is booked than
// is owed.
func FuzzRead(f *testing.F) {
	f.Add("reference,currency,amount\natt_1,EUR,1.00\n")
	f.Add("reference;currency;amount\natt_1;EUR;1.00\natt_1;EUR;2.00\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := remittance.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		booked := int64(0)
		found := remittance.Match("r", list, []payment.Known{attempt("att_1", 1_50, 0, payment.StateAuthorized)}, func(payment.Known) bool { return true })
		for _, one := range found {
			if one.Key != "" {
				booked += one.Amount.Minor
			}
		}
		if len(found) < len(list) || booked > 1_50 {
			t.Errorf("%d findings of %d lines, %d booked", len(found), len(list), booked)
		}
	})
}

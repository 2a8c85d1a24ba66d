package manual_test

import (
	"net/url"
	"strings"
	"testing"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/epc"
	"korzo/purchase/payment/gateway/manual"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

const address = "manual://DE89370400440532013000?holder=Franz+Mustermänn&bic=COBADEFFXXX"

func open(t *testing.T, address string) payment.Gateway {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	g, err := manual.Open(u)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestManualIsAGateway(t *testing.T) {
	gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
		return gatewaytest.Bench{Gateway: open(t, address), Kind: "transfer", Amount: money.Of(119_00, "EUR"),
			Approve: "transfer", Decline: "transfer", DeclineAmount: money.Of(1_000_00, "HUF")}
	})
}

func TestAPromiseIsNoMoney(t *testing.T) {
	g := open(t, address)
	request := payment.Request{Reference: "att_01k2m3n4p5q6r7s8t9v0w1x2y3", Amount: money.Of(50_00, "EUR"), Kind: "invoice", Capture: true}
	r, err := g.Authorize(t.Context(), request)
	if err != nil || r.Status != payment.StatusAuthorized || r.Captured.Minor != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	known := payment.Known{Request: request, GatewayID: r.GatewayID, State: payment.StateAuthorized}
	r, err = g.Capture(t.Context(), payment.Change{Reference: request.Reference, Key: "k", Amount: money.Of(50_01, "EUR"), Known: known})
	if err != nil || r.Status != payment.StatusDeclined || r.Captured.Minor != 0 {
		t.Errorf("more than is owed: %+v, %v", r, err)
	}
	r, err = g.Refund(t.Context(), payment.Change{Reference: request.Reference, Key: "k", Amount: money.Of(1, "EUR"), Known: known})
	if err != nil || r.Status != payment.StatusDeclined || r.Refunded.Minor != 0 {
		t.Errorf("sent back what never came: %+v, %v", r, err)
	}
}

func TestAWrongAddressNamesItsRemedy(t *testing.T) {
	for _, address := range []string{
		"manual://DE88370400440532013000?holder=A", // check digits
		"manual://DE89370400440532013000",          // no holder
		"manual://?holder=A",
		"manual://DE89370400440532013000?holder=A%0AB",
		"manual://DE89370400440532013000?holder=A&bic=COBA",
		"manual://DE89370400440532013000?holder=A&currencies=EUR,XXQ",
		"manual://DE89370400440532013000?holder=" + strings.Repeat("a", 71),
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := manual.Open(u); fault.CodeOf(err) != "manual.address" {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAGiroCodeHasTheGuidelinesLines(t *testing.T) {
	for _, c := range []struct {
		name string
		in   epc.Transfer
		want string
	}{
		{"free text, with a BIC", epc.Transfer{Holder: "Franz Mustermänn", IBAN: "DE71110220330123456789", BIC: "BHBLDEHHXXX", Amount: money.Of(12_30, "EUR"), Reference: "Rechnung 123, Danke"},
			"BCD\n002\n1\nSCT\nBHBLDEHHXXX\nFranz Mustermänn\nDE71110220330123456789\nEUR12.30\n\n\nRechnung 123, Danke"},
		{"a creditor reference, without a BIC", epc.Transfer{Holder: "Red Cross", IBAN: "BE72000000001616", Amount: money.Of(1, "EUR"), Reference: "RF18539007547034"},
			"BCD\n002\n1\nSCT\n\nRed Cross\nBE72000000001616\nEUR0.01\n\nRF18539007547034"},
	} {
		if got, err := epc.Code(c.in); err != nil || got != c.want {
			t.Errorf("%s:\n%q, %v\nwant\n%q", c.name, got, err, c.want)
		}
	}
	good := epc.Transfer{Holder: "A", IBAN: "BE72000000001616", Amount: money.Of(1, "EUR")}
	for name, spoil := range map[string]func(*epc.Transfer){
		"not euros":          func(t *epc.Transfer) { t.Amount = money.Of(100, "USD") },
		"nothing":            func(t *epc.Transfer) { t.Amount.Minor = 0 },
		"a billion":          func(t *epc.Transfer) { t.Amount.Minor = 1_000_000_000_00 },
		"a line too much":    func(t *epc.Transfer) { t.Holder = "A\nEUR9" },
		"a wrong IBAN":       func(t *epc.Transfer) { t.IBAN = "BE72000000001617" },
		"too long a text":    func(t *epc.Transfer) { t.Reference = strings.Repeat("x", 141) },
		"more than 331 byte": func(t *epc.Transfer) { t.Reference = strings.Repeat("ő", 140); t.Holder = strings.Repeat("ő", 70) },
	} {
		in := good
		spoil(&in)
		if text, err := epc.Code(in); err == nil {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// An attempt's reference is a valid creditor reference, and always the same.
func FuzzReference(f *testing.F) {
	f.Add("att_01k2m3n4p5q6r7s8t9v0w1x2y3")
	f.Add("")
	f.Add("att_é")
	f.Fuzz(func(t *testing.T, attempt string) {
		r := epc.Reference(attempt)
		if r != epc.Reference(attempt) || len(r) > 4 && !epc.ValidReference(r) {
			t.Errorf("%q: %q", attempt, r)
		}
	})
}

func TestInstructionsCarryTheQRCodeForEurosOnly(t *testing.T) {
	g, ok := open(t, address+"&currencies=EUR,HUF").(payment.Instructing)
	if !ok {
		t.Fatal("the gateway does not tell how to pay")
	}
	for _, c := range []struct {
		amount money.Amount
		qr     bool
	}{{money.Of(12_90, "EUR"), true}, {money.Of(4_990_00, "HUF"), false}} {
		i := g.Instructions(payment.Known{Request: payment.Request{Reference: "att_01k2m3n4p5q6r7s8t9v0w1x2y3", Amount: c.amount}})
		if i.IBAN != "DE89370400440532013000" || !epc.ValidReference(i.Reference) || strings.Contains(i.QR, i.Reference) != c.qr {
			t.Errorf("%v: %+v", c.amount, i)
		}
	}
}

package gateway_test

import (
	"context"
	"io/fs"
	"net/http/httptest"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/purchase/payment/device"
	"korzo/purchase/payment/gateway"
	"korzo/value/money"
)

// addresses are one of each.
func addresses(terminal string) []string {
	return []string{
		"sandbox://demo:secret@127.0.0.1:1", "sandbox2://demo:secret@127.0.0.1:1", "manual://DE89370400440532013000?holder=Korzo", "cash://drawer?currencies=EUR&ceiling=EUR:500.00",
		"stripe://acct_1:sk_test@127.0.0.1:1?webhook=whsec", "paypal://client:secret@127.0.0.1:1?merchant=M&webhook=W", "terminal://T1:key@" + terminal,
	}
}

func TestEveryGatewayIsOpenedByItsAddressAndNamedForItsFolder(t *testing.T) {
	opened, err := gateway.Open(addresses("127.0.0.1:1")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(opened) != len(gateway.All) {
		t.Errorf("%d addresses for %d gateways", len(opened), len(gateway.All))
	}
	for _, g := range opened {
		if _, ok := gateway.All[g.Name()]; !ok {
			t.Errorf("%s is not the name of a folder", g.Name())
		}
	}
	for _, wrong := range []string{"nobody://x", "stripe://acct@host", "paypal://c:s@host", "terminal://host", "cash://", "manual://", "%"} {
		if _, err := gateway.Open(wrong); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// A gateway whose machine is gone fails at once and holds nothing back: the
// shopper may pay another way.
func TestThroughTheFunnel(t *testing.T) {
	till := httptest.NewServer(device.New(device.Config{Key: "key", Pace: 50 * time.Millisecond}).Handler())
	t.Cleanup(till.Close)
	opened, err := gateway.Open(addresses(till.Listener.Addr().String())...)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name       string
		in         payment.Intent
		first, end payment.State
	}{
		{"an invoice is a promise", payment.Intent{Gateway: "manual", Kind: "invoice"}, payment.StateAuthorized, payment.StateAuthorized},
		{"a transfer is a promise, whatever was asked for", payment.Intent{Gateway: "manual", Kind: "transfer", Capture: true}, payment.StateAuthorized, payment.StateAuthorized},
		{"a sale at the counter is paid", payment.Intent{Gateway: "cash", Kind: "cash", Capture: true}, payment.StateCaptured, payment.StateCaptured},
		{"a parcel is paid at the door", payment.Intent{Gateway: "cash", Kind: "cod"}, payment.StateAuthorized, payment.StateAuthorized},
		{"a card is tapped", payment.Intent{Gateway: "terminal", Kind: "terminal", Instrument: "terminal:tap"}, payment.StateAuthorized, payment.StateAuthorized},
		{"a PIN takes a while", payment.Intent{Gateway: "terminal", Kind: "terminal", Instrument: "terminal:pin"}, payment.StatePending, payment.StateAuthorized},
		{"a part is not the whole", payment.Intent{Gateway: "terminal", Kind: "terminal", Instrument: "terminal:poor"}, payment.StateDeclined, payment.StateDeclined},
		{"Stripe is gone", payment.Intent{Gateway: "stripe", Kind: "card", Instrument: "pm_1"}, payment.StateDeclined, payment.StateDeclined},
		{"PayPal is gone", payment.Intent{Gateway: "paypal", Kind: "paypal"}, payment.StateDeclined, payment.StateDeclined},
	}
	dbtest.Each(t, []fs.FS{event.Schema, job.Schema, ledger.Schema, payment.Schema}, func(t *testing.T, d *db.DB) {
		p := payment.New(d, opened, nil, func(_ context.Context, _ *db.Tx, kind string, a payment.Attempt, text string) error {
			t.Errorf("%s of %s: %s", kind, a.ID, text)
			return nil
		})
		for _, c := range cases {
			c.in.Owner, c.in.Method, c.in.Amount = payment.Owner{Kind: "test", ID: c.name}, c.in.Kind, money.Of(50_00, "EUR")
			var a payment.Attempt
			dbtest.Write(t, d, func(tx *db.Tx) (err error) {
				a, err = p.Open(t.Context(), tx, c.in)
				return err
			})
			if a, err = p.Pay(t.Context(), a); err != nil || a.State != c.first {
				t.Errorf("%s: %s, %v; want %s", c.name, a.State, err, c.first)
			}
			for range 100 {
				if !a.State.Open() {
					break
				}
				time.Sleep(10 * time.Millisecond)
				if a, err = p.Sync(t.Context(), a.ID); err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
			}
			if a.State != c.end {
				t.Errorf("%s: ended %s, want %s", c.name, a.State, c.end)
			}
		}
	})
}

package cash_test

import (
	"net/url"
	"slices"
	"testing"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/cash"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

const address = "cash://drawer-1?currencies=EUR,HUF&ceiling=EUR:500.00"

func open(t *testing.T, address string) payment.Gateway {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	g, err := cash.Open(u)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestCashIsAGateway(t *testing.T) {
	for _, b := range []gatewaytest.Bench{
		{Kind: "cash", Amount: money.Of(119_00, "EUR"), DeclineAmount: money.Of(119_00, "USD")},
		{Kind: "cod", Amount: money.Of(500_00, "EUR"), DeclineAmount: money.Of(500_01, "EUR")},
	} {
		t.Run(b.Kind, func(t *testing.T) {
			gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
				b.Gateway, b.Approve, b.Decline = open(t, address), b.Kind, b.Kind
				return b
			})
		})
	}
}

func TestWhenCashIsMoney(t *testing.T) {
	g := open(t, address)
	for _, c := range []struct {
		name    string
		kind    string
		capture bool
		amount  money.Amount
		want    payment.Status
		code    string
	}{
		{"a sale at the counter is paid", "cash", true, money.Of(12_00, "EUR"), payment.StatusCaptured, ""},
		{"what is paid when it is fetched is a promise", "cash", false, money.Of(12_00, "EUR"), payment.StatusAuthorized, ""},
		{"money at the door is a promise, whatever was asked for", "cod", true, money.Of(12_00, "EUR"), payment.StatusAuthorized, ""},
		{"no carrier carries more than the ceiling", "cod", false, money.Of(500_01, "EUR"), payment.StatusDeclined, payment.DeclineLimit},
		{"a currency without a ceiling is not paid at the door", "cod", false, money.Of(1_000_00, "HUF"), payment.StatusDeclined, payment.DeclineUnsupported},
		{"the drawer holds listed currencies only", "cash", true, money.Of(1_00, "USD"), payment.StatusDeclined, payment.DeclineUnsupported},
	} {
		r, err := g.Authorize(t.Context(), payment.Request{Reference: "att_1", Amount: c.amount, Kind: c.kind, Capture: c.capture})
		taken := c.want == payment.StatusCaptured
		if err != nil || r.Status != c.want || r.DeclineCode != c.code || taken != (r.Captured == c.amount) || !taken && r.Captured.Minor != 0 {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

func TestWithoutACeilingNothingIsPaidAtTheDoor(t *testing.T) {
	if kinds := open(t, "cash://drawer-1?currencies=EUR").Traits().Kinds; slices.Contains(kinds, "cod") {
		t.Errorf("a shop without a ceiling takes %v", kinds)
	}
}

func TestAWrongAddressNamesItsRemedy(t *testing.T) {
	for _, address := range []string{"cash://?currencies=EUR", "cash://d", "cash://d?currencies=EUR&fee=EUR:2.90", "cash://d?currencies=EUR&ceiling=EUR:-1.00", "cash://d?currencies=XXQ"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cash.Open(u); fault.CodeOf(err) != "cash.address" {
			t.Errorf("%s: %v", address, err)
		}
	}
}

package paypal_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/paypal"
	"korzo/value/address"
	"korzo/value/money"
)

// invited opens a wallet for a reference, and returns what PayPal calls it.
func invited(t *testing.T, g *paypal.Gateway, i payment.Invitation) string {
	t.Helper()
	page, err := g.Invite(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(page)
	if err != nil || at.Query().Get("token") == "" {
		t.Fatalf("%q: %v", page, err)
	}
	return at.Query().Get("token")
}

func mugs(reference string) payment.Invitation {
	return payment.Invitation{Reference: reference, Kind: "paypal", Amount: money.Of(12_90, "EUR"), Countries: []string{"DE"}, ReturnURL: "http://127.0.0.1/checkout/express/paypal"}
}

// lent is the instrument of a wallet that told who buys.
func lent(t *testing.T, s *standIn, g *paypal.Gateway, reference string) string {
	t.Helper()
	id := invited(t, g, mugs(reference))
	s.opens(id)
	who, err := g.Shared(t.Context(), reference, url.Values{"token": {id}, "PayerID": {"PAYER23456789"}})
	if err != nil {
		t.Fatal(err)
	}
	return who.Instrument
}

func pays(reference, instrument string) payment.Request {
	return payment.Request{Reference: reference, Kind: "paypal", Amount: money.Of(17_80, "EUR"), Instrument: instrument, ReturnURL: "http://127.0.0.1/back"}
}

func TestPayPalTellsWhoBuysAndPaysTheTotalOfLater(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	id := invited(t, g, mugs("ours"))
	came := url.Values{"token": {id}}
	if _, err := g.Shared(t.Context(), "ours", came); !errors.Is(err, payment.ErrNotShared) {
		t.Errorf("nobody agreed: %v", err)
	}
	s.opens(id)
	who, err := g.Shared(t.Context(), "ours", came)
	want := address.Address{Name: "Ada Beispiel-Muster", Line1: "Musterweg 1", Line2: "Hof", City: "Berlin", PostalCode: "10115", Country: "DE", Phone: "30901820"}
	if err != nil || who.Email != "ada@example.com" || who.Address != want || !payment.ValidInstrument(who.Instrument) {
		t.Fatalf("%+v, %v", who, err)
	}
	r, err := g.Authorize(t.Context(), pays("att_1", who.Instrument))
	if err != nil || r.Status != payment.StatusAuthorized || r.Reference != "att_1" || r.Amount != money.Of(17_80, "EUR") || r.GatewayID != id {
		t.Fatalf("%+v, %v", r, err)
	}
	again, err := g.Authorize(t.Context(), pays("att_1", who.Instrument))
	if err != nil || again.Status != payment.StatusAuthorized || s.moved != 1 || len(s.orders) != 1 {
		t.Errorf("repeated: %+v, %v; money moved %d times over %d orders", again, err, s.moved, len(s.orders))
	}
	k := payment.Known{Request: pays("att_1", who.Instrument), State: payment.StateAuthorized, GatewayID: id, At: time.Now()}
	taken, err := g.Capture(t.Context(), payment.Change{Reference: "att_1", Key: "mov_1", Amount: money.Of(17_80, "EUR"), Known: k})
	if err != nil || taken.Captured != money.Of(17_80, "EUR") {
		t.Errorf("%+v, %v", taken, err)
	}
}

func TestPayPalTellsNoAddressWhereNoneIsAskedFor(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	i := mugs("ours")
	i.Countries = nil
	id := invited(t, g, i)
	s.opens(id)
	if who, err := g.Shared(t.Context(), "ours", url.Values{"token": {id}}); err != nil || who.Email == "" || !who.Address.IsZero() {
		t.Errorf("%+v, %v", who, err)
	}
	i.Kind, i.Amount = "venmo", money.Of(12_90, "USD")
	invited(t, g, i)
	for name, a := range map[string]money.Amount{"euros in Venmo": money.Of(12_90, "EUR"), "dinars": money.Of(12_900, "KWD")} {
		i.Amount = a
		if page, err := g.Invite(t.Context(), i); err == nil {
			t.Errorf("%s: %s", name, page)
		}
	}
}

func TestWhatPayPalToldOneIsToldToNoOther(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	id := invited(t, g, mugs("ours"))
	s.opens(id)
	for name, c := range map[string]struct {
		reference string
		came      url.Values
	}{
		"another's":            {"theirs", url.Values{"token": {id}}},
		"an order nobody made": {"ours", url.Values{"token": {"5O9999999999"}}},
		"a path that climbs":   {"ours", url.Values{"token": {"../../payments/captures/1"}}},
		"nothing":              {"ours", url.Values{}},
	} {
		if who, err := g.Shared(t.Context(), c.reference, c.came); !errors.Is(err, payment.ErrNotShared) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	for _, forged := range []string{"paypal:" + id, "paypal:" + id + ":", "paypal:" + id + ":" + strings.Repeat("0", 40)} {
		r, err := g.Authorize(t.Context(), pays("att_"+forged[len(forged)-3:], forged))
		if err != nil || r.Status != payment.StatusActionRequired || r.GatewayID == id {
			t.Errorf("%q pays with a wallet it only heard of: %+v, %v", forged, r, err)
		}
	}
	if s.moved != 0 {
		t.Errorf("money moved %d times", s.moved)
	}
}

func TestAWalletThatCannotPayAnyMoreIsAskedAsUsual(t *testing.T) {
	for name, spoil := range map[string]func(s *standIn, order string){
		"PayPal has forgotten the order": func(s *standIn, order string) { delete(s.orders, order) },
		"it was completed":               func(s *standIn, order string) { s.orders[order]["status"] = "COMPLETED" },
		"it cannot be changed":           func(s *standIn, _ string) { s.fixed = true },
	} {
		s := newStandIn(t, specs(t))
		g := open(t, s.base)
		token := lent(t, s, g, "ours")
		spoil(s, strings.Split(token, ":")[1])
		for range 2 {
			r, err := g.Authorize(t.Context(), pays("att_1", token))
			if err != nil || r.Status != payment.StatusActionRequired || r.ActionURL == "" || s.moved != 0 {
				t.Errorf("%s: %+v, %v; money moved %d times", name, r, err, s.moved)
			}
		}
	}
}

func TestAWalletMayHaveToAgreeOnceMore(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	token := lent(t, s, g, "ours")
	s.again = true
	r, err := g.Authorize(t.Context(), pays("att_1", token))
	if err != nil || r.Status != payment.StatusActionRequired || !strings.Contains(r.ActionURL, r.GatewayID) || s.moved != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	s.shopper(r.GatewayID)
	k := payment.Known{Request: pays("att_1", token), State: payment.StateAction, GatewayID: r.GatewayID, At: time.Now()}
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusAuthorized || s.moved != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSilenceWhileAWalletPaysIsFoundOutLater(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	token := lent(t, s, g, "ours")
	s.lose = true
	if r, err := g.Authorize(t.Context(), pays("att_1", token)); !payment.IsSilence(err) {
		t.Fatalf("%+v, %v; want silence", r, err)
	}
	k := payment.Known{Request: pays("att_1", token), State: payment.StateUnknown, At: time.Now()}
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusAuthorized || s.moved != 1 || len(s.orders) != 1 {
		t.Errorf("%+v, %v; money moved %d times over %d orders", r, err, s.moved, len(s.orders))
	}
	if r, err := g.VoidKnown(t.Context(), k); err != nil || r.Status != payment.StatusVoided || r.Reference != "att_1" {
		t.Errorf("its hold is not let go: %+v, %v", r, err)
	}
}

func TestAWalletThatWasDeclinedPaysTheNextAttemptAndNotTheFirst(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	token := lent(t, s, g, "ours")
	first := pays("att_1", token)
	first.Amount = money.Of(66_60, "EUR")
	r, err := g.Authorize(t.Context(), first)
	if err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineCard {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := g.Authorize(t.Context(), pays("att_2", token)); err != nil || r.Status != payment.StatusAuthorized || r.Reference != "att_2" {
		t.Fatalf("%+v, %v", r, err)
	}
	ended := payment.Known{Request: first, State: payment.StateDeclined, GatewayID: r.GatewayID, At: time.Now()}
	if r, err := g.LookupKnown(t.Context(), ended); err != nil || r.Status != payment.StatusNone {
		t.Errorf("the first is told of the second's money: %+v, %v", r, err)
	}
	if r, err := g.VoidKnown(t.Context(), ended); err != nil || r.Status != payment.StatusVoided {
		t.Errorf("%+v, %v", r, err)
	}
	paid := payment.Known{Request: pays("att_2", token), State: payment.StateAuthorized, GatewayID: r.GatewayID, At: time.Now()}
	if r, err := g.LookupKnown(t.Context(), paid); err != nil || r.Status != payment.StatusAuthorized {
		t.Errorf("the first took the second's hold with it: %+v, %v", r, err)
	}
}

package stripe_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"

	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/stripe"
	"korzo/purchase/payment/gatewaytest"
	"korzo/purchase/payment/gatewaytest/shapetest"
	"korzo/value/money"
)

const (
	secretKey      = "sk_test_supersecret"
	secretOfHooks  = "whsec_supersecret"
	secretOfIntent = "pi_supersecret"
)

func open(t *testing.T, host string) *stripe.Gateway {
	t.Helper()
	g, err := stripe.Open(&url.URL{Scheme: "stripe", Host: host, User: url.UserPassword("acct_1", secretKey), RawQuery: "webhook=" + secretOfHooks})
	if err != nil {
		t.Fatal(err)
	}
	client, ok := g.(*stripe.Gateway)
	if !ok {
		t.Fatalf("%T", g)
	}
	return client
}

// tool is stripe-mock, and where its source has Stripe's OpenAPI document.
type tool struct{ bin, source string }

// release is the stripe-mock that judges what we ask: a fixed one, so that it is
// fetched once for a machine and builds without a network from then on.
const release = "github.com/stripe/stripe-mock@v0.203.0"

// install builds stripe-mock once for all tests, from the Go module proxy or the
// module cache.
var install = sync.OnceValues(func() (tool, error) {
	bin := filepath.Join(os.TempDir(), "korzo-stripe-mock")
	get := exec.Command("go", "install", release)
	get.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if out, err := get.CombinedOutput(); err != nil {
		return tool{}, fmt.Errorf("%w: %.300s", err, out)
	}
	where, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", release).Output()
	if err != nil {
		return tool{}, fmt.Errorf("find Stripe's OpenAPI document: %w", err)
	}
	return tool{bin, strings.TrimSpace(string(where))}, nil
})

// mock starts stripe-mock, which knows what Stripe takes, and returns its
// address and Stripe's OpenAPI document. Where the tool cannot be had the test
// fails: what was not held against it was not shown.
func mock(t *testing.T) (base string, spec *shapetest.Spec) {
	t.Helper()
	its, err := install()
	if err != nil {
		t.Fatalf("stripe-mock cannot be had: let this machine reach the Go module proxy once, or fill the module cache with `go mod download %s`: %v", release, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	run := exec.CommandContext(t.Context(), filepath.Join(its.bin, "stripe-mock"), "-http-addr", "127.0.0.1:"+port)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "http://" + address, shapetest.Load(t, filepath.Join(its.source, "embedded", "openapi", "spec3.json"))
}

func notice(t *testing.T, reference string) (http.Header, []byte) {
	t.Helper()
	return signed(fmt.Sprintf(`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","metadata":{"reference":%q}}}}`, reference), time.Now())
}

func signed(body string, at time.Time) (http.Header, []byte) {
	mac := hex.EncodeToString(webhook.ComputeSignature(at, []byte(body), secretOfHooks))
	return http.Header{"Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", at.Unix(), mac)}}, []byte(body)
}

func TestStripeIsAGateway(t *testing.T) {
	base, spec := mock(t)
	secrets := []string{secretKey, secretOfHooks, secretOfIntent}
	t.Run("by PaymentIntent", func(t *testing.T) {
		gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
			s, server := newStandIn(t, base, spec)
			return gatewaytest.Bench{Gateway: open(t, server.Listener.Addr().String()), Gone: open(t, "127.0.0.1:1"), Kind: "card", Amount: money.Of(119_00, "EUR"), At: time.Now(),
				Approve: "pm_card", Decline: "pm_poor", Silent: "pm_silent", Never: "pm_never", Garbage: "pm_garbage", Late: "pm_late", Challenge: "pm_3ds", Soft: "pm_soft", Proof: given,
				Break: func(*testing.T) { s.with(func() { s.lose = true }) }, Secrets: secrets, Notice: notice}
		})
	})
	t.Run("on Stripe's page", func(t *testing.T) {
		gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
			s, server := newStandIn(t, base, spec)
			return gatewaytest.Bench{Gateway: open(t, server.Listener.Addr().String()), Gone: open(t, "127.0.0.1:1"), Kind: "hosted", Amount: money.Of(4_990_00, "HUF"), At: time.Now(),
				Approve: "hosted", Challenge: "hosted", Decline: "hosted", DeclineAmount: money.Of(1_000_00, "MGA"),
				Act:   func(_ *testing.T, r payment.Result) { s.shopper(r.GatewayID) },
				Break: func(*testing.T) { s.with(func() { s.lose = true }) }, Secrets: secrets, Notice: notice}
		})
	})
}

// What a page hands over for Stripe's own page opens it, and Stripe's tokens are
// told from others'.
func TestAPageIsSentToStripes(t *testing.T) {
	base, spec := mock(t)
	_, server := newStandIn(t, base, spec)
	g := open(t, server.Listener.Addr().String())
	fields := g.Fields()
	if fields.URL != "" || fields.Origin != "" {
		t.Errorf("something is framed: %+v", fields)
	}
	r, err := g.Authorize(t.Context(), payment.Request{Reference: "att_page", Amount: money.Of(119_00, "EUR"), Kind: "card", Instrument: fields.Page, ReturnURL: "https://shop.example/back"})
	if err != nil || r.Status != payment.StatusActionRequired || !strings.HasPrefix(r.ActionURL, "http") {
		t.Errorf("%+v, %v", r, err)
	}
	for instrument, usable := range map[string]bool{fields.Page: true, "pm_1": true, "cus_1:pm_1": true, "": false, "sandbox:approve": false, "tok_1": false, "cus_1": false, "pi_1": false, "x:pm_1": false} {
		if _, is := g.Read(instrument); is != usable {
			t.Errorf("%q can be paid with: %t", instrument, is)
		}
	}
}

// given is proof of another gateway's 3-D Secure, as Stripe's document has it.
var given = payment.Authentication{Version: "2.2.0", Status: "Y", ECI: "05", Cryptogram: "BwABBJQ1AgAAAAAgJDUCAAAAAAA=", Transaction: "c4e59ceb-a382-4d6a-bc87-385d591fa09d"}

// A bank that refuses a card until its holder proves who they are is asked for
// just that: Stripe's own challenge.
func TestAChallengeIsAskedOfStripe(t *testing.T) {
	base, spec := mock(t)
	_, server := newStandIn(t, base, spec)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_soft", time.Now())
	k.Proof.Challenge = true
	if r, err := g.Authorize(t.Context(), k.Request); err != nil || r.Status != payment.StatusActionRequired || r.ActionURL == "" {
		t.Errorf("%+v, %v", r, err)
	}
}

// Stripe asks for exemptions by itself and has no field that asks for one: a rule
// may not ask it, and one that reached it all the same changes nothing.
func TestNoRuleAsksStripeForAnExemption(t *testing.T) {
	base, spec := mock(t)
	_, server := newStandIn(t, base, spec)
	g := open(t, server.Listener.Addr().String())
	if asks := g.Traits().Exemptions; len(asks) > 0 {
		t.Errorf("it says that it hands %v to the card's bank", asks)
	}
	for i, exemption := range append(payment.Exemptions, "") {
		k := known(fmt.Sprint("att_", i), "pm_soft", time.Now())
		k.Proof.Exemption = exemption
		if r, err := g.Authorize(t.Context(), k.Request); err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineStepUp {
			t.Errorf("%q: %+v, %v; want what Stripe says without", exemption, r, err)
		}
	}
}

func known(reference, instrument string, at time.Time) payment.Known {
	return payment.Known{State: payment.StateUnknown, At: at, Request: payment.Request{Reference: reference, Kind: "card", Instrument: instrument,
		Amount: money.Of(50_00, "EUR"), ReturnURL: "http://127.0.0.1/back"}}
}

func TestALookUpNeverMovesMoney(t *testing.T) {
	s, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_card", time.Now())
	for range 2 {
		r, err := g.LookupKnown(t.Context(), k)
		if err != nil || r.Status != payment.StatusNone {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if n, _ := s.counts(); n != 1 || s.of("pi_1", "status") != "requires_payment_method" {
		t.Errorf("%d objects, the intent %v", n, s.of("pi_1", "status"))
	}
}

func TestAfterTheKeyWindowTheReferenceIsSearchedFor(t *testing.T) {
	s, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_card", time.Now())
	if _, err := g.Authorize(t.Context(), k.Request); err != nil {
		t.Fatal(err)
	}
	s.with(func() { clear(s.keys) }) // Stripe forgets after a day
	g.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusAuthorized || r.GatewayID != "pi_1" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := g.LookupKnown(t.Context(), known("att_2", "pm_card", k.At)); err != nil || r.Status != payment.StatusNone {
		t.Errorf("what was never created: %+v, %v", r, err)
	}
	if r, err := g.VoidKnown(t.Context(), k); err != nil || r.Status != payment.StatusVoided || s.of("pi_1", "status") != "canceled" {
		t.Errorf("void: %+v, %v", r, err)
	}
	if n, _ := s.counts(); n != 1 {
		t.Errorf("an intent was created again: %d objects", n)
	}
}

func TestSilenceBeforeConfirmingIsAKnownFailure(t *testing.T) {
	s, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	s.with(func() { s.lose = true })
	r, err := g.Authorize(t.Context(), known("att_1", "pm_card", time.Now()).Request)
	if err == nil || payment.IsSilence(err) {
		t.Errorf("%+v, %v", r, err)
	}
	if _, n := s.counts(); n != 1 || s.of("pi_1", "status") != "requires_payment_method" {
		t.Errorf("%d requests, the intent %v", n, s.of("pi_1", "status"))
	}
}

// Stripe remembers a 500 under its key for a day. It must not keep an attempt
// unknown for as long.
func TestARememberedFailureIsNoSilence(t *testing.T) {
	s, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_card", time.Now())
	s.with(func() { s.failFirst = true })
	if _, err := g.Authorize(t.Context(), k.Request); err == nil || payment.IsSilence(err) {
		t.Fatal(err)
	}
	s.with(func() { clear(s.book) }) // the 500 made nothing
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusNone {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := g.VoidKnown(t.Context(), k); err != nil || r.Status != payment.StatusVoided {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAReferenceForAnotherAmountIsRefused(t *testing.T) {
	_, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_card", time.Now())
	if _, err := g.Authorize(t.Context(), k.Request); err != nil {
		t.Fatal(err)
	}
	k.Amount = money.Of(60_00, "EUR")
	if r, err := g.Authorize(t.Context(), k.Request); err == nil || payment.IsSilence(err) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTenCentsAreANoAndNotAMystery(t *testing.T) {
	s, server := newStandIn(t, "", nil)
	g := open(t, server.Listener.Addr().String())
	k := known("att_1", "pm_card", time.Now())
	k.Amount = money.Of(10, "EUR")
	if r, err := g.Authorize(t.Context(), k.Request); err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineUnsupported {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusNone {
		t.Errorf("looked up: %+v, %v", r, err)
	}
	if r, err := g.VoidKnown(t.Context(), k); err != nil || r.Status != payment.StatusVoided {
		t.Errorf("voided: %+v, %v", r, err)
	}
	if n, _ := s.counts(); n != 0 {
		t.Errorf("%d objects", n)
	}
}

// A token of Stripe's tells nothing of its card; the answer does, also of the
// card that was refused, and so does asking later.
func TestStripeTellsOfTheCardThatPaidAndOfTheOneRefused(t *testing.T) {
	base, spec := mock(t)
	_, server := newStandIn(t, base, spec)
	g := open(t, server.Listener.Addr().String())
	for _, c := range []struct {
		method string
		status payment.Status
		want   payment.Card
	}{
		{"pm_card", payment.StatusAuthorized, payment.Card{Brand: "visa", Country: "US", Last: "4242"}},
		{"pm_poor", payment.StatusDeclined, payment.Card{Brand: "mastercard", Country: "DE", Last: "9995"}},
		{"pm_3ds", payment.StatusActionRequired, payment.Card{}},
	} {
		if told, _ := g.Read(c.method); told != (payment.Card{}) {
			t.Errorf("%s tells %+v", c.method, told)
		}
		k := known("att_"+c.method, c.method, time.Now())
		r, err := g.Authorize(t.Context(), k.Request)
		if err != nil || r.Status != c.status || r.Card != c.want {
			t.Errorf("%s: %+v, %v", c.method, r, err)
		}
		k.GatewayID = r.GatewayID
		if later, err := g.LookupKnown(t.Context(), k); err != nil || later.Card != c.want {
			t.Errorf("%s, asked later: %+v, %v", c.method, later, err)
		}
	}
}

func TestCurrenciesAreStripes(t *testing.T) {
	for c, want := range map[money.Currency]int64{"EUR": 1_000, "HUF": 1_000, "JPY": 1_000, "ISK": 100_000, "KWD": 1_000} {
		s, server := newStandIn(t, "", nil)
		k := known("att_1", "pm_card", time.Now())
		k.Amount = money.Of(1_000, c)
		r, err := open(t, server.Listener.Addr().String()).Authorize(t.Context(), k.Request)
		if err != nil || r.Amount != k.Amount || s.of("pi_1", "amount") != want {
			t.Errorf("%s: %+v, %v; Stripe was told %v", c, r, err, s.of("pi_1", "amount"))
		}
	}
}

func TestAKeptCardIsPaidWithLater(t *testing.T) {
	base, spec := mock(t)
	_, server := newStandIn(t, base, spec)
	g := open(t, server.Listener.Addr().String())
	for _, c := range []struct {
		name, method string
		want         payment.Status
	}{{"kept", "pm_card", payment.StatusAuthorized}, {"refused", "pm_poor", payment.StatusDeclined}, {"asked for proof", "pm_3ds", payment.StatusActionRequired}} {
		wish := payment.SaveRequest{Reference: "sav_" + c.method, Customer: "cus_ours", Instrument: c.method, ReturnURL: "http://127.0.0.1/back"}
		first, err := g.Save(t.Context(), wish)
		again, err2 := g.Save(t.Context(), wish)
		if err != nil || err2 != nil || first.Status != c.want || again != first || (first.Instrument != "") != (c.want == payment.StatusAuthorized) {
			t.Errorf("%s: %+v, %v; again %+v, %v", c.name, first, err, again, err2)
		}
		if first.Instrument == "" {
			continue
		}
		if r, err := g.Authorize(t.Context(), known("att_kept", first.Instrument, time.Now()).Request); err != nil || r.Status != payment.StatusAuthorized {
			t.Errorf("paying with what was kept: %+v, %v", r, err)
		}
	}
}

func TestAnOldNoticeIsNotBelieved(t *testing.T) {
	g := open(t, "127.0.0.1:1")
	header, body := signed(`{"id":"evt_1","object":"event","data":{"object":{"metadata":{"reference":"att_1"}}}}`, time.Now().Add(-6*time.Minute))
	if n, err := g.VerifyWebhook(header, body); !errors.Is(err, payment.ErrNotice) {
		t.Errorf("%+v, %v", n, err)
	}
	header, body = signed(`{"id":"evt_1","object":"event","type":"payout.paid","data":{"object":{"id":"po_1"}}}`, time.Now())
	if n, err := g.VerifyWebhook(header, body); err != nil || n.Reference != "" || n.Kind != "payout.paid" {
		t.Errorf("a genuine notice about something else: %+v, %v", n, err)
	}
}

// Stripe documents its scheme (HMAC-SHA-256 of "TIME.BODY" under the endpoint's
// secret) and publishes no fixed example: this one was computed by
// openssl dgst -sha256 -hmac SECRET, so that neither our signing in tests nor
// Stripe's library vouches for itself. Its time is far ahead, for only age is
// refused.
func TestASignatureThatOpensslComputedIsStripesOwn(t *testing.T) {
	const (
		body = `{"id":"evt_fixed","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","metadata":{"reference":"att_1"}}}}`
		mac  = "4d1fc65c34521f20981158ad9ca6dde28e5ee771d5eb90ef1c8c69132ec9227d"
	)
	g, err := stripe.Open(&url.URL{Scheme: "stripe", Host: "127.0.0.1:1", User: url.UserPassword("acct_1", "sk"), RawQuery: "webhook=" + secretOfHooks})
	if err != nil {
		t.Fatal(err)
	}
	n, err := g.VerifyWebhook(http.Header{"Stripe-Signature": {"t=4102444800,v1=" + mac}}, []byte(body))
	if err != nil || n.ID != "evt_fixed" || n.Reference != "att_1" || n.Kind != "payment_intent.succeeded" {
		t.Errorf("%+v, %v", n, err)
	}
	for name, x := range map[string]struct{ header, body string }{
		"another time":   {"t=4102444801,v1=" + mac, body},
		"another body":   {"t=4102444800,v1=" + mac, body + " "},
		"another scheme": {"t=4102444800,v0=" + mac, body},
		"half of it":     {"t=4102444800,v1=" + mac[:32], body},
	} {
		if n, err := g.VerifyWebhook(http.Header{"Stripe-Signature": {x.header}}, []byte(x.body)); !errors.Is(err, payment.ErrNotice) {
			t.Errorf("%s is believed: %+v, %v", name, n, err)
		}
	}
}

// Whatever is sent to the callback, nothing unsigned is believed, and what is
// signed does not break the reader.
func FuzzNotice(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","object":"event","data":{"object":{"metadata":{"reference":"att_1"}}}}`), true)
	f.Add([]byte(`{"id":"evt_1","object":"event","data":{"object":[]}}`), true)
	f.Add([]byte(`{"data":null}`), false)
	f.Add([]byte(`{"id":1}`), true)
	g, err := stripe.Open(&url.URL{Scheme: "stripe", Host: "127.0.0.1:1", User: url.UserPassword("acct_1", "sk"), RawQuery: "webhook=" + secretOfHooks})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, sign bool) {
		header, _ := signed(string(body), time.Now())
		if !sign {
			header = http.Header{"Stripe-Signature": {"t=1,v1=00"}}
		}
		n, err := g.VerifyWebhook(header, body)
		if err != nil && !errors.Is(err, payment.ErrNotice) || err == nil && (!sign || n.ID == "") {
			t.Errorf("%q: %+v, %v", body, n, err)
		}
	})
}

package paypal_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/paypal"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

const clientSecret = "client_supersecret"

func open(t testing.TB, base string) *paypal.Gateway {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Scheme, u.User, u.RawQuery = "paypal", url.UserPassword("client", clientSecret), "merchant=MERCHANT23456&webhook=WH-1"
	g, err := paypal.Open(u)
	if err != nil {
		t.Fatal(err)
	}
	client, ok := g.(*paypal.Gateway)
	if !ok {
		t.Fatalf("%T", g)
	}
	return client
}

func TestPayPalIsAGateway(t *testing.T) { exercise(t, "paypal", "EUR") }

func TestVenmoIsPaidThroughPayPal(t *testing.T) {
	exercise(t, "venmo", "USD")
	g := open(t, newStandIn(t, nil).base)
	r, err := g.Authorize(t.Context(), payment.Request{Reference: "att_1", Kind: "venmo", Amount: money.Of(1_00, "EUR")})
	if err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineUnsupported {
		t.Errorf("Venmo in euros: %+v, %v", r, err)
	}
}

// exercise runs the suite; every request is held against PayPal's documents.
func exercise(t *testing.T, kind string, c money.Currency) {
	t.Helper()
	documents := specs(t)
	gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
		s := newStandIn(t, documents)
		g := open(t, s.base)
		return gatewaytest.Bench{Gateway: g, Gone: open(t, "http://127.0.0.1:1"), Kind: kind, Amount: money.Of(119_00, c), At: time.Now(),
			Approve: "paypal", Challenge: "paypal", Decline: "paypal", DeclineAmount: money.Of(66_60, c),
			Act: func(_ *testing.T, r payment.Result) { s.shopper(r.GatewayID) }, Break: func(*testing.T) { s.lose = true },
			Secrets: []string{clientSecret, s.token},
			Notice: func(t *testing.T, reference string) (http.Header, []byte) {
				body := []byte(fmt.Sprintf(`{"id":"WH-E1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"custom_id":%q}}`, reference))
				header := signed(t, s, body, time.Now())
				if _, err := g.VerifyWebhook(header, body); !errors.Is(err, payment.ErrNotice) {
					t.Errorf("believed before its certificate was there: %v", err)
				}
				if _, err := g.LookupKnown(t.Context(), known("att_2")); err != nil {
					t.Fatal(err)
				}
				return header, body
			}}
	})
}

var keyOnce = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// signed is the header of a notice as PayPal sends it, with the stand-in's
// certificate.
func signed(t testing.TB, s *standIn, body []byte, at time.Time) http.Header {
	t.Helper()
	key, err := keyOnce()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "messageverificationcerts.paypal.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.mu.Unlock()
	when := at.UTC().Format(time.RFC3339)
	sum := sha256.Sum256([]byte(fmt.Sprintf("tx-1|%s|WH-1|%d", when, crc32.ChecksumIEEE(body))))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("PAYPAL-TRANSMISSION-ID", "tx-1")
	h.Set("PAYPAL-TRANSMISSION-TIME", when)
	h.Set("PAYPAL-TRANSMISSION-SIG", base64.StdEncoding.EncodeToString(signature))
	h.Set("PAYPAL-AUTH-ALGO", "SHA256withRSA")
	h.Set("PAYPAL-CERT-URL", s.base+"/v1/notifications/certs/CERT-360caa42-fca2a594-ecac23e1")
	return h
}

func known(reference string) payment.Known {
	return payment.Known{State: payment.StateAction, At: time.Now(), Request: payment.Request{Reference: reference, Kind: "paypal",
		Amount: money.Of(50_00, "EUR"), ReturnURL: "http://127.0.0.1/back"}}
}

func agreed(t *testing.T, s *standIn, g *paypal.Gateway) payment.Known {
	t.Helper()
	k := known("att_1")
	r, err := g.Authorize(t.Context(), k.Request)
	if err != nil || r.Status != payment.StatusActionRequired {
		t.Fatalf("%+v, %v", r, err)
	}
	k.GatewayID = r.GatewayID
	s.shopper(r.GatewayID)
	return k
}

func TestAnAttemptThatHasEndedIsNotCompleted(t *testing.T) {
	s := newStandIn(t, nil)
	g := open(t, s.base)
	k := agreed(t, s, g)
	k.State = payment.StateAbandoned
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status == payment.StatusAuthorized || r.Captured.Minor != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := g.VoidKnown(t.Context(), k); err != nil || r.Status != payment.StatusVoided {
		t.Errorf("void: %+v, %v", r, err)
	}
	if s.moved != 0 {
		t.Errorf("money moved %d times for an attempt that had ended", s.moved)
	}
}

func TestSilenceWhileCompletingIsFoundOutLater(t *testing.T) {
	s := newStandIn(t, nil)
	g := open(t, s.base)
	k := agreed(t, s, g)
	s.lose = true
	if r, err := g.LookupKnown(t.Context(), k); !payment.IsSilence(err) {
		t.Errorf("%+v, %v; want silence", r, err)
	}
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusAuthorized {
		t.Errorf("%+v, %v", r, err)
	}
	if s.moved != 1 {
		t.Errorf("completed %d times", s.moved)
	}
}

func TestAnOrderWhoseNameWasLostIsFoundUnderItsKey(t *testing.T) {
	s := newStandIn(t, nil)
	g := open(t, s.base)
	k := known("att_1")
	s.lose = true
	if _, err := g.Authorize(t.Context(), k.Request); err == nil || payment.IsSilence(err) {
		t.Errorf("%v, want a failure that is known to have moved nothing", err)
	}
	r, err := g.LookupKnown(t.Context(), k)
	if err != nil || r.Status != payment.StatusActionRequired || len(s.orders) != 1 || s.orders[r.GatewayID] == nil {
		t.Errorf("%+v, %v; %d orders", r, err, len(s.orders))
	}
	g.Now = func() time.Time { return time.Now().Add(7 * time.Hour) }
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusNone || len(s.orders) != 1 {
		t.Errorf("after the window: %+v, %v; %d orders", r, err, len(s.orders))
	}
}

func TestARefundReachesOverSeveralCapturesAndIsMadeOnce(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	k := agreed(t, s, g)
	if r, err := g.LookupKnown(t.Context(), k); err != nil || r.Status != payment.StatusAuthorized {
		t.Fatalf("%+v, %v", r, err)
	}
	for key, minor := range map[string]int64{"mov_1": 30_00, "mov_2": 20_00} {
		if _, err := g.Capture(t.Context(), payment.Change{Reference: "att_1", Key: key, Amount: money.Of(minor, "EUR"), Known: k}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		r, err := g.Refund(t.Context(), payment.Change{Reference: "att_1", Key: "mov_3", Amount: money.Of(45_00, "EUR"), Known: k})
		if err != nil || r.Refunded != money.Of(45_00, "EUR") {
			t.Errorf("%+v, %v", r, err)
		}
		clear(s.keys) // PayPal forgets; the invoice numbers do not
	}
	if r, err := g.Refund(t.Context(), payment.Change{Reference: "att_1", Key: "mov_4", Amount: money.Of(5_01, "EUR"), Known: k}); err != nil || r.Status != payment.StatusDeclined || r.Refunded != money.Of(45_00, "EUR") {
		t.Errorf("a cent too much: %+v, %v", r, err)
	}
}

func TestATokenIsFetchedOnceAndAgainWhenRevoked(t *testing.T) {
	s := newStandIn(t, nil)
	g := open(t, s.base)
	for i := range 3 {
		if _, err := g.Authorize(t.Context(), known(fmt.Sprint("att_", i)).Request); err != nil {
			t.Fatal(err)
		}
	}
	if s.tokens != 1 {
		t.Errorf("%d tokens for 3 calls", s.tokens)
	}
	s.token = "tok_new"
	if _, err := g.Authorize(t.Context(), known("att_9").Request); err != nil || s.tokens != 2 {
		t.Errorf("%v, %d tokens", err, s.tokens)
	}
}

func TestForintsHaveNoFractionsAtPayPal(t *testing.T) {
	s := newStandIn(t, nil)
	g := open(t, s.base)
	for _, c := range []struct {
		amount money.Amount
		want   string
	}{{money.Of(4_990_00, "HUF"), "4990"}, {money.Of(1_050, "JPY"), "1050"}, {money.Of(10_50, "USD"), "10.50"}, {money.Of(10_50, "HUF"), ""}, {money.Of(10_500, "KWD"), ""}} {
		k := known("att_" + string(c.amount.Currency) + c.want)
		k.Amount = c.amount
		r, err := g.Authorize(t.Context(), k.Request)
		if c.want == "" {
			if err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineUnsupported {
				t.Errorf("%v: %+v, %v", c.amount, r, err)
			}
			continue
		}
		amount, _ := unitOf(s.orders[r.GatewayID])["amount"].(object)
		if err != nil || r.Amount != c.amount || amount["value"] != c.want {
			t.Errorf("%v: %+v, %v; PayPal was told %v", c.amount, r, err, amount)
		}
	}
}

func TestANoticeFromElsewhereIsNotBelieved(t *testing.T) {
	s := newStandIn(t, nil)
	body := []byte(`{"id":"WH-E1","resource":{"custom_id":"att_1"}}`)
	for name, spoil := range map[string]func(http.Header){
		"a certificate elsewhere": func(h http.Header) { h.Set("Paypal-Cert-Url", "https://evil.example/v1/notifications/certs/CERT-1") },
		"a host that only looks right": func(h http.Header) {
			h.Set("Paypal-Cert-Url", "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1")
		},
		"a path that climbs": func(h http.Header) { h.Set("Paypal-Cert-Url", s.base+"/v1/notifications/certs/../../oauth2/token") },
		"another algorithm":  func(h http.Header) { h.Set("Paypal-Auth-Algo", "none") },
		"another time": func(h http.Header) {
			h.Set("Paypal-Transmission-Time", time.Now().Add(-5*24*time.Hour).Format(time.RFC3339))
		},
	} {
		g := open(t, s.base)
		header := signed(t, s, body, time.Now())
		spoil(header)
		for range 2 {
			if n, err := g.VerifyWebhook(header, body); !errors.Is(err, payment.ErrNotice) {
				t.Errorf("%s: %+v, %v", name, n, err)
			}
			if _, err := g.LookupKnown(t.Context(), known("att_1")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Whatever is sent to the callback, only a body that PayPal signed is believed,
// and that does not break the reader.
func FuzzNotice(f *testing.F) {
	f.Add([]byte(`{"id":"WH-E1","resource":{"custom_id":"att_1"}}`), "https://api.paypal.com/v1/notifications/certs/CERT-1", true)
	f.Add([]byte(`{"id":"WH-E1","resource":{"purchase_units":[{"custom_id":"att_1"}]}}`), "%", true)
	f.Add([]byte(`[]`), "", false)
	f.Fuzz(func(t *testing.T, body []byte, address string, genuine bool) {
		s := newStandIn(t, nil)
		g := open(t, s.base)
		header := signed(t, s, body, time.Now())
		if !genuine {
			header.Set("Paypal-Cert-Url", address)
		}
		if _, err := g.VerifyWebhook(header, body); !errors.Is(err, payment.ErrNotice) {
			t.Fatalf("believed without a certificate: %v", err)
		}
		if genuine {
			if _, err := g.LookupKnown(t.Context(), known("att_1")); err != nil {
				t.Fatal(err)
			}
		}
		n, err := g.VerifyWebhook(header, body)
		if err != nil && !errors.Is(err, payment.ErrNotice) || err == nil && (!genuine || n.ID == "") {
			t.Errorf("%q: %+v, %v", body, n, err)
		}
	})
}

package terminal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/device"
	"korzo/purchase/payment/gateway/terminal"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

const key = "pairing_supersecret"

func open(t *testing.T, host string) payment.Attended {
	t.Helper()
	g, err := terminal.Open(&url.URL{Scheme: "terminal", Host: host, User: url.UserPassword("T1", key)})
	if err != nil {
		t.Fatal(err)
	}
	attended, ok := g.(payment.Attended)
	if !ok {
		t.Fatal("a terminal cannot be answered")
	}
	return attended
}

// on switches a device on, with wires between it and the till.
func on(t *testing.T, wires func(http.Handler) http.Handler) (*device.Device, payment.Attended) {
	t.Helper()
	d := device.New(device.Config{Key: key, Pace: 60 * time.Millisecond, Silence: 5 * time.Second})
	server := httptest.NewServer(wires(d.Handler()))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return d, open(t, server.Listener.Addr().String())
}

func good(h http.Handler) http.Handler { return h }

func request(instrument string) payment.Request {
	return payment.Request{Reference: "att_1", Amount: money.Of(50_00, "EUR"), Kind: "terminal", Instrument: "terminal:" + instrument}
}

func TestATerminalIsAGateway(t *testing.T) {
	gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
		d, g := on(t, good)
		return gatewaytest.Bench{Gateway: g, Gone: open(t, "127.0.0.1:1"), Kind: "terminal", Amount: money.Of(119_00, "EUR"), At: time.Now(),
			Approve: "terminal:tap", Decline: "terminal:refused", Silent: "terminal:lost_after", Never: "terminal:lost_before",
			Late: "terminal:slow", Challenge: "terminal:signature", Break: func(*testing.T) { d.Lose() }, Secrets: []string{key}}
	})
}

func TestALostAnswerIsAskedForWhileTheCustomerStandsThere(t *testing.T) {
	for _, instrument := range []string{device.Garbled, device.Tap} {
		var sales atomic.Int32
		_, g := on(t, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				first := r.URL.Path == "/v1/sales" && sales.Add(1) == 1
				if first && instrument == device.Tap {
					panic(http.ErrAbortHandler) // before the device hears it
				}
				h.ServeHTTP(w, r)
			})
		})
		r, err := g.Authorize(t.Context(), request(instrument))
		if err != nil || r.Status != payment.StatusAuthorized || r.GatewayID != "T1-1" {
			t.Errorf("%s: %+v, %v", instrument, r, err)
		}
		if want := map[string]int32{device.Garbled: 1, device.Tap: 2}[instrument]; sales.Load() != want {
			t.Errorf("%s: begun %d times, want %d", instrument, sales.Load(), want)
		}
	}
}

func TestASignatureIsTheCashiersToJudge(t *testing.T) {
	for yes, want := range map[bool]payment.Status{true: payment.StatusAuthorized, false: payment.StatusDeclined} {
		_, g := on(t, good)
		r, err := g.Authorize(t.Context(), request(device.Signature))
		if err != nil || r.Status != payment.StatusActionRequired || r.Prompt != "signature" {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err := g.Answer(t.Context(), "att_1", "enter_pin", true); err != nil || r.Status != payment.StatusActionRequired {
			t.Errorf("an answer to another question: %+v, %v", r, err)
		}
		for _, answer := range []bool{yes, !yes} {
			if r, err := g.Answer(t.Context(), "att_1", "signature", answer); err != nil || r.Status != want || r.Prompt != "" {
				t.Errorf("%v, then %v: %+v, %v", yes, answer, r, err)
			}
		}
	}
}

func TestAPINIsWaitedFor(t *testing.T) {
	for instrument, want := range map[string]payment.Status{device.PIN: payment.StatusAuthorized, device.WrongPIN: payment.StatusDeclined} {
		_, g := on(t, good)
		r, err := g.Authorize(t.Context(), request(instrument))
		if err != nil || r.Status != payment.StatusPending || r.Prompt != "enter_pin" {
			t.Fatalf("%s: %+v, %v", instrument, r, err)
		}
		for range 100 {
			if r, err = g.Lookup(t.Context(), "att_1"); err != nil || r.Status != payment.StatusPending {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err != nil || r.Status != want || r.Prompt != "" {
			t.Errorf("%s: %+v, %v", instrument, r, err)
		}
	}
}

func TestAPartIsTakenOnlyWhereItIsWelcome(t *testing.T) {
	_, g := on(t, good)
	r, err := g.Authorize(t.Context(), request(device.Poor))
	if err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclinePartial || r.Captured.Minor != 0 {
		t.Errorf("not welcome: %+v, %v", r, err)
	}
	part := request(device.Poor)
	part.Reference, part.Partial, part.Capture = "att_2", true, true
	r, err = g.Authorize(t.Context(), part)
	if err != nil || r.Status != payment.StatusCaptured || r.Amount != money.Of(30_00, "EUR") || r.Captured != r.Amount {
		t.Errorf("welcome: %+v, %v", r, err)
	}
}

func TestOneCustomerAtATime(t *testing.T) {
	_, g := on(t, good)
	if _, err := g.Authorize(t.Context(), request(device.Signature)); err != nil {
		t.Fatal(err)
	}
	second := request(device.Tap)
	second.Reference = "att_2"
	r, err := g.Authorize(t.Context(), second)
	if err == nil || payment.IsSilence(err) {
		t.Errorf("%+v, %v; want a known failure", r, err)
	}
	if r, err := g.Void(t.Context(), "att_1"); err != nil || r.Status != payment.StatusVoided {
		t.Errorf("the first gives up: %+v, %v", r, err)
	}
	if r, err := g.Authorize(t.Context(), second); err != nil || r.Status != payment.StatusAuthorized {
		t.Errorf("the second: %+v, %v", r, err)
	}
}

func TestATillThatIsNotPairedIsToldNothing(t *testing.T) {
	d := device.New(device.Config{Key: "another"})
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	g := open(t, server.Listener.Addr().String())
	if r, err := g.Authorize(t.Context(), request(device.Tap)); err == nil || payment.IsSilence(err) || r.Reference != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

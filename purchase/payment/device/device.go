// Package device is a card terminal that is none: the machine behind the
// terminal gateway, for the demo and for tests.
//
// It serves one customer at a time, over HTTP on the shop's own network, whose
// line may break at any moment. What the customer presents is named by the
// instrument: a tap, a card with a PIN, one that wants a signature, one with
// too little on it.
//
// The one idea: a sale is known by the till's reference. Whoever sends it again
// is told how that sale stands, so a till that lost the line asks again and
// nobody pays twice. A reference that was voided before it arrived is refused
// for good. The device remembers its last sales, as real ones do until the
// batch is closed.
//
// Never true: real money; a card number; a second sale begun while a customer
// stands at the first.
package device

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a customer presents, after the prefix "terminal:". Any other is declined;
// nothing is a card that is held to it after a while.
const (
	Tap        = "tap"         // authorised at once
	PIN        = "pin"         // authorised after the PIN
	WrongPIN   = "wrong_pin"   // declined after it
	Signature  = "signature"   // the cashier is asked whether it is theirs
	Slow       = "slow"        // presents the card after a while
	Poor       = "poor"        // has six tenths of what is asked for
	Refused    = "refused"     // the issuer says no
	LostAfter  = "lost_after"  // authorised, and the line breaks
	LostBefore = "lost_before" // the line breaks before the device hears it
	Garbled    = "garbled"     // authorised, and half of the answer arrives
)

// Presented is what a cashier of a simulated terminal may say that a customer
// presents.
var Presented = []string{Tap, PIN, Signature, Poor, Refused}

// remembered bounds how many sales a device knows.
const remembered = 4096

// Config shapes a device. The zero Config is a demo's.
type Config struct {
	ID      string        // of the device; "T1" when empty
	Key     string        // that tills are paired with
	Pace    time.Duration // how long customers take; 2 s when zero
	Silence time.Duration // how long a broken line hangs; 30 s when zero
}

// Sale is a reference in the device's memory. Amounts are minor units of
// Currency; Amount is what was approved.
type Sale struct {
	Reference   string `json:"reference"`
	ID          string `json:"id"`
	Device      string `json:"device"`
	State       string `json:"state"` // waiting, authorized, captured, declined, voided
	Prompt      string `json:"prompt,omitempty"`
	Currency    string `json:"currency"`
	Amount      int64  `json:"amount"`
	Captured    int64  `json:"captured"`
	Refunded    int64  `json:"refunded"`
	DeclineCode string `json:"decline_code,omitempty"`

	capture bool
	keys    map[string]bool
}

// Order is what a till asks for.
type Order struct {
	Reference  string `json:"reference"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Instrument string `json:"instrument"` // what the customer will present
	Capture    bool   `json:"capture"`
	Partial    bool   `json:"partial"` // less is welcome too
}

// Change captures or refunds part of a sale, once per key.
type Change struct {
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
}

// Reply answers a prompt of the device.
type Reply struct {
	Prompt string `json:"prompt"`
	Yes    bool   `json:"yes"`
}

// Device is a terminal that is switched on.
type Device struct {
	config Config

	mu    sync.Mutex
	n     int
	sales map[string]*Sale
	order []string // of references, oldest first
	lose  bool
}

// New switches a device on.
func New(c Config) *Device {
	if c.ID == "" {
		c.ID = "T1"
	}
	if c.Pace == 0 {
		c.Pace = 2 * time.Second
	}
	if c.Silence == 0 {
		c.Silence = 30 * time.Second
	}
	return &Device{config: c, sales: map[string]*Sale{}}
}

// Lose lets the device do what it is asked next, and break the line.
func (d *Device) Lose() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = true
}

// Handler is what tills on the network see.
func (d *Device) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/sales", d.serveSale)
	mux.HandleFunc("GET /v1/sales/{reference}", func(w http.ResponseWriter, r *http.Request) {
		d.serve(w, r, nil, func(s *Sale) int { return found(s) })
	})
	mux.HandleFunc("POST /v1/sales/{reference}/capture", func(w http.ResponseWriter, r *http.Request) {
		var in Change
		d.serve(w, r, &in, func(s *Sale) int { return s.take(in) })
	})
	mux.HandleFunc("POST /v1/sales/{reference}/refund", func(w http.ResponseWriter, r *http.Request) {
		var in Change
		d.serve(w, r, &in, func(s *Sale) int { return s.give(in) })
	})
	mux.HandleFunc("POST /v1/sales/{reference}/answer", func(w http.ResponseWriter, r *http.Request) {
		var in Reply
		d.serve(w, r, &in, func(s *Sale) int { return s.answer(in) })
	})
	mux.HandleFunc("POST /v1/sales/{reference}/void", d.serveVoid)
	return http.MaxBytesHandler(d.paired(mux), 1<<14)
}

// paired lets in tills that know the key.
func (d *Device) paired(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, key, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(key), []byte(d.config.Key)) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *Device) serveSale(w http.ResponseWriter, r *http.Request) {
	var o Order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Reference == "" || o.Amount <= 0 || o.Currency == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	name := strings.TrimPrefix(o.Instrument, "terminal:")
	if name == LostBefore && !d.knows(o.Reference) {
		d.hang(r.Context())
	}
	s, status := d.begin(o, name)
	switch {
	case name == LostAfter:
		d.hang(r.Context())
	case name == Garbled && status == http.StatusOK:
		_, _ = w.Write([]byte(`{"reference":"`))
		return
	}
	d.write(w, s, status)
}

func (d *Device) knows(reference string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sales[reference] != nil
}

// begin starts a sale, or tells how it stands.
func (d *Device) begin(o Order, name string) (Sale, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.sales[o.Reference]; ok {
		if s.State != "voided" && s.Currency != o.Currency {
			return Sale{}, http.StatusConflict
		}
		return *s, http.StatusOK
	}
	for _, s := range d.sales {
		if s.State == "waiting" {
			return Sale{}, http.StatusLocked // a customer stands here
		}
	}
	s := d.remember(&Sale{Reference: o.Reference, Currency: o.Currency, Amount: o.Amount, State: "waiting", Prompt: "present_card", capture: o.Capture})
	d.present(s, o, name)
	return *s, http.StatusOK
}

// remember gives a sale its number and forgets the oldest when there are too many.
func (d *Device) remember(s *Sale) *Sale {
	d.n++
	s.ID, s.Device, s.keys = d.config.ID+"-"+strconv.Itoa(d.n), d.config.ID, map[string]bool{}
	d.sales[s.Reference] = s
	d.order = append(d.order, s.Reference)
	if len(d.order) > remembered {
		delete(d.sales, d.order[0])
		d.order = d.order[1:]
	}
	return s
}

// present is what the customer does.
func (d *Device) present(s *Sale, o Order, name string) {
	switch name {
	case Tap, LostAfter, LostBefore, Garbled:
		s.approve()
	case Poor:
		s.Amount = o.Amount * 6 / 10
		if s.approve(); !o.Partial {
			s.refuse("partial_approval")
		}
	case Signature:
		s.Prompt = "signature"
	case Slow, "":
		d.later(s, (*Sale).approve)
	case PIN:
		s.Prompt = "enter_pin"
		d.later(s, (*Sale).approve)
	case WrongPIN:
		s.Prompt = "enter_pin"
		d.later(s, func(s *Sale) { s.refuse("incorrect_code") })
	default:
		s.refuse("card_declined")
	}
}

// later does what a customer does after a while, unless the sale has ended.
func (d *Device) later(s *Sale, do func(*Sale)) {
	time.AfterFunc(d.config.Pace, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if s.State == "waiting" {
			do(s)
		}
	})
}

func (s *Sale) approve() {
	s.State, s.Prompt = "authorized", ""
	if s.capture {
		s.State, s.Captured = "captured", s.Amount
	}
}

func (s *Sale) refuse(code string) {
	s.State, s.Prompt, s.DeclineCode, s.Captured = "declined", "", code, 0
}

func found(s *Sale) int {
	if s == nil {
		return http.StatusNotFound
	}
	return http.StatusOK
}

func (s *Sale) take(c Change) int {
	switch {
	case s == nil:
		return http.StatusNotFound
	case s.keys[c.Key]:
		return http.StatusOK
	case s.State != "authorized" && s.State != "captured" || c.Key == "" || c.Amount <= 0 || c.Amount > s.Amount-s.Captured:
		return http.StatusUnprocessableEntity
	}
	s.keys[c.Key], s.State, s.Captured = true, "captured", s.Captured+c.Amount
	return http.StatusOK
}

func (s *Sale) give(c Change) int {
	switch {
	case s == nil:
		return http.StatusNotFound
	case s.keys[c.Key]:
		return http.StatusOK
	case s.State != "captured" || c.Key == "" || c.Amount <= 0 || c.Amount > s.Captured-s.Refunded:
		return http.StatusUnprocessableEntity
	}
	s.keys[c.Key], s.Refunded = true, s.Refunded+c.Amount
	return http.StatusOK
}

// answer is the cashier's, to what the device asks now. A prompt that has
// passed is not answered again.
func (s *Sale) answer(r Reply) int {
	switch {
	case s == nil:
		return http.StatusNotFound
	case s.State != "waiting" || s.Prompt != "signature" || r.Prompt != s.Prompt:
		return http.StatusOK
	case r.Yes:
		s.approve()
	default:
		s.refuse("authentication_failed")
	}
	return http.StatusOK
}

// serve reads what is asked about a sale, does it and tells how it stands.
func (d *Device) serve(w http.ResponseWriter, r *http.Request, in any, do func(*Sale) int) {
	if in != nil && json.NewDecoder(r.Body).Decode(in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	s := d.sales[r.PathValue("reference")]
	status := do(s)
	var copied Sale
	if s != nil {
		copied = *s
	}
	lose := d.lose && r.Method == http.MethodPost
	if lose {
		d.lose = false
	}
	d.mu.Unlock()
	if lose {
		panic(http.ErrAbortHandler)
	}
	d.write(w, copied, status)
}

// serveVoid ends a sale that is not taken, or forbids its reference.
func (d *Device) serveVoid(w http.ResponseWriter, r *http.Request) {
	reference := r.PathValue("reference")
	d.mu.Lock()
	s, ok := d.sales[reference]
	if !ok {
		s = d.remember(&Sale{Reference: reference, State: "voided"})
	}
	if s.State == "waiting" || s.State == "authorized" {
		s.State, s.Prompt = "voided", ""
	}
	copied := *s
	d.mu.Unlock()
	d.write(w, copied, http.StatusOK)
}

func (d *Device) write(w http.ResponseWriter, s Sale, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(s) // a line that breaks here is the till's to notice
}

// hang is a line that is broken: no answer, and after a while not even a line.
func (d *Device) hang(ctx context.Context) {
	timer := time.NewTimer(d.config.Silence)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	panic(http.ErrAbortHandler)
}

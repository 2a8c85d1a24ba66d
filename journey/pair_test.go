package journey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

// scripted is a gateway that keeps its own book and does what the instrument
// says: "pair:approved:declined" is approved at the gateway a and declined at b.
type scripted struct {
	name  string
	place int // of its outcome in the instrument

	mu    sync.Mutex
	book  map[string]*payment.Result
	keys  map[string]payment.Result
	asked []string // instruments, in order
}

var errDown = errors.New("nobody is there")

// pair are the two gateways of this test binary's shops.
var pair = [2]*scripted{newScripted("a", 1), newScripted("b", 2)}

// openPair makes the two gateways known by their addresses.
func openPair() {
	for _, g := range pair {
		gateway.All["pair-"+g.name] = func(*url.URL) (payment.Gateway, error) { return g, nil }
	}
}

func newScripted(name string, place int) *scripted {
	return &scripted{name: name, place: place, book: map[string]*payment.Result{}, keys: map[string]payment.Result{}}
}

func (g *scripted) Name() string { return g.name }

func (g *scripted) Traits() payment.Traits {
	return payment.Traits{KeyWindow: time.Hour, Timeout: time.Second, Kinds: []string{"card"}, Parts: true, Proofs: true}
}

// answers are what an outcome writes into the book.
var answers = map[string]payment.Result{
	"approved":     {Status: payment.StatusAuthorized},
	"silent_after": {Status: payment.StatusAuthorized},
	"declined":     {Status: payment.StatusDeclined, DeclineCode: payment.DeclineCard},
	"poor":         {Status: payment.StatusDeclined, DeclineCode: payment.DeclineFunds},
	"fraud":        {Status: payment.StatusDeclined, DeclineCode: payment.DeclineFraud},
	"step_up":      {Status: payment.StatusDeclined, DeclineCode: payment.DeclineStepUp},
	"proven":       {Status: payment.StatusDeclined, DeclineCode: payment.DeclineRetry, Proof: proof}, // the shopper proved who they are, then the bank failed
}

// proof is what the shopper of "proven" gave.
var proof = payment.Authentication{Version: "2.2.0", Status: "Y", ECI: "05", Cryptogram: "BwABBJQ1AgAAAAAgJDUCAAAAAAA=", Transaction: "c4e59ceb-a382-4d6a-bc87-385d591fa09d"}

func (g *scripted) Authorize(_ context.Context, r payment.Request) (payment.Result, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	outcome := append(strings.Split(r.Instrument, ":"), "", "")[g.place]
	g.asked = append(g.asked, r.Instrument)
	switch outcome {
	case "unreachable":
		return payment.Result{}, errDown
	case "silent_before":
		return payment.Result{}, payment.ErrUnknown
	}
	if _, ok := g.book[r.Reference]; !ok {
		g.enter(r, outcome)
	}
	if outcome == "silent_after" {
		return payment.Result{}, payment.ErrUnknown
	}
	return *g.book[r.Reference], nil
}

func (g *scripted) enter(r payment.Request, outcome string) {
	entry := answers[outcome]
	if outcome == "step_up" && (r.Proof.Challenge || r.Proof.Given == proof) {
		entry = answers["approved"]
	}
	entry.Reference, entry.Account, entry.GatewayID, entry.Amount = r.Reference, "pair", "g_"+r.Reference, r.Amount
	entry.Captured, entry.Refunded = money.Of(0, r.Amount.Currency), money.Of(0, r.Amount.Currency)
	if r.Capture && entry.Status == payment.StatusAuthorized {
		entry.Status, entry.Captured = payment.StatusCaptured, r.Amount
	}
	g.book[r.Reference] = &entry
}

func (g *scripted) Capture(_ context.Context, c payment.Change) (payment.Result, error) {
	return g.change(c, func(e *payment.Result) bool {
		if e.Status == payment.StatusVoided || e.Captured.Minor+c.Amount.Minor > e.Amount.Minor {
			return false
		}
		e.Status, e.Captured = payment.StatusCaptured, e.Captured.Plus(c.Amount)
		return true
	})
}

func (g *scripted) Refund(_ context.Context, c payment.Change) (payment.Result, error) {
	return g.change(c, func(e *payment.Result) bool {
		if e.Refunded.Minor+c.Amount.Minor > e.Captured.Minor {
			return false
		}
		e.Refunded = e.Refunded.Plus(c.Amount)
		return true
	})
}

func (g *scripted) change(c payment.Change, do func(*payment.Result) bool) (payment.Result, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if kept, ok := g.keys[c.Key]; ok {
		return kept, nil
	}
	answer := payment.Result{Status: payment.StatusDeclined, Reference: c.Reference, DeclineCode: payment.DeclineAmount}
	if e, ok := g.book[c.Reference]; ok && do(e) {
		answer = *e
	}
	g.keys[c.Key] = answer
	return answer, nil
}

func (g *scripted) Void(_ context.Context, reference string) (payment.Result, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.book[reference]
	if !ok {
		e = &payment.Result{Status: payment.StatusVoided, Reference: reference}
		g.book[reference] = e
	}
	if e.Status == payment.StatusAuthorized {
		e.Status = payment.StatusVoided
	}
	return *e, nil
}

func (g *scripted) Lookup(_ context.Context, reference string) (payment.Result, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.book[reference]; ok {
		return *e, nil
	}
	return payment.Result{Status: payment.StatusNone}, nil
}

func (g *scripted) VerifyWebhook(http.Header, []byte) (payment.Notice, error) {
	return payment.Notice{}, payment.ErrNotice
}

// holds counts the payments with an instrument that the gateway holds or took;
// heard how often it was asked for one.
func (g *scripted) holds(references []string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range references {
		if e, ok := g.book[r]; ok && (e.Status == payment.StatusAuthorized || e.Status == payment.StatusCaptured) {
			n++
		}
	}
	return n
}

func (g *scripted) heard(instrument string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, i := range g.asked {
		if i == instrument {
			n++
		}
	}
	return n
}

func TestTheScriptedGatewayPassesTheSuite(t *testing.T) {
	n := 0
	gatewaytest.Exercise(t, func(*testing.T) gatewaytest.Bench {
		n++
		return gatewaytest.Bench{Gateway: newScripted(fmt.Sprint("suite", n), 1), Kind: "card", Amount: money.Of(100_00, "EUR"),
			Approve: "pair:approved", Decline: "pair:declined", Silent: "pair:silent_after", Never: "pair:silent_before", Soft: "pair:step_up", Proof: proof, At: time.Now()}
	})
}

// outcomes are what a gateway can come to.
var outcomes = []string{"approved", "declined", "poor", "fraud", "step_up", "unreachable", "silent_before", "silent_after"}

// onward are the outcomes after which another gateway is tried; alone those
// that end with the money held.
var (
	onward = []string{"declined", "unreachable", "silent_before"}
	alone  = []string{"approved", "step_up", "silent_after"}
)

// combination is what one pair of outcomes must come to.
type combination struct {
	a, b   string
	charge string // the gateway that holds the money in the end; "" when none does
	asked  [2]int // how often each is asked
}

func combinations() (all []combination) {
	times := func(outcome string) int {
		if outcome == "step_up" {
			return 2 // once more, with proof
		}
		return 1
	}
	for _, a := range outcomes {
		for _, b := range outcomes {
			c := combination{a: a, b: b, asked: [2]int{times(a), 0}}
			switch {
			case slices.Contains(alone, a):
				c.charge = "a"
			case slices.Contains(onward, a):
				c.asked[1] = times(b)
				if slices.Contains(alone, b) {
					c.charge = "b"
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// Whatever two gateways come to, the shopper is charged once or not at all; the
// second hears of it only when the first is known to have failed; and each case
// has a clock and breakers of its own, as nodes have.
func TestAllSixtyFourCombinationsOfTwoGateways(t *testing.T) {
	calm(t)
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return dbtest.SQLiteURL(t, app.Schemas()) },
		"postgres": func(t *testing.T) string { return dbtest.PostgresURL(t, app.Schemas()) },
	} {
		if name == "postgres" && !hasPostgres() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			at := url(t)
			key, admin := apptest.Prepare(t, at)
			d, err := db.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
			var ahead atomic.Int64
			d.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			var cases []*paired
			for _, c := range combinations() {
				cases = append(cases, newPaired(t, d, key, admin, c))
			}
			alongside(cases, (*paired).buy)
			alongside(cases, (*paired).patient)
			for range 4 {
				ahead.Add(int64(10 * time.Second))
				alongside(cases, (*paired).resume)
			}
			for _, p := range cases {
				t.Run(p.a+" then "+p.b, func(t *testing.T) { p.check(t) })
			}
			if sum := number(t, d, `SELECT COUNT(*) FROM exception_problems`); sum != 0 {
				t.Errorf("%d exceptions", sum)
			}
			findings, err := app.Verify(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				for _, wrong := range f.Wrong {
					t.Errorf("%s: %s", f.Part, wrong)
				}
			}
		})
	}
}

// What the shopper proved at the first gateway is shown to the second, which
// would refuse without: nobody is asked twice.
func TestProofGivenAtOneGatewayIsShownToTheNext(t *testing.T) {
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return dbtest.SQLiteURL(t, app.Schemas()) },
		"postgres": func(t *testing.T) string { return dbtest.PostgresURL(t, app.Schemas()) },
	} {
		if name == "postgres" && !hasPostgres() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			at := url(t)
			key, admin := apptest.Prepare(t, at)
			d, err := db.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
			p := newPaired(t, d, key, admin, combination{a: "proven", b: "step_up", charge: "b", asked: [2]int{1, 1}})
			p.buy()
			p.patient()
			p.check(t)
			all := p.attempts(t)
			if len(all) != 2 || all[0].Proof.Given != proof || all[1].Proof != (payment.Proof{Given: proof}) || all[1].Gateway != "b" {
				t.Errorf("%+v", all)
			}
		})
	}
}

func alongside(cases []*paired, do func(*paired)) {
	var running sync.WaitGroup
	for _, p := range cases {
		running.Go(func() { do(p) })
	}
	running.Wait()
}

// paired is one combination in a shop of its own on the common database.
type paired struct {
	combination
	t          *testing.T
	app        *app.App
	admin      string
	instrument string
	buyer      buyer
}

func newPaired(t *testing.T, d *db.DB, key, admin string, c combination) *paired {
	t.Helper()
	keeper, err := seal.Open(slices.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p := &paired{combination: c, t: t, admin: admin, instrument: "pair:" + c.a + ":" + c.b + ":" + t.Name()}
	p.app, err = app.Assemble(t.Context(), d, keeper, app.Config{Data: t.TempDir(), Gateways: []string{"pair-a://", "pair-b://"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.app.Checkout.Wait()
		p.app.Payments.Wait()
		if err := p.app.Search.Close(); err != nil {
			t.Error(err)
		}
	})
	p.buyer.Instrument, p.buyer.plain = p.instrument, true
	p.buyer.call = func(method, path string, body any, header ...string) (apptest.Answer, error) {
		return ask(p.app, key, method, path, body, header...)
	}
	return p
}

func (p *paired) buy() {
	for p.buyer.Next != "settle" {
		if _, err := p.buyer.step(); err != nil {
			p.t.Error(err)
			return
		}
	}
}

// patient looks a moment after the answer: where a is silent, b has not heard.
func (p *paired) patient() {
	p.app.Checkout.Wait()
	p.app.Payments.Wait()
	if n := pair[1].heard(p.instrument); strings.HasPrefix(p.a, "silent") && n != 0 {
		p.t.Errorf("%s then %s: b was asked %d times while a was silent", p.a, p.b, n)
	}
}

// resume is the poller's work on this case's attempts.
func (p *paired) resume() {
	for _, a := range p.attempts(p.t) {
		if _, err := p.app.Payments.Sync(p.t.Context(), a.ID); err != nil {
			p.t.Error(err)
		}
	}
	p.app.Payments.Wait()
}

func (p *paired) attempts(t *testing.T) (all []payment.Attempt) {
	dbtest.Read(t, p.app.DB, func(tx *db.Tx) error {
		placing, err := db.One(t.Context(), tx, scanString, `SELECT placing_id FROM checkout_sessions WHERE id = $1`, p.buyer.Checkout)
		if err != nil {
			return err
		}
		_, all, err = payment.FindOwned(t.Context(), tx, payment.Owner{Kind: "checkout", ID: placing})
		return err
	})
	return all
}

func scanString(row db.Row) (s string, err error) { return s, row.Scan(&s) }

func (p *paired) check(t *testing.T) {
	var references []string
	for _, a := range p.attempts(t) {
		references = append(references, string(a.ID))
		if a.State.Open() {
			t.Errorf("%s at %s is undecided: %s", a.ID, a.Gateway, a.State)
		}
	}
	want := [2]int{}
	status := "ready_for_complete"
	if p.charge != "" {
		want[strings.Index("ab", p.charge)], status = 1, "completed"
	}
	for i, g := range pair {
		if got := g.holds(references); got != want[i] {
			t.Errorf("%s holds the money %d times, want %d", g.name, got, want[i])
		}
		if got := g.heard(p.instrument); got != p.asked[i] {
			t.Errorf("%s was asked %d times, want %d", g.name, got, p.asked[i])
		}
	}
	shown, err := p.buyer.call("GET", "/store/v1/checkouts/"+p.buyer.Checkout, nil)
	if err != nil || shown.Text("status") != status {
		t.Fatalf("%v, %s, want %s", err, shown.Bytes, status)
	}
	if p.charge != "" {
		p.shown(t, shown.Text("order", "id"))
	}
}

// shown is what the admin tells: every attempt, and why it was made.
func (p *paired) shown(t *testing.T, id string) {
	o, err := ask(p.app, p.admin, "GET", "/admin/v1/orders/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	attempts, _ := o.At("payments", 0, "attempts").([]any)
	if len(attempts) != p.asked[0]+p.asked[1] {
		t.Errorf("%d attempts are shown, want %d and %d", len(attempts), p.asked[0], p.asked[1])
	}
	for i := range attempts {
		if o.Text("payments", 0, "attempts", i, "why") == "" {
			t.Errorf("attempt %d does not say why: %s", i, o.Bytes)
		}
	}
	if got := o.Text("payments", 0, "gateway"); got != p.charge {
		t.Errorf("charged at %q, want %q", got, p.charge)
	}
}

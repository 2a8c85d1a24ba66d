package settlement_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gatewaytest/eviltest"
	"korzo/purchase/settlement"
	"korzo/value/money"
)

// evil is a shop whose two gateways are evil, and a simulated clock.
type evil struct {
	*testing.T
	d        *db.DB
	clock    *dbtest.Manual
	gateways map[string]*eviltest.Gateway
	pay      *payment.Payments
	settle   *settlement.Settlements

	mu        sync.Mutex
	purchases []*purchase
	silent    int // answers that were none, which proves that the test bites
	decided   map[payment.AttemptID]bool
	resolved  []time.Duration // how long each attempt was undecided after its call
}

// purchase is something a customer wants to pay once, in up to two tries.
type purchase struct {
	n        int
	amount   money.Amount
	capture  bool
	order    []string // of the gateways
	payment  payment.ID
	attempts []payment.Attempt
	done     bool
	captures int
}

// The gateways' books equal our ledger after at most two reconcile runs,
// whatever goes wrong: nobody is charged twice, and nothing is unexplained for
// more than a simulated day. KORZO_LONG=1 makes it 100,000 payments, another number that many.
func TestTheEvilGateway(t *testing.T) {
	n := 2_000
	if testing.Short() {
		n = 400
	}
	switch long := os.Getenv("KORZO_LONG"); {
	case long == "1":
		n = 100_000
	case long != "":
		n, _ = strconv.Atoi(long)
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		e := newEvil(t, d)
		begun := time.Now()
		e.sell(n)
		e.settleDown()
		runs := e.reconcile()
		e.judge(runs)
		t.Logf("%d payments, %d attempts, %d silences, %d reconcile runs, median undecided %v, longest %v, in %v of real time",
			n, len(e.resolved), e.silent, runs, e.median(), slices.Max(e.resolved), time.Since(begun).Round(time.Second))
		for name, g := range e.gateways {
			t.Logf("%s met %v", name, g.Met())
		}
	})
}

func newEvil(t *testing.T, d *db.DB) *evil {
	t.Helper()
	e := &evil{T: t, d: d, clock: dbtest.Clock(d), gateways: map[string]*eviltest.Gateway{}, decided: map[payment.AttemptID]bool{}}
	var all []payment.Gateway
	for i, name := range []string{"hades", "styx"} {
		g := eviltest.New(name, uint64(i+1), eviltest.Hell(), d.Now, e.deliver)
		e.gateways[name] = g
		all = append(all, g)
	}
	report := func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
	}
	e.pay = payment.New(d, all, map[string]payment.Forward{"test": e.fallBack}, report)
	e.settle = settlement.New(d, e.pay)
	t.Cleanup(e.pay.Wait)
	return e
}

// fallBack tries the other gateway, once, when an attempt is known to have failed.
func (e *evil) fallBack(ctx context.Context, tx *db.Tx, p payment.Payment, a payment.Attempt) error {
	_, attempts, err := payment.Find(ctx, tx, p.ID)
	if err != nil || len(attempts) > 1 || !a.State.Failed() || a.State == payment.StateVoided {
		return err
	}
	other := map[string]string{"hades": "styx", "styx": "hades"}[a.Gateway]
	_, err = e.pay.Again(ctx, tx, a, payment.Anew{Gateway: other})
	return err
}

// deliver is the door that gateways call in through.
func (e *evil) deliver(gateway string, header http.Header, body []byte) {
	n, err := e.gateways[gateway].VerifyWebhook(header, body)
	if err != nil {
		return // forged
	}
	_ = e.pay.Notified(context.Background(), gateway, n) // a failure is resumed
}

// sell has n customers pay, 64 at a time, a second of simulated time apart.
func (e *evil) sell(n int) {
	e.Helper()
	for at := 0; at < n; at += 64 {
		var wg sync.WaitGroup
		for i := at; i < min(at+64, n); i++ {
			p := &purchase{n: i, amount: eur(int64(1_00 + i%9_000)), capture: i%3 == 0, order: []string{"hades", "styx"}}
			if i%2 == 1 {
				slices.Reverse(p.order)
			}
			e.purchases = append(e.purchases, p)
			wg.Go(func() { e.try(p) })
		}
		wg.Wait()
		e.clock.Advance(time.Second)
		e.round(e.purchases[max(0, len(e.purchases)-640):])
	}
}

// try opens a purchase's payment at its first gateway.
func (e *evil) try(p *purchase) {
	var a payment.Attempt
	err := e.d.Write(context.Background(), func(tx *db.Tx) (err error) {
		a, err = e.pay.Open(context.Background(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(p.n)}, Market: "DE",
			Amount: p.amount, Method: "card", Kind: "card", Gateway: p.order[0], Instrument: "tok", Capture: p.capture})
		return err
	})
	if err != nil {
		e.Error(err)
		return
	}
	p.payment = a.Payment
	a, err = e.pay.Pay(context.Background(), a)
	if err != nil {
		e.Error(err)
	}
	if a.State == payment.StateUnknown {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.silent++
	}
}

// round is what the shop does all the time: notices come in, what stands still
// is resumed, what failed for certain is tried at the other gateway, what is
// held is taken, and some of it given back.
func (e *evil) round(some []*purchase) {
	for _, g := range e.gateways {
		g.Tick()
	}
	for range 1000 {
		n, err := e.pay.Resume(context.Background())
		if err != nil && !errors.Is(err, payment.ErrUnknown) && !strings.Contains(err.Error(), "the payment gateway did not answer") {
			e.Errorf("resume: %v", err)
		}
		if n < 64 {
			break
		}
	}
	slots := make(chan struct{}, 32)
	var wg sync.WaitGroup
	for _, p := range some {
		if p.done {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			e.step(p)
		})
	}
	wg.Wait()
}

// step takes one purchase as far as it can be taken now.
func (e *evil) step(p *purchase) {
	ctx := context.Background()
	var pay payment.Payment
	err := e.d.Read(ctx, func(tx *db.Tx) (err error) {
		pay, p.attempts, err = payment.Find(ctx, tx, p.payment)
		return err
	})
	if err != nil {
		e.Error(err)
		return
	}
	open, failed := e.look(p)
	if open {
		return
	}
	by := payment.By{Actor: "test"}
	switch {
	case failed:
		p.done = true
	case p.n%10 == 4 && pay.Captured.Minor == 0 && pay.Moving.Minor == 0:
		_, _ = e.pay.Void(ctx, pay.ID, "void", by) // the customer changed their mind
	case p.n%10 == 5 && p.captures == 0 && pay.Uncaptured().Minor > 1:
		p.captures++
		_, _ = e.pay.Capture(ctx, pay.ID, money.Of(pay.Uncaptured().Minor/2, "EUR"), "part", by)
	case pay.Uncaptured().Minor > 0 && pay.Moving.Minor == 0:
		_ = e.pay.CaptureRest(ctx, pay.ID)
	case pay.Moving.Minor > 0 || pay.Refunding.Minor > 0:
	case p.n%7 == 3 && pay.Refunded.Minor == 0 && pay.Refundable().Minor > 2:
		_, _ = e.pay.Refund(ctx, pay.ID, money.Of(pay.Refundable().Minor/3, "EUR"), "third", by)
	default:
		p.done = true
	}
}

// look notes how long the attempts of a purchase were undecided, and reports
// whether one still is, or all have failed.
func (e *evil) look(p *purchase) (open, failed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	failed = true
	for _, a := range p.attempts {
		open, failed = open || a.State.Open(), failed && a.State.Failed()
		if !e.decided[a.ID] && !a.State.Open() {
			e.decided[a.ID] = true
			e.resolved = append(e.resolved, e.clock.Now().Sub(a.CreatedAt))
		}
	}
	return open, failed
}

// settleDown lets a simulated day and more pass, in growing steps.
func (e *evil) settleDown() {
	e.Helper()
	pause, passed := 2*time.Second, time.Duration(0)
	for passed < 30*time.Hour {
		e.clock.Advance(pause)
		passed += pause
		e.round(e.purchases)
		pause = min(pause*5/4, 20*time.Minute)
		if passed > time.Hour {
			e.person()
		}
	}
}

// person looks at the exceptions: figures that are not ours are given up, which
// gives the money back.
func (e *evil) person() {
	e.Helper()
	ctx := context.Background()
	for after := ""; ; {
		var page []exception.Exception
		err := e.d.Read(ctx, func(tx *db.Tx) (err error) {
			page, err = exception.List(ctx, tx, exception.Filter{Open: true, Kind: payment.TroubleMismatch, After: after})
			return err
		})
		if err != nil {
			e.Fatal(err)
		}
		for _, x := range page {
			after = x.ID
			a, err := e.pay.Abandon(ctx, payment.AttemptID(x.Ref))
			if err != nil || a.State.Open() {
				continue // silent: again later
			}
			dbtest.Write(e.T, e.d, func(tx *db.Tx) error { return exception.Resolve(ctx, tx, x.ID, "stf_ada", "given up, or it was a lie") })
		}
		if len(page) < exception.MaxPage {
			return
		}
	}
}

// reconcile reads both gateways' reports, up to twice, and returns how many
// runs it took until nothing differs.
func (e *evil) reconcile() int {
	e.Helper()
	for run := 1; ; run++ {
		differences := 0
		for name, g := range e.gateways {
			f, _, err := e.settle.Read(e.Context(), settlement.Upload{Source: name, Format: "generic", Name: fmt.Sprint(name, run, ".csv"), Text: bytes.NewReader(g.Report())})
			if err != nil {
				e.Fatal(err)
			}
			r, err := e.settle.Match(e.Context(), f.ID)
			if err != nil {
				e.Fatal(err)
			}
			e.Logf("run %d of %s: %+v", run, name, r)
			for _, n := range r.Differences {
				differences += n
			}
		}
		if differences == 0 || run == 2 {
			if differences > 0 {
				e.Errorf("%d differences after %d runs", differences, run)
			}
			return run
		}
		for range 20 { // what the run found is undone by the poller
			e.clock.Advance(6 * time.Minute)
			e.round(e.purchases)
			e.person()
		}
	}
}

// judge holds every book against every other.
func (e *evil) judge(runs int) {
	e.Helper()
	ctx := context.Background()
	charged := map[payment.AttemptID]int64{} // net or held, by the gateways' books
	for name, g := range e.gateways {
		net, held, again := map[money.Currency]int64{}, map[money.Currency]int64{}, 0
		for _, x := range g.Book() {
			net[x.Amount.Currency] += x.Net().Minor
			held[x.Amount.Currency] += x.Held().Minor
			charged[payment.AttemptID(x.Reference)] = x.Net().Minor + x.Held().Minor
			if x.Charges > 1 {
				again++
			}
		}
		if again > 0 {
			e.Errorf("%s: %d references were charged again after their key was forgotten", name, again)
		}
		for _, c := range []money.Currency{"EUR", "USD"} {
			e.equals(name, c, net[c], held[c])
		}
	}
	undecided := 0
	for _, p := range e.purchases {
		sum, tries := int64(0), 0
		for _, a := range p.attempts {
			if charged[a.ID] != 0 {
				sum, tries = sum+charged[a.ID], tries+1
			}
			if a.State.Open() {
				undecided++
			}
		}
		if tries > 1 || sum > p.amount.Minor {
			e.Errorf("purchase %d of %v: the gateways have %d in %d tries of %s", p.n, p.amount, sum, tries, p.payment)
		}
	}
	dbtest.Read(e.T, e.d, func(tx *db.Tx) error {
		wrong, err := payment.Verify(ctx, tx)
		for _, text := range wrong {
			e.Error(text)
		}
		r, err2 := ledger.Check(ctx, tx)
		for _, text := range r.Problems {
			e.Error(text)
		}
		return errors.Join(err, err2, e.explained(tx))
	})
	if e.silent == 0 {
		e.Error("no gateway was ever silent: the test does not bite")
	}
	if undecided > 0 {
		e.Errorf("%d attempts are undecided after a day", undecided)
	}
}

// equals compares a gateway's book with our ledger: what it has of ours, what
// it kept, and what it holds for our customers.
func (e *evil) equals(name string, c money.Currency, net, held int64) {
	e.Helper()
	balance := func(account string) (n int64) {
		dbtest.Read(e.T, e.d, func(tx *db.Tx) (err error) {
			n, err = ledger.Balance(e.Context(), tx, account+":"+name, string(c))
			return err
		})
		return n
	}
	if got := balance("clearing") + balance("fees"); got != net {
		e.Errorf("%s has %d %s of ours, our ledger says %d", name, net, c, got)
	}
	if got := balance("held"); got != held {
		e.Errorf("%s holds %d %s for our customers, our ledger says %d", name, held, c, got)
	}
	if got := balance("suspense"); got != 0 {
		e.Errorf("%d %s stand on suspense:%s", got, c, name)
	}
}

// explained fails when an exception that is a difference still waits.
func (e *evil) explained(tx *db.Tx) error {
	old := map[string]int{}
	all, err := exception.List(e.Context(), tx, exception.Filter{Open: true})
	for _, x := range all {
		if x.Kind != payment.TroubleLate && x.Kind != payment.TroubleForeign { // what happened and was put right: news, no difference
			old[x.Kind]++
			if old[x.Kind] < 4 {
				e.Errorf("%s of %s waits since %v: %s", x.Kind, x.Ref, tx.Now.Sub(x.FirstAt), x.Text)
			}
		}
	}
	return err
}

func (e *evil) median() time.Duration {
	slices.Sort(e.resolved)
	return e.resolved[len(e.resolved)/2]
}

// TestMain keeps the payments' log, which tells of every fault, out of the
// tests' own.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

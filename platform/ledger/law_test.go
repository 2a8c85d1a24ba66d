package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// The laws of the ledger: whatever is posted, by however many at once, every
// commodity sums to zero, no guarded account falls below its floor, and every
// balance is what the accepted postings make it.
func TestLawsHoldUnderRandomConcurrentPostings(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			w := world{fmt.Sprint("r", round), d}
			w.open(t)
			var postings []ledger.Transaction
			for i := range rapid.IntRange(1, 12).Draw(t, "postings") {
				postings = append(postings, w.draw(t, i))
			}
			w.verify(t, postings, w.post(t, postings))
		})
	})
}

// world is one round's accounts, told from other rounds' by its name.
type world struct {
	name string
	d    *db.DB
}

const floor = -3

var commodities = []money.Currency{"EUR", "points"}

func (w world) accounts() []string {
	return []string{"giftcard:" + w.name + "a", "giftcard:" + w.name + "b", "wallet:" + w.name, "sales:" + w.name, "clearing:" + w.name}
}

func (w world) open(t *rapid.T) {
	err := w.d.Write(t.Context(), func(tx *db.Tx) error {
		for _, a := range w.accounts()[:3] {
			for _, c := range commodities {
				if err := ledger.Guard(t.Context(), tx, a, string(c), floor); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// draw makes a transaction of random entries whose last ones make it balance.
func (w world) draw(t *rapid.T, i int) ledger.Transaction {
	x := ledger.Transaction{Kind: "test", Ref: w.name, Key: fmt.Sprint(w.name, ":", i)}
	sums := map[money.Currency]int64{}
	for range rapid.IntRange(1, 5).Draw(t, "entries") {
		c := rapid.SampledFrom(commodities).Draw(t, "commodity")
		n := rapid.Int64Range(-10, 10).Draw(t, "amount")
		x.Entries = append(x.Entries, entry(rapid.SampledFrom(w.accounts()).Draw(t, "account"), n, c))
		sums[c] += n
	}
	for _, c := range commodities {
		x.Entries = append(x.Entries, entry(rapid.SampledFrom(w.accounts()).Draw(t, "last account"), -sums[c], c))
	}
	return x
}

// post posts each transaction twice, all at once, and returns which were accepted.
func (w world) post(t *rapid.T, postings []ledger.Transaction) (accepted []bool) {
	errs := make([][2]error, len(postings))
	var wg sync.WaitGroup
	for i, x := range postings {
		for twice := range 2 {
			wg.Go(func() { errs[i][twice] = post(t.Context(), w.d, x) })
		}
	}
	wg.Wait()
	for _, both := range errs {
		for _, err := range both {
			if err != nil && !errors.Is(err, ledger.ErrTooLow) {
				t.Fatal(err)
			}
		}
		accepted = append(accepted, both[0] == nil || both[1] == nil)
	}
	return accepted
}

func (w world) verify(t *rapid.T, postings []ledger.Transaction, accepted []bool) {
	type cell struct {
		account   string
		commodity money.Currency
	}
	want := map[cell]int64{}
	for i, x := range postings {
		for _, e := range x.Entries {
			if accepted[i] {
				want[cell{e.Account, e.Amount.Currency}] += e.Amount.Minor
			}
		}
	}
	err := w.d.Read(t.Context(), func(tx *db.Tx) error {
		r, err := ledger.Check(t.Context(), tx)
		if err != nil || !r.Balanced {
			t.Fatalf("%+v, %v", r, err)
		}
		for _, a := range w.accounts() {
			for _, c := range commodities {
				n, err := ledger.Balance(t.Context(), tx, a, string(c))
				if err != nil || n != want[cell{a, c}] {
					t.Fatalf("%s has %d %s, %v; want %d", a, n, c, err, want[cell{a, c}])
				}
				if slices.Contains(w.accounts()[:3], a) && n < floor {
					t.Fatalf("%s has %d, below its floor", a, n)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{ledger.Schema}

func entry(account string, minor int64, c money.Currency) ledger.Entry {
	return ledger.Entry{Account: account, Amount: money.Of(minor, c)}
}

// sale is what an ordinary order posts.
func sale(key string) ledger.Transaction {
	return ledger.Transaction{Kind: "order.placed", Ref: "ord_1", Key: key, Entries: []ledger.Entry{
		entry("receivable:customers", 119_00, "EUR"),
		entry("revenue:DE", -95_00, "EUR"),
		entry("shipping:DE", -5_00, "EUR"),
		entry("tax:DE", -19_00, "EUR"),
	}}
}

// move takes minor from one account to another.
func move(key, from, to string, minor int64, c money.Currency) ledger.Transaction {
	return ledger.Transaction{Kind: "test.moved", Ref: "ref", Key: key, Entries: []ledger.Entry{
		entry(from, -minor, c), entry(to, minor, c),
	}}
}

func post(ctx context.Context, d *db.DB, t ledger.Transaction) error {
	return d.Write(ctx, func(tx *db.Tx) error { return ledger.Post(ctx, tx, t) })
}

func mustPost(t *testing.T, d *db.DB, x ledger.Transaction) {
	t.Helper()
	if err := post(t.Context(), d, x); err != nil {
		t.Fatal(err)
	}
}

func guard(t *testing.T, d *db.DB, account, commodity string, floor int64) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return ledger.Guard(t.Context(), tx, account, commodity, floor) })
}

func balance(t *testing.T, d *db.DB, account, commodity string) (n int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		n, err = ledger.Balance(t.Context(), tx, account, commodity)
		return err
	})
	return n
}

func check(t *testing.T, d *db.DB) (r ledger.Report) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		r, err = ledger.Check(t.Context(), tx)
		return err
	})
	return r
}

func raw(ctx context.Context, d *db.DB, query string, args ...any) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

func TestAnOrderIsPostedInTwoStatements(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "giftcard:g1", "EUR", 0)
		mustPost(t, d, move("top up", "clearing:sandbox", "giftcard:g1", 50_00, "EUR"))
		for _, c := range []struct {
			name string
			post ledger.Transaction
			want int
		}{
			{"an order", sale("order:ord_1"), 2},
			{"the same order again", sale("order:ord_1"), 2},
			{"an order paid by a gift card", move("g", "giftcard:g1", "receivable:customers", 10_00, "EUR"), 3},
			{"nothing but zeros", move("z", "a:a", "b:b", 0, "EUR"), 0},
		} {
			count := dbtest.Count(d)
			mustPost(t, d, c.post)
			if n := count(); n != c.want {
				t.Errorf("%s: %d statements, want %d", c.name, n, c.want)
			}
		}
	})
}

func TestPostingTheSameKeyAgainChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "wallet:cus_1", "EUR", 0)
		in := move("in", "clearing:sandbox", "wallet:cus_1", 10_00, "EUR")
		for range 3 {
			mustPost(t, d, sale("order:ord_1"))
			mustPost(t, d, in)
		}
		shuffled := sale("order:ord_1") // the same in another order, in parts, and with a zero
		shuffled.Entries = append([]ledger.Entry{entry("tax:DE", -10_00, "EUR"), entry("rounding:DE", 0, "EUR"), entry("tax:DE", -9_00, "EUR")},
			shuffled.Entries[:3]...)
		mustPost(t, d, shuffled)
		if n := balance(t, d, "revenue:DE", "EUR"); n != -95_00 {
			t.Errorf("revenue %d, want -9500", n)
		}
		if n := balance(t, d, "wallet:cus_1", "EUR"); n != 10_00 {
			t.Errorf("wallet %d, want 1000", n)
		}
		for name, change := range map[string]func(x *ledger.Transaction){
			"another kind":   func(x *ledger.Transaction) { x.Kind = "order.paid" },
			"another ref":    func(x *ledger.Transaction) { x.Ref = "ord_2" },
			"another amount": func(x *ledger.Transaction) { x.Entries[0].Amount.Minor++; x.Entries[1].Amount.Minor-- },
			"another account": func(x *ledger.Transaction) {
				x.Entries[1].Account = "revenue:HU"
			},
			"fewer entries": func(x *ledger.Transaction) { *x = move(x.Key, "a:a", "b:b", 1, "EUR") },
		} {
			x := sale("order:ord_1")
			change(&x)
			if err := post(t.Context(), d, x); !errors.Is(err, ledger.ErrKeyReused) {
				t.Errorf("%s: %v, want ErrKeyReused", name, err)
			}
		}
		if r := check(t, d); !r.Balanced || r.Postings != 2 {
			t.Errorf("%+v, want two postings, balanced", r)
		}
	})
}

func TestWhatDoesNotAddUpIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			entries []ledger.Entry
			want    error
		}{
			"one side":               {[]ledger.Entry{entry("a:a", 1, "EUR")}, ledger.ErrUnbalanced},
			"two currencies":         {[]ledger.Entry{entry("a:a", 1, "EUR"), entry("b:b", -1, "USD")}, ledger.ErrUnbalanced},
			"no kind":                {[]ledger.Entry{entry(":a", 1, "EUR"), entry("b:b", -1, "EUR")}, ledger.ErrEntry},
			"no owner":               {[]ledger.Entry{entry("a:", 1, "EUR"), entry("b:b", -1, "EUR")}, ledger.ErrEntry},
			"no colon":               {[]ledger.Entry{entry("a", 1, "EUR"), entry("b:b", -1, "EUR")}, ledger.ErrEntry},
			"no commodity":           {[]ledger.Entry{entry("a:a", 1, ""), entry("b:b", -1, "")}, ledger.ErrEntry},
			"an overflow to zero":    {[]ledger.Entry{entry("a:a", math.MaxInt64, "EUR"), entry("b:b", math.MaxInt64, "EUR"), entry("c:c", 2, "EUR")}, ledger.ErrOverflow},
			"an overflow in one":     {[]ledger.Entry{entry("a:a", math.MaxInt64, "EUR"), entry("a:a", math.MaxInt64, "EUR"), entry("c:c", 2, "EUR")}, ledger.ErrOverflow},
			"an overflow below":      {[]ledger.Entry{entry("a:a", math.MinInt64, "EUR"), entry("b:b", math.MinInt64, "EUR")}, ledger.ErrOverflow},
			"far too many":           {make([]ledger.Entry, ledger.MaxEntries+1), ledger.ErrEntry},
			"a gift card never made": {move("k", "giftcard:g1", "b:b", 1, "EUR").Entries, ledger.ErrNotOpen},
		} {
			err := post(t.Context(), d, ledger.Transaction{Kind: "test", Key: name, Entries: c.entries})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		for _, x := range []ledger.Transaction{{Kind: "test"}, {Key: "key"}} {
			x.Entries = sale("").Entries
			if err := post(t.Context(), d, x); !errors.Is(err, ledger.ErrEntry) {
				t.Errorf("no kind or key: %v, want ErrEntry", err)
			}
		}
		if r := check(t, d); r.Postings != 0 || !r.Balanced {
			t.Errorf("%+v, want an empty ledger", r)
		}
	})
}

func TestAGuardedAccountNeverFallsBelowItsFloor(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "giftcard:g1", "EUR", 0)
		guard(t, d, "points:cus_1", "points", -10)
		mustPost(t, d, move("in", "clearing:sandbox", "giftcard:g1", 50, "EUR"))
		for name, c := range map[string]struct {
			take ledger.Transaction
			want error
		}{
			"more than it has":     {move("1", "giftcard:g1", "sales:x", 51, "EUR"), ledger.ErrTooLow},
			"another currency":     {move("2", "giftcard:g1", "sales:x", 1, "USD"), ledger.ErrNotOpen},
			"below a floor of -10": {move("3", "points:cus_1", "issued:points", 11, "points"), ledger.ErrTooLow},
			"the smallest number":  {ledger.Transaction{Kind: "k", Key: "4", Entries: []ledger.Entry{entry("giftcard:g1", -math.MaxInt64, "EUR"), entry("a:a", math.MaxInt64, "EUR")}}, ledger.ErrTooLow},
		} {
			if err := post(t.Context(), d, c.take); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		var low *ledger.TooLow
		err := post(t.Context(), d, move("1", "giftcard:g1", "sales:x", 51, "EUR"))
		if !errors.As(err, &low) || low.Account != "giftcard:g1" || low.Taken != money.Of(51, "EUR") {
			t.Errorf("%v does not say what was taken from where", err)
		}
		mustPost(t, d, move("5", "giftcard:g1", "sales:x", 50, "EUR"))
		mustPost(t, d, move("6", "points:cus_1", "issued:points", 10, "points"))
		if g, p := balance(t, d, "giftcard:g1", "EUR"), balance(t, d, "points:cus_1", "points"); g != 0 || p != -10 {
			t.Errorf("balances %d and %d, want 0 and -10", g, p)
		}
		if r := check(t, d); !r.Balanced || r.Postings != 3 {
			t.Errorf("%+v, want three postings, balanced", r)
		}
	})
}

func TestARefusedPostingLeavesNothingEvenWhenTheCallerGoesOn(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "giftcard:a", "EUR", 0)
		guard(t, d, "giftcard:b", "EUR", 0)
		mustPost(t, d, move("in", "clearing:sandbox", "giftcard:a", 50, "EUR"))
		both := ledger.Transaction{Kind: "k", Key: "both", Entries: []ledger.Entry{
			entry("giftcard:a", -10, "EUR"), entry("giftcard:b", -10, "EUR"), entry("sales:x", 20, "EUR")}}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := ledger.Post(t.Context(), tx, both); !errors.Is(err, ledger.ErrTooLow) {
				t.Errorf("%v, want ErrTooLow", err)
			}
			return ledger.Post(t.Context(), tx, sale("order:ord_1"))
		})
		if n := balance(t, d, "giftcard:a", "EUR"); n != 50 {
			t.Errorf("card a has %d, want its 50", n)
		}
		if r := check(t, d); !r.Balanced || r.Postings != 2 {
			t.Errorf("%+v, want two postings, balanced", r)
		}
		mustPost(t, d, move("in b", "clearing:sandbox", "giftcard:b", 10, "EUR"))
		mustPost(t, d, both) // its key was not used up
		if a, b := balance(t, d, "giftcard:a", "EUR"), balance(t, d, "giftcard:b", "EUR"); a != 40 || b != 0 {
			t.Errorf("cards have %d and %d, want 40 and 0", a, b)
		}
	})
}

func TestGuardMayBeRepeatedAndMovesTheFloor(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "wallet:cus_1", "EUR", -20)
		mustPost(t, d, move("out", "wallet:cus_1", "sales:x", 15, "EUR"))
		guard(t, d, "wallet:cus_1", "EUR", -15)
		for name, c := range map[string]struct {
			account, commodity string
			floor              int64
			want               error
		}{
			"above what is owed":  {"wallet:cus_1", "EUR", -14, ledger.ErrTooLow},
			"above zero":          {"wallet:cus_2", "EUR", 1, ledger.ErrEntry},
			"no commodity":        {"wallet:cus_2", "", 0, ledger.ErrEntry},
			"no owner":            {"wallet:", "EUR", 0, ledger.ErrEntry},
			"an ordinary account": {"revenue:DE", "EUR", 0, ledger.ErrNotGuarded},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return ledger.Guard(t.Context(), tx, c.account, c.commodity, c.floor)
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if n := balance(t, d, "wallet:cus_1", "EUR"); n != -15 {
			t.Errorf("balance %d, want -15", n)
		}
		if err := post(t.Context(), d, move("more", "wallet:cus_1", "sales:x", 1, "EUR")); !errors.Is(err, ledger.ErrTooLow) {
			t.Errorf("%v, want ErrTooLow under the new floor", err)
		}
	})
}

func TestAReversalTakesAPostingBack(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		x := sale("order:ord_1")
		mustPost(t, d, x)
		mustPost(t, d, x.Reversed("order.cancelled", "order:ord_1:cancelled"))
		for _, e := range x.Entries {
			if n := balance(t, d, e.Account, "EUR"); n != 0 {
				t.Errorf("%s has %d, want 0", e.Account, n)
			}
		}
		want := ledger.Report{Balanced: true, Postings: 2, ByCommodity: []ledger.Total{{Commodity: "EUR", Entries: 8}}}
		if diff := cmp.Diff(want, check(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEntriesOfAnAccountComeInPagesNewestFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for i := range 7 {
			x := move(fmt.Sprint(i), "clearing:x", "cash:till", int64(i+1), "EUR")
			x.Entries = append(x.Entries, move("", "clearing:x", "cash:till", int64(i+1), "USD").Entries...)
			mustPost(t, d, x)
			dbtest.Clock(d).Advance(time.Second)
		}
		var got []string
		var last *ledger.Posted
		for range 6 {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				page, err := ledger.Entries(t.Context(), tx, "cash:till", last, 3)
				for _, p := range page {
					got = append(got, fmt.Sprintf("%d%s%v", p.Amount.Minor, p.Amount.Currency, p.At.Sub(dbtest.Noon)))
					last = &p
				}
				return err
			})
		}
		want := "7USD6s 7EUR6s 6USD5s 6EUR5s 5USD4s 5EUR4s 4USD3s 4EUR3s 3USD2s 3EUR2s 2USD1s 2EUR1s 1USD0s 1EUR0s"
		if s := strings.Join(got, " "); s != want {
			t.Errorf("got  %s\nwant %s", s, want)
		}
	})
}

// Of many who post one key at once, one does and the others hear nil.
func TestOneKeyPostedByManyAtOnceIsPostedOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		guard(t, d, "giftcard:g1", "EUR", 0)
		mustPost(t, d, move("in", "clearing:sandbox", "giftcard:g1", 50, "EUR"))
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				if err := post(t.Context(), d, sale("order:ord_1")); err != nil {
					t.Error(err)
				}
				if err := post(t.Context(), d, move("pay", "giftcard:g1", "receivable:customers", 30, "EUR")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if r := check(t, d); !r.Balanced || r.Postings != 3 {
			t.Errorf("%+v, want three postings, balanced", r)
		}
		if n := balance(t, d, "giftcard:g1", "EUR"); n != 20 {
			t.Errorf("card has %d, want 20", n)
		}
	})
}

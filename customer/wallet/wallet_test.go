package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{ledger.Schema, wallet.Schema}

const ada profile.CustomerID = "cus_ada"

var clerk = wallet.By{Actor: "stf_1", Reason: "as asked"}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

var keys atomic.Int64

func grant(s wallet.Source, minor int64, expires time.Time) wallet.Grant {
	return wallet.Grant{Customer: ada, Amount: eur(minor), Source: s, Expires: expires, Ref: "ord_0", By: clerk, Key: fmt.Sprint("key ", keys.Add(1))}
}

func give(t testing.TB, d *db.DB, g wallet.Grant) (lot wallet.LotID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		lot, err = wallet.Give(t.Context(), tx, g)
		return err
	})
	return lot
}

// expect runs fn in a transaction and wants an error, or nil.
func expect(t testing.TB, d *db.DB, what string, want error, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), fn); !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func holding(holder string, minor int64) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return wallet.Hold(context.Background(), tx, holder, ada, eur(minor)) }
}

func releasing(holder string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return wallet.Release(context.Background(), tx, holder) }
}

func claiming(holder, order string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return wallet.Claim(context.Background(), tx, holder, order) }
}

func refunding(order string, minor int64, key string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return wallet.Refund(context.Background(), tx, order, eur(minor), key) }
}

// has asserts what a customer may spend and what is held.
func has(t testing.TB, d *db.DB, customer profile.CustomerID, available, held int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := wallet.Balances(t.Context(), tx, customer)
		b := wallet.Balance{Available: eur(0), Held: eur(0)}
		if len(all) > 0 {
			b = all[0]
		}
		if b.Available != eur(available) || b.Held != eur(held) || len(all) > 1 {
			t.Errorf("%s has %v and %v held, want %d and %d", customer, b.Available, b.Held, available, held)
		}
		return err
	})
}

// booked asserts an account's balance, and that all books are true.
func booked(t testing.TB, d *db.DB, account string, want int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		n, err := ledger.Balance(t.Context(), tx, account, "EUR")
		if n != want {
			t.Errorf("%s has %d, want %d", account, n, want)
		}
		return err
	})
	sound(t, d)
}

func sound(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		r, err := ledger.Check(t.Context(), tx)
		if err != nil || !r.Balanced {
			t.Errorf("ledger: %+v, %v", r, err)
		}
		wrong, err := wallet.Verify(t.Context(), tx)
		if len(wrong) > 0 {
			t.Errorf("wallets: %q", wrong)
		}
		return err
	})
}

func lotOf(t testing.TB, d *db.DB, id wallet.LotID) (l wallet.Lot) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		lots, err := wallet.Lots(t.Context(), tx, ada, "EUR", "", 100)
		for _, x := range lots {
			if x.ID == id {
				l = x
			}
		}
		return err
	})
	return l
}

func expire(t testing.TB, d *db.DB, want int) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		n, err := wallet.Expire(t.Context(), tx, calendar.DateIn(tx.Now, time.UTC), 100)
		if n != want {
			t.Errorf("%d lots were swept, want %d", n, want)
		}
		return err
	})
}

func TestCreditIsGivenOnceUnderItsKey(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		g := grant(wallet.SourceRefund, 25_00, time.Time{})
		lot := give(t, d, g)
		if again := give(t, d, g); again != lot {
			t.Errorf("given again: %s, want %s", again, lot)
		}
		other := g
		other.Amount = eur(26_00)
		giving := func(g wallet.Grant) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := wallet.Give(t.Context(), tx, g); return err }
		}
		expect(t, d, "another amount under the key", wallet.ErrKeyReused, giving(other))
		for name, x := range map[string]struct {
			change func(g *wallet.Grant)
			want   error
		}{
			"nothing":                 {func(g *wallet.Grant) { g.Amount = eur(0) }, wallet.ErrAmount},
			"a debt":                  {func(g *wallet.Grant) { g.Amount = eur(-1) }, wallet.ErrAmount},
			"a part of a forint":      {func(g *wallet.Grant) { g.Amount = money.Of(150, "HUF") }, wallet.ErrAmount},
			"points":                  {func(g *wallet.Grant) { g.Amount = money.Of(150, "points") }, wallet.ErrAmount},
			"nobody":                  {func(g *wallet.Grant) { g.Customer = "" }, wallet.ErrGrant},
			"no source":               {func(g *wallet.Grant) { g.Source = "gift" }, wallet.ErrGrant},
			"a refund that expires":   {func(g *wallet.Grant) { g.Expires = dbtest.Noon.Add(time.Hour) }, wallet.ErrGrant},
			"a bonus that has ended":  {func(g *wallet.Grant) { g.Source, g.Expires = wallet.SourceBonus, dbtest.Noon }, wallet.ErrGrant},
			"nobody who says why":     {func(g *wallet.Grant) { g.By.Actor = "" }, wallet.ErrReason},
			"nothing that says which": {func(g *wallet.Grant) { g.Key = "" }, wallet.ErrGrant},
		} {
			bad := grant(wallet.SourceRefund, 1_00, time.Time{})
			x.change(&bad)
			expect(t, d, name, x.want, giving(bad))
		}
		has(t, d, ada, 25_00, 0)
		booked(t, d, wallet.Customers, 25_00)
		booked(t, d, wallet.Liability, -25_00)
	})
}

func TestHeldThenReleasedOrClaimed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "no wallet", wallet.ErrShort, holding("p0", 1))
		give(t, d, grant(wallet.SourceRefund, 50_00, time.Time{}))
		expect(t, d, "hold", nil, holding("p1", 30_00))
		expect(t, d, "the same again", nil, holding("p1", 30_00))
		expect(t, d, "another amount", wallet.ErrHeld, holding("p1", 10_00))
		expect(t, d, "nothing", nil, holding("p2", 0))
		expect(t, d, "a debt", wallet.ErrAmount, holding("p2", -1))
		expect(t, d, "what is promised", wallet.ErrShort, holding("p2", 20_01))
		has(t, d, ada, 20_00, 30_00)
		for range 2 {
			expect(t, d, "release", nil, releasing("p1"))
		}
		expect(t, d, "release nobody's", nil, releasing("nobody"))
		has(t, d, ada, 50_00, 0)
		expect(t, d, "claim what was released", wallet.ErrNoHold, claiming("p1", "ord_1"))
		expect(t, d, "hold again", nil, holding("p1", 15_00))
		for range 2 {
			expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		}
		expect(t, d, "claim for another", wallet.ErrClaimed, claiming("p1", "ord_2"))
		expect(t, d, "a late release", nil, releasing("p1"))
		expect(t, d, "claim nothing", nil, claiming("nobody", "ord_3"))
		has(t, d, ada, 35_00, 0)
		booked(t, d, wallet.Customers, 35_00) // 50.00 were given instead of money, 15.00 paid for an order
	})
}

func TestWhatEndsSoonestIsSpentFirstAndComesBackWhereItWas(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		own := give(t, d, grant(wallet.SourceRefund, 20_00, time.Time{}))
		later := give(t, d, grant(wallet.SourceBonus, 10_00, dbtest.Noon.Add(48*time.Hour)))
		soon := give(t, d, grant(wallet.SourceBonus, 10_00, dbtest.Noon.Add(24*time.Hour)))
		lots := func(a, b, c int64) {
			t.Helper()
			for id, want := range map[wallet.LotID]int64{soon: a, later: b, own: c} {
				if l := lotOf(t, d, id); l.Remaining != eur(want) {
					t.Errorf("%s has %v left, want %d", l.Source, l.Remaining, want)
				}
			}
		}
		expect(t, d, "hold", nil, holding("p1", 25_00))
		lots(0, 0, 15_00)
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "refund", nil, refunding("ord_1", 8_00, "r1"))
		expect(t, d, "the same refund", nil, refunding("ord_1", 8_00, "r1"))
		lots(0, 3_00, 20_00)
		expect(t, d, "another amount", wallet.ErrKeyReused, refunding("ord_1", 9_00, "r1"))
		expect(t, d, "another order", wallet.ErrKeyReused, refunding("ord_2", 8_00, "r1"))
		expect(t, d, "more than was paid", wallet.ErrTooMuch, refunding("ord_1", 17_01, "r2"))
		expect(t, d, "of an order nobody paid", wallet.ErrTooMuch, refunding("ord_3", 1, "r3"))

		dbtest.Clock(d).Advance(47 * time.Hour) // soon has ended, later has not
		expect(t, d, "the rest", nil, refunding("ord_1", 17_00, "r2"))
		lots(10_00, 10_00, 20_00)
		if e := lotOf(t, d, soon).Expires; !e.Equal(dbtest.Noon.Add(47*time.Hour + wallet.Grace)) {
			t.Errorf("what had ended now ends %v", e)
		}
		if e := lotOf(t, d, later).Expires; !e.Equal(dbtest.Noon.Add(48 * time.Hour)) {
			t.Errorf("what had not ended now ends %v", e)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			paid, err := wallet.Paid(t.Context(), tx, "ord_1")
			if paid.Paid != eur(25_00) || paid.Left() != eur(0) {
				t.Errorf("%+v", paid)
			}
			return err
		})
		booked(t, d, wallet.Customers, 20_00)
	})
}

func TestALotExpiresOncePerDay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceRefund, 5_00, time.Time{}))
		bonus := give(t, d, grant(wallet.SourceBonus, 10_00, dbtest.Noon.Add(time.Hour)))
		expect(t, d, "hold", nil, holding("p1", 4_00))
		expire(t, d, 0)
		dbtest.Clock(d).Advance(time.Hour)
		has(t, d, ada, 5_00, 4_00) // 6.00 have ended, swept or not
		expect(t, d, "spend what has ended", wallet.ErrShort, holding("p2", 5_01))
		race(8, func(int) {
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := wallet.Expire(context.Background(), tx, calendar.DateIn(tx.Now, time.UTC), 100)
				return err
			}); err != nil {
				t.Error(err)
			}
		})
		booked(t, d, "expense:bonus", 4_00)
		expect(t, d, "release", nil, releasing("p1"))
		has(t, d, ada, 5_00, 0)
		expire(t, d, 0) // today it was swept
		sound(t, d)
		dbtest.Clock(d).Advance(24 * time.Hour)
		expire(t, d, 1)
		expire(t, d, 0)
		if l := lotOf(t, d, bonus); !l.Remaining.IsZero() {
			t.Errorf("%v are left", l.Remaining)
		}
		has(t, d, ada, 5_00, 0)
		booked(t, d, "expense:bonus", 0)
	})
}

func TestGiftsAreRevokedAndRefundsAreNot(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		own := give(t, d, grant(wallet.SourceRefund, 5_00, time.Time{}))
		dbtest.Clock(d).Advance(time.Second)
		bonus := give(t, d, grant(wallet.SourceBonus, 10_00, time.Time{}))
		revoke := func(lot wallet.LotID, want int64) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				taken, err := wallet.Revoke(t.Context(), tx, lot, clerk)
				if err == nil && taken != eur(want) {
					t.Errorf("%v were taken, want %d", taken, want)
				}
				return err
			}
		}
		expect(t, d, "a refund", wallet.ErrFixed, revoke(own, 0))
		expect(t, d, "no lot", wallet.ErrNotFound, revoke("lot_none", 0))
		expect(t, d, "hold", nil, holding("p1", 8_00)) // of what is oldest: 5.00 own, 3.00 bonus
		expect(t, d, "hold", nil, holding("p2", 2_00))
		expect(t, d, "revoke", nil, revoke(bonus, 5_00))
		expect(t, d, "revoke again", nil, revoke(bonus, 0))
		has(t, d, ada, 0, 10_00)
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "release", nil, releasing("p2"))
		has(t, d, ada, 0, 0) // 2.00 came back to what was revoked
		expire(t, d, 1)
		expect(t, d, "refund", nil, refunding("ord_1", 8_00, "r1"))
		has(t, d, ada, 5_00, 0) // the customer's own money only
		dbtest.Clock(d).Advance(24 * time.Hour)
		expire(t, d, 1)
		booked(t, d, "expense:bonus", 0)
	})
}

func TestTwoCustomersBecomeOne(t *testing.T) {
	const bob profile.CustomerID = "cus_bob"
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceRefund, 20_00, time.Time{}))
		g := grant(wallet.SourceGoodwill, 1_00, time.Time{})
		g.Customer = bob
		give(t, d, g)
		expect(t, d, "hold", nil, holding("p1", 3_00))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "hold", nil, holding("p2", 4_00))
		expect(t, d, "hold", nil, holding("p3", 5_00))
		for range 2 {
			expect(t, d, "merge", nil, func(tx *db.Tx) error { return wallet.Merge(t.Context(), tx, ada, bob, clerk) })
		}
		expect(t, d, "merge with oneself", wallet.ErrMerge, func(tx *db.Tx) error { return wallet.Merge(t.Context(), tx, bob, bob, clerk) })
		has(t, d, ada, 0, 0)
		has(t, d, bob, 9_00, 9_00)
		expect(t, d, "a refund after the merge", nil, refunding("ord_1", 3_00, "r1"))
		expect(t, d, "a release after the merge", nil, releasing("p2"))
		expect(t, d, "a claim after the merge", nil, claiming("p3", "ord_3"))
		has(t, d, ada, 0, 0)
		has(t, d, bob, 16_00, 0)
		give(t, d, grant(wallet.SourceGoodwill, 2_00, time.Time{})) // the old id still works, and merges again
		expect(t, d, "merge", nil, func(tx *db.Tx) error { return wallet.Merge(t.Context(), tx, ada, bob, clerk) })
		has(t, d, bob, 18_00, 0)
		sound(t, d)
	})
}

func TestWhoWantsToBeForgottenIsPaidOutFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceRefund, 20_00, time.Time{}))
		give(t, d, grant(wallet.SourceGoodwill, 3_00, time.Time{}))
		give(t, d, grant(wallet.SourceBonus, 4_00, dbtest.Noon.Add(time.Hour)))
		for range 2 {
			expect(t, d, "close", nil, func(tx *db.Tx) error {
				owed, err := wallet.Close(t.Context(), tx, ada, clerk)
				if len(owed) != 1 || owed[0] != eur(20_00) {
					t.Errorf("owed are %v, want 20.00", owed)
				}
				return err
			})
		}
		has(t, d, ada, 20_00, 0)
		booked(t, d, "expense:goodwill", 0)
	})
}

func TestTheHistorySaysWhy(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceRefund, 20_00, time.Time{}))
		expect(t, d, "hold", nil, holding("p1", 5_00))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "hold", nil, holding("p2", 6_00))
		expect(t, d, "release", nil, releasing("p2"))
		expect(t, d, "hold", nil, holding("p3", 7_00))
		expect(t, d, "refund", nil, refunding("ord_1", 2_00, "r1"))
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, err := wallet.History(t.Context(), tx, ada, "EUR", 0, 3)
			said := ""
			for _, c := range page {
				said += fmt.Sprintf("%s %v for %s; ", c.Kind, c.Amount.Minor, c.Ref)
			}
			if said != "refunded 200 for ord_1; held -700 for p3; spent -500 for ord_1; " {
				t.Errorf("the history says %q", said)
			}
			page, err2 := wallet.History(t.Context(), tx, ada, "EUR", page[2].Seq, 3)
			if len(page) != 1 || page[0].Kind != "granted" || page[0].Reason != clerk.Reason || page[0].Source != wallet.SourceRefund {
				t.Errorf("the second page is %+v", page)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestStatementsOfAHold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceBonus, 10_00, dbtest.Noon.Add(time.Hour)))
		give(t, d, grant(wallet.SourceRefund, 10_00, time.Time{}))
		for _, c := range []struct {
			name string
			do   func(tx *db.Tx) error
			want int
		}{
			{"hold of one lot", holding("one", 5_00), 9},
			{"hold of two lots", holding("two", 10_00), 10},
			{"hold nothing", holding("none", 0), 0},
			{"claim", claiming("one", "ord_1"), 7},
			{"claim nothing", claiming("none", "ord_2"), 1},
			{"release of two lots", releasing("two"), 12},
			{"release nothing", releasing("none"), 1},
			{"read", func(tx *db.Tx) error { _, err := wallet.Spendable(context.Background(), tx, ada, "EUR"); return err }, 1},
			{"refund", refunding("ord_1", 1_00, "r1"), 13},
		} {
			count := dbtest.Count(d)
			dbtest.Write(t, d, c.do)
			if n := count(); n != c.want {
				t.Errorf("%s: %d statements, want %d", c.name, n, c.want)
			}
		}
	})
}

// delays makes every statement wait for a while now and then, so that the
// windows between statements are wide open.
func delays(d *db.DB) {
	d.OnStatement(func(context.Context, string) {
		switch n := rand.IntN(40); {
		case n == 0:
			time.Sleep(100 * time.Millisecond)
		case n < 4:
			time.Sleep(20 * time.Millisecond)
		case n < 12:
			time.Sleep(time.Millisecond)
		}
	})
}

// race runs n of do at once and waits for all.
func race(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(1)
	for i := range n {
		done.Go(func() {
			ready.Wait()
			do(i)
		})
	}
	ready.Done()
	done.Wait()
}

package giftcard_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/giftcard"
	"korzo/value/money"
)

func refunding(order string, minor int64, key string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := giftcard.Refund(context.Background(), tx, order, eur(minor), key)
		return err
	}
}

func paid(t testing.TB, d *db.DB, order string, want, refunded int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		got, err := giftcard.Paid(t.Context(), tx, order)
		if got.Paid.Minor != want || got.Refunded.Minor != refunded || got.Left().Minor != want-refunded {
			t.Errorf("%s: %+v, want %d paid and %d refunded", order, got, want, refunded)
		}
		return err
	})
}

func TestRefundsGoBackToTheirCards(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := issue(t, d, draft(50_00)), issue(t, d, draft(20_00))
		expect(t, d, "hold", nil, holding("p1", part(a, 50_00), part(b, 5_00)))
		expect(t, d, "refund what is only held", giftcard.ErrTooMuch, refunding("ord_1", 1, "r0"))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		paid(t, d, "ord_1", 55_00, 0)
		paid(t, d, "ord_none", 0, 0)

		expect(t, d, "refund", nil, refunding("ord_1", 12_00, "r1"))
		expect(t, d, "the same refund", nil, refunding("ord_1", 12_00, "r1"))
		has(t, d, b.ID, 20_00, 0, giftcard.StateActive) // the last one taken, first
		has(t, d, a.ID, 7_00, 0, giftcard.StateActive)
		expect(t, d, "another amount", giftcard.ErrKeyReused, refunding("ord_1", 13_00, "r1"))
		expect(t, d, "another order", giftcard.ErrKeyReused, refunding("ord_2", 12_00, "r1"))
		expect(t, d, "more than was paid", giftcard.ErrTooMuch, refunding("ord_1", 43_01, "r2"))
		expect(t, d, "another currency", giftcard.ErrTooMuch, func(tx *db.Tx) error {
			_, err := giftcard.Refund(t.Context(), tx, "ord_1", money.Of(100, "HUF"), "r2")
			return err
		})
		expect(t, d, "less than nothing", giftcard.ErrAmount, refunding("ord_1", -1, "r2"))
		expect(t, d, "nothing", nil, refunding("ord_1", 0, "r2"))
		expect(t, d, "the rest", nil, refunding("ord_1", 43_00, "r2"))
		expect(t, d, "one more", giftcard.ErrTooMuch, refunding("ord_1", 1, "r3"))
		paid(t, d, "ord_1", 55_00, 55_00)
		has(t, d, a.ID, 50_00, 0, giftcard.StateActive)
		booked(t, d, giftcard.Customers, 0)
	})
}

// Sixteen refunds of 10.00 of a payment of 55.00, and each sent twice: five
// happen, once each.
func TestRefundsAtOnceNeverExceedWhatWasPaid(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := issue(t, d, draft(50_00)), issue(t, d, draft(5_00))
		expect(t, d, "hold", nil, holding("p1", part(a, 50_00), part(b, 5_00)))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		delays(d)
		var done [16]atomic.Int64
		race(32, func(i int) {
			err := d.Write(t.Context(), refunding("ord_1", 10_00, fmt.Sprint("r", i%16)))
			if err == nil {
				done[i%16].Store(1)
			} else if !errors.Is(err, giftcard.ErrTooMuch) {
				t.Error(err)
			}
		})
		sum := int64(0)
		for i := range done {
			sum += done[i].Load()
		}
		if sum != 5 {
			t.Errorf("%d refunds happened, want 5", sum)
		}
		paid(t, d, "ord_1", 55_00, 50_00)
		booked(t, d, giftcard.Customers, -5_00)
	})
}

func TestExpiredCardsBecomeBreakageAndComeBack(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		soon := draft(50_00)
		soon.Expires = dbtest.Noon.Add(time.Hour)
		c, busy, other := issue(t, d, soon), issue(t, d, withKey(soon, "busy")), issue(t, d, draft(1_00))
		expect(t, d, "hold", nil, holding("p1", part(c, 20_00)))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "hold", nil, holding("p2", part(busy, 20_00)))
		expire := func(want int) {
			t.Helper()
			dbtest.Write(t, d, func(tx *db.Tx) error {
				ended, err := giftcard.Expire(t.Context(), tx, 100)
				if len(ended) != want {
					t.Errorf("%d cards ended, want %d", len(ended), want)
				}
				return err
			})
		}
		expire(0)
		dbtest.Clock(d).Advance(time.Hour)
		expect(t, d, "pay with what ends now", giftcard.ErrUnusable, holding("p3", part(c, 1)))
		expire(1) // the one with a payment under way waits
		expire(0)
		has(t, d, c.ID, 0, 0, giftcard.StateExpired)
		has(t, d, busy.ID, 30_00, 20_00, giftcard.StateActive)
		booked(t, d, giftcard.Breakage, -30_00)
		expect(t, d, "release", nil, releasing("p2"))
		expire(1)
		booked(t, d, giftcard.Breakage, -80_00)
		has(t, d, other.ID, 1_00, 0, giftcard.StateActive)

		// A refund opens the card again, with grace and without what expired.
		expect(t, d, "refund", nil, refunding("ord_1", 5_00, "r1"))
		has(t, d, c.ID, 5_00, 0, giftcard.StateActive)
		if e := find(t, d, c.ID).Expires; !e.Equal(dbtest.Noon.Add(time.Hour + 30*24*time.Hour)) {
			t.Errorf("the card ends %v", e)
		}
		dbtest.Clock(d).Advance(31 * 24 * time.Hour)
		expire(1)
		booked(t, d, giftcard.Breakage, -85_00)
		reinstate := func(tx *db.Tx) error { return giftcard.Reinstate(t.Context(), tx, c.ID, time.Time{}, clerk) }
		expect(t, d, "until yesterday", giftcard.ErrState, func(tx *db.Tx) error {
			return giftcard.Reinstate(t.Context(), tx, c.ID, dbtest.Noon, clerk)
		})
		expect(t, d, "reinstate", nil, reinstate)
		expect(t, d, "reinstate again", giftcard.ErrState, reinstate)
		has(t, d, c.ID, 35_00, 0, giftcard.StateActive)
		booked(t, d, giftcard.Breakage, -50_00)
	})
}

func withKey(d giftcard.Draft, key string) giftcard.Draft {
	d.Key = key
	return d
}

// Holds and the sweep at once: a card ends whole, or not at all.
func TestExpiryAgainstHolds(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		soon := draft(50_00)
		soon.Expires = dbtest.Noon.Add(time.Hour)
		var cards []giftcard.Issued
		for i := range 6 {
			cards = append(cards, issue(t, d, withKey(soon, fmt.Sprint("race ", i))))
			expect(t, d, "hold", nil, holding(fmt.Sprint("p", i), part(cards[i], 10_00)))
		}
		dbtest.Clock(d).Advance(2 * time.Hour)
		delays(d)
		race(12, func(i int) {
			var err error
			if i%2 == 0 {
				err = d.Write(t.Context(), releasing(fmt.Sprint("p", i/2)))
			} else {
				err = d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := giftcard.Expire(t.Context(), tx, 3)
					return err
				})
			}
			if err != nil {
				t.Error(err)
			}
		})
		sound(t, d)
		expect(t, d, "the last sweep", nil, func(tx *db.Tx) error { _, err := giftcard.Expire(t.Context(), tx, 100); return err })
		for _, c := range cards {
			has(t, d, c.ID, 0, 0, giftcard.StateExpired)
		}
		booked(t, d, giftcard.Breakage, -300_00)
	})
}

func TestARefundOpensACancelledCardAndLeavesABlockedOneBlocked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := issue(t, d, draft(50_00)), issue(t, d, draft(20_00))
		expect(t, d, "hold", nil, holding("p1", part(a, 30_00), part(b, 20_00)))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		for range 2 {
			expect(t, d, "cancel", nil, func(tx *db.Tx) error { _, err := giftcard.Cancel(t.Context(), tx, a.ID, clerk); return err })
			expect(t, d, "block", nil, func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, b.ID, clerk) })
			expect(t, d, "refund", nil, refunding("ord_1", 25_00, fmt.Sprint("r", issues.Add(1))))
			expect(t, d, "unblock", nil, func(tx *db.Tx) error { return giftcard.Unblock(t.Context(), tx, b.ID, clerk) })
		}
		has(t, d, a.ID, 25_00, 0, giftcard.StateActive) // 5.00 came back and was cancelled again, then 25.00 came
		has(t, d, b.ID, 20_00, 0, giftcard.StateActive)
		sound(t, d)
	})
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	for name, attack := range map[string]string{
		"a hold nobody made":       `UPDATE giftcard_parts SET amount = amount + 1 WHERE refunded = 0`,
		"a refund nobody made":     `UPDATE giftcard_parts SET refunded = 1 WHERE refunded = 0`,
		"breakage nobody booked":   `UPDATE giftcard_cards SET broken = 7`,
		"an ended card with money": `UPDATE giftcard_cards SET state = 'cancelled'`,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				open(t, d)
				c := issue(t, d, draft(50_00))
				expect(t, d, "hold", nil, holding("p1", part(c, 10_00)))
				sound(t, d)
				dbtest.Write(t, d, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), attack)
					return err
				})
				dbtest.Read(t, d, func(tx *db.Tx) error {
					wrong, err := giftcard.Verify(t.Context(), tx)
					if len(wrong) == 0 {
						t.Error("nothing is found wrong")
					}
					return err
				})
			})
		})
	}
}

func TestTheDatabaseRefusesToRefundTooMuch(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(50_00))
		expect(t, d, "hold", nil, holding("p1", part(c, 10_00)))
		expect(t, d, "refund by hand", db.ErrCheck, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE giftcard_parts SET refunded = amount + 1`)
			return err
		})
	})
}

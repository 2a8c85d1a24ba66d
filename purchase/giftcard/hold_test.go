package giftcard_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/giftcard"
	"korzo/value/money"
)

func part(c giftcard.Issued, minor int64) giftcard.Part {
	return giftcard.Part{Card: c.ID, Amount: eur(minor)}
}

func holding(holder string, parts ...giftcard.Part) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return giftcard.Hold(context.Background(), tx, holder, parts) }
}

func releasing(holder string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return giftcard.Release(context.Background(), tx, holder) }
}

func claiming(holder, order string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return giftcard.Claim(context.Background(), tx, holder, order) }
}

func TestHeldThenReleasedOrClaimed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := issue(t, d, draft(50_00)), issue(t, d, draft(20_00))
		expect(t, d, "hold", nil, holding("p1", part(a, 30_00), part(b, 20_00)))
		expect(t, d, "the same again", nil, holding("p1", part(a, 30_00), part(b, 20_00)))
		expect(t, d, "something else", giftcard.ErrHeld, holding("p1", part(a, 10_00)))
		has(t, d, a.ID, 20_00, 30_00, giftcard.StateActive)
		has(t, d, b.ID, 0, 20_00, giftcard.StateActive)

		expect(t, d, "what is promised", giftcard.ErrShort, holding("p2", part(a, 20_01)))
		has(t, d, a.ID, 20_00, 30_00, giftcard.StateActive)
		expect(t, d, "release", nil, releasing("p1"))
		expect(t, d, "release again", nil, releasing("p1"))
		expect(t, d, "release nobody's", nil, releasing("nobody"))
		has(t, d, a.ID, 50_00, 0, giftcard.StateActive)
		expect(t, d, "claim what was released", giftcard.ErrNoHold, claiming("p1", "ord_1"))
		has(t, d, a.ID, 50_00, 0, giftcard.StateActive)

		expect(t, d, "hold again", nil, holding("p1", part(b, 15_00)))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "claim again", nil, claiming("p1", "ord_1"))
		expect(t, d, "claim for another", giftcard.ErrClaimed, claiming("p1", "ord_2"))
		expect(t, d, "a late release", nil, releasing("p1"))
		expect(t, d, "claim nothing", nil, claiming("nobody", "ord_3"))
		expect(t, d, "hold nothing", nil, holding("nobody"))
		has(t, d, b.ID, 5_00, 0, giftcard.StateActive)
		booked(t, d, giftcard.Customers, -15_00)
		booked(t, d, giftcard.Liability, -55_00)
	})
}

func TestWhatCannotPayIsNotHeld(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(50_00))
		late := draft(10_00)
		late.Expires = dbtest.Noon.Add(time.Hour)
		gone := issue(t, d, late)
		dbtest.Clock(d).Advance(time.Hour)
		var many []giftcard.Part
		for i := range giftcard.MaxCards + 1 {
			many = append(many, giftcard.Part{Card: giftcard.ID(fmt.Sprint("gft_", i)), Amount: eur(1)})
		}
		for name, x := range map[string]struct {
			parts []giftcard.Part
			want  error
		}{
			"nothing of a card":      {[]giftcard.Part{part(c, 0)}, giftcard.ErrAmount},
			"less than nothing":      {[]giftcard.Part{part(c, -1)}, giftcard.ErrAmount},
			"a card twice":           {[]giftcard.Part{part(c, 1), part(c, 1)}, giftcard.ErrAmount},
			"two currencies":         {[]giftcard.Part{part(c, 1), {Card: "gft_x", Amount: money.Of(1, "HUF")}}, giftcard.ErrCurrency},
			"another currency":       {[]giftcard.Part{{Card: c.ID, Amount: money.Of(100, "HUF")}}, giftcard.ErrCurrency},
			"no such card":           {[]giftcard.Part{part(c, 1), {Card: "gft_x", Amount: eur(1)}}, giftcard.ErrNotFound},
			"a card that has ended":  {[]giftcard.Part{part(gone, 1)}, giftcard.ErrUnusable},
			"more cards than a cart": {many, giftcard.ErrTooMany},
		} {
			expect(t, d, name, x.want, holding("p1", x.parts...))
		}
		has(t, d, c.ID, 50_00, 0, giftcard.StateActive)
		sound(t, d)
	})
}

func TestStatementsOfAHold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := issue(t, d, draft(50_00)), issue(t, d, draft(20_00))
		for _, c := range []struct {
			name string
			do   func(tx *db.Tx) error
			want int
		}{
			{"hold one", holding("one", part(a, 1)), 7},
			{"hold two", holding("two", part(a, 1), part(b, 1)), 9},
			{"hold none", holding("none"), 0},
			{"claim one", claiming("one", "ord_1"), 5},
			{"claim none", claiming("none", "ord_2"), 1},
			{"release two", releasing("two"), 8},
			{"release none", releasing("none"), 1},
			{"refund one", func(tx *db.Tx) error {
				_, err := giftcard.Refund(context.Background(), tx, "ord_1", eur(1), "key")
				return err
			}, 8},
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

// A card of 50.00 on sixteen carts of 50.00 at once: exactly one holds it.
func TestOneCardInSixteenCarts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c, other := issue(t, d, draft(50_00)), issue(t, d, draft(1600_00))
		delays(d)
		var won atomic.Int64
		var winner atomic.Value
		race(16, func(i int) {
			parts := []giftcard.Part{part(other, 100_00), part(c, 50_00)}
			if i%2 == 0 {
				slices.Reverse(parts)
			}
			holder := fmt.Sprint("p", i)
			err := d.Write(t.Context(), holding(holder, parts...))
			if err == nil {
				won.Add(1)
				winner.Store(holder)
			} else if short, ok := errors.AsType[*giftcard.Shortage](err); !ok || short.Card != c.ID || short.Available != eur(0) {
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d carts hold the card, want 1", won.Load())
		}
		has(t, d, c.ID, 0, 50_00, giftcard.StateActive)
		has(t, d, other.ID, 1500_00, 100_00, giftcard.StateActive)
		race(32, func(i int) {
			if err := d.Write(t.Context(), claiming(winner.Load().(string), "ord_1")); err != nil {
				t.Error(err)
			}
		})
		has(t, d, c.ID, 0, 0, giftcard.StateActive)
		booked(t, d, giftcard.Customers, -150_00)
	})
}

// Sixteen carts share a card's last 50.00 by 10.00: five hold, and when all
// let go twice at once everything is back once.
func TestWhatIsLetGoComesBackOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(50_00))
		delays(d)
		var won atomic.Int64
		race(16, func(i int) {
			switch err := d.Write(t.Context(), holding(fmt.Sprint("p", i), part(c, 10_00))); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, giftcard.ErrShort):
				t.Error(err)
			}
		})
		if won.Load() != 5 {
			t.Errorf("%d carts hold 10.00 each, want 5", won.Load())
		}
		has(t, d, c.ID, 0, 50_00, giftcard.StateActive)
		race(32, func(i int) {
			if err := d.Write(t.Context(), releasing(fmt.Sprint("p", i%16))); err != nil {
				t.Error(err)
			}
		})
		has(t, d, c.ID, 50_00, 0, giftcard.StateActive)
		sound(t, d)
	})
}

// The card is looked at while full, drained by another, and held too late.
func TestDrainedBetweenApplyAndHold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(50_00))
		for _, cart := range []string{"cart_a", "cart_b"} {
			expect(t, d, "apply", nil, func(tx *db.Tx) error { return giftcard.Apply(t.Context(), tx, cart, c.ID) })
		}
		shares := func(cart string) (parts []giftcard.Part) {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				cards, err := giftcard.Applied(t.Context(), tx, cart)
				parts = giftcard.Share(eur(50_00), cards, func(c giftcard.Card) bool { return c.Usable(tx.Now) })
				return err
			})
			return parts
		}
		mine, theirs := shares("cart_a"), shares("cart_b")
		expect(t, d, "they", nil, holding("b", theirs...))
		expect(t, d, "they", nil, claiming("b", "ord_b"))
		expect(t, d, "I", giftcard.ErrShort, holding("a", mine...))
		has(t, d, c.ID, 0, 0, giftcard.StateActive)
		if left := shares("cart_a"); len(left) != 0 {
			t.Errorf("an empty card pays %v", left)
		}
		expect(t, d, "nothing was held", nil, claiming("a", "ord_a"))
		booked(t, d, giftcard.Customers, -50_00)
	})
}

// Of a release and a claim of one holder at once one wins.
func TestReleaseAgainstClaim(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(80_00))
		delays(d)
		spent := int64(0)
		for round := range 8 {
			holder := fmt.Sprint("p", round)
			expect(t, d, "hold", nil, holding(holder, part(c, 10_00)))
			var claimed error
			race(2, func(i int) {
				if i == 0 {
					if err := d.Write(t.Context(), releasing(holder)); err != nil {
						t.Error(err)
					}
					return
				}
				claimed = d.Write(t.Context(), claiming(holder, "ord_"+holder))
			})
			if claimed == nil {
				spent += 10_00
			} else if !errors.Is(claimed, giftcard.ErrNoHold) {
				t.Error(claimed)
			}
			has(t, d, c.ID, 80_00-spent, 0, giftcard.StateActive)
		}
		booked(t, d, giftcard.Customers, -spent)
	})
}

func TestCardsOnACart(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		var cards []giftcard.Issued
		for i := range giftcard.MaxCards + 1 {
			c := issue(t, d, draft(int64(i+1)*1_00))
			cards = append(cards, c)
			want := error(nil)
			if i == giftcard.MaxCards {
				want = giftcard.ErrTooMany
			}
			dbtest.Clock(d).Advance(time.Second)
			for range 2 {
				expect(t, d, "apply", want, func(tx *db.Tx) error { return giftcard.Apply(t.Context(), tx, "cart_a", c.ID) })
			}
		}
		expect(t, d, "remove", nil, func(tx *db.Tx) error { return giftcard.Remove(t.Context(), tx, "cart_a", cards[0].ID) })
		expect(t, d, "block", nil, func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, cards[1].ID, clerk) })
		expect(t, d, "apply a blocked card", giftcard.ErrUnusable, func(tx *db.Tx) error {
			return giftcard.Apply(t.Context(), tx, "cart_b", cards[1].ID)
		})
		expect(t, d, "merge", nil, func(tx *db.Tx) error { return giftcard.Transfer(t.Context(), tx, "cart_a", "cart_b") })
		dbtest.Read(t, d, func(tx *db.Tx) error {
			on, err := giftcard.Applied(t.Context(), tx, "cart_b")
			if len(on) != giftcard.MaxCards-1 {
				t.Errorf("%d cards after the merge", len(on))
			}
			parts := giftcard.Share(eur(8_00), on, func(c giftcard.Card) bool { return c.Usable(tx.Now) })
			sum := money.Amount{}
			for _, p := range parts {
				sum = sum.Plus(p.Amount)
				if p.Card == cards[1].ID {
					t.Error("a blocked card pays")
				}
			}
			if sum != eur(8_00) {
				t.Errorf("the cards pay %v: %v", sum, parts)
			}
			return err
		})
	})
}

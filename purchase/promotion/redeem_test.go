package promotion_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/promotion"
)

// usesOf are uses of promotions without a budget or a counter.
func usesOf(ids ...promotion.ID) (uses []promotion.Use) {
	for _, id := range ids {
		uses = append(uses, promotion.Use{Promotion: id, Amount: eur(100)})
	}
	return uses
}

// redeem holds promotions for holder and expects want.
func redeem(t *testing.T, d *db.DB, holder string, want error, ids ...promotion.ID) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return promotion.Redeem(t.Context(), tx, holder, promotion.Buyer{}, usesOf(ids...))
	})
	if !errors.Is(err, want) {
		t.Errorf("redeem for %s: %v, want %v", holder, err, want)
	}
}

func release(t *testing.T, d *db.DB, holder string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return promotion.Release(t.Context(), tx, holder) })
}

func claim(t *testing.T, d *db.DB, holder, order string, want error) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error { return promotion.Claim(t.Context(), tx, holder, order) })
	if !errors.Is(err, want) {
		t.Errorf("claim by %s for %s: %v, want %v", order, holder, err, want)
	}
}

// used asserts the count, and that count and uses agree.
func used(t *testing.T, d *db.DB, id promotion.ID, want int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		p, err := promotion.Find(t.Context(), tx, id)
		if err == nil && p.Used != want {
			t.Errorf("%s is used %d times, want %d", id, p.Used, want)
		}
		wrong, verr := promotion.Verify(t.Context(), tx)
		if len(wrong) != 0 {
			t.Error(wrong)
		}
		return errors.Join(err, verr)
	})
}

func TestUsesAreHeldReleasedAndClaimed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{Code: "ONE", UsageLimit: 1})
		redeem(t, d, "attempt_1", nil, p.ID)
		redeem(t, d, "attempt_1", nil, p.ID, p.ID) // the same holder again changes nothing
		used(t, d, p.ID, 1)
		redeem(t, d, "attempt_2", promotion.ErrExhausted, p.ID)
		used(t, d, p.ID, 1)
		if got := check(t, d, "DE", "one")[0].Reason; got != promotion.ReasonExhausted {
			t.Errorf("a used up code answers %q", got)
		}

		release(t, d, "attempt_1")
		release(t, d, "attempt_1")
		release(t, d, "nobody")
		used(t, d, p.ID, 0)
		claim(t, d, "attempt_1", "ord_1", promotion.ErrNoHold)
		used(t, d, p.ID, 0)

		redeem(t, d, "attempt_2", nil, p.ID)
		claim(t, d, "attempt_2", "ord_2", nil)
		claim(t, d, "attempt_2", "ord_2", nil)
		claim(t, d, "attempt_2", "ord_3", promotion.ErrClaimed)
		claim(t, d, "attempt_without_promotions", "ord_4", nil)
		release(t, d, "attempt_2") // a late release takes nothing from an order
		used(t, d, p.ID, 1)
		redeem(t, d, "attempt_1", promotion.ErrExhausted, p.ID)
		used(t, d, p.ID, 1)
	})
}

func TestAReleasedHolderMayRedeemAgain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{UsageLimit: 1})
		redeem(t, d, "attempt_1", nil, p.ID)
		release(t, d, "attempt_1")
		redeem(t, d, "attempt_1", nil, p.ID)
		claim(t, d, "attempt_1", "ord_1", nil)
		used(t, d, p.ID, 1)
	})
}

func TestRedeemHoldsAllOrNone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		free := create(t, d, promotion.Draft{})
		full := create(t, d, promotion.Draft{UsageLimit: 1})
		redeem(t, d, "attempt_1", nil, full.ID)
		redeem(t, d, "attempt_2", promotion.ErrExhausted, full.ID, free.ID)
		used(t, d, free.ID, 0)
		used(t, d, full.ID, 1)
	})
}

func TestWhatDoesNotRunIsNotRedeemed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		over := create(t, d, promotion.Draft{Ends: dbtest.Noon})
		later := create(t, d, promotion.Draft{Starts: dbtest.Noon.Add(time.Second)})
		draft := create(t, d, promotion.Draft{State: promotion.StateDraft})
		for _, p := range []promotion.Promotion{over, later, draft} {
			redeem(t, d, "attempt_1", promotion.ErrNotActive, p.ID)
			used(t, d, p.ID, 0)
		}
		dbtest.Clock(d).Advance(time.Second)
		redeem(t, d, "attempt_1", nil, later.ID)
		used(t, d, later.ID, 1)
	})
}

func TestStatementsOfAUse(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a, b := create(t, d, promotion.Draft{}), create(t, d, promotion.Draft{})
		for _, c := range []struct {
			name string
			do   func(tx *db.Tx) error
			want int
		}{
			{"redeem two", func(tx *db.Tx) error {
				return promotion.Redeem(t.Context(), tx, "h", promotion.Buyer{}, usesOf(a.ID, b.ID))
			}, 4},
			{"redeem two again", func(tx *db.Tx) error {
				return promotion.Redeem(t.Context(), tx, "h", promotion.Buyer{}, usesOf(a.ID, b.ID))
			}, 2},
			{"redeem none", func(tx *db.Tx) error { return promotion.Redeem(t.Context(), tx, "h", promotion.Buyer{}, nil) }, 0},
			{"claim two", func(tx *db.Tx) error { return promotion.Claim(t.Context(), tx, "h", "ord_1") }, 2},
			{"claim none", func(tx *db.Tx) error { return promotion.Claim(t.Context(), tx, "none", "ord_1") }, 1},
			{"release none", func(tx *db.Tx) error { return promotion.Release(t.Context(), tx, "none") }, 1},
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

// 64 buyers, each with an attempt of its own, race for the last uses: exactly
// the limit is held, and when all let go twice, all uses are back once.
func TestRaceForTheLastUses(t *testing.T) {
	for _, limit := range []int64{1, 7} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				open(t, d)
				p := create(t, d, promotion.Draft{Code: "FEW", UsageLimit: limit})
				other := create(t, d, promotion.Draft{Code: "MANY"})
				delays(d)
				const buyers = 64
				var won atomic.Int64
				race(buyers, func(i int) {
					ids := []promotion.ID{other.ID, p.ID}
					if i%2 == 0 {
						ids = []promotion.ID{p.ID, other.ID}
					}
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						return promotion.Redeem(t.Context(), tx, fmt.Sprint("attempt_", i), promotion.Buyer{}, usesOf(ids...))
					})
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, promotion.ErrExhausted) {
						t.Error(err)
					}
				})
				if won.Load() != limit {
					t.Errorf("%d buyers hold the promotion, want %d", won.Load(), limit)
				}
				used(t, d, p.ID, limit)
				used(t, d, other.ID, limit)

				race(2*buyers, func(i int) {
					if err := d.Write(t.Context(), func(tx *db.Tx) error {
						return promotion.Release(t.Context(), tx, fmt.Sprint("attempt_", i%buyers))
					}); err != nil {
						t.Error(err)
					}
				})
				used(t, d, p.ID, 0)
				used(t, d, other.ID, 0)
			})
		})
	}
}

// A release and a claim of one holder at once: one of them wins, and the count
// tells which.
func TestReleaseAgainstClaim(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{})
		delays(d)
		want := int64(0)
		for round := range 8 {
			holder := fmt.Sprint("attempt_", round)
			redeem(t, d, holder, nil, p.ID)
			var claimed error
			race(2, func(i int) {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if i == 0 {
						return promotion.Release(t.Context(), tx, holder)
					}
					return promotion.Claim(t.Context(), tx, holder, "ord_"+holder)
				})
				if i == 1 {
					claimed = err
				} else if err != nil {
					t.Error(err)
				}
			})
			if claimed == nil {
				want++
			} else if !errors.Is(claimed, promotion.ErrNoHold) {
				t.Error(claimed)
			}
			used(t, d, p.ID, want)
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

func TestVerifyFindsAWrongCount(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{UsageLimit: 5})
		redeem(t, d, "attempt_1", nil, p.ID)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE promotion_promotions SET used = 3`)
			return err
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			wrong, err := promotion.Verify(t.Context(), tx)
			if len(wrong) != 1 || wrong[0] != fmt.Sprintf("uses of promotion %s counts 3 and has 1", p.ID) {
				t.Errorf("got %q", wrong)
			}
			return err
		})
		// The database itself refuses a count above the limit.
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE promotion_promotions SET used = 6`)
			return err
		}); err == nil {
			t.Error("a count above the limit was written")
		}
	})
}

package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"

	"pgregory.net/rapid"
)

// slow puts 0, 1 or 20 ms between the statements, so that transactions overlap.
func slow(d *db.DB) {
	d.OnStatement(func(context.Context, string) {
		time.Sleep([]time.Duration{0, 0, time.Millisecond, 20 * time.Millisecond}[rand.IntN(4)])
	})
}

// together starts n calls at once and waits for all.
func together(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

// Sixty-four buyers want the last ten units, which lie at three locations: ten
// get one each, and nothing is held for the others.
func TestTenUnitsAreHeldForTenOfManyBuyers(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 4)
		stock(t, d, v, "loc_budapest", 3)
		stock(t, d, v, "loc_york", 3)
		slow(d)
		var won, lost atomic.Int64
		together(64, func(i int) {
			_, err := hold(d, fmt.Sprint("att_", i), line(v, 1))
			var s inventory.Shortage
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, inventory.ErrShort) && errors.As(err, &s) && s.Available == 0:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
		d.OnStatement(nil)
		if won.Load() != 10 || lost.Load() != 54 {
			t.Errorf("%d won and %d lost, want 10 and 54", won.Load(), lost.Load())
		}
		if got, want := figures(t, d, v), "berlin 4-4 budapest 3-3 york 3-3 attic 0-0"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		verify(t, d)
	})
}

// Buyers of the same variants in opposite order wait for each other at the
// first row and nowhere else: no transaction is ever run twice, as it would be
// after a deadlock, though scarce stock makes many of them choose again.
func TestOppositeOrdersNeverDeadlock(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 4)
		for i, v := range vs {
			for j, at := range places {
				stock(t, d, v, at, int64(8+(i+j)%3*9))
			}
		}
		slow(d)
		var runs, held atomic.Int64
		together(64, func(i int) {
			var lines []inventory.Line
			for _, v := range vs {
				lines = append(lines, line(v, 1))
			}
			if i%2 == 1 {
				slices.Reverse(lines)
			}
			holder := fmt.Sprint("att_", i)
			err := d.Write(ctx, func(tx *db.Tx) error {
				runs.Add(1)
				_, err := inventory.Hold(ctx, tx, holder, lines, tx.Now)
				return err
			})
			if err == nil {
				held.Add(1)
			} else if !errors.Is(err, inventory.ErrShort) {
				t.Error(err)
			}
			switch i % 4 { // and some let go while others still take
			case 0:
				err = d.Write(ctx, func(tx *db.Tx) error { runs.Add(1); return inventory.Release(ctx, tx, holder) })
			case 1:
				err = d.Write(ctx, func(tx *db.Tx) error { runs.Add(1); _, err := inventory.Expire(ctx, tx, tx.Now); return err })
			default:
				runs.Add(1)
				err = nil
			}
			if err != nil {
				t.Error(err)
			}
		})
		d.OnStatement(nil)
		if runs.Load() != 2*64 {
			t.Errorf("%d runs of %d transactions: some lost a race", runs.Load(), 2*64)
		}
		if held.Load() == 0 {
			t.Error("nobody got anything")
		}
		verify(t, d)
	})
}

// A hold that is due is either expired or claimed, whole, whoever comes first;
// and what was released is not claimed.
func TestExpiryAndClaimHaveOneWinner(t *testing.T) {
	const rounds, holders = 100, 3 // three contests a round
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 2*rounds*holders)
		}
		claimed, expired := 0, 0
		for round := range rounds {
			before := available(t, d, vs[0])
			name := func(i int) string { return fmt.Sprintf("att_%d_%d", round, i) }
			dbtest.Write(t, d, func(tx *db.Tx) (err error) {
				for i := range holders {
					_, e := inventory.Hold(ctx, tx, name(i), []inventory.Line{line(vs[0], 1), line(vs[1], 2)}, tx.Now)
					err = errors.Join(err, e)
				}
				return err
			})
			var mu sync.Mutex
			won := map[string]string{}
			win := func(holder, how string) {
				mu.Lock()
				defer mu.Unlock()
				won[holder] += how
			}
			together(holders+3, func(i int) {
				switch {
				case i < holders:
					if err := claim(d, name(i), "ord_"+name(i)); err == nil {
						win(name(i), "claimed")
					} else if !errors.Is(err, inventory.ErrNoHold) {
						t.Error(err)
					}
				case i < holders+2:
					done, err := expire(d)
					if err != nil {
						t.Error(err)
					}
					for _, h := range done {
						win(h, "expired")
					}
				case round%2 == 0: // nobody is told who released
					if err := release(d, name(0)); err != nil {
						t.Error(err)
					}
				}
			})
			live := int64(0)
			for i := range holders {
				switch how := won[name(i)]; {
				case how == "claimed":
					live++
					claimed++
				case how == "expired":
					expired++
				case how == "" && i == 0 && round%2 == 0: // released
				default:
					t.Fatalf("%s was won by %q", name(i), how)
				}
			}
			if got := available(t, d, vs[0]); got != before-live {
				t.Fatalf("round %d: %d available, want %d", round, got, before-live)
			}
		}
		verify(t, d)
		t.Logf("%d claimed, %d expired", claimed, expired)
	})
}

// One holder who submits many times at once holds once.
func TestOneHolderHoldsOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 100)
		}
		slow(d)
		together(32, func(int) {
			got, err := hold(d, "att_1", line(vs[0], 3), line(vs[1], 4))
			if err != nil || len(got) != 2 || got[0].Units+got[1].Units != 7 {
				t.Errorf("%v, %v", got, err)
			}
		})
		d.OnStatement(nil)
		if a, b := available(t, d, vs[0]), available(t, d, vs[1]); a != 97 || b != 96 {
			t.Errorf("%d and %d available, want 97 and 96", a, b)
		}
		verify(t, d)
	})
}

// model is what stock should be: units on hand by location, and who has what.
type model struct {
	onHand  map[string]int64
	has     map[string][]inventory.Allocation
	claimed map[string]bool
}

func (m *model) free(at string) int64 {
	n := m.onHand[at]
	for _, all := range m.has {
		for _, a := range all {
			if a.Location == at {
				n -= a.Units
			}
		}
	}
	return n
}

func (m *model) figures() string {
	var parts []string
	for _, at := range append(slices.Clone(places), attic) {
		parts = append(parts, fmt.Sprintf("%s %d-%d", strings.TrimPrefix(at, "loc_"), m.onHand[at], m.onHand[at]-m.free(at)))
	}
	return strings.Join(parts, " ")
}

// Whatever is done, in whatever order, stock is what a ten-line model says.
func TestStockIsWhatTheModelSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 100)
		next := 0
		rapid.Check(t, func(rt *rapid.T) {
			v := vs[next%len(vs)]
			prefix := fmt.Sprintf("run%d_", next)
			if next++; next > len(vs) {
				rt.Skip("no variants left") // while shrinking a failure only
			}
			m := &model{map[string]int64{}, map[string][]inventory.Allocation{}, map[string]bool{}}
			holder := rapid.Map(rapid.IntRange(1, 5), func(n int) string { return prefix + fmt.Sprint(n) })
			place := rapid.SampledFrom(places)
			rt.Repeat(map[string]func(*rapid.T){
				"adjust": func(rt *rapid.T) {
					at, delta := place.Draw(rt, "at"), rapid.Int64Range(-4, 6).Draw(rt, "delta")
					_, err := adjust(d, v, at, delta)
					if ok := delta != 0 && (delta > 0 || m.free(at)+delta >= 0); ok != (err == nil) {
						rt.Fatalf("adjust: %v", err)
					} else if ok {
						m.onHand[at] += delta
					}
				},
				"hold": func(rt *rapid.T) {
					who, units := holder.Draw(rt, "who"), rapid.Int64Range(1, 5).Draw(rt, "units")
					got, err := hold(d, who, line(v, units))
					free := m.free(places[0]) + m.free(places[1]) + m.free(places[2])
					switch had := m.has[who]; {
					case had != nil && (err != nil || !slices.Equal(had, got)):
						rt.Fatalf("hold again: %v, %v; had %v", got, err, had)
					case had == nil && (units <= free) != (err == nil):
						rt.Fatalf("hold %d of %d: %v", units, free, err)
					case err == nil:
						m.has[who] = got
					}
				},
				"release": func(rt *rapid.T) {
					who := holder.Draw(rt, "who")
					if err := release(d, who); err != nil {
						rt.Fatal(err)
					}
					if !m.claimed[who] {
						delete(m.has, who)
					}
				},
				"claim": func(rt *rapid.T) {
					who := holder.Draw(rt, "who")
					err := claim(d, who, "ord_"+who)
					if (m.has[who] != nil) != (err == nil) {
						rt.Fatalf("claim: %v", err)
					}
					m.claimed[who] = err == nil
				},
				"expire": func(rt *rapid.T) {
					dbtest.Clock(d).Advance(15 * time.Minute)
					done, err := expire(d)
					if err != nil {
						rt.Fatal(err)
					}
					for who := range m.has {
						if m.claimed[who] == slices.Contains(done, who) {
							rt.Fatalf("%s, claimed %t: expired %v", who, m.claimed[who], done)
						}
						if !m.claimed[who] {
							delete(m.has, who)
						}
					}
				},
				"": func(rt *rapid.T) {
					if got, want := figures(t, d, v), m.figures(); got != want {
						rt.Fatalf("stock %s, model %s", got, want)
					}
				},
			})
		})
		verify(t, d)
	})
}

// Buyers, a transfer that is sent and received in parts, and people who count,
// all at once: what lies somewhere or is on the way changes by what left the
// house and by nothing else, and each unit has one buyer.
func TestATransferASaleAndACountLoseNothing(t *testing.T) {
	const each = 30
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			for _, at := range places {
				stock(t, d, v, at, each)
			}
		}
		slow(d)
		var sold, left [2]atomic.Int64
		together(48, func(i int) {
			k := i % 2
			switch i / 2 % 4 {
			case 0, 1:
				sold[k].Add(bought(t, d, vs[k], fmt.Sprint("att_", i), i%3 == 0))
			case 2:
				sent, err := shipped(d, line(vs[0], 3), line(vs[1], 3))
				for n := 0; n < 2 && err == nil; n++ {
					_, err = received(d, sent.ID, line(vs[0], 1), line(vs[1], 1))
				}
				if err != nil && !errors.Is(err, inventory.ErrShort) {
					t.Error(err)
				}
				if _, err := adjust(d, vs[k], "loc_budapest", -1); err == nil {
					left[k].Add(1)
				}
			case 3:
				countsWhatIsThere(t, d, vs[k])
			}
		})
		d.OnStatement(nil)
		for k, v := range vs {
			onHand, reserved, incoming, found := sums(t, d, v)
			if want := 3*each - left[k].Load() + found; onHand+incoming != want || reserved != sold[k].Load() {
				t.Errorf("%d on hand and %d on the way, want %d; %d reserved, %d sold", onHand, incoming, want, reserved, sold[k].Load())
			}
		}
		verify(t, d)
	})
}

// bought holds two units, or tries to, and gives them back if asked.
func bought(t testing.TB, d *db.DB, v catalog.VariantID, holder string, back bool) (units int64) {
	if _, err := hold(d, holder, line(v, 2)); err == nil {
		units = 2
	} else if !errors.Is(err, inventory.ErrShort) {
		t.Error(err)
	}
	if back && release(d, holder) == nil {
		return 0
	}
	return units
}

// countsWhatIsThere counts what lies in York, slowly, so that it may change
// between the look and the count.
func countsWhatIsThere(t testing.TB, d *db.DB, v catalog.VariantID) {
	c := started(t, d, "loc_york")
	err := d.Write(ctx, func(tx *db.Tx) error {
		l, err := inventory.CountUnits(ctx, tx, c.ID, v, 0, "")
		if err == nil {
			_, err = inventory.CountUnits(ctx, tx, c.ID, v, l.Expected, "")
		}
		return err
	})
	if err == nil {
		_, err = posted(d, c.ID, "count")
	}
	if err != nil && !errors.Is(err, inventory.ErrRecount) {
		t.Error(err)
	}
}

// sums are a variant's figures over all locations, and what counts found.
func sums(t testing.TB, d *db.DB, v catalog.VariantID) (onHand, reserved, incoming, found int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		levels, err := inventory.Levels(ctx, tx, v)
		for _, l := range levels {
			onHand, reserved, incoming = onHand+l.OnHand, reserved+l.Reserved, incoming+l.Incoming
		}
		return err
	})
	for _, m := range moves(t, d, v) {
		if m.Cause == inventory.CauseCounted {
			found += m.OnHand
		}
	}
	return onHand, reserved, incoming, found
}

func moves(t testing.TB, d *db.DB, v catalog.VariantID) (all []inventory.Movement) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = inventory.Movements(ctx, tx, v, 0, 10_000)
		return err
	})
	return all
}

// BenchmarkHold holds one unit of each of two variants, of a hundred, for a
// new holder, at 1, 8 and 64 buyers at once.
func BenchmarkHold(b *testing.B) {
	databases := map[string]func(b *testing.B) *db.DB{
		"sqlite":   func(b *testing.B) *db.DB { return dbtest.SQLite(b, schemas) },
		"postgres": func(b *testing.B) *db.DB { return dbtest.Postgres(b, schemas) },
	}
	for name, openDB := range databases {
		for _, buyers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, buyers), func(b *testing.B) {
				if name == "postgres" && os.Getenv("KORZO_TEST_POSTGRES") == "" {
					b.Skip("KORZO_TEST_POSTGRES is not set")
				}
				d := openDB(b)
				vs := open(b, d, 100)
				for _, v := range vs {
					stock(b, d, v, "loc_berlin", 1_000_000)
				}
				var n atomic.Int64
				b.ResetTimer()
				together(buyers, func(int) {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						if _, err := hold(d, fmt.Sprint("att_", i), line(vs[rand.IntN(50)], 1), line(vs[50+rand.IntN(50)], 1)); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

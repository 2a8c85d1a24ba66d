package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/calendar"

	"pgregory.net/rapid"
)

// 50.00 of credit in three lots, and sixteen carts of 50.00: one holds it, and
// however many claim and release at once, it is paid once.
func TestOneWalletInSixteenCarts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceRefund, 20_00, time.Time{}))
		give(t, d, grant(wallet.SourceBonus, 20_00, dbtest.Noon.Add(time.Hour)))
		give(t, d, grant(wallet.SourceGoodwill, 10_00, time.Time{}))
		delays(d)
		var won atomic.Int64
		race(16, func(i int) {
			switch err := d.Write(t.Context(), holding(fmt.Sprint("p", i), 50_00)); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, wallet.ErrShort):
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d carts hold the credit, want 1", won.Load())
		}
		has(t, d, ada, 0, 50_00)
		race(32, func(i int) {
			if err := d.Write(t.Context(), releasing(fmt.Sprint("p", i%16))); err != nil {
				t.Error(err)
			}
		})
		has(t, d, ada, 50_00, 0)
		sound(t, d)
	})
}

func TestReleaseAgainstClaim(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceBonus, 80_00, time.Time{}))
		delays(d)
		spent := int64(0)
		for round := range 6 {
			holder := fmt.Sprint("p", round)
			expect(t, d, "hold", nil, holding(holder, 10_00))
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
			} else if !errors.Is(claimed, wallet.ErrNoHold) {
				t.Error(claimed)
			}
			has(t, d, ada, 80_00-spent, 0)
		}
		booked(t, d, wallet.Customers, -spent)
	})
}

// Sixteen refunds of 10.00 of a payment of 55.00, and each sent twice.
func TestRefundsAtOnceNeverExceedWhatWasPaid(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		give(t, d, grant(wallet.SourceBonus, 30_00, time.Time{}))
		give(t, d, grant(wallet.SourceBonus, 30_00, time.Time{}))
		expect(t, d, "hold", nil, holding("p1", 55_00))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		delays(d)
		var done [16]atomic.Int64
		race(32, func(i int) {
			err := d.Write(t.Context(), refunding("ord_1", 10_00, fmt.Sprint("r", i%16)))
			if err == nil {
				done[i%16].Store(1)
			} else if !errors.Is(err, wallet.ErrTooMuch) {
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
		has(t, d, ada, 55_00, 0)
		booked(t, d, wallet.Customers, -5_00)
	})
}

// Everything at once on one wallet, merges into another included: whatever
// wins, the books are true.
func TestEverythingAtOnce(t *testing.T) {
	const bob profile.CustomerID = "cus_bob"
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var lots []wallet.LotID
		for i := range 4 {
			lots = append(lots, give(t, d, grant(wallet.SourceBonus, 10_00, dbtest.Noon.Add(time.Duration(i+1)*time.Hour))))
			expect(t, d, "hold", nil, holding(fmt.Sprint("p", i), 6_00))
		}
		dbtest.Clock(d).Advance(2 * time.Hour)
		delays(d)
		verbs := []func(i int) func(tx *db.Tx) error{
			func(i int) func(tx *db.Tx) error { return releasing(fmt.Sprint("p", i)) },
			func(i int) func(tx *db.Tx) error { return claiming(fmt.Sprint("p", i), fmt.Sprint("ord_", i)) },
			func(i int) func(tx *db.Tx) error { return holding(fmt.Sprint("q", i), 3_00) },
			func(int) func(tx *db.Tx) error {
				return func(tx *db.Tx) error {
					_, err := wallet.Expire(context.Background(), tx, calendar.DateIn(tx.Now, time.UTC), 10)
					return err
				}
			},
			func(i int) func(tx *db.Tx) error {
				return func(tx *db.Tx) error { _, err := wallet.Revoke(context.Background(), tx, lots[i], clerk); return err }
			},
			func(int) func(tx *db.Tx) error {
				return func(tx *db.Tx) error { return wallet.Merge(context.Background(), tx, ada, bob, clerk) }
			},
		}
		race(4*len(verbs), func(i int) {
			err := d.Write(t.Context(), verbs[i%len(verbs)](i/len(verbs)))
			if err != nil && !errors.Is(err, wallet.ErrShort) && !errors.Is(err, wallet.ErrNoHold) {
				t.Error(err)
			}
		})
		sound(t, d)
		has(t, d, ada, 0, 0)
	})
}

// model is a wallet of one lot as ten lines of Go have it.
type model struct {
	balance        int64
	held           map[string]int64
	paid, refunded map[string]int64
	released       map[string]bool
}

func (m *model) hold(h string, n int64) error {
	switch {
	case m.held[h] == n || m.held[h] == 0 && m.paid[h] == n:
		return nil
	case m.held[h] > 0 || m.paid[h] > 0:
		return wallet.ErrHeld
	case n > m.balance:
		return wallet.ErrShort
	}
	m.balance, m.held[h], m.released[h] = m.balance-n, n, false
	return nil
}

func (m *model) release(h string) {
	if m.held[h] > 0 {
		m.balance, m.held[h], m.released[h] = m.balance+m.held[h], 0, true
	}
}

func (m *model) claim(h string) error {
	if m.released[h] {
		return wallet.ErrNoHold
	}
	m.paid[h], m.held[h] = m.paid[h]+m.held[h], 0
	return nil
}

func (m *model) refund(h string, n int64) error {
	if m.refunded[h]+n > m.paid[h] {
		return wallet.ErrTooMuch
	}
	m.balance, m.refunded[h] = m.balance+n, m.refunded[h]+n
	return nil
}

// Whatever is given, held, released, claimed and refunded in whatever order, a
// wallet has what plain Go says, and a refused verb leaves no trace.
func TestAWalletIsWhatTheModelSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			customer := profile.CustomerID(fmt.Sprint("cus_", round))
			m := &model{0, map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}}
			for i := range rapid.IntRange(1, 25).Draw(r, "steps") {
				h := fmt.Sprintf("r%d-%d", round, rapid.IntRange(1, 3).Draw(r, "holder"))
				n := rapid.Int64Range(1, 120).Draw(r, "amount")
				var got, want error
				switch rapid.SampledFrom([]string{"give", "hold", "hold", "release", "claim", "refund"}).Draw(r, "verb") {
				case "give":
					g := grant(wallet.SourceGoodwill, n, time.Time{})
					g.Customer = customer
					give(t, d, g)
					m.balance += n
				case "hold":
					got = d.Write(t.Context(), func(tx *db.Tx) error { return wallet.Hold(t.Context(), tx, h, customer, eur(n)) })
					want = m.hold(h, n)
				case "release":
					got = d.Write(t.Context(), releasing(h))
					m.release(h)
				case "claim":
					got, want = d.Write(t.Context(), claiming(h, "ord_"+h)), m.claim(h)
				case "refund":
					got, want = d.Write(t.Context(), refunding("ord_"+h, n, fmt.Sprint(h, i))), m.refund(h, n)
				}
				if !errors.Is(got, want) || want == nil && got != nil {
					r.Fatalf("got %v, want %v", got, want)
				}
				held := int64(0)
				for _, n := range m.held {
					held += n
				}
				has(t, d, customer, m.balance, held)
			}
		})
		sound(t, d)
	})
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	for name, attack := range map[string]string{
		"credit nobody gave":     `UPDATE wallet_lots SET remaining = remaining - 1`,
		"a hold nobody made":     `UPDATE wallet_holds SET amount = amount + 1`,
		"a refund nobody made":   `UPDATE wallet_holds SET refunded = 1`,
		"a refund that is gone":  `UPDATE wallet_holds SET refunded = 0`,
		"a lot of somebody else": `UPDATE wallet_lots SET customer = 'cus_bob'`,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				give(t, d, grant(wallet.SourceBonus, 50_00, time.Time{}))
				g := grant(wallet.SourceBonus, 50_00, time.Time{})
				g.Customer = "cus_bob"
				give(t, d, g)
				expect(t, d, "hold", nil, holding("p1", 10_00))
				expect(t, d, "claim", nil, claiming("p1", "ord_1"))
				expect(t, d, "refund", nil, refunding("ord_1", 2_00, "r1"))
				sound(t, d)
				dbtest.Write(t, d, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), attack)
					return err
				})
				dbtest.Read(t, d, func(tx *db.Tx) error {
					wrong, err := wallet.Verify(t.Context(), tx)
					if len(wrong) == 0 {
						t.Error("nothing is found wrong")
					}
					return err
				})
			})
		})
	}
}

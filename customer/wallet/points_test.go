package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/value/money"

	"pgregory.net/rapid"
)

var pointSchemas = []fs.FS{event.Schema, remember.Schema, ledger.Schema, wallet.Schema}

func points(n int64) money.Amount { return money.Of(n, wallet.Points) }

func adjusting(n int64, key string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		return wallet.AdjustPoints(context.Background(), tx, ada, n, clerk, key)
	}
}

func holdingPoints(holder string, n, worth int64) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		return wallet.HoldPoints(context.Background(), tx, holder, ada, n, eur(worth))
	}
}

func refundingPoints(order string, worth int64, key string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		return wallet.RefundPoints(context.Background(), tx, order, eur(worth), key)
	}
}

// hasPoints asserts what a customer may spend and what is held, and that all books are true.
func hasPoints(t testing.TB, d *db.DB, customer profile.CustomerID, available, held int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		b, err := wallet.PointsOf(t.Context(), tx, customer)
		if b.Available != points(available) || b.Held != points(held) {
			t.Errorf("%s has %v and %v held, want %d and %d", customer, b.Available, b.Held, available, held)
		}
		return err
	})
	sound(t, d)
}

func TestStaffGivePointsAndTakeThemOnceUnderAKey(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "take of nothing", wallet.ErrShort, adjusting(-1, "k0"))
		for range 2 {
			expect(t, d, "give", nil, adjusting(500, "k1"))
			expect(t, d, "take", nil, adjusting(-120, "k2"))
		}
		expect(t, d, "another number", wallet.ErrKeyReused, adjusting(-121, "k2"))
		expect(t, d, "more than there are", wallet.ErrShort, adjusting(-381, "k3"))
		expect(t, d, "none", wallet.ErrPoints, adjusting(0, "k4"))
		expect(t, d, "the least there is", wallet.ErrPoints, adjusting(math.MinInt64, "k4"))
		expect(t, d, "nothing that says which", wallet.ErrGrant, adjusting(-1, ""))
		expect(t, d, "nobody who says why", wallet.ErrReason, func(tx *db.Tx) error {
			return wallet.AdjustPoints(t.Context(), tx, ada, -1, wallet.By{Actor: "stf_1"}, "k5")
		})
		expect(t, d, "points of a refund", wallet.ErrGrant, func(tx *db.Tx) error {
			g := grant(wallet.SourceRefund, 1, time.Time{})
			g.Amount = points(1)
			_, err := wallet.Give(t.Context(), tx, g)
			return err
		})
		expect(t, d, "points as if they were money", wallet.ErrAmount, func(tx *db.Tx) error { return wallet.Hold(t.Context(), tx, "p1", ada, points(1)) })
		hasPoints(t, d, ada, 380, 0)
		has(t, d, ada, 0, 0) // points are no credit
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, err := wallet.History(t.Context(), tx, ada, wallet.Points, 0, 10)
			if len(page) != 2 || page[0].Kind != "revoked" || page[0].Amount != points(-120) || page[0].By != clerk || page[1].Kind != "granted" {
				t.Errorf("the history says %+v", page)
			}
			facts, err2 := event.Facts(t.Context(), tx, wallet.PointsChanged{}.Kind(), 0, 10)
			if len(facts) != 2 {
				t.Errorf("%d facts are told, want 2", len(facts))
			}
			return errors.Join(err, err2)
		})
	})
}

func TestPointsPayAndComeBackInProportionToTheLastOne(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "give", nil, adjusting(1000, "k1"))
		expect(t, d, "without a worth", wallet.ErrAmount, holdingPoints("p1", 700, 0))
		expect(t, d, "hold", nil, holdingPoints("p1", 700, 3_00))
		expect(t, d, "the same again", nil, holdingPoints("p1", 700, 3_00))
		expect(t, d, "for other money", wallet.ErrHeld, holdingPoints("p1", 700, 3_01))
		expect(t, d, "what is promised", wallet.ErrShort, holdingPoints("p2", 301, 1_00))
		hasPoints(t, d, ada, 300, 700)
		expect(t, d, "release", nil, releasing("p1"))
		hasPoints(t, d, ada, 1000, 0)
		expect(t, d, "hold again", nil, holdingPoints("p1", 700, 3_00))
		for range 2 {
			expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		}
		booked(t, d, wallet.Customers, -3_00)
		booked(t, d, wallet.PointsSpent, 3_00)
		booked(t, d, wallet.Liability, 0)
		for range 2 { // 1.00 of 3.00 is 233⅓ of 700 points
			expect(t, d, "a third", nil, refundingPoints("ord_1", 1_00, "r1"))
		}
		hasPoints(t, d, ada, 300+233, 0)
		expect(t, d, "another amount", wallet.ErrKeyReused, refundingPoints("ord_1", 1_01, "r1"))
		expect(t, d, "more than was paid", wallet.ErrTooMuch, refundingPoints("ord_1", 2_01, "r2"))
		expect(t, d, "as if it were credit", wallet.ErrTooMuch, refunding("ord_1", 1, "r2"))
		expect(t, d, "the second third", nil, refundingPoints("ord_1", 1_00, "r2"))
		hasPoints(t, d, ada, 300+467, 0)
		expect(t, d, "the rest", nil, refundingPoints("ord_1", 1_00, "r3"))
		hasPoints(t, d, ada, 1000, 0)
		booked(t, d, wallet.PointsSpent, 0)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			p, err := wallet.PointsPaid(t.Context(), tx, "ord_1")
			if p.Paid != eur(3_00) || p.Left() != eur(0) || p.Spent != 700 || p.Back != 700 {
				t.Errorf("%+v", p)
			}
			credit, err2 := wallet.Paid(t.Context(), tx, "ord_1")
			if credit != (wallet.Tender{}) {
				t.Errorf("credit paid %+v", credit)
			}
			return errors.Join(err, err2)
		})
	})
}

// A point that is worth five cents may come back for nothing, or for one cent:
// what counts is all that came back.
func TestAPointThatIsWorthManyCentsComesBackOnce(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "give", nil, adjusting(3, "k1"))
		expect(t, d, "hold", nil, holdingPoints("p1", 3, 15))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		for i := range 15 {
			expect(t, d, "a cent", nil, refundingPoints("ord_1", 1, fmt.Sprint("r", i)))
			hasPoints(t, d, ada, (int64(i+1)*2+5)/10, 0)
		}
	})
}

func TestPointsOfTwoCustomersBecomeOnesAndEndWithThem(t *testing.T) {
	const bob profile.CustomerID = "cus_bob"
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "give", nil, adjusting(100, "k1"))
		expect(t, d, "hold", nil, holdingPoints("p1", 40, 40))
		expect(t, d, "merge", nil, func(tx *db.Tx) error { return wallet.Merge(t.Context(), tx, ada, bob, clerk) })
		hasPoints(t, d, ada, 0, 0)
		hasPoints(t, d, bob, 60, 40)
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		expect(t, d, "refund", nil, refundingPoints("ord_1", 10, "r1"))
		hasPoints(t, d, bob, 70, 0)
		for range 2 {
			expect(t, d, "close", nil, func(tx *db.Tx) error {
				owed, err := wallet.Close(t.Context(), tx, bob, clerk)
				if len(owed) != 0 {
					t.Errorf("owed are %v", owed)
				}
				return err
			})
		}
		hasPoints(t, d, bob, 0, 0)
	})
}

// 1,000 points in sixteen carts: one holds them, and however many claim and
// release at once, they are spent once.
func TestTheSamePointsInSixteenCarts(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "give", nil, adjusting(600, "k1"))
		expect(t, d, "give", nil, adjusting(400, "k2"))
		delays(d)
		var won atomic.Int64
		race(16, func(i int) {
			switch err := d.Write(t.Context(), holdingPoints(fmt.Sprint("p", i), 1000, 10_00)); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, wallet.ErrShort):
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d carts hold the points, want 1", won.Load())
		}
		var claimed atomic.Int64
		race(32, func(i int) {
			holder := fmt.Sprint("p", i%16)
			if i < 16 {
				if err := d.Write(t.Context(), releasing(holder)); err != nil {
					t.Error(err)
				}
				return
			}
			if err := d.Write(t.Context(), claiming(holder, "ord_"+holder)); err != nil && !errors.Is(err, wallet.ErrNoHold) {
				t.Error(err)
			}
		})
		for i := range 16 {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				p, err := wallet.PointsPaid(t.Context(), tx, fmt.Sprint("ord_p", i))
				claimed.Add(p.Spent)
				return err
			})
		}
		hasPoints(t, d, ada, 1000-claimed.Load(), 0)
		booked(t, d, wallet.PointsSpent, claimed.Load())
	})
}

// Sixteen refunds of 1.00 of the 5.50 that points paid, each sent twice, while
// staff take what came back.
func TestRefundsOfPointsAtOnceNeverExceedWhatTheyPaid(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		expect(t, d, "give", nil, adjusting(1000, "k1"))
		expect(t, d, "hold", nil, holdingPoints("p1", 1000, 5_50))
		expect(t, d, "claim", nil, claiming("p1", "ord_1"))
		delays(d)
		var done [16]atomic.Int64
		var taken atomic.Int64
		race(40, func(i int) {
			if i >= 32 {
				switch err := d.Write(t.Context(), adjusting(-50, fmt.Sprint("t", i))); {
				case err == nil:
					taken.Add(50)
				case !errors.Is(err, wallet.ErrShort):
					t.Error(err)
				}
				return
			}
			err := d.Write(t.Context(), refundingPoints("ord_1", 1_00, fmt.Sprint("r", i%16)))
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
		hasPoints(t, d, ada, 909-taken.Load(), 0) // 5.00 of 5.50 are 909 of 1,000
		booked(t, d, wallet.PointsSpent, 50)
	})
}

// Whatever is given, taken, held, released, claimed and refunded in whatever
// order, there are as many points as plain Go says.
func TestPointsAreWhatTheModelSays(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			customer := profile.CustomerID(fmt.Sprint("cus_", round))
			m := &model{0, map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}}
			for i := range rapid.IntRange(1, 20).Draw(r, "steps") {
				h := fmt.Sprintf("r%d-%d", round, rapid.IntRange(1, 3).Draw(r, "holder"))
				n := rapid.Int64Range(1, 120).Draw(r, "points")
				var got, want error
				switch rapid.SampledFrom([]string{"give", "take", "hold", "hold", "release", "claim", "refund"}).Draw(r, "verb") {
				case "give":
					got = d.Write(t.Context(), func(tx *db.Tx) error {
						return wallet.AdjustPoints(t.Context(), tx, customer, n, clerk, fmt.Sprint(h, "-", i))
					})
					m.balance += n
				case "take":
					got = d.Write(t.Context(), func(tx *db.Tx) error {
						return wallet.AdjustPoints(t.Context(), tx, customer, -n, clerk, fmt.Sprint(h, "-", i))
					})
					if want = wallet.ErrShort; n <= m.balance {
						m.balance, want = m.balance-n, nil
					}
				case "hold":
					got = d.Write(t.Context(), func(tx *db.Tx) error { return wallet.HoldPoints(t.Context(), tx, h, customer, n, eur(n)) })
					want = m.hold(h, n)
				case "release":
					got = d.Write(t.Context(), releasing(h))
					m.release(h)
				case "claim":
					got, want = d.Write(t.Context(), claiming(h, "ord_"+h)), m.claim(h)
				case "refund":
					got, want = d.Write(t.Context(), refundingPoints("ord_"+h, n, fmt.Sprint(h, i))), m.refund(h, n)
				}
				if !errors.Is(got, want) || want == nil && got != nil {
					r.Fatalf("got %v, want %v", got, want)
				}
				held := int64(0)
				for _, n := range m.held {
					held += n
				}
				dbtest.Read(t, d, func(tx *db.Tx) error {
					b, err := wallet.PointsOf(t.Context(), tx, customer)
					if b.Available != points(m.balance) || b.Held != points(held) {
						r.Fatalf("%v and %v held, want %d and %d", b.Available, b.Held, m.balance, held)
					}
					return err
				})
			}
		})
		sound(t, d)
	})
}

func TestVerifyFindsWhatIsWrongWithPoints(t *testing.T) {
	for name, attack := range map[string]string{
		"points nobody gave":       `UPDATE wallet_lots SET remaining = remaining - 1`,
		"a refund of no worth":     `UPDATE wallet_holds SET worth_back = 0`,
		"points that did not come": `UPDATE wallet_holds SET refunded = 0`,
		"points of somebody else":  `UPDATE wallet_lots SET customer = 'cus_bob'`,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
				expect(t, d, "give", nil, adjusting(100, "k1"))
				expect(t, d, "bob's", nil, func(tx *db.Tx) error { return wallet.AdjustPoints(t.Context(), tx, "cus_bob", 100, clerk, "k2") })
				expect(t, d, "hold", nil, holdingPoints("p1", 10, 1_00))
				expect(t, d, "claim", nil, claiming("p1", "ord_1"))
				expect(t, d, "refund", nil, refundingPoints("ord_1", 20, "r1"))
				hasPoints(t, d, ada, 92, 0)
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

func TestWhatPointsAreWorthIsTheMerchantsByCurrency(t *testing.T) {
	dbtest.Each(t, pointSchemas, func(t *testing.T, d *db.DB) {
		in := func(c money.Currency) (w wallet.Worth, ok bool) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				w, ok, err = wallet.WorthIn(t.Context(), tx, c)
				return err
			})
			return w, ok
		}
		save := func(w wallet.Worth) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { return wallet.SaveWorth(t.Context(), tx, w) }
		}
		if _, ok := in("EUR"); ok {
			t.Error("points are worth something that nobody has said")
		}
		good := wallet.Worth{Amount: eur(1_00), Points: 100, Least: 50, Share: 50}
		expect(t, d, "save", nil, save(good))
		if w, ok := in("EUR"); !ok || w != good {
			t.Errorf("%+v", w)
		}
		if _, ok := in("HUF"); ok {
			t.Error("forints are bought with points")
		}
		for name, bad := range map[string]wallet.Worth{
			"no currency": {Amount: points(1), Points: 1, Share: 100}, "no points": {Amount: eur(1), Share: 100}, "no money": {Amount: eur(0), Points: 1, Share: 100},
			"no share": {Amount: eur(1), Points: 1}, "more than all": {Amount: eur(1), Points: 1, Share: 101}, "a debt": {Amount: eur(1), Points: 1, Share: 1, Least: -1},
		} {
			expect(t, d, name, wallet.ErrWorth, save(bad))
		}
		expect(t, d, "drop", nil, func(tx *db.Tx) error { return wallet.DropWorth(t.Context(), tx, "EUR") })
		if _, ok := in("EUR"); ok {
			t.Error("points are worth something that was dropped")
		}
	})
}

func TestPointsPayTheirWorthAndNoneIsWasted(t *testing.T) {
	huf := money.Of
	for _, c := range []struct {
		name           string
		worth          wallet.Worth
		points, budget int64
		used, pays     int64
	}{
		{"a cent each", wallet.Worth{Amount: eur(1), Points: 1, Share: 100}, 500, 12_00, 500, 5_00},
		{"as much as is left", wallet.Worth{Amount: eur(1), Points: 1, Share: 100}, 5000, 12_00, 1200, 12_00},
		{"what is less than a cent stays", wallet.Worth{Amount: eur(1), Points: 3, Share: 100}, 11, 12_00, 9, 3},
		{"a point of five cents never pays too much", wallet.Worth{Amount: eur(5), Points: 1, Share: 100}, 50, 12, 2, 10},
		{"a rate that is no whole number", wallet.Worth{Amount: eur(7), Points: 3, Share: 100}, 100, 100, 43, 1_00},
		{"fewer than the least", wallet.Worth{Amount: eur(1), Points: 1, Least: 100, Share: 100}, 99, 12_00, 0, 0},
		{"an order of less than the least", wallet.Worth{Amount: eur(1), Points: 1, Least: 100, Share: 100}, 500, 99, 0, 0},
		{"whole forints", wallet.Worth{Amount: huf(150, "HUF"), Points: 1, Share: 100}, 3, 1_000_00, 3, 400},
		{"nothing to pay", wallet.Worth{Amount: eur(1), Points: 1, Share: 100}, 500, -1, 0, 0},
		{"all there are", wallet.Worth{Amount: eur(1_000_000), Points: 1, Share: 100}, math.MaxInt64, math.MaxInt64, 1_000_000, 1_000_000_000_000},
	} {
		budget := money.Of(c.budget, c.worth.Amount.Currency)
		if used, pays := c.worth.Use(c.points, budget); used != c.used || pays.Minor != c.pays {
			t.Errorf("%s: %d points pay %v, want %d and %d", c.name, used, pays, c.used, c.pays)
		}
	}
	if p := (wallet.Worth{Share: 33}).Payable(eur(10_05)); p != eur(3_31) {
		t.Errorf("a third of 10.05 is %v", p)
	}
}

// Whatever points are worth: they pay no more than there is to pay, no more
// than they are worth, and one fewer pays less.
func TestLawsOfWhatPointsPay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY"}).Draw(r, "currency")
		info, _ := money.Find(c)
		w := wallet.Worth{Amount: money.Of(rapid.Int64Range(1, 5000).Draw(r, "minor"), c), Points: rapid.Int64Range(1, 5000).Draw(r, "per"),
			Least: rapid.Int64Range(0, 50).Draw(r, "least"), Share: 100}
		have, budget := rapid.Int64Range(0, 1_000_000).Draw(r, "points"), rapid.Int64Range(0, 1_000_000).Draw(r, "budget")
		used, pays := w.Use(have, money.Of(budget, c))
		switch {
		case used < 0 || used > have || pays.Minor > budget || pays.Minor%info.ChargeStep != 0:
			r.Fatalf("%d points pay %v", used, pays)
		case pays.Minor*w.Points > used*w.Amount.Minor:
			r.Fatalf("%d points pay %v, more than they are worth", used, pays)
		case (used == 0) != pays.IsZero() || used > 0 && used < w.Least:
			r.Fatalf("%d points pay %v", used, pays)
		case used > 0 && !w.Of(used-1).Less(pays):
			r.Fatalf("one point of %d is wasted on %v", used, pays)
		}
	})
}

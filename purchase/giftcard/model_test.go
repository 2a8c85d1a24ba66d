package giftcard_test

import (
	"errors"
	"fmt"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/purchase/giftcard"

	"pgregory.net/rapid"
)

// model is a card as ten lines of Go have it.
type model struct {
	balance        int64
	held           map[string]int64 // by holder
	paid, refunded map[string]int64 // by order; a holder's order is its own
	released       map[string]bool
}

func (m *model) hold(h string, n int64) error {
	switch {
	case m.held[h] == n || m.held[h] == 0 && m.paid[h] == n:
		return nil
	case m.held[h] > 0 || m.paid[h] > 0:
		return giftcard.ErrHeld
	case n > m.balance:
		return giftcard.ErrShort
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
		return giftcard.ErrNoHold
	}
	m.paid[h], m.held[h] = m.paid[h]+m.held[h], 0
	return nil
}

func (m *model) refund(h string, n int64) error {
	if m.refunded[h]+n > m.paid[h] {
		return giftcard.ErrTooMuch
	}
	m.balance, m.refunded[h] = m.balance+n, m.refunded[h]+n
	return nil
}

// Whatever is held, released, claimed and refunded in whatever order, a card
// has what plain Go says, and a refused verb leaves no trace.
func TestACardIsWhatTheModelSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			c := issue(t, d, draft(100))
			m := &model{100, map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}}
			for i := range rapid.IntRange(1, 25).Draw(r, "steps") {
				h := fmt.Sprintf("r%d-%d", round, rapid.IntRange(1, 3).Draw(r, "holder"))
				n := rapid.Int64Range(1, 120).Draw(r, "amount")
				var got, want error
				switch verb := rapid.SampledFrom([]string{"hold", "hold", "release", "claim", "refund"}).Draw(r, "verb"); verb {
				case "hold":
					got, want = d.Write(t.Context(), holding(h, part(c, n))), m.hold(h, n)
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
				compare(r, d, c.ID, m)
			}
		})
		sound(t, d)
	})
}

func compare(r *rapid.T, d *db.DB, id giftcard.ID, m *model) {
	held, owed := int64(0), int64(0)
	for _, n := range m.held {
		held += n
	}
	for h := range m.paid {
		owed += m.paid[h] - m.refunded[h]
	}
	err := d.Read(r.Context(), func(tx *db.Tx) error {
		c, err := giftcard.Find(r.Context(), tx, id)
		if c.Balance != eur(m.balance) || c.Held != eur(held) || m.balance+held+owed != 100 {
			r.Fatalf("the card has %v and %v held, the model %d and %d, and %d was spent", c.Balance, c.Held, m.balance, held, owed)
		}
		for h := range m.paid {
			t, err := giftcard.Paid(r.Context(), tx, "ord_"+h)
			if err != nil || t.Paid.Minor != m.paid[h] || t.Refunded.Minor != m.refunded[h] {
				r.Fatalf("%s: %+v, %v; the model %d and %d", h, t, err, m.paid[h], m.refunded[h])
			}
		}
		n, lerr := ledger.Balance(r.Context(), tx, giftcard.Account(id), "EUR")
		if n != m.balance {
			r.Fatalf("the ledger has %d, the model %d", n, m.balance)
		}
		return errors.Join(err, lerr)
	})
	if err != nil {
		r.Fatal(err)
	}
}

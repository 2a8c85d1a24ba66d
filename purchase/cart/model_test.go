package cart_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"

	"pgregory.net/rapid"
)

// model is a cart as plain Go has it.
type model struct {
	quantities map[catalog.VariantID]int64
	codes      map[string]bool // in capitals
	version    int64
	holder     string
	order      string
}

// refusal is what every change must answer, if the model is not open.
func (m *model) refusal() error {
	switch {
	case m.order != "":
		return cart.ErrOrdered
	case m.holder != "":
		return cart.ErrLocked
	}
	return nil
}

func (m *model) add(v catalog.VariantID, n int64) error {
	if err := m.refusal(); err != nil {
		return err
	}
	if n < 1 || m.quantities[v]+n > 9999 {
		return cart.ErrQuantity
	}
	m.quantities[v] += n
	m.version++
	return nil
}

func (m *model) set(v catalog.VariantID, n int64) error {
	if err := m.refusal(); err != nil {
		return err
	}
	if m.quantities[v] == 0 {
		return cart.ErrNoLine
	}
	if n < 1 || n > 9999 {
		return cart.ErrQuantity
	}
	m.quantities[v] = n
	m.version++
	return nil
}

func (m *model) remove(v catalog.VariantID) error {
	if err := m.refusal(); err != nil {
		return err
	}
	if m.quantities[v] == 0 {
		return cart.ErrNoLine
	}
	delete(m.quantities, v)
	m.version++
	return nil
}

func (m *model) code(code string, add bool) error {
	if err := m.refusal(); err != nil {
		return err
	}
	code = strings.ToUpper(code)
	if !add && !m.codes[code] {
		return cart.ErrNoCode
	}
	if add {
		m.codes[code] = true
	} else {
		delete(m.codes, code)
	}
	m.version++
	return nil
}

func (m *model) lock(holder string) error {
	if err := m.refusal(); err != nil {
		return err
	}
	m.holder = holder
	return nil
}

func (m *model) ordered(holder, order string) error {
	switch {
	case m.order == order:
		return nil
	case m.order != "":
		return cart.ErrOrdered
	case m.holder == "":
		return cart.ErrOpen
	case m.holder != holder:
		return cart.ErrLocked
	}
	m.order = order
	return nil
}

// Whatever is done in whatever order, a cart holds what plain Go says it does,
// and a refused verb leaves no trace.
func TestACartIsWhatTheModelSays(t *testing.T) {
	variants, holders := []catalog.VariantID{mug, tray, book}, []string{"plc_1", "plc_2"}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		rapid.Check(t, func(r *rapid.T) {
			c := create(t, d, "")
			m := &model{map[catalog.VariantID]int64{}, map[string]bool{}, 1, "", ""}
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				v, n := rapid.SampledFrom(variants).Draw(r, "variant"), rapid.SampledFrom([]int64{-1, 0, 1, 2, 4999, 9999, 10_000}).Draw(r, "quantity")
				holder, code := rapid.SampledFrom(holders).Draw(r, "holder"), rapid.SampledFrom([]string{"a", "A", "b"}).Draw(r, "code")
				now := find(t, d, c.ID, guest)
				line := cart.LineID("li_nobody")
				if i := slices.IndexFunc(now.Lines, func(l cart.Line) bool { return l.Variant == v }); i >= 0 {
					line = now.Lines[i].ID
				}
				var want error
				verb := rapid.SampledFrom([]string{"add", "add", "add", "set", "remove", "code", "uncode", "lock", "unlock", "order"}).Draw(r, "verb")
				got := try(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
					switch verb {
					case "add":
						_, err = cart.AddLine(ctx, tx, c.ID, guest, v, n)
					case "set":
						_, err = cart.SetQuantity(ctx, tx, c.ID, guest, line, n)
					case "remove":
						_, err = cart.RemoveLine(ctx, tx, c.ID, guest, line)
					case "code":
						_, err = cart.AddCode(ctx, tx, c.ID, guest, code)
					case "uncode":
						_, err = cart.RemoveCode(ctx, tx, c.ID, guest, code)
					case "lock":
						err = cart.Lock(ctx, tx, c.ID, 0, holder)
					case "unlock":
						err = cart.Unlock(ctx, tx, c.ID, holder)
					case "order":
						err = cart.MarkOrdered(ctx, tx, c.ID, holder, "ord_"+string(c.ID))
					}
					return err
				})
				switch verb {
				case "add":
					want = m.add(v, n)
				case "set":
					want = m.set(v, n)
				case "remove":
					want = m.remove(v)
				case "code", "uncode":
					want = m.code(code, verb == "code")
				case "lock":
					want = m.lock(holder)
				case "unlock":
					if m.order == "" && m.holder == holder {
						m.holder = ""
					}
				case "order":
					want = m.ordered(holder, "ord_"+string(c.ID))
				}
				if !errors.Is(got, want) {
					r.Fatalf("%s: %v, want %v", verb, got, want)
				}
				m.check(r, find(t, d, c.ID, guest))
			}
		})
	})
}

// check compares the model with the cart.
func (m *model) check(r *rapid.T, c cart.Cart) {
	holds := map[catalog.VariantID]int64{}
	for _, l := range c.Lines {
		holds[l.Variant] += l.Quantity
	}
	codes := map[string]bool{}
	for _, code := range c.Codes {
		codes[strings.ToUpper(code)] = true
	}
	state := cart.StateOpen
	switch {
	case m.order != "":
		state = cart.StateOrdered
	case m.holder != "":
		state = cart.StateLocked
	}
	if !maps.Equal(holds, m.quantities) || !maps.Equal(codes, m.codes) || c.Version != m.version || c.State != state || c.Order != m.order {
		r.Fatalf("the cart is %s at %d with order %q and holds %s; the model %s at %d with %q: %v %v",
			c.State, c.Version, c.Order, contents(c), state, m.version, m.order, m.quantities, fmt.Sprint(m.codes))
	}
}

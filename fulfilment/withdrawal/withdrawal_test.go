package withdrawal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/fulfilment/shipment"
	"korzo/fulfilment/withdrawal"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{event.Schema, job.Schema, exception.Schema, profile.Schema, order.Schema, shipment.Schema, withdrawal.Schema}

type world struct {
	t       *testing.T
	d       *db.DB
	keeper  *seal.Keeper
	numbers order.Numbers
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, d: d, keeper: k}
}

// buy places an order of two lines under an address.
func (w *world) buy(email string) (o order.Order) {
	w.t.Helper()
	id, zero := order.NewID(w.d.Now()), money.Of(0, "EUR")
	line := func(name string) order.Line {
		return order.Line{ID: order.LineID(fmt.Sprint("oli_", name, id)), Group: order.GroupID("grp_" + id), Kind: "goods", Title: name, Quantity: 1,
			UnitPrice: zero, UnitCost: zero, Subtotal: zero, Discount: zero, Tax: zero, Total: zero, Refunded: zero}
	}
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		contact, err := profile.SaveContact(w.t.Context(), tx, w.keeper, profile.Contact{Name: "Ada", Email: email})
		if err != nil {
			return err
		}
		o, err = w.numbers.Place(w.t.Context(), tx, id, order.Draft{Cart: "crt_" + string(id), Market: "DE", Channel: "web", Contact: string(contact), Subtotal: zero, Discount: zero, Shipping: zero,
			Tax: zero, Total: zero, Groups: []order.Group{{ID: order.GroupID("grp_" + id), Kind: "ship", Price: zero, Discount: zero, Tax: zero}}, Lines: []order.Line{line("mug"), line("bowl")}}, "")
		return err
	})
	return o
}

func (w *world) declare(s withdrawal.Statement) (d withdrawal.Declaration, err error) {
	w.t.Helper()
	err = w.d.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		d, err = withdrawal.Declare(w.t.Context(), tx, w.keeper, s)
		return err
	})
	return d, err
}

func (w *world) right(o order.Order) (r withdrawal.Right) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		if o, err = order.Find(w.t.Context(), tx, o.ID); err != nil {
			return err
		}
		r, err = withdrawal.RightOf(w.t.Context(), tx, o, withdrawal.Terms{Country: "DE", Zone: time.UTC})
		return err
	})
	return r
}

// open exceptions.
func (w *world) troubles() (n int) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		_, open, err := exception.Age(w.t.Context(), tx)
		n = int(open)
		return err
	})
	return n
}

func TestADeclarationHoldsOnceHoweverOftenItIsSent(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		o := w.buy("ada@example.com")
		if r := w.right(o); !r.Open || !r.Until.IsZero() {
			t.Errorf("before it: %+v", r)
		}
		s := withdrawal.Statement{ID: withdrawal.NewID(d.Now()), Number: " " + o.Number + " ", Name: "Ada Lovelace", Email: "ADA@example.com ", Locale: "en"}
		first, err := w.declare(s)
		if err != nil || first.Order != o.ID || len(first.Lines) != 0 {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := w.declare(s)
		if err != nil || again.Contact != first.Contact || !again.SaidAt.Equal(first.SaidAt) {
			t.Errorf("again: %+v, %v", again, err)
		}
		if w.troubles() != 1 {
			t.Errorf("%d exceptions", w.troubles())
		}
		if r := w.right(o); r.Open || len(r.Declared) != 1 {
			t.Errorf("after it: %+v", r)
		}
	})
}

func TestAnOrderOfAnotherIsNotFoundAndTheDeclarationIsTaken(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		o := w.buy("ada@example.com")
		for _, c := range []struct{ name, number, email string }{
			{"another's address", o.Number, "eve@example.com"},
			{"a number nobody has", "999999", "ada@example.com"},
		} {
			got, err := w.declare(withdrawal.Statement{ID: withdrawal.NewID(d.Now()), Number: c.number, Name: "Eve", Email: c.email})
			if err != nil || got.Order != "" || got.Number != c.number {
				t.Errorf("%s: %+v, %v", c.name, got, err)
			}
		}
		if r := w.right(o); !r.Open || len(r.Declared) != 0 || w.troubles() != 2 {
			t.Errorf("%+v, %d exceptions", r, w.troubles())
		}
	})
}

func TestPartOfAnOrderLeavesTheRest(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		o, other := w.buy("ada@example.com"), w.buy("eve@example.com")
		s := withdrawal.Statement{ID: withdrawal.NewID(d.Now()), Order: o.ID, Name: "Ada", Email: "ada@example.com", Lines: []order.LineID{other.Lines[0].ID}}
		if _, err := w.declare(s); !errors.Is(err, withdrawal.ErrLines) {
			t.Errorf("another order's line: %v", err)
		}
		s.Lines = []order.LineID{o.Lines[1].ID}
		if got, err := w.declare(s); err != nil || len(got.Lines) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if r := w.right(o); !r.Open {
			t.Errorf("the rest: %+v", r)
		}
	})
}

func TestWhatIsNoStatement(t *testing.T) {
	good := withdrawal.Statement{ID: withdrawal.NewID(time.Now()), Number: "1", Name: "Ada", Email: "ada@example.com"}
	for _, c := range []struct {
		name string
		with func(s *withdrawal.Statement)
		want error
	}{
		{"without a name", func(s *withdrawal.Statement) { s.Name = " " }, withdrawal.ErrName},
		{"without a number", func(s *withdrawal.Statement) { s.Number = "" }, withdrawal.ErrNumber},
		{"without an address", func(s *withdrawal.Statement) { s.Email = "ada" }, profile.ErrEmail},
		{"without an id of ours", func(s *withdrawal.Statement) { s.ID = "1" }, withdrawal.ErrID},
		{"whole", func(*withdrawal.Statement) {}, nil},
	} {
		s := good
		c.with(&s)
		if err := s.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestThePeriodEndsOnAWorkingDay(t *testing.T) {
	for _, c := range []struct {
		name, arrived, country, want string
	}{
		{"fourteen days on", "2026-11-02", "DE", "2026-11-16"},
		{"not on a Saturday", "2026-11-07", "DE", "2026-11-23"},
		{"not on Christmas Day, nor the days after it", "2026-12-11", "DE", "2026-12-28"},
	} {
		arrived, err := calendar.Parse(c.arrived)
		if err != nil {
			t.Fatal(err)
		}
		if got := withdrawal.LastDay(arrived, withdrawal.Period, c.country); got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAMarketGivesMoreDaysThanTheLawAndNeverFewer(t *testing.T) {
	for _, c := range []struct {
		name    string
		given   int64
		country string
		want    int64
	}{
		{"the law's alone", 0, "DE", 14},
		{"fewer than the law's are the law's", 7, "HU", 14},
		{"more", 30, "DE", 30},
		{"outside the EU what the market gives", 30, "US", 30},
		{"outside the EU none where the market gives none", 0, "US", 0},
	} {
		if got := withdrawal.Days(c.given, c.country); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

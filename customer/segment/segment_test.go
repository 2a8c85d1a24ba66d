package segment_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/customer/segment"
	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/platform/remember"
)

var schemas = []fs.FS{remember.Schema, segment.Schema}

func create(t *testing.T, d *db.DB, name, rule string) (id segment.ID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		id, err = segment.Create(t.Context(), tx, segment.Draft{Name: name, Rule: rule})
		return err
	})
	return id
}

// of are the segments that somebody fulfils.
func of(t *testing.T, d *db.DB, b visitor.Buyer) (ids []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		ids, err = segment.Of(t.Context(), tx, b)
		return err
	})
	return ids
}

// Who is in a segment follows from what is known of them at this moment, and
// from the rule as it is now; a guest is in none.
func TestWhoIsInASegmentIsDecidedWhenSomebodyAsks(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		regular, away := create(t, d, "Regulars", "customer.orders >= 3"), create(t, d, "Away", "customer.last_order_days > 180")
		now := d.Now()
		somebody := visitor.Buyer{Known: true, Orders: 3, LastOrder: now.AddDate(0, 0, -200)}
		if got := of(t, d, somebody); !slices.Equal(got, []string{string(away), string(regular)}) {
			t.Errorf("a regular who is away is in %v", got)
		}
		somebody.LastOrder = now
		if got := of(t, d, somebody); !slices.Equal(got, []string{string(regular)}) {
			t.Errorf("after an order: %v", got)
		}
		somebody.Known = false
		if got := of(t, d, somebody); len(got) != 0 {
			t.Errorf("a guest is in %v", got)
		}
		somebody.Known = true
		change := func(version int64, rule string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return segment.Change(t.Context(), tx, regular, version, segment.Draft{Name: "Regulars", Rule: rule})
			})
		}
		if err := change(1, "customer.orders >= 4"); err != nil {
			t.Fatal(err)
		}
		if got := of(t, d, somebody); len(got) != 0 {
			t.Errorf("after the rule was changed: %v", got)
		}
		if err := change(1, "customer.orders >= 1"); !errors.Is(err, segment.ErrVersion) {
			t.Errorf("a change of what somebody changed meanwhile: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for fact, want := range map[string]bool{"customer.orders": true, "customer.last_order_days": true, "customer.spent": false} {
				if asked, err := segment.Asks(t.Context(), tx, fact); asked != want || err != nil {
					t.Errorf("%s is asked for: %v, %v", fact, asked, err)
				}
			}
			return nil
		})
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error { return segment.Delete(t.Context(), tx, regular) })
		}
		if err := change(0, "customer.orders >= 1"); !errors.Is(err, segment.ErrNotFound) {
			t.Errorf("a change of what was deleted: %v", err)
		}
	})
}

func TestASegmentAsksForNothingButTheCustomer(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for rule, want := range map[string]string{
			"":                                 "say who is in it",
			"customer.ordrs > 3":               "rule: ",
			"cart.total > 5000":                "cannot ask for cart.total",
			`"seg_x" in customer.segments`:     "cannot ask for customer.segments",
			`market == "DE"`:                   "cannot ask for market",
			`customer.orders > 2 && visit.new`: "cannot ask for visit.new",
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := segment.Create(t.Context(), tx, segment.Draft{Name: "Wrong", Rule: rule})
				return err
			})
			if !errors.Is(err, segment.ErrInvalid) || !strings.Contains(fault.TextOf(err), want) {
				t.Errorf("%q: %v, want %q", rule, err, want)
			}
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := segment.Create(t.Context(), tx, segment.Draft{Name: " ", Rule: "customer.orders > 2"})
			return err
		}); !errors.Is(err, segment.ErrInvalid) {
			t.Errorf("a segment without a name: %v", err)
		}
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := segment.All(t.Context(), tx)
			if len(all) != 0 {
				t.Errorf("kept all the same: %+v", all)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestASegmentIsTriedBeforeItIsKept(t *testing.T) {
	b := visitor.Buyer{Known: true, Orders: 2, Spent: 90_00}
	for rule, want := range map[string]bool{"customer.average_order >= 4500": true, "customer.spent > 9000": false, "customer.spent / (customer.orders - 2) > 1": false} {
		if is, err := (segment.Draft{Name: "Tried", Rule: rule}).Fulfils(b, time.Now()); is != want || err != nil {
			t.Errorf("%s: %v, %v", rule, is, err)
		}
	}
	if _, err := (segment.Draft{Name: "Tried", Rule: "market"}).Fulfils(b, time.Now()); !errors.Is(err, segment.ErrInvalid) {
		t.Errorf("what is no rule: %v", err)
	}
}

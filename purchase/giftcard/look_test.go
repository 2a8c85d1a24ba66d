package giftcard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/giftcard"
)

// trace returns what a look does: its statements, and how often it hashes.
func trace(t *testing.T, d *db.DB, code, ip string, want error) (statements []string, hashes int) {
	t.Helper()
	before := d.OnStatement(func(_ context.Context, query string) { statements = append(statements, query) })
	defer func() { d.OnStatement(before) }()
	_, err := giftcard.LookWith(t.Context(), d, func(folded string) string {
		hashes++
		return keeper.Hash("giftcard.code", folded)
	}, code, ip)
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", code, err, want)
	}
	return statements, hashes
}

// Who tries codes learns nothing from the work that is done: a card, a blocked
// card, an empty card and no card cost the same statements and one hash each.
func TestAHitCostsWhatAMissCosts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c, blocked, empty := issue(t, d, draft(10_00)), issue(t, d, draft(10_00)), issue(t, d, draft(10_00))
		expect(t, d, "block", nil, func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, blocked.ID, clerk) })
		expect(t, d, "empty", nil, holding("p1", part(empty, 10_00)))
		hit, hashes := trace(t, d, c.Code, "192.0.2.1", nil)
		if len(hit) != 4 || hashes != 1 {
			t.Errorf("a hit is %d statements and %d hashes, want 4 and 1", len(hit), hashes)
		}
		for i, x := range []struct {
			code string
			want error
		}{{giftcard.NewCode(), giftcard.ErrNotFound}, {"SOME-OTHER-SHOP", giftcard.ErrNotFound}, {blocked.Code, nil}, {empty.Code, nil}} {
			if got, n := trace(t, d, x.code, fmt.Sprint("192.0.3.", i), x.want); !slices.Equal(got, hit) || n != hashes {
				t.Errorf("%q costs %d statements and %d hashes:\n%q\nwant\n%q", x.code, len(got), n, got, hit)
			}
		}
		typo := "Z" + c.Code[1:]
		if c.Code[0] == 'Z' {
			typo = "Y" + c.Code[1:]
		}
		if got, n := trace(t, d, typo, "192.0.2.1", giftcard.ErrMistyped); len(got) != 0 || n != 0 {
			t.Errorf("a typo costs %d statements and %d hashes", len(got), n)
		}
	})
}

func TestOneClientLooksTenTimesAnHour(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(10_00))
		look := func(ip string, want error) {
			t.Helper()
			if _, err := giftcard.Look(t.Context(), d, keeper, c.Code, ip); !errors.Is(err, want) {
				t.Errorf("from %s: %v, want %v", ip, err, want)
			}
		}
		for i := range 10 {
			look(fmt.Sprintf("2001:db8::%x", i), nil) // one /64
		}
		look("2001:db8::ffff", giftcard.ErrLimited)
		look("2001:db8:0:1::1", nil)
		if _, err := giftcard.Look(t.Context(), d, keeper, giftcard.NewCode(), "2001:db8::1"); !errors.Is(err, giftcard.ErrLimited) {
			t.Errorf("a miss beyond the limit: %v", err)
		}
		dbtest.Clock(d).Advance(time.Hour)
		look("2001:db8::1", nil)
		dbtest.Clock(d).Advance(time.Hour)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			n, err := giftcard.Forgive(t.Context(), tx, 100)
			if n != 3 {
				t.Errorf("%d rows were forgotten, want 3", n)
			}
			return err
		})
	})
}

func TestAThousandLooksBreakTheShopsCircuit(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	open(t, d)
	c := issue(t, d, draft(10_00))
	for i := range 1000 {
		if _, err := giftcard.Look(t.Context(), d, keeper, giftcard.NewCode(), fmt.Sprintf("10.0.%d.%d", i/250, i%250)); !errors.Is(err, giftcard.ErrNotFound) {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := giftcard.Look(t.Context(), d, keeper, c.Code, "192.0.2.1"); !errors.Is(err, giftcard.ErrLimited) {
			t.Errorf("the thousand and first look: %v", err)
		}
	}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		raised, err := exception.List(t.Context(), tx, exception.Filter{Open: true, Limit: 10})
		if len(raised) != 1 || raised[0].Kind != giftcard.TroubleTries || raised[0].Count != 1 {
			t.Errorf("raised %+v", raised)
		}
		return err
	})
	dbtest.Clock(d).Advance(time.Hour)
	if got, err := giftcard.Look(t.Context(), d, keeper, c.Code, "192.0.2.1"); err != nil || got.Balance != eur(10_00) {
		t.Errorf("an hour later: %+v, %v", got, err)
	}
}

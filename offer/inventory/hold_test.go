package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"

	"github.com/google/go-cmp/cmp"
)

func TestHoldChoosesFewParcelsThenPriority(t *testing.T) {
	type shelf map[string][2]int64 // units of two variants, by location
	cases := []struct {
		name  string
		stock shelf
		want  [2]int64
		took  string
	}{
		{"all from the first that has everything", shelf{"loc_berlin": {9, 0}, "loc_budapest": {9, 9}, "loc_york": {9, 9}}, [2]int64{2, 2}, "budapest:2a budapest:2b"},
		{"by priority when several have", shelf{"loc_berlin": {9, 9}, "loc_budapest": {9, 9}}, [2]int64{2, 2}, "berlin:2a berlin:2b"},
		{"one line from each of two", shelf{"loc_berlin": {9, 0}, "loc_york": {0, 9}}, [2]int64{2, 2}, "berlin:2a york:2b"},
		{"two parcels even when three would be nearer", shelf{"loc_berlin": {1, 1}, "loc_budapest": {2, 1}, "loc_york": {3, 3}}, [2]int64{4, 4}, "berlin:1a berlin:1b york:3a york:3b"},
		{"a line is split only when it must be", shelf{"loc_berlin": {1, 3}, "loc_budapest": {3, 0}}, [2]int64{3, 3}, "berlin:3b budapest:3a"},
		{"a line larger than any shelf", shelf{"loc_berlin": {2, 0}, "loc_budapest": {2, 0}, "loc_york": {2, 0}}, [2]int64{5, 0}, "berlin:2a budapest:2a york:1a"},
		{"never from where nothing is shipped", shelf{"loc_york": {1, 0}, attic: {9, 0}}, [2]int64{2, 0}, "short 2 of a, 1 available"},
		{"all lines or none", shelf{"loc_berlin": {9, 1}}, [2]int64{1, 2}, "short 2 of b, 1 available"},
		{"nothing anywhere", shelf{}, [2]int64{1, 0}, "short 1 of a, 0 available"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2*len(cases))
		for i, c := range cases {
			pair := vs[2*i : 2*i+2]
			letter := map[catalog.VariantID]string{pair[0]: "a", pair[1]: "b"}
			var lines []inventory.Line
			for j, v := range pair {
				for at, units := range c.stock {
					if units[j] > 0 {
						stock(t, d, v, at, units[j])
					}
				}
				if c.want[j] > 0 {
					lines = append(lines, line(v, c.want[j]))
				}
			}
			got, err := hold(d, fmt.Sprint("att_", i), lines...)
			var took []string
			for _, a := range got {
				took = append(took, fmt.Sprintf("%s:%d%s", strings.TrimPrefix(a.Location, "loc_"), a.Units, letter[a.Variant]))
			}
			var s inventory.Shortage
			if errors.As(err, &s) && errors.Is(err, inventory.ErrShort) {
				took = []string{fmt.Sprintf("short %d of %s, %d available", s.Wanted, letter[s.Variant], s.Available)}
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if got := strings.Join(took, " "); got != c.took {
				t.Errorf("%s: took %s, want %s", c.name, got, c.took)
			}
		}
		verify(t, d)
	})
}

func TestTheLifeOfAHold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 5)
		want := []inventory.Allocation{{Location: "loc_berlin", Variant: v, Units: 3}}
		for range 2 { // the second time nothing more is taken
			got, err := hold(d, "att_1", line(v, 1), line(v, 2))
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		check := func(step string, err, wantErr error, wantFree int64) {
			t.Helper()
			if !errors.Is(err, wantErr) || wantErr == nil && err != nil {
				t.Errorf("%s: %v, want %v", step, err, wantErr)
			}
			if got := available(t, d, v); got != wantFree {
				t.Errorf("%s: %d available, want %d", step, got, wantFree)
			}
			verify(t, d)
		}
		_, err := hold(d, "att_2", line(v, 3))
		check("another wants more than is left", err, inventory.ErrShort, 2)
		check("release", release(d, "att_1"), nil, 5)
		check("release again", release(d, "att_1"), nil, 5)
		check("claim what was released", claim(d, "att_1", "ord_1"), inventory.ErrNoHold, 5)
		check("claim again takes it anew", claimAgain(d, "att_1", "ord_1", line(v, 3)), nil, 2)
		check("claim again, again", claimAgain(d, "att_1", "ord_1", line(v, 3)), nil, 2)
		check("claim for the same order", claim(d, "att_1", "ord_1"), nil, 2)
		check("claim for another order", claim(d, "att_1", "ord_2"), inventory.ErrNoHold, 2)
		check("claim again for another order", claimAgain(d, "att_1", "ord_2", line(v, 3)), inventory.ErrNoHold, 2)
		check("release what was claimed", release(d, "att_1"), nil, 2)
		_, err = hold(d, "att_3", line(v, 2))
		check("hold the rest", err, nil, 0)
		dbtest.Clock(d).Advance(15 * time.Minute)
		check("claim what is due but not expired yet", claim(d, "att_3", "ord_3"), nil, 0)
		got, err := expire(d)
		check("expire nothing: all is claimed", err, nil, 0)
		if len(got) != 0 {
			t.Errorf("expired %v", got)
		}
		check("claim again when the goods are gone", claimAgain(d, "att_4", "ord_4", line(v, 1)), inventory.ErrShort, 0)
		wantLog := []string{
			"adjusted +5 +0 note 1 stf_test", "held +0 +3 att_1 att_1", "released +0 -3 att_1 att_1",
			"held +0 +3 att_1 att_1", "claimed +0 +0 ord_1 att_1", "held +0 +2 att_3 att_3", "claimed +0 +0 ord_3 att_3",
		}
		if diff := cmp.Diff(wantLog, log(t, d, v)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHoldsExpireInTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 3)
			stock(t, d, v, "loc_york", 3)
		}
		for i := range 3 {
			if _, err := hold(d, fmt.Sprint("att_", i), line(vs[0], 2), line(vs[1], 2)); err != nil {
				t.Fatal(err)
			}
			dbtest.Clock(d).Advance(5 * time.Minute)
		}
		got, err := expire(d) // 15 minutes are over for the first
		if diff := cmp.Diff([]string{"att_0"}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		dbtest.Clock(d).Advance(10 * time.Minute)
		got, err = expire(d)
		if diff := cmp.Diff([]string{"att_1", "att_2"}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if got, err := expire(d); len(got) != 0 || err != nil {
			t.Errorf("again: %v, %v", got, err)
		}
		for _, v := range vs {
			if got := available(t, d, v); got != 6 {
				t.Errorf("%d available, want 6", got)
			}
		}
		verify(t, d)
	})
}

func TestHoldRefusesLinesThatAreNone(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	v := open(t, d, 1)[0]
	stock(t, d, v, "loc_berlin", 5)
	many := make([]inventory.Line, 201)
	for i := range many {
		many[i] = line(v, 1)
	}
	for name, c := range map[string]struct {
		holder string
		lines  []inventory.Line
	}{
		"no holder": {"", []inventory.Line{line(v, 1)}}, "no lines": {"att", nil}, "nothing": {"att", []inventory.Line{line(v, 0)}},
		"less than nothing": {"att", []inventory.Line{line(v, 2), line(v, -1)}}, "too much": {"att", []inventory.Line{line(v, 100_001)}},
		"too many": {"att", many},
	} {
		if _, err := hold(d, c.holder, c.lines...); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := available(t, d, v); got != 5 {
		t.Errorf("%d available, want 5", got)
	}
}

//go:build unix

package journey_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/offer/search"
	"korzo/offer/search/engine"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
)

// With a hundred thousand products everything is still found, by as many
// statements as with a thousand, and what they find takes no more memory.
func TestAHundredThousandProductsAreAShopLikeAnother(t *testing.T) {
	calm(t)
	remember.Doubt(false) // it would read what is counted
	t.Cleanup(func() { remember.Doubt(true) })
	for _, kind := range kinds() { // one after the other: what the process allocates is counted
		t.Run(kind.name, func(t *testing.T) {
			d := kind.open(t, app.Schemas())
			emptyShop(t, d)
			const few, many = 1000, 100_000
			grow(t, d, 0, few)
			small := askedOften(t, d, few)
			grow(t, d, few, many)
			large := askedOften(t, d, many)
			for i, a := range asked {
				t.Logf("%-20s %+v with %d products, %+v with %d", a.name, small[i], few, large[i], many)
				if large[i].statements > small[i].statements || 10*large[i].allocations > 13*small[i].allocations {
					t.Errorf("%s became dearer: %+v with %d products, %+v with %d", a.name, small[i], few, large[i], many)
				}
			}
		})
	}
}

// cost is what doing something twenty times takes.
type cost struct{ statements, allocations int }

// askedOften asks a shop of n products everything, of products that it was not
// asked for before.
func askedOften(t *testing.T, d *db.DB, n int) (all []cost) {
	t.Helper()
	const times = 20
	for _, a := range asked {
		var took cost
		round := 0
		do := func() {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				for i := range times {
					if err := a.do(t.Context(), tx, round*times+i, n); err != nil {
						return fmt.Errorf("%s: %w", a.name, err)
					}
				}
				return nil
			})
			round++
		}
		do() // what is read once is read now
		previous := d.OnStatement(func(_ context.Context, query string) {
			if !strings.Contains(query, "FROM remember_generations") {
				took.statements++
			}
		})
		do()
		d.OnStatement(previous)
		took.allocations = int(testing.AllocsPerRun(1, do))
		all = append(all, took)
	}
	return all
}

// What a node does before it can search, and what a search takes, in a shop of
// ten thousand products and in one of many more. It bounds nothing: a search
// costs what it finds, and a start what it reads.
func TestALargeShopStartsAndIsSearched(t *testing.T) {
	for _, n := range []int{10_000, long(t) * 1000} {
		d := dbtest.SQLite(t, app.Schemas())
		emptyShop(t, d)
		grow(t, d, 0, n)
		folder := t.TempDir()
		for _, start := range []string{"first", "again"} {
			var s *search.Search
			took := processor(t, d, func() {
				var err error
				s, err = search.Open(t.Context(), search.Config{DB: d, Open: func(slots *search.Slots) (search.Index, error) { return engine.Open("", folder, slots) }})
				if err == nil {
					err = s.CatchUp(t.Context())
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%d products, %s start: %v", n, start, took.Round(time.Millisecond))
			if start == "again" {
				searched(t, d, s, n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// searched asks for one product, by its word and by its SKU, for a word that
// all of them have, and for nothing.
func searched(t *testing.T, d *db.DB, s *search.Search, n int) {
	t.Helper()
	const times = 50
	for _, text := range []string{"thing %s", "THING-%s", "thing", ""} {
		found := 0
		took := processor(t, d, func() {
			for i := range times {
				q := search.Query{Text: text, Market: "DE", Locale: "de"}
				if strings.Contains(text, "%s") {
					q.Text = fmt.Sprintf(text, thing(i, n))
				}
				r, err := s.Search(t.Context(), q)
				if err != nil || r.Total == 0 {
					t.Fatalf("%q finds %d: %v", q.Text, r.Total, err)
				}
				found = r.Total
			}
		})
		t.Logf("%d products, %-10q %v, %d found", n, text, (took / times).Round(time.Microsecond), found)
	}
}

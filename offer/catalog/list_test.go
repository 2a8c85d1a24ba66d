package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"

	"github.com/google/go-cmp/cmp"
)

// page returns the slugs of one page.
func page(t *testing.T, d *db.DB, f catalog.Filter) (slugs []string, next string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		found, n, err := catalog.List(context.Background(), tx, f)
		for _, p := range found {
			slugs = append(slugs, p.Slug)
			if len(p.Variants) == 0 {
				t.Errorf("%s has no variants", p.Slug)
			}
		}
		next = n
		return err
	})
	return slugs, next
}

func TestPagesShowEveryProductOnceNewestFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var want []string
		for i := range 25 {
			dbtest.Clock(d).Advance(1e9)
			draft := plain(fmt.Sprintf("p%d", i), fmt.Sprintf("P%d", i))
			if i%5 == 0 {
				draft.Status = catalog.StatusDraft
			} else {
				want = append(want, draft.Slug)
			}
			if i%2 == 0 {
				draft.Tags = []string{"even"}
			}
			create(t, d, draft)
		}
		slices.Reverse(want)
		var got []string
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			count := dbtest.Count(d)
			slugs, next := page(t, d, catalog.Filter{Status: catalog.StatusActive, Limit: 7, After: after})
			if n := count(); n != 2 {
				t.Errorf("a page takes %d statements, want 2", n)
			}
			got, after = append(got, slugs...), next
			if pages == 0 {
				dbtest.Clock(d).Advance(1e9)
				create(t, d, plain("late", "LATE")) // it belongs before the first page
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, c := range []struct {
			name string
			f    catalog.Filter
			want int
		}{
			{"all", catalog.Filter{Limit: 1000}, 26},
			{"a tag", catalog.Filter{Tag: "even"}, 13},
			{"a tag of active ones", catalog.Filter{Tag: "even", Status: catalog.StatusActive}, 10},
			{"drafts", catalog.Filter{Status: catalog.StatusDraft}, 5},
			{"archived", catalog.Filter{Status: catalog.StatusArchived}, 0},
			{"a negative limit is the default", catalog.Filter{Limit: -3}, 26},
		} {
			if got, next := page(t, d, c.f); len(got) != c.want || next != "" {
				t.Errorf("%s: %d products, next %q; want %d", c.name, len(got), next, c.want)
			}
		}
	})
}

func TestAQueryFindsBeginningsOfFoldedWords(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		create(t, d, mug())
		dbtest.Clock(d).Advance(1e9)
		table := plain("table", "TBL-7")
		table.Title = "Große Tischdecke"
		create(t, d, table)
		for query, want := range map[string]string{
			"mug": "mug", "MU": "mug", "häferl": "mug", "hafer": "mug", "bech mug-r": "mug", "blue": "mug",
			"gross": "table", "GROẞE": "table", "tbl-7": "table", "7": "table", "decke": "", "mug tisch": "", "%": "table mug", "": "table mug",
		} {
			if got, _ := page(t, d, catalog.Filter{Query: query}); strings.Join(got, " ") != want {
				t.Errorf("%q finds %v, want %q", query, got, want)
			}
		}
		if got, _ := page(t, d, catalog.Filter{Query: "mug", Tag: "gift"}); len(got) != 1 {
			t.Errorf("a word and a tag: %v", got)
		}
		if got, _ := page(t, d, catalog.Filter{Query: "tisch", Tag: "gift"}); len(got) != 0 {
			t.Errorf("a word and another's tag: %v", got)
		}
	})
}

// A page costs what the page costs: no list, look-up or cart ever scans the
// products, however many there are.
func TestNoReadScansTheCatalog(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	p := create(t, d, mug())
	type statement struct{ name, query string }
	var seen []statement
	name := ""
	watch := func(_ context.Context, query string) { seen = append(seen, statement{name, query}) }
	reads := map[string]func(tx *db.Tx) error{
		"slug": func(tx *db.Tx) error { _, err := catalog.FindBySlug(t.Context(), tx, "mug", "", "de-AT"); return err },
		"id":   func(tx *db.Tx) error { _, err := catalog.Find(t.Context(), tx, p.ID); return err },
		"sku":  func(tx *db.Tx) error { _, err := catalog.FindSKU(t.Context(), tx, "MUG-RED"); return err },
		"cart": func(tx *db.Tx) error {
			_, err := catalog.Sellable(t.Context(), tx, []catalog.VariantID{p.Variants[0].ID})
			return err
		},
	}
	for label, f := range map[string]catalog.Filter{
		"status": {Status: catalog.StatusActive}, "status after": {Status: catalog.StatusActive, After: "prd_x"},
		"tag": {Tag: "gift", Status: catalog.StatusActive}, "tag after": {Tag: "gift", After: "prd_x"},
		"query": {Query: "mug"}, "query of two words after": {Query: "mug red", After: "prd_x"}, "all after": {After: "prd_x"},
	} {
		reads["list by "+label] = func(tx *db.Tx) error { _, _, err := catalog.List(t.Context(), tx, f); return err }
	}
	dbtest.Read(t, d, func(tx *db.Tx) error { // so that the shop's languages are remembered
		_, err := catalog.Spoken(t.Context(), tx, "de")
		return err
	})
	d.OnStatement(watch)
	for label, read := range reads {
		name = label
		dbtest.Read(t, d, read)
	}
	d.OnStatement(nil)
	for _, s := range seen {
		plan := explain(t, d, s.query)
		for _, step := range plan {
			scan := strings.HasPrefix(step, "SCAN")
			if scan && !strings.Contains(step, "CONSTANT") && !strings.HasPrefix(step, "SCAN q") && !strings.HasPrefix(step, "SCAN (") || strings.Contains(step, "AUTOMATIC") {
				t.Errorf("%s: %s\n%s", s.name, step, s.query)
			}
			if strings.HasPrefix(s.name, "list") && !strings.Contains(s.name, "query") && strings.Contains(step, "FOR ORDER BY") && strings.Contains(s.query, "LIMIT") {
				t.Errorf("%s sorts: %s", s.name, step)
			}
		}
	}
}

// explain returns the steps of SQLite's plan. Placeholders stay unbound.
func explain(t *testing.T, d *db.DB, query string) (steps []string) {
	t.Helper()
	args := make([]any, 0)
	for n := 1; strings.Contains(query, fmt.Sprintf("$%d", n)); n++ {
		args = append(args, "")
	}
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		steps, err = db.All(t.Context(), tx, func(row db.Row) (detail string, err error) {
			var id, parent, unused int64
			return detail, row.Scan(&id, &parent, &unused, &detail)
		}, "EXPLAIN QUERY PLAN "+query, args...)
		return err
	})
	return steps
}

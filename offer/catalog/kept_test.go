package catalog_test

import (
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// What is remembered of an item is never older than the last change, and ends
// by the clock where a publication does.
func TestAnItemIsRememberedUntilItChangesOrItsTimeComes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		draft := plain("cup", "CUP")
		draft.Publications = []catalog.Publication{{Channel: "web", From: dbtest.Noon.Add(time.Hour), Until: dbtest.Noon.Add(2 * time.Hour)}}
		p := create(t, d, draft)
		look := func(wantActive bool, wantTitle string, statements int) {
			t.Helper()
			count := dbtest.Count(d)
			dbtest.Read(t, d, func(tx *db.Tx) error {
				found, err := catalog.SellableIn(t.Context(), tx, "web", "", []catalog.VariantID{p.Variants[0].ID})
				if it := found[p.Variants[0].ID]; it.Active != wantActive || it.ProductTitle != wantTitle {
					t.Errorf("active %v, %q; want %v, %q", it.Active, it.ProductTitle, wantActive, wantTitle)
				}
				return err
			})
			if n := count(); n != statements {
				t.Errorf("%d statements, want %d", n, statements)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := catalog.Spoken(t.Context(), tx, "")
			return err
		})
		look(false, p.Title, 1)
		look(false, p.Title, 0)
		dbtest.Clock(d).Set(dbtest.Noon.Add(time.Hour))
		look(true, p.Title, 1)
		look(true, p.Title, 0)
		dbtest.Clock(d).Set(dbtest.Noon.Add(2 * time.Hour))
		look(false, p.Title, 1)
		p.Title = "Goblet"
		if _, err := update(d, p); err != nil {
			t.Fatal(err)
		}
		look(false, "Goblet", 1)
		look(false, "Goblet", 0)
		dbtest.Clock(d).Set(dbtest.Noon.Add(90 * time.Minute)) // another node's clock runs behind
		look(true, "Goblet", 1)
	})
}

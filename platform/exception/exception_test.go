package exception_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{exception.Schema}

var mismatch = exception.Problem{Kind: "payment.mismatch", Ref: "pay_1", Text: "captured 90, not 100"}

func raise(t *testing.T, d *db.DB, p exception.Problem) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return exception.Raise(t.Context(), tx, p) })
}

func list(t *testing.T, d *db.DB, f exception.Filter) (page []exception.Exception) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		page, err = exception.List(t.Context(), tx, f)
		return err
	})
	return page
}

func age(t *testing.T, d *db.DB) (oldest time.Duration, open int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		oldest, open, err = exception.Age(t.Context(), tx)
		return err
	})
	return oldest, open
}

func TestATroubleThatRepeatsIsOneRowThatCounts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		raise(t, d, mismatch)
		raise(t, d, exception.Problem{Kind: mismatch.Kind, Ref: "pay_2"})
		raise(t, d, exception.Problem{Kind: "payment.unknown", Ref: mismatch.Ref})
		dbtest.Clock(d).Advance(time.Hour)
		raise(t, d, exception.Problem{Kind: mismatch.Kind, Ref: mismatch.Ref, Text: "captured 80, not 100"})

		all := list(t, d, exception.Filter{Open: true})
		if len(all) != 3 {
			t.Fatalf("%d open, want 3: %+v", len(all), all)
		}
		i := slices.IndexFunc(all, func(e exception.Exception) bool { return e.Kind == mismatch.Kind && e.Ref == mismatch.Ref })
		got := all[i]
		want := exception.Exception{ID: got.ID, Kind: mismatch.Kind, Ref: mismatch.Ref, Text: "captured 80, not 100",
			Count: 2, FirstAt: dbtest.Noon, LastAt: dbtest.Noon.Add(time.Hour)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if oldest, open := age(t, d); oldest != time.Hour || open != 3 {
			t.Errorf("age %v of %d, want an hour of 3", oldest, open)
		}
	})
}

func TestResolvingIsDoneOnceAndARaiseAfterOpensANewOne(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		raise(t, d, mismatch)
		id := list(t, d, exception.Filter{})[0].ID
		resolve := func(staff string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return exception.Resolve(t.Context(), tx, id, staff, "refunded by hand")
			})
		}
		assign := func(id, owner string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return exception.Assign(t.Context(), tx, id, owner) })
		}
		if err := assign(id, "stf_ada"); err != nil {
			t.Fatal(err)
		}
		if err := resolve("stf_ada"); err != nil {
			t.Fatal(err)
		}
		if err := resolve("stf_bob"); !errors.Is(err, exception.ErrResolved) {
			t.Errorf("resolved twice: %v, want ErrResolved", err)
		}
		if err := assign(id, "stf_bob"); !errors.Is(err, exception.ErrResolved) {
			t.Errorf("assigned when resolved: %v, want ErrResolved", err)
		}
		if err := assign("exc_none", "stf_bob"); !errors.Is(err, exception.ErrNotFound) {
			t.Errorf("assigned what is not there: %v, want ErrNotFound", err)
		}
		got := list(t, d, exception.Filter{})[0]
		if got.IsOpen() || got.ResolvedBy != "stf_ada" || got.Owner != "stf_ada" || got.Note != "refunded by hand" || !got.ResolvedAt.Equal(dbtest.Noon) {
			t.Errorf("%+v, want what Ada did", got)
		}
		if open := list(t, d, exception.Filter{Open: true}); len(open) != 0 {
			t.Errorf("still open: %+v", open)
		}
		if oldest, n := age(t, d); oldest != 0 || n != 0 {
			t.Errorf("age %v of %d, want none", oldest, n)
		}
		raise(t, d, mismatch)
		if open := list(t, d, exception.Filter{Open: true}); len(open) != 1 || open[0].ID == id || open[0].Count != 1 || open[0].Owner != "" {
			t.Errorf("raised again: %+v, want a new row", open)
		}
	})
}

func TestWhatWentAwayByItselfIsCleared(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		raise(t, d, mismatch)
		raise(t, d, exception.Problem{Kind: mismatch.Kind, Ref: "pay_2"})
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				return exception.Clear(t.Context(), tx, mismatch.Kind, mismatch.Ref, "the gateway answered")
			})
		}
		open := list(t, d, exception.Filter{Open: true})
		if len(open) != 1 || open[0].Ref != "pay_2" {
			t.Errorf("open: %+v, want pay_2 alone", open)
		}
	})
}

func TestAProblemWithoutKindOrReferenceIsABug(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, p := range []exception.Problem{{}, {Kind: "k"}, {Ref: "r"}} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return exception.Raise(t.Context(), tx, p) })
			if !errors.Is(err, exception.ErrProblem) {
				t.Errorf("%+v: %v, want ErrProblem", p, err)
			}
		}
	})
}

func TestPagesHoldEachExceptionOnceInEitherOrder(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var want []string
		for i := range 7 {
			ref := fmt.Sprintf("pay_%d", i)
			raise(t, d, exception.Problem{Kind: mismatch.Kind, Ref: ref})
			raise(t, d, exception.Problem{Kind: "other", Ref: ref})
			want = append(want, ref)
			dbtest.Clock(d).Advance(time.Second)
		}
		for _, oldest := range []bool{true, false} {
			f := exception.Filter{Open: true, Oldest: oldest, Kind: mismatch.Kind, Limit: 3}
			var got []string
			for range 4 {
				page := list(t, d, f)
				for _, e := range page {
					got = append(got, e.Ref)
					f.After = e.ID
				}
			}
			if !oldest {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("oldest first %v: %v, want %v", oldest, got, want)
			}
		}
	})
}

// However many notice one trouble at once, it is one row that counts them all,
// and one of those who resolve it at once does.
func TestOneTroubleNoticedByManyIsOneRow(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		together := func(fn func(tx *db.Tx) error) (done int) {
			errs := make([]error, 32)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = d.Write(t.Context(), fn) })
			}
			wg.Wait()
			for _, err := range errs {
				if err == nil {
					done++
				} else if !errors.Is(err, exception.ErrResolved) {
					t.Error(err)
				}
			}
			return done
		}
		together(func(tx *db.Tx) error { return exception.Raise(t.Context(), tx, mismatch) })
		all := list(t, d, exception.Filter{})
		if len(all) != 1 || all[0].Count != 32 {
			t.Fatalf("%+v, want one row that counts 32", all)
		}
		if done := together(func(tx *db.Tx) error {
			return exception.Resolve(t.Context(), tx, all[0].ID, "stf_ada", "")
		}); done != 1 {
			t.Errorf("%d resolved it, want 1", done)
		}
	})
}

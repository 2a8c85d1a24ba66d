package listing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"

	"korzo/backoffice/listing"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/job"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var schemas = []fs.FS{event.Schema, job.Schema, audit.Schema, listing.Schema}

var shape = listing.Shape{Filters: []string{"q", "status"}, Columns: []string{"title", "status", "stock"},
	Fixed: []string{"title"}, Shown: []string{"title", "status"}, Sorts: []string{"title"}}

func TestAnAddressSaysWhereSomebodyStands(t *testing.T) {
	for _, c := range []struct{ name, query, again string }{
		{"nothing is the beginning", "", ""},
		{"what the list does not know is dropped", "colour=red&sort=colour&column=colour", ""},
		{"filters and order stay", "q=red+mug&sort=-title&status=draft", "q=red+mug&sort=-title&status=draft"},
		{"columns come in the list's order, fixed ones always", "column=stock&column=status", "column=title&column=status&column=stock"},
		{"a place is not kept", "after=prd_1&q=mug", "q=mug"},
		{"blanks and NULs are no filter", "q=%00++", ""},
		{"a filter ends somewhere", "q=" + fmt.Sprintf("%0300d", 0), "q=" + fmt.Sprintf("%0200d", 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, _ := url.ParseQuery(c.query)
			if got := shape.Read(q).Query().Encode(); got != c.again {
				t.Errorf("%q, want %q", got, c.again)
			}
		})
	}
}

// A state that was read and written is read as the same state.
func FuzzStateIsItsAddress(f *testing.F) {
	f.Add("q=a&column=stock&sort=-title")
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		once := shape.Read(q)
		once.After = ""
		if again := shape.Read(once.Query()); !cmp.Equal(once, again) {
			t.Error(cmp.Diff(once, again))
		}
	})
}

func TestAFilterIsKeptForOneOrForAll(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		save := func(staff, name, query string) (v listing.View, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) (err error) {
				v, err = listing.SaveView(t.Context(), tx, listing.View{List: "products", Staff: staff, Name: name, Query: query})
				return err
			})
			return v, err
		}
		see := func(staff string) (names []string) {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := listing.Views(t.Context(), tx, "products", staff)
				for _, v := range all {
					names = append(names, v.Name+"?"+v.Query)
				}
				return err
			})
			return names
		}
		mine, err := save("stf_a", " Red  things ", "q=red&after=prd_1")
		if err != nil {
			t.Fatal(err)
		}
		shared, _ := save("", "Drafts", "status=draft")
		if diff := cmp.Diff([]string{"Drafts?status=draft", "Red things?q=red"}, see("stf_a")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"Drafts?status=draft"}, see("stf_b")); diff != "" {
			t.Error(diff)
		}
		if again, err := save("stf_a", "Red things", "q=crimson"); err != nil || again.ID != mine.ID {
			t.Errorf("written over: %v %v", again, err)
		}
		if _, err := save("stf_a", "  ", "q=red"); !errors.Is(err, listing.ErrView) {
			t.Errorf("without a name: %v", err)
		}
		forget := func(v listing.View, staff string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return listing.DeleteView(t.Context(), tx, v.ID, staff) })
		}
		if err := forget(mine, "stf_b"); !errors.Is(err, listing.ErrNotFound) {
			t.Errorf("another's is deleted: %v", err)
		}
		if err := errors.Join(forget(mine, "stf_a"), forget(shared, "stf_b")); err != nil || see("stf_a") != nil {
			t.Errorf("%v %v", err, see("stf_a"))
		}
	})
}

// stock is what the verbs below change: numbers under names.
type stock struct {
	sync.Mutex
	units map[string]int
}

var (
	errOdd  = fault.New(fault.Conflict, "test.odd", "odd ones stay")
	errLost = errors.New("the machine is broken")
)

// add keeps its numbers in memory and writes them only after a commit, as a database
// would: so a preview that was taken back leaves nothing.
func (s *stock) add() listing.Verb {
	set := func(tx *db.Tx, subject string, n int) {
		tx.After(func() { s.Lock(); defer s.Unlock(); s.units[subject] = n })
	}
	get := func(subject string) int { s.Lock(); defer s.Unlock(); return s.units[subject] }
	return listing.Verb{Name: "stock.add",
		Do: func(_ context.Context, tx *db.Tx, subject string, with listing.Settings) (listing.Outcome, error) {
			by, _ := strconv.Atoi(with["by"])
			old := get(subject)
			switch subject {
			case "broken":
				return listing.Outcome{}, errLost
			case "odd":
				return listing.Outcome{Title: "Odd"}, errOdd
			}
			set(tx, subject, old+by)
			return listing.Outcome{Title: subject, Old: json.RawMessage(strconv.Itoa(old)), New: json.RawMessage(strconv.Itoa(old + by))}, nil
		},
		Undo: func(_ context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			if strconv.Itoa(get(subject)) != string(o.New) {
				return listing.ErrMoved
			}
			n, err := strconv.Atoi(string(o.Old))
			set(tx, subject, n)
			return err
		}}
}

func (s *stock) all() map[string]int { s.Lock(); defer s.Unlock(); return maps.Clone(s.units) }

func plan(t *testing.T, d *db.DB, desk *listing.Desk, by string, subjects ...string) (c listing.Change) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		c, err = desk.Plan(t.Context(), tx, listing.Change{List: "stock", Verb: "stock.add", Settings: listing.Settings{"by": by}, Actor: "stf_a"}, subjects)
		return err
	})
	return c
}

func find(t *testing.T, d *db.DB, id listing.ChangeID) (c listing.Change) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) { c, err = listing.Find(t.Context(), tx, id); return err })
	return c
}

func TestAPreviewTellsWhatWillBeAndChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &stock{units: map[string]int{"a": 1, "b": 2}}
		desk := listing.New(d)
		desk.Add(s.add())
		c := plan(t, d, desk, "5", "a", "odd", "b", "a")
		items, err := desk.Preview(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, it := range items {
			told = append(told, fmt.Sprintf("%s %s %s→%s %s", it.Subject, it.State, it.Old, it.New, it.Code))
		}
		if diff := cmp.Diff([]string{"a changed 1→6 ", "odd failed → test.odd", "b changed 2→7 "}, told); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]int{"a": 1, "b": 2}, s.all()); diff != "" {
			t.Error(diff)
		}
		if got := find(t, d, c.ID); got.State != listing.StatePlanned || got.Counts[listing.ItemWaiting] != 3 {
			t.Errorf("%+v", got)
		}
	})
}

func TestManyAreChangedOnceAndGivenBackWhereNobodyChangedThemSince(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &stock{units: map[string]int{}}
		desk := listing.New(d)
		desk.Add(s.add())
		subjects := []string{"odd"}
		for i := range 120 {
			subjects = append(subjects, fmt.Sprintf("s%03d", i))
		}
		c := plan(t, d, desk, "1", subjects...)
		if err := desk.Start(t.Context(), c.ID, "stf_b"); err != nil {
			t.Fatal(err)
		}
		if err := desk.Start(t.Context(), c.ID, "stf_b"); !errors.Is(err, listing.ErrState) {
			t.Errorf("started twice: %v", err)
		}
		got := find(t, d, c.ID)
		if got.State != listing.StateDone || got.Counts[listing.ItemChanged] != 120 || got.Counts[listing.ItemFailed] != 1 || got.EndedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		s.units["s007"] = 99
		if err := desk.Undo(t.Context(), c.ID, "stf_a"); err != nil {
			t.Fatal(err)
		}
		got = find(t, d, c.ID)
		if got.State != listing.StateUndone || got.Counts[listing.ItemRestored] != 119 || got.Counts[listing.ItemKept] != 1 {
			t.Errorf("%+v", got)
		}
		for name, n := range s.all() {
			if want := map[bool]int{true: 99}[name == "s007"]; n != want {
				t.Errorf("%s is %d, want %d", name, n, want)
			}
		}
		if err := desk.Undo(t.Context(), c.ID, "stf_a"); !errors.Is(err, listing.ErrState) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

func TestALongChangeIsFinishedByTheJobs(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &stock{units: map[string]int{}}
		desk := listing.New(d)
		desk.Add(s.add())
		pool := job.NewPool(d)
		desk.Register(pool)
		var subjects []string
		for i := range 450 {
			subjects = append(subjects, strconv.Itoa(i))
		}
		c := plan(t, d, desk, "1", subjects...)
		if err := desk.Start(t.Context(), c.ID, "stf_a"); err != nil {
			t.Fatal(err)
		}
		if got := find(t, d, c.ID); got.State != listing.StateRunning || got.Settled() != 200 || got.Work() != 450 {
			t.Errorf("after the wait: %s %d of %d", got.State, got.Settled(), got.Work())
		}
		if _, err := pool.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(t, d, c.ID); got.State != listing.StateDone || got.Counts[listing.ItemChanged] != 450 {
			t.Errorf("%+v", got)
		}
		for name, n := range s.all() {
			if n != 1 {
				t.Errorf("%s was changed %d times", name, n)
			}
		}
	})
}

func TestABrokenMachineStopsAChangeWhereItWas(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &stock{units: map[string]int{}}
		desk := listing.New(d)
		desk.Add(s.add())
		c := plan(t, d, desk, "1", "a", "broken")
		if err := desk.Start(t.Context(), c.ID, "stf_a"); !errors.Is(err, errLost) {
			t.Errorf("%v", err)
		}
		if got := find(t, d, c.ID); got.State != listing.StateRunning || got.Counts[listing.ItemWaiting] != 2 || len(s.all()) != 0 {
			t.Errorf("%+v %v", got, s.all())
		}
	})
}

func TestAPlanIsRefusedWithItsRemedy(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		desk := listing.New(d)
		desk.Add((&stock{}).add())
		try := func(verb string, subjects []string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := desk.Plan(t.Context(), tx, listing.Change{List: "stock", Verb: verb, Actor: "stf_a"}, subjects)
				return err
			})
		}
		many := make([]string, listing.MaxSubjects+1)
		for i := range many {
			many[i] = strconv.Itoa(i)
		}
		for _, c := range []struct {
			verb     string
			subjects []string
			want     error
		}{{"stock.burn", []string{"a"}, listing.ErrVerb}, {"stock.add", []string{""}, listing.ErrNothing}, {"stock.add", many, listing.ErrTooMany}} {
			if err := try(c.verb, c.subjects); !errors.Is(err, c.want) {
				t.Errorf("%s of %d: %v, want %v", c.verb, len(c.subjects), err, c.want)
			}
		}
	})
}

// Whatever is changed and undone by turns: undoing gives a subject back what it
// was before the change, if it still is what the change made it, and else leaves it.
func TestChangesAndUndosAreThoseOfTheModel(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	rapid.Check(t, func(r *rapid.T) {
		s := &stock{units: map[string]int{}}
		desk := listing.New(d)
		desk.Add(s.add())
		model := map[string]int{}
		type did struct {
			id       listing.ChangeID
			old, now map[string]int
		}
		var done []did
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			if len(done) > 0 && rapid.Bool().Draw(r, "undo") {
				i := rapid.IntRange(0, len(done)-1).Draw(r, "which")
				if err := desk.Undo(t.Context(), done[i].id, "stf_a"); err != nil {
					r.Fatal(err)
				}
				for name, now := range done[i].now {
					if model[name] == now {
						model[name] = done[i].old[name]
					}
				}
				done = slices.Delete(done, i, i+1)
				continue
			}
			by := rapid.IntRange(-9, 9).Draw(r, "by")
			names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 4, rapid.ID[string]).Draw(r, "names")
			c := plan(t, d, desk, strconv.Itoa(by), names...)
			if err := desk.Start(t.Context(), c.ID, "stf_a"); err != nil {
				r.Fatal(err)
			}
			it := did{c.ID, map[string]int{}, map[string]int{}}
			for _, name := range names {
				it.old[name], it.now[name] = model[name], model[name]+by
				if by != 0 {
					model[name] += by
				}
			}
			done = append(done, it)
		}
		for name, want := range model {
			if got := s.all()[name]; got != want {
				r.Errorf("%s is %d, want %d", name, got, want)
			}
		}
	})
}

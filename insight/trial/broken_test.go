package trial_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/insight/trial"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
)

// visitors are the first n of the test who were shown an arm.
func (b *bench) visitors(arm string, n int) (all []string) {
	b.t.Helper()
	dbtest.Read(b.t, b.d, func(tx *db.Tx) error {
		page, err := experiment.Exposures(b.t.Context(), tx, b.id, "", 2000)
		for _, x := range page {
			if x.Arm == arm && len(all) < n {
				all = append(all, x.Visitor)
			}
		}
		return err
	})
	if len(all) < n {
		b.t.Fatalf("only %d visitors of %s", len(all), arm)
	}
	return all
}

// fail has something fail n visitors of an arm, twice each.
func (b *bench) fail(arm string, n int) {
	b.t.Helper()
	for range 2 {
		b.clock.Advance(time.Second)
		var f trial.Failures
		for _, v := range b.visitors(arm, n) {
			f.Note(v, "page")
		}
		f.Note("vis_stranger", "page")
		if err := f.Flush(b.t.Context(), b.d); err != nil {
			b.t.Fatal(err)
		}
	}
}

// The tripwire of errors: no look is waited for, no other number is needed, and
// what fails both arms alike takes nothing back.
func TestAnArmThatBreaksIsTakenBackAtOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		b.come(300, map[string]int{"old": 5, "new": 5}, "EUR")
		b.fail("old", 20)
		b.fail("new", 20)
		if e := b.find(); e.State != experiment.StateRunning {
			t.Fatalf("what fails both arms took back the new one: %s", e.Reason)
		}
		if r, _ := b.look(); r.Verdict == trial.RollBack || len(r.Guards) == 0 || r.Guards[len(r.Guards)-1].Measure != "machine" {
			t.Errorf("%s: %s; guardrails %+v", r.Verdict, r.Reason, r.Guards)
		}
		b.fail("new", 100)
		e := b.find()
		if e.State != experiment.StateRolledBack || e.Reason == "" {
			t.Fatalf("100 failed visitors of the new arm and 20 of the old: %s, %q", e.State, e.Reason)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			last, err := trial.Last(ctx, tx, b.id)
			if err != nil || last.Verdict != trial.RollBack || last.Because.Code != trial.BecauseBroken || last.Because.Units != 100 || last.Arm != "new" || last.Reason != e.Reason {
				t.Errorf("%+v %v", last.Because, err)
			}
			told, err := exception.About(ctx, tx, string(b.id))
			if err != nil || len(told) != 1 || told[0].Kind != trial.TroubleHarm {
				t.Errorf("told %+v %v", told, err)
			}
			lines, err := audit.List(ctx, tx, audit.Filter{Subject: string(b.id)})
			if err != nil || len(lines) != 1 || lines[0].Action != "experiment.roll_back" || lines[0].Actor != "system:trial" {
				t.Errorf("audit %+v %v", lines, err)
			}
			a, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: "vis_after"}, "")
			if err != nil || a.Experiment != "" {
				t.Errorf("who comes afterwards gets %+v %v", a, err)
			}
			return nil
		})
		b.fail("new", 110) // what is over is left alone
	})
}

func TestFailuresThatCannotBeWrittenAreWrittenTheNextTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		b.come(1000, map[string]int{"old": 5, "new": 5}, "EUR")
		var f trial.Failures
		for _, v := range b.visitors("new", 250) {
			f.Note(v, "page")
		}
		gone, stop := context.WithCancel(t.Context())
		stop()
		if err := f.Flush(gone, d); err == nil {
			t.Fatal("written though nobody waited")
		}
		if e := b.find(); e.State != experiment.StateRunning {
			t.Fatalf("taken back by what is not written: %s", e.Reason)
		}
		if err := f.Flush(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if e := b.find(); e.State == experiment.StateRunning {
			t.Error("what was noted is forgotten")
		}
	})
}

func TestAFewFailuresOrFewVisitorsTakeNothingBack(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		b.come(80, map[string]int{"old": 5, "new": 5}, "EUR")
		b.fail("new", 20) // of some forty
		if e := b.find(); e.State != experiment.StateRunning {
			t.Errorf("of few visitors something was said: %s", e.Reason)
		}
		b.come(6000, map[string]int{"old": 5, "new": 5}, "EUR")
		var f trial.Failures
		f.Note("", "page")
		many := b.visitors("new", 500)
		f.Note(many[100], "widget") // some twenty of three thousand: less than a hundredth
		f.Note(many[499], "widget")
		if err := f.Flush(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if e := b.find(); e.State != experiment.StateRunning {
			t.Errorf("a few of %d were enough: %s", b.n, e.Reason)
		}
	})
}

// What cannot be computed is an exception, which ends with the next number, and
// what breaks is taken back without the other numbers.
func TestWhatCannotBeJudgedIsToldAndStillTakenBackWhereItBreaks(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Rollout, experiment.Plan{AutoRelease: true})
		b.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := experiment.SetStage(ctx, tx, b.id, 2)
			return err
		})
		b.come(1600, map[string]int{"old": 3, "new": 3}, "EUR") // a tenth: more than 60, whatever the salt
		b.clock.Advance(48 * time.Hour)
		spoil := func(text string) {
			t.Helper()
			b.clock.Advance(time.Second)
			b.do(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO trial_results (experiment, at, verdict, result) VALUES ($1, $2, 'hold', $3)`, b.id, db.Micros(tx.Now), text)
				return err
			})
		}
		open := func() (kinds []string) {
			t.Helper()
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := exception.About(t.Context(), tx, string(b.id))
				for _, x := range all {
					if x.IsOpen() {
						kinds = append(kinds, x.Kind)
					}
				}
				return err
			})
			return kinds
		}
		b.look()
		stage := b.find().Stage
		spoil("{")
		b.clock.Advance(48 * time.Hour)
		if _, err := trial.Look(t.Context(), d, b.id); err == nil {
			t.Fatal("a computation on what cannot be read did not fail")
		}
		if e, kinds := b.find(), open(); e.Stage != stage || e.State != experiment.StateRunning || !slices.Equal(kinds, []string{trial.TroubleFailed}) {
			t.Errorf("stage %d, %s, exceptions %v", e.Stage, e.State, kinds)
		}
		spoil("{}")
		if b.look(); len(open()) != 0 {
			t.Errorf("after a computation there still is %v", open())
		}
		spoil("{")
		b.fail("new", 60)
		if e, kinds := b.find(), open(); e.State != experiment.StateRolledBack || !slices.Contains(kinds, trial.TroubleHarm) {
			t.Errorf("%s, exceptions %v", e.State, kinds)
		}
	})
}

package demo_test

import (
	"fmt"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/funnel"
	"korzo/insight/lifetime"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

// played is what the visits of a demo came to, flow by flow and arm by arm.
func played(t *testing.T, tx *db.Tx) (lines []string) {
	t.Helper()
	live, err := flow.Live(t.Context(), tx)
	if err != nil || len(live) != 5 {
		t.Fatalf("%d flows, %v", len(live), err)
	}
	for _, v := range live {
		f, err := funnel.Of(t.Context(), tx, v.Flow, 0, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		a := f.All
		lines = append(lines, fmt.Sprintf("%s: %d visits, %d orders, %d of %d tries, %d %s, median %v, stopped %v, wrong %v", v.Document.Name, a.Visits, a.Placed, a.Approved, a.Tries,
			a.Contribution, f.Currency, a.Median(), a.Stopped, f.Wrong))
		if a.Visits < 40 || a.Placed < 10 || a.Conversion() < 0.25 || a.Conversion() > 0.85 || a.Approval() < 0.8 || a.Approval() == 1 || a.Contribution <= 0 || a.Median() <= 0 || len(f.Wrong) == 0 != (v.Document.Layout == flow.OneClick) {
			t.Errorf("nobody believes %s", lines[len(lines)-1])
		}
	}
	all, err := experiment.List(t.Context(), tx, experiment.StateRunning)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d experiments, %v", len(all), err)
	}
	looks, err := trial.History(t.Context(), tx, all[0].ID, 100)
	if err != nil || len(looks) < 17 {
		t.Fatalf("%d looks at the experiment, %v", len(looks), err)
	}
	last := looks[0]
	for _, a := range last.Arms {
		if a.Visitors < 200 || a.Conversion < 0.3 || a.Contribution <= 0 || a.Matured == 0 || a.Matured == a.Visitors {
			t.Errorf("nobody believes %+v", a)
		}
		lines = append(lines, fmt.Sprintf("%s: %d visitors, %d bought, %.2f", a.Arm, a.Visitors, a.Buyers, a.Contribution))
	}
	if last.Verdict != trial.Continue || last.Mismatch < 0.01 || last.LeftOut != 0 {
		t.Errorf("the experiment is %s: %s, mismatch %.3f, left out %d", last.Verdict, last.Reason, last.Mismatch, last.LeftOut)
	}
	return lines
}

// visitsAreReal checks that the past is one that the shop's own rules made.
func visitsAreReal(t *testing.T, tx *db.Tx) {
	t.Helper()
	for _, line := range played(t, tx) {
		t.Log(line)
	}
	if torn, err := checkout.Verify(t.Context(), tx); err != nil || len(torn) > 0 {
		t.Errorf("checkouts: %v %v", torn, err)
	}
	visits, err := checkout.Replays(t.Context(), tx, 2000)
	if err != nil || len(visits) != 2000 {
		t.Errorf("%d visits to replay, %v", len(visits), err)
	}
	if r, err := lifetime.Last(t.Context(), tx); err != nil || r.Repeaters < lifetime.MinRepeaters || r.Currency != "EUR" || r.Expected <= 0 {
		t.Errorf("of its customers the shop expects %+v, %v", r, err)
	}
	pinned := map[string]int{}
	for _, o := range orders(t, tx) {
		if o.Flow == "" || o.FlowVersion == 0 {
			t.Fatalf("order %s names no flow", o.Number)
		}
		if _, _, arm, ok := experiment.ParsePin(o.Arm); ok {
			pinned[arm]++
		}
	}
	if len(pinned) != 2 {
		t.Errorf("orders by arm: %v", pinned)
	}
}

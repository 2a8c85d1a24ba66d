package demo_test

import (
	"testing"
	"time"

	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// promisesWerePlayed holds that the kept rate is what came of parcels: most
// promises were kept, some were not, and lanes learnt from the same arrivals.
func promisesWerePlayed(t *testing.T, tx *db.Tx) {
	t.Helper()
	today := calendar.DateIn(tx.Now, time.UTC)
	all, err := promise.Rates(t.Context(), tx, today.AddDays(-200), today)
	if err != nil {
		t.Fatal(err)
	}
	var scored, kept int64
	for _, k := range all {
		t.Logf("%-18s %-14s %4d of %4d kept", k.Location, k.Lane, k.Kept, k.All)
		scored, kept = scored+k.All, kept+k.Kept
	}
	if scored < 3400 || kept*100 < scored*80 || kept == scored {
		t.Errorf("%d of %d promises were kept", kept, scored)
	}
	known, err := promise.Knowledge(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	var arrivals int64
	for _, l := range known.Lanes() {
		t.Logf("%+v", l)
		arrivals += l.Arrivals
	}
	if p50, p90, n, ok := known.Transit("DE", "DE", "de_standard"); !ok || n < 500 || p50 != 2 || p90 < 3 || p90 > 4 {
		t.Errorf("from Germany to Germany %d to %d days by %d parcels (%v)", p50, p90, n, ok)
	}
	if arrivals == 0 || arrivals > scored {
		t.Errorf("lanes learnt from %d of %d arrivals", arrivals, scored)
	}
}

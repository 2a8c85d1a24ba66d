package promise_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"korzo/delivery/promise"
	"korzo/value/calendar"

	"pgregory.net/rapid"
)

// days is a business calendar as the cases write it.
type days struct {
	Week    string
	Country string
	Closed  []calendar.Date
	Open    []calendar.Date
}

func (d days) calendar(t *testing.T) calendar.Business {
	t.Helper()
	weeks := map[string]calendar.Week{"": calendar.MondayToFriday, "mon-sat": calendar.MondayToSaturday, "every": calendar.EveryDay}
	week, ok := weeks[d.Week]
	if !ok {
		t.Fatalf("no such week: %q", d.Week)
	}
	return calendar.Business{Week: week, Country: d.Country, Closed: d.Closed, Open: d.Open}
}

func TestPromises(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name               string
		Now                time.Time
		Zone               string
		CutOff             string `json:"cut_off"`
		LeadDays           int    `json:"lead_days"`
		PickMinutes        int    `json:"pick_minutes"`
		Waiting            int64
		PerDay             int64 `json:"per_day"`
		Transit            [2]int
		Lane               promise.Lane
		Dispatch, Delivery days
		Want               struct{ Dispatch, From, To calendar.Date }
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 200 {
		t.Errorf("%d cases, want at least 200", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			zone, err := calendar.Zone(c.Zone)
			if err != nil {
				t.Fatal(err)
			}
			cutOff, err := calendar.ParseClock(c.CutOff)
			if err != nil {
				t.Fatal(err)
			}
			if c.Lane.Believed() {
				c.Transit = [2]int{c.Lane.P50, c.Lane.P90}
			}
			in := promise.Input{
				Now: c.Now, Zone: zone, CutOff: cutOff, LeadDays: c.LeadDays, TransitMin: c.Transit[0], TransitMax: c.Transit[1],
				Pick: time.Duration(c.PickMinutes) * time.Minute, Waiting: c.Waiting, PerDay: c.PerDay,
				Dispatch: c.Dispatch.calendar(t), Delivery: c.Delivery.calendar(t),
			}
			if got := promise.Dispatch(in); got != c.Want.Dispatch {
				t.Errorf("leaves on %v, want %v", got, c.Want.Dispatch)
			}
			if got, want := promise.Compute(in), (promise.Window{From: c.Want.From, To: c.Want.To}); got != want {
				t.Errorf("arrives %v to %v, want %v to %v", got.From, got.To, want.From, want.To)
			}
		})
	}
}

// anyInput draws inputs over two years, around every switch of clocks.
func anyInput(t *rapid.T) promise.Input {
	zone, err := calendar.Zone(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	week := rapid.SampledFrom([]calendar.Week{0, calendar.MondayToSaturday, calendar.EveryDay})
	country := rapid.SampledFrom([]string{"", "DE", "HU", "US"})
	return promise.Input{
		Now:        time.Unix(rapid.Int64Range(1_767_225_600, 1_830_384_000).Draw(t, "now"), 0),
		Zone:       zone,
		CutOff:     calendar.Clock(rapid.IntRange(0, 1439).Draw(t, "cut-off")),
		Pick:       time.Duration(rapid.IntRange(-10, 1440).Draw(t, "pick")) * time.Minute,
		Waiting:    rapid.Int64Range(0, 400).Draw(t, "waiting"),
		PerDay:     rapid.Int64Range(0, 60).Draw(t, "per day"),
		LeadDays:   rapid.IntRange(-1, 20).Draw(t, "lead"),
		TransitMin: rapid.IntRange(-1, 20).Draw(t, "min"),
		TransitMax: rapid.IntRange(-1, 30).Draw(t, "max"),
		Dispatch:   calendar.Business{Week: week.Draw(t, "dispatch"), Country: country.Draw(t, "from")},
		Delivery:   calendar.Business{Week: week.Draw(t, "delivery"), Country: country.Draw(t, "to")},
	}
}

// An order leaves on a day that is worked, not before today, and arrives on
// days on which deliveries are taken, not before it left.
func TestAPromiseCanBeKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		today, leaves, w := calendar.DateIn(in.Now, in.Zone), promise.Dispatch(in), promise.Compute(in)
		if leaves.Before(today) || !in.Dispatch.Works(leaves) {
			t.Errorf("ordered on %v, leaves on %v", today, leaves)
		}
		if w.From.Before(leaves) || w.To.Before(w.From) || !in.Delivery.Works(w.From) || !in.Delivery.Works(w.To) {
			t.Errorf("leaves on %v, arrives %v to %v", leaves, w.From, w.To)
		}
	})
}

// Who orders later never gets it earlier.
func TestLaterOrdersNeverArriveEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		before := promise.Compute(in)
		in.Now = in.Now.Add(time.Duration(rapid.Int64Range(0, int64(60*time.Hour)).Draw(t, "later")))
		if after := promise.Compute(in); after.From.Before(before.From) || after.To.Before(before.To) {
			t.Errorf("%v, and when ordered later %v", before, after)
		}
	})
}

// More that waits never makes it earlier, and a place that sends off more never
// later.
func TestABacklogOnlyEverDelays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		before := promise.Compute(in)
		in.Waiting += rapid.Int64Range(0, 100).Draw(t, "more")
		if after := promise.Compute(in); after.From.Before(before.From) || after.To.Before(before.To) {
			t.Errorf("%v, and with more that waits %v", before, after)
		}
		slow := promise.Compute(in)
		if in.PerDay > 0 {
			in.PerDay++
		}
		if fast := promise.Compute(in); fast.To.After(slow.To) {
			t.Errorf("%v, and with more hands %v", slow, fast)
		}
	})
}

// What was kept of a promise computes the same promise again.
func TestAPromiseCanBeComputedAgainFromWhatIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		kept := promise.Inputs{Version: promise.Version, Now: in.Now.UTC().Format(time.RFC3339), Zone: in.Zone.String(), CutOff: in.CutOff.String(),
			LeadDays: in.LeadDays, TransitMin: in.TransitMin, TransitMax: in.TransitMax, DispatchWeek: int(in.Dispatch.Week), DeliveryWeek: int(in.Delivery.Week),
			From: in.Dispatch.Country, To: in.Delivery.Country, PickMinutes: int(max(in.Pick, 0) / time.Minute), Waiting: in.Waiting, PerDay: in.PerDay}
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		var read promise.Inputs
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		again, err := read.Input()
		if got, want := promise.Compute(again), promise.Compute(in); err != nil || got != want {
			t.Errorf("%v (%v), want %v", got, err, want)
		}
	})
}

func TestNoZoneIsUTC(t *testing.T) {
	in := promise.Input{Now: time.Date(2026, 1, 14, 13, 59, 0, 0, time.UTC), CutOff: 14 * 60}
	if got := promise.Dispatch(in); got != calendar.On(2026, time.January, 14) {
		t.Errorf("leaves on %v, want today", got)
	}
}

func BenchmarkCompute(b *testing.B) {
	zone, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	in := promise.Input{
		Now: time.Date(2026, 12, 23, 20, 0, 0, 0, time.UTC), Zone: zone, CutOff: 14 * 60, TransitMin: 1, TransitMax: 3,
		Dispatch: calendar.Business{Country: "DE"}, Delivery: calendar.Business{Week: calendar.MondayToSaturday, Country: "DE"},
	}
	b.ReportAllocs()
	for b.Loop() {
		promise.Compute(in)
	}
}

// What is ordered before the moment that is told leaves the same day, and what is
// ordered then leaves later.
func TestWhatIsOrderedInTimeLeavesAsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		leaves, by := promise.Dispatch(in), promise.OrderBy(in)
		if by.IsZero() {
			t.Skip("the place needs longer to pick than there is")
		}
		in.Now = by.Add(-time.Second)
		if last := promise.Dispatch(in); last != leaves {
			t.Errorf("to be ordered by %v it leaves on %v, ordered a second before it on %v", by, leaves, last)
		}
		in.Now = by
		if late := promise.Dispatch(in); !late.After(leaves) {
			t.Errorf("ordered at %v it still leaves on %v", by, late)
		}
	})
}

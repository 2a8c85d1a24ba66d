package clock_test

import (
	"encoding/json"
	"testing"
	"time"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/clock"
	"korzo/purchase/promotion/condition/conditiontest"
)

func TestClockKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: clock.New,
		Settings: []string{`{"weekdays": ["saturday"]}`, `{"from": "18:00", "to": "22:00"}`, `{"weekdays": ["monday"], "from": "22:00", "to": "02:00"}`},
		Wrong:    map[string]string{"a day nobody knows": `{"weekdays": ["caturday"]}`, "half a window": `{"from": "18:00"}`, "no time of day": `{"from": "25:00", "to": "26:00"}`, "no time at all": `{"from": "10:00", "to": "10:00"}`}})
}

func TestClockSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"a Saturday", `{"weekdays": ["saturday", "sunday"]}`, basket.Visit{Now: time.Date(2030, 3, 2, 12, 0, 0, 0, time.UTC)}, ""},
		{"no Sunday", `{"weekdays": ["sunday"]}`, basket.Visit{Now: time.Date(2030, 3, 2, 12, 0, 0, 0, time.UTC)}, basket.ReasonTime},
		{"the first minute", `{"from": "18:00", "to": "22:00"}`, basket.Visit{Now: time.Date(2030, 3, 2, 18, 0, 0, 0, time.UTC)}, ""},
		{"the last minute", `{"from": "18:00", "to": "22:00"}`, basket.Visit{Now: time.Date(2030, 3, 2, 21, 59, 0, 0, time.UTC)}, ""},
		{"over", `{"from": "18:00", "to": "22:00"}`, basket.Visit{Now: time.Date(2030, 3, 2, 22, 0, 0, 0, time.UTC)}, basket.ReasonTime},
		{"past midnight", `{"from": "22:00", "to": "02:00"}`, basket.Visit{Now: time.Date(2030, 3, 2, 1, 30, 0, 0, time.UTC)}, ""},
		{"the morning after", `{"from": "22:00", "to": "02:00"}`, basket.Visit{Now: time.Date(2030, 3, 2, 2, 0, 0, 0, time.UTC)}, basket.ReasonTime},
		{"Sunday already in Tokyo", `{"weekdays": ["sunday"]}`, basket.Visit{Now: time.Date(2030, 3, 2, 16, 0, 0, 0, time.UTC), Zone: time.FixedZone("JST", 9*3600)}, ""},
	} {
		condition, err := clock.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

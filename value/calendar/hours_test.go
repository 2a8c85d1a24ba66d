package calendar_test

import (
	"testing"
	"time"

	"korzo/value/calendar"
)

func TestTimeThatAPlaceIsClosedDoesNotCount(t *testing.T) {
	berlin, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	shop := calendar.Hours{Business: calendar.Business{Week: calendar.MondayToSaturday, Country: "DE"}, Open: 10 * 60, Close: 19 * 60}
	for _, c := range []struct {
		name, now string
		long      time.Duration
		want      string
	}{
		{"within the day", "2030-01-03 11:00", 30 * time.Minute, "2030-01-03 11:30"},
		{"before it opens", "2030-01-03 06:00", 30 * time.Minute, "2030-01-03 10:30"},
		{"over night", "2030-01-03 18:50", 30 * time.Minute, "2030-01-04 10:20"},
		{"over Sunday", "2030-01-05 18:50", 30 * time.Minute, "2030-01-07 10:20"},
		{"over New Year", "2029-12-31 18:50", 30 * time.Minute, "2030-01-02 10:20"},
		{"just as long as it is open", "2030-01-03 18:30", 30 * time.Minute, "2030-01-04 10:00"},
		{"two days of hours", "2030-01-03 10:00", 18 * time.Hour, "2030-01-05 10:00"},
		{"while the clocks are put forward", "2030-03-30 18:50", 30 * time.Minute, "2030-04-01 10:20"},
		{"no time, in the night", "2030-01-03 22:00", 0, "2030-01-04 10:00"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", c.now, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := shop.After(now, berlin, c.long).In(berlin).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	day := calendar.On(2030, time.January, 6) // a Sunday
	if got := shop.Closing(day, berlin).In(berlin).Format("2006-01-02 15:04"); got != "2030-01-07 19:00" {
		t.Errorf("closes %s", got)
	}
	if got := (calendar.Hours{}).Opening(day, berlin).In(berlin).Format("2006-01-02 15:04"); got != "2030-01-07 00:00" {
		t.Errorf("what is open all day opens %s", got)
	}
}

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
	shop := calendar.Hours{Days: calendar.Daily(calendar.MondayToSaturday, 10*60, 19*60), Country: "DE"}
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

// A shop that is open from Tuesday to Friday, on Saturday until two, and on one
// Sunday before Christmas by its Saturday's hours.
func TestEachWeekdayHasHoursOfItsOwn(t *testing.T) {
	berlin, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	shop := calendar.Hours{Country: "DE", Extra: []calendar.Date{calendar.On(2030, time.December, 22)}, Days: []calendar.Opening{
		{Week: calendar.Days(time.Tuesday, time.Wednesday, time.Thursday, time.Friday), Open: 10 * 60, Close: 19 * 60},
		{Week: calendar.Days(time.Saturday), Open: 10 * 60, Close: 14 * 60}}}
	at := func(text string) time.Time {
		now, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	for _, c := range []struct {
		name, now string
		long      time.Duration
		want      string
	}{
		{"within a short Saturday", "2030-01-05 13:00", 30 * time.Minute, "2030-01-05 13:30"},
		{"over Saturday's close and the Monday", "2030-01-05 13:50", 30 * time.Minute, "2030-01-08 10:20"},
		{"over a whole Saturday", "2030-01-04 18:50", 5 * time.Hour, "2030-01-08 10:50"},
	} {
		if got := shop.After(at(c.now), berlin, c.long); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got.In(berlin), c.want)
		}
	}
	for now, until := range map[string]string{
		"2030-01-04 13:59": "2030-01-04 19:00", "2030-01-05 13:59": "2030-01-05 14:00", "2030-01-05 14:00": "", "2030-01-05 09:59": "",
		"2030-01-06 12:00": "", "2030-01-07 12:00": "", "2030-01-01 12:00": "", "2030-12-22 13:00": "2030-12-22 14:00",
	} {
		got, open := shop.Until(at(now), berlin)
		if open != (until != "") || open && !got.Equal(at(until)) {
			t.Errorf("at %s it is open until %v (%t), want %q", now, got.In(berlin), open, until)
		}
	}
	if got := shop.Closing(calendar.On(2030, time.January, 5), berlin); !got.Equal(at("2030-01-05 14:00")) {
		t.Errorf("on Saturday it closes %s", got.In(berlin))
	}
	if got := shop.Closing(calendar.On(2030, time.January, 6), berlin); !got.Equal(at("2030-01-08 19:00")) {
		t.Errorf("after Sunday it closes %s", got.In(berlin))
	}
	for name, h := range map[string]calendar.Hours{
		"a day twice":            {Days: []calendar.Opening{{Week: calendar.EveryDay}, {Week: calendar.Days(time.Monday), Open: 60, Close: 120}}},
		"closed before it opens": {Days: calendar.Daily(calendar.EveryDay, 600, 540)},
		"hours of no day":        {Days: calendar.Daily(0, 600, 900)},
	} {
		if h.Valid() {
			t.Errorf("%s is taken for hours", name)
		}
	}
	if !shop.Valid() || !(calendar.Hours{}).Valid() {
		t.Error("hours are refused")
	}
}

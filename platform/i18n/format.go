package i18n

import (
	"strconv"
	"strings"
	"time"

	"korzo/value/calendar"
	"korzo/value/money"
)

// Money returns a as people read it: "1.234,50 €" in German, "€1,234.50" in
// English, "12 990 Ft" in Hungarian. Decimals that nobody pays (whole forints)
// are left out. What is no currency is a number with a word: "350 points".
func (l Locale) Money(a money.Amount) string {
	r := l.rules()
	info, _ := money.Find(a.Currency)
	symbol, known := r.symbols[a.Currency]
	if !known {
		symbol = string(a.Currency)
	}
	before := r.first && info.Code != ""

	var room [64]byte
	text := room[:0]
	if a.Minor < 0 {
		text = append(text, '-')
	}
	if before {
		text = append(text, symbol...)
		if !known {
			text = append(text, space...)
		}
	}
	text = r.appendAmount(text, a.Minor, info)
	if !before && symbol != "" {
		text = append(append(text, space...), symbol...)
	}
	return string(text)
}

// appendAmount writes minor units without sign and currency.
func (r *conventions) appendAmount(text []byte, minor int64, info money.Info) []byte {
	unit := uint64(info.MinorPerUnit())
	n := uint64(minor)
	if minor < 0 {
		n = -n
	}
	text = r.appendGrouped(text, n/unit)
	if unit == 1 || n%unit == 0 && uint64(info.ChargeStep) == unit {
		return text
	}
	text = append(text, r.point...)
	for unit /= 10; unit > 0; unit /= 10 {
		text = append(text, '0'+byte(n/unit%10))
	}
	return text
}

func (r *conventions) appendGrouped(text []byte, n uint64) []byte {
	var room [20]byte
	digits := strconv.AppendUint(room[:0], n, 10)
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			text = append(text, r.group...)
		}
		text = append(text, digit)
	}
	return text
}

// Number returns a whole number with its thousands apart: "12,990".
func (l Locale) Number(n int64) string {
	var room [48]byte
	text, magnitude := room[:0], uint64(n)
	if n < 0 {
		text, magnitude = append(text, '-'), -magnitude
	}
	return string(l.rules().appendGrouped(text, magnitude))
}

// Percent returns parts per million as percents, with as many decimals as it
// takes: "19 %" in German, "7.5%" in English.
func (l Locale) Percent(ppm int64) string {
	r := l.rules()
	digits := strconv.FormatInt(max(ppm, -ppm)%10_000+10_000, 10)[1:]
	text := strings.TrimPrefix(l.Number(ppm/10_000), "-")
	if decimals := strings.TrimRight(digits, "0"); decimals != "" {
		text += r.point + decimals
	}
	if ppm < 0 {
		text = "-" + text
	}
	return text + r.percent
}

// Date returns the day it is in zone at t, with its year: "24 December 2030".
func (l Locale) Date(t time.Time, zone *time.Location) string {
	return l.LongDay(calendar.DateIn(t, zone))
}

// DateTime returns day and time of day in zone: "24 December 2030, 14:05".
func (l Locale) DateTime(t time.Time, zone *time.Location) string {
	return l.atTime(l.Date(t, zone), t, zone)
}

// ShortDateTime is DateTime with a short month, as a table has room for:
// "24 Dec 2030, 14:05".
func (l Locale) ShortDateTime(t time.Time, zone *time.Location) string {
	return l.atTime(l.withYear(calendar.DateIn(t, zone)), t, zone)
}

func (l Locale) atTime(day string, t time.Time, zone *time.Location) string {
	return strings.NewReplacer("d", day, "t", t.In(zone).Format("15:04")).Replace(l.rules().dayAndTime)
}

// LongDay returns a day with its year: "24. Dezember 2030"; "" for no day.
func (l Locale) LongDay(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	r := l.rules()
	return dated(r.day, d, d, r.months)
}

// Day returns a day without its year: "24 Dec", "24. Dez.", "dec. 24."; "" for
// no day.
func (l Locale) Day(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	r := l.rules()
	return dated(r.shortDay, d, d, r.shortMonths)
}

// WeekdayAndDay returns a day by both its names: "Tue, 24 Dec", "Di, 24. Dez.",
// "dec. 24., K".
func (l Locale) WeekdayAndDay(d calendar.Date) string {
	return strings.NewReplacer("w", l.ShortWeekday(d.Weekday()), "d", l.Day(d)).Replace(l.rules().weekdayAndDay)
}

// DateRange returns the days from one to another: "24–26 Dec", "30 Dec – 2 Jan".
// Years stand there only when a range is longer than half a year. A range of
// one day, or with one end, is a day.
func (l Locale) DateRange(from, to calendar.Date) string {
	r := l.rules()
	switch {
	case from == to || to.IsZero():
		return l.Day(from)
	case from.IsZero():
		return l.Day(to)
	case from.Year == to.Year && from.Month == to.Month:
		return dated(r.sameMonth, from, to, r.shortMonths)
	case to.DaysSince(from) > 183 || to.Before(from):
		return l.withYear(from) + r.apart + l.withYear(to)
	}
	return l.Day(from) + r.apart + l.Day(to)
}

func (l Locale) withYear(d calendar.Date) string {
	return strings.NewReplacer("d", l.Day(d), "Y", strconv.Itoa(d.Year)).Replace(l.rules().yearWithShortDays)
}

// dated fills in a pattern: D and E are the days of d and e, M the month and Y
// the year of d.
func dated(pattern string, d, e calendar.Date, months [12]string) string {
	var room [64]byte
	text := room[:0]
	for i := range len(pattern) {
		switch pattern[i] {
		case 'D':
			text = strconv.AppendInt(text, int64(d.Day), 10)
		case 'E':
			text = strconv.AppendInt(text, int64(e.Day), 10)
		case 'M':
			text = append(text, months[d.Month-1]...)
		case 'Y':
			text = strconv.AppendInt(text, int64(d.Year), 10)
		default:
			text = append(text, pattern[i])
		}
	}
	return string(text)
}

// Weekday returns "Tuesday", "Dienstag", "kedd".
func (l Locale) Weekday(day time.Weekday) string { return l.rules().weekdays[day] }

// ShortWeekday returns "Tue", "Di", "K".
func (l Locale) ShortWeekday(day time.Weekday) string { return l.rules().shortDays[day] }

// Openings say when a place is open, a text for each part of the week: "Mon–Fri
// 10:00–19:00". What is the same every day names none.
func (l Locale) Openings(all []calendar.Opening) []string {
	var texts []string
	for _, o := range all {
		hours := o.Open.String() + "–" + o.Close.String()
		if o.AllDay() {
			hours = l.rules().allDay
		}
		if o.Week != calendar.EveryDay {
			hours = l.days(o.Week) + " " + hours
		}
		texts = append(texts, hours)
	}
	return texts
}

// days names days that follow each other by the first and the last: "Mon–Fri".
func (l Locale) days(w calendar.Week) string {
	var parts []string
	for i := 1; i <= 7; i++ {
		if !w.Has(time.Weekday(i % 7)) {
			continue
		}
		last := i
		for last < 7 && w.Has(time.Weekday((last+1)%7)) {
			last++
		}
		part := l.ShortWeekday(time.Weekday(i % 7))
		if last > i {
			part += "–" + l.ShortWeekday(time.Weekday(last%7))
		}
		parts, i = append(parts, part), last
	}
	return strings.Join(parts, ", ")
}

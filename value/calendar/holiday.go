package calendar

import (
	"sync"
	"time"
)

// rule is one public holiday.
type rule struct {
	name  string // in the country's own language
	on    func(year int) Date
	since int // first year kept; 0: always
	until int // last year kept; 0: still
}

// rules are the holidays kept all over a country. Those of a region (a German
// Land) belong into Business.Closed, as do Hungary's yearly decrees.
var rules = map[string][]rule{
	"DE": {
		{name: "Neujahr", on: fixed(time.January, 1)},
		{name: "Karfreitag", on: easter(-2)},
		{name: "Ostermontag", on: easter(+1)},
		{name: "Tag der Arbeit", on: fixed(time.May, 1)},
		{name: "Christi Himmelfahrt", on: easter(+39)},
		{name: "Pfingstmontag", on: easter(+50)},
		{name: "Tag der Deutschen Einheit", on: fixed(time.October, 3)},
		{name: "Reformationstag", on: fixed(time.October, 31), since: 2017, until: 2017},
		{name: "1. Weihnachtstag", on: fixed(time.December, 25)},
		{name: "2. Weihnachtstag", on: fixed(time.December, 26)},
	},
	"HU": {
		{name: "Újév", on: fixed(time.January, 1)},
		{name: "Az 1848-as forradalom ünnepe", on: fixed(time.March, 15)},
		{name: "Nagypéntek", on: easter(-2), since: 2017},
		{name: "Húsvéthétfő", on: easter(+1)},
		{name: "A munka ünnepe", on: fixed(time.May, 1)},
		{name: "Pünkösdhétfő", on: easter(+50)},
		{name: "Az államalapítás ünnepe", on: fixed(time.August, 20)},
		{name: "Az 1956-os forradalom ünnepe", on: fixed(time.October, 23)},
		{name: "Mindenszentek", on: fixed(time.November, 1)},
		{name: "Karácsony", on: fixed(time.December, 25)},
		{name: "Karácsony másnapja", on: fixed(time.December, 26)},
	},
	"US": {
		{name: "New Year’s Day", on: fixed(time.January, 1)},
		{name: "Birthday of Martin Luther King, Jr.", on: nth(3, time.Monday, time.January)},
		{name: "Washington’s Birthday", on: nth(3, time.Monday, time.February)},
		{name: "Memorial Day", on: last(time.Monday, time.May)},
		{name: "Juneteenth", on: fixed(time.June, 19), since: 2021},
		{name: "Independence Day", on: fixed(time.July, 4)},
		{name: "Labor Day", on: nth(1, time.Monday, time.September)},
		{name: "Columbus Day", on: nth(2, time.Monday, time.October)},
		{name: "Veterans Day", on: fixed(time.November, 11)},
		{name: "Thanksgiving Day", on: nth(4, time.Thursday, time.November)},
		{name: "Christmas Day", on: fixed(time.December, 25)},
	},
}

// Holiday returns the name of the public holiday that country (ISO 3166, "DE")
// keeps on d. American ones that fall on a Saturday are kept on Friday too, on
// a Sunday on Monday too.
func Holiday(country string, d Date) (name string, ok bool) {
	if len(rules[country]) == 0 {
		return "", false
	}
	name, ok = holidays(year{country, d.Year})[d]
	return name, ok
}

// year is a year of a country.
type year struct {
	country string
	number  int
}

// kept are the holidays of years that were asked for; maxKept bounds them.
var kept struct {
	sync.RWMutex
	years map[year]map[Date]string
}

const maxKept = 1000

// holidays returns what a country keeps in a year.
func holidays(of year) map[Date]string {
	kept.RLock()
	all, ok := kept.years[of]
	kept.RUnlock()
	if ok {
		return all
	}
	all = map[Date]string{}
	for d := (Date{of.number, time.January, 1}); d.Year == of.number; d = d.AddDays(1) {
		for _, r := range rules[of.country] {
			if r.keeps(d) || of.country == "US" && r.observed(d) {
				all[d] = r.name
				break
			}
		}
	}
	kept.Lock()
	defer kept.Unlock()
	if kept.years == nil || len(kept.years) >= maxKept {
		kept.years = map[year]map[Date]string{}
	}
	kept.years[of] = all
	return all
}

func (r rule) keeps(d Date) bool {
	return d.Year >= r.since && (r.until == 0 || d.Year <= r.until) && r.on(d.Year) == d
}

func (r rule) observed(d Date) bool {
	switch d.Weekday() {
	case time.Friday:
		return r.keeps(d.AddDays(1))
	case time.Monday:
		return r.keeps(d.AddDays(-1))
	}
	return false
}

func fixed(month time.Month, day int) func(int) Date {
	return func(year int) Date { return Date{year, month, day} }
}

func easter(days int) func(int) Date {
	return func(year int) Date { return EasterSunday(year).AddDays(days) }
}

func nth(n int, day time.Weekday, month time.Month) func(int) Date {
	return func(year int) Date {
		first := Date{year, month, 1}
		return first.AddDays(int(day-first.Weekday()+7)%7 + 7*(n-1))
	}
}

func last(day time.Weekday, month time.Month) func(int) Date {
	return func(year int) Date {
		end := On(year, month+1, 0)
		return end.AddDays(-(int(end.Weekday()-day+7) % 7))
	}
}

// EasterSunday returns the Sunday of the Western churches' Easter, by the
// method published anonymously in Nature in 1876.
func EasterSunday(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}

package i18n

import "korzo/value/money"

// conventions is how a language writes numbers and dates. Spaces inside an
// amount or a date never break a line.
type conventions struct {
	tag     string
	point   string // before decimals
	group   string // between thousands
	percent string // after a number of percents
	first   bool   // the currency stands before the amount
	symbols map[money.Currency]string

	months, shortMonths [12]string
	weekdays, shortDays [7]string // from Sunday, as time.Weekday counts

	day, shortDay     string // with D, M, Y for day, month, year
	dayAndTime        string // with d for day and t for clock time
	allDay            string // of a place that never closes
	sameMonth         string // with D, E for first and last day of a range in M
	apart             string // between the days of any other range
	yearWithShortDays string // with d, Y
	weekdayAndDay     string // with w for the short weekday, d for a day
}

const space = "\u00a0" // no-break

var speech = map[string]*conventions{
	"en": {
		tag: "en", point: ".", group: ",", percent: "%", first: true,
		symbols: map[money.Currency]string{
			"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "ILS": "₪", "KRW": "₩",
			"AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "HKD": "HK$", "CNY": "CN¥", "BRL": "R$", "MXN": "MX$",
		},
		months:            [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		shortMonths:       [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		weekdays:          [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		allDay:            "day and night",
		shortDays:         [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		day:               "D" + space + "M Y",
		shortDay:          "D" + space + "M",
		dayAndTime:        "d, t",
		sameMonth:         "D–E" + space + "M",
		apart:             " – ",
		yearWithShortDays: "d Y",
		weekdayAndDay:     "w, d",
	},
	"de": {
		tag: "de", point: ",", group: ".", percent: space + "%",
		symbols:           map[money.Currency]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"},
		months:            [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		shortMonths:       [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
		weekdays:          [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
		allDay:            "rund um die Uhr",
		shortDays:         [7]string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
		day:               "D." + space + "M Y",
		shortDay:          "D." + space + "M",
		dayAndTime:        "d, t",
		sameMonth:         "D.–E." + space + "M",
		apart:             " – ",
		yearWithShortDays: "d Y",
		weekdayAndDay:     "w, d",
	},
	"hu": {
		tag: "hu", point: ",", group: space, percent: "%",
		symbols:           map[money.Currency]string{"EUR": "€", "HUF": "Ft", "USD": "$", "GBP": "£", "JPY": "¥"},
		months:            [12]string{"január", "február", "március", "április", "május", "június", "július", "augusztus", "szeptember", "október", "november", "december"},
		shortMonths:       [12]string{"jan.", "febr.", "márc.", "ápr.", "máj.", "jún.", "júl.", "aug.", "szept.", "okt.", "nov.", "dec."},
		weekdays:          [7]string{"vasárnap", "hétfő", "kedd", "szerda", "csütörtök", "péntek", "szombat"},
		allDay:            "éjjel-nappal",
		shortDays:         [7]string{"V", "H", "K", "Sze", "Cs", "P", "Szo"},
		day:               "Y. M" + space + "D.",
		shortDay:          "M" + space + "D.",
		dayAndTime:        "d t",
		sameMonth:         "M" + space + "D–E.",
		apart:             " – ",
		yearWithShortDays: "Y. d",
		weekdayAndDay:     "d, w",
	},
}

package message

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/i18n"
	"korzo/value/calendar"
	"korzo/value/money"
)

// sampleReader is whom samples are written to.
var sampleReader = Addressee{Email: "ada@example.com", Phone: "+4930123456", Name: "Ada Lovelace", Code: "482 913", Link: "https://shop.example/orders/sample",
	Address: []string{"Ada Lovelace", "Hauptstraße 1", "10115 Berlin"}}

// sampleWords are what is called differently in each language: locale → thing →
// name.
var sampleWords = mustSampleWords()

func mustSampleWords() (words map[string]map[string]string) {
	text, err := templateFiles.ReadFile("templates/sample.words.json")
	if err == nil {
		err = json.Unmarshal(text, &words)
	}
	if err != nil {
		panic(fmt.Sprintf("the words of samples: %v", err)) // embedded and tested
	}
	return words
}

// formats writes the money and days of samples; it says nothing itself.
var formats = i18n.Load()

// sampleOrder is what samples are about, as a reader of a locale sees it.
type sampleOrder struct {
	i18n.Locale
	called map[string]string
	lines  []LineItem
}

func sampleIn(locale string) sampleOrder {
	o := sampleOrder{Locale: formats.Locale(locale)}
	if o.called = sampleWords[o.Tag()]; o.called == nil {
		o.called = sampleWords[fallback]
	}
	o.lines = []LineItem{{Title: o.called["mug"], Quantity: 2, Total: o.euros(25_80)}, {Title: o.called["napkins"], Quantity: 1, Total: o.euros(18_00)}}
	return o
}

func (o sampleOrder) euros(cents int64) string { return o.Money(money.Of(cents, "EUR")) }

// day is a day of the month in which samples are written.
func (o sampleOrder) day(n int) string { return o.Day(calendar.On(2030, time.January, n)) }

func (o sampleOrder) promise() string {
	return o.DateRange(calendar.On(2030, time.January, 7), calendar.On(2030, time.January, 9))
}

// hours are those of the place where samples are collected.
func (o sampleOrder) hours() string {
	return strings.Join(o.Openings([]calendar.Opening{{Week: calendar.MondayToFriday, Open: 10 * 60, Close: 19 * 60}, {Week: 1 << time.Saturday, Open: 10 * 60, Close: 14 * 60}}), ", ")
}

// sampleData are made-up data of a kind, for a reader of a locale.
func sampleData(kind Kind, locale string) []byte {
	o := sampleIn(locale)
	notice := Notice{Shop: "Korzo", Number: "10042", Lines: o.lines, Carrier: "Sandbox Standard", Tracking: "RR473124829DE", Promise: o.promise(), Place: "Korzo Mitte",
		At: []string{"Torstraße 12", "10119 Berlin"}, Hours: o.hours(), Until: o.day(14), Amount: o.euros(43_80), Counter: kind == KindReady || kind == KindReminder}
	if kind == KindEdited {
		notice = Notice{Shop: "Korzo", Number: "10042", Lines: o.lines, Added: o.lines[1:], Removed: []LineItem{{Title: o.called["other_mug"], Quantity: 1}}, Moved: true, Promise: o.promise(), Amount: o.euros(3_90)}
	}
	var sample any = notice
	if kind == KindConfirmation {
		sample = Confirmation{Shop: "Korzo", Number: "10042", Lines: o.lines, Subtotal: o.euros(43_80), Shipping: o.euros(4_90), Tax: o.euros(7_78), TaxIncluded: true, Total: o.euros(48_70), Promise: o.promise(), Withdraw: 14}
	}
	if slices.Contains(Letters, kind) {
		received := o.DateTime(time.Date(2030, time.January, 9, 10, 24, 0, 0, time.UTC), time.UTC)
		sample = Letter{Shop: "Korzo", About: o.called["mug"], Number: "10042", Placed: o.day(5), When: received, Until: o.day(14), Lines: o.lines}
	}
	data, err := json.Marshal(sample)
	if err != nil {
		panic(err) // texts and numbers alone
	}
	return data
}

// Sample writes a message of a kind as it would look, with made-up data and in
// the words of a wording, the zero one for ours, and its text where the kind has one.
func Sample(kind Kind, locale string, in Wording) (mail Mail, text string, err error) {
	f, ok := templates[kind]
	if !ok {
		return Mail{}, "", ErrNotFound
	}
	f = f.told(in)
	data := sampleData(kind, locale)
	if mail, err = f.by(ByMail, locale, data, sampleReader); err != nil || f.words[fallback][wordText] == "" {
		return mail, "", err
	}
	written, err := f.by(ByText, locale, data, sampleReader)
	return mail, written.Text, err
}

// Package widget draws the optional parts of a checkout.
//
// What a widget is, keeps and costs is purchase/flow/widget's; here each has a
// view: one file, and one line in the list below. A view is given the data and
// a language, and is drawn without a script: its fields bear names that Answers
// reads back from the posted form. A kind without a view is not drawn, and a
// view that is given other data than its own draws nothing.
//
// Never true: a view that asks a database; a field that must be filled in.
package widget

import (
	"net/url"
	"strings"

	"korzo/platform/i18n"
	"korzo/purchase/checkout"
	"korzo/purchase/flow/widget"
	"korzo/ui"
	"korzo/value/calendar"

	"github.com/a-h/templ"
)

// View is a widget before its reader.
type View struct {
	i18n.Locale
	checkout.Widget
	Typed  widget.Answers                      // what was, where it was refused
	Error  string                              // what was refused, in the reader's words
	Media  func(blob string) string            // the address of a picture
	Method func(id string) string              // what a way to pay is called
	Code   func(reason string) string          // why a code takes nothing off
	Window func(from, to calendar.Date) string // when something can be collected
}

// list is every view there is, by kind.
var list = map[string]func(v View) templ.Component{
	"code":          as(code),
	"gift_card":     as(giftCard),
	"donation":      as(donation),
	"gift_wrap":     as(giftWrap),
	"order_note":    as(orderNote),
	"newsletter":    as(newsletter),
	"order_bump":    as(orderBump),
	"free_shipping": as(freeShipping),
	"trust":         as(trust),
	"delivery_date": as(deliveryDate),
	"pickup_point":  as(pickupPoint),
	"wallet":        as(wallet),
}

// Draw returns the view of a widget; nothing for a kind that has none.
func Draw(v View) templ.Component {
	if view, ok := list[v.Kind]; ok {
		return view(v)
	}
	return templ.NopComponent
}

// as gives a view the data it is for.
func as[D any](view func(v View, d D) templ.Component) func(v View) templ.Component {
	return func(v View) templ.Component {
		d, ok := v.Data.(D)
		if !ok {
			return templ.NopComponent
		}
		return view(v, d)
	}
}

// prefix begins the names of all fields.
const prefix = "w."

// field is the name of the field of an answer.
func (v View) field(answer string) string { return prefix + v.Name + "." + answer }

// id names a part of the page.
func (v View) id() string { return "w-" + v.Name }

func (v View) sum(s widget.Sum) string { return v.Money(s.Money()) }

// text is a field of one line or several.
func (v View) text(answer, label, value string, rows, limit int) ui.Input {
	return ui.Input{Name: v.field(answer), Label: label, Value: v.typed(answer, value), Rows: rows, MaxLength: limit, Optional: v.T("shop.field.optional"), Error: v.Error}
}

// typed is what was refused, so that it can be mended; else what is kept.
func (v View) typed(answer, kept string) string {
	if v.Error != "" {
		return v.Typed[answer]
	}
	return kept
}

// dates are the days that may be wished for.
func (v View) dates(d widget.DateData) []ui.Option {
	all := []ui.Option{{Label: v.T("shop.widget.date.any")}}
	for _, text := range d.Dates {
		var day calendar.Date
		if day.UnmarshalText([]byte(text)) == nil {
			all = append(all, ui.Option{Value: text, Label: v.WeekdayAndDay(day)})
		}
	}
	return all
}

// Answers reads what a form says to widgets, by their names; nil when it says
// nothing. Of fields of one name the last counts, so that a hidden one before a
// box says what an empty box means.
func Answers(in url.Values) map[string]widget.Answers {
	var all map[string]widget.Answers
	for name, values := range in {
		rest, ours := strings.CutPrefix(name, prefix)
		of, answer, ok := strings.Cut(rest, ".")
		if !ours || !ok || len(values) == 0 {
			continue
		}
		if all == nil {
			all = map[string]widget.Answers{}
		}
		if all[of] == nil {
			all[of] = widget.Answers{}
		}
		all[of][answer] = values[len(values)-1]
	}
	return all
}

// Pressed reports whether a form was sent by a button of a widget, which alone
// bears a value worth acting on at once.
func Pressed(in url.Values) bool { return in.Get("widget") != "" }

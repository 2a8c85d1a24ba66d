package admin

import (
	"slices"
	"time"

	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/value/calendar"
)

// asked is what the buyer asked for beside the goods; a donation is a line of
// the order and told there.
func (v *visit) asked(o purchase) []order.Extra {
	return slices.DeleteFunc(checkout.Asked(o.Order, o.Contact), func(e order.Extra) bool { return e.Kind == "donation" })
}

// answer is what was said to a widget of the checkout, in words.
func (v *visit) answer(name, text string) string {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return v.Day(calendar.On(at.Year(), at.Month(), at.Day()))
	}
	switch {
	case text == "yes" && v.Has("admin.answer."+name):
		return v.T("admin.answer." + name)
	case name == "version":
		return v.T("admin.answer."+name, "Text", text)
	}
	return text
}

package flow

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/purchase/payment/paymethod"
)

// Layout is how the steps of a checkout are spread over pages. The requirements
// are the same in all.
type Layout string

// The layouts.
const (
	OnePage   Layout = "one_page"
	ThreePage Layout = "three_page"
)

var layouts = []Layout{OnePage, ThreePage}

// maxHoldMinutes is a day: longer would keep stock from those who would pay now.
const maxHoldMinutes = 24 * 60

// standardHold is how long stock is held when the document does not say.
const standardHold = 15 * time.Minute

// Document is what a merchant decides about a checkout. Its JSON is stored:
// fields are added, never renamed.
type Document struct {
	Name        string              `json:"name"`
	Trigger     string              `json:"trigger,omitempty"`      // a rule over Facts; empty: everyone
	Priority    int64               `json:"priority,omitempty"`     // higher is asked first
	Layout      Layout              `json:"layout"`                 // OnePage or ThreePage
	Shipping    []string            `json:"shipping,omitempty"`     // ids of shipping methods offered; empty: all of the market
	Payments    map[string][]string `json:"payments"`               // by market: ids of payment methods, in the order shown; none: the merchant's own there
	Route       []string            `json:"route,omitempty"`        // gateways asked, in order; empty: the shop's order
	HoldMinutes int64               `json:"hold_minutes,omitempty"` // how long stock is held for a payment; 0: 15
}

// Hold is how long stock is held for a payment.
func (d Document) Hold() time.Duration {
	if d.HoldMinutes == 0 {
		return standardHold
	}
	return time.Duration(d.HoldMinutes) * time.Minute
}

// PaymentMethods returns the payment methods of a market, in the order shown.
func (d Document) PaymentMethods(market string) []string { return d.Payments[market] }

// Problem is a field that keeps a document from being published.
type Problem struct {
	Field string // as in the document's JSON: "payments.DE"
	Text  string // plain English, with the remedy
}

var methodName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// Check returns what keeps a document from being published, field by field;
// nothing when it can be.
func Check(ctx context.Context, tx *db.Tx, d Document) ([]Problem, error) {
	markets, err := market.All(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("check flow: %w", err)
	}
	var c checker
	if n := utf8.RuneCountInString(strings.TrimSpace(d.Name)); n == 0 || n > 120 {
		c.add("name", "give the flow a name of 1 to 120 characters")
	}
	if !slices.Contains(layouts, d.Layout) {
		c.add("layout", fmt.Sprintf("there is no layout %q: use one_page or three_page", d.Layout))
	}
	if d.HoldMinutes < 0 || d.HoldMinutes > maxHoldMinutes {
		c.add("hold_minutes", fmt.Sprintf("stock can be held for 1 to %d minutes: choose a number in between, or 0 for the usual 15", maxHoldMinutes))
	}
	served := c.trigger(d.Trigger)
	if err := c.payments(ctx, tx, d.Payments, markets, served); err != nil {
		return nil, fmt.Errorf("check flow: %w", err)
	}
	c.names("shipping", d.Shipping)
	c.names("route", d.Route)
	return c.problems, nil
}

// valid returns ErrInvalid, naming each field, for what Check finds.
func (d Document) valid(ctx context.Context, tx *db.Tx) error {
	problems, err := Check(ctx, tx, d)
	if err != nil || len(problems) == 0 {
		return err
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Field + ": " + p.Text
	}
	return ErrInvalid.With(strings.Join(texts, "; "))
}

// checker collects problems.
type checker struct{ problems []Problem }

func (c *checker) add(field, text string) { c.problems = append(c.problems, Problem{field, text}) }

// trigger returns which markets the trigger can be true in; nil: any.
func (c *checker) trigger(source string) []string {
	if source == "" {
		return nil
	}
	program, err := space.Compile(source)
	if err != nil {
		text := err.Error()
		if e := rule.AsError(err); e != nil {
			text = e.Error()
		}
		c.add("trigger", text)
		return nil
	}
	for _, eq := range program.Equalities() {
		if eq.Fact != "market" {
			continue
		}
		served := []string{} // a rule that names no market by text is true in none
		for _, v := range eq.Values {
			if id, ok := v.(string); ok {
				served = append(served, id)
			}
		}
		return served
	}
	return nil
}

// payments looks for markets that nothing could be paid in. A flow that names
// no method in a market offers those the merchant set up there.
func (c *checker) payments(ctx context.Context, tx *db.Tx, payments map[string][]string, markets []market.Market, served []string) error {
	known := map[string]bool{}
	for _, m := range markets {
		known[m.ID] = true
		own, err := paymethod.Settings(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if len(payments[m.ID]) == 0 && len(own) == 0 && (served == nil || slices.Contains(served, m.ID)) {
			c.add("payments."+m.ID, fmt.Sprintf("market %s has no payment method: name at least one, or let the trigger leave the market out", m.ID))
		}
	}
	for _, id := range sorted(payments) {
		if !known[id] {
			c.add("payments."+id, fmt.Sprintf("there is no market %q: take it out, or open the market first", id))
		}
		c.names("payments."+id, payments[id])
	}
	return nil
}

func (c *checker) names(field string, names []string) {
	for i, name := range names {
		if !methodName.MatchString(name) {
			c.add(field, fmt.Sprintf("%q is no id: use small letters, digits, - and _, at most 40", name))
		}
		if slices.Contains(names[:i], name) {
			c.add(field, fmt.Sprintf("%q stands twice: take one out", name))
		}
	}
}

func sorted(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package flow

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"korzo/customer/visitor"
	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
)

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
		c.add("name", "name")
	}
	oneOf(&c, "layout", d.Layout, layouts)
	c.steps(d.Steps)
	c.asks(d)
	c.theme(d.Theme)
	c.widgets(d.Widgets)
	c.embed(d)
	if d.UndoSeconds < 0 || d.UndoSeconds > maxUndoSeconds {
		c.add("undo_seconds", "undo_seconds", "Most", maxUndoSeconds)
	}
	if d.HoldMinutes < 0 || d.HoldMinutes > maxHoldMinutes {
		c.add("hold_minutes", "hold_minutes", "Most", maxHoldMinutes)
	}
	oneOf(&c, "hold_from", d.HoldFrom, holdFroms)
	c.names("carriers", d.Carriers)
	oneOf(&c, "tax", d.Tax, append([]string{""}, tax.Providers...))
	served := c.trigger(d.Trigger)
	if err := c.payments(ctx, tx, d.Payments, markets, served); err != nil {
		return nil, fmt.Errorf("check flow: %w", err)
	}
	if err := c.shipping(ctx, tx, d, markets, served); err != nil {
		return nil, fmt.Errorf("check flow: %w", err)
	}
	c.routes(d, markets)
	return c.problems, nil
}

// valid returns ErrInvalid, naming each field, for what Check finds.
func (d Document) valid(ctx context.Context, tx *db.Tx) error {
	problems, err := Check(ctx, tx, d)
	if err != nil || len(problems) == 0 {
		return err
	}
	return &Invalid{problems}
}

// checker collects problems.
type checker struct{ problems []Problem }

func (c *checker) add(field, code string, args ...any) {
	c.problems = append(c.problems, problem(field, code, args...))
}

// unclear says of a field that the rule in it cannot be used.
func (c *checker) unclear(field string, err error) {
	if e := rule.AsError(err); e != nil {
		c.add(field, "rule", "Text", e.Say())
		return
	}
	c.add(field, "verbatim", "Text", err.Error())
}

// trigger returns which markets the trigger can be true in; nil: any.
func (c *checker) trigger(source string) []string {
	if source == "" {
		return nil
	}
	program, err := visitor.Compile(source)
	if err != nil {
		c.unclear("trigger", err)
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
	for _, m := range markets {
		own, err := paymethod.Settings(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if len(payments[m.ID]) == 0 && len(own) == 0 && (served == nil || slices.Contains(served, m.ID)) {
			c.add("payments."+m.ID, "no_payment", "Market", m.ID)
		}
	}
	for _, id := range sorted(payments) {
		if m := c.market("payments."+id, id, markets); m != nil {
			c.payable("payments."+id, *m, payments[id])
		}
	}
	return nil
}

// payable looks for ways to pay that there are not, or that no buyer of the
// market could use.
func (c *checker) payable(field string, m market.Market, ids []string) {
	c.names(field, ids)
	for _, id := range ids {
		way, ok := paymethod.Find(id)
		switch {
		case !methodName.MatchString(id): // told already
		case !ok:
			c.add(field, "payment_unknown", "Name", strconv.Quote(id))
		case !way.Pays(m.Currency):
			c.add(field, "payment_unreachable", "Name", id, "Currency", string(m.Currency), "Market", m.ID)
		}
	}
}

// market finds a market that a field names, or says that there is none.
func (c *checker) market(field, id string, markets []market.Market) *market.Market {
	i := slices.IndexFunc(markets, func(m market.Market) bool { return m.ID == id })
	if i < 0 {
		c.add(field, "market_unknown", "Name", strconv.Quote(id))
		return nil
	}
	return &markets[i]
}

// shipping looks for delivery that nobody could choose, or that knows no address.
func (c *checker) shipping(ctx context.Context, tx *db.Tx, d Document, markets []market.Market, served []string) error {
	oneOf(c, "pickup", d.Pickup, pickups)
	c.names("shipping", d.Shipping)
	all, err := method.All(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range d.Shipping {
		if methodName.MatchString(id) && !slices.ContainsFunc(all, func(m method.Method) bool { return m.ID == id }) {
			c.add("shipping", "delivery_unknown", "Name", strconv.Quote(id))
		}
	}
	for _, m := range markets {
		if served != nil && !slices.Contains(served, m.ID) {
			continue
		}
		here := slices.DeleteFunc(slices.Clone(all), func(one method.Method) bool {
			return one.Market != m.ID || !one.Active || !d.Delivers(one.ID, one.Kind)
		})
		if len(here) == 0 && (len(d.Shipping) > 0 || d.Pickup == PickupOnly) {
			c.add("shipping", "no_delivery", "Market", m.ID)
		}
		ships := slices.ContainsFunc(here, func(one method.Method) bool { return one.Kind == method.Ship })
		if d.Asks.Address == AskNot && (ships || len(all) == 0) {
			c.add("asks.shipping_address", "no_address", "Market", m.ID)
		}
	}
	return nil
}

// Delivers reports whether the flow offers a delivery method.
func (d Document) Delivers(id, kind string) bool {
	if len(d.Shipping) > 0 && !slices.Contains(d.Shipping, id) {
		return false
	}
	switch d.Pickup {
	case PickupOnly:
		return kind == method.Pickup
	case PickupNone:
		return kind != method.Pickup
	}
	return true
}

func (c *checker) routes(d Document, markets []market.Market) {
	c.names("route", d.Route)
	for _, id := range sorted(d.Routes) {
		c.market("routes."+id, id, markets)
		c.names("routes."+id, d.Routes[id])
	}
}

func (c *checker) steps(steps []string) {
	if len(steps) == 0 {
		return
	}
	all := slices.Clone(steps)
	slices.Sort(all)
	if !slices.Equal(all, standardSteps) || steps[len(steps)-1] != StepPayment {
		c.add("steps", "steps")
	}
}

func (c *checker) asks(d Document) {
	oneOf(c, "asks.shipping_address", d.Asks.Address, asks)
	oneOf(c, "asks.billing_address", d.Asks.Billing, asks)
	oneOf(c, "asks.phone", d.Asks.Phone, asks)
	oneOf(c, "asks.company", d.Asks.Company, asks)
}

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// minContrast is what WCAG 2.2 asks of text on a button, in hundredths.
const minContrast = 450

func (c *checker) theme(t Theme) {
	switch {
	case t.Accent == "":
	case !colour.MatchString(t.Accent):
		c.add("theme.accent", "colour")
	case contrast(t.Accent) < minContrast:
		c.add("theme.accent", "contrast")
	}
}

// contrast is that of white on a colour, in hundredths: 100 to 2100.
func contrast(colour string) int64 {
	var rgb [3]uint8
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return 0
	}
	weights, light := [3]float64{0.2126, 0.7152, 0.0722}, 0.0
	for i, v := range rgb {
		part := float64(v) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		light += weights[i] * part
	}
	return int64(1.05 / (light + 0.05) * 100)
}

// oneOf says of a word that it is none of those known; "" among them stands for
// leaving it out.
func oneOf[S ~string](c *checker, field string, word S, known []S) {
	if slices.Contains(known, word) {
		return
	}
	var words []string
	for _, k := range known {
		if k != "" {
			words = append(words, string(k))
		}
	}
	last := len(words) - 1
	c.add(field, "none_of", "Word", strconv.Quote(string(word)), "Words", words[:last], "Last", words[last])
}

func (c *checker) names(field string, names []string) {
	for i, name := range names {
		if !methodName.MatchString(name) {
			c.add(field, "no_id", "Name", strconv.Quote(name))
		}
		if slices.Contains(names[:i], name) {
			c.add(field, "twice", "Name", strconv.Quote(name))
		}
	}
}

package flow

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"korzo/customer/visitor"
	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
)

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
	oneOf(&c, "layout", d.Layout, layouts)
	c.steps(d.Steps)
	c.asks(d)
	c.theme(d.Theme)
	c.widgets(d.Widgets)
	c.embed(d)
	if d.UndoSeconds < 0 || d.UndoSeconds > maxUndoSeconds {
		c.add("undo_seconds", fmt.Sprintf("a tap can be undone for 1 to %d seconds: choose a number in between, or 0 for the usual 10", maxUndoSeconds))
	}
	if d.HoldMinutes < 0 || d.HoldMinutes > maxHoldMinutes {
		c.add("hold_minutes", fmt.Sprintf("stock can be held for 1 to %d minutes: choose a number in between, or 0 for the usual 15", maxHoldMinutes))
	}
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
	program, err := visitor.Compile(source)
	if err != nil {
		c.add("trigger", ruleText(err))
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
			c.add("payments."+m.ID, fmt.Sprintf("market %s has no payment method: name at least one, or let the trigger leave the market out", m.ID))
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
			c.add(field, fmt.Sprintf("there is no way to pay called %q: choose one of the shop's payment methods", id))
		case !way.Pays(m.Currency):
			c.add(field, fmt.Sprintf("%s cannot be reached: it is not paid in %s, the currency of market %s; take it out there", id, m.Currency, m.ID))
		}
	}
}

// market finds a market that a field names, or says that there is none.
func (c *checker) market(field, id string, markets []market.Market) *market.Market {
	i := slices.IndexFunc(markets, func(m market.Market) bool { return m.ID == id })
	if i < 0 {
		c.add(field, fmt.Sprintf("there is no market %q: take it out, or open the market first", id))
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
			c.add("shipping", fmt.Sprintf("there is no delivery called %q: choose one of the shop's delivery methods", id))
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
			c.add("shipping", fmt.Sprintf("nothing could be delivered in market %s: name a delivery method of it, or let the trigger leave the market out", m.ID))
		}
		ships := slices.ContainsFunc(here, func(one method.Method) bool { return one.Kind == method.Ship })
		if d.Asks.Address == AskNot && (ships || len(all) == 0) {
			c.add("asks.shipping_address", fmt.Sprintf("parcels of market %s have no address: ask for it, or let everything be picked up (pickup: only)", m.ID))
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
		c.add("steps", "name contact, delivery and payment once each, payment last: its button bears the sum, which must not change after it")
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
		c.add("theme.accent", "write the colour as # and six digits or letters a to f, such as #1a5fb4")
	case contrast(t.Accent) < minContrast:
		c.add("theme.accent", "white words could not be read on this colour: choose a darker one")
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
	c.add(field, fmt.Sprintf("there is no %q here: use %s or %s", word, strings.Join(words[:last], ", "), words[last]))
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

// Package expression asks whatever the merchant writes as a rule.
//
// Its settings are {"rule": "cart.total > 5000 && market == \"DE\""}, a rule in
// CEL over the facts of Facts. A rule that cannot be decided, such as one that
// divides by zero, does not hold, and says so: a broken rule never breaks a cart.
package expression

import (
	"encoding/json"
	"strings"
	"sync"

	"korzo/platform/rule"
	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "expression"

// facts are what a rule may speak of.
var facts = []rule.Fact{
	{Name: "cart.total", Type: "int", Doc: "What the goods cost before discounts, in minor units", Example: "cart.total > 5000"},
	{Name: "cart.units", Type: "int", Doc: "How many units the cart holds", Example: "cart.units >= 3"},
	{Name: "cart.lines", Type: "int", Doc: "How many lines the cart has", Example: "cart.lines >= 2"},
	{Name: "cart.products", Type: "list<string>", Doc: "The ids of the products in the cart", Example: `"prd_1" in cart.products`},
	{Name: "cart.tags", Type: "list<string>", Doc: "The tags of the products in the cart", Example: `"coffee" in cart.tags`},
	{Name: "cart.categories", Type: "list<string>", Doc: "The categories of the products in the cart, by id and slug", Example: `"mugs" in cart.categories`},
	{Name: "customer.known", Type: "bool", Doc: "Whether the customer is signed in", Example: "customer.known"},
	{Name: "customer.groups", Type: "list<string>", Doc: "The groups the customer is in, and the segments", Example: `"grp_1" in customer.groups`},
	{Name: "customer.ordered", Type: "bool", Doc: "Whether the customer has ordered here before", Example: "!customer.ordered"},
	{Name: "market", Type: "string", Doc: "The market's id", Example: `market == "DE"`},
	{Name: "channel", Type: "string", Doc: "The channel's id", Example: `channel == "web"`},
	{Name: "currency", Type: "string", Doc: "The currency of the cart", Example: `currency == "EUR"`},
	{Name: "now", Type: "timestamp", Doc: "The time", Example: `now.getHours("Europe/Berlin") >= 18`},
}

var space = sync.OnceValue(func() *rule.Space {
	s, err := rule.NewSpace(facts)
	if err != nil {
		panic(err) // the table above is wrong
	}
	return s
})

// Facts returns what a rule may speak of, for documentation and editors.
func Facts() []rule.Fact { return space().Facts() }

// Condition is a rule.
type Condition struct {
	Rule string `json:"rule"`

	program *rule.Program
	needs   basket.Needs
}

// New reads settings. It returns basket.ErrSettings or rule.ErrInvalid, which
// says what to change in the rule.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	err := basket.Read(settings, &c, `{"rule": "cart.total > 5000"}`)
	if err != nil {
		return nil, err
	}
	asksGroups := strings.Contains(c.Rule, "customer.groups")
	c.needs = basket.Needs{Groups: asksGroups, Segments: asksGroups && strings.Contains(c.Rule, "seg_"), Before: strings.Contains(c.Rule, "customer.ordered")}
	if c.program, err = compiled(c.Rule); err != nil {
		return nil, err
	}
	return &c, nil
}

// programs keeps compiled rules by their text: compiling costs a thousand
// decisions, and a promotion is read far more often than it is written.
var programs = struct {
	sync.Mutex
	by map[string]*rule.Program
}{by: map[string]*rule.Program{}}

// maxPrograms bounds what is kept; all is let go when it is reached.
const maxPrograms = 1000

func compiled(source string) (*rule.Program, error) {
	programs.Lock()
	p := programs.by[source]
	programs.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := space().Compile(source)
	if err != nil {
		return nil, err
	}
	programs.Lock()
	defer programs.Unlock()
	if len(programs.by) >= maxPrograms {
		clear(programs.by)
	}
	programs.by[source] = p
	return p, nil
}

// Unmet returns basket.ReasonRule or basket.ReasonNotAnswered.
func (c *Condition) Unmet(v *basket.Visit) string {
	given := map[string]any{
		"cart.total": v.Total, "cart.units": v.Units, "cart.lines": int64(len(v.Lines)),
		"customer.known": v.Customer.ID != "", "customer.groups": v.Customer.Groups, "customer.ordered": v.Customer.Before,
		"market": v.Market, "channel": v.Channel, "currency": string(v.Currency), "now": v.Now,
	}
	var products, tags, categories []string
	for i := range v.Lines {
		it := &v.Lines[i].Item
		products = append(products, it.Product)
		tags = append(tags, it.Tags...)
		categories = append(categories, it.Categories...)
	}
	given["cart.products"], given["cart.tags"], given["cart.categories"] = products, tags, categories
	holds, err := c.program.True(given)
	switch {
	case err != nil:
		return basket.ReasonNotAnswered
	case !holds:
		return basket.ReasonRule
	}
	return ""
}

// Needs is what the rule speaks of.
func (c *Condition) Needs() basket.Needs { return c.needs }

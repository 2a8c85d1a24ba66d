package route

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/purchase/payment"
)

// RuleID names a rule.
type RuleID string

// State is where a version of a rule is in its life.
type State string

// The states of a version.
const (
	StateDraft    State = "draft"    // being written; decides nothing
	StateLive     State = "live"     // decides; at most one version of a rule
	StateArchived State = "archived" // was live once
)

// next is the life of a version, whole. Going back makes an archived one live.
var next = map[State][]State{
	StateDraft:    {StateLive},
	StateLive:     {StateArchived},
	StateArchived: {StateLive},
}

// Bounds of what a merchant writes.
const (
	maxRules    = 500 // live at once
	maxGateways = 10  // in an outcome
	maxName     = 200 // bytes
)

// Rule says which gateways a payment goes to when its condition is true.
type Rule struct {
	ID          RuleID
	Version     int64 // counted from 1 in each rule
	State       State
	Name        string
	Priority    int64  // higher is asked first; the lower id among equals
	Condition   string // over FactsOf; empty: every payment
	Outcome     Outcome
	SavedAt     time.Time
	PublishedAt time.Time // last; zero for a draft
}

// Outcome is where payments go: in an Order, or by a Split, never both. Its
// JSON is stored: fields are added, never renamed.
type Outcome struct {
	Order []string `json:"order,omitempty"` // asked in this order
	Split []Share  `json:"split,omitempty"` // of the payments; sums to 100
	// Only keeps the default list from standing behind as backup, even when all
	// of the outcome's own gateways are down.
	Only bool `json:"only,omitempty"`
	// ByRate orders Order by recent success: see Settings.ExplorePPM.
	ByRate bool `json:"by_rate,omitempty"`
	// Proof is what the bank is asked about who pays: empty leaves it to the
	// gateway; Challenge, or one of payment's exemptions.
	Proof string `json:"proof,omitempty"`
}

// Challenge is the Proof of an outcome that always has the shopper prove who they are.
const Challenge = "challenge"

var proofs = []string{"", Challenge, payment.ExemptLow, payment.ExemptRisk, payment.ExemptTrusted, payment.ExemptCompany, payment.ExemptAgreed}

// asked is an outcome's Proof as gateways are asked for it.
func (o Outcome) asked() payment.Proof {
	if o.Proof == Challenge {
		return payment.Proof{Challenge: true}
	}
	return payment.Proof{Exemption: o.Proof}
}

// Share is a gateway's part of a split.
type Share struct {
	Gateway string `json:"gateway"`
	Percent int64  `json:"percent"` // 1 to 100
}

// gateways names all of an outcome's, in the order written.
func (o Outcome) gateways() []string {
	names := slices.Clone(o.Order)
	for _, s := range o.Split {
		names = append(names, s.Gateway)
	}
	return names
}

// Save writes a rule as a draft: the one open, or a new version. An empty ID
// makes a new rule. It returns ErrInvalid, or rule.ErrInvalid with the place in
// the condition, and ErrState when two save at once.
func (r *Router) Save(ctx context.Context, tx *db.Tx, draft Rule) (Rule, error) {
	if err := r.valid(draft); err != nil {
		return Rule{}, err
	}
	draft.State, draft.SavedAt, draft.PublishedAt = StateDraft, tx.Now, time.Time{}
	err := save(ctx, tx, &draft)
	if errors.Is(err, db.ErrUnique) {
		err = ErrState
	}
	if err != nil {
		return Rule{}, fmt.Errorf("save routing rule %s: %w", draft.ID, err)
	}
	return draft, nil
}

func save(ctx context.Context, tx *db.Tx, draft *Rule) (err error) {
	if draft.ID == "" {
		draft.ID, draft.Version = id.New[RuleID]("rte", tx.Now), 1
		return insertRule(ctx, tx, *draft)
	}
	draft.Version, err = updateDraft(ctx, tx, *draft)
	if !errors.Is(err, db.ErrNoRow) {
		return err
	}
	last, err := selectLast(ctx, tx, draft.ID)
	if err != nil {
		return notFound(err)
	}
	draft.Version = last + 1
	return insertRule(ctx, tx, *draft)
}

// Publish makes a draft, or an archived version, decide in place of the version
// live before. It returns ErrNotFound, ErrInvalid when a gateway it names is no
// longer there, and ErrState. Publishing what is live changes nothing.
func (r *Router) Publish(ctx context.Context, tx *db.Tx, rule RuleID, version int64) error {
	// Touched first: the row it locks lets one publisher pass at a time.
	if err := remember.Touch(ctx, tx, memory); err != nil {
		return fmt.Errorf("publish %s: %w", rule, err)
	}
	v, err := selectRule(ctx, tx, rule, version)
	if err != nil {
		return fmt.Errorf("publish %s version %d: %w", rule, version, notFound(err))
	}
	if v.State == StateLive {
		return nil
	}
	if err := r.valid(v); err != nil {
		return err
	}
	if err := publish(ctx, tx, v); err != nil {
		return fmt.Errorf("publish %s version %d: %w", rule, version, err)
	}
	return nil
}

func publish(ctx context.Context, tx *db.Tx, v Rule) error {
	if !slices.Contains(next[v.State], StateLive) {
		return ErrState
	}
	if _, err := archiveLive(ctx, tx, v.ID); err != nil {
		return err
	}
	n, err := countLive(ctx, tx)
	if err != nil {
		return err
	}
	if n >= maxRules {
		return ErrInvalid.With(fmt.Sprintf("%d rules are live, the most there may be: archive one first", n))
	}
	changed, err := publishRule(ctx, tx, v)
	if err == nil && changed == 0 {
		err = ErrState
	}
	return err
}

// Archive takes a rule out of decisions. Archiving what is not live changes nothing.
func Archive(ctx context.Context, tx *db.Tx, rule RuleID) error {
	if err := remember.Touch(ctx, tx, memory); err != nil {
		return fmt.Errorf("archive %s: %w", rule, err)
	}
	if _, err := archiveLive(ctx, tx, rule); err != nil {
		return fmt.Errorf("archive %s: %w", rule, err)
	}
	return nil
}

// Rules lists the newest version of at most 100 rules after an id, by id, and
// beside it the live one when that is another.
func Rules(ctx context.Context, tx *db.Tx, after RuleID) ([]Rule, error) {
	rules, err := selectRules(ctx, tx, after)
	if err != nil {
		return nil, fmt.Errorf("list routing rules: %w", err)
	}
	return rules, nil
}

// Versions lists a rule's versions, newest first, at most 100, or ErrNotFound.
func Versions(ctx context.Context, tx *db.Tx, rule RuleID) ([]Rule, error) {
	all, err := selectVersions(ctx, tx, rule)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("list versions of %s: %w", rule, err)
	}
	return all, nil
}

// Live returns the rules that decide, in the order they are asked.
func Live(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, len(b.rules))
	for i, c := range b.rules {
		rules[i] = c.Rule
	}
	return rules, nil
}

// valid says in words what keeps a rule from being used.
func (r *Router) valid(v Rule) error {
	if strings.TrimSpace(v.Name) == "" || len(v.Name) > maxName {
		return ErrInvalid.With(fmt.Sprintf("give the rule a name of at most %d letters", maxName))
	}
	if v.Condition != "" {
		if _, err := space.Compile(v.Condition); err != nil {
			return fmt.Errorf("condition of routing rule %q: %w", v.Name, err)
		}
	}
	return r.validOutcome(v.Outcome)
}

func (r *Router) validOutcome(o Outcome) error {
	names := o.gateways()
	var sum int64
	for _, s := range o.Split {
		if s.Percent < 1 || s.Percent > 100 {
			return ErrInvalid.With(fmt.Sprintf("the share of %s must be 1 to 100 percent", s.Gateway))
		}
		sum += s.Percent
	}
	switch {
	case len(o.Order) > 0 && len(o.Split) > 0:
		return ErrInvalid.With("an outcome is an order or a split: leave one of them empty")
	case !slices.Contains(proofs, o.Proof):
		return ErrInvalid.With(fmt.Sprintf("proof %q is not known: leave it out, or choose among%s", o.Proof, strings.Join(proofs, " ")))
	case len(names) == 0:
		return ErrInvalid.With("name at least one gateway")
	case len(names) > maxGateways:
		return ErrInvalid.With(fmt.Sprintf("name at most %d gateways", maxGateways))
	case len(o.Split) > 0 && sum != 100:
		return ErrInvalid.With(fmt.Sprintf("the shares of a split must sum to 100, these sum to %d", sum))
	case len(o.Split) > 0 && o.ByRate:
		return ErrInvalid.With("a split has fixed shares: order by rate works with a list only")
	}
	for i, name := range names {
		if _, ok := r.gateways[name]; !ok {
			return ErrInvalid.With(fmt.Sprintf("gateway %q is not set up: choose among %s", name, strings.Join(r.order, ", ")))
		}
		if slices.Contains(names[:i], name) {
			return ErrInvalid.With(fmt.Sprintf("gateway %q is named twice: name it once", name))
		}
		if !r.gateways[name].asks(o.Proof) {
			return ErrInvalid.With(fmt.Sprintf("gateway %q has no field for the exemption %s: leave it out of this rule, or ask for proof in another way", name, o.Proof))
		}
	}
	return nil
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}

// facts is everything a condition may speak of.
var facts = []rule.Fact{
	{Name: "amount", Type: "int", Doc: "what is paid, in the smallest unit of the currency (cents, fillér)", Example: `amount >= 5000`},
	{Name: "currency", Type: "string", Doc: "the currency's code", Example: `currency in ["EUR", "SEK"]`},
	{Name: "market", Type: "string", Doc: "the id of the market they buy in", Example: `market == "DE"`},
	{Name: "channel", Type: "string", Doc: "the id of the channel they came through", Example: `channel == "web"`},
	{Name: "flow", Type: "string", Doc: "the id of the checkout flow they were given", Example: `flow == "flw_01"`},
	{Name: "method", Type: "string", Doc: "the id of the payment method", Example: `method == "card"`},
	{Name: "kind", Type: "string", Doc: "the kind of the payment method, as gateways list them", Example: `kind == "wallet"`},
	{Name: "card.country", Type: "string", Doc: "the country of the card's issuer; empty when it is not known", Example: `card.country == "US"`},
	{Name: "card.brand", Type: "string", Doc: "the card's brand; empty when it is not known", Example: `card.brand in ["visa", "mastercard"]`},
	{Name: "customer.known", Type: "bool", Doc: "whether they are signed in", Example: `customer.known`},
	{Name: "customer.orders", Type: "int", Doc: "how many orders they have placed before; 0 for guests", Example: `customer.orders > 2`},
}

// space compiles conditions. The table above is checked when the program starts
// and by every test, so a mistake in it cannot reach a shop.
var space = func() *rule.Space {
	s, err := rule.NewSpace(facts)
	if err != nil {
		panic(err)
	}
	return s
}()

// FactsOf returns everything a condition may speak of, for editors and documentation.
func FactsOf() []rule.Fact { return space.Facts() }

func (f Facts) seen() map[string]any {
	return map[string]any{
		"amount": f.Amount, "currency": string(f.Currency), "market": f.Market, "channel": f.Channel, "flow": f.Flow,
		"method": f.Method, "kind": f.Kind, "card.country": f.CardCountry, "card.brand": f.CardBrand,
		"customer.known": f.CustomerKnown, "customer.orders": f.CustomerOrders,
	}
}

package promotion

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

const (
	// MaxCodes is how many codes Check answers at once.
	MaxCodes = 20
	// MaxCode is the longest code, in characters.
	MaxCode = 40
	// MaxConditions is how many conditions one promotion has.
	MaxConditions = 20

	maxName      = 200
	maxPriority  = 1000
	maxAutomatic = 100 // promotions that apply by themselves at one time: those of the highest priority
)

// Why a code does not apply. The reasons are stable; doors translate them. Those
// of conditions stand in package basket, those of combining in package quote;
// docs/promotions.md lists them all.
const (
	ReasonUnknown       = "unknown"        // no such code, or a draft
	ReasonNotStarted    = "not_started"    // its time is yet to come
	ReasonEnded         = "ended"          // its time is over
	ReasonPaused        = "paused"         // the merchant has stopped it for now
	ReasonExhausted     = "exhausted"      // it, or the code, is used as often as it may be
	ReasonCustomerLimit = "customer_limit" // this customer has used it as often as they may
	ReasonPeriodLimit   = "period_limit"   // used as often as it may be today, this week or this month
	ReasonBudget        = "budget_spent"   // what is left of its budget does not pay for it
	ReasonWrongMarket   = basket.ReasonMarket
	ReasonWrongCurrency = basket.ReasonCurrency
	ReasonDuplicate     = "duplicate"      // the same code, earlier in the list, has its answer
	ReasonSame          = "same_promotion" // another code in the list is for the same promotion
)

// Code is the answer for one code, or one promotion that applies by itself.
type Code struct {
	Code     string // as it was asked; "" for an automatic promotion
	Applied  bool
	Reason   string   // why not; "" when applied
	Discount Discount // what quote reckons with, when applied
}

// Buyer is who buys, as far as it matters to limits and conditions. The zero
// Buyer is a guest of whom nothing is known yet: taken to be new, and counted
// when they place the order.
type Buyer struct {
	Customer string // the id under which uses are counted; "" for a guest
	Email    string // the keyed hash of the e-mail address; "" while it is not known

	// Groups returns the groups of the customer and, where a promotion names one,
	// the segments; nil: none. It is called only when a promotion asks for it, as is Before.
	Groups func(ctx context.Context, tx *db.Tx, segments bool) ([]string, error)
	// Before reports whether the buyer has ordered here before; nil: no.
	Before func(ctx context.Context, tx *db.Tx) (bool, error)
}

// Ask is a cart that asks which promotions apply. Check fills in the visit's
// customer.
type Ask struct {
	Visit basket.Visit
	Codes []string
	Buyer Buyer
}

// Check answers for every asked code, in the order asked, and then adds the
// automatic promotions that apply, by priority and age. It holds nothing: Redeem
// may still find a promotion exhausted. Automatic promotions are remembered, so
// it takes one statement, for the codes and for the automatic ones with limits,
// and none where there is neither; and what Buyer's functions take when a
// promotion asks for them. It returns ErrCodes.
func Check(ctx context.Context, tx *db.Tx, ask Ask) ([]Code, error) {
	if len(ask.Codes) > MaxCodes {
		return nil, ErrCodes
	}
	automatic, err := automatics.Get(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("check codes: %w", err)
	}
	c := checking{ask: ask, visit: ask.Visit}
	for _, code := range ask.Codes {
		c.keys = append(c.keys, fold(code))
	}
	if err = c.look(ctx, tx, automatic); err == nil {
		err = c.learn(ctx, tx, automatic)
	}
	if err != nil {
		return nil, fmt.Errorf("check codes: %w", err)
	}
	return c.answers(automatic), nil
}

// standing is a promotion, what of it can be used, and how far its limits are used.
type standing struct {
	Promotion
	terms
	broken   bool // its settings cannot be read: it does not apply
	code     string
	folded   string
	most     int64 // uses of the code; 0 is without limit
	used     int64 // of the code
	customer int64 // uses by this customer
	period   int64 // uses in this period
}

// automatics remembers the active promotions that apply by themselves.
var automatics = remember.New(memory, func(ctx context.Context, tx *db.Tx) ([]standing, error) {
	all, err := selectAutomatic(ctx, tx)
	if err != nil {
		return nil, err
	}
	standings := make([]standing, len(all))
	for i, p := range all {
		standings[i] = standing{Promotion: p}
		standings[i].read()
	}
	return standings, nil
})

// read makes the terms from what is stored. A promotion that cannot be read (its
// kind is not in the list any more) does not break the cart.
func (s *standing) read() {
	t, err := s.parsed()
	s.terms, s.broken = t, err != nil
}

// limited reports whether a use may find it exhausted.
func (p *Promotion) limited() bool {
	return p.UsageLimit > 0 || p.PerCustomer > 0 || p.PerPeriod > 0 || p.Budget.Minor > 0
}

// checking is one Check under way.
type checking struct {
	ask   Ask
	visit basket.Visit
	keys  []string // the codes as they are compared
	found []standing
}

// look reads the promotions of the codes, and how far limits are used.
func (c *checking) look(ctx context.Context, tx *db.Tx, automatic []standing) (err error) {
	q := standingQuery{customer: c.ask.Buyer.Customer, email: c.ask.Buyer.Email}
	for i, period := range [...]Period{PeriodDay, PeriodWeek, PeriodMonth} {
		q.periods[i] = period.Name(c.visit.Now, c.visit.Zone)
	}
	for _, key := range c.keys {
		if key != "" && !slices.Contains(q.keys, key) {
			q.keys = append(q.keys, key)
		}
	}
	for i := range automatic {
		if automatic[i].limited() {
			q.ids = append(q.ids, automatic[i].ID)
		}
	}
	if len(q.keys) == 0 && len(q.ids) == 0 {
		return nil
	}
	if c.found, err = selectStandings(ctx, tx, q); err != nil {
		return err
	}
	for i := range c.found {
		c.found[i].read()
	}
	return nil
}

// learn asks about the buyer what the promotions at hand must know.
func (c *checking) learn(ctx context.Context, tx *db.Tx, automatic []standing) (err error) {
	var needs basket.Needs
	for _, all := range [][]standing{automatic, c.found} {
		for i := range all {
			needs = needs.And(all[i].needs)
		}
	}
	b := &c.ask.Buyer
	c.visit.Customer.ID = b.Customer
	if needs.Groups && b.Groups != nil {
		if c.visit.Customer.Groups, err = b.Groups(ctx, tx, needs.Segments); err != nil {
			return err
		}
	}
	if needs.Before && b.Before != nil {
		c.visit.Customer.Before, err = b.Before(ctx, tx)
	}
	return err
}

// answers puts the answers together.
func (c *checking) answers(automatic []standing) []Code {
	all := make([]Code, 0, len(c.keys)+len(automatic))
	given := map[ID]bool{}
	for i, key := range c.keys {
		answer := Code{Code: c.ask.Codes[i], Reason: ReasonUnknown}
		s := c.byCode(key)
		switch {
		case key != "" && slices.Contains(c.keys[:i], key):
			answer.Reason = ReasonDuplicate
		case s != nil && given[s.ID]:
			answer.Reason = ReasonSame
		case s != nil:
			answer = c.answer(s, c.ask.Codes[i])
			given[s.ID] = answer.Applied
		}
		all = append(all, answer)
	}
	for i := range automatic {
		s := &automatic[i]
		if s.limited() {
			if s = c.byID(s.ID); s == nil {
				continue // ended meanwhile
			}
		}
		if answer := c.answer(s, ""); answer.Applied {
			all = append(all, answer)
		}
	}
	return all
}

func (c *checking) byCode(key string) *standing {
	for i := range c.found {
		if key != "" && c.found[i].folded == key {
			return &c.found[i]
		}
	}
	return nil
}

func (c *checking) byID(id ID) *standing {
	for i := range c.found {
		if c.found[i].folded == "" && c.found[i].ID == id {
			return &c.found[i]
		}
	}
	return nil
}

func (c *checking) answer(s *standing, asked string) Code {
	if s.broken {
		return Code{Code: asked, Reason: basket.ReasonNotAnswered}
	}
	reason := s.refusal(&s.terms, &c.visit)
	if limit := s.spent(); limit != "" && !outside[reason] {
		reason = limit
	}
	if reason != "" {
		return Code{Code: asked, Reason: reason}
	}
	d := Discount{Promotion: s.ID, Code: cmp.Or(s.code, s.Code), Name: s.Name, Benefit: s.benefit, Items: s.Items, Priority: s.Priority, Exclusive: s.Exclusive,
		Counted: Counted{Code: s.most > 0, Customers: s.PerCustomer > 0, Period: s.Period.Name(c.visit.Now, c.visit.Zone)}}
	if s.Budget.Minor > 0 {
		d.Budget = money.Of(s.Budget.Minor-s.Spent, s.Budget.Currency)
	}
	return Code{Code: asked, Applied: true, Discount: d}
}

// outside are the reasons that come before a limit: who may not know of the
// promotion is not told that it is used up.
var outside = map[string]bool{ReasonUnknown: true, ReasonEnded: true, ReasonPaused: true, ReasonNotStarted: true, ReasonWrongMarket: true, ReasonWrongCurrency: true}

// spent is the limit that is reached, "" if none is.
func (s *standing) spent() string {
	switch {
	case s.UsageLimit > 0 && s.Used >= s.UsageLimit, s.most > 0 && s.used >= s.most:
		return ReasonExhausted
	case s.PerCustomer > 0 && s.customer >= s.PerCustomer:
		return ReasonCustomerLimit
	case s.PerPeriod > 0 && s.period >= s.PerPeriod:
		return ReasonPeriodLimit
	case s.Budget.Minor > 0 && s.Spent >= s.Budget.Minor:
		return ReasonBudget
	}
	return ""
}

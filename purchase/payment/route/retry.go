package route

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/purchase/payment"
)

// Action is what follows a try.
type Action string

// The actions of the table, and two that no table gives.
const (
	ActionRetry  Action = "retry_elsewhere" // Next.Gateway is tried, the shopper is asked nothing
	ActionStepUp Action = "step_up"         // the same gateway again, and the shopper proves who they are
	ActionAsk    Action = "ask_customer"    // another card or method
	ActionStop   Action = "stop"            // nothing is tried; the shopper is told no more than that it did not work
	ActionLookUp Action = "look_up"         // the try is not known to have failed: ask its gateway, charge nobody
	ActionDone   Action = "done"            // the money is held or taken
)

// Codes of attempts that ended without a gateway's no.
const (
	CodeAbandoned = "abandoned" // given up and forbidden; nothing more is known
	CodeUnheard   = payment.DeclineUnheard
	CodeLeft      = payment.DeclineLeft
	CodeVoided    = "voided" // held once, let go
)

// Every is the gateway of a row that holds for all.
const Every = "*"

// Retry is a row of the table: what a code means at a gateway.
type Retry struct {
	Gateway string // or Every
	Code    string // one of payment's Decline constants, or a Code above
	Action  Action
	Preset  bool   // not changed by the merchant
	Why     string // of the preset
}

// preset is the table until the merchant changes it. It errs towards the
// shopper: another gateway is tried only where the reason may lie with the
// first gateway or its bank, never where the card, its holder or a thief is
// the reason; there a second try earns a second refusal and a bad name with
// the issuer. What is not here means stop.
var preset = map[string]struct {
	action Action
	why    string
}{
	payment.DeclineCard:           {ActionRetry, "no reason given: another acquirer is often let through"},
	payment.DeclineFunds:          {ActionAsk, "the money is not there, whoever asks"},
	payment.DeclineExpired:        {ActionAsk, "another card is needed"},
	payment.DeclineNumber:         {ActionAsk, "a typing mistake"},
	payment.DeclineSecret:         {ActionAsk, "a typing mistake; more tries lock the card"},
	payment.DeclineAuthentication: {ActionAsk, "the shopper did not prove who they are"},
	payment.DeclineStepUp:         {ActionStepUp, "the issuer wants the cardholder to prove who they are"},
	payment.DeclineLimit:          {ActionAsk, "the card's limit holds everywhere"},
	payment.DeclineLost:           {ActionStop, "the shopper may be the thief"},
	payment.DeclineFraud:          {ActionStop, "another gateway must not be the way around a suspicion"},
	payment.DeclineUnsupported:    {ActionRetry, "another gateway may take this card, currency or amount"},
	payment.DeclineRetry:          {ActionRetry, "the issuer cannot be reached this way"},
	payment.DeclinePartial:        {ActionAsk, "the rest can be paid another way"},
	payment.DeclineCancelled:      {ActionAsk, "the shopper chose to"},
	payment.DeclineCodeStale:      {ActionAsk, "a fresh code is needed"},
	payment.DeclineCodeUsed:       {ActionAsk, "a fresh code is needed"},
	payment.DeclineAmount:         {ActionStop, "a mistake of ours"},
	payment.DeclineGateway:        {ActionRetry, "the call never reached the bank"},
	CodeUnheard:                   {ActionRetry, "the call never arrived, and is forbidden to"},
	CodeAbandoned:                 {ActionAsk, "the shopper may have left: nobody is charged unasked"},
	CodeLeft:                      {ActionAsk, "nobody is charged unasked"},
	CodeVoided:                    {ActionStop, "somebody let the money go on purpose"},
}

// silences are not codes: what is not known to have failed is looked up.
var silences = []string{"unknown", "silence", "timeout", "no_answer", "written", "pending", "action_required"}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// cell is a place in the table.
type cell struct{ gateway, code string }

// SetRetry changes a row of the table, or returns ErrInvalid. Silence has no row.
func (r *Router) SetRetry(ctx context.Context, tx *db.Tx, row Retry) error {
	_, known := r.gateways[row.Gateway]
	switch {
	case !known && row.Gateway != Every:
		return ErrInvalid.With(fmt.Sprintf("gateway %q is not set up: choose one of the shop's, or %s for all", row.Gateway, Every))
	case slices.Contains(silences, row.Code):
		return ErrInvalid.With("a payment without an answer is looked up, never tried elsewhere: choose the code of a known failure")
	case !codeForm.MatchString(row.Code):
		return ErrInvalid.With("a code is small letters, digits and underscores, such as insufficient_funds: choose one from the table")
	case !slices.Contains([]Action{ActionRetry, ActionStepUp, ActionAsk, ActionStop}, row.Action):
		return ErrInvalid.With("choose retry_elsewhere, step_up, ask_customer or stop")
	}
	err := remember.Touch(ctx, tx, memory)
	if err == nil {
		err = replaceRetry(ctx, tx, row)
	}
	if err != nil {
		return fmt.Errorf("change retry of %s at %s: %w", row.Code, row.Gateway, err)
	}
	return nil
}

// ResetRetry takes back what SetRetry changed. Repeating it changes nothing.
func ResetRetry(ctx context.Context, tx *db.Tx, gateway, code string) error {
	err := remember.Touch(ctx, tx, memory)
	if err == nil {
		err = deleteRetry(ctx, tx, gateway, code)
	}
	if err != nil {
		return fmt.Errorf("reset retry of %s at %s: %w", code, gateway, err)
	}
	return nil
}

// Retries returns the whole table, by code, then by gateway with Every first.
func Retries(ctx context.Context, tx *db.Tx) ([]Retry, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list retries: %w", err)
	}
	table := map[cell]Retry{}
	for code, p := range preset {
		table[cell{Every, code}] = Retry{Every, code, p.action, true, p.why}
	}
	for at, action := range b.retries {
		table[at] = Retry{Gateway: at.gateway, Code: at.code, Action: action}
	}
	return slices.SortedFunc(maps.Values(table), func(a, b Retry) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Gateway, b.Gateway))
	}), nil
}

// meaning is what a code at a gateway asks for: the gateway's own row, the row
// for all, the preset, and stop for what nobody wrote down.
func (b *book) meaning(gateway, code string) Action {
	if action, ok := b.retries[cell{gateway, code}]; ok {
		return action
	}
	if action, ok := b.retries[cell{Every, code}]; ok {
		return action
	}
	if p, ok := preset[code]; ok {
		return p.action
	}
	return ActionStop
}

// Try is one attempt at a payment, as its gateway left it.
type Try struct {
	Gateway string
	State   payment.State
	Code    string // the attempt's DeclineCode, or a Code; empty: by its state
}

// code is what the table is asked for.
func (t Try) code() string {
	switch {
	case t.Code != "":
		return t.Code
	case t.State == payment.StateAbandoned:
		return CodeAbandoned
	case t.State == payment.StateVoided:
		return CodeVoided
	}
	return payment.DeclineCard
}

// Next is what follows a try. Its Decision is the one that led to Gateway;
// Order holds who is left, the gateway first.
type Next struct {
	Action  Action
	Gateway string // of ActionRetry and ActionStepUp
	Decision
}

// After says what follows the tries made since the shopper last acted, oldest
// first. Unless every one is known to have failed, nobody else is asked:
// ActionLookUp. It writes nothing; log it with RecordNext.
func (r *Router) After(ctx context.Context, tx *db.Tx, f Facts, tries []Try) (Next, error) {
	if len(tries) == 0 {
		return Next{}, ErrInvalid.With("there is no try to go on from: decide first")
	}
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Next{}, fmt.Errorf("go on with %s: %w", f.Payment, err)
	}
	return r.after(b, f, tries, tx.Now), nil
}

func (r *Router) after(b *book, f Facts, tries []Try, now time.Time) Next {
	for _, t := range tries {
		switch {
		case t.State.Paid():
			return ended(ActionDone, t.Gateway, "has the money")
		case !t.State.Failed():
			return ended(ActionLookUp, t.Gateway, "is not known to have failed")
		}
	}
	last := tries[len(tries)-1]
	action := b.meaning(last.Gateway, last.code())
	why := Step{Kind: "retry", Name: last.Gateway, Taken: true, Text: last.code() + " means " + string(action)}
	n := Next{Action: action, Decision: Decision{Why: []Step{why}}}
	switch {
	case action != ActionRetry && action != ActionStepUp:
		return n
	case int64(len(tries)) >= b.settings.MaxAttempts:
		return n.ask(fmt.Sprintf("tried %d times, the most there may be", len(tries)))
	case action == ActionStepUp:
		return stepUp(b, n, last, tries[:len(tries)-1])
	}
	return r.elsewhere(b, n, f, tries, now)
}

// stepUp asks the same gateway again, once.
func stepUp(b *book, n Next, last Try, before []Try) Next {
	for _, t := range before {
		if t.Gateway == last.Gateway && b.meaning(t.Gateway, t.code()) == ActionStepUp {
			return n.ask("proved who they are once, to no avail")
		}
	}
	n.Gateway, n.Order, n.Proof = last.Gateway, []string{last.Gateway}, payment.Proof{Challenge: true}
	return n
}

// elsewhere finds the next gateway that was not tried and is up.
func (r *Router) elsewhere(b *book, n Next, f Facts, tries []Try, now time.Time) Next {
	d := r.evaluate(b, f, r.eyes(f, now), false)
	n.Rule, n.Version, n.Down, n.Proof, n.Why = d.Rule, d.Version, d.Down, d.Proof, append(n.Why, d.Why...)
	for _, gateway := range d.Order {
		tried := slices.ContainsFunc(tries, func(t Try) bool { return t.Gateway == gateway })
		if tried || slices.Contains(d.Down, gateway) {
			continue
		}
		if n.Gateway == "" && r.health.take(now, f.Payment, unit{gateway, f.Method}) {
			n.Gateway = gateway
		}
		if n.Gateway != "" {
			n.Order = append(n.Order, gateway)
		}
	}
	if n.Gateway == "" {
		return n.ask("no other gateway is left")
	}
	return n
}

func (n Next) ask(why string) Next {
	n.Action, n.Gateway, n.Order = ActionAsk, "", nil
	n.Why = append(n.Why, Step{Kind: "retry", Taken: true, Text: why})
	return n
}

func ended(action Action, gateway, why string) Next {
	return Next{Action: action, Decision: Decision{Why: []Step{{Kind: "retry", Name: gateway, Taken: true, Text: why}}}}
}

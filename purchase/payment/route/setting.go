package route

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/platform/rule"
)

// Settings hold for the whole shop.
type Settings struct {
	// Default serves payments that no rule takes, and stands behind rules as
	// their backup. Empty, until it is saved: all gateways in the shop's order.
	Default Outcome

	// MaxAttempts bounds how often one payment is tried without asking the
	// shopper, the first try included: 1 to 5.
	MaxAttempts int64

	// ExplorePPM is the share of payments, of those that go by rate, whose
	// first gateway is drawn evenly instead, so that one that did badly can
	// show that it recovered: 0 to 300,000 parts per million.
	ExplorePPM int64
}

// standard holds until settings are saved.
var standard = Settings{MaxAttempts: 3, ExplorePPM: 50_000}

// SaveSettings replaces the settings, or returns ErrInvalid. The default list
// must not be empty.
func (r *Router) SaveSettings(ctx context.Context, tx *db.Tx, s Settings) error {
	switch {
	case s.MaxAttempts < 1 || s.MaxAttempts > 5:
		return ErrInvalid.With("a payment is tried 1 to 5 times: choose a number between")
	case s.ExplorePPM < 0 || s.ExplorePPM > 300_000:
		return ErrInvalid.With("the share that explores is 0 to 30 percent: choose a number between")
	}
	if err := r.validOutcome(s.Default); err != nil {
		return fmt.Errorf("default list: %w", err)
	}
	err := remember.Touch(ctx, tx, memory)
	if err == nil {
		err = replaceSettings(ctx, tx, s)
	}
	if err != nil {
		return fmt.Errorf("save routing settings: %w", err)
	}
	return nil
}

// FindSettings returns the settings. Do not change what it returns.
func FindSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Settings{}, err
	}
	return b.settings, nil
}

// memory is the name under which rules, settings and retries are remembered.
const memory = "route"

var remembered = remember.New(memory, load)

// book is all that a decision reads, compiled.
type book struct {
	rules    []compiled // in the order they are asked
	settings Settings
	retries  map[cell]Action
}

// compiled is a live rule with its program.
type compiled struct {
	Rule
	program *rule.Program // nil: takes every payment, unless broken
	broken  string        // why the condition cannot be used any more
}

// load compiles the live rules. One whose condition no longer compiles (a later
// release took a fact away) takes nothing and says so in Explain: one bad rule
// must not stop the shop's payments.
func load(ctx context.Context, tx *db.Tx) (*book, error) {
	rules, err := selectLive(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load routing rules: %w", err)
	}
	b := &book{rules: compile(rules)}
	if b.settings, err = selectSettings(ctx, tx); err != nil {
		return nil, fmt.Errorf("load routing settings: %w", err)
	}
	if b.retries, err = selectRetries(ctx, tx); err != nil {
		return nil, fmt.Errorf("load table of retries: %w", err)
	}
	return b, nil
}

// compile returns rules in the order they are asked.
func compile(rules []Rule) []compiled {
	all := make([]compiled, 0, len(rules))
	for _, v := range rules {
		c := compiled{Rule: v}
		if v.Condition != "" {
			var err error
			if c.program, err = space.Compile(v.Condition); err != nil {
				c.broken = "the condition cannot be used: " + err.Error()
			}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, askedBefore)
	return all
}

// takes decides the condition. The equalities in it are looked at first: they
// rule most rules out and cost next to nothing.
func (c compiled) takes(seen map[string]any) bool {
	if c.program == nil {
		return c.broken == ""
	}
	for _, eq := range c.program.Equalities() {
		if !possible(seen[eq.Fact], eq.Values) {
			return false
		}
	}
	ok, err := c.program.True(seen)
	return ok && err == nil
}

// possible leaves numbers written as fractions to the rule, which may hold 5 equal to 5.0.
func possible(value any, demanded []any) bool {
	for _, want := range demanded {
		if _, fraction := want.(float64); fraction || want == value {
			return true
		}
	}
	return false
}

// explain is takes with the clause that failed.
func (c compiled) explain(seen map[string]any) (taken bool, why string) {
	if c.program == nil {
		return c.broken == "", c.broken
	}
	ok, failed, err := c.program.Explain(seen)
	switch {
	case err != nil:
		return false, "the condition could not be decided: " + err.Error()
	case !ok:
		return false, "not true: " + failed
	}
	return true, ""
}

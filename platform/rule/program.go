package rule

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// Program is a compiled rule. It is safe for concurrent use.
type Program struct {
	space      *Space
	source     string
	run        cel.Program
	quick      quick // nil: CEL decides
	clauses    []clause
	equalities []Equality
	facts      []string
}

// Source returns the rule as it was written.
func (p *Program) Source() string { return p.source }

// Equalities returns what the rule demands of single facts: for it to be true,
// every one of them must hold. An index over them finds the few rules worth
// running. The result must not be changed.
func (p *Program) Equalities() []Equality { return p.equalities }

// Clauses returns how many conditions the rule joins by &&: where it is the
// number of Equalities, the rule says nothing else.
func (p *Program) Clauses() int { return len(p.clauses) }

// Facts returns the names of the facts the rule speaks of, each once, sorted:
// whoever must read a fact first need not where nobody asks for it. The result
// must not be changed.
func (p *Program) Facts() []string { return p.facts }

// True decides the rule on facts, named as in the space. A missing or nil fact
// has its type's zero value; a name that is not declared is not seen. It fails
// when a fact has the wrong type, when the rule divides by zero or a sum
// overflows, and when the decision costs too much; it never panics.
func (p *Program) True(facts map[string]any) (bool, error) {
	if p.quick != nil {
		if holds, known := p.quick(facts); known {
			return holds, nil
		}
	}
	return p.decide(p.run, facts)
}

func (p *Program) decide(run cel.Program, facts map[string]any) (bool, error) {
	seen := activation{facts: facts, declared: p.space.byName}
	v, _, err := run.Eval(&seen)
	if seen.err != nil {
		return false, fmt.Errorf("decide rule: %w", seen.err)
	}
	if err != nil {
		return false, fmt.Errorf("decide rule %q: %w", p.source, err)
	}
	return v == types.True, nil
}

// Explain decides the rule as True does; when it is false, failed is the first
// of the conditions joined by && that is false, as it was written.
func (p *Program) Explain(facts map[string]any) (ok bool, failed string, err error) {
	ok, err = p.True(facts)
	if ok || err != nil {
		return ok, "", err
	}
	for _, c := range p.clauses {
		// A clause that fails does not decide: in CEL false wins over an error.
		if holds, err := p.decide(c.run, facts); !holds && err == nil {
			return false, c.source, nil
		}
	}
	return false, p.source, nil
}

// activation shows CEL the declared facts. It answers every declared name, so
// a missing fact is a value and not a failure.
type activation struct {
	facts    map[string]any
	declared map[string]declared
	err      error // the first fact of a wrong type
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	d, ok := a.declared[name]
	if !ok {
		return nil, false
	}
	given, ok := a.facts[name]
	if !ok || given == nil {
		return d.kind.zero, true
	}
	if v, ok := d.kind.adapt(given); ok {
		return v, true
	}
	if a.err == nil {
		a.err = fmt.Errorf("fact %s is a %T, not %s", name, given, d.kind.say().In(english()))
	}
	return d.kind.zero, true
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }

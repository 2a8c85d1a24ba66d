// Package rule decides conditions that a merchant writes: "this flow is for
// German carts over 50 euros" is `market == "DE" && cart.total > 5000`.
//
// The language is CEL. A Space declares the facts a rule may speak of, each
// with a type, an explanation and an example; Compile refuses whatever is not
// declared, not true-or-false, too long or too dear, and says so in words the
// author understands. A compiled Program is pure: it sees the facts it is
// given and nothing else, has no loops, and stops at a cost limit, so a rule
// can be slow to write but never slow to run.
//
// A fact that is missing has its type's zero value: "", 0, false, an empty
// list, 1970-01-01. Hence a rule about a fact nobody supplied is an ordinary
// false, never a failure at the checkout.
package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"korzo/platform/fault"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// ErrInvalid is what every *Error is (errors.Is).
var ErrInvalid = fault.New(fault.Invalid, "rule.invalid", "the rule cannot be used as written; its message says what to change")

const (
	// MaxSource is the longest rule in bytes.
	MaxSource = 4096
	// maxCost bounds one decision, in CEL's units (about one step each); it
	// holds for the estimate of Compile and for what True really spends.
	maxCost = 10_000
	// maxPattern is the longest pattern of matches, in bytes.
	maxPattern = 256
	// What the estimate assumes of facts whose size is not known.
	assumedText, assumedList = 200, 100
)

// Fact declares one thing a rule may speak of.
type Fact struct {
	Name    string // "cart.total": lower case, dots between words
	Type    string // "string", "int", "bool", "double", "list<string>" or "timestamp"
	Doc     string // what it is, with its unit, for the person who writes the rule
	Example string // a whole rule that uses it: "cart.total > 5000"; empty: one is made up
}

// Space is a set of facts. It is safe for concurrent use.
type Space struct {
	env    *cel.Env
	facts  []Fact
	byName map[string]declared
}

// declared is a fact with what evaluation needs to know of it.
type declared struct {
	Fact
	kind kind
}

var factName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

// NewSpace returns the space of facts. It fails when a fact is declared twice,
// has an unknown type, when one fact's name is the beginning of another's
// ("cart" and "cart.total"), or when an Example is not a rule.
func NewSpace(facts []Fact) (*Space, error) {
	s := &Space{byName: map[string]declared{}}
	options := []cel.EnvOption{
		cel.StdLib(), cel.ClearMacros(), cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(MaxSource), cel.DefaultUTCTimeZone(true), lowerFunction(),
	}
	for _, f := range facts {
		k, ok := kinds[f.Type]
		if !ok || !factName.MatchString(f.Name) {
			return nil, fmt.Errorf("fact %q of type %q: want a name like cart.total and one of %s", f.Name, f.Type, kindNames())
		}
		if err := s.clash(f.Name); err != nil {
			return nil, err
		}
		if f.Example == "" {
			f.Example = k.example(f.Name)
		}
		s.facts = append(s.facts, f)
		s.byName[f.Name] = declared{f, k}
		options = append(options, cel.VariableWithDoc(f.Name, k.cel, f.Doc))
	}
	var err error
	if s.env, err = cel.NewCustomEnv(options...); err != nil {
		return nil, fmt.Errorf("declare facts: %w", err)
	}
	for _, f := range s.facts {
		if _, err := s.Compile(f.Example); err != nil {
			return nil, fmt.Errorf("example of fact %s must be a rule such as %s: %w", f.Name, kinds[f.Type].example(f.Name), err)
		}
	}
	return s, nil
}

// clash refuses a name that would make dots ambiguous.
func (s *Space) clash(name string) error {
	for other := range s.byName {
		if name == other || strings.HasPrefix(name, other+".") || strings.HasPrefix(other, name+".") {
			return fmt.Errorf("fact %s clashes with fact %s", name, other)
		}
	}
	return nil
}

// Facts returns the declared facts in the order of their declaration, for
// documentation and editors.
func (s *Space) Facts() []Fact { return slices.Clone(s.facts) }

// Compile returns the program of a rule. Its error is a *Error, which is
// ErrInvalid, and names the place and the remedy.
func (s *Space) Compile(source string) (*Program, error) {
	parsed, err := s.parse(source)
	if err != nil {
		return nil, err
	}
	if err := s.vet(parsed); err != nil {
		return nil, err
	}
	checked, issues := s.env.Check(parsed)
	if issues.Err() != nil {
		return nil, s.mistyped(source, issues.Errors()[0])
	}
	if checked.OutputType() != cel.BoolType {
		parsed, _ = s.env.Parse(source) // Check rewrites names; positions need them as written
		return nil, s.noCondition(parsed, parsed.NativeRep().Expr())
	}
	estimate, err := s.env.EstimateCost(checked, sizes{})
	if err != nil || estimate.Max > maxCost {
		return nil, wrong("", say("too_dear"))
	}
	runnable, err := s.env.Program(checked, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, wrong("", say("bad_value", "Detail", err.Error()))
	}
	p := &Program{space: s, source: source, run: runnable}
	if p.clauses, err = s.clauses(source, parsed); err != nil {
		return nil, err
	}
	p.quick = s.quickly(parsed.NativeRep().Expr())
	p.equalities, p.facts = s.equalities(parsed.NativeRep().Expr()), s.factsIn(parsed.NativeRep().Expr())
	return p, nil
}

// functions are all that a rule may call, with how each is written.
var functions = map[string]string{
	"_?_:_": "", "_&&_": "", "_||_": "", "!_": "", "_==_": "", "_!=_": "", "_<_": "", "_<=_": "", "_>_": "", "_>=_": "",
	"_+_": "", "_-_": "", "_*_": "", "_/_": "", "_%_": "", "-_": "", "@in": "",
	"size":          `size("text") > 3`,
	"contains":      `"text".contains("ex")`,
	"startsWith":    `"text".startsWith("te")`,
	"endsWith":      `"text".endsWith("xt")`,
	"matches":       `"text".matches("^te")`,
	"lower":         `"TEXT".lower() == "text"`,
	"int":           `int("5") > 4`,
	"double":        `double(5) > 4.5`,
	"string":        `string(5) == "5"`,
	"timestamp":     `timestamp("2030-01-01T00:00:00Z")`,
	"duration":      `duration("36h")`,
	"getFullYear":   `time.getFullYear("Europe/Berlin") == 2030`,
	"getMonth":      `time.getMonth("Europe/Berlin") == 0 (January is 0)`,
	"getDate":       `time.getDate("Europe/Berlin") == 31`,
	"getDayOfMonth": `time.getDayOfMonth("Europe/Berlin") == 30 (the first is 0)`,
	"getDayOfYear":  `time.getDayOfYear("Europe/Berlin") == 0`,
	"getDayOfWeek":  `time.getDayOfWeek("Europe/Berlin") == 0 (Sunday is 0)`,
	"getHours":      `time.getHours("Europe/Berlin") >= 18`,
	"getMinutes":    `time.getMinutes("Europe/Berlin") < 30`,
}

// lowerFunction folds a text to lower case, so that a rule can compare what
// people typed. CEL's own library has no such function.
func lowerFunction() cel.EnvOption {
	return cel.Function("lower", cel.MemberOverload("string_lower", []*cel.Type{cel.StringType}, cel.StringType,
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			text, ok := v.(types.String)
			if !ok {
				return types.MaybeNoSuchOverloadErr(v)
			}
			return types.String(strings.ToLower(string(text)))
		})))
}

// sizes tells the estimate how large facts of unknown size are taken to be.
type sizes struct{}

// EstimateSize implements cost.Estimator.
func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	e := cost.SizeEstimate{Min: 0, Max: assumedText}
	if node.Type().Kind() == types.ListKind {
		e.Max = assumedList
	}
	return &e
}

// EstimateCallCost implements cost.Estimator: the defaults serve.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

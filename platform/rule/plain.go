package rule

import (
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Plain is a rule as people say it: groups of conditions, of which all must
// hold, or one. Not every rule can be said so; those that are stay in their
// own words.
type Plain struct {
	Any    bool // one group is enough
	Groups []Group
}

// Group is conditions that belong together.
type Group struct {
	Any        bool // one of them is enough
	Conditions []Condition
}

// Condition compares a fact with values. Several values stand for one of them:
// the fact is, or includes, any.
type Condition struct {
	Fact   string
	Op     Op
	Values []string // as people write them, without quotes; none for Yes and No
}

// Op is how a fact is compared.
type Op string

// The comparisons.
const (
	Is       Op = "is"
	IsNot    Op = "is_not"
	AtLeast  Op = "at_least"
	MoreThan Op = "more_than"
	AtMost   Op = "at_most"
	LessThan Op = "less_than"
	Begins   Op = "begins"   // a text, with a value
	Holds    Op = "holds"    // a text, a value somewhere in it
	Includes Op = "includes" // a list, a value
	Excludes Op = "excludes"
	Yes      Op = "yes"
	No       Op = "no"
)

// ops are the comparisons of each type of fact, the usual one first.
var ops = map[string][]Op{
	"string":       {Is, IsNot, Begins, Holds},
	"int":          {AtLeast, MoreThan, AtMost, LessThan, Is, IsNot},
	"double":       {AtLeast, MoreThan, AtMost, LessThan},
	"bool":         {Yes, No},
	"list<string>": {Includes, Excludes},
}

// Ops returns how facts of a type are compared in a Plain, the usual one first;
// none where they are not.
func Ops(factType string) []Op { return slices.Clone(ops[factType]) }

var signs = map[Op]string{Is: "==", IsNot: "!=", AtLeast: ">=", MoreThan: ">", AtMost: "<=", LessThan: "<"}

// Write returns the source of a plain rule; "" for one without conditions. Its
// error is a *Error about the fact that is compared with what it cannot be.
func (s *Space) Write(p Plain) (string, error) {
	var groups []string
	for _, g := range p.Groups {
		var all []string
		for _, c := range g.Conditions {
			text, err := s.write(c)
			if err != nil {
				return "", err
			}
			all = append(all, text)
		}
		if len(all) == 0 {
			continue
		}
		text := strings.Join(all, joint(g.Any))
		if len(all) > 1 && g.Any != p.Any && len(p.Groups) > 1 {
			text = "(" + text + ")"
		}
		groups = append(groups, text)
	}
	return strings.Join(groups, joint(p.Any)), nil
}

func joint(one bool) string {
	if one {
		return " || "
	}
	return " && "
}

func (s *Space) write(c Condition) (string, error) {
	f, ok := s.byName[c.Fact]
	if !ok {
		return "", wrong(c.Fact, s.noFact(c.Fact))
	}
	if !slices.Contains(ops[f.Type], c.Op) {
		return "", wrong(c.Fact, say("not_so", "Fact", f.Name, "Kind", f.kind.say()))
	}
	if c.Op == Yes {
		return c.Fact, nil
	}
	if c.Op == No {
		return "!" + c.Fact, nil
	}
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		text, err := f.literal(v)
		if err != nil {
			return "", err
		}
		values[i] = text
	}
	if len(values) == 0 {
		return "", wrong(c.Fact, say("no_value", "Fact", f.Name))
	}
	return c.source(values)
}

// literal is a value as a rule writes it.
func (d declared) literal(v string) (string, error) {
	switch d.Type {
	case "int":
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			return "", wrong(d.Name, say("no_whole", "Text", strconv.Quote(v)))
		}
		return v, nil
	case "double":
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return "", wrong(d.Name, say("no_number", "Text", strconv.Quote(v)))
		}
		text := strconv.FormatFloat(n, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text, nil
	}
	return strconv.Quote(v), nil
}

// source writes a condition with values.
func (c Condition) source(values []string) (string, error) {
	many := len(values) > 1
	switch c.Op {
	case Is, IsNot:
		if !many {
			return c.Fact + " " + signs[c.Op] + " " + values[0], nil
		}
		text := c.Fact + " in [" + strings.Join(values, ", ") + "]"
		if c.Op == IsNot {
			text = "!(" + text + ")"
		}
		return text, nil
	case Begins, Holds:
		call := map[Op]string{Begins: "startsWith", Holds: "contains"}[c.Op]
		return wrapped(values, func(v string) string { return c.Fact + "." + call + "(" + v + ")" }), nil
	case Includes:
		return wrapped(values, func(v string) string { return v + " in " + c.Fact }), nil
	case Excludes:
		text := wrapped(values, func(v string) string { return v + " in " + c.Fact })
		if !many {
			text = "(" + text + ")"
		}
		return "!" + text, nil
	}
	if many {
		return "", wrong(c.Fact, say("one_number", "Fact", c.Fact))
	}
	return c.Fact + " " + signs[c.Op] + " " + values[0], nil
}

// wrapped joins what is said of each value by ||, in brackets where there are several.
func wrapped(values []string, say func(v string) string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = say(v)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// Plain returns a rule as people say it, and whether it can be said so. What it
// returns, written again, decides as the rule does.
func (s *Space) Plain(source string) (Plain, bool) {
	if strings.TrimSpace(source) == "" {
		return Plain{}, true
	}
	if _, err := s.Compile(source); err != nil {
		return Plain{}, false
	}
	parsed, err := s.parse(source)
	if err != nil {
		return Plain{}, false
	}
	root := parsed.NativeRep().Expr()
	if c, ok := s.condition(root); ok {
		return Plain{Groups: []Group{{Conditions: []Condition{c}}}}, true
	}
	p := Plain{Any: isCall(root, "_||_")}
	alone := Group{Any: p.Any}
	for _, e := range joined(root, p.Any) {
		if c, ok := s.condition(e); ok {
			alone.Conditions = append(alone.Conditions, c)
			continue
		}
		g, ok := s.group(e, !p.Any)
		if !ok {
			return Plain{}, false
		}
		p.Groups = append(p.Groups, g)
	}
	if len(alone.Conditions) > 0 {
		p.Groups = slices.Insert(p.Groups, 0, alone)
	}
	if len(p.Groups) == 1 {
		p.Any = false // there is nothing to join
	}
	return p, true
}

// group reads conditions that are joined in one way.
func (s *Space) group(e ast.Expr, one bool) (g Group, ok bool) {
	g.Any = one
	for _, part := range joined(e, one) {
		c, ok := s.condition(part)
		if !ok {
			return g, false
		}
		g.Conditions = append(g.Conditions, c)
	}
	return g, true
}

func isCall(e ast.Expr, name string) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == name
}

// joined returns what e joins by || or by &&; e itself where it joins nothing.
func joined(e ast.Expr, one bool) []ast.Expr {
	name := "_&&_"
	if one {
		name = "_||_"
	}
	if !isCall(e, name) {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, arg := range e.AsCall().Args() {
		all = append(all, joined(arg, one)...)
	}
	return all
}

// condition reads one condition.
func (s *Space) condition(e ast.Expr) (Condition, bool) {
	if fact, ok := s.factOf(e); ok {
		return Condition{Fact: fact, Op: Yes}, true
	}
	if e.Kind() != ast.CallKind {
		return Condition{}, false
	}
	call := e.AsCall()
	switch name := call.FunctionName(); name {
	case "!_":
		c, ok := s.condition(call.Args()[0])
		opposite := map[Op]Op{Yes: No, Is: IsNot, Includes: Excludes}[c.Op]
		c.Op = opposite
		return c, ok && opposite != ""
	case "@in":
		return s.among(call.Args())
	case "startsWith", "contains":
		fact, isFact := s.factOf(call.Target())
		value, isText := text(call.Args()[0])
		return Condition{fact, map[string]Op{"startsWith": Begins, "contains": Holds}[name], []string{value}}, isFact && isText
	case "_||_":
		return s.either(joined(e, true))
	default:
		return s.comparison(name, call.Args())
	}
}

// either reads the same said of several values: "a" in tags || "b" in tags.
func (s *Space) either(parts []ast.Expr) (Condition, bool) {
	var all Condition
	for i, part := range parts {
		c, ok := s.condition(part)
		several := c.Op == Includes || c.Op == Begins || c.Op == Holds
		if !ok || !several || i > 0 && (c.Fact != all.Fact || c.Op != all.Op) {
			return Condition{}, false
		}
		c.Values = append(all.Values, c.Values...)
		all = c
	}
	return all, len(all.Values) > 1
}

// among reads fact in [values] and value in fact.
func (s *Space) among(args []ast.Expr) (Condition, bool) {
	if fact, ok := s.factOf(args[1]); ok {
		value, isText := text(args[0])
		return Condition{fact, Includes, []string{value}}, isText
	}
	fact, ok := s.factOf(args[0])
	if !ok || args[1].Kind() != ast.ListKind {
		return Condition{}, false
	}
	c := Condition{Fact: fact, Op: Is}
	for _, e := range args[1].AsList().Elements() {
		value, ok := text(e)
		if !ok {
			return Condition{}, false
		}
		c.Values = append(c.Values, value)
	}
	return c, len(c.Values) > 0 && slices.Contains(ops[s.byName[fact].Type], Is)
}

var turned = map[Op]Op{Is: Is, IsNot: IsNot, AtLeast: AtMost, MoreThan: LessThan, AtMost: AtLeast, LessThan: MoreThan}

func (s *Space) comparison(name string, args []ast.Expr) (Condition, bool) {
	for op, sign := range signs {
		if name != "_"+sign+"_" {
			continue
		}
		for i, arg := range args {
			fact, isFact := s.factOf(arg)
			value, isText := text(args[1-i])
			if !isFact || !isText {
				continue
			}
			if i == 1 {
				op = turned[op]
			}
			kind := s.byName[fact].Type
			if _, err := s.byName[fact].literal(value); err != nil || !slices.Contains(ops[kind], op) {
				return Condition{}, false
			}
			return Condition{fact, op, []string{value}}, true
		}
	}
	return Condition{}, false
}

// text is a constant as people write it.
func text(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	switch v := e.AsLiteral().(type) {
	case types.String:
		return string(v), true
	case types.Int:
		return strconv.FormatInt(int64(v), 10), true
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64), true
	}
	return "", false
}

package rule

import (
	"cmp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// quick decides a condition without CEL. known is false where a fact is not of
// the very Go type that its kind has, or is too long: then CEL decides, and says
// what is wrong.
//
// Most of what merchants write, and all that editors write for them, is of a few
// forms: a fact compared with a constant, one of a list, a text's beginning or
// end, and "or" and "not" of those. CEL decides them in microseconds, which a
// shop with a hundred flows spends at every checkout; this does in nanoseconds,
// and agrees with CEL in everything (a property of the tests).
type quick func(facts map[string]any) (holds, known bool)

// quickly returns the whole of e as a quick test; nil where some part of it is
// of another form.
func (s *Space) quickly(e ast.Expr) quick {
	if fact, ok := s.factOf(e); ok {
		return s.stands(fact, func(v bool) bool { return v })
	}
	if e.Kind() != ast.CallKind {
		return nil
	}
	call := e.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); name {
	case "_&&_", "_||_":
		return s.joined(args, name == "_||_")
	case "!_":
		return not(s.quickly(args[0]))
	case "@in":
		return s.within(args)
	case "startsWith", "endsWith", "contains":
		return s.partly(name, call)
	case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_":
		return s.compared(name, args)
	}
	return nil
}

// joined is true when one of the parts is; without any, when all are.
func (s *Space) joined(args []ast.Expr, anyOne bool) quick {
	parts := make([]quick, len(args))
	for i, arg := range args {
		if parts[i] = s.quickly(arg); parts[i] == nil {
			return nil
		}
	}
	return func(facts map[string]any) (bool, bool) {
		for _, part := range parts {
			if holds, known := part(facts); !known || holds == anyOne {
				return holds, known
			}
		}
		return !anyOne, true
	}
}

func not(q quick) quick {
	if q == nil {
		return nil
	}
	return func(facts map[string]any) (bool, bool) {
		holds, known := q(facts)
		return !holds, known
	}
}

// of reads a fact of Go type T; a missing one has the zero value.
func of[T any](facts map[string]any, name string) (v T, known bool) {
	given, ok := facts[name]
	if !ok || given == nil {
		return v, true
	}
	v, known = given.(T)
	return v, known
}

// test asks one fact.
func test[T any](fact string, ask func(v T) bool) quick {
	return func(facts map[string]any) (bool, bool) {
		v, known := of[T](facts, fact)
		known = known && small(v)
		return known && ask(v), known
	}
}

// small reports whether a value is no longer than the estimate of a rule's cost
// assumes: what is longer CEL decides, and stops at the limit.
func small(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) <= assumedText
	case []string:
		return len(v) <= assumedList
	}
	return true
}

func (s *Space) stands(fact string, ask func(v bool) bool) quick {
	if s.byName[fact].Type != "bool" {
		return nil
	}
	return test(fact, ask)
}

// within is fact in [constants], and constant in a list that is a fact.
func (s *Space) within(args []ast.Expr) quick {
	if fact, ok := s.factOf(args[1]); ok && s.byName[fact].Type == "list<string>" {
		if text, isText := literal[string](args[0]); isText {
			return test(fact, func(all []string) bool { return slices.Contains(all, text) })
		}
		return nil
	}
	fact, ok := s.factOf(args[0])
	if !ok || args[1].Kind() != ast.ListKind {
		return nil
	}
	elements := args[1].AsList().Elements()
	switch s.byName[fact].Type {
	case "string":
		return among[string](fact, elements)
	case "int":
		return among[int64](fact, elements)
	}
	return nil
}

func among[T cmp.Ordered](fact string, elements []ast.Expr) quick {
	values := make([]T, len(elements))
	for i, e := range elements {
		v, ok := literal[T](e)
		if !ok {
			return nil
		}
		values[i] = v
	}
	return test(fact, func(v T) bool { return slices.Contains(values, v) })
}

// partly is fact.startsWith(constant) and its kin.
func (s *Space) partly(name string, call ast.CallExpr) quick {
	if !call.IsMemberFunction() {
		return nil
	}
	fact, ok := s.factOf(call.Target())
	part, isText := literal[string](call.Args()[0])
	if !ok || !isText || s.byName[fact].Type != "string" {
		return nil
	}
	ask := map[string]func(s, part string) bool{"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix, "contains": strings.Contains}[name]
	return test(fact, func(v string) bool { return ask(v, part) })
}

// compared is a fact beside a constant, whichever comes first.
func (s *Space) compared(name string, args []ast.Expr) quick {
	fact, ok := s.factOf(args[0])
	value, turned := args[1], false
	if !ok {
		if fact, ok = s.factOf(args[1]); !ok {
			return nil
		}
		value, turned = args[0], true
	}
	switch s.byName[fact].Type {
	case "string":
		return beside[string](fact, name, value, turned)
	case "int":
		return beside[int64](fact, name, value, turned)
	case "bool":
		wanted, isBool := literal[bool](value)
		if !isBool || name != "_==_" && name != "_!=_" {
			return nil
		}
		return s.stands(fact, func(v bool) bool { return v == wanted == (name == "_==_") })
	}
	return nil
}

// orders say of each comparison which outcomes of cmp.Compare it is true for.
var orders = map[string]func(c int) bool{
	"_==_": func(c int) bool { return c == 0 }, "_!=_": func(c int) bool { return c != 0 },
	"_<_": func(c int) bool { return c < 0 }, "_<=_": func(c int) bool { return c <= 0 },
	"_>_": func(c int) bool { return c > 0 }, "_>=_": func(c int) bool { return c >= 0 },
}

func beside[T cmp.Ordered](fact, name string, value ast.Expr, turned bool) quick {
	constant, ok := literal[T](value)
	if !ok {
		return nil
	}
	holds := orders[name]
	if turned {
		return test(fact, func(v T) bool { return holds(cmp.Compare(constant, v)) })
	}
	return test(fact, func(v T) bool { return holds(cmp.Compare(v, constant)) })
}

// literal is a constant of Go type T.
func literal[T any](e ast.Expr) (v T, ok bool) {
	given, ok := constant(e)
	if !ok {
		return v, false
	}
	v, ok = given.(T)
	return v, ok
}

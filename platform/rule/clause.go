package rule

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Equality is a demand on one fact: that it equals one of Values, which are
// string, int64, bool or float64.
type Equality struct {
	Fact   string
	Values []any
}

// clause is one of the conditions that a rule joins by &&.
type clause struct {
	source string
	run    cel.Program
}

// clauses compiles each condition by itself, so that Explain can ask them.
func (s *Space) clauses(source string, parsed *cel.Ast) ([]clause, error) {
	tree := parsed.NativeRep()
	texts := texts(source, tree)
	var all []clause
	for i, e := range conditions(tree.Expr()) {
		text := texts[i]
		checked, issues := s.env.Compile(text)
		if issues.Err() != nil { // parentheses reach over the cut: write it out anew
			var err error
			if text, err = cel.ExprToString(e, tree.SourceInfo()); err != nil {
				return nil, fmt.Errorf("explain rule: %w", err)
			}
			if checked, issues = s.env.Compile(text); issues.Err() != nil {
				return nil, fmt.Errorf("explain rule: %w", issues.Err())
			}
		}
		run, err := s.env.Program(checked, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return nil, fmt.Errorf("explain rule: %w", err)
		}
		all = append(all, clause{text, run})
	}
	return all, nil
}

// conditions returns what e joins by &&, in the order of the text.
func conditions(e ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "_&&_" {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, arg := range e.AsCall().Args() {
		all = append(all, conditions(arg)...)
	}
	return all
}

// texts cuts the source at the && that join its conditions.
func texts(source string, tree *ast.AST) []string {
	var cuts []int
	var find func(e ast.Expr)
	find = func(e ast.Expr) {
		if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == "_&&_" {
			if r, ok := tree.SourceInfo().GetOffsetRange(e.ID()); ok {
				cuts = append(cuts, int(r.Start))
			}
			for _, arg := range e.AsCall().Args() {
				find(arg)
			}
		}
	}
	find(tree.Expr())
	slices.Sort(cuts)
	runes := []rune(source)
	var all []string
	from := 0
	for _, cut := range cuts {
		all = append(all, strings.TrimSpace(string(runes[from:cut])))
		from = cut + len("&&")
	}
	return append(all, strings.TrimSpace(string(runes[from:])))
}

// equalities finds the conditions of the form fact == constant and
// fact in [constants], and true-or-false facts that stand alone.
func (s *Space) equalities(e ast.Expr) []Equality {
	var all []Equality
	for _, c := range conditions(e) {
		if eq, ok := s.equality(c); ok {
			all = append(all, eq)
		}
	}
	return all
}

func (s *Space) equality(e ast.Expr) (Equality, bool) {
	if fact, ok := s.factOf(e); ok {
		return Equality{fact, []any{true}}, true
	}
	if e.Kind() != ast.CallKind {
		return Equality{}, false
	}
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case "!_":
		fact, ok := s.factOf(args[0])
		return Equality{fact, []any{false}}, ok
	case "_==_":
		for i := range args {
			fact, isFact := s.factOf(args[i])
			if value, isConst := constant(args[1-i]); isFact && isConst {
				return Equality{fact, []any{value}}, true
			}
		}
	case "@in":
		if fact, ok := s.factOf(args[0]); ok && args[1].Kind() == ast.ListKind {
			return anyOf(fact, args[1].AsList().Elements())
		}
	}
	return Equality{}, false
}

func anyOf(fact string, elements []ast.Expr) (Equality, bool) {
	eq := Equality{Fact: fact}
	for _, element := range elements {
		value, ok := constant(element)
		if !ok {
			return Equality{}, false
		}
		eq.Values = append(eq.Values, value)
	}
	return eq, true
}

// factOf returns the fact that e names.
func (s *Space) factOf(e ast.Expr) (string, bool) {
	name := dotted(e)
	_, ok := s.byName[name]
	return name, ok
}

// factsIn returns every fact that a part of e names, sorted.
func (s *Space) factsIn(e ast.Expr) (names []string) {
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		if name, ok := s.factOf(part); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}))
	slices.Sort(names)
	return names
}

// dotted returns the name that e spells, or "".
func dotted(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		if before := dotted(e.AsSelect().Operand()); before != "" {
			return before + "." + e.AsSelect().FieldName()
		}
	}
	return ""
}

func constant(e ast.Expr) (any, bool) {
	if e.Kind() != ast.LiteralKind {
		return nil, false
	}
	switch v := e.AsLiteral().(type) {
	case types.String:
		return string(v), true
	case types.Int:
		return int64(v), true
	case types.Bool:
		return bool(v), true
	case types.Double:
		return float64(v), true
	}
	return nil, false
}

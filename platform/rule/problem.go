package rule

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"korzo/platform/i18n"
)

// parse reads the text, before anything is known of its facts.
func (s *Space) parse(source string) (*cel.Ast, error) {
	switch {
	case len(source) > MaxSource:
		return nil, wrong("", say("too_long", "Bytes", len(source), "Most", MaxSource))
	case !utf8.ValidString(source):
		return nil, wrong("", say("not_utf8"))
	case strings.TrimSpace(source) == "":
		return nil, wrong("", say("empty", "Example", s.anExample()))
	}
	parsed, issues := s.env.Parse(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, placed("", unreadable(source, first.Message), first.Location.Line(), first.Location.Column()+1)
	}
	return parsed, nil
}

func (s *Space) anExample() string {
	if len(s.facts) == 0 {
		return "1 < 2"
	}
	return s.facts[0].Example
}

var (
	loneEquals  = regexp.MustCompile(`[^=!<>]=[^=]`)
	loneAmp     = regexp.MustCompile(`[^&]&[^&]|[^|]\|[^|]`)
	wordJoins   = regexp.MustCompile(`(?i)\b(and|or|not)\b`)
	curlyQuotes = regexp.MustCompile(`[“”„‘’«»]`)
	textLiteral = regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'`)
)

// unreadable guesses what the author meant by something that cannot be read.
func unreadable(source, message string) i18n.Say {
	code := textLiteral.ReplaceAllString(source, `""`)
	switch {
	case curlyQuotes.MatchString(code):
		return say("curly_quotes")
	case loneEquals.MatchString(code):
		return say("lone_equals")
	case wordJoins.MatchString(code):
		return say("word_joins")
	case loneAmp.MatchString(code):
		return say("lone_amp")
	case strings.Count(code, `"`)%2 == 1 || strings.Count(code, `'`)%2 == 1:
		return say("open_text")
	case strings.Count(code, "(") > strings.Count(code, ")"):
		return say("open_bracket")
	case strings.Count(code, ")") > strings.Count(code, "("):
		return say("stray_bracket")
	case strings.Contains(message, "<EOF>'"):
		return say("breaks_off")
	}
	return say("unreadable")
}

// vet refuses unknown facts, functions that a rule may not call, and patterns
// that are not written out.
func (s *Space) vet(parsed *cel.Ast) error {
	tree := parsed.NativeRep()
	var visit func(e ast.Expr) *Error
	visitAll := func(list []ast.Expr) *Error {
		for _, e := range list {
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	}
	visit = func(e ast.Expr) *Error {
		switch e.Kind() {
		case ast.IdentKind, ast.SelectKind:
			return s.vetName(tree, e, visit)
		case ast.ListKind:
			return visitAll(e.AsList().Elements())
		case ast.CallKind:
			if err := vetCall(tree, e); err != nil {
				return err
			}
			if e.AsCall().IsMemberFunction() {
				if err := visit(e.AsCall().Target()); err != nil {
					return err
				}
			}
			return visitAll(e.AsCall().Args())
		case ast.LiteralKind:
			return nil
		}
		return at(tree, e, "", say("braces"))
	}
	if err := visit(tree.Expr()); err != nil {
		return err
	}
	return nil
}

func (s *Space) vetName(tree *ast.AST, e ast.Expr, visit func(ast.Expr) *Error) *Error {
	name := dotted(e)
	if name == "" { // something like "text".length
		if err := visit(e.AsSelect().Operand()); err != nil {
			return err
		}
		return at(tree, e, "", say("nothing_called", "Name", e.AsSelect().FieldName()))
	}
	if _, ok := s.byName[name]; ok {
		return nil
	}
	for known, d := range s.byName {
		if strings.HasPrefix(name, known+".") {
			return at(tree, e, known, say("no_part", "Fact", known, "Kind", d.kind.say(), "Part", strings.TrimPrefix(name, known+"."), "Example", d.Example))
		}
	}
	return at(tree, e, name, s.noFact(name))
}

// noFact says that name is not declared and what may have been meant.
func (s *Space) noFact(name string) i18n.Say {
	if near := nearest(name, s.facts); near != "" {
		return say("no_fact_near", "Name", name, "Near", near)
	}
	id := "no_fact"
	if !strings.Contains(name, ".") {
		id = "no_fact_quote"
	}
	if len(s.facts) == 0 {
		return say(id, "Name", name)
	}
	const most = 8
	names := make([]string, 0, most)
	for _, f := range s.facts[:min(most, len(s.facts))] {
		names = append(names, f.Name)
	}
	if len(s.facts) > most {
		names = append(names, "…")
	}
	return say(id+"_of", "Name", name, "Facts", names)
}

func vetCall(tree *ast.AST, e ast.Expr) *Error {
	name := e.AsCall().FunctionName()
	usage, ok := functions[name]
	switch {
	case !ok && strings.HasPrefix(name, "_"):
		return at(tree, e, "", say("index"))
	case !ok:
		return at(tree, e, "", say("no_function", "Name", name, "Functions", say("functions")))
	case name != "matches":
		return nil
	}
	for _, arg := range e.AsCall().Args()[max(0, len(e.AsCall().Args())-1):] {
		pattern, isText := constant(arg)
		text, _ := pattern.(string)
		if isText && len(text) <= maxPattern {
			if _, err := regexp.Compile(text); err != nil {
				return at(tree, arg, "", say("bad_pattern", "Detail", err.Error()))
			}
			return nil
		}
	}
	return at(tree, e, "", say("needs_pattern", "Most", maxPattern, "Usage", usage))
}

// noCondition says that e has a value but decides nothing.
func (s *Space) noCondition(parsed *cel.Ast, e ast.Expr) *Error {
	tree := parsed.NativeRep()
	if name, ok := s.factOf(e); ok {
		return at(tree, e, name, s.advice(s.byName[name], nil))
	}
	return at(tree, e, "", say("no_condition", "Kind", wordsFor(s.typeOf(parsed, e)), "Example", s.anExample()))
}

// advice says how a fact is compared, other being what it was compared with.
func (s *Space) advice(f declared, other *cel.Type) i18n.Say {
	id := "advice"
	switch f.Type {
	case "bool":
		id = "advice_bool"
	case "list<string>":
		id = "advice_list"
	case "int":
		if other != nil && other.Kind() == types.DoubleKind {
			id = "advice_whole"
		}
	case "double":
		if other != nil && other.Kind() == types.IntKind {
			id = "advice_decimals"
		}
	}
	return say(id, "Fact", f.Name, "Kind", f.kind.say(), "Example", f.Example)
}

// mistyped explains what the type checker found. It reads the source again,
// because Check rewrites names and positions need them as written.
func (s *Space) mistyped(source string, issue *cel.Error) *Error {
	parsed, _ := s.env.Parse(source)
	tree := parsed.NativeRep()
	e := find(tree.Expr(), issue.ExprID)
	if e == nil {
		return placed("", say("verbatim", "Text", issue.Message), issue.Location.Line(), issue.Location.Column()+1)
	}
	if e.Kind() != ast.CallKind { // an operand of && that is no condition
		return s.noCondition(parsed, e)
	}
	name, args := e.AsCall().FunctionName(), e.AsCall().Args()
	switch name {
	case "!_", "_&&_", "_||_", "_?_:_":
		for _, arg := range args[:min(2, len(args))] {
			if t := s.typeOf(parsed, arg); t != nil && t != cel.BoolType {
				if name != "_?_:_" || arg == args[0] {
					return s.noCondition(parsed, arg)
				}
			}
		}
		return at(tree, e, "", say("two_types"))
	case "@in":
		return s.notIn(parsed, args)
	case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_":
		return s.notComparable(parsed, e, args)
	}
	return s.notCallable(parsed, e)
}

func (s *Space) notComparable(parsed *cel.Ast, e ast.Expr, args []ast.Expr) *Error {
	tree := parsed.NativeRep()
	for i, arg := range args {
		if fact, ok := s.factOf(arg); ok {
			return at(tree, arg, fact, s.advice(s.byName[fact], s.typeOf(parsed, args[1-i])))
		}
	}
	return at(tree, e, "", say("not_comparable", "A", wordsFor(s.typeOf(parsed, args[0])), "B", wordsFor(s.typeOf(parsed, args[1]))))
}

func (s *Space) notIn(parsed *cel.Ast, args []ast.Expr) *Error {
	tree := parsed.NativeRep()
	right := s.typeOf(parsed, args[1])
	if right == nil || right.Kind() != types.ListKind {
		return at(tree, args[1], dotted(args[1]), say("in_needs_list"))
	}
	if fact, ok := s.factOf(args[1]); ok {
		return at(tree, args[0], fact, s.advice(s.byName[fact], nil))
	}
	fact, _ := s.factOf(args[0])
	return at(tree, args[0], fact, say("list_holds_else", "Kind", wordsFor(s.typeOf(parsed, args[0]))))
}

func (s *Space) notCallable(parsed *cel.Ast, e ast.Expr) *Error {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	var on i18n.Say
	for i, arg := range args {
		one := wordsFor(s.typeOf(parsed, arg))
		if i == 0 {
			on = one
			continue
		}
		on = say("and", "A", on, "B", one)
	}
	name := strings.Trim(call.FunctionName(), "_")
	fact := ""
	if len(args) > 0 {
		fact, _ = s.factOf(args[0])
	}
	if usage := functions[call.FunctionName()]; usage != "" {
		return at(parsed.NativeRep(), e, fact, say("not_callable_so", "Name", name, "On", on, "Usage", usage))
	}
	return at(parsed.NativeRep(), e, fact, say("not_callable", "Name", name, "On", on))
}

// typeOf returns the type of a part of a rule, or nil when it has none.
func (s *Space) typeOf(parsed *cel.Ast, e ast.Expr) *cel.Type {
	text, err := cel.ExprToString(e, parsed.NativeRep().SourceInfo())
	if err != nil {
		return nil
	}
	checked, issues := s.env.Compile(text)
	if issues.Err() != nil {
		return nil
	}
	return checked.OutputType()
}

// find returns the part of e with an id, or nil.
func find(e ast.Expr, id int64) ast.Expr {
	var found ast.Expr
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		if part.ID() == id {
			found = part
		}
	}))
	return found
}

// nearest returns the fact whose name is spelt most like name, or "".
func nearest(name string, facts []Fact) string {
	best, least := "", max(2, len(name)/3)+1
	for _, f := range facts {
		d := distance(strings.ToLower(name), f.Name)
		if last := f.Name[strings.LastIndex(f.Name, ".")+1:]; last == strings.ToLower(name) {
			d = 1 // "total" for "cart.total"
		}
		if d < least && d < len(f.Name) {
			best, least = f.Name, d
		}
	}
	return best
}

// distance counts the letters to change, add or take away (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

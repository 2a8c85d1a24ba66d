package rule

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// parse reads the text, before anything is known of its facts.
func (s *Space) parse(source string) (*cel.Ast, error) {
	switch {
	case len(source) > MaxSource:
		return nil, &Error{Message: fmt.Sprintf("this rule is %d bytes long; %d are allowed, so split it in two", len(source), MaxSource)}
	case !utf8.ValidString(source):
		return nil, &Error{Message: "this rule is not UTF-8 text; type it anew"}
	case strings.TrimSpace(source) == "":
		return nil, &Error{Message: "the rule is empty; write a condition such as " + s.anExample() + ", or true to match always"}
	}
	parsed, issues := s.env.Parse(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &Error{unreadable(source, first.Message), "", first.Location.Line(), first.Location.Column() + 1}
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
func unreadable(source, message string) string {
	code := textLiteral.ReplaceAllString(source, `""`)
	switch {
	case curlyQuotes.MatchString(code):
		return `use straight quotes around a text: "DE"`
	case loneEquals.MatchString(code):
		return "to compare, write two equals signs: =="
	case wordJoins.MatchString(code):
		return "join conditions with && (and) or || (or), and turn one round with ! (not)"
	case loneAmp.MatchString(code):
		return "join conditions with two signs: && (and) or || (or)"
	case strings.Count(code, `"`)%2 == 1 || strings.Count(code, `'`)%2 == 1:
		return "a text is not closed; put a quote at its end"
	case strings.Count(code, "(") > strings.Count(code, ")"):
		return "a bracket is not closed; put ) where it ends"
	case strings.Count(code, ")") > strings.Count(code, "("):
		return "there is a ) without its ("
	case strings.Contains(message, "<EOF>'"):
		return "the rule breaks off here; something must follow"
	}
	return "the rule cannot be read from here on; is something missing before it?"
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
		return at(tree, e, "", "a rule may not use { }; compare facts instead")
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
		return at(tree, e, "", fmt.Sprintf("there is nothing called %s here", e.AsSelect().FieldName()))
	}
	if _, ok := s.byName[name]; ok {
		return nil
	}
	for known, d := range s.byName {
		if strings.HasPrefix(name, known+".") {
			return at(tree, e, known, fmt.Sprintf("`%s` is %s and has no `%s`; use it like this: %s",
				known, d.kind.words, strings.TrimPrefix(name, known+"."), d.Example))
		}
	}
	return at(tree, e, name, s.noFact(name))
}

// noFact says that name is not declared and what may have been meant.
func (s *Space) noFact(name string) string {
	text := fmt.Sprintf("there is no fact `%s`", name)
	if near := nearest(name, s.facts); near != "" {
		return fmt.Sprintf("%s; did you mean `%s`?", text, near)
	}
	if !strings.Contains(name, ".") {
		text += fmt.Sprintf("; if it is a text, put quotes around it: %q", name)
	}
	if len(s.facts) == 0 {
		return text
	}
	const most = 8
	names := make([]string, 0, most)
	for _, f := range s.facts[:min(most, len(s.facts))] {
		names = append(names, f.Name)
	}
	if len(s.facts) > most {
		names = append(names, "…")
	}
	return text + "; facts are " + strings.Join(names, ", ")
}

func vetCall(tree *ast.AST, e ast.Expr) *Error {
	name := e.AsCall().FunctionName()
	usage, ok := functions[name]
	switch {
	case !ok && strings.HasPrefix(name, "_"):
		return at(tree, e, "", "a rule may not use [ ] to pick from a list; ask what is in it: \"text\" in list")
	case !ok:
		return at(tree, e, "", fmt.Sprintf("there is no function `%s`; a rule may use %s", name, functionNames))
	case name != "matches":
		return nil
	}
	for _, arg := range e.AsCall().Args()[max(0, len(e.AsCall().Args())-1):] {
		pattern, isText := constant(arg)
		text, _ := pattern.(string)
		if isText && len(text) <= maxPattern {
			if _, err := regexp.Compile(text); err != nil {
				return at(tree, arg, "", "this pattern cannot be read: "+err.Error())
			}
			return nil
		}
	}
	return at(tree, e, "", fmt.Sprintf("`matches` needs a pattern of at most %d characters, written out: %s", maxPattern, usage))
}

const functionNames = "size, contains, startsWith, endsWith, matches, lower, int, double, string, timestamp, duration and the get… functions of a time"

// noCondition says that e has a value but decides nothing.
func (s *Space) noCondition(parsed *cel.Ast, e ast.Expr) *Error {
	tree := parsed.NativeRep()
	if name, ok := s.factOf(e); ok {
		return at(tree, e, name, s.advice(s.byName[name], nil))
	}
	return at(tree, e, "", fmt.Sprintf("this is %s, not a condition; compare it with something, as in %s",
		wordsFor(s.typeOf(parsed, e)), s.anExample()))
}

// advice says how a fact is compared, other being what it was compared with.
func (s *Space) advice(f declared, other *cel.Type) string {
	switch f.Type {
	case "bool":
		return fmt.Sprintf("`%s` is true or false, so write it alone, or with ! before it: %s", f.Name, f.Example)
	case "list<string>":
		return fmt.Sprintf("`%s` is a list of texts, so ask what is in it: %s", f.Name, f.Example)
	case "int":
		if other != nil && other.Kind() == types.DoubleKind {
			return fmt.Sprintf("`%s` is a whole number, so compare it with a whole number: %s", f.Name, f.Example)
		}
	case "double":
		if other != nil && other.Kind() == types.IntKind {
			return fmt.Sprintf("`%s` is a number with decimals, so write it with a point, as in 5.0: %s", f.Name, f.Example)
		}
	}
	return fmt.Sprintf("`%s` is %s, so compare it with %s: %s", f.Name, f.kind.words, f.kind.words, f.Example)
}

// mistyped explains what the type checker found. It reads the source again,
// because Check rewrites names and positions need them as written.
func (s *Space) mistyped(source string, issue *cel.Error) *Error {
	parsed, _ := s.env.Parse(source)
	tree := parsed.NativeRep()
	e := find(tree.Expr(), issue.ExprID)
	if e == nil {
		return &Error{issue.Message, "", issue.Location.Line(), issue.Location.Column() + 1}
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
		return at(tree, e, "", "both answers of ? : must be of one type")
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
	return at(tree, e, "", fmt.Sprintf("%s cannot be compared with %s",
		wordsFor(s.typeOf(parsed, args[0])), wordsFor(s.typeOf(parsed, args[1]))))
}

func (s *Space) notIn(parsed *cel.Ast, args []ast.Expr) *Error {
	tree := parsed.NativeRep()
	right := s.typeOf(parsed, args[1])
	if right == nil || right.Kind() != types.ListKind {
		return at(tree, args[1], dotted(args[1]), `in needs a list after it, such as ["DE", "AT"]; to look inside a text use contains`)
	}
	if fact, ok := s.factOf(args[1]); ok {
		return at(tree, args[0], fact, s.advice(s.byName[fact], nil))
	}
	fact, _ := s.factOf(args[0])
	return at(tree, args[0], fact, fmt.Sprintf("this is %s, but the list holds something else", wordsFor(s.typeOf(parsed, args[0]))))
}

func (s *Space) notCallable(parsed *cel.Ast, e ast.Expr) *Error {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = wordsFor(s.typeOf(parsed, arg))
	}
	name := strings.Trim(call.FunctionName(), "_")
	fact := ""
	if len(args) > 0 {
		fact, _ = s.factOf(args[0])
	}
	message := fmt.Sprintf("`%s` does not work on %s", name, strings.Join(words, " and "))
	if usage := functions[call.FunctionName()]; usage != "" {
		message += "; use it like this: " + usage
	}
	return at(parsed.NativeRep(), e, fact, message)
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

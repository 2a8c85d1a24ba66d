package rule

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"cel.dev/cel-go/common/ast"

	"korzo/platform/i18n"
)

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of rules, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages())

// say is a message of this package.
func say(id string, args ...any) i18n.Say { return i18n.Saying("rule."+id, args...) }

// Error says what is wrong with a rule, to the person who wrote it.
type Error struct {
	Message      string // a sentence that names the remedy, in English
	Fact         string // the fact it is about; empty: none
	Line, Column int    // where, counted from 1; 0: the rule as a whole

	say i18n.Say
}

// Error returns the message with the position.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Unwrap makes the error an ErrInvalid whose public text is the message.
func (e *Error) Unwrap() error { return ErrInvalid.With(e.Error()) }

// at returns an error at the place where expression e begins.
func at(tree *ast.AST, e ast.Expr, fact string, s i18n.Say) *Error {
	for e.Kind() == ast.SelectKind {
		e = e.AsSelect().Operand()
	}
	loc := tree.SourceInfo().GetStartLocation(e.ID())
	if loc.Line() < 1 {
		return wrong(fact, s)
	}
	return placed(fact, s, loc.Line(), loc.Column()+1)
}

// wrong is an error of a rule as a whole, and placed one of a place in it.
func wrong(fact string, s i18n.Say) *Error { return placed(fact, s, 0, 0) }

func placed(fact string, s i18n.Say, line, column int) *Error {
	return &Error{Message: s.In(english()), Fact: fact, Line: line, Column: column, say: s}
}

// In returns the message with the position, in a reader's language. It needs a
// catalog that has Messages.
func (e *Error) In(l i18n.Locale) string { return e.Say().In(l) }

// Say is the message with the position, for whoever says it as a part of more.
func (e *Error) Say() i18n.Say {
	if e.Line == 0 {
		return e.say
	}
	return say("at", "Line", e.Line, "Column", e.Column, "Text", e.say)
}

// AsError returns the *Error in err's chain, or nil.
func AsError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

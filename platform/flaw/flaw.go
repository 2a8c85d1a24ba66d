// Package flaw says what is wrong with something that somebody wrote, field by
// field, in whatever language they read.
//
// Whoever checks collects flaws in a List, each a field with the id of its
// sentence, and returns them as one error of a kind of their own. A door that
// knows its reader says the sentences in their language beside the fields; all
// others read them in English, in one line.
package flaw

import (
	"slices"
	"strings"

	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/rule"
)

// Flaw is a field that must be mended, and how.
type Flaw struct {
	Field string // as whoever wrote it calls it: "en.title"
	i18n.Say
}

// List collects what is wrong. The zero List is nothing.
type List struct{ all []Flaw }

// Blame notes what is wrong with a field: the message id, with names and values
// in turn.
func (l *List) Blame(field, id string, args ...any) {
	l.all = append(l.all, Flaw{field, i18n.Saying(id, args...)})
}

// If is Blame where something is bad.
func (l *List) If(bad bool, field, id string, args ...any) {
	if bad {
		l.Blame(field, id, args...)
	}
}

// Rule notes what is wrong with a rule; nil is nothing.
func (l *List) Rule(field string, err error) {
	if e := rule.AsError(err); e != nil {
		l.all = append(l.all, Flaw{field, e.Say()})
	} else if err != nil {
		l.Blame(field, "rule.unreadable")
	}
}

// As returns what was noted as an error that is of, by field; nil for nothing. In
// English it is said with the messages of english, those of rules among them.
func (l *List) As(of *fault.Error, english func() i18n.Locale) error {
	if len(l.all) == 0 {
		return nil
	}
	slices.SortStableFunc(l.all, func(a, b Flaw) int { return strings.Compare(a.Field, b.Field) })
	return &Error{Flaws: l.all, of: of, english: english}
}

// Error is all that is wrong with something. It unwraps to the fault it was made
// of, with the English of it.
type Error struct {
	Flaws []Flaw

	of      *fault.Error
	english func() i18n.Locale
}

// Error names each field at fault, in English.
func (e *Error) Error() string { return e.In(e.english()) }

// In is the same for a reader whose catalog has the messages.
func (e *Error) In(l i18n.Locale) string {
	texts := make([]string, len(e.Flaws))
	for i, f := range e.Flaws {
		texts[i] = f.Field + ": " + f.Say.In(l)
	}
	return strings.Join(texts, "; ")
}

// Fault is the fault it was made of, said in a reader's language.
func (e *Error) Fault(l i18n.Locale) error { return e.of.With(e.In(l)) }

// Unwrap makes it the fault it was made of.
func (e *Error) Unwrap() error { return e.of.With(e.Error()) }

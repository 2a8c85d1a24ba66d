package flow

import (
	"embed"
	"io/fs"
	"strings"

	"korzo/platform/i18n"
	"korzo/platform/rule"
	"korzo/purchase/flow/widget"
)

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of documents that cannot be published, for
// i18n.Catalog.Add; those of rules and widgets belong to them (rule.Messages,
// widget.Messages).
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages(), rule.Messages(), widget.Messages())

// Problem is a field that keeps a document from being published. What is wrong
// is a code with what fills its sentence, so that it can be said in any language.
type Problem struct {
	Field string // as in the document's JSON: "payments.DE"; "" for the document as a whole
	Code  string // stable: "flow.no_payment"

	say i18n.Say
}

func problem(field, code string, args ...any) Problem {
	return Problem{field, "flow." + code, i18n.Saying("flow.problem."+code, args...)}
}

// In is what is wrong and the remedy, in a reader's language. It needs a catalog
// that has Messages.
func (p Problem) In(l i18n.Locale) string { return p.say.In(l) }

// FieldIn is what people call the field, in a reader's language: "Ways to pay in
// DE". A field that has no name is called as the document does.
func (p Problem) FieldIn(l i18n.Locale) string { return FieldIn(l, p.Field) }

// FieldIn is what people call a field of a document, as problems and changes
// name it.
func FieldIn(l i18n.Locale, field string) string {
	first, rest, deep := strings.Cut(field, ".")
	switch first {
	case "payments", "routes":
		if deep {
			return l.T("flow.field."+first+"_in", "Market", rest)
		}
	case "widgets":
		if deep {
			return widgetField(l, rest)
		}
	}
	name := "flow.field." + strings.TrimRight(field, ".0123456789")
	if !l.Has(name) {
		return field
	}
	return l.T(name)
}

// widgetField names a part of a widget: "3.settings.amounts.EUR.1".
func widgetField(l i18n.Locale, rest string) string {
	number, part, _ := strings.Cut(rest, ".")
	text := l.T("flow.field.widget", "Number", number)
	first, setting, _ := strings.Cut(part, ".")
	if first == "settings" && setting != "" {
		name, where, _ := strings.Cut(setting, ".")
		if id := "widget.setting." + name; l.Has(id) {
			name = l.T(id)
		}
		return text + ", " + strings.TrimSpace(name+" "+strings.ReplaceAll(where, ".", " "))
	}
	if id := "flow.field.widget_" + first; l.Has(id) {
		text += ", " + l.T(id)
	}
	return text
}

// Invalid is a document that cannot be used as it is. It is ErrInvalid, whose
// text says the same in English by the fields' own names.
type Invalid struct{ Problems []Problem }

func wrong(field, code string, args ...any) error {
	return &Invalid{[]Problem{problem(field, code, args...)}}
}

// Error names each field at fault, in English.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.In(english())
		if p.Field != "" {
			texts[i] = p.Field + ": " + texts[i]
		}
	}
	return strings.Join(texts, "; ")
}

// In is the same for a reader, by the names that people call the fields.
func (e *Invalid) In(l i18n.Locale) string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.In(l)
		if p.Field != "" {
			texts[i] = p.FieldIn(l) + ": " + texts[i]
		}
	}
	return strings.Join(texts, "; ")
}

// Unwrap makes it an ErrInvalid with this text.
func (e *Invalid) Unwrap() error { return ErrInvalid.With(e.Error()) }

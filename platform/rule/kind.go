package rule

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"korzo/platform/i18n"
)

// kind is a type of fact: how CEL sees it and how people speak of it.
type kind struct {
	cel    *cel.Type
	words  string // "number": rule.kind.number is what people call it
	zero   ref.Val
	sample string // a rule about it, %s for its name
	adapt  func(v any) (ref.Val, bool)
}

// example returns a rule that uses a fact of this kind.
func (k kind) example(name string) string { return fmt.Sprintf(k.sample, name) }

var kinds = map[string]kind{
	"string":       {cel.StringType, "text", types.String(""), `%s == "text"`, adaptText},
	"int":          {cel.IntType, "number", types.Int(0), `%s > 100`, adaptInt},
	"bool":         {cel.BoolType, "bool", types.False, `%s`, adaptBool},
	"double":       {cel.DoubleType, "number", types.Double(0), `%s > 0.5`, adaptDouble},
	"list<string>": {cel.ListType(cel.StringType), "texts", adaptTexts(nil), `"text" in %s`, adaptList},
	"timestamp":    {cel.TimestampType, "time", types.Timestamp{Time: time.Unix(0, 0).UTC()}, `%s > timestamp("2030-01-01T00:00:00Z")`, adaptTime},
}

func kindNames() string {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// wordsFor says in plain words what a CEL type is.
func wordsFor(t *cel.Type) i18n.Say {
	switch {
	case t == nil:
		return say("kind.other")
	case t.Kind() == types.ListKind:
		return say("kind.list")
	case t.Kind() == types.DurationKind:
		return say("kind.span")
	}
	for _, k := range kinds {
		if k.cel.IsExactType(t) {
			return k.say()
		}
	}
	return say("kind.other")
}

// say is what people call a kind.
func (k kind) say() i18n.Say { return say("kind." + k.words) }

func adaptText(v any) (ref.Val, bool) {
	if s, ok := v.(string); ok {
		return types.String(s), true
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.String {
		return nil, false
	}
	return types.String(r.String()), true
}

func adaptInt(v any) (ref.Val, bool) {
	switch n := v.(type) {
	case int64:
		return types.Int(n), true
	case int:
		return types.Int(n), true
	}
	r := reflect.ValueOf(v)
	if !r.CanInt() {
		return nil, false
	}
	return types.Int(r.Int()), true
}

func adaptBool(v any) (ref.Val, bool) {
	b, ok := v.(bool)
	return types.Bool(b), ok
}

func adaptDouble(v any) (ref.Val, bool) {
	r := reflect.ValueOf(v)
	switch {
	case r.CanFloat():
		return types.Double(r.Float()), true
	case r.CanInt():
		return types.Double(r.Int()), true
	}
	return nil, false
}

func adaptTexts(texts []string) ref.Val {
	return types.NewStringList(types.DefaultTypeAdapter, texts)
}

func adaptList(v any) (ref.Val, bool) {
	switch list := v.(type) {
	case []string:
		return adaptTexts(list), true
	case []any:
		texts := make([]string, len(list))
		for i, item := range list {
			text, ok := item.(string)
			if !ok {
				return nil, false
			}
			texts[i] = text
		}
		return adaptTexts(texts), true
	}
	return nil, false
}

// adaptTime takes the zero time for a time that is not known.
func adaptTime(v any) (ref.Val, bool) {
	t, ok := v.(time.Time)
	if !ok {
		return nil, false
	}
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return types.Timestamp{Time: t.UTC()}, true
}

package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"korzo/platform/i18n"
)

// schema is the part of JSON Schema (2020-12) that settings are described in.
type schema struct {
	Type        string             `json:"type"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  json.RawMessage    `json:"additionalProperties"` // false or a schema
	Names       *schema            `json:"propertyNames"`
	Items       *schema            `json:"items"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	Min         *int64             `json:"minimum"`
	Max         *int64             `json:"maximum"`
	MinLength   int                `json:"minLength"`
	MaxLength   int                `json:"maxLength"`
	MinItems    int                `json:"minItems"`
	MaxItems    int                `json:"maxItems"`
	MinNames    int                `json:"minProperties"`
}

// checkSettings returns an Unfit with a sentence for each field that a schema
// does not allow.
func checkSettings(of, settings json.RawMessage) error {
	var s schema
	if err := json.Unmarshal(of, &s); err != nil {
		panic("widget: a schema cannot be read: " + err.Error()) // a constant, read by every test
	}
	decoder := json.NewDecoder(bytes.NewReader(settings))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return unfit("", say("no_json"))
	}
	var wrong Unfit
	s.check("", value, func(field string, text i18n.Say) {
		wrong.Fields = append(wrong.Fields, Wrong{field, text})
	})
	if len(wrong.Fields) > 0 {
		return &wrong
	}
	return nil
}

// tell hears what is wrong with a field.
type tell = func(field string, text i18n.Say)

// check says of each field of a value what is wrong with it.
func (s *schema) check(field string, value any, tell tell) {
	switch s.Type {
	case "object":
		s.checkObject(field, value, tell)
	case "array":
		s.checkArray(field, value, tell)
	case "string":
		s.checkText(field, value, tell)
	case "integer":
		s.checkNumber(field, value, tell)
	case "boolean":
		if _, ok := value.(bool); !ok {
			tell(field, say("write_bool"))
		}
	}
}

func (s *schema) checkObject(field string, value any, tell tell) {
	object, ok := value.(map[string]any)
	if !ok {
		tell(field, say("give_object"))
		return
	}
	for _, name := range s.Required {
		if _, there := object[name]; !there {
			tell(below(field, name), say("missing"))
		}
	}
	if len(object) < s.MinNames {
		tell(field, say("one_at_least"))
	}
	var other *schema
	if err := json.Unmarshal(s.Additional, &other); err != nil {
		other = nil // false: nothing else is known
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if s.Names != nil {
			s.Names.check(below(field, name), name, tell)
		}
		switch known := s.Properties[name]; {
		case known != nil:
			known.check(below(field, name), object[name], tell)
		case other != nil:
			other.check(below(field, name), object[name], tell)
		default:
			tell(below(field, name), say("unknown", "Settings", slices.Sorted(maps.Keys(s.Properties))))
		}
	}
}

func below(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

func (s *schema) checkArray(field string, value any, tell tell) {
	items, ok := value.([]any)
	switch {
	case !ok:
		tell(field, say("give_list"))
		return
	case len(items) < s.MinItems:
		tell(field, say("at_least", "Number", s.MinItems))
	case s.MaxItems > 0 && len(items) > s.MaxItems:
		tell(field, say("at_most", "Number", s.MaxItems))
	}
	for i, item := range items {
		s.Items.check(fmt.Sprintf("%s.%d", field, i+1), item, tell)
	}
}

// patterns are what is said of a text that does not follow one.
var patterns = map[string]string{`^[A-Z]{3}$`: "wrong_currency", `^[a-z0-9][a-z0-9_-]{0,39}$`: "wrong_word"}

func (s *schema) checkText(field string, value any, tell tell) {
	text, ok := value.(string)
	length := utf8.RuneCountInString(text)
	switch {
	case !ok:
		tell(field, say("give_text"))
	case length < s.MinLength:
		tell(field, say("empty"))
	case s.MaxLength > 0 && length > s.MaxLength:
		tell(field, say("shorten", "Number", s.MaxLength))
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		tell(field, say("none_of", "Word", strconv.Quote(text), "Words", s.Enum))
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		tell(field, say(patterns[s.Pattern], "Text", strconv.Quote(text)))
	}
}

func (s *schema) checkNumber(field string, value any, tell tell) {
	number, ok := value.(json.Number)
	n, err := number.Int64()
	switch {
	case !ok || err != nil:
		tell(field, say("give_whole"))
	case s.Min != nil && n < *s.Min:
		tell(field, say("or_more", "Number", int(*s.Min)))
	case s.Max != nil && n > *s.Max:
		tell(field, say("or_less", "Number", int(*s.Max)))
	}
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

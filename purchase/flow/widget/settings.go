package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
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

// checkSettings returns ErrSettings with a sentence for each field that a schema
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
		return ErrSettings.With("the settings are no JSON: a comma, a quote or a bracket is missing")
	}
	var wrong []string
	s.check("", value, func(field, text string) {
		if field != "" {
			text = field + ": " + text
		}
		wrong = append(wrong, text)
	})
	if len(wrong) > 0 {
		return ErrSettings.With(strings.Join(wrong, "; "))
	}
	return nil
}

// check says of each field of a value what is wrong with it.
func (s *schema) check(field string, value any, say func(field, text string)) {
	switch s.Type {
	case "object":
		s.checkObject(field, value, say)
	case "array":
		s.checkArray(field, value, say)
	case "string":
		s.checkText(field, value, say)
	case "integer":
		s.checkNumber(field, value, say)
	case "boolean":
		if _, ok := value.(bool); !ok {
			say(field, "write true or false")
		}
	}
}

func (s *schema) checkObject(field string, value any, say func(field, text string)) {
	object, ok := value.(map[string]any)
	if !ok {
		say(field, "give an object in { }")
		return
	}
	for _, name := range s.Required {
		if _, there := object[name]; !there {
			say(below(field, name), "this is missing")
		}
	}
	if len(object) < s.MinNames {
		say(field, "name at least one")
	}
	var other *schema
	if err := json.Unmarshal(s.Additional, &other); err != nil {
		other = nil // false: nothing else is known
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if s.Names != nil {
			s.Names.check(below(field, name), name, say)
		}
		switch known := s.Properties[name]; {
		case known != nil:
			known.check(below(field, name), object[name], say)
		case other != nil:
			other.check(below(field, name), object[name], say)
		default:
			say(below(field, name), "there is no such setting; settings are "+strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", "))
		}
	}
}

func below(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

func (s *schema) checkArray(field string, value any, say func(field, text string)) {
	items, ok := value.([]any)
	switch {
	case !ok:
		say(field, "give a list in [ ]")
		return
	case len(items) < s.MinItems:
		say(field, fmt.Sprintf("give at least %d", s.MinItems))
	case s.MaxItems > 0 && len(items) > s.MaxItems:
		say(field, fmt.Sprintf("give at most %d", s.MaxItems))
	}
	for i, item := range items {
		s.Items.check(fmt.Sprintf("%s.%d", field, i+1), item, say)
	}
}

func (s *schema) checkText(field string, value any, say func(field, text string)) {
	text, ok := value.(string)
	length := utf8.RuneCountInString(text)
	switch {
	case !ok:
		say(field, "give a text in quotes")
	case length < s.MinLength:
		say(field, "this may not be empty")
	case s.MaxLength > 0 && length > s.MaxLength:
		say(field, fmt.Sprintf("shorten it to %d characters", s.MaxLength))
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		say(field, fmt.Sprintf("there is no %q here: use %s", text, strings.Join(s.Enum, ", ")))
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		say(field, fmt.Sprintf("%q does not look right here; %s", text, s.Description))
	}
}

func (s *schema) checkNumber(field string, value any, say func(field, text string)) {
	number, ok := value.(json.Number)
	n, err := number.Int64()
	switch {
	case !ok || err != nil:
		say(field, "give a whole number")
	case s.Min != nil && n < *s.Min:
		say(field, fmt.Sprintf("give %d or more", *s.Min))
	case s.Max != nil && n > *s.Max:
		say(field, fmt.Sprintf("give %d or less", *s.Max))
	}
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Package shapetest holds JSON against a provider's published OpenAPI 3.0
// document: what we send, and what our stand-in of the provider answers.
//
// It knows the part of JSON Schema that such documents use: types, nullable,
// enum, pattern, lengths, bounds, required, properties, items, allOf, anyOf and
// oneOf (one of which must fit), and references within the document. A property
// that no schema names is a complaint, because providers ignore what they do
// not know and a misspelt field would never be noticed.
//
// Never true: a document that is not the provider's own.
package shapetest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// deepest bounds how far schemas are followed.
const deepest = 40

// Spec is an OpenAPI document.
type Spec struct{ doc map[string]any }

// Load reads a document. It skips the test, saying so, where there is none.
func Load(t testing.TB, path string) *Spec {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("SKIPPED: the provider's OpenAPI document is not here: %v", err)
	}
	s := &Spec{}
	if err := json.Unmarshal(text, &s.doc); err != nil {
		t.Fatal(err)
	}
	return s
}

// Has reports whether the document describes an operation.
func (s *Spec) Has(method, path string) bool { return s.operation(method, path) != nil }

// Request complains about a JSON body that the operation does not take.
func (s *Spec) Request(method, path string, body []byte) error {
	op := s.operation(method, path)
	if op == nil {
		return fmt.Errorf("%s %s is not in the document", method, path)
	}
	schema := dig(s.follow(dig(op, "requestBody")), "content", "application/json", "schema")
	if schema == nil {
		if len(body) > 0 {
			return fmt.Errorf("%s %s takes no body", method, path)
		}
		return nil
	}
	return s.body(schema, body)
}

// Answer complains about a JSON body that the operation does not give.
func (s *Spec) Answer(method, path string, status int, body []byte) error {
	op := s.operation(method, path)
	if op == nil {
		return fmt.Errorf("%s %s is not in the document", method, path)
	}
	responses, _ := dig(op, "responses").(map[string]any)
	response, ok := responses[strconv.Itoa(status)]
	if !ok {
		if response, ok = responses["default"]; !ok {
			return fmt.Errorf("%s %s does not answer %d", method, path, status)
		}
	}
	schema := dig(s.follow(response), "content", "application/json", "schema")
	if schema == nil {
		return nil
	}
	return s.body(schema, body)
}

func (s *Spec) body(schema any, body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return s.check(schema, v, "$", 0)
}

// operation finds what a path names, literal parts before templates.
func (s *Spec) operation(method, path string) any {
	path, _, _ = strings.Cut(path, "?")
	paths, _ := s.doc["paths"].(map[string]any)
	var best any
	fewest := math.MaxInt
	for template, item := range paths {
		op := dig(item, strings.ToLower(method))
		if variables, ok := match(template, path); ok && op != nil && variables < fewest {
			best, fewest = op, variables
		}
	}
	return best
}

func match(template, path string) (variables int, ok bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return 0, false
	}
	for i := range want {
		switch {
		case strings.HasPrefix(want[i], "{") && got[i] != "":
			variables++
		case want[i] != got[i]:
			return 0, false
		}
	}
	return variables, true
}

func dig(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// follow resolves a reference within the document.
func (s *Spec) follow(v any) any {
	for range deepest {
		ref, ok := dig(v, "$ref").(string)
		if !ok {
			return v
		}
		v = dig(s.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return v
}

// check is fit, and no name is strange.
func (s *Spec) check(schema, v any, at string, depth int) error {
	if object, ok := v.(map[string]any); ok && schema != nil {
		known := map[string]any{}
		open := s.names(schema, known, depth)
		for name := range object {
			if _, named := known[name]; !named && !open && len(known) > 0 {
				return fmt.Errorf("%s.%s: no schema names this", at, name)
			}
		}
	}
	return s.fit(schema, v, at, depth)
}

func (s *Spec) fit(schema, v any, at string, depth int) error {
	m, ok := s.follow(schema).(map[string]any)
	if !ok || depth > deepest {
		return nil
	}
	if v == nil {
		if m["nullable"] == true || len(list(m, "anyOf"))+len(list(m, "oneOf")) > 0 {
			return nil
		}
		return fmt.Errorf("%s: null", at)
	}
	for _, part := range list(m, "allOf") {
		if err := s.fit(part, v, at, depth+1); err != nil {
			return err
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if err := s.some(list(m, key), v, at, depth); err != nil {
			return err
		}
	}
	if enum := list(m, "enum"); len(enum) > 0 && !slices.Contains(enum, v) {
		return fmt.Errorf("%s: %v is none of %v", at, v, enum)
	}
	return s.typed(m, v, at, depth)
}

func list(m map[string]any, key string) []any {
	l, _ := m[key].([]any)
	return l
}

// some wants one of the schemas to fit.
func (s *Spec) some(schemas []any, v any, at string, depth int) error {
	var last error
	for _, one := range schemas {
		if last = s.fit(one, v, at, depth+1); last == nil {
			return nil
		}
	}
	return last
}

func (s *Spec) typed(m map[string]any, v any, at string, depth int) error {
	kind, _ := m["type"].(string)
	switch v := v.(type) {
	case string:
		if kind != "" && kind != "string" {
			return fmt.Errorf("%s: text, want %s", at, kind)
		}
		return text(m, v, at)
	case bool:
		if kind != "" && kind != "boolean" {
			return fmt.Errorf("%s: %v, want %s", at, v, kind)
		}
	case float64:
		if kind != "" && kind != "number" && (kind != "integer" || v != math.Trunc(v)) {
			return fmt.Errorf("%s: %v, want %s", at, v, kind)
		}
	case []any:
		if kind != "" && kind != "array" {
			return fmt.Errorf("%s: a list, want %s", at, kind)
		}
		for i, item := range v {
			if err := s.check(m["items"], item, fmt.Sprintf("%s[%d]", at, i), depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if kind != "" && kind != "object" {
			return fmt.Errorf("%s: an object, want %s", at, kind)
		}
		return s.object(m, v, at, depth)
	}
	return nil
}

func text(m map[string]any, v, at string) error {
	n := float64(utf8.RuneCountInString(v))
	if most, ok := m["maxLength"].(float64); ok && n > most {
		return fmt.Errorf("%s: longer than %v", at, most)
	}
	if least, ok := m["minLength"].(float64); ok && n < least {
		return fmt.Errorf("%s: shorter than %v", at, least)
	}
	if pattern, ok := m["pattern"].(string); ok {
		if re, err := regexp.Compile(pattern); err == nil && !re.MatchString(v) {
			return fmt.Errorf("%s: %q does not match %s", at, v, pattern)
		}
	}
	return nil
}

func (s *Spec) object(m, v map[string]any, at string, depth int) error {
	for _, name := range list(m, "required") {
		if _, ok := v[fmt.Sprint(name)]; !ok {
			return fmt.Errorf("%s: %v is missing", at, name)
		}
	}
	own, _ := m["properties"].(map[string]any)
	for name, value := range v {
		if err := s.check(own[name], value, at+"."+name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// names gathers the properties of a schema and of those it is made of, and
// reports whether others are welcome too.
func (s *Spec) names(schema any, into map[string]any, depth int) (open bool) {
	m, ok := s.follow(schema).(map[string]any)
	if !ok || depth > deepest {
		return false
	}
	own, _ := m["properties"].(map[string]any)
	for name := range own {
		into[name] = true
	}
	if extra, ok := m["additionalProperties"]; ok && extra != false {
		open = true
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for _, part := range list(m, key) {
			open = s.names(part, into, depth+1) || open
		}
	}
	return open
}

package flow

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Change is a field that two documents differ in. Before and After are JSON;
// "" where the field is missing.
type Change struct {
	Field         string // as problems name it: "payments.DE", "steps"
	Before, After string
}

// Diff returns what is different from one document to another, by field.
func Diff(before, after Document) ([]Change, error) {
	a, err := flat(before)
	if err != nil {
		return nil, err
	}
	b, err := flat(after)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for field := range a {
		all[field] = true
	}
	for field := range b {
		all[field] = true
	}
	var changes []Change
	for _, field := range sorted(all) {
		if a[field] != b[field] {
			changes = append(changes, Change{field, a[field], b[field]})
		}
	}
	return changes, nil
}

// flat is a document as one JSON text a field; lists are one text, because
// their order is what they say.
func flat(d Document) (map[string]string, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("compare flows: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("compare flows: %w", err)
	}
	fields := map[string]string{}
	return fields, flatten(fields, "", tree)
}

func flatten(fields map[string]string, path string, value any) error {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range sorted(v) {
			below := name
			if path != "" {
				below = path + "." + name
			}
			if err := flatten(fields, below, v[name]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		if len(v) == 0 {
			return nil
		}
		if _, objects := v[0].(map[string]any); objects {
			for i, item := range v {
				if err := flatten(fields, path+"."+strconv.Itoa(i+1), item); err != nil {
					return err
				}
			}
			return nil
		}
	}
	text, err := json.Marshal(value)
	fields[path] = string(text)
	return err
}

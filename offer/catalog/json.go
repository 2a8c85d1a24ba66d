package catalog

import "encoding/json"

// list and object write JSON; nil is an empty one.
func list(s []string) string {
	if s == nil {
		return `[]`
	}
	return encode(s)
}

func object(m map[string]string) string {
	if m == nil {
		return `{}`
	}
	return encode(m)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and maps of strings always marshal
	}
	return string(b)
}

// parse reads pairs of JSON text and what it goes into. What is empty stays nil.
func parse(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		text := pairs[i].(string)
		if text == `{}` || text == `[]` {
			continue
		}
		if err := json.Unmarshal([]byte(text), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

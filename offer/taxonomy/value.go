package taxonomy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Problem is one thing that is wrong.
type Problem struct {
	Field string // "attributes.capacity"
	Text  string // names the remedy
}

// Parse brings a value into the form it is kept in. A number may be written
// with a comma or zeros behind its decimals. problem says what to do instead,
// "" when the value is right.
func (a Attribute) Parse(text string) (kept, problem string) {
	text = strings.TrimSpace(text)
	switch a.Type {
	case TypeNumber:
		kept, ok := number(text)
		if !ok {
			return "", "write a number such as 12.5, with at most 12 digits and 6 decimals"
		}
		return kept, ""
	case TypeBool:
		if text != "true" && text != "false" {
			return "", "must be true or false"
		}
		return text, ""
	case TypeDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", "write a date such as 2030-01-31"
		}
		return text, ""
	case TypeOption:
		if _, ok := a.Option(text); !ok {
			return "", "must be one of " + a.codes()
		}
		return text, ""
	}
	if n := utf8.RuneCountInString(text); n == 0 || n > maxText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", fmt.Sprintf("write 1 to %d characters", maxText)
	}
	return text, ""
}

// codes lists the first options for a message.
func (a Attribute) codes() string {
	var all []string
	for i, o := range a.Options {
		if i == 10 {
			all = append(all, "…")
			break
		}
		all = append(all, o.Code)
	}
	return strings.Join(all, ", ")
}

// number brings a decimal number into its one form.
func number(text string) (string, bool) {
	text = strings.Replace(text, ",", ".", 1)
	sign := ""
	if rest, minus := strings.CutPrefix(text, "-"); minus {
		sign, text = "-", rest
	}
	whole, part, point := strings.Cut(text, ".")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if whole == "" || !digits(whole) || !digits(part) || point && part == "" {
		return "", false
	}
	whole, part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if len(whole) > 12 || len(part) > 6 {
		return "", false
	}
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		return sign + whole + "." + part, true
	}
	if whole == "0" {
		return "0", true
	}
	return sign + whole, true
}

// Check brings a product's values into the form they are kept in, and tells
// what is wrong with them. A value whose attribute is not one of the product's
// categories is kept, for a product may move back, and shown nowhere.
func (t *Tree) Check(values Values) (Values, []Problem) {
	kept := Values{}
	var wrong []Problem
	for code, texts := range values {
		field := "attributes." + code
		a, ok := t.attributes[code]
		switch {
		case !ok:
			wrong = append(wrong, Problem{field, "there is no such attribute: create it, or leave the value out"})
			continue
		case len(texts) > 1 && !a.Several:
			wrong = append(wrong, Problem{field, "give one value"})
			continue
		case len(texts) > MaxValues:
			wrong = append(wrong, Problem{field, fmt.Sprintf("give at most %d values", MaxValues)})
			continue
		}
		for _, text := range texts {
			value, problem := a.Parse(text)
			if problem != "" {
				wrong = append(wrong, Problem{field, problem})
			} else if !slices.Contains(kept[code], value) {
				kept[code] = append(kept[code], value)
			}
		}
	}
	return kept, wrong
}

// Missing returns those of some categories that are not there.
func (t *Tree) Missing(ids []CategoryID) (missing []CategoryID) {
	for _, id := range ids {
		if _, ok := t.byID[id]; !ok {
			missing = append(missing, id)
		}
	}
	return missing
}

// CompareNumbers tells which of two kept numbers is the smaller, as a sort asks.
func CompareNumbers(a, b string) int {
	x, minus := strings.CutPrefix(a, "-")
	y, also := strings.CutPrefix(b, "-")
	if minus != also {
		if minus {
			return -1
		}
		return 1
	}
	wx, px, _ := strings.Cut(x, ".")
	wy, py, _ := strings.Cut(y, ".")
	c := cmp.Or(len(wx)-len(wy), strings.Compare(wx, wy), strings.Compare(px, py))
	if minus {
		return -c
	}
	return c
}

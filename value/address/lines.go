package address

import (
	"slices"
	"strings"
	"unicode"
)

// Lines returns a as it stands on a label: in its country's order, with the
// country in capitals as the last line. Nothing that was filled in is lost but
// a region where labels name none, and the phone. An address of an unknown
// country is written as most countries do.
func Lines(a Address) []string {
	a = a.Clean()
	c, ok := find(a.Country)
	if !ok {
		c = &country{label: "%N|%A|%Z %C|%S", latin: "%N|%A|%Z %C|%S", format: Format{Name: a.Country}}
	}
	label := c.label
	if a.isLatin() {
		label = c.latin
		if r, ok := c.region(a.Region); ok && r.Latin != "" {
			a.Region = r.Latin
		}
	}
	var lines []string
	for line := range strings.SplitSeq(label, "|") {
		if line == "%A" {
			lines = append(lines, c.raise('A', a.Line1), c.raise('A', a.Line2))
			continue
		}
		lines = append(lines, c.fill(line, a))
	}
	lines = append(lines, c.leftOut(label, a)...)
	lines = append(lines, strings.ToUpper(c.format.Name))
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// leftOut returns what the country's label has no place for.
func (c *country) leftOut(label string, a Address) []string {
	var lines []string
	if !strings.Contains(label, "%C") && fold(a.City) != fold(a.Region) && !strings.Contains(label, strings.ToUpper(a.City)) {
		lines = append(lines, a.City)
	}
	if !strings.Contains(label, "%Z") {
		lines = append(lines, a.PostalCode)
	}
	return lines
}

// fill writes one line. What stands before a field stands only when the field
// does, and between two fields only when both do.
func (c *country) fill(line string, a Address) string {
	first, rest, ok := strings.Cut(line, "%")
	if !ok {
		return line // "JERSEY"
	}
	text, before, atStart := "", first, true
	for field := range strings.SplitSeq(rest, "%") {
		value := c.raise(field[0], a.value(field[0]))
		switch {
		case value == "":
		case text == "" && (!atStart || strings.HasPrefix(value, before)):
			text = value
		default:
			text += before + value
		}
		before, atStart = field[1:], false
	}
	return text
}

func (a Address) value(letter byte) string {
	if letter == 'A' {
		return strings.TrimSpace(a.Line1 + " " + a.Line2)
	}
	return a.field(fieldOf[letter])
}

// raise puts text in capitals where the country's label has the field so.
func (c *country) raise(letter byte, text string) string {
	if strings.IndexByte(c.capitals, letter) >= 0 {
		return strings.ToUpper(text)
	}
	return text
}

// isLatin says that no letter of what the label shows is of another script.
func (a Address) isLatin() bool {
	return !strings.ContainsFunc(a.Name+a.Line1+a.Line2+a.City, func(r rune) bool {
		return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
	})
}

package transfer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/platform/rule"
	"korzo/value/money"
)

// ErrMapping reports a mapping that cannot be used.
var ErrMapping = fault.New(fault.Invalid, "transfer.mapping", "the mapping cannot be used: see what is said of it")

// Mapping says how any table becomes what the shop knows: which of its columns
// is which of ours. The zero Mapping is none.
type Mapping struct {
	Kind      Kind   `json:"kind,omitempty"`      // what the rows are; the request's if empty
	Source    string `json:"source,omitempty"`    // the system they come from: its numbers are told apart by it
	Separator string `json:"separator,omitempty"` // one character; detected if empty
	Encoding  string `json:"encoding,omitempty"`  // utf-8 or windows-1252; detected if empty
	Columns   []Rule `json:"columns"`
	Skip      []Skip `json:"skip,omitempty"`
}

// Rule fills one of the shop's columns from a column of the file or with a
// constant. What it does to the text it does in the order of the fields below.
type Rule struct {
	To    string `json:"to"`              // ours; "shipping.country" fills a part of one
	From  string `json:"from,omitempty"`  // the file's, whatever its case
	Value string `json:"value,omitempty"` // a constant; with From what an empty cell stands for

	TrimSuffix string            `json:"trim_suffix,omitempty"` // what is cut off the end: "17850.0" without ".0"
	Map        map[string]string `json:"map,omitempty"`         // a text for another; one that is not named stays, or is Else
	Else       string            `json:"else,omitempty"`
	Decimal    string            `json:"decimal,omitempty"`  // the mark before decimals: "," or "."; the other mark and spaces are thousands
	Decimals   *int              `json:"decimals,omitempty"` // rounds to so many, half away from zero, and says so
	Date       string            `json:"date,omitempty"`     // how a time is written: "DD.MM.YYYY hh:mm"
	Zone       string            `json:"zone,omitempty"`     // by which clock: "Europe/London"; UTC if empty
	Split      string            `json:"split,omitempty"`    // between the items of a list
	Prefix     string            `json:"prefix,omitempty"`   // put before what is not empty
}

// Skip leaves rows out, and says why. When is a rule over the row's cells:
// row.invoiceno.startsWith("A").
type Skip struct {
	When   string `json:"when"`
	Reason string `json:"reason"`
}

// ParseMapping reads a mapping and refuses what it does not know. It returns ErrMapping.
func ParseMapping(text []byte) (m Mapping, err error) {
	if err := strictly(text, &m); err != nil {
		return Mapping{}, ErrMapping.With(fmt.Sprintf("the mapping is no JSON of a mapping (%v): write it as the documentation shows", err))
	}
	return m, m.check()
}

// check looks at all that can be known without the file.
func (m Mapping) check() error {
	of, ok := kinds[m.Kind]
	if !ok {
		return ErrMapping.With(fmt.Sprintf("a mapping is for products, stock, prices, customers or orders, not %.20q", m.Kind))
	}
	if len([]rune(m.Separator)) > 1 || !slices.Contains([]string{"", encodingUTF8, encoding1252}, m.Encoding) {
		return ErrMapping.With("the separator is one character, the encoding utf-8 or windows-1252: leave both out to have them detected")
	}
	if len(m.Columns) > maxColumns || len(m.Skip) > 50 {
		return ErrMapping.With("a mapping has at most 500 columns and 50 rules of what to leave out")
	}
	to := map[string]bool{}
	for _, r := range m.Columns {
		if err := r.check(of); err != nil {
			return err
		}
		if to[r.To] {
			return ErrMapping.With(fmt.Sprintf("%q is filled twice: leave one of the two out", r.To))
		}
		to[r.To] = true
	}
	for _, name := range of.needed {
		if !to[name] {
			return ErrMapping.With(fmt.Sprintf("nothing fills %q: say which column of the file does", name))
		}
	}
	return nil
}

func (r Rule) check(of kind) error {
	name, path, dotted := strings.Cut(r.To, ".")
	c, ok := of.column(name)
	wrong := ""
	_, zone := time.LoadLocation(r.Zone)
	switch {
	case !ok:
		wrong = "is no column of ours: an export shows all there are"
	case dotted && (path == "" || c.form != asJSON && c.form != asMap):
		wrong = "has no parts: name the column without a point"
	case r.From == "" && r.Value == "":
		wrong = "says neither which column of the file it is nor a value"
	case r.Decimal != "" && r.Decimal != "," && r.Decimal != ".":
		wrong = "has a decimal mark that is neither , nor ."
	case r.Decimals != nil && (*r.Decimals < 0 || *r.Decimals > 6):
		wrong = "is rounded to 0 to 6 decimals"
	case zone != nil:
		wrong = fmt.Sprintf("names no clock (%.40q): write one such as Europe/Berlin", r.Zone)
	}
	if wrong != "" {
		return ErrMapping.With(fmt.Sprintf("%.60q %s", r.To, wrong))
	}
	return nil
}

// compiled is a mapping ready for one file.
type compiled struct {
	rules []target
	skip  []condition
	facts []string // by column of the file
}

type target struct {
	Rule
	column column
	path   string
	from   int // -1: a constant
	layout string
	zone   *time.Location
}

type condition struct {
	*rule.Program
	reason string
}

// compile meets a mapping with the columns of a file. Names that the file does
// not have are ErrHeading.
func (m Mapping) compile(t *table) (*compiled, error) {
	of := kinds[m.Kind]
	out := &compiled{}
	for _, r := range m.Columns {
		name, path, _ := strings.Cut(r.To, ".")
		c, _ := of.column(name) // checked
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			return nil, ErrMapping.With(err.Error())
		}
		at := target{Rule: r, column: c, path: path, from: -1, layout: layoutOf(r.Date), zone: zone}
		if r.From != "" {
			i, ok := t.at[fold(r.From)]
			if !ok {
				return nil, ErrHeading.With(fmt.Sprintf("the mapping takes %q from a column %.60q that the file does not have: rename one of them", r.To, r.From))
			}
			at.from = i
		}
		out.rules = append(out.rules, at)
	}
	return out, out.conditions(m.Skip, t)
}

func (c *compiled) conditions(all []Skip, t *table) error {
	if len(all) == 0 {
		return nil
	}
	var facts []rule.Fact
	known := map[string]bool{}
	for _, name := range t.names {
		fact := "row." + factName(name)
		for known[fact] {
			fact += "_"
		}
		known[fact] = true
		c.facts = append(c.facts, fact)
		facts = append(facts, rule.Fact{Name: fact, Type: "string", Doc: "the cell in the column " + name, Example: fact + ` == ""`})
	}
	space, err := rule.NewSpace(facts)
	if err != nil {
		return ErrMapping.With(err.Error())
	}
	for _, s := range all {
		p, err := space.Compile(s.When)
		if err != nil {
			return ErrMapping.With(fmt.Sprintf("what is to be left out: %v", err))
		}
		c.skip = append(c.skip, condition{p, orElse(s.Reason, "the mapping says so")})
	}
	return nil
}

// factName is a column's name as a rule may write it.
func factName(name string) string {
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, fold(name))
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return "c" + s
	}
	return s
}

// skips says why a row is left out, "" when it is not.
func (c *compiled) skips(r *record) string {
	if len(c.skip) == 0 {
		return ""
	}
	facts := make(map[string]any, len(c.facts))
	for i, f := range c.facts {
		if i < len(r.cells) {
			facts[f] = r.cells[i]
		}
	}
	for _, s := range c.skip {
		if ok, err := s.True(facts); ok && err == nil {
			return s.reason
		}
	}
	return ""
}

// text is what a row says in one of the shop's columns; "" where it is wrong.
func (c *compiled) text(r *record, name string) string {
	for _, t := range c.rules {
		if t.To == name {
			s, _, _ := t.transform(t.cell(r))
			return s
		}
	}
	return ""
}

func (t target) cell(r *record) string {
	if t.from >= 0 && t.from < len(r.cells) && strings.TrimSpace(r.cells[t.from]) != "" {
		return strings.TrimSpace(r.cells[t.from])
	}
	return t.Value
}

// read fills the fields of an entity and its part from a row.
func (c *compiled) read(r *record, entity, part fields, first bool, report func(level, column, reason string)) {
	for _, t := range c.rules {
		if !first && !t.column.part {
			continue
		}
		into := entity
		if t.column.part {
			into = part
		}
		s, note, err := t.transform(t.cell(r))
		if err == nil {
			err = t.put(into, s)
		}
		if err != nil {
			report(LevelError, orElse(t.From, t.To), err.Error())
		} else if note != "" {
			report(LevelNote, orElse(t.From, t.To), note)
		}
	}
}

// transform does to a text what its rule says; note is what somebody should know.
func (t target) transform(s string) (out, note string, err error) {
	s = strings.TrimSuffix(s, t.TrimSuffix)
	if to, ok := t.Map[s]; ok {
		s = to
	} else if len(t.Map) > 0 && t.Else != "" {
		s = t.Else
	}
	if s == "" {
		return "", "", nil
	}
	if t.Decimal != "" {
		other := map[string]string{",": ".", ".": ","}[t.Decimal]
		s = strings.NewReplacer(other, "", " ", "", "\u00a0", "", "\u202f", "", "'", "", t.Decimal, ".").Replace(s)
	}
	if t.Decimals != nil {
		if s, note, err = rounded(s, *t.Decimals); err != nil {
			return "", "", err
		}
	}
	if t.Date != "" {
		at, err := time.ParseInLocation(t.layout, s, t.zone)
		if err != nil {
			return "", "", fmt.Errorf("%.40q is no time written as %s: write it so, or change the mapping's date", s, t.Date)
		}
		s = at.UTC().Format(time.RFC3339Nano)
	}
	return t.Prefix + s, note, nil
}

// rounded rounds a decimal number as it is written.
func rounded(s string, to int) (out, note string, err error) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) <= to {
		return s, "", nil
	}
	digits, err := strconv.ParseInt(strings.TrimPrefix(whole, "-")+part, 10, 64)
	if err != nil || len(part) > 12 {
		return "", "", fmt.Errorf("%.40q is no number: write it as 12.90, or say the decimal mark in the mapping", s)
	}
	step := int64(1)
	for range len(part) - to {
		step *= 10
	}
	kept := strconv.FormatInt(money.Of(digits, "XXX").RoundTo(step).Minor/step, 10)
	for len(kept) <= to {
		kept = "0" + kept
	}
	if out = kept; to > 0 {
		out = kept[:len(kept)-to] + "." + kept[len(kept)-to:]
	}
	if strings.HasPrefix(whole, "-") && strings.Trim(out, "0.") != "" {
		out = "-" + out
	}
	if strings.Trim(part[to:], "0") != "" {
		note = fmt.Sprintf("%s was rounded to %s", s, out)
	}
	return out, note, nil
}

// put writes a text where its column has it.
func (t target) put(into fields, s string) error {
	if s == "" && (t.column.keep || t.path != "" || t.column.form == asJSON) {
		return nil
	}
	if t.path != "" {
		return t.putPart(into, s)
	}
	switch t.column.form {
	case asText:
		into[t.column.name] = encode(s)
		return nil
	case asList:
		if t.Split != "" {
			list := []string{}
			for item := range strings.SplitSeq(s, t.Split) {
				if item = strings.TrimSpace(item); item != "" {
					list = append(list, item)
				}
			}
			into[t.column.name] = encode(list)
			return nil
		}
	}
	v, ok, err := t.column.value(s)
	if ok {
		into[t.column.name] = v
	}
	return err
}

// putPart writes into a part of a column that holds several.
func (t target) putPart(into fields, s string) error {
	all := map[string]json.RawMessage{}
	if raw, ok := into[t.column.name]; ok {
		if err := json.Unmarshal(raw, &all); err != nil {
			return fmt.Errorf("%s: %w", t.column.name, err)
		}
	}
	all[t.path] = encode(s)
	into[t.column.name] = encode(all)
	return nil
}

// layoutOf turns YYYY-MM-DD hh:mm:ss into what the standard library calls it.
var layoutOf = strings.NewReplacer("YYYY", "2006", "YY", "06", "MM", "01", "M", "1", "DD", "02", "D", "2", "hh", "15", "mm", "04", "ss", "05").Replace

package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/i18n"
	"korzo/ui"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// form is what somebody typed, and what is wrong with it.
type form struct {
	l        i18n.Locale
	values   url.Values
	problems []problem
	readOnly bool
	labels   map[string]string // of fields whose names say nothing
}

// problem is one field that must be mended, and how.
type problem struct{ field, text string }

// newForm returns an empty form.
func (v *visit) newForm() *form {
	return &form{l: v.Locale, values: url.Values{}, labels: map[string]string{}}
}

// form returns the form that was sent, or an empty one.
func (v *visit) form() *form {
	f := v.newForm()
	for name, all := range v.r.PostForm {
		f.values[name] = all
	}
	return f
}

func (f *form) get(name string) string           { return strings.TrimSpace(f.values.Get(name)) }
func (f *form) set(name, value string)           { f.values.Set(name, value) }
func (f *form) has(name string) bool             { return f.get(name) != "" }
func (f *form) wrong(field, text string)         { f.problems = append(f.problems, problem{field, text}) }
func (f *form) blame(field, key string)          { f.wrong(field, f.l.T(key)) }
func (f *form) label(field, text string)         { f.labels[field] = text }
func (f *form) ok() bool                         { return len(f.problems) == 0 }
func (f *form) all(name string) []string         { return f.values[name] }
func (f *form) setAll(name string, all []string) { f.values[name] = all }
func (f *form) setNumber(name string, n int64)   { f.set(name, strconv.FormatInt(n, 10)) }

// error is what is wrong with a field, "" for nothing.
func (f *form) error(field string) string {
	for _, p := range f.problems {
		if p.field == field {
			return p.text
		}
	}
	return ""
}

// setAmount fills in an amount as its reader would type it.
// Decimals that nobody pays (whole forints) are left out.
func (f *form) setAmount(name string, a money.Amount) {
	text := a.Decimal()
	info, _ := money.Find(a.Currency)
	if unit := info.MinorPerUnit(); info.ChargeStep == unit && a.Minor%unit == 0 {
		text, _, _ = strings.Cut(text, ".")
	}
	f.set(name, strings.Replace(text, ".", decimalPoint(f.l), 1))
}

func decimalPoint(l i18n.Locale) string {
	if strings.Contains(l.Percent(5_000), ",") {
		return ","
	}
	return "."
}

var spaces = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "")

// decimal takes the spaces out of a number, and makes a comma before the
// decimals a point. Thousands separators are not guessed at.
func decimal(text string) string {
	text = spaces.Replace(text)
	if !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	return text
}

// amount reads an amount; a field left empty is none.
func (f *form) amount(name string, c money.Currency) (a money.Amount, given bool) {
	if !f.has(name) {
		return money.Amount{}, false
	}
	a, err := money.Parse(decimal(f.get(name)), c)
	if err != nil {
		f.wrong(name, f.l.T("admin.problem.money", "Example", example(f.l, c)))
	}
	return a, err == nil
}

func example(l i18n.Locale, c money.Currency) string {
	info, _ := money.Find(c)
	return strings.Replace(money.Of(12*info.MinorPerUnit()+9*info.MinorPerUnit()/10, c).Decimal(), ".", decimalPoint(l), 1)
}

// whole reads a whole number; a field left empty is 0.
func (f *form) whole(name string) int64 {
	if !f.has(name) {
		return 0
	}
	text := strings.Replace(spaces.Replace(f.get(name)), "−", "-", 1)
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil {
		f.blame(name, "admin.problem.whole")
	}
	return n
}

// ppm reads a percentage from 0 to 100 with at most four decimals, as parts
// per million.
func (f *form) ppm(name string) int64 {
	whole, part, _ := strings.Cut(strings.TrimSuffix(decimal(f.get(name)), "%"), ".")
	n, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 63)
	if err != nil || whole == "" || len(whole) > 3 || len(part) > 4 || n == 0 || n > 1_000_000 {
		f.blame(name, "admin.problem.percent")
		return 0
	}
	return int64(n)
}

// timeForm is how a browser sends date and time.
const timeForm = "2006-01-02T15:04"

// moment reads a date and time by the clock of zone; empty is the zero time.
func (f *form) moment(name string, zone *time.Location) time.Time {
	if !f.has(name) {
		return time.Time{}
	}
	t, err := time.ParseInLocation(timeForm, f.get(name), zone)
	if err != nil {
		f.blame(name, "admin.problem.time")
	}
	return t
}

// plain is the last word of a field's name: "sku" of "variants[1].sku".
func plain(field string) string {
	if i := strings.LastIndexByte(field, '.'); i >= 0 {
		field = field[i+1:]
	}
	field, _, _ = strings.Cut(field, "[")
	return field
}

// change adjusts a field of a form before it is shown.
type change func(*ui.Input)

// field is one input of a form, with the label and the hint of its name.
func (v *visit) field(f *form, name string, width ui.InputWidth, changes ...change) templ.Component {
	in := ui.Input{Name: name, Label: v.fieldName(name), Value: f.values.Get(name), Error: f.error(name), Width: width}
	if hint := "admin.hint." + plain(name); v.Has(hint) {
		in.Hint = v.T(hint)
	}
	for _, c := range changes {
		c(&in)
	}
	return ui.Field(in)
}

func required(in *ui.Input) { in.Required = true }
func digits(in *ui.Input)   { in.Mode = "numeric" }
func decimals(in *ui.Input) { in.Mode = "decimal" }

func kind(of string) change    { return func(in *ui.Input) { in.Type = of } }
func label(text string) change { return func(in *ui.Input) { in.Label = text } }
func most(n int) change        { return func(in *ui.Input) { in.MaxLength = n } }
func oneOf(options []ui.Option) change {
	return func(in *ui.Input) { in.Options = options }
}
func bare(in *ui.Input)          { in.Bare = true }
func lines(n int) change         { return func(in *ui.Input) { in.Rows = n } }
func hint(text string) change    { return func(in *ui.Input) { in.Hint = text } }
func optional(v *visit) change   { return func(in *ui.Input) { in.Optional = v.T("admin.optional") } }
func press(id string) change     { return func(in *ui.Input) { in.Press = id } }
func completed(by string) change { return func(in *ui.Input) { in.Autocomplete = by } }

// hasProblem says whether something is wrong in a part of a form.
func (v *visit) hasProblem(f *form, prefix string) bool {
	return slices.ContainsFunc(f.problems, func(p problem) bool { return strings.HasPrefix(p.field, prefix) })
}

// same makes options of words that are shown as they are.
func same(words []string) []ui.Option {
	all := make([]ui.Option, len(words))
	for i, w := range words {
		all[i] = ui.Option{Value: w, Label: w}
	}
	return all
}

// words makes options of the shop's own words, an empty one first when asked.
func (v *visit) words(kind string, any string, words ...string) []ui.Option {
	var all []ui.Option
	if any != "" {
		all = append(all, ui.Option{Label: v.T(any)})
	}
	for _, w := range words {
		all = append(all, ui.Option{Value: w, Label: v.word(kind, w)})
	}
	return all
}

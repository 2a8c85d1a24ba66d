package admin

import (
	"slices"
	"strconv"
	"strings"

	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/i18n"
	"korzo/platform/rule"
	"korzo/ui"
	"korzo/value/money"
)

// The form of a trigger bears it twice: as conditions in people's words, and as
// the rule. What was edited since it was shown counts: the rule where it
// differs from trigger_was, else the conditions.

// The bounds of what the form of a trigger takes.
const (
	maxGroups     = 8
	maxConditions = 12
)

// factGroups are the facts as the form offers them.
var factGroups = []struct {
	name  string
	facts []string
}{
	{"device", []string{"device.kind", "device.os", "device.browser"}},
	{"where", []string{"market", "channel", "locale", "visit.country", "visit.postal_code", "visit.near_store", "visit.partner"}},
	{"when", []string{"time.hour", "time.weekday", "time.month", "time.date", "time.season"}},
	{"path", []string{"visit.new", "visit.pages", "visit.searches", "campaign", "visit.source", "visit.medium", "visit.referrer", "visit.consent"}},
	{"cart", []string{"cart.total", "cart.items", "cart.skus", "cart.tags", "cart.categories", "cart.weight_grams", "cart.bundle"}},
	{"customer", []string{"customer.known", "customer.orders", "customer.spent", "customer.average_order", "customer.last_order_days",
		"customer.predicted_value", "customer.segments", "customer.tier", "customer.tags", "customer.consent"}},
}

// sums are the facts that are amounts of money: people write them as such.
var sums = []string{"cart.total", "customer.spent", "customer.average_order", "customer.predicted_value"}

// factTypes are the types of all facts.
var factTypes = func() map[string]string {
	all := map[string]string{}
	for _, f := range visitor.Facts() {
		all[f.Name] = f.Type
	}
	return all
}()

// suggested are words that a fact is often compared with; the form takes others too.
func suggested(fact string, markets []market.Market, channels []market.Channel) (words []string) {
	switch fact {
	case "market":
		for _, m := range markets {
			words = append(words, m.ID)
		}
	case "channel":
		for _, c := range channels {
			words = append(words, c.ID)
		}
	case "locale":
		for _, m := range markets {
			words = append(words, m.Locale)
		}
	}
	return append(words, map[string][]string{
		"device.kind": devices, "device.os": {"ios", "android", "windows", "macos", "linux"},
		"device.browser": {"safari", "chrome", "firefox", "edge", "samsung"}, "time.season": {"spring", "summer", "autumn", "winter"},
		"time.weekday": {"1", "2", "3", "4", "5", "6", "7"}, "visit.source": {"newsletter", "google", "instagram"}, "visit.medium": {"email", "cpc", "social"},
		"customer.consent": {"offers", "reviews", "figures"},
	}[fact]...)
}

func groupName(g int) string        { return "g[" + strconv.Itoa(g) + "]" }
func conditionAt(g, c int) string   { return groupName(g) + ".c[" + strconv.Itoa(c) + "]" }
func (f *form) oneOf(n string) bool { return f.get(n) == "any" }

// minorDigits is how many digits of a sum stand behind the point: as in the
// shop's currencies where they agree, else none, and sums are minor units.
func minorDigits(markets []market.Market) int {
	digits := -1
	for _, m := range markets {
		info, ok := money.Find(m.Currency)
		n := len(strconv.FormatInt(info.MinorPerUnit(), 10)) - 1
		if !ok || digits >= 0 && digits != n {
			return 0
		}
		digits = n
	}
	return max(digits, 0)
}

// readPlain reads the conditions of the form. Rows without a fact are left out.
func (f *form) readPlain(digits int) rule.Plain {
	p := rule.Plain{Any: f.oneOf("join")}
	for g := range maxGroups {
		group := rule.Group{Any: f.oneOf(groupName(g) + ".join")}
		for c := range maxConditions {
			name := conditionAt(g, c)
			if f.has(name + ".fact") {
				group.Conditions = append(group.Conditions, f.condition(name, digits))
			}
		}
		if len(group.Conditions) > 0 || f.values.Has(groupName(g)+".join") {
			p.Groups = append(p.Groups, group)
		}
	}
	return p
}

func (f *form) condition(name string, digits int) rule.Condition {
	c := rule.Condition{Fact: f.get(name + ".fact"), Op: rule.Op(f.get(name + ".op"))}
	kind := factTypes[c.Fact]
	if all := rule.Ops(kind); !slices.Contains(all, c.Op) && len(all) > 0 {
		c.Op = all[0]
	}
	if kind == "bool" {
		return c
	}
	text := f.get(name + ".value")
	switch {
	case text == "":
	case slices.Contains(sums, c.Fact):
		c.Values = []string{minorOf(text, digits)}
	case kind == "double" || kind == "int" && c.Op != rule.Is && c.Op != rule.IsNot:
		c.Values = []string{decimal(text)}
	default:
		c.Values = words(text)
	}
	return c
}

// minorOf writes a sum that people typed in minor units; what is none stays.
func minorOf(text string, digits int) string {
	whole, part, _ := strings.Cut(decimal(text), ".")
	if len(part) > digits {
		return text
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil {
		return text
	}
	return strconv.FormatInt(n, 10)
}

// majorOf is a sum of minor units as people type it.
func majorOf(text string, digits int, l i18n.Locale) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || digits == 0 {
		return text
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	if n%unit == 0 {
		return strconv.FormatInt(n/unit, 10)
	}
	part := strconv.FormatInt(n%unit, 10)
	return strconv.FormatInt(n/unit, 10) + decimalPoint(l) + strings.Repeat("0", digits-len(part)) + part
}

// fillPlain writes conditions into the form.
func (f *form) fillPlain(p rule.Plain, digits int) {
	for name := range f.values {
		if strings.HasPrefix(name, "g[") {
			delete(f.values, name)
		}
	}
	f.set("join", joinWord(p.Any))
	for g, group := range p.Groups {
		f.set(groupName(g)+".join", joinWord(group.Any))
		for i, c := range group.Conditions {
			name := conditionAt(g, i)
			f.set(name+".fact", c.Fact)
			f.set(name+".op", string(c.Op))
			f.set(name+".value", f.valueText(c, digits))
		}
	}
}

func (f *form) valueText(c rule.Condition, digits int) string {
	if slices.Contains(sums, c.Fact) && len(c.Values) == 1 {
		return majorOf(c.Values[0], digits, f.l)
	}
	return strings.Join(c.Values, ", ")
}

func joinWord(one bool) string {
	if one {
		return "any"
	}
	return "all"
}

// changePlain does what a button of the form says to its conditions: add or
// drop one, or a group.
func changePlain(p *rule.Plain, what string) {
	verb, at, _ := strings.Cut(what, ":")
	group, cond, _ := strings.Cut(at, ":")
	g, _ := strconv.Atoi(group)
	c, _ := strconv.Atoi(cond)
	if g < 0 || g >= len(p.Groups) && verb != "add_group" {
		g = 0
	}
	fresh := rule.Condition{Fact: "device.kind", Op: rule.Is}
	switch {
	case verb == "add_group" && len(p.Groups) < maxGroups, verb == "add" && len(p.Groups) == 0:
		p.Groups = append(p.Groups, rule.Group{Any: len(p.Groups) > 0, Conditions: []rule.Condition{fresh}})
	case verb == "add" && len(p.Groups[g].Conditions) < maxConditions:
		p.Groups[g].Conditions = append(p.Groups[g].Conditions, fresh)
	case verb == "drop" && len(p.Groups) > 0 && c >= 0 && c < len(p.Groups[g].Conditions):
		p.Groups[g].Conditions = slices.Delete(p.Groups[g].Conditions, c, c+1)
		if len(p.Groups[g].Conditions) == 0 {
			p.Groups = slices.Delete(p.Groups, g, g+1)
		}
	}
}

// trigger reads the trigger of the form, and has the form show both of its
// sides alike. What cannot be understood is blamed where it was typed.
func (f *form) trigger(digits int, do string) (source string, plain rule.Plain, sayable bool) {
	if f.get("trigger") != f.get("trigger_was") {
		source = f.get("trigger")
		plain, sayable = visitor.Plain(source)
		f.fillPlain(plain, digits)
		return source, plain, sayable
	}
	if f.has("unsayable") {
		return f.get("trigger"), plain, false
	}
	plain = f.readPlain(digits)
	adding := strings.HasPrefix(do, "add:") || do == "add_group" || strings.HasPrefix(do, "drop:")
	if adding {
		changePlain(&plain, do)
		f.fillPlain(plain, digits)
	}
	source, err := visitor.Write(plain)
	if err != nil {
		if !adding {
			f.blamePlain(plain, err)
		}
		return f.get("trigger"), plain, true
	}
	f.set("trigger", source)
	return source, plain, true
}

// blamePlain says at the first condition with that fact what is wrong with it.
func (f *form) blamePlain(p rule.Plain, err error) {
	e := rule.AsError(err)
	for g, group := range p.Groups {
		for i, c := range group.Conditions {
			if e == nil || c.Fact != e.Fact {
				continue
			}
			if _, err := visitor.Write(rule.Plain{Groups: []rule.Group{{Conditions: []rule.Condition{c}}}}); err != nil {
				name := conditionAt(g, i) + ".value"
				f.label(name, f.l.T("admin.fact."+c.Fact))
				f.blame(name, "admin.problem.condition")
				return
			}
		}
	}
	f.wrong("trigger", err.Error())
}

// factOptions are the facts of a group, and opOptions how one is compared.
func (v *visit) factOptions(facts []string) []ui.Option {
	all := make([]ui.Option, len(facts))
	for i, name := range facts {
		all[i] = ui.Option{Value: name, Label: v.T("admin.fact." + name)}
	}
	return all
}

func (v *visit) opOptions(fact string) (all []ui.Option) {
	kind := factTypes[fact]
	for _, op := range rule.Ops(kind) {
		all = append(all, ui.Option{Value: string(op), Label: v.opWord(kind, op)})
	}
	return all
}

// opWord is a comparison in words; "is" of numbers is another word than of texts.
func (v *visit) opWord(kind string, op rule.Op) string {
	if kind == "int" && (op == rule.Is || op == rule.IsNot) {
		return v.T("admin.op.number_" + string(op))
	}
	return v.T("admin.op." + string(op))
}

// sentence is a plain rule in words; "" for everyone.
func (v *visit) sentence(p rule.Plain, digits int) string {
	var groups []string
	for _, g := range p.Groups {
		var all []string
		for _, c := range g.Conditions {
			all = append(all, v.clause(c, digits))
		}
		text := strings.Join(all, " "+v.T("admin.join."+joinWord(g.Any))+" ")
		if len(all) > 1 && len(p.Groups) > 1 {
			text = "(" + text + ")"
		}
		groups = append(groups, text)
	}
	return strings.Join(groups, " "+v.T("admin.join."+joinWord(p.Any))+" ")
}

func (v *visit) clause(c rule.Condition, digits int) string {
	text := v.T("admin.fact."+c.Fact) + " " + v.opWord(factTypes[c.Fact], c.Op)
	var values []string
	for _, value := range c.Values {
		if slices.Contains(sums, c.Fact) {
			value = majorOf(value, digits, v.Locale)
		}
		if value == "" {
			value = v.T("admin.fact_empty")
		}
		values = append(values, value)
	}
	if len(values) == 0 {
		return text
	}
	return text + " " + strings.Join(values, " "+v.T("admin.join.any")+" ")
}

// forWhom says in words, as far as there are any, whom a trigger takes.
func (v *visit) forWhom(trigger string, digits int) (text string, said bool) {
	if trigger == "" {
		return v.T("admin.flow.for_everyone"), true
	}
	if p, ok := visitor.Plain(trigger); ok {
		return v.sentence(p, digits), true
	}
	return trigger, false
}

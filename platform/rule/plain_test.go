package rule_test

import (
	"reflect"
	"strings"
	"testing"

	"korzo/platform/rule"

	"pgregory.net/rapid"
)

func TestARuleAsPeopleSayIt(t *testing.T) {
	type conditions = []rule.Condition
	one := func(any bool, all ...rule.Condition) rule.Plain { return rule.Plain{Groups: []rule.Group{{any, all}}} }
	german := rule.Condition{Fact: "market", Op: rule.Is, Values: []string{"DE"}}
	large := rule.Condition{Fact: "cart.total", Op: rule.AtLeast, Values: []string{"5000"}}
	known := rule.Condition{Fact: "customer.known", Op: rule.Yes}
	for _, c := range []struct {
		name, source, written string
		want                  rule.Plain
	}{
		{"everyone", "", "", rule.Plain{}},
		{"one condition", `market == "DE"`, "", one(false, german)},
		{"turned round", `5000 <= cart.total`, `cart.total >= 5000`, one(false, large)},
		{"all of them", `market == "DE" && cart.total >= 5000 && customer.known`, "", one(false, german, large, known)},
		{"one of them", `market == "DE" || cart.total >= 5000`, "", one(true, german, large)},
		{"one of several values", `market in ["DE", "AT"]`, "", one(false, rule.Condition{Fact: "market", Op: rule.Is, Values: []string{"DE", "AT"}})},
		{"none of several values", `!(market in ["DE", "AT"])`, "", one(false, rule.Condition{Fact: "market", Op: rule.IsNot, Values: []string{"DE", "AT"}})},
		{"a list that includes", `"vip" in customer.tags`, "", one(false, rule.Condition{Fact: "customer.tags", Op: rule.Includes, Values: []string{"vip"}})},
		{"a list that includes one of", `("vip" in customer.tags || "new" in customer.tags)`, "", one(false, rule.Condition{Fact: "customer.tags", Op: rule.Includes, Values: []string{"vip", "new"}})},
		{"a list without", `!("vip" in customer.tags)`, "", one(false, rule.Condition{Fact: "customer.tags", Op: rule.Excludes, Values: []string{"vip"}})},
		{"groups of which one is enough", `(market == "DE" && cart.total >= 5000) || customer.known`, `customer.known || (market == "DE" && cart.total >= 5000)`,
			rule.Plain{Any: true, Groups: []rule.Group{{true, conditions{known}}, {false, conditions{german, large}}}}},
		{"groups of which all must hold", `market == "DE" && (cart.total >= 5000 || customer.known)`, "",
			rule.Plain{Groups: []rule.Group{{false, conditions{german}}, {true, conditions{large, known}}}}},
		{"decimals", `cart.weight < 31.5`, "", one(false, rule.Condition{Fact: "cart.weight", Op: rule.LessThan, Values: []string{"31.5"}})},
		{"not known", `!customer.known`, "", one(false, rule.Condition{Fact: "customer.known", Op: rule.No})},
		{"a beginning", `market.startsWith("D")`, "", one(false, rule.Condition{Fact: "market", Op: rule.Begins, Values: []string{"D"}})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := space(t).Plain(c.source)
			if !ok || !reflect.DeepEqual(got, c.want) {
				t.Fatalf("%v %+v, want %+v", ok, got, c.want)
			}
			if c.written == "" {
				c.written = c.source
			}
			if text, err := space(t).Write(got); err != nil || text != c.written {
				t.Errorf("written %s, %v", text, err)
			}
		})
	}
}

func TestARuleThatPeopleCannotSayPlainlyStaysAsItIs(t *testing.T) {
	for _, source := range []string{`cart.total * 2 > 5000`, `market == device`, `cart.total > 5000.5`, `market.lower() == "de"`, `market == "DE" && (cart.total > 1 || (device == "phone" && customer.known))`, `market ==`} {
		if p, ok := space(t).Plain(source); ok {
			t.Errorf("%s is said to be %+v", source, p)
		}
	}
}

func TestAConditionWithAWrongValueIsRefusedByItsFact(t *testing.T) {
	for _, c := range []struct {
		name      string
		condition rule.Condition
		want      string
	}{
		{"a word for a number", rule.Condition{Fact: "cart.total", Op: rule.AtLeast, Values: []string{"much"}}, "no whole number"},
		{"no value", rule.Condition{Fact: "market", Op: rule.Is}, "say what"},
		{"no such fact", rule.Condition{Fact: "market.size", Op: rule.Is, Values: []string{"x"}}, "no fact"},
		{"a comparison of another kind", rule.Condition{Fact: "market", Op: rule.AtLeast, Values: []string{"x"}}, "cannot be compared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := space(t).Write(rule.Plain{Groups: []rule.Group{{Conditions: []rule.Condition{c.condition}}}})
			if e := rule.AsError(err); e == nil || e.Fact != c.condition.Fact || !strings.Contains(e.Message, c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What is written from a plain rule can be read as one again, and decides the
// same.
func TestPlainRulesReadAsTheyAreWritten(t *testing.T) {
	s := space(t)
	condition := rapid.Custom(func(r *rapid.T) rule.Condition {
		f := rapid.SampledFrom(facts[:7]).Draw(r, "fact")
		c := rule.Condition{Fact: f.Name, Op: rapid.SampledFrom(rule.Ops(f.Type)).Draw(r, "op")}
		switch f.Type {
		case "int", "double":
			c.Values = []string{rapid.SampledFrom([]string{"0", "3", "-2"}).Draw(r, "number")}
		case "string", "list<string>":
			c.Values = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", `b"\`, "ö", ""}), 1, 3, rapid.ID).Draw(r, "values")
		}
		return c
	})
	group := rapid.Custom(func(r *rapid.T) rule.Group {
		return rule.Group{Any: rapid.Bool().Draw(r, "any"), Conditions: rapid.SliceOfN(condition, 1, 3).Draw(r, "conditions")}
	})
	rapid.Check(t, func(r *rapid.T) {
		p := rule.Plain{Any: rapid.Bool().Draw(r, "any"), Groups: rapid.SliceOfN(group, 0, 3).Draw(r, "groups")}
		source, err := s.Write(p)
		if err != nil {
			r.Fatal(err)
		}
		again, ok := s.Plain(source)
		if !ok {
			r.Fatalf("%s cannot be read", source)
		}
		rewritten, err := s.Write(again)
		if err != nil {
			r.Fatal(err)
		}
		if source == "" {
			return
		}
		facts := map[string]any{"market": rapid.SampledFrom([]string{"a", "ö", ""}).Draw(r, "market"), "cart.total": rapid.Int64Range(-3, 4).Draw(r, "total"),
			"customer.known": rapid.Bool().Draw(r, "known"), "customer.tags": []string{"a", `b"\`}[:rapid.IntRange(0, 2).Draw(r, "tags")]}
		first, err1 := compile(t, source).True(facts)
		second, err2 := compile(t, rewritten).True(facts)
		if first != second || err1 != nil || err2 != nil {
			r.Fatalf("%s is %v, %s is %v: %v %v", source, first, rewritten, second, err1, err2)
		}
	})
}

package rule_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/fault"
	"korzo/platform/rule"

	"pgregory.net/rapid"
)

var facts = []rule.Fact{
	{Name: "market", Type: "string", Doc: "The market's code", Example: `market == "DE"`},
	{Name: "device", Type: "string", Doc: "phone, tablet or desktop", Example: `device == "phone"`},
	{Name: "cart.total", Type: "int", Doc: "The total in minor units", Example: `cart.total > 5000`},
	{Name: "cart.weight", Type: "double", Doc: "Kilograms", Example: `cart.weight < 31.5`},
	{Name: "customer.known", Type: "bool", Doc: "Signed in", Example: `customer.known`},
	{Name: "customer.orders", Type: "int", Doc: "Orders placed before", Example: `customer.orders == 0`},
	{Name: "customer.tags", Type: "list<string>", Doc: "Labels", Example: `"vip" in customer.tags`},
	{Name: "now", Type: "timestamp", Doc: "The time", Example: `now > timestamp("2030-01-01T00:00:00Z")`},
	{Name: "customer.last_order", Type: "timestamp", Doc: "Time of the last order"},
}

func space(t testing.TB) *rule.Space {
	t.Helper()
	s, err := rule.NewSpace(facts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compile(t testing.TB, source string) *rule.Program {
	t.Helper()
	p, err := space(t).Compile(source)
	if err != nil {
		t.Fatalf("compile %s: %v", source, err)
	}
	return p
}

func TestTrue(t *testing.T) {
	type given = map[string]any
	type market string
	noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, source string
		facts        given
		want         bool
	}{
		{"a German cart over 50 euros", `market == "DE" && cart.total > 5000`, given{"market": "DE", "cart.total": 5001}, true},
		{"exactly 50 euros is not over", `market == "DE" && cart.total > 5000`, given{"market": "DE", "cart.total": int64(5000)}, false},
		{"a named string is a text", `market == "DE"`, given{"market": market("DE")}, true},
		{"a whole number meets a fraction", `cart.total > 5000.5`, given{"cart.total": 5001}, true},
		{"a weight may be given as an int", `cart.weight < 31.5`, given{"cart.weight": 31}, true},
		{"a tag is found", `"vip" in customer.tags`, given{"customer.tags": []string{"new", "vip"}}, true},
		{"a market is one of several", `market in ["DE", "AT"]`, given{"market": "AT"}, true},
		{"case is folded on demand", `market.lower() == "ärger"`, given{"market": "ÄRGER"}, true},
		{"a pattern", `market.matches("^D")`, given{"market": "DE"}, true},
		{"an evening in Berlin", `now.getHours("Europe/Berlin") == 13`, given{"now": noon}, true},
		{"times subtract", `now - customer.last_order > duration("24h")`, given{"now": noon, "customer.last_order": noon.Add(-25 * time.Hour)}, true},
		{"who never ordered, ordered in 1970", `now - customer.last_order > duration("24h")`, given{"now": noon}, true},
		{"the zero time is an unknown time", `customer.last_order == timestamp("1970-01-01T00:00:00Z")`, given{"customer.last_order": time.Time{}}, true},
		{"missing facts are zero", `market == "" && cart.total == 0 && !customer.known && size(customer.tags) == 0 && cart.weight == 0.0`, nil, true},
		{"a nil fact is missing", `market == ""`, given{"market": nil}, true},
		{"false wins over a division by zero", `cart.total / customer.orders > 5 && market == "DE"`, given{"market": "AT"}, false},
		{"a list of any", `"vip" in customer.tags`, given{"customer.tags": []any{"vip"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := compile(t, c.source).True(c.facts)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestTrueFails(t *testing.T) {
	for _, c := range []struct {
		name, source string
		facts        map[string]any
	}{
		{"dividing by zero", `cart.total / customer.orders > 5`, nil},
		{"overflowing", `cart.total + 1 > 0`, map[string]any{"cart.total": int64(1<<63 - 1)}},
		{"on a fact of a wrong type", `cart.total > 5`, map[string]any{"cart.total": "many"}},
		{"on a list of something else", `"a" in customer.tags`, map[string]any{"customer.tags": []any{1}}},
		{"at the cost limit", `"a" in customer.tags`, map[string]any{"customer.tags": slices.Repeat([]string{"b"}, 100_000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.source)
			if got, err := p.True(c.facts); err == nil {
				t.Errorf("got %v and no error", got)
			}
			if ok, failed, err := p.Explain(c.facts); err == nil {
				t.Errorf("Explain: got %v, %q and no error", ok, failed)
			}
		})
	}
}

// Each message is read by a merchant: it is asserted whole.
func TestCompileSaysWhatToChange(t *testing.T) {
	for _, c := range []struct {
		source string
		fact   string
		column int
		want   string
	}{
		{`cart.totl > 5000`, "cart.totl", 1, "there is no fact `cart.totl`; did you mean `cart.total`?"},
		{`market == "DE" && total > 5`, "total", 19, "there is no fact `total`; did you mean `cart.total`?"},
		{`market == DE`, "DE", 11, "there is no fact `DE`; if it is a text, put quotes around it: \"DE\"; facts are market, device, cart.total, cart.weight, customer.known, customer.orders, customer.tags, now, …"},
		{`cart.total == "x"`, "cart.total", 1, "`cart.total` is a number, so compare it with a number: cart.total > 5000"},
		{`"x" < cart.total`, "cart.total", 7, "`cart.total` is a number, so compare it with a number: cart.total > 5000"},
		{`cart.total == 5.5`, "cart.total", 1, "`cart.total` is a whole number, so compare it with a whole number: cart.total > 5000"},
		{`cart.weight == 5`, "cart.weight", 1, "`cart.weight` is a number with decimals, so write it with a point, as in 5.0: cart.weight < 31.5"},
		{`market == 5`, "market", 1, "`market` is a text, so compare it with a text: market == \"DE\""},
		{`customer.known == "yes"`, "customer.known", 1, "`customer.known` is true or false, so write it alone, or with ! before it: customer.known"},
		{`customer.tags == "vip"`, "customer.tags", 1, "`customer.tags` is a list of texts, so ask what is in it: \"vip\" in customer.tags"},
		{`1 in customer.tags`, "customer.tags", 1, "`customer.tags` is a list of texts, so ask what is in it: \"vip\" in customer.tags"},
		{`"D" in market`, "market", 8, `in needs a list after it, such as ["DE", "AT"]; to look inside a text use contains`},
		{`cart.total`, "cart.total", 1, "`cart.total` is a number, so compare it with a number: cart.total > 5000"},
		{`market && customer.known`, "market", 1, "`market` is a text, so compare it with a text: market == \"DE\""},
		{`!market`, "market", 2, "`market` is a text, so compare it with a text: market == \"DE\""},
		{`cart.total + 5`, "", 12, "this is a number, not a condition; compare it with something, as in market == \"DE\""},
		{`cart.total.eur > 5`, "cart.total", 1, "`cart.total` is a number and has no `eur`; use it like this: cart.total > 5000"},
		{`market + cart.total == "x"`, "market", 8, "`+` does not work on a text and a number"},
		{`customer.tags.exists(t, t == "x")`, "", 21, "there is no function `exists`; a rule may use size, contains, startsWith, endsWith, matches, lower, int, double, string, timestamp, duration and the get… functions of a time"},
		{`cart.total.startsWith("5")`, "cart.total", 22, "`startsWith` does not work on a number and a text; use it like this: \"text\".startsWith(\"te\")"},
		{`market.matches(device)`, "", 15, "`matches` needs a pattern of at most 256 characters, written out: \"text\".matches(\"^te\")"},
		{`customer.tags[0] == "x"`, "", 14, `a rule may not use [ ] to pick from a list; ask what is in it: "text" in list`},
		{`{"a": 1} == {}`, "", 1, "a rule may not use { }; compare facts instead"},
		{`market = "DE"`, "", 8, "to compare, write two equals signs: =="},
		{`market == “DE”`, "", 11, `use straight quotes around a text: "DE"`},
		{`market == "DE" AND cart.total > 5`, "", 16, "join conditions with && (and) or || (or), and turn one round with ! (not)"},
		{`market == "DE`, "", 11, "a text is not closed; put a quote at its end"},
		{`(market == "DE"`, "", 16, "a bracket is not closed; put ) where it ends"},
		{`market == "DE" &&`, "", 18, "the rule breaks off here; something must follow"},
		{`  `, "", 0, `the rule is empty; write a condition such as market == "DE", or true to match always`},
		{"market == \"DE\" &&\n  cart.total > \"a\"", "cart.total", 3, "`cart.total` is a number, so compare it with a number: cart.total > 5000"},
	} {
		t.Run(c.source, func(t *testing.T) {
			_, err := space(t).Compile(c.source)
			e := rule.AsError(err)
			if e == nil {
				t.Fatalf("got %v", err)
			}
			if e.Message != c.want || e.Fact != c.fact || e.Column != c.column {
				t.Errorf("got %q, fact %q, column %d", e.Message, e.Fact, e.Column)
			}
			if !errors.Is(err, rule.ErrInvalid) || fault.CodeOf(err) != "rule.invalid" || fault.TextOf(err) != err.Error() {
				t.Errorf("not a public rule.invalid: %s %q", fault.CodeOf(err), fault.TextOf(err))
			}
		})
	}
}

func TestCompileRefusesWhatIsTooMuch(t *testing.T) {
	for name, source := range map[string]string{
		"too long":            `market == "` + strings.Repeat("x", rule.MaxSource) + `"`,
		"too dear":            strings.TrimSuffix(strings.Repeat(`"x" in customer.tags||`, 180), "||"),
		"nested too deeply":   strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000),
		"a pattern too long":  `market.matches("` + strings.Repeat("a", 257) + `")`,
		"a pattern too large": `market.matches("((a{100}){100}){100}")`,
		"a broken pattern":    `market.matches("(")`,
		"not text":            "market == \"\xff\"",
	} {
		t.Run(name, func(t *testing.T) {
			p, err := space(t).Compile(source)
			if rule.AsError(err) == nil || p != nil {
				t.Errorf("got a program: %v, %v", p != nil, err)
			}
		})
	}
}

func TestNewSpaceRefuses(t *testing.T) {
	for name, facts := range map[string][]rule.Fact{
		"a name twice":                  {{Name: "a", Type: "int"}, {Name: "a", Type: "int"}},
		"a name that begins another":    {{Name: "cart", Type: "int"}, {Name: "cart.total", Type: "int"}},
		"an unknown type":               {{Name: "a", Type: "money"}},
		"a name with capitals":          {{Name: "Cart", Type: "int"}},
		"a word of the language":        {{Name: "in", Type: "bool"}},
		"an example that is no rule":    {{Name: "a", Type: "int", Example: "5000"}},
		"an example of an unknown fact": {{Name: "a", Type: "int", Example: "b > 5"}},
	} {
		if _, err := rule.NewSpace(facts); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestEqualities(t *testing.T) {
	for source, want := range map[string][]rule.Equality{
		`market == "DE" && cart.total > 5000`:             {{"market", []any{"DE"}}},
		`"DE" == market`:                                  {{"market", []any{"DE"}}},
		`market in ["DE", "AT"] && customer.orders == -1`: {{"market", []any{"DE", "AT"}}, {"customer.orders", []any{int64(-1)}}},
		`customer.known && !(customer.known)`:             {{"customer.known", []any{true}}, {"customer.known", []any{false}}},
		`(market == "DE" && (device == "phone" && cart.weight == 1.5))`: {
			{"market", []any{"DE"}}, {"device", []any{"phone"}}, {"cart.weight", []any{1.5}}},
		`market == "DE" || device == "phone"`:           nil,
		`!(market == "DE")`:                             nil,
		`market == device`:                              nil,
		`market in [device, "DE"]`:                      nil,
		`(market == "DE" ? customer.known : true)`:      nil,
		`market != "DE" && (device == "phone" || true)`: nil,
	} {
		if got := compile(t, source).Equalities(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", source, got, want)
		}
	}
}

func TestExplainNamesTheFirstFalseCondition(t *testing.T) {
	given := map[string]any{"market": "DE", "cart.total": 100}
	for source, want := range map[string]string{
		`market == "DE" && cart.total   > 5000 && device == "phone"`: `cart.total   > 5000`,
		`market == "DE" && (cart.total > 5000 && customer.known)`:    `cart.total > 5000`,
		`(market == "A&&B" || market == "D") && customer.known`:      `(market == "A&&B" || market == "D")`,
		`market == "DE" // only Germany` + "\n && customer.known":    `customer.known`,
		`device == "é" && true`:                                      `device == "é"`,
		`market == "é" ? true : false`:                               `market == "é" ? true : false`,
		`cart.total / customer.orders > 1 && customer.known`:         `customer.known`,
		`market == "DE"`: "",
	} {
		ok, failed, err := compile(t, source).Explain(given)
		if err != nil || failed != want || ok != (want == "") {
			t.Errorf("%s: got %v, %q, %v; want %q", source, ok, failed, err, want)
		}
	}
}

// Explain agrees with True; the condition it names is false by itself and all
// before it are not; what is true fulfils every Equality.
func TestExplainAgreesWithTrue(t *testing.T) {
	s := space(t)
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for range rapid.IntRange(1, 4).Draw(t, "conditions") {
			parts = append(parts, condition(t, 2))
		}
		source := strings.Join(parts, " && ")
		p, err := s.Compile(source)
		if err != nil {
			t.Fatalf("compile %s: %v", source, err)
		}
		given := someFacts(t)
		truth, err := p.True(given)
		ok, failed, explainErr := p.Explain(given)
		if ok != truth || (err == nil) != (explainErr == nil) {
			t.Fatalf("True says %v, %v; Explain says %v, %v", truth, err, ok, explainErr)
		}
		if truth {
			for _, eq := range p.Equalities() {
				if !slices.Contains(eq.Values, zeroed(given, eq.Fact)) {
					t.Fatalf("%s is true, but %s is %v", source, eq.Fact, given[eq.Fact])
				}
			}
		}
		if err != nil || truth {
			return
		}
		part, err := s.Compile(failed)
		if err != nil {
			t.Fatalf("%q is no rule: %v", failed, err)
		}
		if holds, err := part.True(given); holds || err != nil {
			t.Fatalf("%q is said to have failed, but is %v, %v", failed, holds, err)
		}
		for _, before := range parts[:max(0, slices.Index(parts, failed))] {
			if strings.Contains(before, failed) { // joins the same condition with others: that one is named
				break
			}
			if p, err := s.Compile(before); err == nil {
				if holds, err := p.True(given); !holds && err == nil {
					t.Fatalf("%q fails before %q", before, failed)
				}
			}
		}
	})
}

// True says what CEL says, of right and of wrong facts alike, whether it asks
// CEL or not.
func TestWhatIsDecidedQuicklyIsWhatCELDecides(t *testing.T) {
	s := space(t)
	quick := 0
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for range rapid.IntRange(1, 4).Draw(t, "conditions") {
			parts = append(parts, rapid.OneOf(rapid.Custom(func(t *rapid.T) string { return condition(t, 2) }), rapid.Custom(plain)).Draw(t, "condition"))
		}
		source := strings.Join(parts, " && ")
		p, err := s.Compile(source)
		if err != nil {
			t.Skip("a whole number beside a fraction")
		}
		given := someFacts(t)
		if rapid.IntRange(0, 5).Draw(t, "wrong") == 0 {
			given[rapid.SampledFrom([]string{"market", "cart.total", "customer.known", "customer.tags"}).Draw(t, "spoiled")] = rapid.SampledFrom([]any{nil, 7.5, "5000", int64(1), true, 3}).Draw(t, "value")
		}
		truth, failed := p.True(given)
		want, wantFailed, isQuick := rule.ByCEL(p, given)
		if truth != want || (failed == nil) != (wantFailed == nil) {
			t.Fatalf("%s of %v is %v (%v), and by CEL %v (%v)", source, given, truth, failed, want, wantFailed)
		}
		if isQuick {
			quick++
		}
	})
	if quick == 0 {
		t.Error("nothing was decided quickly")
	}
}

// plain draws a condition of the forms that editors write.
func plain(t *rapid.T) string {
	text := rapid.SampledFrom([]string{`"DE"`, `"D"`, `""`, `"phone"`}).Draw(t, "text")
	op := rapid.SampledFrom([]string{"<", "<=", "==", "!=", ">", ">="}).Draw(t, "op")
	return rapid.SampledFrom([]string{
		"market " + op + " " + text, text + " " + op + " market", "5000 " + op + " cart.total", "cart.total < 4.5", "cart.total in [0, 5000]",
		"market in []", "market.endsWith(" + text + ")", "market.contains(" + text + ")", `"DE".startsWith(market)`, "customer.known == false", "true != customer.known",
		"!(market in [" + text + "])", "(customer.known || cart.total > 1)", "market == device", "market.size() > 1",
	}).Draw(t, "plain")
}

// condition draws a rule that is true or false.
func condition(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 {
		kind %= 7
	}
	text := rapid.SampledFrom([]string{`"DE"`, `"AT"`, `"phone"`, `""`, `"a && b"`, `"ß\"("`}).Draw(t, "text")
	number := rapid.SampledFrom([]string{"0", "1", "-5", "5000"}).Draw(t, "number")
	switch kind {
	case 0:
		return "market == " + text
	case 1:
		return "device in [" + text + `, "phone"]`
	case 2:
		return "cart.total " + rapid.SampledFrom([]string{"<", "<=", "==", "!=", ">", ">="}).Draw(t, "op") + " " + number
	case 3:
		return rapid.SampledFrom([]string{"", "!"}).Draw(t, "not") + "customer.known"
	case 4:
		return text + " in customer.tags"
	case 5:
		return "cart.total / customer.orders > " + number
	case 6:
		return "market.startsWith(" + text + ")"
	case 7:
		return "!(" + condition(t, depth-1) + ")"
	case 8:
		return "(" + condition(t, depth-1) + " || " + condition(t, depth-1) + ")"
	}
	return "(" + condition(t, depth-1) + " && " + condition(t, depth-1) + ")"
}

func someFacts(t *rapid.T) map[string]any {
	given := map[string]any{}
	put := func(name string, v any) {
		if rapid.Bool().Draw(t, name+" given") {
			given[name] = v
		}
	}
	texts := rapid.SampledFrom([]string{"DE", "AT", "phone", "", "a && b", `ß"(`})
	numbers := rapid.SampledFrom([]int64{0, 1, -5, 5000, 5001})
	put("market", texts.Draw(t, "market"))
	put("device", texts.Draw(t, "device"))
	put("cart.total", numbers.Draw(t, "total"))
	put("customer.orders", numbers.Draw(t, "orders"))
	put("customer.known", rapid.Bool().Draw(t, "known"))
	put("customer.tags", rapid.SliceOfN(texts, 0, 3).Draw(t, "tags"))
	return given
}

func zeroed(given map[string]any, fact string) any {
	if v, ok := given[fact]; ok {
		return v
	}
	switch fact {
	case "customer.known":
		return false
	case "cart.total", "customer.orders":
		return int64(0)
	}
	return ""
}

// Whatever is typed, Compile returns a program or a message, and a program
// runs on no facts at all without a panic.
func FuzzCompile(f *testing.F) {
	for _, fact := range facts {
		f.Add(fact.Example)
	}
	f.Add(`market == "DE" && (cart.total > 5000 || customer.orders == 0)`)
	f.Add(`{"a": [1, 2.0, b"x", null]}[market] ? -cart.total : !true`)
	f.Add(`.market.size() in [1] && type(market) == string && has(market.x)`)
	s := space(f)
	f.Fuzz(func(t *testing.T, source string) {
		p, err := s.Compile(source)
		if err != nil {
			if e := rule.AsError(err); e == nil || e.Message == "" {
				t.Fatalf("%q: %v has no message", source, err)
			}
			return
		}
		truth, err := p.True(nil)
		if ok, _, explainErr := p.Explain(nil); ok != truth || (err == nil) != (explainErr == nil) {
			t.Fatalf("%q: True says %v, %v; Explain says %v, %v", source, truth, err, ok, explainErr)
		}
	})
}

func BenchmarkTrue(b *testing.B) {
	p := compile(b, `market == "DE" && cart.total > 5000`)
	given := map[string]any{"market": "DE", "cart.total": int64(9000)}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := p.True(given); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func ExampleSpace_Compile() {
	s, _ := rule.NewSpace([]rule.Fact{{Name: "cart.total", Type: "int", Doc: "Total in cents", Example: "cart.total > 5000"}})
	_, err := s.Compile("cart.totl > 5000")
	fmt.Println(err)
	// Output: line 1, column 1: there is no fact `cart.totl`; did you mean `cart.total`?
}

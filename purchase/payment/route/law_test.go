package route_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/route"
	"korzo/value/money"

	"pgregory.net/rapid"
)

var errUndo = errors.New("undo")

// conditions a generated rule may have, and values that make them true or not.
var conditions = []string{"", `amount > 1000`, `currency == "EUR"`, `market in ["DE", "SE"]`, `card.country == "US" && amount < 9000`,
	`customer.known`, `!customer.known && kind == "card"`, `100 / (amount - 500) > 0`, `card.brand.startsWith("v") || market == "HU"`}

func anyRule(rt *rapid.T) route.Rule {
	names := rapid.Permutation([]string{"a", "b", "c", "bank"}).Draw(rt, "names")[:rapid.IntRange(1, 4).Draw(rt, "count")]
	v := route.Rule{Name: "r", Priority: rapid.Int64Range(0, 3).Draw(rt, "priority"), Condition: rapid.SampledFrom(conditions).Draw(rt, "condition")}
	v.Outcome.Only = rapid.Bool().Draw(rt, "only")
	if rapid.Bool().Draw(rt, "split") {
		for i, name := range names {
			share := int64(100 / len(names))
			if i == 0 {
				share += int64(100 % len(names))
			}
			v.Outcome.Split = append(v.Outcome.Split, route.Share{Gateway: name, Percent: share})
		}
		return v
	}
	v.Outcome.Order, v.Outcome.ByRate = names, rapid.Bool().Draw(rt, "rate")
	return v
}

func anyFacts(rt *rapid.T) route.Facts {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, label) }
	return route.Facts{
		Payment: "pay_" + rapid.StringMatching(`[a-z0-9]{8}`).Draw(rt, "payment"),
		Amount:  rapid.SampledFrom([]int64{1, 500, 1001, 8999, 9000}).Draw(rt, "amount"), Currency: money.Currency(pick("currency", "EUR", "SEK")),
		Market: pick("market", "DE", "SE", "HU"), Method: "card", Kind: pick("kind", "card", "wallet", "transfer"),
		CardCountry: pick("country", "", "US"), CardBrand: pick("brand", "", "visa"), CustomerKnown: rapid.Bool().Draw(rt, "known"),
	}
}

// seenBy tells routers of the same calls.
func seenBy(rt *rapid.T, f route.Facts, routers ...*route.Router) {
	for _, name := range []string{"a", "b", "c", "bank"} {
		bad := rapid.IntRange(0, 8).Draw(rt, "errors at "+name)
		good := rapid.IntRange(0, 8).Draw(rt, "approvals at "+name)
		for _, r := range routers {
			for range good {
				r.Observe(dbtest.Noon, f, name, route.SeenApproved)
			}
			for range bad {
				r.Observe(dbtest.Noon, f, name, route.SeenError)
			}
		}
	}
}

// Explanation is evaluation; two nodes that saw the same decide the same; what
// is down is never first while another that can take the payment is up; and
// nobody is in the order who cannot take it, or twice.
func TestDecisionLaws(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			here, there := newRouter(), newRouter()
			f := anyFacts(rt)
			seenBy(rt, f, here, there)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				for range rapid.IntRange(0, 5).Draw(rt, "rules") {
					v, err := here.Save(t.Context(), tx, anyRule(rt))
					if err == nil {
						err = here.Publish(t.Context(), tx, v.ID, v.Version)
					}
					if err != nil {
						return err
					}
				}
				why, noWhy := here.Explain(t.Context(), tx, f)
				mine, noMine := here.Decide(t.Context(), tx, f)
				theirs, noTheirs := there.Decide(t.Context(), tx, f)
				if (noMine == nil) != (noWhy == nil) || (noMine == nil) != (noTheirs == nil) {
					rt.Fatalf("decided %v, explained %v, elsewhere %v", noMine, noWhy, noTheirs)
				}
				if !reflect.DeepEqual(mine, theirs) {
					rt.Fatalf("two nodes disagree: %+v and %+v", mine, theirs)
				}
				if why.Rule != mine.Rule || !slices.Equal(why.Order, mine.Order) || !explains(why, mine) {
					rt.Fatalf("explained %+v, decided %+v", why, mine)
				}
				lawful(rt, here, f, mine)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				rt.Fatal(err)
			}
		})
	})
}

// explains reports whether exactly the rule that decided is called taken, and
// every step of the decision stands in the explanation.
func explains(why, d route.Decision) bool {
	taken := 0
	for _, s := range why.Why {
		if s.Kind == "rule" && s.Taken {
			taken++
			if d.Rule != "" && s.Name != string(d.Rule) {
				return false
			}
		}
	}
	for _, s := range d.Why {
		if !slices.Contains(why.Why, s) {
			return false
		}
	}
	return taken == 1
}

func lawful(rt *rapid.T, r *route.Router, f route.Facts, d route.Decision) {
	for i, name := range d.Order {
		g := gateways[slices.IndexFunc(gateways, func(g route.Gateway) bool { return g.Name == name })]
		if !slices.Contains(g.Kinds, f.Kind) || len(g.Currencies) > 0 && !slices.Contains(g.Currencies, f.Currency) {
			rt.Fatalf("%s cannot take %+v", name, f)
		}
		if slices.Contains(d.Order[:i], name) {
			rt.Fatalf("%s stands twice in %v", name, d.Order)
		}
	}
	isDown := func(name string) bool {
		return slices.ContainsFunc(r.Breakers(dbtest.Noon), func(b route.Breaker) bool { return b.Gateway == name && b.State == "open" })
	}
	if len(d.Order) > 0 && isDown(d.Order[0]) && slices.ContainsFunc(d.Order, func(name string) bool { return !isDown(name) }) {
		rt.Fatalf("%s is down and first of %v", d.Order[0], d.Order)
	}
}

// Every payment keeps its gateway for ever, and the shares are as written; when
// one gateway is down its payments go to the others by their shares, and nobody
// else's payment moves.
func TestSplit(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		publish(t, d, r, route.Rule{Name: "ramp", Outcome: route.Outcome{Split: []route.Share{{"a", 60}, {"b", 30}, {"c", 10}}}})
		const n = 8_000
		count := func(r *route.Router) (homes []string, counts map[string]int) {
			counts = map[string]int{}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				for i := range n {
					got, err := r.Decide(t.Context(), tx, with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) }))
					if err != nil {
						return err
					}
					homes = append(homes, got.Order[0])
					counts[got.Order[0]]++
				}
				return nil
			})
			return homes, counts
		}
		near := func(got int, share float64) bool { // the rule's id is drawn anew in each run: within 5 deviations, not 3
			return math.Abs(float64(got)-n*share) < 5*math.Sqrt(n*share*(1-share))
		}
		homes, counts := count(r)
		if !near(counts["a"], .6) || !near(counts["b"], .3) || !near(counts["c"], .1) {
			t.Errorf("%v of %d, want 60, 30 and 10 percent", counts, n)
		}
		if again, _ := count(newRouter()); !slices.Equal(homes, again) {
			t.Error("a payment changed its gateway on another node")
		}
		for range 5 {
			r.Observe(dbtest.Noon, card, "a", route.SeenSilence)
		}
		moved, counts := count(r)
		if counts["a"] != 0 || !near(counts["b"], .75) || !near(counts["c"], .25) {
			t.Errorf("%v of %d without a, want 0, 75 and 25 percent", counts, n)
		}
		for i := range homes {
			if homes[i] != "a" && homes[i] != moved[i] {
				t.Fatalf("payment %d moved from %s to %s though only a is down", i, homes[i], moved[i])
			}
		}
	})
}

func TestNodesSeeTheSameRulesAtOnce(t *testing.T) {
	if os.Getenv("KORZO_TEST_POSTGRES") == "" {
		t.Log("one node only: KORZO_TEST_POSTGRES is not set")
		return
	}
	url := dbtest.PostgresURL(t, schemas)
	here, there := dbtest.Open(t, url), dbtest.Open(t, url)
	mine, theirs := newRouter(), newRouter()
	decide(t, there, theirs, card)
	publish(t, here, mine, route.Rule{Name: "to c", Outcome: route.Outcome{Split: []route.Share{{"b", 50}, {"c", 50}}}})
	for i := range 100 {
		f := with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) })
		if a, b := decide(t, here, mine, f), decide(t, there, theirs, f); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v here, %+v there", a, b)
		}
	}
}

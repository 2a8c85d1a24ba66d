// Package conditiontest holds every condition to the promises of its seam.
//
// A condition's own test calls Exercise with how to make it and settings that are
// right. The suite draws visits, from nobody with nothing to the limits, and fails
// on an answer that is not the same twice, is no stable reason, or depends on the
// order of the lines.
package conditiontest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// Suite is what Exercise needs to know of a condition.
type Suite struct {
	New      func(settings json.RawMessage) (basket.Condition, error)
	Settings []string          // right ones
	Wrong    map[string]string // settings that are refused, by what is wrong with them
}

var reason = regexp.MustCompile(`^[a-z_]*$`)

// Exercise runs the suite.
func Exercise(t *testing.T, s Suite) {
	t.Helper()
	for _, settings := range s.Settings {
		t.Run(settings, func(t *testing.T) {
			c, err := s.New(json.RawMessage(settings))
			if err != nil {
				t.Fatalf("the suite's own settings are refused: %v", err)
			}
			rapid.Check(t, func(t *rapid.T) {
				v := visit(t)
				first := c.Unmet(v)
				v.Lines = rapid.Permutation(v.Lines).Draw(t, "order")
				if second := c.Unmet(v); second != first || !reason.MatchString(first) {
					t.Errorf("%+v: %q, then %q with the lines in another order", v, first, second)
				}
			})
			t.Run("nobody with nothing has an answer", func(t *testing.T) {
				if got := c.Unmet(&basket.Visit{}); !reason.MatchString(got) {
					t.Errorf("%q is no reason", got)
				}
			})
			t.Run("many may ask at once", func(t *testing.T) { together(t, c) })
		})
	}
	refused := map[string]string{"none": ``, "no object": `490`, "something after": s.Settings[0] + ` {}`, "a field nobody knows": `{"nobody_knows": 1}`, "nothing": `{}`}
	for _, wrong := range []map[string]string{refused, s.Wrong} {
		for what, settings := range wrong {
			if c, err := s.New(json.RawMessage(settings)); err == nil {
				t.Errorf("%s: %s makes %+v", what, settings, c)
			}
		}
	}
}

func visit(t *rapid.T) *basket.Visit {
	texts := func(name string, of ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, len(of), rapid.ID[string]).Draw(t, name)
	}
	v := &basket.Visit{
		Market:  rapid.SampledFrom([]string{"DE", "HU", "US"}).Draw(t, "market"),
		Channel: rapid.SampledFrom([]string{"", "web", "till"}).Draw(t, "channel"), Currency: rapid.SampledFrom([]money.Currency{"EUR", "HUF", "USD"}).Draw(t, "currency"),
		Now: time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "now"), 0),
	}
	v.Customer = basket.Customer{ID: rapid.SampledFrom([]string{"", "cus_1"}).Draw(t, "customer"), Groups: texts("groups", "grp_1", "grp_2"), Before: rapid.Bool().Draw(t, "before")}
	for i := range rapid.IntRange(0, 5).Draw(t, "lines") {
		l := basket.Line{Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity"), UnitPrice: rapid.Int64Range(0, 10_000).Draw(t, "price")}
		l.Item = basket.Item{Product: fmt.Sprint("prd_", i), Tags: texts("tags", "coffee", "tea"), Categories: texts("categories", "mugs", "cat_1")}
		l.Left = l.Quantity * l.UnitPrice
		v.Total, v.Units = v.Total+l.Left, v.Units+l.Quantity
		v.Lines = append(v.Lines, l)
	}
	return v
}

func together(t *testing.T, c basket.Condition) {
	v := &basket.Visit{Market: "DE", Currency: "EUR", Total: 9000, Units: 3, Lines: []basket.Line{{Quantity: 3, UnitPrice: 3000, Left: 9000, Item: basket.Item{Tags: []string{"coffee"}}}}}
	v.Lines = slices.Clip(v.Lines)
	want := c.Unmet(v)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if got := c.Unmet(v); got != want {
					t.Errorf("asked by many it says %q, alone %q", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}

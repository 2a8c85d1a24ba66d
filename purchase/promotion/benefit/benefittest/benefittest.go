// Package benefittest holds every benefit to the promises of its seam.
//
// A benefit's own test calls Exercise with how to make it and settings that are
// right. The suite draws baskets, from nothing to the limits and in every kind of
// currency, and fails on an effect that is not the same twice, below zero, not
// chargeable, on lines the promotion is not for, or other when the lines that it
// is not for change.
package benefittest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// Suite is what Exercise needs to know of a benefit.
type Suite struct {
	New func(settings json.RawMessage) (basket.Benefit, error)

	// Settings are right ones; amounts in EUR, HUF, JPY and KWD, multiples of
	// their steps.
	Settings []string

	// Wrong are settings that are refused, by what is wrong with them.
	Wrong map[string]string

	// ByOthers: what is taken off may depend on lines the promotion is not for.
	ByOthers bool
}

// Exercise runs the suite.
func Exercise(t *testing.T, s Suite) {
	t.Helper()
	for _, settings := range s.Settings {
		t.Run(settings, func(t *testing.T) {
			b, err := s.New(json.RawMessage(settings))
			if err != nil {
				t.Fatalf("the suite's own settings are refused: %v", err)
			}
			rapid.Check(t, func(t *rapid.T) { lawful(t, b, Goods(t)) })
			if !s.ByOthers {
				rapid.Check(t, func(t *rapid.T) { aloof(t, b, Goods(t)) })
			}
			t.Run("an empty basket loses nothing", func(t *testing.T) {
				e := b.Off(&basket.Goods{Currency: "EUR", Step: 1})
				if e.Shipping != 0 || len(e.Lines) != 0 {
					t.Errorf("off nothing: %+v", e)
				}
			})
			t.Run("many may ask at once", func(t *testing.T) { together(t, b) })
		})
	}
	refused := map[string]string{"none": ``, "null": `nul`, "no object": `490`, "something after": s.Settings[0] + ` {}`, "a field nobody knows": `{"nobody_knows": 1}`}
	for _, wrong := range []map[string]string{refused, s.Wrong} {
		for what, settings := range wrong {
			if b, err := s.New(json.RawMessage(settings)); err == nil {
				t.Errorf("%s: %s makes %+v", what, settings, b)
			}
		}
	}
}

// Goods draws what a benefit may be asked about.
func Goods(t *rapid.T) *basket.Goods {
	g := &basket.Goods{Currency: rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY", "KWD", "USD"}).Draw(t, "currency")}
	info, _ := money.Find(g.Currency)
	g.Step = info.ChargeStep
	amount := func(name string) int64 {
		top := rapid.SampledFrom([]int64{0, 5, 300, 20_000, money.MaxPrice / 1000}).Draw(t, name+" up to")
		return rapid.Int64Range(0, top).Draw(t, name) * g.Step
	}
	tags := []string{"coffee", "tea", "sale"}
	for i := range rapid.IntRange(0, 6).Draw(t, "lines") {
		l := basket.Line{Quantity: rapid.Int64Range(1, 12).Draw(t, "quantity"), UnitPrice: amount("price"), Takes: rapid.Bool().Draw(t, "takes")}
		l.Item = basket.Item{Product: fmt.Sprint("prd_", i), Tags: rapid.SliceOfNDistinct(rapid.SampledFrom(tags), 0, 2, rapid.ID[string]).Draw(t, "tags")}
		gross := l.Quantity * l.UnitPrice
		l.Left = rapid.OneOf(rapid.Just(gross), rapid.Int64Range(0, gross)).Draw(t, "left") / g.Step * g.Step
		g.Lines = append(g.Lines, l)
	}
	g.Shipping = amount("shipping")
	return g
}

func lawful(t *rapid.T, b basket.Benefit, g *basket.Goods) {
	e := b.Off(g)
	if again := b.Off(g); !reflect.DeepEqual(e, again) {
		t.Errorf("off %+v: %+v, then %+v", g, e, again)
	}
	chargeable := func(what string, minor int64) {
		if minor < 0 || minor%g.Step != 0 {
			t.Errorf("%s of %d off %+v cannot be charged", what, minor, g)
		}
	}
	chargeable("an amount", e.Spread)
	chargeable("an amount off the delivery", e.Shipping)
	if e.Lines != nil && len(e.Lines) != len(g.Lines) {
		t.Fatalf("%d amounts for %d lines", len(e.Lines), len(g.Lines))
	}
	for i, minor := range e.Lines {
		chargeable("a line's amount", minor)
		if minor != 0 && !g.Lines[i].Takes {
			t.Errorf("%d off line %d of %+v, for which it is not", minor, i, g)
		}
	}
	if f, ok := b.(basket.Floor); ok {
		for i := range g.Lines {
			chargeable("a floor", f.Floor(&g.Lines[i], g.Currency, g.Step))
		}
	}
}

// aloof: what other lines cost is nothing to it.
func aloof(t *rapid.T, b basket.Benefit, g *basket.Goods) {
	first := b.Off(g)
	for i := range g.Lines {
		if l := &g.Lines[i]; !l.Takes {
			l.UnitPrice += g.Step
			l.Left += l.Quantity * g.Step
		}
	}
	if second := b.Off(g); !reflect.DeepEqual(first, second) {
		t.Errorf("%+v, and %+v when other goods are dearer", first, second)
	}
}

func together(t *testing.T, b basket.Benefit) {
	g := &basket.Goods{Currency: "EUR", Step: 1, Shipping: 490, Lines: []basket.Line{{Quantity: 3, UnitPrice: 1000, Left: 3000, Takes: true}, {Quantity: 9, UnitPrice: 700, Left: 6300}}}
	want := b.Off(g)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if got := b.Off(g); !reflect.DeepEqual(got, want) {
					t.Errorf("asked by many it takes %+v, alone %+v", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}

package promotion_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{remember.Schema, market.Schema, promotion.Schema}

// over is the condition that the goods cost at least so many cents.
func over(minor int64) promotion.Spec {
	return promotion.Spec{Kind: "total", Settings: fmt.Appendf(nil, `{"min":{"EUR":%d}}`, minor)}
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// open writes the markets that the tests sell in.
func open(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH"}); err != nil {
			return err
		}
		for id, c := range map[string]money.Currency{"DE": "EUR", "AT": "EUR", "HU": "HUF"} {
			m := market.Market{ID: id, Name: id, Currency: c, Countries: []string{id}, Country: id, Locale: "de-DE", Zone: "Europe/Berlin", Entity: "ent_one"}
			if err := market.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func create(t *testing.T, d *db.DB, draft promotion.Draft) (p promotion.Promotion) {
	t.Helper()
	if draft.Name == "" {
		draft.Name = "a promotion"
	}
	if draft.Benefit.Kind == "" {
		draft.Benefit = promotion.PercentOff(100_000)
	}
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		p, err = promotion.Create(t.Context(), tx, draft)
		return err
	})
	return p
}

// ask is a cart of one mug at 20.00 in a market.
func ask(tx *db.Tx, market string, codes ...string) promotion.Ask {
	currency := money.Currency("EUR")
	if market == "HU" {
		currency = "HUF"
	}
	return promotion.Ask{Codes: codes, Visit: basket.Visit{Market: market, Channel: "web", Currency: currency, Now: tx.Now, Total: 2000, Units: 1,
		Lines: []basket.Line{{Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_mug", Tags: []string{"mugs"}}}}}}
}

func check(t *testing.T, d *db.DB, market string, codes ...string) (answers []promotion.Code) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		answers, err = promotion.Check(t.Context(), tx, ask(tx, market, codes...))
		return err
	})
	return answers
}

func TestCheckSaysForEveryCodeWhetherItApplies(t *testing.T) {
	before, after := dbtest.Noon.Add(-time.Hour), dbtest.Noon.Add(time.Hour)
	cases := []struct {
		name   string
		draft  promotion.Draft
		ask    string
		reason string
	}{
		{"as written", promotion.Draft{Code: "SPRING"}, "SPRING", ""},
		{"in other capitals", promotion.Draft{Code: "Summer"}, "sUMMER", ""},
		{"with spaces around", promotion.Draft{Code: "AUTUMN"}, "  autumn ", ""},
		{"with an umlaut", promotion.Draft{Code: "ÜBER-Größe"}, "über-GRÖSSE", ""},
		{"in full width", promotion.Draft{Code: "WIDE10"}, "ｗｉｄｅ１０", ""},
		{"typed wrong", promotion.Draft{Code: "WINTER"}, "WINTR", promotion.ReasonUnknown},
		{"a pattern is no code", promotion.Draft{Code: "PATTERN"}, "PATT%", promotion.ReasonUnknown},
		{"no code at all", promotion.Draft{Code: "SOME"}, "", promotion.ReasonUnknown},
		{"bytes that are no text", promotion.Draft{Code: "BYTES"}, "\xff\x00", promotion.ReasonUnknown},
		{"a zero byte", promotion.Draft{Code: "ZERO"}, "ZE\x00RO", promotion.ReasonUnknown},
		{"a draft is not to be known of", promotion.Draft{Code: "SECRET", State: promotion.StateDraft}, "SECRET", promotion.ReasonUnknown},
		{"tomorrow's", promotion.Draft{Code: "LATER", Starts: after}, "later", promotion.ReasonNotStarted},
		{"yesterday's", promotion.Draft{Code: "OVER", Ends: before}, "over", promotion.ReasonEnded},
		{"from now on", promotion.Draft{Code: "NOW", Starts: dbtest.Noon, Ends: after}, "now", ""},
		{"up to now", promotion.Draft{Code: "UPTO", Starts: before, Ends: dbtest.Noon}, "upto", promotion.ReasonEnded},
		{"another market's", promotion.Draft{Code: "ONLYAT", Market: "AT"}, "onlyat", promotion.ReasonWrongMarket},
		{"this market's", promotion.Draft{Code: "ONLYDE", Market: "DE"}, "onlyde", ""},
		{"forints off euros", promotion.Draft{Code: "FORINT", Benefit: promotion.AmountOff(money.Of(100_00, "HUF"))}, "forint", promotion.ReasonWrongCurrency},
		{"euros off euros", promotion.Draft{Code: "EURO", Benefit: promotion.AmountOff(eur(500))}, "euro", ""},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		var asks []string
		made := map[string]promotion.Promotion{}
		for _, c := range cases {
			made[c.ask] = create(t, d, c.draft)
			asks = append(asks, c.ask)
		}
		got := check(t, d, "DE", asks...)
		if len(got) != len(cases) {
			t.Fatalf("%d answers for %d codes: %v", len(got), len(cases), got)
		}
		for i, c := range cases {
			if got[i].Code != c.ask || got[i].Reason != c.reason || got[i].Applied != (c.reason == "") {
				t.Errorf("%s: %+v, want reason %q", c.name, got[i], c.reason)
			}
			p := made[c.ask]
			want := promotion.Discount{}
			if c.reason == "" {
				b, err := benefit.New(p.Benefit.Kind, p.Benefit.Settings)
				if err != nil {
					t.Fatal(err)
				}
				want = promotion.Discount{Promotion: p.ID, Code: p.Code, Name: p.Name, Benefit: b}
			}
			if diff := cmp.Diff(want, got[i].Discount); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	})
}

func TestACodeAskedTwiceAppliesOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		create(t, d, promotion.Draft{Code: "SPRING"})
		got := check(t, d, "DE", "spring", "SPRING", "nothing", "NOTHING")
		for i, want := range []string{"", promotion.ReasonDuplicate, promotion.ReasonUnknown, promotion.ReasonDuplicate} {
			if got[i].Reason != want {
				t.Errorf("code %d: %q, want %q", i, got[i].Reason, want)
			}
		}
	})
}

func TestAutomaticPromotionsApplyWithoutACode(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		a := create(t, d, promotion.Draft{Name: "for all"})
		dbtest.Clock(d).Advance(time.Second)
		b := create(t, d, promotion.Draft{Name: "for Germany", Market: "DE"})
		for _, not := range []promotion.Draft{
			{Name: "for Austria", Market: "AT"},
			{Name: "not yet", Starts: dbtest.Noon.Add(time.Minute)},
			{Name: "no more", Ends: dbtest.Noon.Add(time.Second)},
			{Name: "a draft", State: promotion.StateDraft},
			{Name: "in forints", Benefit: promotion.AmountOff(money.Of(100_00, "HUF"))},
			{Name: "with a code", Code: "CODE"},
		} {
			create(t, d, not)
		}
		used := create(t, d, promotion.Draft{Name: "used up", UsageLimit: 1})
		redeem(t, d, "attempt_1", nil, used.ID)

		got := check(t, d, "DE", "nothing")
		if len(got) != 3 || got[0].Reason != promotion.ReasonUnknown {
			t.Fatalf("got %+v, want the unknown code and two automatic promotions", got)
		}
		for i, want := range []promotion.Promotion{a, b} {
			if c := got[i+1]; c.Code != "" || !c.Applied || c.Discount.Promotion != want.ID {
				t.Errorf("%+v, want %s applied", c, want.Name)
			}
		}
	})
}

func TestCheckTakesTwoStatementsWhateverIsAsked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		create(t, d, promotion.Draft{Code: "A"})
		create(t, d, promotion.Draft{})
		check(t, d, "DE", "a")
		for _, codes := range [][]string{nil, {"a"}, {"a", "b", "c", "d"}} {
			count := dbtest.Count(d)
			check(t, d, "DE", codes...)
			if n := count(); n > 2 {
				t.Errorf("%d codes took %d statements, want 2", len(codes), n)
			}
		}
	})
}

func TestCheckHasABound(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := promotion.Check(t.Context(), tx, ask(tx, "DE", make([]string, promotion.MaxCodes+1)...))
			return err
		})
		if !errors.Is(err, promotion.ErrCodes) {
			t.Errorf("21 codes: %v, want ErrCodes", err)
		}
	})
}

func TestAnInvalidPromotionIsRefusedWithTheFieldNamed(t *testing.T) {
	cases := []struct {
		field string
		draft promotion.Draft
	}{
		{"name", promotion.Draft{Benefit: promotion.PercentOff(1)}},
		{"code", promotion.Draft{Name: "n", Code: "two words", Benefit: promotion.PercentOff(1)}},
		{"code", promotion.Draft{Name: "n", Code: strings.Repeat("x", 41), Benefit: promotion.PercentOff(1)}},
		{"code", promotion.Draft{Name: "n", Code: "bell\a", Benefit: promotion.PercentOff(1)}},
		{"percent", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(0)}},
		{"percent", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1_000_001)}},
		{"amount", promotion.Draft{Name: "n", Benefit: promotion.Spec{Kind: "fixed", Settings: []byte(`{}`)}}},
		{"nobody_knows", promotion.Draft{Name: "n", Benefit: promotion.Spec{Kind: "fixed", Settings: []byte(`{"nobody_knows":1}`)}}},
		{"per_customer", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), PerCustomer: -1}},
		{"per_period", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), PerPeriod: -1, Period: promotion.PeriodDay}},
		{"period", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), PerPeriod: 1}},
		{"period", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), PerPeriod: 1, Period: "year"}},
		{"budget", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Budget: money.Of(150, "HUF")}},
		{"priority", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Priority: 1001}},
		{"items", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Items: basket.Items{Names: basket.Names{Tags: []string{""}}}}},
		{"conditions[1]", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Conditions: []promotion.Spec{over(100), {Kind: "moon"}}}},
		{"did you mean", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Conditions: []promotion.Spec{{Kind: "expression", Settings: []byte(`{"rule":"cart.totl > 5"}`)}}}},
		{"amount", promotion.Draft{Name: "n", Benefit: promotion.AmountOff(eur(-1))}},
		{"amount", promotion.Draft{Name: "n", Benefit: promotion.AmountOff(money.Of(150, "HUF"))}},
		{"amount", promotion.Draft{Name: "n", Benefit: promotion.AmountOff(eur(money.MaxPrice + 1))}},
		{"market's currency", promotion.Draft{Name: "n", Benefit: promotion.AmountOff(eur(100)), Market: "HU"}},
		{"market", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Market: "XX"}},
		{"usage_limit", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), UsageLimit: -1}},
		{"ends", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), Starts: dbtest.Noon, Ends: dbtest.Noon}},
		{"state", promotion.Draft{Name: "n", Benefit: promotion.PercentOff(1), State: promotion.StateEnded}},
		{"benefit", promotion.Draft{Name: "n"}},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		for _, c := range cases {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := promotion.Create(t.Context(), tx, c.draft)
				return err
			})
			if !errors.Is(err, promotion.ErrInvalid) || !strings.Contains(err.Error(), c.field) {
				t.Errorf("%+v: %v, want ErrInvalid naming %s", c.draft, err, c.field)
			}
		}
		if all := list(t, d, promotion.Filter{}); len(all) != 0 {
			t.Errorf("refused promotions were written: %v", all)
		}
	})
}

func TestACodeBelongsToOnePromotion(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		first := create(t, d, promotion.Draft{Code: "Spring"})
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := promotion.Create(t.Context(), tx, promotion.Draft{Name: "again", Code: "SPRING", Benefit: promotion.PercentOff(1)})
			return err
		})
		if !errors.Is(err, promotion.ErrCodeTaken) {
			t.Errorf("the same code again: %v, want ErrCodeTaken", err)
		}
		create(t, d, promotion.Draft{Name: "automatic"})
		create(t, d, promotion.Draft{Name: "automatic too"})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			p, err := promotion.FindCode(t.Context(), tx, "spring")
			if diff := cmp.Diff(first, p); diff != "" {
				t.Error(diff)
			}
			if _, missing := promotion.FindCode(t.Context(), tx, ""); !errors.Is(missing, promotion.ErrNotFound) {
				t.Errorf("the empty code: %v, want ErrNotFound", missing)
			}
			return err
		})
	})
}

func list(t *testing.T, d *db.DB, f promotion.Filter) (all []promotion.Promotion) {
	t.Helper()
	for {
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, after, err := promotion.List(t.Context(), tx, f)
			all, f.After = append(all, page...), after
			return err
		})
		if f.After == "" {
			return all
		}
	}
}

func TestListPagesThroughAllInOrder(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		var want []promotion.ID
		for i := range 7 {
			draft := promotion.Draft{}
			if i%2 == 1 {
				draft.State = promotion.StateDraft
			}
			dbtest.Clock(d).Advance(time.Second)
			want = append(want, create(t, d, draft).ID)
		}
		for _, limit := range []int{0, 1, 3, 7} {
			var got []promotion.ID
			for _, p := range list(t, d, promotion.Filter{Limit: limit}) {
				got = append(got, p.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d: %v, want %v", limit, got, want)
			}
		}
		if drafts := list(t, d, promotion.Filter{State: promotion.StateDraft, Limit: 2}); len(drafts) != 3 {
			t.Errorf("%d drafts, want 3", len(drafts))
		}
	})
}

func TestALifeGoesForwardOnly(t *testing.T) {
	draft, active, paused, ended := promotion.StateDraft, promotion.StateActive, promotion.StatePaused, promotion.StateEnded
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		for _, c := range []struct {
			moves []promotion.State
			want  error
		}{
			{[]promotion.State{active, ended, ended}, nil},
			{[]promotion.State{ended}, nil},
			{[]promotion.State{active, active}, nil},
			{[]promotion.State{active, paused, active, paused, ended}, nil},
			{[]promotion.State{paused}, promotion.ErrState},
			{[]promotion.State{active, draft}, promotion.ErrState},
			{[]promotion.State{active, paused, draft}, promotion.ErrState},
			{[]promotion.State{ended, active}, promotion.ErrState},
			{[]promotion.State{"gone"}, promotion.ErrState},
		} {
			p := create(t, d, promotion.Draft{State: draft})
			var err error
			for _, to := range c.moves {
				err = d.Write(t.Context(), func(tx *db.Tx) error { return promotion.SetState(t.Context(), tx, p.ID, to) })
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v: %v, want %v", c.moves, err, c.want)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return promotion.SetState(t.Context(), tx, "promo_none", active) })
		if !errors.Is(err, promotion.ErrNotFound) {
			t.Errorf("a promotion that is not: %v, want ErrNotFound", err)
		}
	})
}

package route_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, route.Schema}

// gateways of the tests: a and b take cards, c cards in euros and wallets.
var gateways = []route.Gateway{
	{Name: "a", Kinds: []string{"card"}, Exemptions: payment.Exemptions},
	{Name: "b", Kinds: []string{"card"}},
	{Name: "c", Kinds: []string{"card", "wallet"}, Currencies: []money.Currency{"EUR"}},
	{Name: "bank", Kinds: []string{"transfer"}},
}

func newRouter() *route.Router { return route.New(gateways, route.Config{}) }

// card is a payment that a, b and c take.
var card = route.Facts{Payment: "pay_1", Amount: 5000, Currency: "EUR", Market: "DE", Channel: "web", Method: "card", Kind: "card"}

func with(f route.Facts, change func(*route.Facts)) route.Facts {
	change(&f)
	return f
}

func do(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func publish(t testing.TB, d *db.DB, r *route.Router, draft route.Rule) (saved route.Rule) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		if saved, err = r.Save(ctx, tx, draft); err != nil {
			return err
		}
		return r.Publish(ctx, tx, saved.ID, saved.Version)
	})
	return saved
}

func decide(t testing.TB, d *db.DB, r *route.Router, f route.Facts) (got route.Decision) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		got, err = r.Decide(context.Background(), tx, f)
		return err
	})
	return got
}

func TestDecision(t *testing.T) {
	rules := []route.Rule{
		{Name: "dear", Priority: 9, Condition: `amount >= 100000 && currency == "EUR"`, Outcome: route.Outcome{Order: []string{"b"}}},
		{Name: "US cards", Priority: 8, Condition: `card.country == "US" && card.brand in ["visa", "amex"]`, Outcome: route.Outcome{Order: []string{"c", "a"}, Only: true}},
		{Name: "regulars", Priority: 7, Condition: `customer.known && customer.orders > 2`, Outcome: route.Outcome{Order: []string{"c", "b"}}},
		{Name: "by bank", Priority: 6, Condition: `flow == "flw_bank"`, Outcome: route.Outcome{Order: []string{"bank"}}},
	}
	cases := []struct {
		name  string
		facts route.Facts
		rule  string
		order []string
	}{
		{"without a rule the default list serves", card, "", []string{"b", "a"}},
		{"a rule's list comes first, the default list stands behind", with(card, func(f *route.Facts) { f.Amount = 100000 }), "dear", []string{"b", "a"}},
		{"a flow's route stands in place of the default list", with(card, func(f *route.Facts) { f.Route = []string{"c", "a"} }), "", []string{"c", "a"}},
		{"a flow's route stands behind a rule", with(card, func(f *route.Facts) { f.Route, f.Amount = []string{"c"}, 100000 }), "dear", []string{"b", "c"}},
		{"a gateway a flow names and nobody set up is left out", with(card, func(f *route.Facts) { f.Route = []string{"gone", "a"} }), "", []string{"a"}},
		{"only the rule's own when it says so", with(card, func(f *route.Facts) { f.CardCountry, f.CardBrand = "US", "visa" }), "US cards", []string{"c", "a"}},
		{"the currency leaves a gateway out", with(card, func(f *route.Facts) { f.CardCountry, f.CardBrand, f.Currency = "US", "visa", "SEK" }), "US cards", []string{"a"}},
		{"a condition half true is not true", with(card, func(f *route.Facts) { f.CardCountry, f.CardBrand = "US", "jcb" }), "", []string{"b", "a"}},
		{"who is known by three orders", with(card, func(f *route.Facts) { f.CustomerKnown, f.CustomerOrders = true, 3 }), "regulars", []string{"c", "b", "a"}},
		{"the instrument leaves gateways out", with(card, func(f *route.Facts) { f.Takers = []string{"a"} }), "", []string{"a"}},
		{"a rule none of whose gateways can is passed over", with(card, func(f *route.Facts) { f.Flow = "flw_bank" }), "", []string{"b", "a"}},
		{"the higher priority decides", with(card, func(f *route.Facts) { f.Amount, f.CustomerKnown, f.CustomerOrders = 100000, true, 9 }), "dear", []string{"b", "a"}},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r, names := newRouter(), map[route.RuleID]string{}
		for _, v := range rules {
			names[publish(t, d, r, v).ID] = v.Name
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return r.SaveSettings(ctx, tx, route.Settings{Default: route.Outcome{Order: []string{"b", "a"}}, MaxAttempts: 3})
		})
		for _, c := range cases {
			got := decide(t, d, r, c.facts)
			if names[got.Rule] != c.rule || !slices.Equal(got.Order, c.order) {
				t.Errorf("%s: %q %v, want %q %v: %v", c.name, names[got.Rule], got.Order, c.rule, c.order, got.Why)
			}
		}
	})
}

func TestUntilSettingsAreSavedEveryGatewayServes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if got := decide(t, d, newRouter(), card); !slices.Equal(got.Order, []string{"a", "b", "c"}) {
			t.Errorf("%v, want all that take cards, in the shop's order", got.Order)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := newRouter().Decide(t.Context(), tx, with(card, func(f *route.Facts) { f.Kind = "cash" }))
			return err
		})
		if !errors.Is(err, route.ErrNone) || !strings.Contains(err.Error(), "offer another method") {
			t.Errorf("%v, want ErrNone with its remedy", err)
		}
	})
}

func TestWhatCannotBeUsedIsRefused(t *testing.T) {
	good := route.Outcome{Order: []string{"a"}}
	cases := []struct {
		name string
		rule route.Rule
		text string
	}{
		{"no name", route.Rule{Outcome: good}, "name"},
		{"a fact that is not there", route.Rule{Name: "x", Condition: `cart.total > 5`, Outcome: good}, "cart.total"},
		{"nothing to go to", route.Rule{Name: "x"}, "at least one gateway"},
		{"a gateway nobody set up", route.Rule{Name: "x", Outcome: route.Outcome{Order: []string{"z"}}}, "choose among a, b, c, bank"},
		{"a gateway twice", route.Rule{Name: "x", Outcome: route.Outcome{Order: []string{"a", "b", "a"}}}, "named twice"},
		{"order and split", route.Rule{Name: "x", Outcome: route.Outcome{Order: []string{"a"}, Split: []route.Share{{"b", 100}}}}, "leave one"},
		{"shares that do not sum up", route.Rule{Name: "x", Outcome: route.Outcome{Split: []route.Share{{"a", 50}, {"b", 49}}}}, "sum to 99"},
		{"a share of nothing", route.Rule{Name: "x", Outcome: route.Outcome{Split: []route.Share{{"a", 100}, {"b", 0}}}}, "1 to 100"},
		{"a split by rate", route.Rule{Name: "x", Outcome: route.Outcome{Split: []route.Share{{"a", 100}}, ByRate: true}}, "list only"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		for _, c := range cases {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := r.Save(t.Context(), tx, c.rule)
				return err
			})
			if !errors.Is(err, route.ErrInvalid) && !errors.Is(err, rule.ErrInvalid) || !strings.Contains(fmt.Sprint(err), c.text) {
				t.Errorf("%s: %v, want a refusal that says %q", c.name, err, c.text)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := route.Rules(t.Context(), tx, "")
			if len(all) != 0 {
				t.Errorf("%d rules were kept, want none", len(all))
			}
			return err
		})
	})
}

func TestLifeOfARule(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		v := publish(t, d, r, route.Rule{Name: "to b", Outcome: route.Outcome{Order: []string{"b"}}})
		dbtest.Clock(d).Advance(time.Second)
		var second route.Rule
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			second, err = r.Save(ctx, tx, route.Rule{ID: v.ID, Name: "to c", Outcome: route.Outcome{Order: []string{"c"}}})
			return err
		})
		if got := decide(t, d, r, card); got.Order[0] != "b" || got.Version != 1 || second.Version != 2 {
			t.Errorf("a draft decided: %v by version %d", got.Order, got.Version)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := route.Rules(t.Context(), tx, "")
			if len(all) != 2 || all[0].State != route.StateDraft || all[1].State != route.StateLive || all[1].Name != "to b" {
				t.Errorf("%+v, want the draft and the live version beside it", all)
			}
			none, noErr := route.Rules(t.Context(), tx, v.ID)
			if len(none) != 0 {
				t.Errorf("%+v after the last", none)
			}
			return errors.Join(err, noErr)
		})
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return r.Publish(ctx, tx, v.ID, 2) })
		if got := decide(t, d, r, card); got.Order[0] != "c" || got.Version != 2 {
			t.Errorf("%v by version %d, want c by version 2", got.Order, got.Version)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return r.Publish(ctx, tx, v.ID, 1) })
		if got := decide(t, d, r, card); got.Order[0] != "b" || got.Version != 1 {
			t.Errorf("%v by version %d, want b by version 1 again", got.Order, got.Version)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return route.Archive(ctx, tx, v.ID) })
		if got := decide(t, d, r, card); got.Order[0] != "a" || got.Rule != "" {
			t.Errorf("%v by %q, want the default list", got.Order, got.Rule)
		}
		fewer := route.New(gateways[:1], route.Config{})
		err := d.Write(t.Context(), func(tx *db.Tx) error { return fewer.Publish(t.Context(), tx, v.ID, 1) })
		if !errors.Is(err, route.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid for a gateway that is no longer there", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return r.Publish(t.Context(), tx, v.ID, 9) })
		if !errors.Is(err, route.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := r.Save(t.Context(), tx, route.Rule{ID: "rte_none", Name: "x", Outcome: route.Outcome{Order: []string{"a"}}})
			return err
		})
		if !errors.Is(err, route.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound for a draft of no rule", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			versions, err := route.Versions(t.Context(), tx, v.ID)
			if len(versions) != 2 || versions[0].State != route.StateArchived || versions[1].State != route.StateArchived {
				t.Errorf("%+v, want two archived versions", versions)
			}
			return err
		})
	})
}

// An exemption is asked of a gateway that has a field for it: a rule may not ask
// another, and where a backup has none, the reasons say so.
func TestAnExemptionIsAskedWhereThereIsAFieldForIt(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		for _, proof := range payment.Exemptions {
			_, err := r.Save(t.Context(), nil, route.Rule{Name: "small", Outcome: route.Outcome{Order: []string{"a", "b"}, Proof: proof}})
			if !errors.Is(err, route.ErrInvalid) || !strings.Contains(err.Error(), `"b" has no field for the exemption `+proof) {
				t.Errorf("%s: %v", proof, err)
			}
		}
		publish(t, d, r, route.Rule{Name: "small", Outcome: route.Outcome{Order: []string{"a"}, Proof: payment.ExemptLow}})
		got := decide(t, d, r, card)
		if got.Proof.Exemption != payment.ExemptLow || !slices.Equal(got.Order[:2], []string{"a", "b"}) {
			t.Fatalf("%+v", got)
		}
		var told []string
		for _, s := range got.Why {
			if s.Kind == "proof" && !s.Taken {
				told = append(told, s.Name)
			}
		}
		if !slices.Equal(told, []string{"b", "c"}) {
			t.Errorf("told of %v: %+v", told, got.Why)
		}
	})
}

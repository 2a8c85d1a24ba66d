package cart_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// limited is one case of testdata/limits.json: a market with its rates, what
// it sells, promotions, what was bought with them before, and a cart; then its
// totals and what became of each promotion. The figures were reckoned by hand.
type limited struct {
	Name       string                    `json:"name"`
	Note       string                    `json:"note"`
	Market     limitedMarket             `json:"market"`
	Products   map[string]limitedProduct `json:"products"`
	Promotions []limitedPromotion        `json:"promotions"`
	Before     []limitedCart             `json:"before,omitempty"`
	Cart       limitedCart               `json:"cart"`
	Want       limitedTotals             `json:"want"`
}

type limitedMarket struct {
	Currency    money.Currency   `json:"currency"`
	TaxIncluded bool             `json:"tax_included"`
	TaxRounding string           `json:"tax_rounding,omitempty"`
	Rates       map[string]int64 `json:"rates"` // class → parts per million
}

type limitedProduct struct {
	Price int64  `json:"price"`
	Class string `json:"class,omitempty"`
}

type limitedPromotion struct {
	Name        string           `json:"name"`
	Codes       map[string]int64 `json:"codes,omitempty"` // with the limit of each; none: by itself
	Benefit     promotion.Spec   `json:"benefit"`
	Priority    int64            `json:"priority,omitempty"`
	Exclusive   bool             `json:"exclusive,omitempty"`
	UsageLimit  int64            `json:"usage_limit,omitempty"`
	PerCustomer int64            `json:"per_customer,omitempty"`
	Period      promotion.Period `json:"period,omitempty"`
	PerPeriod   int64            `json:"per_period,omitempty"`
	Budget      int64            `json:"budget,omitempty"`
}

// limitedCart is bought Times, or once. Who is an account, or a guest's e-mail
// address when it has an @. Day is "" for 2030-01-02.
type limitedCart struct {
	Who       string           `json:"who,omitempty"`
	Day       calendar.Date    `json:"day,omitzero"`
	Lines     map[string]int64 `json:"lines"` // SKU → pieces
	Codes     []string         `json:"codes,omitempty"`
	Times     int              `json:"times,omitempty"`
	Failed    bool             `json:"failed,omitempty"`    // the payment was declined
	Cancelled bool             `json:"cancelled,omitempty"` // the order was, afterwards
}

type limitedTotals struct {
	Outcome  map[string]string `json:"outcome"` // code, or name of one that has none → "applied" or the reason
	Lines    map[string]int64  `json:"lines"`   // SKU → total
	Subtotal int64             `json:"subtotal"`
	Discount int64             `json:"discount"`
	Taxes    map[string]int64  `json:"taxes"` // "19" → what is due of 19 %
	Tax      int64             `json:"tax"`
	Total    int64             `json:"total"`
}

func limits(t *testing.T) (all []limited) {
	t.Helper()
	text, err := os.ReadFile("testdata/limits.json")
	if err != nil {
		t.Fatal(err)
	}
	read := json.NewDecoder(bytes.NewReader(text))
	read.DisallowUnknownFields()
	if err := read.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every total is equal to the minor unit, whatever limit a promotion has run
// into. Cases of one market share a database: their promotions end with them.
func TestWorkedCasesOfLimits(t *testing.T) {
	all := limits(t)
	if len(all) < 25 {
		t.Errorf("%d worked cases, want at least 25", len(all))
	}
	markets := map[string][]limited{}
	for _, c := range all {
		name := fmt.Sprint(c.Market)
		markets[name] = append(markets[name], c)
	}
	for _, cases := range markets {
		t.Run(string(cases[0].Market.Currency), func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				cases[0].Market.open(t, d)
				for i, c := range cases {
					t.Run(c.Name, func(t *testing.T) { c.work(t, d, fmt.Sprint("-", i)) })
				}
				dbtest.Read(t, d, func(tx *db.Tx) error {
					wrong, err := promotion.Verify(t.Context(), tx)
					if len(wrong) > 0 {
						t.Errorf("counters: %v", wrong)
					}
					return err
				})
			})
		})
	}
}

// work tries one case; its codes end in suffix.
func (c limited) work(t *testing.T, d *db.DB, suffix string) {
	var made []promotion.ID
	dbtest.Clock(d).Set(noon(calendar.On(2030, 1, 2)))
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		made = nil
		for sku, p := range c.Products {
			if err := p.stock(ctx, tx, sku, c.Market.Currency); err != nil {
				return err
			}
		}
		for _, p := range c.Promotions {
			id, err := p.create(ctx, tx, c.Market.Currency, suffix)
			if err != nil {
				return err
			}
			made = append(made, id)
		}
		return nil
	})
	n := 0
	for _, before := range c.Before {
		for range max(1, before.Times) {
			n++
			before.buy(t, d, suffix, n)
		}
	}
	got := totals(c.Cart.show(t, d, suffix), suffix)
	if diff := cmp.Diff(c.Want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", c.Note, diff)
	}
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		for _, id := range made {
			if err := promotion.SetState(ctx, tx, id, promotion.StateEnded); err != nil {
				return err
			}
		}
		return nil
	})
}

func noon(day calendar.Date) time.Time {
	return time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, time.UTC)
}

// open makes the shop of a market.
func (m limitedMarket) open(t *testing.T, d *db.DB) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_shop", Name: "Shop GmbH", Series: "S",
			Address: address.Address{Name: "Shop GmbH", Line1: "Weg 1", City: "Berlin", PostalCode: "10115", Country: "DE"}})
		if err == nil {
			err = market.Save(ctx, tx, market.Market{ID: "DE", Name: "DE", Currency: m.Currency, Countries: []string{"DE"}, Country: "DE", Locale: "de-DE",
				Zone: "Europe/Berlin", TaxIncluded: m.TaxIncluded, TaxRounding: m.TaxRounding, TaxShipping: true, Entity: "ent_shop"})
		}
		if err == nil {
			err = inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true})
		}
		for class, ppm := range m.Rates {
			if err == nil {
				err = tax.SaveRate(ctx, tx, tax.Entry{Country: "DE", Class: class, Name: "VAT", PPM: ppm, From: calendar.On(2020, 1, 1)})
			}
		}
		return err
	})
}

// stock makes a product unless a case before has made it.
func (p limitedProduct) stock(ctx context.Context, tx *db.Tx, sku string, currency money.Currency) error {
	if _, err := catalog.FindSKU(ctx, tx, sku); err == nil {
		return nil
	}
	made, err := catalog.Create(ctx, tx, catalog.Draft{Slug: strings.ToLower(sku), Title: sku, TaxClass: p.Class, Variants: []catalog.Variant{{SKU: sku}}})
	if err == nil {
		err = pricing.Set(ctx, tx, "DE", made.Variants[0].ID, money.Of(p.Price, currency))
	}
	if err == nil {
		_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: made.Variants[0].ID, Location: "loc_berlin", Delta: 1000, Reason: "delivery", Actor: "test"})
	}
	return err
}

func (p limitedPromotion) create(ctx context.Context, tx *db.Tx, currency money.Currency, suffix string) (promotion.ID, error) {
	draft := promotion.Draft{Name: p.Name, ByCode: len(p.Codes) > 0, Benefit: p.Benefit, Priority: p.Priority, Exclusive: p.Exclusive,
		UsageLimit: p.UsageLimit, PerCustomer: p.PerCustomer, Period: p.Period, PerPeriod: p.PerPeriod}
	if p.Budget > 0 {
		draft.Budget = money.Of(p.Budget, currency)
	}
	made, err := promotion.Create(ctx, tx, draft)
	for code, limit := range p.Codes {
		if err == nil {
			err = promotion.AddCodes(ctx, tx, made.ID, []string{code + suffix}, limit)
		}
	}
	return made.ID, err
}

func (c limitedCart) buyer() promotion.Buyer {
	if strings.Contains(c.Who, "@") {
		return promotion.Buyer{Email: c.Who}
	}
	return promotion.Buyer{Customer: c.Who}
}

// show prices the cart on its day.
func (c limitedCart) show(t *testing.T, d *db.DB, suffix string) cart.View {
	t.Helper()
	day := c.Day
	if day.IsZero() {
		day = calendar.On(2030, 1, 2)
	}
	dbtest.Clock(d).Set(noon(day))
	var made cart.Cart
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		draft := cart.Draft{Market: "DE", Channel: "web", Customer: c.buyer().Customer}
		for sku, n := range c.Lines {
			v, err := catalog.FindSKU(ctx, tx, sku)
			if err != nil {
				return err
			}
			draft.Lines = append(draft.Lines, cart.Line{Variant: v.ID, Quantity: n})
		}
		var err error
		made, err = cart.Create(ctx, tx, draft)
		for _, code := range c.Codes {
			if err == nil {
				made, err = cart.AddCode(ctx, tx, made.ID, cart.Caller{Customer: draft.Customer}, code+suffix)
			}
		}
		return err
	})
	return load(t, d, made.ID, cart.Options{Caller: cart.Caller{Customer: c.buyer().Customer}, Buyer: c.buyer()})
}

// buy redeems what the cart is promised, as a purchase does.
func (c limitedCart) buy(t *testing.T, d *db.DB, suffix string, n int) {
	t.Helper()
	holder := fmt.Sprint("att", suffix, "_", n)
	uses := c.show(t, d, suffix).Uses()
	if len(uses) == 0 {
		t.Fatalf("purchase %d got nothing off", n)
	}
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		err := promotion.Redeem(ctx, tx, holder, c.buyer(), uses)
		if err == nil && c.Failed {
			return promotion.Release(ctx, tx, holder)
		}
		if err == nil {
			err = promotion.Claim(ctx, tx, holder, "ord_"+holder)
		}
		if err == nil && c.Cancelled {
			err = promotion.Return(ctx, tx, "ord_"+holder)
		}
		return err
	})
}

func totals(v cart.View, suffix string) limitedTotals {
	q := v.Quote
	sums := limitedTotals{Outcome: map[string]string{}, Lines: map[string]int64{}, Taxes: map[string]int64{},
		Subtotal: q.Subtotal.Minor, Discount: q.Discount.Minor, Tax: q.Tax.Minor, Total: q.Total.Minor}
	for _, c := range slices.Concat(v.Codes, v.Automatic) {
		name := strings.TrimSuffix(c.Code, suffix)
		if name == "" {
			name = c.Discount.Name
		}
		sums.Outcome[name] = c.Reason
		if c.Applied {
			sums.Outcome[name] = "applied"
		}
	}
	for _, l := range q.Lines {
		sums.Lines[l.SKU] = l.Total.Minor
	}
	for _, x := range q.Taxes {
		sums.Taxes[fmt.Sprintf("%g", float64(x.Rate.PPM)/10_000)] += x.Amount.Minor
	}
	return sums
}

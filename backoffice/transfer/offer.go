package transfer

import (
	"context"
	"fmt"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/money"
)

// Actor is whom the stock's log names for what an import did.
const Actor = "import"

// prices sets the prices of a product of Shopify in the run's market.
func (g goods) prices(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	var ids []catalog.VariantID
	for _, v := range g.variants {
		ids = append(ids, v.v.ID)
	}
	now, err := pricing.Prices(ctx, tx, r.run.Market, ids)
	if err != nil {
		return same, err
	}
	what := same
	for _, v := range g.variants {
		if v.price == "" {
			r.say(LevelWarning, v.row, shopifyPrice, v.v.SKU, "is empty: the variant is not sold until it has a price")
			continue
		}
		a, err := priceOf(v.price, r.currency)
		if err != nil {
			r.say(LevelError, v.row, shopifyPrice, v.v.SKU, err.Error())
			continue
		}
		if old, ok := now[v.v.ID]; ok && old == a {
			continue
		}
		what = changed
		if err := pricing.Set(ctx, tx, r.run.Market, v.v.ID, a); err != nil {
			if err = r.refused(err, v.row, shopifyPrice, v.v.SKU); err != nil {
				return same, err
			}
		}
	}
	return what, nil
}

// refused reports an error that the row can mend and returns any other.
func (r *reporter) refused(err error, row int64, column, subject string) error {
	if db.LostRace(err) || fault.KindOf(err) == fault.Internal || fault.Retryable(err) {
		return err
	}
	r.say(LevelError, row, column, subject, fault.TextOf(err))
	return nil
}

// opening puts the units of a product of Shopify on the run's location. Stock
// that has ever moved is the shop's own and stays.
func (g goods) opening(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	what := same
	for _, v := range g.variants {
		moved, err := inventory.Movements(ctx, tx, v.v.ID, 0, 1)
		if err != nil {
			return same, err
		}
		switch {
		case len(moved) > 0:
			continue
		case v.units > 0 && r.run.Location == "":
			r.say(LevelWarning, v.row, shopifyQuantity, v.v.SKU, fmt.Sprintf("%d units lie nowhere: say where with --location, or import a stock file", v.units))
			continue
		case v.units == 0 && !v.counted:
			r.say(LevelWarning, v.row, shopifyQuantity, v.v.SKU, "Shopify does not count this variant and says 0: it is sold out here until it has stock")
			continue
		case v.units == 0:
			continue
		}
		what = changed
		_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.v.ID, Location: r.run.Location, Delta: v.units,
			Reason: "opening stock", Cause: inventory.CauseReceived, Actor: Actor, Ref: string(r.run.ID)})
		if err != nil {
			if err = r.refused(err, v.row, shopifyQuantity, v.v.SKU); err != nil {
				return same, err
			}
		}
	}
	return what, nil
}

type stockRecord struct {
	SKU      string
	Location string
	OnHand   *int64
}

var stockFields = []field[stockRecord]{
	{column{name: "sku", keep: true}, func(s *stockRecord) any { return &s.SKU }},
	{column{name: "location", keep: true}, func(s *stockRecord) any { return &s.Location }},
	{column{name: "on_hand", form: asNumber, keep: true}, func(s *stockRecord) any { return &s.OnHand }},
}

// stock makes a level what the file says it is.
func (e entry) stock(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	in := stockRecord{Location: r.run.Location}
	e.fields.into(places(stockFields, &in), func(column, reason string) {
		r.say(LevelError, e.row, column, e.fields.text("sku"), reason)
	})
	if in.OnHand == nil || in.Location == "" {
		r.say(LevelError, e.row, "on_hand", in.SKU, "say how many units there are, and where: on_hand and location")
	}
	v, err := e.variant(ctx, tx, r, in.SKU)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	if _, err := inventory.FindLocation(ctx, tx, in.Location); err != nil {
		return same, r.refused(err, e.row, "location", in.SKU)
	}
	levels, err := inventory.Levels(ctx, tx, v.ID)
	if err != nil {
		return same, err
	}
	delta, known := *in.OnHand, false
	for _, l := range levels {
		if l.Location == in.Location {
			delta, known = delta-l.OnHand, true
		}
	}
	switch {
	case delta == 0 && known:
		return same, nil
	case delta == 0:
		return changed, inventory.Shelve(ctx, tx, v.ID, in.Location)
	}
	_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: in.Location, Delta: delta,
		Reason: "imported level", Actor: Actor, Ref: string(r.run.ID)})
	if err != nil {
		err = r.refused(err, e.row, "on_hand", in.SKU)
	}
	return changed, err
}

// variant finds an entry's variant; none is reported.
func (e entry) variant(ctx context.Context, tx *db.Tx, r *reporter, sku string) (catalog.Variant, error) {
	all, err := catalog.SKUs(ctx, tx, []string{sku})
	v, ok := all[sku]
	if err == nil && !ok {
		r.say(LevelError, e.row, "sku", sku, "no variant has this SKU: check its spelling, or import the products first")
	}
	return v, err
}

type priceRecord struct {
	SKU      string
	Market   string
	Amount   string
	Currency string
}

var priceFields = []field[priceRecord]{
	{column{name: "sku", keep: true}, func(p *priceRecord) any { return &p.SKU }},
	{column{name: "market", keep: true}, func(p *priceRecord) any { return &p.Market }},
	{column{name: "amount", keep: true}, func(p *priceRecord) any { return &p.Amount }},
	{column{name: "currency", keep: true}, func(p *priceRecord) any { return &p.Currency }},
}

// price sets a price in a market.
func (e entry) price(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	in := priceRecord{Market: r.run.Market}
	e.fields.into(places(priceFields, &in), func(column, reason string) {
		r.say(LevelError, e.row, column, e.fields.text("sku"), reason)
	})
	v, err := e.variant(ctx, tx, r, in.SKU)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	m, err := market.Find(ctx, tx, in.Market)
	if err != nil {
		return same, r.refused(err, e.row, "market", in.SKU)
	}
	a, err := priceOf(in.Amount, money.Currency(orElse(in.Currency, string(m.Currency))))
	if err != nil {
		r.say(LevelError, e.row, "amount", in.SKU, err.Error())
		return same, nil
	}
	now, err := pricing.Prices(ctx, tx, in.Market, []catalog.VariantID{v.ID})
	if err != nil {
		return same, err
	}
	if old, ok := now[v.ID]; ok && old == a {
		return same, nil
	}
	if err = pricing.Set(ctx, tx, in.Market, v.ID, a); err != nil {
		err = r.refused(err, e.row, "amount", in.SKU)
	}
	return changed, err
}

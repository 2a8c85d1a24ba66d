package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"
)

// spanRecord is a price and when it held. List is a price list's id, or the
// market's for its own prices.
type spanRecord struct {
	List     string
	SKU      string
	Amount   string
	Currency string
	From, To time.Time
}

var historyFields = []field[spanRecord]{
	{column{name: "price_list", keep: true}, func(s *spanRecord) any { return &s.List }},
	{column{name: "sku", keep: true}, func(s *spanRecord) any { return &s.SKU }},
	{column{name: "amount", keep: true}, func(s *spanRecord) any { return &s.Amount }},
	{column{name: "currency", keep: true}, func(s *spanRecord) any { return &s.Currency }},
	{column{name: "from", keep: true}, func(s *spanRecord) any { return timeOf(&s.From) }},
	{column{name: "to"}, func(s *spanRecord) any { return timeOf(&s.To) }},
}

func historyPage(ctx context.Context, tx *db.Tx, _ *Desk, after string) ([]json.RawMessage, string, error) {
	return ofProducts(ctx, tx, after, func(p catalog.Product) (all []json.RawMessage, err error) {
		for _, v := range p.Variants {
			spans, err := pricing.Spans(ctx, tx, v.ID)
			if err != nil {
				return nil, err
			}
			for _, s := range spans {
				all = append(all, object(members(historyFields, &spanRecord{string(s.List), v.SKU, s.Amount.Decimal(), string(s.Amount.Currency), s.From, s.To})))
			}
		}
		return all, nil
	})
}

// history writes down when a price held.
func (e entry) history(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	in := spanRecord{List: r.run.Market}
	e.fields.into(places(historyFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, e.fields.text("sku"), reason) })
	v, err := e.variant(ctx, tx, r, in.SKU)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	currency, err := e.currencyOf(ctx, tx, r, in)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	a, err := priceOf(in.Amount, money.Currency(orElse(in.Currency, string(currency))))
	if err != nil {
		r.say(LevelError, e.row, "amount", in.SKU, err.Error())
		return same, nil
	}
	new, err := pricing.Restore(ctx, tx, v.ID, pricing.Span{List: pricing.ListID(in.List), Applied: pricing.Applied{Amount: a, From: in.From, To: in.To}})
	if err != nil || !new {
		return same, e.settled(r, err, "from", in.SKU)
	}
	return changed, nil
}

// currencyOf is that of a row's list, which it reports when there is none.
func (e entry) currencyOf(ctx context.Context, tx *db.Tx, r *reporter, in spanRecord) (money.Currency, error) {
	l, err := pricing.FindList(ctx, tx, pricing.ListID(in.List))
	if err == nil {
		return l.Currency, nil
	}
	if !errors.Is(err, pricing.ErrListNotFound) {
		return "", err
	}
	m, err := market.Find(ctx, tx, in.List)
	if errors.Is(err, market.ErrNotFound) {
		r.say(LevelError, e.row, "price_list", in.SKU, "there is no such price list or market: import the price lists first, or name one by its id")
		return "", nil
	}
	return m.Currency, err
}

package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/customer/group"
	"korzo/customer/segment"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/purchase/download"
	"korzo/value/money"
)

// suppers are the digital goods of the demo.
const suppers = `SIX SUPPERS

1. Lentils with lemon. Simmer 250 g of lentils with a bay leaf for 25 minutes. Lemon, oil, parsley, salt.
2. Leek and potato soup. Two leeks, four potatoes, a litre of stock, half an hour, a spoon of cream.
3. Noodles with walnuts. Brown 80 g of walnuts in butter, add sage, toss with 400 g of noodles.
4. Lecsó. Onions, paprika and tomatoes, slowly, with an egg in the end.
5. Rösti. Grate yesterday's potatoes, fry them in a cake, turn it once and with courage.
6. Bread and tomatoes. Old bread, ripe tomatoes, vinegar, oil. Wait an hour.
`

// writeSuppers keeps the file of the digital goods, if there is where to.
func (f *filling) writeSuppers(ctx context.Context) error {
	if f.Files == nil {
		return nil
	}
	i := slices.IndexFunc(f.sets, func(s set) bool { return s.like != "" })
	file, err := download.Keep(ctx, f.Files, "Six suppers.txt", strings.NewReader(suppers), f.today)
	if err != nil {
		return err
	}
	file.Limit, file.Days = 3, 30
	f.sets[i].draft.Variants[0].File = file
	return nil
}

// writeLists says who comes again and again, reduces some goods for a month in one market, and gives businesses
// prices of their own from six pieces on in another.
func (f *filling) writeLists(ctx context.Context, tx *db.Tx) error {
	if _, err := segment.Create(ctx, tx, segment.Draft{Name: "Regulars", Rule: "customer.orders >= 3 && customer.last_order_days < 90"}); err != nil {
		return err
	}
	trade, err := group.Create(ctx, tx, "Cafés and hotels")
	if err != nil {
		return err
	}
	for _, l := range []struct {
		list    pricing.List
		code    string // of the kind that it is about
		percent int64  // of the price
		from    []int64
	}{
		{pricing.List{Name: "End of the season", Market: "DE", Kind: pricing.Sale, Starts: f.today, Ends: f.today.AddDate(0, 1, 0)}, "TWL", 80, []int64{1}},
		{pricing.List{Name: "Cafés and hotels", Market: "HU", Group: string(trade.ID), Priority: 10}, "MUG", 88, []int64{6, 24}},
	} {
		made, err := pricing.CreateList(ctx, tx, l.list)
		if err != nil {
			return fmt.Errorf("price list %s: %w", l.list.Name, err)
		}
		var entries []pricing.Entry
		for _, g := range f.goods {
			for i, v := range g.draft.Variants {
				for step, from := range l.from {
					if g.kind.code == l.code {
						entries = append(entries, pricing.Entry{Variant: v.ID, From: from, Amount: share(g.prices[i][l.list.Market], l.percent-int64(step)*6)})
					}
				}
			}
		}
		if err := pricing.SetPrices(ctx, tx, made.ID, entries); err != nil {
			return fmt.Errorf("price list %s: %w", l.list.Name, err)
		}
	}
	return nil
}

// share is a percentage of a price, in tenths of a whole unit.
func share(a money.Amount, percent int64) money.Amount {
	info, _ := money.Find(a.Currency)
	return a.Ratio(percent, 100, max(info.ChargeStep, 10))
}

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/ui"
	"korzo/value/money"
)

var (
	errPercent = fault.New(fault.Invalid, "admin.percent_range", "write a percentage from −99 to 1000, such as −10 or 2.5")
	errNoPrice = fault.New(fault.NotFound, "admin.no_price", "it has no price in this market: set one on its page first")
)

// productChanges are the changes of many products at once.
func (a *Admin) productChanges() []listChange {
	category := changeSetting{name: "category", label: "admin.product.categories", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
		tree, err := taxonomy.Load(v.ctx(), tx)
		if err != nil {
			return nil, err
		}
		return v.categoryOptions(tree, v.T("admin.list.choose")), nil
	}}
	tag := changeSetting{name: "tag", label: "admin.list.tag"}
	status := func(name, label string, to catalog.Status) listChange {
		return listChange{verb: statusVerb(name, to), action: "catalog.write", label: label,
			tell: telling(func(v *visit, state json.RawMessage) string { return v.word("state", said[string](state)) })}
	}
	words := telling(func(_ *visit, state json.RawMessage) string { return strings.Join(said[[]string](state), ", ") })
	return []listChange{
		status("products.publish", "admin.change.publish", catalog.StatusActive),
		status("products.unpublish", "admin.change.unpublish", catalog.StatusDraft),
		status("products.archive", "admin.change.archive", catalog.StatusArchived),
		{verb: categoriesVerb("products.categorize", addOne), action: "catalog.write", label: "admin.change.categorize", settings: []changeSetting{category}, tell: tellCategories},
		{verb: categoriesVerb("products.uncategorize", dropOne), action: "catalog.write", label: "admin.change.uncategorize", settings: []changeSetting{category}, tell: tellCategories},
		{verb: categoriesVerb("products.recategorize", onlyOne), action: "catalog.write", label: "admin.change.recategorize", settings: []changeSetting{category}, tell: tellCategories},
		{verb: tagsVerb("products.tag", addOne), action: "catalog.write", label: "admin.change.tag", settings: []changeSetting{tag}, tell: words},
		{verb: tagsVerb("products.untag", dropOne), action: "catalog.write", label: "admin.change.untag", settings: []changeSetting{tag}, tell: words},
		{verb: channelsVerb("products.show_in", addOne), action: "catalog.write", label: "admin.change.show_in", settings: []changeSetting{channelSetting}, tell: telling(tellChannels)},
		{verb: channelsVerb("products.hide_in", dropOne), action: "catalog.write", label: "admin.change.hide_in", settings: []changeSetting{channelSetting}, tell: telling(tellChannels)},
		{verb: priceVerb, action: "catalog.write", label: "admin.change.price", settings: []changeSetting{marketSetting,
			{name: "percent", label: "admin.change.percent", hint: "admin.change.percent_hint", mode: "decimal"},
			{name: "ending", label: "admin.change.ending", options: endings, free: true}}, tell: telling(tellPrices)},
	}
}

var channelSetting = changeSetting{name: "channel", label: "admin.field.channel", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
	all, err := market.Channels(v.ctx(), tx)
	return channelOptions(all, v.T("admin.list.choose")), err
}}

var marketSetting = changeSetting{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
	all, err := market.All(v.ctx(), tx)
	return v.marketOptions(all, "admin.list.choose"), err
}}

func endings(v *visit, _ *db.Tx) ([]ui.Option, error) {
	return []ui.Option{{Label: v.T("admin.change.exact")}, {Value: "99", Label: v.T("admin.change.ending_99")}, {Value: "95", Label: v.T("admin.change.ending_95")},
		{Value: "00", Label: v.T("admin.change.ending_00")}}, nil
}

// telling is a teller that needs nothing of the database.
func telling(tell func(v *visit, state json.RawMessage) string) func(*visit, *db.Tx) (func(json.RawMessage) string, error) {
	return func(v *visit, _ *db.Tx) (func(json.RawMessage) string, error) {
		return func(state json.RawMessage) string { return tell(v, state) }, nil
	}
}

// said reads a state that a verb kept.
func said[T any](state json.RawMessage) (v T) {
	_ = json.Unmarshal(state, &v) // written by keep
	return v
}

// keep writes a state down. What cannot be written is a bug.
func keep(state any) json.RawMessage {
	text, err := json.Marshal(state)
	if err != nil {
		panic(err)
	}
	return text
}

func statusVerb(name string, to catalog.Status) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			p, err := catalog.Find(ctx, tx, catalog.ProductID(subject))
			if err != nil {
				return o, err
			}
			return listing.Outcome{Title: p.Title, Old: keep(p.Status), New: keep(to)}, catalog.Move(ctx, tx, p.ID, to)
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			p, err := catalog.Find(ctx, tx, catalog.ProductID(subject))
			if err != nil {
				return err
			}
			if p.Status != said[catalog.Status](o.New) {
				return listing.ErrMoved
			}
			return catalog.Move(ctx, tx, p.ID, said[catalog.Status](o.Old))
		}}
}

// editVerb changes one part of a product, and gives it back where nobody has
// changed that part since.
func editVerb[T any](name string, part func(*catalog.Product) *T, edit func(context.Context, *db.Tx, T, listing.Settings) (T, error)) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			p, err := catalog.Find(ctx, tx, catalog.ProductID(subject))
			if err != nil {
				return o, err
			}
			o.Title, o.Old = p.Title, keep(part(&p))
			if *part(&p), err = edit(ctx, tx, *part(&p), s); err != nil {
				return o, err
			}
			if o.New = keep(part(&p)); string(o.New) == string(o.Old) {
				return o, nil
			}
			p, err = catalog.Update(ctx, tx, p)
			o.New = keep(part(&p))
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			p, err := catalog.Find(ctx, tx, catalog.ProductID(subject))
			if err != nil {
				return err
			}
			if string(keep(part(&p))) != string(o.New) {
				return listing.ErrMoved
			}
			*part(&p) = said[T](o.Old)
			_, err = catalog.Update(ctx, tx, p)
			return err
		}}
}

// addOne, dropOne and onlyOne are what a change does to a list of words.
func addOne[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(slices.Clone(all), one)
}

func dropOne[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(t T) bool { return t == one })
}

func onlyOne[T comparable](_ []T, one T) []T { return []T{one} }

func tagsVerb(name string, to func([]string, string) []string) listing.Verb {
	return editVerb(name, func(p *catalog.Product) *[]string { return &p.Tags },
		func(_ context.Context, _ *db.Tx, tags []string, s listing.Settings) ([]string, error) {
			return to(tags, s["tag"]), nil
		})
}

func categoriesVerb(name string, to func([]taxonomy.CategoryID, taxonomy.CategoryID) []taxonomy.CategoryID) listing.Verb {
	return editVerb(name, func(p *catalog.Product) *[]taxonomy.CategoryID { return &p.Categories },
		func(ctx context.Context, tx *db.Tx, all []taxonomy.CategoryID, s listing.Settings) ([]taxonomy.CategoryID, error) {
			tree, err := taxonomy.Load(ctx, tx)
			if err != nil {
				return nil, err
			}
			if _, ok := tree.Find(taxonomy.CategoryID(s["category"])); !ok {
				return nil, taxonomy.ErrNotFound
			}
			return to(all, taxonomy.CategoryID(s["category"])), nil
		})
}

func tellCategories(v *visit, tx *db.Tx) (func(json.RawMessage) string, error) {
	tree, err := taxonomy.Load(v.ctx(), tx)
	return func(state json.RawMessage) string {
		return categoryNames(v, tree, said[[]taxonomy.CategoryID](state))
	}, err
}

func categoryNames(v *visit, tree *taxonomy.Tree, ids []taxonomy.CategoryID) string {
	var all []string
	for _, id := range ids {
		if c, ok := tree.Find(id); ok {
			all = append(all, c.In(v.Tag()).Title)
		}
	}
	return strings.Join(all, ", ")
}

// channelsVerb shows products in a channel or hides them. A product that is
// seen everywhere names no channel: hidden in one, it names all others.
func channelsVerb(name string, to func([]string, string) []string) listing.Verb {
	return editVerb(name, func(p *catalog.Product) *[]catalog.Publication { return &p.Publications },
		func(ctx context.Context, tx *db.Tx, all []catalog.Publication, s listing.Settings) ([]catalog.Publication, error) {
			channels, err := market.Channels(ctx, tx)
			if err != nil {
				return nil, err
			}
			var every, seen []string
			for _, c := range channels {
				every = append(every, c.ID)
			}
			if !slices.Contains(every, s["channel"]) {
				return nil, market.ErrNotFound
			}
			for _, u := range all {
				seen = append(seen, u.Channel)
			}
			if len(all) == 0 {
				seen = every
			}
			return publishedIn(all, every, to(seen, s["channel"]))
		})
}

var errNowhere = fault.New(fault.Invalid, "admin.nowhere", "it would be seen nowhere: make it a draft instead")

// publishedIn keeps the times of channels that stay.
func publishedIn(before []catalog.Publication, every, channels []string) (all []catalog.Publication, err error) {
	if len(channels) == 0 {
		return nil, errNowhere
	}
	for _, c := range channels {
		i := slices.IndexFunc(before, func(u catalog.Publication) bool { return u.Channel == c })
		if i < 0 {
			all = append(all, catalog.Publication{Channel: c})
			continue
		}
		for _, u := range before {
			if u.Channel == c && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	always := !slices.ContainsFunc(all, func(u catalog.Publication) bool { return !u.From.IsZero() || !u.Until.IsZero() })
	if always && len(all) == len(every) {
		return nil, nil
	}
	return all, nil
}

func tellChannels(v *visit, state json.RawMessage) string {
	all := said[[]catalog.Publication](state)
	if len(all) == 0 {
		return v.T("admin.change.everywhere")
	}
	names := make([]string, len(all))
	for i, u := range all {
		names[i] = u.Channel
	}
	return strings.Join(slices.Compact(names), ", ")
}

// priceVerb changes the prices of all variants in a market by a percentage.
var priceVerb = listing.Verb{Name: "products.price",
	Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
		p, err := catalog.Find(ctx, tx, catalog.ProductID(subject))
		if err != nil {
			return o, err
		}
		o.Title = p.Title
		before, err := pricing.Prices(ctx, tx, s["market"], p.VariantIDs())
		if err != nil {
			return o, err
		}
		if len(before) == 0 {
			return o, errNoPrice
		}
		after := make(map[catalog.VariantID]money.Amount, len(before))
		for id, price := range before {
			if after[id], err = repriced(price, s["percent"], s["ending"]); err != nil {
				return o, err
			}
		}
		o.Old, o.New = keep(priceState{s["market"], before}), keep(priceState{s["market"], after})
		return o, setPrices(ctx, tx, s["market"], before, after)
	},
	Undo: func(ctx context.Context, tx *db.Tx, _ string, o listing.Outcome) error {
		before, after := said[priceState](o.Old), said[priceState](o.New)
		var ids []catalog.VariantID
		for id := range after.Prices {
			ids = append(ids, id)
		}
		now, err := pricing.Prices(ctx, tx, after.Market, ids)
		if err != nil {
			return err
		}
		for id, price := range after.Prices {
			if now[id] != price {
				return listing.ErrMoved
			}
		}
		return setPrices(ctx, tx, after.Market, after.Prices, before.Prices)
	}}

// priceState is the prices of a product in one market.
type priceState struct {
	Market string                             `json:"market"`
	Prices map[catalog.VariantID]money.Amount `json:"prices"`
}

func setPrices(ctx context.Context, tx *db.Tx, in string, from, to map[catalog.VariantID]money.Amount) error {
	for id, price := range to {
		if price == from[id] {
			continue
		}
		if err := pricing.Set(ctx, tx, in, id, price); err != nil {
			return err
		}
	}
	return nil
}

func tellPrices(v *visit, state json.RawMessage) string {
	var low, high money.Amount
	for _, price := range said[priceState](state).Prices {
		if low.Currency == "" || price.Minor < low.Minor {
			low = price
		}
		if high.Currency == "" || price.Minor > high.Minor {
			high = price
		}
	}
	switch {
	case low.Currency == "":
		return ""
	case low == high:
		return v.Money(low)
	}
	return v.Money(low) + " – " + v.Money(high)
}

// repriced is a price changed by a percentage, rounded half away from zero to
// what the currency charges; with an ending, to the nearest price that ends so.
func repriced(price money.Amount, percent, ending string) (money.Amount, error) {
	change, ok := new(big.Rat).SetString(strings.ReplaceAll(strings.TrimSuffix(decimal(percent), "%"), "−", "-"))
	if !ok || change.Cmp(big.NewRat(-99, 1)) < 0 || change.Cmp(big.NewRat(1000, 1)) > 0 {
		return money.Amount{}, errPercent
	}
	info, known := money.Find(price.Currency)
	if !known {
		return money.Amount{}, errors.New("a price in an unknown currency")
	}
	factor := new(big.Rat).Add(big.NewRat(1, 1), change.Quo(change, big.NewRat(100, 1)))
	exact := factor.Mul(factor, new(big.Rat).SetInt64(price.Minor))
	if end, err := strconv.ParseInt(ending, 10, 64); ending != "" && err == nil {
		unit := info.MinorPerUnit()
		end = end * unit / 100
		end -= end % info.ChargeStep
		whole := nearest(exact.Sub(exact, new(big.Rat).SetInt64(end)), unit)
		return money.Of(max(whole+end, 0), price.Currency), nil
	}
	return money.Of(nearest(exact, info.ChargeStep), price.Currency), nil
}

// nearest is the multiple of step nearest to v, half away from zero.
func nearest(v *big.Rat, step int64) int64 {
	v = new(big.Rat).Quo(v, new(big.Rat).SetInt64(step))
	half := big.NewRat(int64(v.Sign()), 2)
	v.Add(v, half)
	return new(big.Int).Quo(v.Num(), v.Denom()).Int64() * step
}

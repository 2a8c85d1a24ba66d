package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

const (
	stockSize = 20  // products of which the list of stock shows all variants at a time
	levelSize = 100 // levels read at a time
)

var shows = []string{string(inventory.ShowLow), string(inventory.ShowOut), string(inventory.ShowBackorder), string(inventory.ShowIncoming)}

// lying is a SKU in the list of stock: at one location, or over all of them.
type lying struct {
	inventory.Level
	SKU, Title string
	Place      string // "" over all
	Free       int64  // what may be bought
}

// stockList describes what lies where: each SKU over all locations, or, where
// somebody asks for a location or for what is low, its single levels.
func (a *Admin) stockList() list[lying] {
	return list[lying]{
		name: "stock", path: Prefix + "/stock", read: "stock.read", lead: "admin.stock.lead", tabs: "show", live: inventory.Topic,
		columns: lyingColumns(), changes: stockChanges(),
		filters: []listFilter{
			{name: "q", label: "admin.stock.search", kind: "search"},
			{name: "show", label: "admin.stock.state", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.words("show", "admin.all", shows...), nil }},
			{name: "location", label: "admin.field.location", options: placesFilter},
		},
		page:  lyingPage,
		key:   func(l lying) string { return string(l.Variant) },
		label: func(l lying) string { return strings.TrimSpace(l.SKU + " " + l.Place) },
		none:  "admin.stock.none",
		first: func(v *visit) (path, key string) {
			if !v.can("catalog.write") {
				return "", ""
			}
			return Prefix + "/products/new", "admin.product.new"
		},
		head: func(v *visit) templ.Component { return v.stockWays() },
	}
}

func lyingColumns() []column[lying] {
	units := func(name, title string, extra bool, get func(lying) int64) column[lying] {
		return column[lying]{name: name, title: title, number: true, extra: extra, cell: plainCell(func(v *visit, l lying) string { return v.Number(get(l)) }),
			text: func(_ *visit, l lying) string { return strconv.FormatInt(get(l), 10) }}
	}
	free := units("available", "admin.col.available", false, func(l lying) int64 { return l.Free })
	free.cell = func(v *visit, l lying) templ.Component {
		if l.Free <= lowStock {
			return ui.Badge(ui.ToneWarning, v.Number(l.Free))
		}
		return wordsOf(v.Number(l.Free))
	}
	return []column[lying]{
		{name: "sku", title: "admin.field.sku", fixed: true, cell: func(v *visit, l lying) templ.Component { return v.skuCell(l.SKU) },
			text: func(_ *visit, l lying) string { return l.SKU }},
		textColumn("product", "admin.col.product", false, func(_ *visit, l lying) string { return l.Title }),
		textColumn("location", "admin.field.location", false, func(v *visit, l lying) string {
			if l.Place == "" {
				return v.T("admin.stock.everywhere")
			}
			return l.Place
		}),
		units("on_hand", "admin.col.on_hand", false, func(l lying) int64 { return l.OnHand }),
		units("reserved", "admin.col.reserved", false, func(l lying) int64 { return l.Reserved }),
		free,
		units("incoming", "admin.col.incoming", true, func(l lying) int64 { return l.Incoming }),
	}
}

func lyingPage(v *visit, tx *db.Tx, at listing.State, limit int) ([]lying, string, error) {
	if at.Filter("show") == "" && at.Filter("location") == "" {
		return skuPage(v, tx, at)
	}
	f := inventory.Filter{Location: at.Filter("location"), Show: inventory.Show(at.Filter("show")), Limit: min(limit, levelSize)}
	if variant, location, ok := strings.Cut(at.After, "@"); ok {
		f.After = inventory.Level{Variant: catalog.VariantID(variant), Location: location}
	}
	if q := at.Filter("q"); q != "" {
		found, _, err := inStockOf(v.ctx(), tx, catalog.Filter{Query: q, Limit: catalog.MaxPage})
		if err != nil || len(found) == 0 {
			return nil, "", err
		}
		for _, s := range found {
			f.Variants = append(f.Variants, s.Variant.ID)
		}
	}
	levels, err := inventory.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	vs := make([]catalog.VariantID, len(levels))
	for i, l := range levels {
		vs[i] = l.Variant
	}
	items, err := catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs)
	if err != nil {
		return nil, "", err
	}
	names, err := placeNames(v, tx)
	rows, next := make([]lying, len(levels)), ""
	for i, l := range levels {
		rows[i] = lying{Level: l, SKU: items[l.Variant].SKU, Title: items[l.Variant].Title, Place: names[l.Location], Free: l.Available()}
	}
	if n := len(levels); n == f.Limit {
		next = string(levels[n-1].Variant) + "@" + levels[n-1].Location
	}
	return rows, next, err
}

// skuPage is every variant over all locations, product by product.
func skuPage(v *visit, tx *db.Tx, at listing.State) (rows []lying, next string, err error) {
	found, next, err := inStockOf(v.ctx(), tx, catalog.Filter{Status: catalog.StatusActive, Query: at.Filter("q"), After: at.After, Limit: stockSize})
	if err != nil {
		return nil, "", err
	}
	sums := map[catalog.VariantID]inventory.Level{}
	for some := range slices.Chunk(found, 500) {
		f := inventory.Filter{Limit: levelSize}
		for _, s := range some {
			f.Variants = append(f.Variants, s.Variant.ID)
		}
		for more := true; more; {
			levels, err := inventory.List(v.ctx(), tx, f)
			if err != nil {
				return nil, "", err
			}
			for _, l := range levels {
				sum := sums[l.Variant]
				sum.OnHand, sum.Reserved, sum.Incoming = sum.OnHand+l.OnHand, sum.Reserved+l.Reserved, sum.Incoming+l.Incoming
				sums[l.Variant], f.After = sum, l
			}
			more = len(levels) == levelSize
		}
	}
	for _, s := range found {
		l := lying{Level: sums[s.Variant.ID], SKU: s.Variant.SKU, Title: v.titleOf(s), Free: s.Available}
		l.Variant = s.Variant.ID
		rows = append(rows, l)
	}
	return rows, next, nil
}

// inStockOf is the variant whose SKU the words of a filter are, or every variant
// of a page of products that they find.
func inStockOf(ctx context.Context, tx *db.Tx, f catalog.Filter) ([]inStock, string, error) {
	variant, err := catalog.FindSKU(ctx, tx, f.Query)
	if err == nil {
		p, err := catalog.Find(ctx, tx, variant.Product)
		if err != nil {
			return nil, "", err
		}
		p.Variants = []catalog.Variant{variant}
		all, err := stockOf(ctx, tx, []catalog.Product{p})
		return all, "", err
	}
	if !errors.Is(err, catalog.ErrSKUNotFound) {
		return nil, "", err
	}
	page, next, err := catalog.List(ctx, tx, f)
	if err != nil {
		return nil, "", err
	}
	all, err := stockOf(ctx, tx, page)
	return all, next, err
}

// stockChanges say of many SKUs from where they are low, and how they are sold
// when none lies free.
func stockChanges() []listChange {
	modes := []string{string(inventory.Tracked), string(inventory.Backorder), string(inventory.Untracked)}
	return []listChange{
		{verb: policyVerb("stock.low", setLow), action: "stock.write", label: "admin.stock.set_low",
			settings: []changeSetting{{name: "low", label: "admin.field.low", mode: "numeric"}},
			tell: telling(func(v *visit, state json.RawMessage) string {
				if low := said[inventory.Policy](state).Low; low >= 0 {
					return v.Number(low)
				}
				return v.Number(inventory.DefaultLow)
			})},
		{verb: policyVerb("stock.mode", setMode), action: "stock.write", label: "admin.stock.set_mode",
			settings: []changeSetting{
				{name: "mode", label: "admin.field.mode", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.words("mode", "", modes...), nil }},
				{name: "limit", label: "admin.field.limit", mode: "numeric", free: true},
			},
			tell: telling(func(v *visit, state json.RawMessage) string {
				p := said[inventory.Policy](state)
				if p.Limit > 0 {
					return v.word("mode", string(p.Mode)) + " (" + v.Number(p.Limit) + ")"
				}
				return v.word("mode", string(p.Mode))
			})},
	}
}

func setLow(p *inventory.Policy, s listing.Settings) error {
	n, err := strconv.ParseInt(s["low"], 10, 64)
	if err != nil || n < 0 {
		return inventory.ErrInvalid.With("low: write a whole number, 0 or more")
	}
	p.Low = n
	return nil
}

func setMode(p *inventory.Policy, s listing.Settings) error {
	mode := inventory.Mode(s["mode"])
	if mode == p.Mode && s["limit"] == "" {
		return nil
	}
	*p = inventory.Policy{Variant: p.Variant, Mode: mode, Low: p.Low}
	if s["limit"] == "" {
		return nil
	}
	n, err := strconv.ParseInt(s["limit"], 10, 64)
	if err != nil {
		return inventory.ErrInvalid.With("limit: write a whole number")
	}
	p.Limit = n
	return nil
}

// policyVerb changes how variants are sold; what was so before is given back
// where nobody has changed it since.
func policyVerb(name string, set func(*inventory.Policy, listing.Settings) error) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			found, err := catalog.FindVariant(ctx, tx, catalog.VariantID(subject))
			if err != nil {
				return o, err
			}
			old, err := inventory.FindPolicy(ctx, tx, found.ID)
			if err != nil {
				return o, err
			}
			after := old
			if err := set(&after, s); err != nil || after == old {
				return listing.Outcome{Title: found.SKU, Old: keep(old), New: keep(old)}, err
			}
			if err := inventory.SavePolicy(ctx, tx, after); err != nil {
				return o, err
			}
			after, err = inventory.FindPolicy(ctx, tx, found.ID)
			return listing.Outcome{Title: found.SKU, Old: keep(old), New: keep(after)}, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := inventory.FindPolicy(ctx, tx, catalog.VariantID(subject))
			if err != nil {
				return err
			}
			if now != said[inventory.Policy](o.New) {
				return listing.ErrMoved
			}
			return inventory.SavePolicy(ctx, tx, said[inventory.Policy](o.Old))
		}}
}

// Package feed tells others what the shop sells, in the files they ask for:
// Google Merchant Center's RSS and Meta's CSV.
//
// A feed is one market's in one language: what is on sale there now, a row for
// each variant, with the price, the stock and the link a shopper would see.
// It is made as it is read, a page of products at a time, so it is never older
// than a minute and never held in memory; one is made at a time, because nobody
// waits for it.
//
// Never true: a row for what nobody may see or what has no price in the market;
// a price other than the page's.
package feed

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/fulfilment/pickup"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/value/calendar"
	"korzo/value/money"
)

// What a reader can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "feed.not_found", "there is no such feed: use /feeds/MARKET/LANGUAGE/google.xml or meta.csv")
	ErrBusy     = fault.New(fault.Limited, "feed.busy", "another feed is being made: ask again in a minute")
)

// Limits that both readers set, in characters.
const (
	mostTitle       = 150
	mostDescription = 5000
	mostID          = 50
	mostBrand       = 70
)

// perPage is how many products are read at a time.
const perPage = 100

// Feed answers the files below. All fields are required.
type Feed struct {
	DB      *db.DB
	Channel string // whose markets and goods: "web"
	BaseURL string // where shoppers reach the shop, without a slash at the end
	Media   string // where pictures are served: "/media/"

	turn chan struct{}
}

// writer is a kind of file.
type writer interface {
	begin(title, link string) error
	row(Row) error
	end() error
}

// kinds are the files there are, by name, with their types.
var kinds = map[string]struct {
	kind string
	open func(w io.Writer) writer
}{
	"google.xml": {"application/xml; charset=utf-8", newGoogle},
	"meta.csv":   {"text/csv; charset=utf-8", newMeta},
}

// Routes opens the feeds to everybody: they say what the pages say.
func (f *Feed) Routes(mux *http.ServeMux) {
	f.turn = make(chan struct{}, 1)
	mux.Handle("GET /feeds/{market}/{language}/{file}", web.Handler(f.serve))
}

func (f *Feed) serve(w http.ResponseWriter, r *http.Request) error {
	kind, ok := kinds[r.PathValue("file")]
	if !ok || !slices.Contains(i18n.Languages, r.PathValue("language")) {
		return ErrNotFound
	}
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	default:
		return ErrBusy
	}
	of, err := f.find(r.Context(), r.PathValue("market"), r.PathValue("language"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind.kind)
	w.Header().Set("Cache-Control", "public, max-age=600")
	return f.write(r.Context(), kind.open(w), of)
}

// selling is what a feed is about.
type selling struct {
	channel  market.Channel
	market   market.Market
	language string
}

func (f *Feed) find(ctx context.Context, marketID, language string) (of selling, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		of.language = language
		if of.channel, err = market.FindChannel(ctx, tx, f.Channel); err != nil {
			return err
		}
		if !of.channel.Serves(marketID) {
			return ErrNotFound
		}
		of.market, err = market.Find(ctx, tx, marketID)
		return err
	})
	return of, err
}

// write reads a page at a time, each in a transaction of its own, so that a slow
// reader holds nothing up.
func (f *Feed) write(ctx context.Context, to writer, of selling) error {
	if err := to.begin(of.channel.Name, f.BaseURL+"/"); err != nil {
		return err
	}
	for after := ""; ; {
		var rows []Row
		var next string
		err := f.DB.Read(ctx, func(tx *db.Tx) (err error) {
			rows, next, err = f.page(ctx, tx, of, after)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := to.row(row); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return to.end()
		}
	}
}

// Row is a variant as a feed tells it.
type Row struct {
	ID, Group    string // the SKU, and the product's id where it has siblings
	Title        string
	Description  string
	Link, Image  string
	Availability string // in_stock, out_of_stock, preorder or backorder
	From         calendar.Date
	Collect      bool // it is there to be collected in a store, and not sent
	Price        money.Amount
	Sale         money.Amount // what it costs now, when Price was the lowest before; zero without a sale
	GTIN, Brand  string       // the brand is the maker, or the shop where none is named: readers want one
	WeightGrams  int64
}

// page reads one page of products: five statements at most.
func (f *Feed) page(ctx context.Context, tx *db.Tx, of selling, after string) (rows []Row, next string, err error) {
	products, next, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Channel: of.channel.ID, Locale: of.language, After: after, Limit: perPage})
	if err != nil {
		return nil, "", err
	}
	var ids []catalog.VariantID
	for _, p := range products {
		for _, v := range p.Variants {
			ids = append(append(ids, v.ID), catalog.PartIDs(v.Parts)...)
		}
	}
	if len(ids) == 0 {
		return nil, next, nil
	}
	q, err := cart.Pricing(ctx, tx, of.market.ID, of.channel.ID, "")
	if err != nil {
		return nil, "", err
	}
	offers, err := pricing.Offers(ctx, tx, q, ids)
	if err != nil {
		return nil, "", err
	}
	standing, err := inventory.StandingIn(ctx, tx, of.channel.ID, ids)
	if err != nil {
		return nil, "", err
	}
	counters, err := pickup.Counters(ctx, tx, of.market.ID)
	if err != nil {
		return nil, "", err
	}
	stock, lies, prices := standing.All(), standing.OnlyAt(counters), pricing.Singles(offers)
	for _, p := range products {
		for _, v := range p.Variants {
			if price, ok := catalog.BundlePrice(v.ID, v.Parts, v.PartsDiscountPPM, prices); ok && !price.IsZero() {
				there := stock[v.ID]
				if len(v.Parts) > 0 {
					there = inventory.Bundled(v.Parts, stock)
				}
				row := f.row(of, p, v, price, offers[v.ID].Prior, there)
				if row.Availability == "out_of_stock" && lies[v.ID] > 0 && len(v.Parts) == 0 {
					row.Availability, row.Collect = "in_stock", true
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, next, nil
}

func (f *Feed) row(of selling, p catalog.Product, v catalog.Variant, price, prior money.Amount, there inventory.Availability) Row {
	row := Row{ID: cut(v.SKU, mostID), Title: p.Title, Description: cut(p.Description, mostDescription), Price: price,
		Brand: cut(cmp.Or(p.Safety.Manufacturer.Name, of.channel.Name), mostBrand), WeightGrams: v.WeightGrams}
	if len(p.Variants) > 1 {
		row.Group = string(p.ID)
	}
	var values []string
	for _, option := range p.Options {
		if value, ok := v.Options[option.Name]; ok {
			values = append(values, p.ValueIn(option.Name, value, of.language))
		}
	}
	if len(values) == 0 && v.Title != "" {
		values = []string{v.Title}
	}
	if len(values) > 0 {
		row.Title += " – " + strings.Join(values, ", ")
	}
	row.Title = cut(row.Title, mostTitle)
	if row.Description == "" {
		row.Description = row.Title
	}
	q := url.Values{"variant": {v.SKU}, "lang": {of.language}, "market": {of.market.ID}}
	row.Link = f.BaseURL + "/products/" + url.PathEscape(p.Slug) + "?" + q.Encode()
	if len(p.Images) > 0 {
		row.Image = f.BaseURL + f.Media + url.PathEscape(p.Images[0].Blob)
	}
	if prior.Cmp(price) > 0 {
		row.Price, row.Sale = prior, price
	}
	if catalog.ValidGTIN(v.Barcode) {
		row.GTIN = v.Barcode
	}
	row.Availability, row.From = availability(p.Kind, there)
	return row
}

// availability is what both readers call a status.
func availability(kind string, there inventory.Availability) (string, calendar.Date) {
	switch {
	case !cart.Stocked(catalog.Item{Kind: kind}):
		return "in_stock", calendar.Date{}
	case there.Units == 0:
		return "out_of_stock", calendar.Date{}
	case there.Status == inventory.OnPreorder && !there.Expected.IsZero():
		return "preorder", there.Expected
	case there.Status == inventory.OnPreorder, there.Status == inventory.OnBackorder:
		return "backorder", there.Expected
	}
	return "in_stock", calendar.Date{}
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// amount writes a price as both want it: "12.90 EUR".
func amount(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.Decimal() + " " + string(a.Currency)
}

// instant writes a day as ISO 8601 with a time, as both want it.
func instant(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.At(0, time.UTC).Format("2006-01-02T15:04Z")
}

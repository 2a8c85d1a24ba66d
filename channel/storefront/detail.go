package storefront

import (
	"context"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/ui"
)

// image is a picture as a page shows it.
type image = catalog.Image

// srcset lists the sizes a picture is kept in, the original last.
func (p page) srcset(m image) string {
	var all []string
	for _, size := range m.Sizes {
		all = append(all, p.media(size.Blob)+" "+number(int64(size.Width))+"w")
	}
	if m.Width > 0 {
		all = append(all, p.media(m.Blob)+" "+number(int64(m.Width))+"w")
	}
	return strings.Join(all, ", ")
}

// pictureOf is a picture with the sizes there are of it, of which a browser takes
// the smallest that fills the place it gets.
func (p page) pictureOf(m image, sizes string, eager bool) ui.Picture {
	if m.Blob == "" {
		return ui.Picture{}
	}
	shown := ui.Picture{Src: p.media(m.Blob), Alt: m.Alt, Width: m.Width, Height: m.Height, Eager: eager}
	if len(m.Sizes) > 0 {
		shown.Srcset, shown.Sizes = p.srcset(m), sizes
	}
	return shown
}

// thumb is a small picture beside words that say what it shows.
func (p page) thumb(m image) ui.Picture {
	m.Alt = ""
	return p.pictureOf(m, "3.5rem", false)
}

// gallery is the pictures and films of a product.
func (p productPage) gallery() ui.Pictures {
	all := ui.Pictures{ID: "picture-", Label: p.T("shop.pictures"), Enlarge: p.T("shop.picture.enlarge"), Close: p.T("shop.picture.close")}
	for i, m := range p.Images {
		s := ui.Shot{Picture: p.pictureOf(m, "(min-width: 48rem) 55vw, 100vw", i == 0), Full: p.media(m.Blob), Thumb: p.thumb(m), Of: string(m.Variant),
			Number: p.T("shop.picture.number", "Number", p.Number(int64(i+1)), "Count", p.Number(int64(len(p.Images))))}
		if m.Video != "" {
			s.Picture = ui.Picture{Src: p.media(poster(m)), Alt: p.T("shop.video", "Text", m.Alt)}
			s.Video, s.VideoType = p.media(m.Video), m.VideoType()
		}
		all.Shots = append(all.Shots, s)
	}
	return all
}

// goodsOf is a product as lists show it.
func (p page) goodsOf(c card, eager bool) ui.Goods {
	g := ui.Goods{Title: c.title, Path: productPath(c.slug), Unit: c.unit,
		Picture: p.pictureOf(c.image, "(min-width: 64rem) 17rem, (min-width: 48rem) 30vw, 46vw", eager)}
	switch {
	case c.price == "":
		g.Words = p.T("shop.stock.not_here")
	case c.from:
		g.Words = p.T("shop.price.from", "Price", c.price)
	default:
		g.Price = c.price
	}
	if c.prior != "" {
		g.Prior = p.T("shop.price.prior", "Price", c.prior)
	}
	switch {
	case c.price == "" || !c.soldOut:
	case c.collect:
		g.Note = p.T("shop.stock.collect")
	default:
		g.Note = p.T("shop.stock.none")
	}
	return g
}

// poster is the size of a picture that a film shows until it is played.
func poster(m image) string {
	for _, size := range m.Sizes {
		if size.Width >= 960 {
			return size.Blob
		}
	}
	return m.Blob
}

// row is one thing a product says of itself.
type row struct{ title, text string }

// rows are the attributes that shoppers see.
func (p productPage) rows() (all []row) {
	if len(p.goods.Attributes) == 0 {
		return nil
	}
	for _, a := range p.tree.Of(p.goods.Categories...) {
		values := p.goods.Attributes[a.Code]
		if a.Private || len(values) == 0 {
			continue
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = p.attributeValue(a, v)
		}
		all = append(all, row{a.In(p.Tag()), strings.Join(texts, ", ")})
	}
	return all
}

// home is the way to a product: the path of its first category.
func (p *productPage) home() {
	if len(p.goods.Categories) == 0 {
		return
	}
	for _, id := range p.tree.Path(p.goods.Categories[0]) {
		if c, _ := p.tree.Find(id); !c.Hidden {
			p.path = append(p.path, place{title: c.In(p.Tag()).Title, path: categoryPath(c, p.Tag())})
		}
	}
}

// unitPrice says what a litre or kilogram of an offer costs, "" when that is
// not known.
func (v *visit) unitPrice(o offer) string {
	if !o.sold {
		return ""
	}
	price, per := o.Content.Price(o.price)
	if per == "" {
		return ""
	}
	return v.T("shop.unit_price", "Price", v.Money(price), "Unit", v.T("shop.unit."+per))
}

// name names an offer by its options, in the reader's language and the
// merchant's order, or else as the merchant did. A gift card without a name goes
// by its value.
func (p productPage) name(o offer) string {
	var values []string
	for _, option := range p.goods.Options {
		if value, ok := o.Options[option.Name]; ok {
			values = append(values, p.goods.ValueIn(option.Name, value, p.Tag()))
		}
	}
	if len(values) > 0 {
		return strings.Join(values, ", ")
	}
	if p.isCard() && o.Title == "" && o.sold {
		return p.Money(o.price)
	}
	return o.name()
}

// inside is a part of a bundle.
type inside struct {
	slug, title string // no slug: nobody can see it by itself
	quantity    int64
}

// shelf is a kind of relation and what it leads to.
type relatedShelf struct {
	kind  string
	cards []card
}

// surroundings reads what stands beside a product and in a bundle: nothing when
// there is neither.
func (p *productPage) surroundings(ctx context.Context, tx *db.Tx, v *visit) error {
	kinds, found, err := catalog.Related(ctx, tx, p.goods.Product, v.channel.ID, v.Tag())
	if err != nil {
		return err
	}
	all, err := goodsOf(ctx, tx, v, found)
	if err != nil {
		return err
	}
	for _, kind := range catalog.RelationKinds {
		shelf := relatedShelf{kind: kind}
		for i, g := range all {
			if kinds[i] == kind {
				shelf.cards = append(shelf.cards, g.card(v))
			}
		}
		if len(shelf.cards) > 0 {
			p.related = append(p.related, shelf)
		}
	}
	if len(p.offers) == 0 || len(p.offers[0].Parts) == 0 {
		return nil
	}
	parts := p.offers[max(0, slices.IndexFunc(p.offers, func(o offer) bool { return o.ID == p.chosen }))].Parts
	items, err := catalog.SellableIn(ctx, tx, v.channel.ID, v.Tag(), catalog.PartIDs(parts))
	for _, part := range parts {
		if it, ok := items[part.Variant]; ok {
			one := inside{title: it.Title, quantity: part.Quantity}
			if it.Active {
				one.slug = it.Slug
			}
			p.inside = append(p.inside, one)
		}
	}
	return err
}

package storefront

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/ui"
	"korzo/value/money"
)

// cookiePlace says where the visitor would have things sent: "DE 10119".
const cookiePlace = "place"

// spot is where a visitor would have things sent, as far as they said.
type spot struct{ country, postalCode string }

// spotOf reads the cookie; a country the market does not deliver to counts as
// the market's own.
func (v *visit) spotOf(text string) spot {
	country, code, _ := strings.Cut(text, " ")
	if !v.market.Serves(country) {
		return spot{country: v.market.Country}
	}
	return spot{country, postalCode(code)}
}

// longestPostalCode is that of every country, with what people put into it.
const longestPostalCode = 12

// postalCode keeps letters, digits, blanks and hyphens of what was typed.
func postalCode(typed string) string {
	code := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == ' ' || r == '-' {
			return r
		}
		return -1
	}, strings.ToUpper(strings.TrimSpace(typed)))
	return code[:min(len(code), longestPostalCode)]
}

// setPlace keeps where the visitor would have things sent, and goes back.
func (s *Shop) setPlace(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	if country := in.Get("country"); len(country) == 2 {
		web.SetCookie(w, r, cookiePlace, country+" "+postalCode(in.Get("postal_code")), month)
	}
	return see(w, r, local(in.Get("back")))
}

// delivery is what a product page says of the ways to its reader.
type delivery struct {
	ship   []method.Option
	pickup []counter
	free   money.Amount // of goods, from which delivery costs nothing; zero when there is no such sum
}

// counter is a place where people collect, and what lies there.
type counter struct {
	method.Option
	place inventory.Location
	units int64 // of the chosen variant, that lie free there
}

// deliveries are the ways one piece would reach a buyer in this market.
func deliveries(ctx context.Context, tx *db.Tx, v *visit, o offer) (d delivery, err error) {
	if !o.stocked {
		return d, nil
	}
	q := method.Query{Market: v.market.ID, Country: v.spot.country, PostalCode: v.spot.postalCode, Locale: v.Tag(), Now: tx.Now}
	if o.free == 0 {
		q.Ready = o.expected
	}
	q.Basket.Goods, q.Basket.Units, q.Basket.WeightGrams = o.price, 1, o.WeightGrams
	q.Basket.VolumeCM3, q.Basket.LongestMM = o.Size.Volume(), o.Size.Longest()
	all, err := method.Options(ctx, tx, q)
	if err != nil {
		return d, err
	}
	for _, one := range all {
		if one.Kind == method.Pickup && one.Location != "" {
			place, err := inventory.FindLocation(ctx, tx, one.Location)
			if err != nil {
				return d, err
			}
			d.pickup = append(d.pickup, counter{Option: one, place: place})
		} else if o.buyable() {
			d.ship = append(d.ship, one)
		}
	}
	slices.SortStableFunc(d.pickup, func(a, b counter) int { // the nearest first, where it is known how far they are
		if a.Km < 0 || b.Km < 0 {
			return 0
		}
		return a.Km - b.Km
	})
	if len(d.pickup) > 0 {
		if _, err := v.counters(ctx, tx); err != nil {
			return d, err
		}
	}
	if err := d.look(ctx, tx, o); err != nil {
		return d, err
	}
	free, _, err := method.FreeFrom(ctx, tx, q)
	d.free = free
	return d, err
}

// look counts what lies at the counters: one statement, when there are any.
// What is made of parts is not counted there.
func (d *delivery) look(ctx context.Context, tx *db.Tx, o offer) error {
	if len(d.pickup) == 0 {
		return nil
	}
	if len(o.Parts) > 0 {
		d.pickup = nil
		return nil
	}
	levels, err := inventory.Levels(ctx, tx, o.ID)
	for i := range d.pickup {
		for _, l := range levels {
			if l.Location == d.pickup[i].Location {
				d.pickup[i].units = max(l.OnHand-l.Reserved, 0)
			}
		}
	}
	return err
}

// comesBack are the terms of what is on the page: what nobody can send back has
// its days alone.
func (p productPage) comesBack() []string {
	terms := p.returns(p.spot.country)
	if len(terms) > 0 && !cart.Stocked(catalog.Item{Kind: p.goods.Kind}) {
		return terms[:1]
	}
	return terms
}

// placeName says where the delivery goes.
func (p page) placeName() string {
	if p.spot.postalCode == "" {
		return p.Country(p.spot.country)
	}
	return p.Country(p.spot.country) + ", " + p.spot.postalCode
}

// placeCountries are where the market delivers to, in the reader's order.
func (p page) placeCountries() []ui.Option {
	codes := slices.Clone(p.market.Countries)
	p.SortCountries(codes)
	all := make([]ui.Option, len(codes))
	for i, c := range codes {
		all[i] = ui.Option{Value: c, Label: p.Country(c)}
	}
	return all
}

// counterStock says what lies at a counter, a number only when it is low.
func (p page) counterStock(c counter) (text string, tone ui.Tone) {
	switch {
	case c.units == 0:
		return p.T("shop.counter.none"), ui.ToneWarning
	case c.units <= inventory.DefaultLow:
		return p.plural("shop.stock.few", c.units), ui.ToneWarning
	}
	return p.T("shop.stock.good"), ui.ToneGood
}

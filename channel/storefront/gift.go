package storefront

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/ui"
	"korzo/value/calendar"
)

// giftsShown bounds for how many units of a line the page offers a recipient of
// their own.
const giftsShown = 20

// giftForm is for whom a card is, as it was typed.
type giftForm struct {
	id       giftcard.GiftID
	typed    url.Values // the fields of the form
	problem  string     // about field
	field    string
	unit     int // of its line, from 1
	expanded bool
}

// giftIn reads for whom a card is; ErrDay for a day that is none.
func giftIn(in url.Values) (g giftcard.Gift, err error) {
	g = giftcard.Gift{ID: giftcard.GiftID(in.Get("gift")), Name: in.Get("gift_name"), Email: in.Get("gift_email"), From: in.Get("gift_from"), Text: in.Get("gift_text")}
	if day := strings.TrimSpace(in.Get("gift_on")); day != "" {
		if g.On, err = calendar.Parse(day); err != nil {
			return g, giftcard.ErrDay
		}
	}
	return g, nil
}

// giftEmpty reports whether all was wiped out: the card is the buyer's own.
func giftEmpty(in url.Values) bool {
	g, err := giftIn(in)
	return err == nil && g.IsZero()
}

// giftOut is a gift as its form shows it.
func giftOut(g giftcard.Gift) url.Values {
	typed := url.Values{"gift_name": {g.Name}, "gift_email": {g.Email}, "gift_from": {g.From}, "gift_text": {g.Text}}
	if !g.On.IsZero() {
		typed.Set("gift_on", g.On.String())
	}
	return typed
}

// giftFieldOf names the field that a refusal is about, by its code.
func giftFieldOf(code string) string {
	return map[string]string{"giftcard.recipient": "gift_email", "giftcard.day": "gift_on", "giftcard.text": "gift_text"}[code]
}

// inputs are the fields of the form, named after nth so that a page may have
// several.
func (p page) giftInputs(f giftForm, nth string) []ui.Input {
	all := []ui.Input{
		{Name: "gift_name", Label: p.T("shop.gift.name"), MaxLength: 100, Width: ui.Half},
		{Name: "gift_email", Label: p.T("shop.gift.email"), Hint: p.T("shop.gift.email_hint"), Type: "email", Mode: "email", MaxLength: 254, Width: ui.Half},
		{Name: "gift_from", Label: p.T("shop.gift.from"), MaxLength: 100, Width: ui.Half},
		{Name: "gift_on", Label: p.T("shop.gift.on"), Hint: p.T("shop.gift.on_hint"), Type: "date", Width: ui.Half},
		{Name: "gift_text", Label: p.T("shop.gift.text"), Rows: 3, MaxLength: 500},
	}
	for i := range all {
		all[i].Value, all[i].Key = f.typed.Get(all[i].Name), nth
		if f.field == all[i].Name {
			all[i].Error = f.problem
		}
	}
	return all
}

// isCard reports whether a product is a gift card.
func (p productPage) isCard() bool { return p.goods.Kind == catalog.KindGiftCard }

// putGift writes for whom a unit of a variant is, after the first keep units.
func (s *Shop) putGift(ctx context.Context, tx *db.Tx, into cart.Cart, variant catalog.VariantID, keep int64, in url.Values) error {
	g, err := giftIn(in)
	if err != nil || g.IsZero() {
		return err
	}
	return checkout.PutGifts(ctx, tx, s.Keeper, into, variant, keep, []giftcard.Gift{g})
}

// setGift changes for whom a card in the cart is, or makes it the buyer's own.
func (s *Shop) setGift(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	line, code := cart.LineID(r.PathValue("line")), ""
	return s.change(w, r, func(tx *db.Tx, v *visit) error {
		_, err := cart.Note(r.Context(), tx, v.cart.ID, v.caller(), func(c cart.Cart) error {
			for _, l := range c.Lines {
				switch {
				case l.ID != line:
				case in.Has("remove"), in.Get("gift") != "" && giftEmpty(in):
					return giftcard.RemoveGift(r.Context(), tx, string(c.ID), giftcard.GiftID(in.Get("gift")))
				default:
					return s.putGift(r.Context(), tx, c, l.Variant, l.Quantity, in)
				}
			}
			return nil
		})
		code = fault.CodeOf(err)
		return err
	}, func(p *cartPage, text string) {
		p.gift = giftForm{id: giftcard.GiftID(in.Get("gift")), typed: in, problem: text, field: giftFieldOf(code), expanded: true}
		p.giftLine = line
	})
}

// giftForms are the forms of a line's units: those that have a recipient, and one
// more where a unit has none.
func (p cartPage) giftForms(l cartLine) (all []giftForm) {
	if l.Item.Kind != catalog.KindGiftCard {
		return nil
	}
	gifts := p.gifts[string(l.Variant)]
	for i, g := range gifts[:min(int64(len(gifts)), l.Quantity, giftsShown)] {
		all = append(all, giftForm{id: g.ID, typed: giftOut(g), unit: i + 1})
	}
	if n := int64(len(all)); n < min(l.Quantity, giftsShown) {
		all = append(all, giftForm{typed: url.Values{}, unit: int(n) + 1})
	}
	for i, f := range all {
		if p.gift.expanded && p.giftLine == l.Line.ID && p.gift.id == f.id {
			all[i] = p.gift
			all[i].unit = f.unit
		}
	}
	return all
}

// giftSummary says in a line for whom a card is and when it is sent.
func (p page) giftSummary(f giftForm) string {
	name, email, day := f.typed.Get("gift_name"), f.typed.Get("gift_email"), f.typed.Get("gift_on")
	if name == "" {
		name = email
	}
	when := ""
	if d, err := calendar.Parse(day); err == nil {
		when = p.LongDay(d)
	}
	switch {
	case f.id == "":
		return p.T("shop.gift.mine")
	case email == "" && name == "":
		return p.T("shop.gift.print")
	case email == "":
		return p.T("shop.gift.print_for", "Name", name)
	case when == "":
		return p.T("shop.gift.to", "Name", name)
	}
	return p.T("shop.gift.to_on", "Name", name, "Day", when)
}

// boughtCards are the gift cards that an order bought: no statement where it
// bought none.
func (s *Shop) boughtCards(ctx context.Context, tx *db.Tx, o order.Order) ([]giftcard.Waiting, error) {
	if !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Kind == catalog.KindGiftCard }) {
		return nil, nil
	}
	return giftcard.Bought(ctx, tx, s.Keeper, string(o.ID))
}

// boughtText says how a card of an order stands.
func (p orderPage) boughtText(c giftcard.Waiting) string {
	name := c.Name
	if name == "" {
		name = c.Email
	}
	when := p.Date(c.At, p.zone)
	switch {
	case c.Card.State == giftcard.StateCancelled:
		return p.T("shop.gift.cancelled")
	case name == "":
		return p.T("shop.gift.ready")
	case c.State == "sent":
		return p.T("shop.gift.sent", "Name", name, "Day", when)
	case c.State == "waiting" && c.At.After(p.shop.DB.Now()):
		return p.T("shop.gift.goes", "Name", name, "Day", when)
	}
	return p.T("shop.gift.leaving", "Name", name)
}

package checkout

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/order"
	"korzo/purchase/quote"
	"korzo/value/money"
)

// Widget is an optional part of the checkout as it stands for this shopper.
type Widget struct {
	Name    string         // unique in the flow
	Kind    string         // one of widget.Kinds
	Place   string         // one of widget.Places
	Data    any            // what a door needs to draw it
	Answers widget.Answers // what was said and kept, the shopper's own words too
}

// fit finds the widgets that stand for this shopper, and adds what they cost to
// the basket. A flow without widgets costs nothing.
func (c *Checkout) fit(ctx context.Context, tx *db.Tx, v *View) error {
	if len(v.Flow.Widgets) == 0 {
		return nil
	}
	all, err := c.Fittings(ctx, tx, v.Session.Flow, v.Session.Version)
	if err != nil {
		return err
	}
	seen := v.Session.Seen
	if asked := ofCart(all); len(asked) > 0 {
		tree, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		seen = maps.Clone(v.Session.Seen)
		if seen == nil {
			seen = map[string]any{}
		}
		now := flow.Visit{Cart: basketOf(v.View, tree)}
		maps.Copy(seen, now.Tell(asked))
	}
	for _, f := range all {
		if f.Stands(seen) {
			v.fittings = append(v.fittings, f)
		}
	}
	scene, kept := v.scene(), v.keptAll()
	charges := ask(c, v.fittings, toCharge.of(v.Session.Visitor), func(f flow.Fitting) ([]widget.Charge, error) {
		return f.Charges(kept[f.Name], scene), nil
	})
	var lines []cart.Charge
	for i, f := range v.fittings {
		for _, charge := range charges[i] {
			if charge.Price.Minor < 0 || charge.Price.Minor > money.MaxPrice {
				continue
			}
			lines = append(lines, cart.Charge{ID: "widget:" + f.Name, Title: charge.Title, Kind: charge.Kind, Price: charge.Price, TaxClass: charge.TaxClass, By: f.Name})
		}
	}
	if len(lines) > 0 {
		v.View = v.View.With(lines)
	}
	return nil
}

// ofCart are the facts of the cart that conditions of widgets speak of.
func ofCart(all []flow.Fitting) (asked []string) {
	for _, f := range all {
		for _, fact := range f.Asks() {
			if strings.HasPrefix(fact, "cart.") {
				asked = append(asked, fact)
			}
		}
	}
	return asked
}

// kept is what a widget keeps, with the shopper's own words.
func (v View) kept(f flow.Fitting) widget.Answers {
	answers := maps.Clone(v.Session.Kept[f.Name])
	for _, name := range f.Kind.Private() {
		if word := v.Contact.Words[f.Name+"."+name]; word != "" {
			if answers == nil {
				answers = widget.Answers{}
			}
			answers[name] = word
		}
	}
	return answers
}

func (v View) keptAll() map[string]widget.Answers {
	all := make(map[string]widget.Answers, len(v.fittings))
	for _, f := range v.fittings {
		all[f.Name] = v.kept(f)
	}
	return all
}

// dress has the widgets say what doors draw, outside of any transaction of the
// purchase. One that panics, errs or is late is left out.
func (c *Checkout) dress(ctx context.Context, v *View) {
	c.seek(ctx, v)
	if len(v.fittings) == 0 {
		return
	}
	scene, kept := v.scene(), v.keptAll() // a widget that is late must not look at what changes
	looking, stop := context.WithTimeout(context.WithoutCancel(ctx), toLook.limit)
	data := ask(c, v.fittings, toLook.of(v.Session.Visitor), func(f flow.Fitting) (data any, err error) {
		if !f.Kind.Reads {
			return f.Look(looking, nil, kept[f.Name], scene)
		}
		if err := c.warden.take(looking); err != nil {
			return nil, err
		}
		defer c.warden.give()
		err = c.DB.Read(looking, func(tx *db.Tx) error {
			data, err = f.Look(looking, tx, kept[f.Name], scene)
			return err
		})
		return data, err
	})
	stop()
	v.Widgets = nil
	for i, f := range v.fittings {
		if data[i] != nil {
			v.Widgets = append(v.Widgets, Widget{Name: f.Name, Kind: f.Kind.Name, Place: f.Place, Data: data[i], Answers: kept[f.Name]})
		}
	}
}

// scene is the checkout as widgets see it.
func (v View) scene() widget.Scene {
	q := v.query(v.now)
	s := widget.Scene{Market: v.Session.Market, Channel: v.Session.Channel, Locale: v.Session.Locale, Country: q.Country, PostalCode: q.PostalCode,
		Customer: v.Session.Customer, Now: v.now, Currency: v.View.Cart.Currency, Goods: v.goods(), WeightGrams: v.WeightGrams, Units: v.Units, Electronic: v.Electronic(),
		Credit: v.Credit, UseCredit: v.UseCredit, Points: v.Points, Option: v.Deliveries[0].Method, Method: v.Method, Due: v.Due}
	if at := v.Deliveries[0].Point; at != nil {
		s.Point = at.Code
	}
	for _, l := range v.View.Cart.Lines {
		s.Variants = append(s.Variants, string(l.Variant))
	}
	for _, code := range v.Codes {
		s.Codes = append(s.Codes, widget.Code{Code: code.Code, Name: code.Discount.Name, Applied: code.Applied, Reason: code.Reason})
	}
	for _, card := range v.GiftCards {
		pays := money.Of(0, v.View.Cart.Currency)
		for _, t := range v.Tenders {
			if t.Ref == string(card.ID) {
				pays = t.Amount
			}
		}
		s.GiftCards = append(s.GiftCards, widget.GiftCard{ID: string(card.ID), Label: v.labelOf(card.ID), Pays: pays})
	}
	for _, o := range v.Options {
		s.Options = append(s.Options, widget.Option{ID: o.ID, Name: o.Name, Location: o.Location, Pickup: o.Kind == method.Pickup, Points: v.pointsOf(o),
			From: o.Promise.From, To: o.Promise.To, Price: o.Price})
	}
	for _, m := range v.Methods {
		s.Methods = append(s.Methods, m.ID)
	}
	return s
}

// goods is what the goods cost after discounts, without what widgets add.
func (v View) goods() money.Amount {
	sum := v.Quote.Subtotal.Minus(v.Quote.Discount)
	for _, l := range v.Quote.Lines {
		if l.Aside {
			sum = sum.Minus(l.Total)
		}
	}
	return sum
}

// charged is the order's line of a charge.
func (v View) charged(c cart.Charge, l quote.Priced, group order.GroupID, now time.Time) order.Line {
	return order.Line{ID: id.New[order.LineID]("oli", now), Group: group, Kind: c.Kind, Title: c.Title, Properties: map[string]string{order.ByWidget: c.By},
		Quantity: 1, UnitPrice: l.UnitPrice, TaxClass: l.TaxClass, Subtotal: l.Gross, Discount: l.Discount, Tax: l.Tax, Total: l.Total, Taxes: taxes(l.Taxes)}
}

// extras are what the widgets leave on the order. A widget whose words are all
// it keeps is named too, so that staff know to look.
func (v View) extras() (all []order.Extra) {
	for _, f := range v.fittings {
		if len(v.kept(f)) > 0 && !f.Kind.Passing {
			all = append(all, order.Extra{Name: f.Name, Kind: f.Kind.Name, Answers: v.Session.Kept[f.Name]})
		}
	}
	return all
}

// seen are the facts of a visit that the conditions of a flow's widgets speak
// of; nil where none does. Those of the cart are looked at anew each time.
func (c *Checkout) seen(ctx context.Context, tx *db.Tx, s Session, doc flow.Document, visit flow.Visit) (map[string]any, error) {
	if len(doc.Widgets) == 0 {
		return nil, nil
	}
	all, err := c.Fittings(ctx, tx, s.Flow, s.Version)
	if err != nil {
		return nil, err
	}
	var asked []string
	for _, f := range all {
		asked = append(asked, f.Asks()...)
	}
	if len(asked) == 0 {
		return nil, nil
	}
	if visit.At, err = flow.MarketTime(ctx, tx, visit.Market); err != nil {
		return nil, err
	}
	return visit.Tell(asked), nil
}

// said is how a session's widgets are kept. Its names are stored.
type said struct {
	Seen map[string]any            `json:"seen,omitempty"`
	Kept map[string]widget.Answers `json:"kept,omitempty"`
}

// widgetsText is "" for nothing, as in a flow without widgets.
func widgetsText(s Session) (string, error) {
	if len(s.Seen) == 0 && len(s.Kept) == 0 {
		return "", nil
	}
	text, err := json.Marshal(said{s.Seen, s.Kept})
	return string(text), err
}

func (s *Session) readWidgets(text string) error {
	if text == "" {
		return nil
	}
	var kept said
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return err
	}
	for name, fact := range kept.Seen { // no fact is a fraction
		if n, ok := fact.(float64); ok {
			kept.Seen[name] = int64(n)
		}
	}
	s.Seen, s.Kept = kept.Seen, kept.Kept
	return nil
}

// keep takes over what widgets keep: the shopper's own words into the contact,
// the rest into the session. It reports whether the contact is another now.
func (s *Session) keep(contact *profile.Contact, heard map[string]widget.Answers) bool {
	before := contact.Words
	contact.Words = maps.Clone(before)
	for name, answers := range heard {
		maps.DeleteFunc(contact.Words, func(word, _ string) bool { return strings.HasPrefix(word, name+".") })
		public := widget.Answers{}
		for answer, text := range answers {
			word, private := strings.CutPrefix(answer, privately)
			switch {
			case !private:
				public[answer] = text
			case contact.Words == nil:
				contact.Words = map[string]string{name + "." + word: text}
			default:
				contact.Words[name+"."+word] = text
			}
		}
		s.Kept = maps.Clone(s.Kept)
		delete(s.Kept, name)
		if len(public) > 0 {
			if s.Kept == nil {
				s.Kept = map[string]widget.Answers{}
			}
			s.Kept[name] = public
		}
	}
	return !maps.Equal(before, contact.Words)
}

// privately marks answers that are the shopper's own words, between hearing and keeping.
const privately = "\x00"

// Asked is what the buyer of an order asked for beside the goods, with their own
// words, which are gone once they are erased.
func Asked(o order.Order, contact profile.Contact) []order.Extra {
	all := slices.Clone(o.Extras)
	for i, e := range all {
		answers := maps.Clone(e.Answers)
		if answers == nil {
			answers = map[string]string{}
		}
		for word, text := range contact.Words {
			if name, ok := strings.CutPrefix(word, e.Name+"."); ok {
				answers[name] = text
			}
		}
		all[i].Answers = answers
	}
	return all
}

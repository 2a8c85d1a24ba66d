package admin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/customer/visitor"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/value/money"
)

// persons are whom a preview pretends to be, the first unless told otherwise.
// What is known of each is made up, but that of a customer of the shop.
var persons = []string{"newcomer", "regular", "campaign", "partner", "near", "customer"}

// pretend makes the visit of whom the form says.
func (a *Admin) pretend(v *visit, tx *db.Tx, f *form, e flowEdit, p *checkout.Preview) error {
	m, err := market.Find(v.ctx(), tx, p.Market)
	if err != nil {
		return err
	}
	p.As = flow.Visit{Device: held(f.get("as.device")), Locale: cmp.Or(p.Locale, m.Locale), Path: visitor.Path{Pages: 6}, Place: visitor.Place{Country: m.Country}}
	person := f.get("as.person")
	p.Said = person == "regular" || person == "customer"
	switch person {
	case "regular":
		p.As.Customer = e.regular(m, v.now)
	case "campaign":
		p.As.Path.Campaign = cmp.Or(f.get("as.campaign"), e.asked("campaign"), "spring")
		p.As.Path.Source, p.As.Path.Medium = cmp.Or(e.asked("visit.source"), "newsletter"), cmp.Or(e.asked("visit.medium"), "email")
		p.As.Path.Referrer = e.asked("visit.referrer")
	case "partner":
		p.As.Path.Partner = cmp.Or(f.get("as.partner"), e.asked("visit.partner"), host(e.Doc.Embed.Origins), "partner.example")
		if p.As.Channel = e.asked("channel"); p.As.Channel != "" {
			p.Channel = p.As.Channel
		}
	case "near":
		return nearPlace(v.ctx(), tx, m, &p.As.Place)
	case "customer":
		p.As.Customer, err = a.customerFacts(v, tx, f.get("as.email"), m.Currency)
		return err
	default:
		p.As.Path.New, p.As.Path.Pages = true, 2
	}
	return nil
}

// regular is a customer who comes again and again, and is what the trigger asks
// for besides.
func (e flowEdit) regular(m market.Market, now time.Time) visitor.Buyer {
	info, _ := money.Find(m.Currency)
	b := visitor.Buyer{Known: true, Orders: 4, Spent: 360 * info.MinorPerUnit(), Predicted: 120 * info.MinorPerUnit(), LastOrder: now.AddDate(0, 0, -20),
		Tier: e.asked("customer.tier"), Consent: []string{string(consent.Offers)}}
	for fact, into := range map[string]*[]string{"customer.segments": &b.Segments, "customer.tags": &b.Tags} {
		if word := e.asked(fact); word != "" {
			*into = []string{word}
		}
	}
	return b
}

// held is the device that people of that kind mostly have.
func held(kind string) visitor.Device {
	if kind == "desktop" {
		return visitor.Device{Kind: kind, OS: "windows", Browser: "chrome"}
	}
	return visitor.Device{Kind: "phone", OS: "ios", Browser: "safari"}
}

// asked is a value that the trigger compares a fact with; "" where it asks for
// none.
func (e flowEdit) asked(fact string) string {
	for _, g := range e.Plain.Groups {
		for _, c := range g.Conditions {
			if c.Fact == fact && len(c.Values) > 0 && !strings.HasSuffix(string(c.Op), "_not") {
				return c.Values[0]
			}
		}
	}
	return ""
}

func host(origins []string) string {
	if len(origins) == 0 {
		return ""
	}
	at, err := url.Parse(origins[0])
	if err != nil {
		return ""
	}
	return at.Host
}

// nearPlace stands in front of a place of the market's country where things are
// collected; anywhere in the country where there is none.
func nearPlace(ctx context.Context, tx *db.Tx, m market.Market, p *visitor.Place) error {
	all, err := inventory.Locations(ctx, tx)
	i := slices.IndexFunc(all, func(l inventory.Location) bool { return l.Pickup && !l.Closed && l.Country == m.Country })
	if err != nil || i < 0 {
		return err
	}
	p.PostalCode, p.NearStore = all[i].Address.PostalCode, true
	return nil
}

// customerFacts is what is known of the customer with an address; a guest where
// there is none, or where whoever asks may not look at customers.
func (a *Admin) customerFacts(v *visit, tx *db.Tx, email string, currency money.Currency) (b visitor.Buyer, err error) {
	if email == "" || !v.can("customers.read") {
		return b, nil
	}
	c, err := profile.FindByEmail(v.ctx(), tx, a.Keeper, email)
	if errors.Is(err, profile.ErrNotFound) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	return buyer.All(v.ctx(), tx, string(c.ID), currency)
}

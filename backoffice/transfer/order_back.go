package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

// owner finds or makes whose order it is. Whoever was erased stays so, and the
// order is nobody's.
func (p *purchase) owner(ctx context.Context, tx *db.Tx, past *order.Past) error {
	k := p.r.desk.keeper
	customer, err := p.customer(ctx, tx)
	if errors.Is(err, profile.ErrNotFound) {
		customer, err = profile.Import(ctx, tx, k, profile.Record{ExternalID: externalOf(p.r, p.rec.CustomerRef), Locale: past.Locale, Market: past.Market, CreatedAt: past.PlacedAt})
	}
	var c profile.Customer
	if err == nil && customer != "" {
		c, err = profile.Find(ctx, tx, k, customer)
	}
	switch {
	case errors.Is(err, profile.ErrErased):
		p.r.say(LevelWarning, p.entry.row, "customer", p.subject, "this customer was erased and is not brought back: the order is taken as nobody's")
		return nil
	case errors.Is(err, profile.ErrNotFound):
		p.say(p.entry.row, "customer", "no such customer is here: import the customers first, or leave the cell empty for a guest")
		return nil
	case err != nil:
		return p.r.refused(err, p.entry.row, "customer_ref", p.subject)
	}
	past.Customer, past.Contact = string(customer), string(c.Contact)
	who := profile.Contact{Person: c.Person, Name: p.rec.Name, Email: p.rec.Email, Phone: p.rec.Phone, Company: p.rec.Company, VATID: p.rec.VATID, Shipping: p.rec.ShipTo, Billing: p.rec.BillTo, Words: p.rec.Words}
	if who.Name+who.Email+who.Phone == "" && who.Shipping.IsZero() && who.Billing.IsZero() {
		return nil
	}
	contact, err := profile.SaveContact(ctx, tx, k, who)
	past.Contact = string(contact)
	if err != nil {
		return p.r.refused(err, p.entry.row, "name", p.subject)
	}
	return nil
}

// customer is whose order it is, "" for a guest; ErrNotFound for one that only
// another system knows.
func (p *purchase) customer(ctx context.Context, tx *db.Tx) (profile.CustomerID, error) {
	if p.rec.Customer != "" || p.rec.CustomerRef == "" {
		return profile.CustomerID(p.rec.Customer), nil
	}
	return profile.FindExternal(ctx, tx, externalOf(p.r, p.rec.CustomerRef))
}

// giveBack links rows that give something back to what was bought: of the same
// customer, the same SKU, an earlier order, no more units and no more money
// than are left of it. What cannot be linked so is reported.
func (p *purchase) giveBack(ctx context.Context, tx *db.Tx) (outcome, error) {
	if len(p.backs) == 0 {
		return same, nil
	}
	ref := orElse(p.rec.Cart, "import:"+p.rec.Number)
	told, err := order.ReturnedAs(ctx, tx, ref)
	if err != nil {
		return same, err
	}
	bought, err := p.bought(ctx, tx)
	if err != nil {
		return same, err
	}
	what, refused := same, 0
	for i := range p.backs {
		b := &p.backs[i]
		if told[int64(i)] {
			p.tallyBack(b, tallyKnown)
			continue
		}
		reason, err := p.link(ctx, tx, ref, int64(i), b, bought)
		if err != nil {
			return same, err
		}
		if reason != "" {
			refused++
			p.tallyBack(b, tallyRefused)
			p.r.say(LevelWarning, b.row, "quantity", p.subject, b.SKU+" is not linked to a purchase: "+reason)
			continue
		}
		what = created
		p.tallyBack(b, tallyReturned)
	}
	if refused == len(p.backs) && len(p.rec.Lines) == 0 { // nothing of it was taken
		for i := range p.r.rows {
			p.r.rows[i].Level = LevelError
		}
	}
	return what, nil
}

func (p *purchase) tallyBack(b *lineRecord, what string) {
	at := slices.IndexFunc(p.entry.parts, func(part part) bool { return part.row == b.row && part.fields.text("sku") == b.SKU })
	p.r.tallies.add(worthOf(p.r, what, p.entry.parts[max(at, 0)].fields, p.entry.fields))
}

// bought is what the customer bought earlier of what comes back.
func (p *purchase) bought(ctx context.Context, tx *db.Tx) ([]order.Bought, error) {
	customer, err := p.customer(ctx, tx)
	if errors.Is(err, profile.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var skus []string
	for _, b := range p.backs {
		if !slices.Contains(skus, b.SKU) {
			skus = append(skus, b.SKU)
		}
	}
	return order.BoughtBy(ctx, tx, string(customer), skus, p.rec.PlacedAt.Add(-time.Microsecond))
}

// link writes the returns of one row, and takes them from what is left. The
// lines of the same price come first, then the latest. reason is why not.
func (p *purchase) link(ctx context.Context, tx *db.Tx, ref string, position int64, b *lineRecord, bought []order.Bought) (reason string, err error) {
	units := -b.Quantity
	var all []*order.Bought
	left, c := int64(0), money.Currency("")
	for i := range bought {
		if bought[i].SKU == b.SKU {
			all, left, c = append(all, &bought[i]), left+bought[i].Left, bought[i].UnitPrice.Currency
		}
	}
	price, err := priceOf(orElse(b.UnitPrice, "0"), c)
	switch {
	case p.rec.Customer+p.rec.CustomerRef == "":
		return "the row names no customer", nil
	case len(all) == 0:
		return "this customer bought none of it before", nil
	case left < units:
		return fmt.Sprintf("%d come back, but of what this customer bought before only %d are left", units, left), nil
	case err != nil || price.Minor > money.MaxPrice:
		return "its price is no amount in " + string(c), nil
	}
	slices.SortStableFunc(all, func(x, y *order.Bought) int { return rank(x, price) - rank(y, price) })
	taken := make([]int64, len(all))
	for i, x := range all {
		taken[i] = min(units, x.Left)
		if price.Minor > 0 {
			taken[i] = min(taken[i], x.Value.Minor/price.Minor)
		}
		units -= taken[i]
	}
	if units > 0 {
		return "more money would come back than was paid", nil
	}
	for i, x := range all {
		if taken[i] == 0 {
			continue
		}
		amount := price.Times(taken[i])
		if _, err := order.ImportReturn(ctx, tx, x.Order, order.Return{Ref: ref, Position: position, Line: x.Line, Quantity: taken[i], Amount: amount, At: p.rec.PlacedAt}); err != nil {
			return "", err
		}
		x.Left, x.Value = x.Left-taken[i], x.Value.Minus(amount)
	}
	return "", nil
}

func rank(b *order.Bought, price money.Amount) int {
	if b.UnitPrice == price {
		return 0
	}
	return 1
}

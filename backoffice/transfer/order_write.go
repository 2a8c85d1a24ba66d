package transfer

import (
	"context"
	"encoding/json"
	"slices"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/value/money"
)

const ordersAtOnce = 50

func orderPage(ctx context.Context, tx *db.Tx, d *Desk, after string) (all []json.RawMessage, next string, err error) {
	page, more, err := order.List(ctx, tx, order.Filter{After: order.ID(after), Limit: ordersAtOnce})
	if err != nil {
		return nil, "", err
	}
	contacts, err := contactsOf(ctx, tx, d, page)
	if err != nil {
		return nil, "", err
	}
	for _, head := range page {
		o, err := order.Find(ctx, tx, head.ID)
		if err != nil {
			return nil, "", err
		}
		returns, err := returnsOf(ctx, tx, o)
		if err != nil {
			return nil, "", err
		}
		all = append(all, orderText(orderOf(o, contacts[profile.ContactID(o.Contact)], returns)))
	}
	return all, string(more), nil
}

// returnsOf asks only for orders that can have some.
func returnsOf(ctx context.Context, tx *db.Tx, o order.Order) ([]order.Return, error) {
	if !o.Imported || !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Returned > 0 }) {
		return nil, nil
	}
	return order.Returns(ctx, tx, o.ID)
}

// contactsOf opens the contacts of orders; that of an erased person is empty.
func contactsOf(ctx context.Context, tx *db.Tx, d *Desk, page []order.Order) (map[profile.ContactID]profile.Contact, error) {
	var ids []profile.ContactID
	for _, o := range page {
		if o.Contact != "" {
			ids = append(ids, profile.ContactID(o.Contact))
		}
	}
	return profile.Contacts(ctx, tx, d.keeper, ids)
}

// orderText is an order as a file has it.
func orderText(o orderRecord) json.RawMessage {
	lines := []json.RawMessage{}
	for i := range o.Lines {
		lines = append(lines, object(members(lineFields, &o.Lines[i])))
	}
	return object(append(members(orderFields, &o), member{lineParts, array(lines)}))
}

// orderOf is an order as a file has it. Of an erased person it says nothing.
func orderOf(o order.Order, who profile.Contact, returns []order.Return) orderRecord {
	r := orderRecord{ID: string(o.ID), Number: o.Number, Cart: o.Cart, State: string(o.State), HoldReason: o.HoldReason, PlacedAt: o.PlacedAt,
		Market: o.Market, Channel: o.Channel, Entity: o.Entity, Locale: o.Locale, Customer: o.Customer,
		Name: who.Name, Email: who.Email, Phone: who.Phone, Company: who.Company, VATID: who.VATID, ShipTo: who.Shipping, BillTo: who.Billing, Words: filled(who.Words),
		Flow: o.Flow, Arm: o.Arm, FlowVersion: o.FlowVersion, Currency: string(o.Currency()), TaxIncluded: &o.TaxIncluded, TaxReason: o.TaxReason,
		Subtotal: o.Subtotal.Decimal(), Discount: o.Discount.Decimal(), ShippingPrice: o.Shipping.Decimal(), Tax: o.Tax.Decimal(),
		Total: o.Total.Decimal(), Source: o.Source, IsTest: o.IsTest, Extras: append([]order.Extra{}, o.Extras...), Groups: []groupRecord{}, Returns: []returnRecord{}}
	if who.Erased {
		r.Customer = ""
	}
	at := map[order.LineID]int{}
	for i, l := range o.Lines {
		at[l.ID] = i + 1
		r.Lines = append(r.Lines, lineOf(l))
	}
	for _, g := range o.Groups {
		r.Groups = append(r.Groups, groupRecord{ID: string(g.ID), Kind: g.Kind, Method: g.Method, Name: g.Name, Location: g.Location,
			Price: g.Price.Decimal(), Discount: g.Discount.Decimal(), Tax: g.Tax.Decimal(), Taxes: taxesOf(g.Taxes),
			PromiseFrom: g.PromiseFrom, PromiseTo: g.PromiseTo})
	}
	for _, b := range returns {
		r.Returns = append(r.Returns, returnRecord{b.Ref, b.Position, at[b.Line], b.Quantity, b.Amount.Decimal(), b.At})
	}
	return r
}

func lineOf(l order.Line) lineRecord {
	r := lineRecord{ID: string(l.ID), Group: string(l.Group), Parent: string(l.Parent), Kind: l.Kind, Product: l.Product, Variant: l.Variant,
		SKU: l.SKU, Title: l.Title, Image: l.Image, Seller: l.Seller, Properties: filled(l.Properties), Quantity: l.Quantity, Scale: l.Scale,
		UnitPrice: l.UnitPrice.Decimal(), TaxClass: l.TaxClass, Subtotal: l.Subtotal.Decimal(), Discount: l.Discount.Decimal(),
		Tax: l.Tax.Decimal(), Total: l.Total.Decimal(), Shares: []shareRecord{}, Taxes: taxesOf(l.Taxes), Shipped: &l.Shipped, Returned: l.Returned,
		Refunded: l.Refunded.Decimal()}
	if l.UnitCost.Currency != "" {
		r.UnitCost, r.CostCurrency = l.UnitCost.Decimal(), string(l.UnitCost.Currency)
	}
	for _, s := range l.Shares {
		r.Shares = append(r.Shares, shareRecord{s.Promotion, s.Code, s.Amount.Decimal()})
	}
	return r
}

func taxesOf(all []order.Tax) []taxRecord {
	out := []taxRecord{}
	for _, t := range all {
		out = append(out, taxRecord{t.Name, t.Country, t.Region, t.PPM, t.Base.Decimal(), t.Amount.Decimal()})
	}
	return out
}

// amounts reads the amounts of an order and keeps the first that is none.
type amounts struct {
	c    money.Currency
	fail func(column, reason string)
}

// of reads an amount that is not below 0; "" is or.
func (a amounts) of(column, text string, or money.Amount) money.Amount {
	if text == "" {
		return or
	}
	v, err := priceOf(text, a.c)
	if err == nil && v.Minor > mostValue {
		err = fault.New(fault.Invalid, "transfer.amount", "the amount is too large for an order: check it")
	}
	if err != nil {
		a.fail(column, err.Error())
		return or
	}
	return v
}

func (a amounts) taxes(column string, all []taxRecord) (out []order.Tax) {
	for _, t := range all {
		if t.PPM < 0 || t.PPM > money.Million {
			a.fail(column, "a rate is 0 to 1000000 millionths: 190000 is 19 %")
		}
		out = append(out, order.Tax{Name: t.Name, Country: t.Country, Region: t.Region, PPM: t.PPM,
			Base: a.of(column, t.Base, money.Of(0, a.c)), Amount: a.of(column, t.Amount, money.Of(0, a.c))})
	}
	return out
}

func sumTax(all []order.Tax, c money.Currency) money.Amount {
	sum := money.Of(0, c)
	for _, t := range all {
		sum = sum.Plus(t.Amount)
	}
	return sum
}

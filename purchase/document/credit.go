package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

// Credit says what is taken back from an order's invoice.
type Credit struct {
	Ref    string   `json:"ref,omitempty"` // what causes it, such as a refund's id: one credit note each
	Order  order.ID `json:"order,omitempty"`
	Reason string   `json:"reason,omitempty"` // as the buyer reads it
	// Lines are the positions taken back. Then Shipping is taken from what is left
	// of the delivery, and Gross from what is left of everything, in proportion to
	// each and at most that: the money of an order that was canceled comes back
	// once. No line and neither amount takes all that is left.
	Lines    []Taken `json:"lines,omitempty"`
	Shipping int64   `json:"shipping,omitempty"` // minor units, with tax
	Gross    int64   `json:"gross,omitempty"`    // minor units, with tax
}

// Taken is how much of a position is taken back.
type Taken struct {
	Line     string `json:"line"`     // an order's line or delivery group
	Quantity int64  `json:"quantity"` // in steps of the line's scale; 0 where only a price is mended
	Gross    int64  `json:"gross"`    // minor units, with tax
}

// DueCredit notes that a credit note is to be issued. Noting it again, or when
// it has been issued, changes nothing.
func DueCredit(ctx context.Context, tx *db.Tx, c Credit) error {
	return insertDue(ctx, tx, due{ref: "credit:" + c.Ref, order: c.Order, kind: CreditNote, body: c})
}

// credit issues a credit note for what the order's invoices charged, one for each
// invoice that it takes something back of. Where no invoice was issued there is
// nothing to take back.
func (b *batch) credit(ctx context.Context, tx *db.Tx, d due, o order.Order) error {
	documents, err := selectOfOrder(ctx, tx, string(o.ID))
	if err != nil {
		return err
	}
	var open []charged
	for i := range documents {
		if documents[i].Kind != Invoice {
			continue
		}
		left, invoice, err := b.left(ctx, tx, documents, i)
		if errors.Is(err, ErrForgotten) {
			continue // older than the law asks about
		}
		if err != nil {
			return err
		}
		open = append(open, charged{documents[i].ID, invoice, left})
	}
	if len(open) == 0 {
		return nil
	}
	for i, part := range share(d.body, open) {
		if len(open) > 1 && part.nothing() && !d.body.nothing() {
			continue
		}
		c, err := open[i].left.take(part, open[i].invoice)
		if err != nil {
			return err
		}
		if c.Total.IsZero() {
			continue
		}
		m, e, err := sellerAt(ctx, tx, o)
		if err != nil {
			return err
		}
		w := written{ref: d.ref, order: o, entity: e, market: m, corrects: open[i].id}
		if i > 0 {
			w.ref += ":" + string(open[i].id)
		}
		if err := b.write(ctx, tx, w, c); err != nil {
			return err
		}
	}
	return nil
}

// charged is an invoice and what credit notes have left of it.
type charged struct {
	id      ID
	invoice Content
	left    remains
}

// nothing reports whether a credit names no line and no amount: all that is left.
func (c Credit) nothing() bool { return len(c.Lines) == 0 && c.Shipping == 0 && c.Gross == 0 }

// share divides a credit among the invoices of an order: each line to the invoice
// that has it, amounts to the first that has something left, the rest of them to
// the last.
func share(c Credit, open []charged) []Credit {
	parts := make([]Credit, len(open))
	for i := range parts {
		part, last := Credit{Ref: c.Ref, Order: c.Order, Reason: c.Reason}, i == len(open)-1
		taken := int64(0)
		for _, l := range c.Lines {
			if has := open[i].left.has(l.Line); has || last && !someHas(open, l.Line) {
				part.Lines, taken = append(part.Lines, l), taken+l.Gross
			}
		}
		delivery := remains{charges: open[i].left.charges}
		part.Shipping = c.Shipping
		part.Gross = c.Gross
		if !last {
			part.Shipping = min(c.Shipping, delivery.sum())
			part.Gross = min(c.Gross, max(open[i].left.sum()-taken-part.Shipping, 0))
		}
		c.Shipping, c.Gross = c.Shipping-part.Shipping, c.Gross-part.Gross
		parts[i] = part
	}
	return parts
}

func someHas(open []charged, line string) bool {
	return slices.ContainsFunc(open, func(o charged) bool { return o.left.has(line) })
}

// has reports whether a position is on an invoice.
func (r remains) has(line string) bool {
	return slices.ContainsFunc(slices.Concat(r.lines, r.charges), func(l Line) bool { return l.Line == line })
}

// remains is what credit notes have left of each position of an invoice.
type remains struct{ lines, charges []Line }

// left opens an order's invoice and takes off what was credited before.
func (b *batch) left(ctx context.Context, tx *db.Tx, documents []Document, first int) (r remains, invoice Content, err error) {
	if _, invoice, err = Find(ctx, tx, b.keeper, documents[first].ID); err != nil {
		return r, invoice, err
	}
	r = remains{slices.Clone(invoice.Lines), slices.Clone(invoice.Charges)}
	for _, d := range documents {
		if d.Kind != CreditNote || d.Corrects != documents[first].ID {
			continue
		}
		_, c, err := Find(ctx, tx, b.keeper, d.ID)
		if err != nil {
			return r, invoice, err
		}
		subtract(r.lines, c.Lines)
		subtract(r.charges, c.Charges)
	}
	return r, invoice, nil
}

func subtract(from, taken []Line) {
	for _, t := range taken {
		i := slices.IndexFunc(from, func(l Line) bool { return l.Line == t.Line && l.PPM == t.PPM })
		if i >= 0 {
			from[i].Net, from[i].Tax = from[i].Net.Minus(t.Net), from[i].Tax.Minus(t.Tax)
			from[i].Quantity -= t.Quantity
		}
	}
}

// take makes the content of a credit note, and takes it off what remains. Tax is
// taken in proportion to what is left of a position, so that the last credit
// takes the last of it. What goodwill before has taken of a line is taken from
// all that is left.
func (r remains) take(c Credit, invoice Content) (Content, error) {
	out := Content{Kind: CreditNote, Order: invoice.Order, Locale: invoice.Locale, Currency: invoice.Currency, Seller: invoice.Seller,
		Buyer: invoice.Buyer, TaxReason: invoice.TaxReason, Corrects: invoice.Number, Reason: c.Reason}
	if len(c.Lines) == 0 && c.Shipping == 0 {
		c.Gross = min(cmp.Or(c.Gross, r.sum()), r.sum())
	}
	for _, w := range c.Lines {
		c.Gross += w.Gross - r.takeOne(&out, w)
	}
	delivery := remains{charges: r.charges}
	part := min(c.Shipping, delivery.sum())
	for _, w := range delivery.spread(part) {
		r.takeOne(&out, w)
	}
	c.Gross += c.Shipping - part
	if left := r.sum(); c.Gross > left {
		return out, fmt.Errorf("%w: %s more, and %s is left", ErrTooMuch, money.Of(c.Gross, invoice.Currency), money.Of(left, invoice.Currency))
	}
	for _, w := range r.spread(c.Gross) {
		r.takeOne(&out, w)
	}
	out.sum()
	out.Paid = out.Total
	return out, nil
}

// takeOne takes at most what is left of a position, and says how much that was.
func (r remains) takeOne(out *Content, w Taken) (gross int64) {
	for _, part := range []struct {
		from []Line
		to   *[]Line
	}{{r.lines, &out.Lines}, {r.charges, &out.Charges}} {
		for _, from := range part.from {
			l := from.part(w.Quantity, min(w.Gross-gross, from.Gross().Minor))
			if from.Line != w.Line || l.Gross().IsZero() {
				continue
			}
			gross += l.Gross().Minor
			*part.to = append(*part.to, l)
			subtract(part.from, []Line{l})
		}
	}
	return gross
}

// part is a share of a position with so much gross.
func (l Line) part(quantity, gross int64) Line {
	all := l.Gross()
	if all.IsZero() {
		l.Net, l.Tax = all, all
		return l
	}
	out := l
	out.Tax = l.Tax.Ratio(gross, all.Minor, 1)
	out.Net = money.Of(gross, all.Currency).Minus(out.Tax)
	out.Discount = money.Of(0, all.Currency)
	out.Quantity = max(1, min(quantity, l.Quantity))
	out.Unit = money.Of(gross, all.Currency).Ratio(1, out.Quantity, 1)
	return out
}

func (r remains) sum() (gross int64) {
	for _, l := range slices.Concat(r.lines, r.charges) {
		gross += l.Gross().Minor
	}
	return gross
}

// spread shares out a gross amount over all positions by what is left of each.
func (r remains) spread(gross int64) (all []Taken) {
	positions := slices.Concat(r.lines, r.charges)
	weights := make([]int64, len(positions))
	for i, l := range positions {
		weights[i] = l.Gross().Minor
	}
	if gross == 0 {
		return nil
	}
	for i, share := range money.Of(gross, positions[0].Net.Currency).Split(weights...) {
		t := Taken{Line: positions[i].Line, Gross: share.Minor}
		if share.Minor == weights[i] {
			t.Quantity = positions[i].Quantity
		}
		all = append(all, t)
	}
	return all
}

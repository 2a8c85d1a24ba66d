package document

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
	"korzo/purchase/tax/vatid"
	"korzo/value/calendar"
	"korzo/value/money"
)

// batchSize bounds how many documents share a commit, and so for how long a series is locked.
const batchSize = 50

// Due notes that an order's invoice is to be issued. Noting it again, or when it
// has been issued, changes nothing.
func Due(ctx context.Context, tx *db.Tx, o order.ID) error {
	return insertDue(ctx, tx, due{ref: "invoice:" + string(o), order: o, kind: Invoice, body: Credit{}})
}

// DueAdded notes that what an edit added to an order is to be invoiced by
// itself. Noting it again, or when it has been issued, changes nothing.
func DueAdded(ctx context.Context, tx *db.Tx, o order.ID, edit string) error {
	return insertDue(ctx, tx, due{ref: "invoice:" + string(o) + ":" + edit, order: o, kind: Invoice, body: Credit{Ref: edit}})
}

// Issue issues what is due, oldest first, at most 50, and returns how many
// notes it worked off. An order that was canceled before its invoice gets none;
// a credit note waits for its invoice.
func Issue(ctx context.Context, tx *db.Tx, k *seal.Keeper) (int, error) {
	all, err := selectDue(ctx, tx, batchSize)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	b := batch{keeper: k, series: map[seriesKey]int64{}}
	var done []string
	orders := map[order.ID]order.Order{}
	keys := map[seriesKey]bool{}
	for _, d := range all {
		o, err := order.Find(ctx, tx, d.order)
		if err != nil {
			return 0, fmt.Errorf("issue %s: %w", d.ref, err)
		}
		orders[d.order], keys[seriesKey{o.Entity, d.kind}] = o, true
	}
	for _, key := range slices.SortedFunc(maps.Keys(keys), seriesKey.compare) {
		if b.series[key], err = lockSeries(ctx, tx, key); err != nil {
			return 0, fmt.Errorf("lock the series of %s: %w", key.entity, err)
		}
	}
	for _, d := range all {
		err := b.issue(ctx, tx, d, orders[d.order])
		if errors.Is(err, ErrTooMuch) { // a person decides; the others go on
			err = exception.Raise(ctx, tx, exception.Problem{Kind: "document.too_much", Ref: string(d.order), Text: err.Error()})
		}
		if err != nil {
			return 0, fmt.Errorf("issue %s: %w", d.ref, err)
		}
		done = append(done, d.ref)
	}
	for key, last := range b.series {
		if err := updateSeries(ctx, tx, key, last); err != nil {
			return 0, err
		}
	}
	return len(done), deleteDue(ctx, tx, done)
}

type seriesKey struct {
	entity string
	kind   Kind
}

func (k seriesKey) compare(other seriesKey) int {
	return cmp.Or(cmp.Compare(k.entity, other.entity), cmp.Compare(k.kind, other.kind))
}

// batch issues documents while it holds their series.
type batch struct {
	keeper *seal.Keeper
	series map[seriesKey]int64 // the last number given
}

func (b *batch) issue(ctx context.Context, tx *db.Tx, d due, o order.Order) error {
	if there, err := existsRef(ctx, tx, d.ref); err != nil || there {
		return err
	}
	if d.kind == CreditNote {
		return b.credit(ctx, tx, d, o)
	}
	if o.State == order.StateCanceled {
		return nil
	}
	m, e, err := sellerAt(ctx, tx, o)
	if err != nil {
		return err
	}
	c := invoice(o, sellerOf(e), d.body.Ref)
	if c.Buyer, err = b.buyer(ctx, tx, o); err != nil {
		return err
	}
	if c.VATCheck, err = checked(ctx, tx, o, m); err != nil {
		return err
	}
	if c.Paid = c.Total; d.body.Ref == "" { // what an edit adds is paid before it is added
		if c.Paid, err = paid(ctx, tx, o); err != nil {
			return err
		}
		c.Paid.Minor = min(c.Paid.Minor, c.Total.Minor)
	}
	return b.write(ctx, tx, written{ref: d.ref, order: o, entity: e, market: m}, c)
}

// payDays is how long a buyer has who has not paid yet.
const payDays = 14

// written is what a document needs beside its content.
type written struct {
	ref      string
	order    order.Order
	entity   market.Entity
	market   market.Market
	corrects ID
}

// write gives a document its number and date, and keeps it.
func (b *batch) write(ctx context.Context, tx *db.Tx, w written, c Content) error {
	zone, err := calendar.Zone(w.market.Zone)
	if err != nil {
		return err
	}
	key := seriesKey{w.order.Entity, c.Kind}
	b.series[key]++
	c.Number = number(w.entity, c.Kind, b.series[key])
	c.Placed, c.Issued = calendar.DateIn(w.order.PlacedAt, zone), calendar.DateIn(tx.Now, zone)
	if !c.Due().IsZero() {
		c.PayBy = c.Issued.AddDays(payDays)
	}
	d := Document{ID: id.New[ID]("doc", tx.Now), Number: c.Number, Kind: c.Kind, Entity: w.order.Entity, Order: string(w.order.ID),
		Corrects: w.corrects, Net: c.Net, Tax: c.Tax, Total: c.Total, IssuedAt: tx.Now,
		seq: b.series[key], year: tx.Now.In(zone).Year(), ref: w.ref}
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	wrapped, err := b.key(ctx, tx, d.Entity, d.year)
	if err != nil {
		return err
	}
	sealed, err := b.keeper.Seal(wrapped, plain)
	if err != nil {
		return fmt.Errorf("seal %s: %w", d.Number, err)
	}
	return insertDocument(ctx, tx, d, sealed)
}

// key is the year's key of a seller, drawn when its first document is issued.
func (b *batch) key(ctx context.Context, tx *db.Tx, entity string, year int) ([]byte, error) {
	wrapped, err := selectKey(ctx, tx, entity, year)
	if !errors.Is(err, db.ErrNoRow) {
		return wrapped, err
	}
	if err := insertKey(ctx, tx, entity, year, b.keeper.NewKey()); err != nil {
		return nil, err
	}
	return selectKey(ctx, tx, entity, year) // another node's, if that was first
}

// buyer is who the order is billed to; a nameless one if they were forgotten before.
func (b *batch) buyer(ctx context.Context, tx *db.Tx, o order.Order) (Party, error) {
	c, err := profile.FindContact(ctx, tx, b.keeper, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return Party{}, nil
	}
	if err != nil {
		return Party{}, fmt.Errorf("find who bought: %w", err)
	}
	at := c.Billing
	if at.Line1 == "" {
		at = c.Shipping
	}
	name := at.Name
	if name == "" {
		name = c.Name
	}
	p := Party{Name: cmp.Or(c.Company, name), Email: c.Email, Phone: at.Phone, Address: at}
	if id, _, err := tax.CheckVATID(c.VATID); err == nil {
		p.VATID = id
	}
	return p, nil
}

// checked is what the office has said of the VAT id that an order bore no tax on
// the strength of; nil where it was not asked or has not answered.
func checked(ctx context.Context, tx *db.Tx, o order.Order, m market.Market) (*Check, error) {
	if o.TaxReason != tax.ReasonReverse {
		return nil, nil
	}
	k, found, err := vatid.ForOrder(ctx, tx, string(o.ID))
	if err != nil || !found || k.State == vatid.StatePending {
		return nil, err
	}
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return nil, err
	}
	return &Check{Valid: k.State == vatid.StateValid, Day: calendar.DateIn(k.AnsweredAt, zone), Reference: k.Reference}, nil
}

func sellerAt(ctx context.Context, tx *db.Tx, o order.Order) (m market.Market, e market.Entity, err error) {
	if m, err = market.Find(ctx, tx, o.Market); err != nil {
		return m, e, err
	}
	e, err = market.FindEntity(ctx, tx, market.EntityID(o.Entity))
	return m, e, err
}

// paid is how much of an order has been paid: by stored value, and by a payment
// what it took or holds. Where the method is the buyer's promise to pay later,
// nothing is paid before it is taken.
func paid(ctx context.Context, tx *db.Tx, o order.Order) (money.Amount, error) {
	if o.Payment == "" {
		return o.Total, nil
	}
	p, _, err := payment.Find(ctx, tx, payment.ID(o.Payment))
	if err != nil {
		return money.Amount{}, fmt.Errorf("find what was paid: %w", err)
	}
	sum := p.Authorized
	if m, ok := paymethod.Find(p.Method); ok && m.Capture.Life == 0 && m.Capture.When != paymethod.Now {
		sum = p.Captured
	}
	sum = sum.Plus(o.Total.Minus(o.Due()))
	return money.Of(min(sum.Minor, o.Total.Minor), o.Currency()), nil
}

// number is a document's name: the seller's series, or its id where it has none.
func number(e market.Entity, k Kind, seq int64) string {
	series := e.Series
	if series == "" {
		series = string(e.ID)
	}
	if k == CreditNote {
		series += "-C"
	}
	return fmt.Sprintf("%s-%06d", series, seq)
}

// Retention is how many whole years after its own a document is kept: ten, the
// longest of the laws we sell under (§ 147 AO for books of account).
const Retention = 10

// Expired is the first year whose documents must still be kept at now.
func Expired(now time.Time) int { return now.UTC().Year() - Retention }

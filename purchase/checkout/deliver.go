package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/customer/wallet"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/purchase/download"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// TroubleNoFile is the exception of digital goods that were paid and have no file.
const TroubleNoFile = "download.no_file"

// linkLife is how long a link to a file is good for: who may see the order gets
// another. Those in mails last as long as people leave mails unread.
const (
	linkLife     = time.Hour
	mailLinkLife = 14 * 24 * time.Hour
)

// Deliver hands over what needs no parcel: gift cards are issued, downloads
// granted. At once when the order's payment is taken already or nothing had to
// be paid, else when Paid is called for it. It may be repeated.
func (c *Checkout) Deliver(ctx context.Context, tx *db.Tx, id order.ID, paidBy payment.ID) error {
	if paidBy == "" {
		return c.handOver(ctx, tx, id)
	}
	if err := insertAwaited(ctx, tx, id, paidBy); err != nil {
		return fmt.Errorf("await the payment of %s: %w", id, err)
	}
	return c.Paid(ctx, tx, paidBy)
}

// Paid hands over what waits for a payment, if anything does and it is taken
// whole. One statement where nothing waits.
func (c *Checkout) Paid(ctx context.Context, tx *db.Tx, id payment.ID) error {
	waiting, err := selectAwaited(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find what %s pays: %w", id, err)
	}
	p, _, err := payment.Find(ctx, tx, id)
	if err != nil || p.Captured != p.Amount {
		return err
	}
	if err := c.handOver(ctx, tx, waiting); err != nil {
		return err
	}
	return deleteAwaited(ctx, tx, waiting)
}

// Released hands over what an order that nothing had to be paid for kept while
// it was on hold.
func (c *Checkout) Released(ctx context.Context, tx *db.Tx, id order.ID) error {
	o, err := order.Head(ctx, tx, id)
	if err != nil || o.Payment != "" || o.Imported {
		return err
	}
	return c.handOver(ctx, tx, id)
}

func (c *Checkout) handOver(ctx context.Context, tx *db.Tx, id order.ID) error {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := c.issueGiftCards(ctx, tx, o); err != nil {
		return err
	}
	return Grant(ctx, tx, o)
}

// Grant gives the downloads that a paid order has not got yet, and tells of a
// line whose goods have no file: once one is there, it is called again.
func Grant(ctx context.Context, tx *db.Tx, o order.Order) error {
	var grants []download.Grant
	for _, l := range o.Lines {
		if l.Kind != catalog.KindDigital || l.Variant == "" {
			continue
		}
		v, err := catalog.FindVariant(ctx, tx, catalog.VariantID(l.Variant))
		if err != nil && !errors.Is(err, catalog.ErrVariantNotFound) {
			return err
		}
		if v.File.Blob == "" {
			if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleNoFile, Ref: string(o.ID),
				Text: fmt.Sprintf("order %s paid for %q, which has no file: add one to %s, then grant the order's downloads", o.Number, l.Title, l.SKU)}); err != nil {
				return err
			}
			continue
		}
		grants = append(grants, download.Grant{Order: string(o.ID), Line: string(l.ID), File: v.File, Units: l.Quantity})
	}
	n, err := download.Give(ctx, tx, grants)
	if err != nil || n == 0 {
		return err
	}
	return event.Publish(ctx, tx, download.Granted{Order: string(o.ID), Files: n})
}

// Regrant gives what a paid order should have had, or has used up: staff do it
// when a file was missing, or for a buyer who lost it. Rights that are there
// begin anew with today's file. It returns payment.ErrState for an order that
// is not paid whole.
func (c *Checkout) Regrant(ctx context.Context, tx *db.Tx, id order.ID) error {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if o.Payment != "" {
		p, _, err := payment.Find(ctx, tx, payment.ID(o.Payment))
		if err != nil {
			return err
		}
		if p.Captured != p.Amount {
			return payment.ErrState
		}
	}
	rights, err := download.OfOrder(ctx, tx, string(id))
	if err != nil {
		return err
	}
	for _, r := range rights {
		i := slices.IndexFunc(o.Lines, func(l order.Line) bool { return string(l.ID) == r.Line })
		if i < 0 {
			continue
		}
		v, err := catalog.FindVariant(ctx, tx, catalog.VariantID(o.Lines[i].Variant))
		if err == nil && v.File.Blob != "" {
			err = download.Renew(ctx, tx, r.ID, v.File)
		}
		if err != nil && !errors.Is(err, catalog.ErrVariantNotFound) {
			return err
		}
	}
	return Grant(ctx, tx, o)
}

// Download is a file of an order, as its buyer has it now.
type Download struct {
	download.Right
	State download.State
	URL   string // opens the file; "" unless State is ready
	Until time.Time
}

// Downloads returns an order's files. Whoever calls it has made sure that the
// reader may see the order: the links need no more.
func (c *Checkout) Downloads(ctx context.Context, tx *db.Tx, o order.Order) ([]Download, error) {
	return c.downloads(ctx, tx, o, linkLife)
}

// MailedDownloads is Downloads with links that last until a mail is read.
func (c *Checkout) MailedDownloads(ctx context.Context, tx *db.Tx, o order.Order) ([]Download, error) {
	return c.downloads(ctx, tx, o, mailLinkLife)
}

func (c *Checkout) downloads(ctx context.Context, tx *db.Tx, o order.Order, life time.Duration) ([]Download, error) {
	if !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Kind == catalog.KindDigital }) {
		return nil, nil
	}
	rights, err := download.OfOrder(ctx, tx, string(o.ID))
	if err != nil || len(rights) == 0 {
		return nil, err
	}
	gone, err := givenBack(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	all := make([]Download, len(rights))
	for i, r := range rights {
		d := Download{Right: r, State: stateOf(o, r, gone, tx.Now), Until: tx.Now.Add(life)}
		if !r.EndsAt.IsZero() && r.EndsAt.Before(d.Until) {
			d.Until = r.EndsAt
		}
		if d.State == download.StateReady {
			d.URL = c.BaseURL + download.Path(c.Keeper, r.ID, d.Until)
		}
		all[i] = d
	}
	return all, nil
}

// stateOf is what a right and its order say together.
func stateOf(o order.Order, r download.Right, all bool, now time.Time) download.State {
	i := slices.IndexFunc(o.Lines, func(l order.Line) bool { return string(l.ID) == r.Line })
	switch {
	case all, o.State == order.StateCanceled, i < 0:
		return download.StateRevoked
	case o.Lines[i].Refunded.Minor > 0 && o.Lines[i].Refunded.Minor >= paidFor(o, o.Lines[i]):
		return download.StateRevoked
	case o.State == order.StateOnHold:
		return download.StateHeld
	}
	return r.State(now)
}

// paidFor is what a line cost with its tax, in minor units.
func paidFor(o order.Order, l order.Line) int64 {
	if o.TaxIncluded {
		return l.Total.Minor
	}
	return l.Total.Minor + l.Tax.Minor
}

// givenBack reports whether all that was paid for an order went back.
func givenBack(ctx context.Context, tx *db.Tx, o order.Order) (bool, error) {
	if o.Total.Minor == 0 {
		return false, nil
	}
	cards, err := giftcard.Paid(ctx, tx, string(o.ID))
	if err != nil || cards.Left().Minor > 0 {
		return false, err
	}
	credit, err := wallet.Paid(ctx, tx, string(o.ID))
	if err != nil || credit.Left().Minor > 0 {
		return false, err
	}
	points, err := wallet.PointsPaid(ctx, tx, string(o.ID))
	if err != nil || points.Left().Minor > 0 {
		return false, err
	}
	if o.Payment == "" {
		return true, nil
	}
	p, _, err := payment.Find(ctx, tx, payment.ID(o.Payment))
	return err == nil && p.Refundable().Minor == 0, err
}

// Fetch counts a download through a link and returns its right; one that goes
// on with what began lately is not counted. It returns download.ErrNotFound,
// ErrLink, ErrUsedUp, ErrEnded, ErrRevoked or ErrHeld.
func (c *Checkout) Fetch(ctx context.Context, id download.ID, until, token string, fromStart bool) (r download.Right, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := download.Opens(c.Keeper, id, until, token, tx.Now); err != nil {
			return err
		}
		if r, err = download.Find(ctx, tx, id); err != nil {
			return err
		}
		o, err := order.Find(ctx, tx, order.ID(r.Order))
		if err != nil {
			return err
		}
		gone, err := givenBack(ctx, tx, o)
		if err != nil {
			return err
		}
		if s := stateOf(o, r, gone, tx.Now); s == download.StateRevoked || s == download.StateHeld {
			return s.Refusal()
		}
		if !fromStart {
			return download.Resume(r, tx.Now)
		}
		return download.Use(ctx, tx, id)
	})
	return r, err
}

package app

import (
	"context"
	"fmt"

	"korzo/customer/wallet"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/purchase/checkout"
	"korzo/purchase/document"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/promotion"
)

// Finding is what one part of the shop's truth looks like.
type Finding struct {
	Part  string   `json:"part"`
	Wrong []string `json:"wrong"` // empty: it holds
}

// Verify proves that the shop's books agree with themselves and each other,
// part by part, on one snapshot. It reads everything: minutes on a large shop.
func Verify(ctx context.Context, d *db.DB) (findings []Finding, err error) {
	parts := []struct {
		name  string
		check func(ctx context.Context, tx *db.Tx) ([]string, error)
	}{
		{"ledger", verifyLedger}, {"stock", inventory.Verify}, {"promotions", promotion.Verify}, {"orders", order.Verify},
		{"payments", payment.Verify}, {"orders paid", verifyPaid}, {"checkouts", checkout.Verify}, {"documents", document.Verify}, {"fulfilments", shipment.Verify},
		{"gift cards", giftcard.Verify}, {"store credit and points", wallet.Verify},
		{"outbox", verifyOutbox}, {"jobs", verifyJobs}, {"audit chain", verifyAudit},
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		if err := tx.Unhurried(ctx); err != nil {
			return err
		}
		for _, p := range parts {
			wrong, err := p.check(ctx, tx)
			if err != nil {
				return fmt.Errorf("verify %s: %w", p.name, err)
			}
			findings = append(findings, Finding{p.name, append([]string{}, wrong...)})
		}
		return nil
	})
	return findings, err
}

func verifyLedger(ctx context.Context, tx *db.Tx) ([]string, error) {
	r, err := ledger.Check(ctx, tx)
	if err == nil && !r.Balanced && len(r.Problems) == 0 {
		return []string{"the ledger does not sum to zero"}, nil
	}
	return r.Problems, err
}

// verifyPaid compares each order with its payment and with what gift cards, points
// and store credit paid: nothing is placed for less than it costs.
func verifyPaid(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	const page = 500
	for after := order.ID(""); ; {
		paid, err := order.PaidAfter(ctx, tx, after, page)
		if err != nil || len(paid) == 0 {
			return wrong, err
		}
		ids := make([]payment.ID, len(paid))
		for i, p := range paid {
			ids[i] = payment.ID(p.Payment)
		}
		covered, err := payment.Covered(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		for _, p := range paid {
			if got, ok := covered[payment.ID(p.Payment)]; p.Due > 0 && (!ok || got < p.Due) {
				wrong = append(wrong, fmt.Sprintf("order %s has %d left to pay but its payment %s covers %d", p.Order, p.Due, p.Payment, got))
			}
			stored, err := storedFor(ctx, tx, p)
			if err != nil {
				return nil, err
			}
			if stored != p.Total-p.Due {
				wrong = append(wrong, fmt.Sprintf("stored value should pay %d for order %s, and paid %d", p.Total-p.Due, p.Order, stored))
			}
		}
		after = paid[len(paid)-1].Order
	}
}

// storedFor is what gift cards, points and store credit paid for an order.
func storedFor(ctx context.Context, tx *db.Tx, p order.Paid) (int64, error) {
	if p.Total == p.Due {
		return 0, nil
	}
	cards, err := giftcard.Paid(ctx, tx, string(p.Order))
	if err != nil {
		return 0, err
	}
	points, err := wallet.PointsPaid(ctx, tx, string(p.Order))
	if err != nil {
		return 0, err
	}
	credit, err := wallet.Paid(ctx, tx, string(p.Order))
	return cards.Paid.Minor + points.Paid.Minor + credit.Paid.Minor, err
}

func verifyOutbox(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	suspended, err := event.Suspended(ctx, tx)
	for _, f := range suspended {
		wrong = append(wrong, fmt.Sprintf("fact %d (%s) is suspended after %d tries", f.Seq, f.Kind, f.Attempts))
	}
	return wrong, err
}

func verifyJobs(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	dead, err := job.Dead(ctx, tx)
	for _, j := range dead {
		wrong = append(wrong, fmt.Sprintf("job %d (%s) was given up", j.Seq, j.Kind))
	}
	return wrong, err
}

func verifyAudit(ctx context.Context, tx *db.Tx) ([]string, error) {
	broken, err := audit.Verify(ctx, tx)
	if broken == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("the audit chain is broken at entry %d", broken)}, err
}

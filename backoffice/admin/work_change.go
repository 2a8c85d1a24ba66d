package admin

import (
	"context"
	"encoding/json"

	"korzo/backoffice/listing"
	"korzo/engagement/message"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
)

// giftCardChanges are the changes of many gift cards at once.
func giftCardChanges() []listChange {
	reason := []changeSetting{{name: "reason", label: "admin.field.reason"}}
	tell := telling(func(v *visit, state json.RawMessage) string { return v.word("giftstate", said[string](state)) })
	return []listChange{
		{verb: giftCardVerb("gift_cards.block", giftcard.StateBlocked, giftcard.Block, giftcard.Unblock), action: "giftcards.write", label: "admin.change.block", settings: reason, tell: tell},
		{verb: giftCardVerb("gift_cards.unblock", giftcard.StateActive, giftcard.Unblock, giftcard.Block), action: "giftcards.write", label: "admin.change.unblock", settings: reason, tell: tell},
	}
}

type giftCardDeed func(ctx context.Context, tx *db.Tx, id giftcard.ID, by giftcard.By) error

func giftCardVerb(name string, to giftcard.State, do, undo giftCardDeed) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			c, err := giftcard.Find(ctx, tx, giftcard.ID(subject))
			if err != nil {
				return o, err
			}
			o = listing.Outcome{Title: "•••• " + c.Last4, Old: keep(c.State), New: keep(to)}
			return o, do(ctx, tx, c.ID, giftcard.By{Actor: s[listing.By], Reason: s["reason"]})
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			c, err := giftcard.Find(ctx, tx, giftcard.ID(subject))
			if err != nil {
				return err
			}
			if c.State != said[giftcard.State](o.New) {
				return listing.ErrMoved
			}
			return undo(ctx, tx, c.ID, giftcard.By{Actor: "system", Reason: name + " was taken back"})
		},
	}
}

// mailChanges are the changes of many mails at once. What has left the house
// cannot be taken back.
func mailChanges() []listChange {
	return []listChange{{action: "exceptions.write", label: "admin.change.retry",
		tell: telling(func(v *visit, state json.RawMessage) string { return v.word("state", said[string](state)) }),
		verb: listing.Verb{Name: "mails.retry", Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			m, err := message.Find(ctx, tx, message.ID(subject))
			if err != nil {
				return o, err
			}
			return listing.Outcome{Title: string(m.Kind) + " " + m.Ref, Old: keep(m.State), New: keep(message.StateQueued)}, message.Retry(ctx, tx, m.ID)
		}}}}
}

// fulfilChanges are the changes of much work at once. Who has said that they do
// it has said so: work goes on to its end, or is given up with a reason, one by one.
func fulfilChanges() []listChange {
	return []listChange{{action: "stock.write", label: "admin.change.accept",
		tell: telling(func(v *visit, state json.RawMessage) string { return v.word("fulfilstate", said[string](state)) }),
		verb: listing.Verb{Name: "fulfilments.accept", Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			f, err := shipment.Find(ctx, tx, shipment.ID(subject))
			if err != nil {
				return o, err
			}
			return listing.Outcome{Title: f.Label(), Old: keep(f.State), New: keep(shipment.StateAccepted)}, shipment.Accept(ctx, tx, f.ID, shipment.By{Actor: s[listing.By]})
		}}}}
}

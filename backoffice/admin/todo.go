package admin

import (
	"context"

	"korzo/backoffice/webhook"
	"korzo/fulfilment/shipment"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/dispute"
)

// waiting is one thing that waits for somebody: how many, and where to do it.
type waiting struct {
	Key   string // of its messages
	Count int
	More  bool // there are more than were counted
	Path  string
}

// mostWaiting is how many of a kind are counted.
const mostWaiting = 100

// todos are what waits, each by a question to its own wing, and only what the
// reader may see.
func (a *Admin) todos(v *visit, tx *db.Tx) (all []waiting, err error) {
	for _, t := range []struct {
		right, key, path string
		count            func(ctx context.Context, tx *db.Tx) (int, error)
	}{
		{"stock.read", "pick", Prefix + "/fulfilments", countPicks},
		{"exceptions.read", "late", link(Prefix+"/exceptions", "kind", shipment.TroubleLate), countTroubles(shipment.TroubleLate)},
		{"orders.read", "disputes", link(Prefix+"/disputes", "status", string(dispute.StateOpen)), countDisputes},
		{"webhooks.read", "webhooks", Prefix + "/webhooks", countFailing},
		{"flows.read", "harm", link(Prefix+"/exceptions", "kind", trial.TroubleHarm), countTroubles(trial.TroubleHarm)},
	} {
		if !v.can(t.right) {
			continue
		}
		n, err := t.count(v.ctx(), tx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			all = append(all, waiting{t.key, n, n >= mostWaiting, t.path})
		}
	}
	return all, nil
}

func countPicks(ctx context.Context, tx *db.Tx) (int, error) {
	n := 0
	for _, state := range []shipment.State{shipment.StateOpen, shipment.StateAccepted, shipment.StatePicking} {
		some, err := shipment.List(ctx, tx, shipment.Filter{State: state, Limit: mostWaiting})
		if err != nil {
			return 0, err
		}
		n += len(some)
	}
	return min(n, mostWaiting), nil
}

func countTroubles(kind string) func(context.Context, *db.Tx) (int, error) {
	return func(ctx context.Context, tx *db.Tx) (int, error) {
		some, err := exception.List(ctx, tx, exception.Filter{Open: true, Kind: kind, Limit: mostWaiting})
		return len(some), err
	}
}

func countDisputes(ctx context.Context, tx *db.Tx) (int, error) {
	some, _, err := dispute.List(ctx, tx, dispute.StateOpen, "", mostWaiting)
	return len(some), err
}

func countFailing(ctx context.Context, tx *db.Tx) (n int, err error) {
	all, err := webhook.List(ctx, tx)
	for _, e := range all {
		if !e.FailingSince.IsZero() {
			n++
		}
	}
	return n, err
}

package payment

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/ledger"
)

// Verify compares every payment's amounts and its attempts' states with its
// events, its movements with both, and its events with the ledger. It returns a sentence per difference,
// at most 100 of a sort; none when the truth is whole. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	var all []string
	for _, check := range []func(context.Context, *db.Tx) ([]string, error){selectWrong, selectUnclaimed, selectTorn, unposted} {
		wrong, err := check(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("verify payments: %w", err)
		}
		all = append(all, wrong...)
	}
	return all, nil
}

// unposted finds moves of money that the ledger does not tell of.
func unposted(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	const page, most = 500, 100
	for after := int64(0); len(wrong) < most; {
		moves, err := selectMoves(ctx, tx, after, page)
		if err != nil || len(moves) == 0 {
			return wrong, err
		}
		posted := map[string]map[string]int64{}
		keys := map[string][]string{}
		for _, m := range moves {
			keys[m.account()] = append(keys[m.account()], m.key())
		}
		for account, keys := range keys {
			if posted[account], err = ledger.Sums(ctx, tx, account, keys); err != nil {
				return nil, err
			}
		}
		for _, m := range moves {
			if got := posted[m.account()][m.key()]; got != m.posts() {
				wrong = append(wrong, fmt.Sprintf("attempt %s was %s with %d, but the ledger has %d of it on %s", m.attempt, m.kind, m.amount, got, m.account()))
			}
		}
		after = moves[len(moves)-1].seq
	}
	return wrong, nil
}

// move is an event that moved money.
type move struct {
	seq     int64
	attempt AttemptID
	market  string
	kind    string
	event   string // its key
	amount  int64  // minor units
}

// account is where the customers' side of the move was posted.
func (m move) account() string {
	switch m.kind {
	case string(StateCaptured):
		return owedBy
	case eventRefunded:
		return refundsOf(m.market)
	}
	return heldFor
}

// posts is what was posted there.
func (m move) posts() int64 {
	switch m.kind {
	case string(StateVoided), eventReleased, eventRefunded:
		return m.amount
	}
	return -m.amount
}

func (m move) key() string { return postingKey(m.attempt, m.event) }

// Covered returns how much each of these payments held or took, in minor units,
// what was let go again included; unknown ones are missing.
func Covered(ctx context.Context, tx *db.Tx, ids []ID) (map[ID]int64, error) {
	found := make(map[ID]int64, len(ids))
	rows, err := selectAuthorized(ctx, tx, ids)
	for _, p := range rows {
		found[p.ID] = p.Authorized.Minor + p.Voided.Minor
	}
	if err != nil {
		return nil, fmt.Errorf("amounts of %d payments: %w", len(ids), err)
	}
	return found, nil
}

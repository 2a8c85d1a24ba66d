package event

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// due reports whether anything is left to deliver, without asking for the
// writer's turn.
func (b *Bus) due(ctx context.Context, d *db.DB) (more bool, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		more, err = anyDue(ctx, tx)
		return err
	})
	return more, err
}

// batch delivers the oldest facts that are due, each the first of its key, in
// one transaction: it claims them in one statement and marks those that are
// through in another. Reactions that succeed need no savepoints, so it is tried
// without them; when one fails all is undone and done again, each apart.
func (b *Bus) batch(ctx context.Context, d *db.DB) (count, error) {
	c, err := b.claimed(ctx, d, b.together)
	if err == nil || ctx.Err() != nil || db.LostRace(err) {
		return c, err
	}
	return b.claimed(ctx, d, b.apart)
}

// claimed claims facts, has them delivered and marks those that are through.
func (b *Bus) claimed(ctx context.Context, d *db.DB, deliver func(ctx context.Context, tx *db.Tx, facts []Fact) ([]waiting, error)) (c count, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		facts, err := claimDue(ctx, tx, batch)
		c = count{tried: len(facts)}
		if err != nil || len(facts) == 0 {
			return err
		}
		through, err := deliver(ctx, tx, facts)
		if c.done = len(through); err != nil || c.done == 0 {
			return err
		}
		marked, err := setAllDone(ctx, tx, through)
		if err == nil && int(marked) != len(through) {
			err = fmt.Errorf("%d facts changed while %d were delivered", marked, len(through))
		}
		return err
	})
	if err != nil {
		return count{}, err
	}
	return c, nil
}

// together runs each reaction for all facts of its kind, one reaction after the
// other, and fails as soon as one does. Facts that failed before go apart.
func (b *Bus) together(ctx context.Context, tx *db.Tx, facts []Fact) (through []waiting, err error) {
	var again []Fact
	of := map[string][]*Fact{}
	var kinds []string
	for i := range facts {
		f := &facts[i]
		if f.Attempts > 0 {
			again = append(again, *f)
			continue
		}
		if of[f.Kind] == nil {
			kinds = append(kinds, f.Kind)
		}
		of[f.Kind] = append(of[f.Kind], f)
		through = append(through, waiting{seq: f.Seq, key: f.Key})
	}
	for _, kind := range kinds {
		for _, r := range b.reacting(kind) {
			if wanted, err := r.wanted(ctx, tx, kind); err != nil || !wanted {
				if err != nil {
					return nil, err
				}
				continue
			}
			for _, f := range of[kind] {
				if err := caught(ctx, tx, r, f); err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
	}
	more, err := b.apart(ctx, tx, again)
	return append(through, more...), err
}

// apart delivers facts one after the other, each reaction in a savepoint.
func (b *Bus) apart(ctx context.Context, tx *db.Tx, facts []Fact) (through []waiting, err error) {
	for _, f := range facts {
		ok, err := b.one(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		if ok {
			through = append(through, waiting{seq: f.Seq, key: f.Key})
		}
	}
	return through, nil
}

// wanted asks a reaction whether it is for this kind at this time.
func (r reaction) wanted(ctx context.Context, tx *db.Tx, kind string) (bool, error) {
	if r.wants == nil {
		return true, nil
	}
	return r.wants(ctx, tx, kind)
}

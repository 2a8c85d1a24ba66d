package listing

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/live"
)

// Start begins a planned change, and Undo gives back what a finished one
// changed. A short one has ended when they return; a long one is finished by
// the shop's jobs. They return ErrNotFound, or ErrState for a change that is
// not where it can be begun.
func (d *Desk) Start(ctx context.Context, change ChangeID, actor string) error {
	return d.begin(ctx, change, actor, StatePlanned, StateRunning)
}

// Undo gives back what a change changed; see Start. It returns ErrFinal for one
// that cannot be taken back.
func (d *Desk) Undo(ctx context.Context, change ChangeID, actor string) error {
	return d.begin(ctx, change, actor, StateDone, StateUndoing)
}

func (d *Desk) begin(ctx context.Context, change ChangeID, actor string, from, to ChangeState) error {
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		c, err := Find(ctx, tx, change)
		if err != nil {
			return err
		}
		if c.State != from {
			return ErrState
		}
		if to == StateUndoing && !d.CanUndo(c.Verb) {
			return ErrFinal
		}
		if err := move(ctx, tx, c, to, actor); err != nil {
			return err
		}
		if err := job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: string(change), Body: change}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "listing." + string(to), Subject: string(change),
			Detail: map[string]string{"verb": c.Verb, "total": fmt.Sprint(c.Total)}})
	})
	if err != nil {
		return err
	}
	return d.run(ctx, change, inline)
}

// CanUndo says whether what a verb does can be taken back.
func (d *Desk) CanUndo(verb string) bool { return d.verbs[verb].Undo != nil }

func move(ctx context.Context, tx *db.Tx, c Change, to ChangeState, by string) error {
	if !slices.Contains(next[c.State], to) {
		return ErrState
	}
	n, err := updateState(ctx, tx, c.ID, c.State, to, by)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("%s becomes %s: %w", c.ID, to, err)
	}
	return nil
}

// run steps a change until it ends or so many subjects have had their turn.
func (d *Desk) run(ctx context.Context, change ChangeID, most int) error {
	for done := 0; done < most; done += stepLength {
		more, err := d.step(ctx, change)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// step gives the next subjects their turn, in one transaction.
func (d *Desk) step(ctx context.Context, change ChangeID) (more bool, err error) {
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		more = false
		live.Changed(tx, Topic, string(change))
		c, err := lockChange(ctx, tx, change)
		if err != nil {
			return fmt.Errorf("step %s: %w", change, err)
		}
		from, end := ItemWaiting, StateDone
		switch c.State {
		case StateRunning:
		case StateUndoing:
			from, end = ItemChanged, StateUndone
		default:
			return nil
		}
		items, err := Items(ctx, tx, change, from, -1, stepLength)
		if err != nil {
			return err
		}
		for i := range items {
			if err := d.turn(ctx, tx, c, &items[i]); err != nil {
				return err
			}
		}
		if more = len(items) == stepLength; more {
			return nil
		}
		return move(ctx, tx, c, end, c.BegunBy)
	})
	return more, err
}

// turn changes one subject, or gives it back, and writes down what came of it.
func (d *Desk) turn(ctx context.Context, tx *db.Tx, c Change, it *Item) error {
	verb, known := d.verbs[c.Verb]
	if !known {
		return ErrVerb
	}
	var err error
	if c.State == StateUndoing {
		err = undo(ctx, tx, verb, it)
	} else {
		err = do(ctx, tx, verb, c.Settings.by(c.BegunBy), it)
	}
	if err != nil {
		return fmt.Errorf("%s of %s: %w", c.Verb, it.Subject, err)
	}
	if err := updateItem(ctx, tx, c.ID, *it); err != nil {
		return err
	}
	if it.State != ItemChanged && it.State != ItemRestored {
		return nil
	}
	action := c.Verb
	if it.State == ItemRestored {
		action += ".undo"
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: c.BegunBy, Action: action, Subject: it.Subject, Detail: map[string]string{"change": string(c.ID)}})
}

// do changes one subject. A fault is its reason, and nothing of it is changed.
func do(ctx context.Context, tx *db.Tx, verb Verb, s Settings, it *Item) error {
	err := tx.Savepoint(ctx, func() (err error) {
		it.Outcome, err = verb.Do(ctx, tx, it.Subject, s)
		return err
	})
	switch {
	case err == nil && string(it.Old) == string(it.New):
		it.State = ItemSame
	case err == nil:
		it.State = ItemChanged
	default:
		it.State = ItemFailed
	}
	return it.refused(err)
}

func undo(ctx context.Context, tx *db.Tx, verb Verb, it *Item) error {
	err := tx.Savepoint(ctx, func() error { return verb.Undo(ctx, tx, it.Subject, it.Outcome) })
	it.State = ItemRestored
	if err != nil {
		it.State = ItemKept
	}
	return it.refused(err)
}

// refused keeps why a subject was left as it is; what is no answer to a subject stays an error.
func (it *Item) refused(err error) error {
	if err == nil {
		return nil
	}
	if db.LostRace(err) || fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable {
		return err
	}
	it.Code, it.Reason = fault.CodeOf(err), fault.TextOf(err)
	return nil
}

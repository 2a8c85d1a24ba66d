package flow

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
)

// TroubleDue is the exception of a flow that could not be published at its time.
const TroubleDue = "flow.not_published"

// ErrPast reports a time of publication that has gone by.
var ErrPast = fault.New(fault.Invalid, "flow.past", "the time to publish lies in the past: give a later one, or publish now")

// PublishAt lets a draft publish itself at a time; the zero time takes it off
// the calendar. The draft must be whole already, so that what is wrong is told
// to whoever plans it. It returns ErrInvalid, ErrPast, ErrState and ErrNotFound.
func PublishAt(ctx context.Context, tx *db.Tx, flow ID, version int64, at time.Time) error {
	v, err := selectVersion(ctx, tx, flow, version)
	switch {
	case err != nil:
		return fmt.Errorf("plan %s version %d: %w", flow, version, notFound(err))
	case v.State != StateDraft:
		return ErrState.With(fmt.Sprintf("version %d is %s: only a draft can be planned", version, v.State))
	case !at.IsZero() && !at.After(tx.Now):
		return ErrPast
	}
	if !at.IsZero() {
		if err := v.Document.valid(ctx, tx); err != nil {
			return err
		}
	}
	n, err := updatePublishAt(ctx, tx, flow, version, at)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("plan %s version %d: %w", flow, version, err)
	}
	return nil
}

// PublishDue publishes the drafts whose time has come, each in a transaction of
// its own. One that cannot be published any more (a market was opened since)
// becomes an exception and is not tried again. It may be repeated.
func PublishDue(ctx context.Context, d *db.DB) error {
	var due []Version
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = selectDue(ctx, tx)
		return err
	})
	for _, v := range due {
		if err == nil {
			err = publishDue(ctx, d, v)
		}
	}
	if err != nil {
		return fmt.Errorf("publish what is due: %w", err)
	}
	return nil
}

func publishDue(ctx context.Context, d *db.DB, v Version) error {
	refused := d.Write(ctx, func(tx *db.Tx) error { return Publish(ctx, tx, v.Flow, v.Version) })
	if kind := fault.KindOf(refused); refused == nil || kind != fault.Invalid && kind != fault.Conflict {
		return refused
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if _, err := updatePublishAt(ctx, tx, v.Flow, v.Version, time.Time{}); err != nil {
			return err
		}
		return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleDue, Ref: string(v.Flow),
			Text: fmt.Sprintf("version %d was to be published now and could not be: %v; mend it and publish it by hand", v.Version, refused)})
	})
}

package admin

import (
	"context"

	"korzo/backoffice/listing"
	"korzo/platform/db"
)

// shelf is where a change of many finds a kind of record, and puts it back. A
// record that is found and refused still has its title.
type shelf[R any] struct {
	find  func(ctx context.Context, tx *db.Tx, id string) (R, error)
	save  func(ctx context.Context, tx *db.Tx, r R) error
	title func(R) string
}

// partVerb gives one part of a record another value, and gives it back where
// nobody has changed that part since.
func partVerb[R, T any](name string, of shelf[R], part func(*R) *T, read func(context.Context, *db.Tx, listing.Settings) (T, error)) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			r, err := of.find(ctx, tx, subject)
			o.Title = of.title(r)
			if err != nil {
				return o, err
			}
			o.Old = keep(part(&r))
			if *part(&r), err = read(ctx, tx, s); err != nil {
				return o, err
			}
			if o.New = keep(part(&r)); string(o.New) != string(o.Old) {
				err = of.save(ctx, tx, r)
			}
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			r, err := of.find(ctx, tx, subject)
			if err != nil {
				return err
			}
			if string(keep(part(&r))) != string(o.New) {
				return listing.ErrMoved
			}
			*part(&r) = said[T](o.Old)
			return of.save(ctx, tx, r)
		}}
}

// always is the value of a change that asks for none.
func always[T any](value T) func(context.Context, *db.Tx, listing.Settings) (T, error) {
	return func(context.Context, *db.Tx, listing.Settings) (T, error) { return value, nil }
}

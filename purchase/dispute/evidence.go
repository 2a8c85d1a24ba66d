package dispute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/id"
)

// Bounds of evidence.
const (
	MaxFile = 5 << 20
	maxText = 5000
	maxName = 200
)

// Evidence is something that speaks for the shop: a note, with or without a
// file.
type Evidence struct {
	ID      string
	Dispute ID
	Actor   string
	Text    string
	File    string // its name; "" without one
	Content []byte // only in what is added and in ReadFile
	At      time.Time
}

// AddEvidence keeps a piece of evidence of an open dispute. It is never
// changed; what was wrong is said in another.
func AddEvidence(ctx context.Context, tx *db.Tx, e Evidence) (Evidence, error) {
	e.Text, e.File = strings.TrimSpace(e.Text), strings.TrimSpace(e.File)
	if e.Text == "" || utf8.RuneCountInString(e.Text) > maxText || len(e.Content) > MaxFile || len(e.File) > maxName || (e.File == "") != (len(e.Content) == 0) {
		return e, ErrEvidence
	}
	d, err := lock(ctx, tx, e.Dispute)
	if err != nil {
		return e, err
	}
	if d.State.closed() {
		return e, ErrClosed
	}
	e.ID, e.At = id.New[string]("evi", tx.Now), tx.Now
	if err := insertEvidence(ctx, tx, e); err != nil {
		return e, fmt.Errorf("keep evidence of %s: %w", e.Dispute, err)
	}
	return e, nil
}

// AllEvidence returns what was gathered for a dispute, oldest first, without
// the files' content, at most 100.
func AllEvidence(ctx context.Context, tx *db.Tx, id ID) ([]Evidence, error) {
	all, err := selectEvidence(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("evidence of %s: %w", id, err)
	}
	return all, nil
}

// ReadFile returns a piece of evidence with its file's content, or ErrNotFound.
func ReadFile(ctx context.Context, tx *db.Tx, of ID, id string) (Evidence, error) {
	e, err := selectFile(ctx, tx, of, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return e, fmt.Errorf("read evidence %s: %w", id, err)
	}
	return e, nil
}

// Package audit records who did what to what, so that nobody can quietly
// change the record afterwards.
//
// Entries are append-only and form a chain: each bears the SHA-256 of the
// hash before it and of its own content. A head row, locked while an entry is
// added, holds the number and hash of the last one. Whoever flips, deletes or
// reorders an entry breaks the chain, and Verify names the place; whoever can
// write the whole table could forge the whole chain, so operators export the
// Head to where he cannot write.
//
// An entry is written in the transaction of the change it tells of. Recording
// makes those who record wait for each other: do it last. Entries hold ids and
// what changed, never a person's data, for they outlive an erasure.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
)

// Schema holds the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// page is how many entries Verify reads at a time, and the most List returns.
const page = 1000

// ErrEntry reports an entry that does not say who did what.
var ErrEntry = fault.New(fault.Internal, "audit.entry", "an audit entry needs an actor and an action")

// Entry says who did what to what.
type Entry struct {
	Actor   string            // a staff member's id, an API key's id, or "system"
	Action  string            // "order.refund": stable
	Subject string            // the id of what it was done to
	Detail  map[string]string // what changed: ids, amounts, before and after
}

// Recorded is an entry with its place in the chain.
type Recorded struct {
	Entry
	Seq  int64 // 1, 2, 3 …
	At   time.Time
	Hash []byte
}

// Record adds e to the chain. It returns ErrEntry for an entry without an
// actor or an action. Repeating it records again.
func Record(ctx context.Context, tx *db.Tx, e Entry) error {
	if err := record(ctx, tx, e); err != nil {
		return fmt.Errorf("record %s of %s: %w", e.Action, e.Subject, err)
	}
	return nil
}

func record(ctx context.Context, tx *db.Tx, e Entry) error {
	if e.Actor == "" || e.Action == "" {
		return ErrEntry
	}
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	detail, err := json.Marshal(e.Detail) // sorts the keys
	if err != nil {
		return err
	}
	last, err := lockHead(ctx, tx)
	if err != nil {
		return err
	}
	l := link{seq: last.seq + 1, at: db.Micros(tx.Now), actor: e.Actor, action: e.Action, subject: e.Subject, detail: string(detail)}
	l.hash = l.sum(last.hash)
	if err := insertEntry(ctx, tx, l); err != nil {
		return err
	}
	n, err := updateHead(ctx, tx, last.seq, l)
	if err == nil && n != 1 {
		err = errors.New("the head of the audit chain moved while it was locked")
	}
	return err
}

// Verify walks the whole chain and returns the number of the first entry that
// is missing, changed or out of place, or 0 when all is as it was recorded.
// Call it in a Read, which sees one moment.
func Verify(ctx context.Context, tx *db.Tx) (broken int64, err error) {
	last := link{}
	for {
		links, err := selectLinks(ctx, tx, last.seq, page)
		if err != nil {
			return 0, fmt.Errorf("verify audit chain: %w", err)
		}
		for _, l := range links {
			if l.seq != last.seq+1 || !bytes.Equal(l.hash, l.sum(last.hash)) {
				return last.seq + 1, nil
			}
			last = l
		}
		if len(links) < page {
			return verifyHead(ctx, tx, last)
		}
	}
}

// verifyHead compares the last entry found with the head, which knows how many there were.
func verifyHead(ctx context.Context, tx *db.Tx, last link) (broken int64, err error) {
	h, err := selectHead(ctx, tx)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return last.seq + 1, nil
	case err != nil:
		return 0, fmt.Errorf("verify audit chain: %w", err)
	case h.seq != last.seq:
		return min(h.seq, last.seq) + 1, nil
	case !bytes.Equal(h.hash, last.hash):
		return max(last.seq, 1), nil
	}
	return 0, nil
}

// Head returns the number and the hash of the last entry: what to export and
// to compare later. The chain of an untouched shop has no entry and no hash.
func Head(ctx context.Context, tx *db.Tx) (seq int64, hash []byte, err error) {
	h, err := selectHead(ctx, tx)
	if err != nil {
		return 0, nil, fmt.Errorf("head of the audit chain: %w", err)
	}
	return h.seq, h.hash, nil
}

// Filter chooses entries for List. The zero Filter is the newest of all.
type Filter struct {
	Actor, Action, Subject string    // "" is any; an Action that ends in "." is any that begins so
	From, Until            time.Time // recorded then or later, and before; zero is any
	Before                 int64     // the Seq of the last entry of the page before; 0 for the first page
	Limit                  int       // 1 to 1000; 0 is 100
}

// List returns a page of entries, newest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Recorded, error) {
	if f.Limit < 1 {
		f.Limit = 100
	}
	f.Limit = min(f.Limit, page)
	links, err := selectPage(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list audit entries: %w", err)
	}
	all := make([]Recorded, 0, len(links))
	for _, l := range links {
		r := Recorded{Entry{l.actor, l.action, l.subject, nil}, l.seq, db.Time(l.at), l.hash}
		if err := json.Unmarshal([]byte(l.detail), &r.Detail); err != nil {
			return nil, fmt.Errorf("audit entry %d: %w", l.seq, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// link is an entry as it is stored.
type link struct {
	seq, at                        int64
	actor, action, subject, detail string
	hash                           []byte
}

// sum is the hash of the one before and of l's content. Each part is preceded
// by its length, so that no two entries have the same content.
func (l link) sum(before []byte) []byte {
	h := sha256.New()
	h.Write(before)
	var n [8]byte
	for _, number := range []int64{l.seq, l.at} {
		binary.BigEndian.PutUint64(n[:], uint64(number))
		h.Write(n[:])
	}
	for _, text := range []string{l.actor, l.action, l.subject, l.detail} {
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	return h.Sum(nil)
}

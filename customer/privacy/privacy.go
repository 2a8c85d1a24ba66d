// Package privacy answers the two things that everybody may demand: all you keep
// of me, and forget me.
//
// An export is asked for, made by a job from the parts that every wing names
// (Desk.Parts), sealed under the person's own key and kept for a week; then it is
// deleted. Erasing destroys that key, ends passwords, passkeys and sessions, and
// publishes profile.Erased, after which every wing forgets what is its own. What
// law makes us keep stays: orders without their person, and invoices, which are
// sealed under a key of the seller and the year.
//
// Never true: an export that anybody but its customer opens; a file that outlives
// its week; an erasure while something is on its way to who asks for it.
package privacy

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/platform/seal"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "privacy.not_found", "there is no such file, or its time is over; ask for a new one")
	ErrUnderway = fault.New(fault.Conflict, "privacy.underway", "an order is still on its way; wait until it has arrived, or cancel it, and ask again")
	ErrTooLarge = fault.New(fault.TooLarge, "privacy.too_large", "there is too much for one file; ask the shop for it")
)

const (
	// Life is how long an export can be downloaded.
	Life = 7 * 24 * time.Hour
	// pause is how soon after one export another is made: until then the first is the answer.
	pause = time.Hour
	// maxBytes bounds one export.
	maxBytes = 32 << 20

	jobKind = "privacy.export"
)

// ID names an export.
type ID string

// Export is a file with all that is kept of a customer.
type Export struct {
	ID        ID
	Customer  profile.CustomerID
	Ready     bool
	Bytes     int64
	CreatedAt time.Time
	EndsAt    time.Time // zero until it is ready
}

// Part is what one domain keeps of a customer: something that JSON can tell.
type Part struct {
	Name string
	Read func(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (any, error)
}

// Desk makes exports and erases. Every field is required.
type Desk struct {
	DB     *db.DB
	Keeper *seal.Keeper
	Parts  []Part
	// Underway reports whether something is still owed to or by a customer, so
	// that their address is needed.
	Underway func(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (bool, error)
	// Told is called in the transaction in which an export becomes ready.
	Told func(ctx context.Context, tx *db.Tx, e Export) error
}

type exportJob struct {
	ID ID `json:"id"`
}

// Register makes a pool's jobs write exports.
func (k *Desk) Register(p *job.Pool) {
	job.Do(p, jobKind, func(ctx context.Context, j exportJob) error { return k.write(ctx, j.ID) })
}

// Ask has an export made. Within an hour of another, or while one is being made,
// that one is the answer.
func Ask(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (Export, error) {
	e := Export{ID: id.New[ID]("exp", tx.Now), Customer: customer, CreatedAt: tx.Now}
	n, err := insertExport(ctx, tx, e, tx.Now.Add(-pause))
	if err != nil {
		return Export{}, fmt.Errorf("ask for an export: %w", err)
	}
	if n > 0 {
		return e, job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: string(e.ID), Body: exportJob{e.ID}})
	}
	all, err := List(ctx, tx, customer)
	if err == nil && len(all) == 0 {
		err = ErrNotFound // it ended between the two statements
	}
	if err != nil {
		return Export{}, err
	}
	return all[0], nil
}

// List returns a customer's exports, the latest first: those being made and those
// that can be downloaded.
func List(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Export, error) {
	all, err := selectExports(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return all, nil
}

// Open returns the file of an export, which is JSON, or ErrNotFound.
func (k *Desk) Open(ctx context.Context, tx *db.Tx, customer profile.CustomerID, export ID) ([]byte, error) {
	sealed, err := selectSealed(ctx, tx, customer, export)
	if errors.Is(err, db.ErrNoRow) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open export %s: %w", export, err)
	}
	return profile.Unseal(ctx, tx, k.Keeper, customer, sealed)
}

// write makes a file. It reads in one transaction, so that the parts agree, and
// writes in another. Writing what is written changes nothing.
func (k *Desk) write(ctx context.Context, export ID) error {
	var e Export
	var file []byte
	err := k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if e, err = findExport(ctx, tx, export); err != nil || e.Ready {
			return err
		}
		file, err = k.file(ctx, tx, e)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, profile.ErrErased), err == nil && e.Ready:
		return nil // forgotten meanwhile, or done by another
	case err != nil:
		return fmt.Errorf("write export %s: %w", export, err)
	}
	return k.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := profile.Seal(ctx, tx, k.Keeper, e.Customer, file)
		if errors.Is(err, profile.ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		e.Ready, e.Bytes, e.EndsAt = true, int64(len(file)), tx.Now.Add(Life)
		n, err := updateReady(ctx, tx, e, sealed)
		if err != nil || n == 0 {
			return err
		}
		return k.Told(ctx, tx, e)
	})
}

// file is everything, indented: people read it too.
func (k *Desk) file(ctx context.Context, tx *db.Tx, e Export) ([]byte, error) {
	all := map[string]any{"made_at": tx.Now.UTC().Format(time.RFC3339), "customer_id": e.Customer}
	for _, part := range k.Parts {
		v, err := part.Read(ctx, tx, e.Customer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.Name, err)
		}
		all[part.Name] = v
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err == nil && len(text) > maxBytes {
		err = ErrTooLarge
	}
	return text, err
}

// Erase forgets a customer for good, or returns ErrUnderway. Erasing the erased
// changes nothing.
func (k *Desk) Erase(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	busy, err := k.Underway(ctx, tx, customer)
	switch {
	case err != nil:
		return fmt.Errorf("erase %s: %w", customer, err)
	case busy:
		return ErrUnderway
	}
	who, err := profile.Find(ctx, tx, k.Keeper, customer)
	if errors.Is(err, profile.ErrErased) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, end := range []func() error{
		func() error { return deleteExports(ctx, tx, customer) },
		func() error { return auth.RemovePassword(ctx, tx, auth.RealmCustomer, string(customer)) },
		func() error { return passkey.Forget(ctx, tx, auth.RealmCustomer, string(customer)) },
		func() error { // gifts and points end; a debt stays, under an id that names nobody
			_, err := wallet.Close(ctx, tx, customer, wallet.By{Actor: "system", Reason: "erasure"})
			return err
		},
		func() error { return profile.Erase(ctx, tx, who.Person) },
	} {
		if err := end(); err != nil {
			return fmt.Errorf("erase %s: %w", customer, err)
		}
	}
	return nil
}

// Sweep deletes files whose time is over.
func Sweep(ctx context.Context, tx *db.Tx) error { return deleteEnded(ctx, tx) }

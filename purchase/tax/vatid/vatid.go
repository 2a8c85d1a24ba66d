// Package vatid asks tax offices whether a VAT id was given to anybody, and keeps
// what they said, and when, with the order that bore no tax because of it.
//
// The form and the check digits of an id are looked at once, where it is typed
// (tax.CheckVATID). Whether it exists only its country's office knows, and that
// office may be slow or away for hours. So the question is a job of its own, and
// until it is answered a stated rule holds: an id whose form is right counts as
// valid. An office that says no has tax charged from then on; said after an order
// was placed, a person must decide, and an exception tells them which order.
//
// The id is personal where one person is the company. It stays in the contact,
// under that person's key: a check names the contact, and forgets nothing when
// the person is erased, for it never knew who they are.
//
// Never true: an office asked within a transaction; a checkout that waits for
// one; silence taken for a no.
package vatid

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/purchase/tax"
)

// Schema holds the table of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrUnavailable reports an office that gives no answer now: ask again later.
var ErrUnavailable = errors.New("the VAT register gives no answer now")

// TroubleInvalid is the exception of an order that was placed without tax and
// whose VAT id the office then did not know. Its Ref is the order.
const TroubleInvalid = "tax.vat_id_invalid"

const jobKind = "vatid.check"

// State is what is known of an id.
type State string

// The states of a check. Valid and Invalid are what the office said.
const (
	StatePending State = "pending" // not answered yet: the id counts as valid
	StateValid   State = "valid"
	StateInvalid State = "invalid"
)

// Reply is an office's answer.
type Reply struct {
	Valid     bool
	Reference string // the office's own for the question; "" where it gives none
}

// Register asks the office of an id's country. Its implementations pass
// registertest. An id is folded, as tax.CheckVATID returns it; silence, and any
// answer that is neither yes nor no, is ErrUnavailable.
type Register interface {
	Check(ctx context.Context, id string) (Reply, error)
}

// Check is what is known of the id in a contact.
type Check struct {
	Contact    profile.ContactID
	State      State
	Order      string // placed without tax on the strength of it; "" for none
	Reference  string
	AskedAt    time.Time
	AnsweredAt time.Time // zero before
	Attempts   int64
	mark       string
}

// Checker has ids checked. A nil Checker asks nobody: every id whose form is
// right counts as valid, and nothing is kept.
type Checker struct {
	db       *db.DB
	keeper   *seal.Keeper
	register Register
}

// New returns a checker that asks a register; contacts are read with k.
func New(d *db.DB, k *seal.Keeper, r Register) *Checker { return &Checker{d, k, r} }

// Register has a pool ask.
func (c *Checker) Register(p *job.Pool) {
	if c != nil {
		job.Do(p, jobKind, c.ask)
	}
}

// markOf tells an id from another of the same contact, and is too short to be
// turned back into one.
func markOf(contact profile.ContactID, id string) string {
	sum := sha256.Sum256([]byte(string(contact) + "\n" + id))
	return hex.EncodeToString(sum[:3])
}

// Want has the id of a contact checked, once for each id that stands there. An
// id whose form is wrong is not asked about. It takes one statement, and another
// when the id is new.
func (c *Checker) Want(ctx context.Context, tx *db.Tx, contact profile.ContactID, text string) error {
	id, _, err := tax.CheckVATID(text)
	if c == nil || err != nil || contact == "" {
		return nil //nolint:nilerr // what is wrong with the form is said where it is typed
	}
	n, err := upsertCheck(ctx, tx, contact, markOf(contact, id))
	if err == nil && n > 0 {
		err = job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: string(contact), Body: contact})
	}
	if err != nil {
		return fmt.Errorf("have the VAT id of %s checked: %w", contact, err)
	}
	return nil
}

// Of returns what is known of an id that stands in a contact; found is false
// when nobody was asked about it.
func (c *Checker) Of(ctx context.Context, tx *db.Tx, contact profile.ContactID, text string) (k Check, found bool, err error) {
	id, _, err := tax.CheckVATID(text)
	if c == nil || err != nil || contact == "" {
		return Check{}, false, nil //nolint:nilerr // as in Want
	}
	k, err = selectCheck(ctx, tx, contact)
	if errors.Is(err, db.ErrNoRow) {
		return Check{}, false, nil
	}
	return k, err == nil && k.mark == markOf(contact, id), err
}

// Bind says which order is placed without tax on the strength of a contact's id;
// "" says that it was not placed after all. Where the office has said no
// meanwhile, the order's exception is raised.
func (c *Checker) Bind(ctx context.Context, tx *db.Tx, contact profile.ContactID, order string) error {
	if c == nil {
		return nil
	}
	state, err := bindOrder(ctx, tx, contact, order)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return nil
	case err != nil:
		return fmt.Errorf("keep the VAT check of %s with %s: %w", contact, order, err)
	case state == StateInvalid && order != "":
		return raise(ctx, tx, order)
	}
	return nil
}

// ForOrder returns the check that an order was placed on; found is false when
// there was none.
func ForOrder(ctx context.Context, tx *db.Tx, order string) (k Check, found bool, err error) {
	k, err = selectByOrder(ctx, tx, order)
	if errors.Is(err, db.ErrNoRow) {
		return Check{}, false, nil
	}
	if err != nil {
		return Check{}, false, fmt.Errorf("VAT check of %s: %w", order, err)
	}
	return k, true, nil
}

func raise(ctx context.Context, tx *db.Tx, order string) error {
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleInvalid, Ref: order,
		Text: "the tax office does not know the VAT id of this order, which bore no tax: ask the buyer for the right one, or charge the tax"})
}

// ask asks the office, outside any transaction, and writes down what it said.
// An office that is away is asked again by the pool.
func (c *Checker) ask(ctx context.Context, contact profile.ContactID) error {
	var k Check
	var id string
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		if k, err = selectCheck(ctx, tx, contact); err != nil {
			return err
		}
		of, err := profile.FindContact(ctx, tx, c.keeper, contact)
		if err == nil {
			id, _, err = tax.CheckVATID(of.VATID)
		}
		return err
	})
	switch {
	case errors.Is(err, db.ErrNoRow), errors.Is(err, tax.ErrVATID), errors.Is(err, profile.ErrNoContact), errors.Is(err, profile.ErrErased):
		return nil // changed or erased meanwhile: there is nothing to ask about
	case err != nil:
		return fmt.Errorf("check the VAT id of %s: %w", contact, err)
	case k.State != StatePending || k.mark != markOf(contact, id):
		return nil
	}
	reply, asked := c.register.Check(ctx, id)
	return errors.Join(asked, c.db.Write(ctx, func(tx *db.Tx) error { return answer(ctx, tx, k, reply, asked) }))
}

// answer writes down what the office said of the id that it was asked about.
func answer(ctx context.Context, tx *db.Tx, k Check, r Reply, silence error) error {
	state := StatePending
	switch {
	case silence != nil:
	case r.Valid:
		state = StateValid
	default:
		state = StateInvalid
	}
	order, err := updateAnswer(ctx, tx, k, state, r.Reference)
	if errors.Is(err, db.ErrNoRow) {
		return nil // another id stands there now, and has a job of its own
	}
	if err != nil {
		return fmt.Errorf("write down the VAT check of %s: %w", k.Contact, err)
	}
	if state == StateInvalid && order != "" {
		return raise(ctx, tx, order)
	}
	return nil
}

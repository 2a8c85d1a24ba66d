// Package vault keeps ways to pay that customers agreed to use again.
//
// What is kept is a gateway's token, the brand and the last four digits: the
// card itself is with the gateway, and a number never comes here. A Card begins
// as a wish, with the customer's consent and the version of the words they read.
// Its gateway is asked outside any transaction, under the card's own id, so that
// asking again keeps it once; a bank that wants proof is answered on its own
// page first. A wish that comes with a payment rides on that payment's proof.
//
// The one idea: consent has two depths. Every kept card may be chosen by its
// customer at the next checkout. Only one whose customer also agreed to it may
// be charged while they are away (Away), as a subscription does.
//
// A card is good until a month, as its gateway tells: an expired one is shown and
// not offered, its customer is warned once before, and a gateway that hears of a
// new card says so (Told). Only the gateway's own answer changes a card.
//
// Deleting a card, or the customer, makes it unusable here at once; a job has
// the gateway forget it, and then the row goes too.
//
// Never true: a card used by anybody but its customer, or at a gateway that
// does not keep it; two cards offered first; a token left at a gateway because
// a call was lost.
package vault

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/card"
)

// Schema is the package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "vault.not_found", "there is no such saved card; choose one of the list")
	ErrWish     = fault.New(fault.Invalid, "vault.wish", "give a card's token from the gateway's own fields, and the customer's consent")
	ErrGateway  = fault.New(fault.Invalid, "vault.gateway", "no payment gateway of this shop keeps cards for later; pay with it each time")
	ErrExpired  = fault.New(fault.Conflict, "vault.expired", "this saved card has expired; choose another one, or save the new card")
	ErrFull     = fault.New(fault.Conflict, "vault.full", "ten cards are saved already; delete one first")
	ErrAway     = fault.New(fault.Forbidden, "vault.away", "the customer did not agree that this card is charged while they are away; ask them first")
)

// Consent is the version of the words that customers agree to now.
const Consent = "2026-11"

// most is how many cards a customer may keep.
const most = 10

// The jobs that call gateways.
const (
	JobKeep   = "vault.keep"
	JobForget = "vault.forget"
)

// ID names a kept card.
type ID string

// State is where a card is in its life.
type State string

// The states of a card. Only one that is kept is ever used.
const (
	StateAsked   State = "asked"   // agreed to; the gateway has not said yes
	StateKept    State = "kept"    // may be paid with
	StateRefused State = "refused" // the bank said no: the row tells why, for a day
	StateLeaving State = "leaving" // deleted; the gateway is told
)

// Card is a way to pay that is kept, or is to be.
type Card struct {
	ID         ID
	Customer   string
	Gateway    string
	Method     string
	Attempt    payment.AttemptID // "" when it was kept by itself
	State      State
	Instrument string // the gateway's token; tell nobody but the gateway
	Brand      string // "visa"
	Last       string // four digits
	Expires    card.Expiry
	Code       string // why it was refused: one of payment's Decline constants
	ActionURL  string // where the customer proves who they are; "" for nowhere
	ReturnURL  string
	Favourite  bool // offered first
	OffSession bool // may be charged while the customer is away
	Consent    string
	AgreedAt   time.Time
	CreatedAt  time.Time
}

// Name is how people know a card they keep, "Visa •••• 4242".
func (c Card) Name() string { return payment.Card{Brand: c.Brand, Last: c.Last}.Name() }

// Wish is a customer's word that a card be kept.
type Wish struct {
	Customer   string
	Gateway    string
	Method     string
	Instrument string
	Attempt    payment.AttemptID // that was just paid with it, "" for none
	ReturnURL  string            // {card} is replaced by the card's id
	OffSession bool
}

// Vault asks gateways to keep and to forget.
type Vault struct {
	db       *db.DB
	payments *payment.Payments
}

// New returns a Vault. It does no I/O.
func New(d *db.DB, p *payment.Payments) *Vault { return &Vault{d, p} }

// Register has the jobs of a pool keep and forget.
func (v *Vault) Register(p *job.Pool) {
	job.Do(p, JobKeep, func(ctx context.Context, id ID) error {
		if _, err := v.Keep(ctx, id); !errors.Is(err, ErrNotFound) {
			return err
		}
		return nil // deleted meanwhile
	})
	job.Do(p, JobForget, v.forget)
}

// Ask writes a wish, and has a job see to it. A wish of the same attempt is the
// same wish. It returns ErrWish or ErrFull.
func Ask(ctx context.Context, tx *db.Tx, w Wish) (Card, error) {
	if w.Customer == "" || w.Gateway == "" || !payment.ValidInstrument(w.Instrument) {
		return Card{}, ErrWish
	}
	if w.Attempt != "" {
		c, err := selectByAttempt(ctx, tx, w.Attempt)
		if !errors.Is(err, db.ErrNoRow) {
			return c, err
		}
	}
	n, err := count(ctx, tx, w.Customer)
	if err == nil && n >= most {
		err = ErrFull
	}
	if err != nil {
		return Card{}, fmt.Errorf("keep a card of %s: %w", w.Customer, err)
	}
	c := Card{ID: id.New[ID]("vlt", tx.Now), Customer: w.Customer, Gateway: w.Gateway, Method: w.Method, Attempt: w.Attempt, State: StateAsked,
		Instrument: w.Instrument, OffSession: w.OffSession, Consent: Consent, AgreedAt: tx.Now, CreatedAt: tx.Now}
	c.ReturnURL = withCard(w.ReturnURL, c.ID)
	if err := insertCard(ctx, tx, c); err != nil {
		return Card{}, fmt.Errorf("keep a card of %s: %w", w.Customer, err)
	}
	return c, job.Enqueue(ctx, tx, job.Job{Kind: JobKeep, Key: string(c.ID), Body: c.ID})
}

// Add keeps a card by itself, without a payment: it writes the wish, asks the
// gateway that keeps such cards, and tells how far it is. Silence is no error:
// the card stays asked, and a job goes on. It returns ErrWish, ErrGateway or
// ErrFull when nothing was asked.
func (v *Vault) Add(ctx context.Context, w Wish) (c Card, err error) {
	m, ok := paymethod.Find(w.Method)
	if !ok || !payment.ValidInstrument(w.Instrument) {
		return Card{}, ErrWish
	}
	if w.Gateway, err = v.payments.KeeperOf(m, w.Instrument); err != nil {
		return Card{}, ErrGateway
	}
	err = v.db.Write(ctx, func(tx *db.Tx) (err error) {
		c, err = Ask(ctx, tx, w)
		return err
	})
	if err != nil {
		return Card{}, err
	}
	asked := c
	if c, err = v.Keep(ctx, c.ID); payment.IsSilence(err) {
		return asked, nil
	}
	return c, err
}

// Keep asks the gateway of a wish and acts on its answer. It must run outside
// any transaction and may be repeated; silence is an error, and the job comes
// again. A card whose bank wants proof stays asked, with its ActionURL.
func (v *Vault) Keep(ctx context.Context, id ID) (c Card, err error) {
	err = v.db.Read(ctx, func(tx *db.Tx) error {
		c, err = selectCard(ctx, tx, id, "")
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return Card{}, ErrNotFound
	}
	if err != nil || c.State != StateAsked {
		return c, err
	}
	s, err := v.payments.Save(ctx, c.Gateway, c.wish())
	if err != nil {
		return c, fmt.Errorf("keep card %s: %w", id, err)
	}
	err = v.db.Write(ctx, func(tx *db.Tx) error {
		c, err = selectCard(ctx, tx, id, tx.ForUpdate())
		if errors.Is(err, db.ErrNoRow) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return v.learn(ctx, tx, &c, s)
	})
	if err != nil {
		return c, fmt.Errorf("keep card %s: %w", id, err)
	}
	return c, nil
}

// wish is what a card's gateway is asked, the same each time.
func (c Card) wish() payment.SaveRequest {
	return payment.SaveRequest{Reference: string(c.ID), Customer: c.Customer, Instrument: c.Instrument, ReturnURL: c.ReturnURL, Paid: string(c.Attempt)}
}

// learn makes of a card what its gateway said. One that was deleted meanwhile
// stays so: who forgets it asks under which name it was kept.
func (v *Vault) learn(ctx context.Context, tx *db.Tx, c *Card, s payment.Saved) error {
	if c.State != StateAsked {
		return nil
	}
	c.ActionURL, c.Code = s.ActionURL, s.DeclineCode
	switch s.Status {
	case payment.StatusAuthorized:
		if !payment.ValidInstrument(s.Instrument) {
			return payment.ErrUnknown
		}
		c.State, c.ActionURL = StateKept, ""
		v.describe(c, s)
		return v.replace(ctx, tx, c)
	case payment.StatusDeclined, payment.StatusVoided:
		c.State, c.Instrument, c.ActionURL = StateRefused, "", ""
	}
	return updateCard(ctx, tx, *c)
}

// describe is what a card is known by, as its gateway told.
func (v *Vault) describe(c *Card, s payment.Saved) {
	told, _ := v.payments.Read(s.Instrument)
	c.Instrument, c.Brand, c.Last, c.Expires = s.Instrument, s.Brand, s.Last, s.Expires
	if c.Last == "" {
		c.Brand, c.Last = told.Brand, told.Last
	}
}

// replace makes a card kept. It takes the place of the same card, if that was
// kept before, and is offered first when there is no other.
func (v *Vault) replace(ctx context.Context, tx *db.Tx, c *Card) error {
	all, err := List(ctx, tx, c.Customer)
	if err != nil {
		return err
	}
	c.Favourite = true
	for _, old := range all {
		if old.Last != "" && old.Gateway == c.Gateway && old.Brand == c.Brand && old.Last == c.Last {
			if err := remove(ctx, tx, old); err != nil {
				return err
			}
			continue
		}
		c.Favourite = c.Favourite && !old.Favourite
	}
	return updateCard(ctx, tx, *c)
}

// List returns the cards that a customer may pay with, the one offered first
// first, then the newest.
func List(ctx context.Context, tx *db.Tx, customer string) ([]Card, error) {
	if customer == "" {
		return nil, nil
	}
	all, err := selectCards(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list cards of %s: %w", customer, err)
	}
	return all, nil
}

// Find returns a customer's card, in whatever state, or ErrNotFound: somebody
// else's is as if there were none.
func Find(ctx context.Context, tx *db.Tx, customer string, id ID) (Card, error) {
	c, err := selectCard(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) || err == nil && (c.Customer != customer || customer == "") {
		return Card{}, ErrNotFound
	}
	return c, err
}

// Usable returns a customer's card that may be paid with, ErrNotFound, or
// ErrExpired for one that is over.
func Usable(ctx context.Context, tx *db.Tx, customer string, id ID) (Card, error) {
	c, err := kept(ctx, tx, customer, id)
	if err == nil && c.Expires.Over(tx.Now) {
		return Card{}, ErrExpired
	}
	return c, err
}

func kept(ctx context.Context, tx *db.Tx, customer string, id ID) (Card, error) {
	c, err := Find(ctx, tx, customer, id)
	if err == nil && c.State != StateKept {
		return Card{}, ErrNotFound
	}
	return c, err
}

// Away returns a customer's card for a charge that they are not there for: with
// payment.ExemptAgreed as its proof's exemption. Without their consent to that
// it returns ErrAway.
func Away(ctx context.Context, tx *db.Tx, customer string, id ID) (Card, error) {
	c, err := Usable(ctx, tx, customer, id)
	if err == nil && !c.OffSession {
		return Card{}, ErrAway
	}
	return c, err
}

// Change is what a customer says about a card; nil says nothing.
type Change struct {
	Favourite  *bool // only true changes something: another takes the place
	OffSession *bool
}

// Update keeps what a customer says about a card, or returns ErrNotFound.
func Update(ctx context.Context, tx *db.Tx, customer string, id ID, ch Change) (Card, error) {
	c, err := kept(ctx, tx, customer, id)
	if err != nil {
		return Card{}, err
	}
	if ch.Favourite != nil && *ch.Favourite {
		if err := clearFavourite(ctx, tx, customer); err != nil {
			return Card{}, err
		}
		c.Favourite = true
	}
	if ch.OffSession != nil && *ch.OffSession != c.OffSession {
		c.OffSession, c.Consent, c.AgreedAt = *ch.OffSession, Consent, tx.Now
	}
	return c, updateCard(ctx, tx, c)
}

// Remove deletes a customer's card: it pays nothing from now on, and its
// gateway is told to forget it. Removing it again is ErrNotFound.
func Remove(ctx context.Context, tx *db.Tx, customer string, id ID) error {
	c, err := Find(ctx, tx, customer, id)
	if err == nil && c.State == StateLeaving {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return remove(ctx, tx, c)
}

// RemoveAll deletes every card of a customer who is erased.
func RemoveAll(ctx context.Context, tx *db.Tx, customer string) error {
	all, err := selectAll(ctx, tx, customer)
	for _, c := range all {
		err = errors.Join(err, remove(ctx, tx, c))
	}
	if err != nil {
		return fmt.Errorf("remove the cards of %s: %w", customer, err)
	}
	return nil
}

// unlearned is the code of a deleted card whose gateway may have kept it
// without our having heard.
const unlearned = "unlearned"

func remove(ctx context.Context, tx *db.Tx, c Card) error {
	if c.State == StateAsked {
		c.Code = unlearned
	}
	c.State, c.Favourite, c.ActionURL = StateLeaving, false, ""
	return errors.Join(updateCard(ctx, tx, c), leave(ctx, tx, c.ID))
}

func leave(ctx context.Context, tx *db.Tx, id ID) error {
	return job.Enqueue(ctx, tx, job.Job{Kind: JobForget, Key: string(id), Body: id})
}

// forget has the gateway of a deleted card forget it, and then deletes the row.
func (v *Vault) forget(ctx context.Context, id ID) error {
	var c Card
	err := v.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = selectCard(ctx, tx, id, "")
		return err
	})
	if errors.Is(err, db.ErrNoRow) || err == nil && c.State != StateLeaving {
		return nil
	}
	if err == nil && c.Code == unlearned {
		var s payment.Saved
		if s, err = v.payments.Save(ctx, c.Gateway, c.wish()); errors.Is(err, payment.ErrGateway) {
			err = nil
		}
		c.Instrument = s.Instrument
	}
	if err == nil && c.Instrument != "" {
		err = v.payments.Forget(ctx, c.Gateway, c.Instrument)
	}
	if err == nil {
		err = v.db.Write(ctx, func(tx *db.Tx) error { return deleteCard(ctx, tx, id) })
	}
	if err != nil {
		return fmt.Errorf("forget card %s: %w", id, err)
	}
	return nil
}

// Sweep deletes wishes that came to nothing a day ago, at most limit.
func Sweep(ctx context.Context, tx *db.Tx, limit int) error {
	stale, err := selectStale(ctx, tx, tx.Now.Add(-24*time.Hour), limit)
	for _, c := range stale {
		err = errors.Join(err, remove(ctx, tx, c))
	}
	return err
}

// Package bank is a bank that is none: the machine behind the sandbox gateway,
// for the demo and for tests.
//
// It keeps its own book in its own file and is reached over HTTP only, so it
// remembers what a crashed shop forgot and can be asked who is right. An
// instrument names what it does: approve, decline, ask for proof, be silent
// before or after taking the money, decide late, say everything twice, or lie;
// a script made before says it one outcome after the other.
//
// It has pages for people too, on its own origin: card fields that take
// published test cards only (see Cards) and hand the shop a token, the page
// where a cardholder proves who they are, one that plays the app or the
// provider of every other way to pay, one that plays a wallet which tells who
// buys before anything is paid, and one that plays a phone whose code a till
// scans (phone.go).
//
// A second bank (Config.Second) keeps the same kind of book and speaks another
// tongue: other addresses, codes, signatures and habits; see second.go. With two
// of them a shop's fallback is real.
//
// The book is honest even where the answers are not: a reference moves money
// once, a change is made once per key, no more is captured than held and no
// more refunded than captured. A reference voided before it was ever heard of
// is forbidden for good.
//
// Never true: real money; a card number kept, logged or answered (instruments
// are names and tokens); a number that is not published taken for a card; a
// change of the book that an answer or a notice could not be checked against.
package bank

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/calendar"
)

// Schema is the bank's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	errNotFound = fault.New(fault.NotFound, "bank.not_found", "the bank has never heard of this reference")
	errReused   = fault.New(fault.Conflict, "bank.reused", "the reference was used for another amount")
	errAmount   = fault.New(fault.Invalid, "bank.amount", "more than is left to move")
	errRefund   = fault.New(fault.Declined, "bank.refund", "the card takes no refunds")
	errSecret   = fault.New(fault.Unauthorized, "bank.secret", "the account or its secret is wrong")
)

// Config shapes a bank. The zero Config is a demo's.
type Config struct {
	Account string // the one merchant account; "demo" when empty
	Secret  string // of the account: signs requests and notices
	Webhook string // where notices go; none when empty
	Shop    string // the shop's origin, which alone may frame the card fields; Webhook's when empty
	Second  bool   // speaks the other tongue

	ChallengeAfter time.Duration // until proof gives itself; 3 s when zero
	LateAfter      time.Duration // until a late payment decides; 5 s when zero
	NoticeAfter    time.Duration // until a notice is sent; at once when zero
	Silence        time.Duration // how long a silent answer hangs; 30 s when zero
	Patience       time.Duration // for a person at one of the pages; 15 min when zero
	CodeLife       time.Duration // of a code that a phone shows; a minute when zero
}

// Bank is an open bank.
type Bank struct {
	db     *db.DB
	config Config
	client *http.Client
	base   func() string
	woken  chan struct{}
	lost   sync.Map // the keys of refunds that were lost once

	stopped, muted atomic.Bool // what is wrong with it: see Stop and Mute
}

// New returns a bank on its own database, reached under base. It does no I/O.
func New(d *db.DB, base func() string, c Config) *Bank {
	if c.Account == "" {
		c.Account = "demo"
	}
	if u, err := url.Parse(c.Webhook); c.Shop == "" && err == nil && u.Host != "" {
		c.Shop = u.Scheme + "://" + u.Host
	}
	for _, v := range []struct {
		at *time.Duration
		or time.Duration
	}{{&c.ChallengeAfter, 3 * time.Second}, {&c.LateAfter, 5 * time.Second}, {&c.Silence, 30 * time.Second}, {&c.Patience, 15 * time.Minute}, {&c.CodeLife, time.Minute}} {
		if *v.at == 0 {
			*v.at = v.or
		}
	}
	return &Bank{db: d, config: c, base: base, woken: make(chan struct{}, 1), client: &http.Client{Timeout: 10 * time.Second}}
}

// Payment is a reference in the book. Amounts are minor units of Currency.
type Payment struct {
	Reference   string `json:"reference"`
	ID          string `json:"id"`
	Account     string `json:"account"`
	Currency    string `json:"currency"`
	Amount      int64  `json:"amount"`
	Captured    int64  `json:"captured"`
	Refunded    int64  `json:"refunded"`
	State       string `json:"state"`
	DeclineCode string `json:"decline_code,omitempty"`
	ActionURL   string `json:"action_url,omitempty"`
	Proof       Proof  `json:"proof,omitzero"` // that the cardholder gave
	Kept        string `json:"kept,omitempty"` // what a card that is kept is paid with

	kind       string // of the method: "card", "swish"
	page       string // where a person has to act; "" for nowhere
	instrument string
	returnURL  string
	capture    bool
	due        time.Time
	at         time.Time
}

// order is a request to hold money.
type order struct {
	Reference  string `json:"reference"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Kind       string `json:"kind"`
	Instrument string `json:"instrument"`
	ReturnURL  string `json:"return_url"`
	Capture    bool   `json:"capture"`
	Challenge  bool   `json:"challenge"`   // the cardholder is to prove who they are, whatever the risk
	Proof      Proof  `json:"proof"`       // given before, at whatever bank
	Paid       string `json:"paid"`        // to keep a card: the reference just paid with it
	OffSession bool   `json:"off_session"` // the cardholder is not there
	Born       string `json:"born"`        // the payer's day of birth, which lenders ask for and nobody keeps
	Exemption  string `json:"exemption"`   // why no proof may be needed; "" when nothing is asked

	rides bool // on a payment that was just made: its cardholder was there
}

// authorize enters a reference in the book, or finds it there.
func (b *Bank) authorize(ctx context.Context, o order) (p Payment, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		if o, err = riding(ctx, tx, o); err != nil {
			return err
		}
		m := read(o.Instrument)
		if o.Kind == codeKind || strings.HasPrefix(m.name, scripted) { // a repeat must not use up an outcome or a code
			if p, err = selectPayment(ctx, tx, o.Reference); err == nil {
				return b.again(tx.Now, p, o, m)
			}
			if o.Kind == codeKind {
				m, err = b.scanned(ctx, tx, o)
			} else {
				m, err = b.rehearse(ctx, tx, m)
			}
			if err != nil {
				return err
			}
		}
		if m, err = b.remembered(ctx, tx, m, o); err != nil {
			return err
		}
		p = b.decide(tx.Now, o, m)
		fresh, err := insertPayment(ctx, tx, p)
		if err == nil && fresh {
			return b.notify(ctx, tx, p, m.name)
		}
		if err == nil {
			p, err = selectPayment(ctx, tx, o.Reference)
		}
		if err != nil {
			return err
		}
		return b.again(tx.Now, p, o, m)
	})
	b.wake()
	return b.shown(p), err
}

// again refuses a reference that was used for something else, or so long ago
// that the bank would not say so.
func (b *Bank) again(now time.Time, p Payment, o order, m manner) error {
	if b.config.Second && now.Sub(p.at) > secondWindow {
		return errReused
	}
	if p.State != "voided" && p.instrument == o.Instrument && m.name != WrongAmount && (p.Amount != o.Amount || p.Currency != o.Currency) {
		return errReused
	}
	return nil
}

// whole are the kinds whose schemes know no hold.
var whole = []string{"swish", "instalments", codeKind}

// decide is what an instrument does. A kind that is not paid by card, and has
// no instrument that says otherwise, is for a person to decide on a page.
func (b *Bank) decide(now time.Time, o order, m manner) Payment {
	p := Payment{
		Reference: o.Reference, ID: id.New[string]("bnk", now), Account: b.config.Account, Currency: o.Currency, Amount: o.Amount,
		State: "authorized", kind: o.Kind, instrument: o.Instrument, returnURL: o.ReturnURL, at: now,
		capture: o.Kind != keepKind && (o.Capture || slices.Contains(whole, o.Kind)),
	}
	if !strings.HasPrefix(o.Instrument, prefix) && !slices.Contains([]string{"", "card", codeKind}, o.Kind) {
		m.name = personal
	}
	if o.Kind == lent && !grown(now, o.Born) {
		m.name = unsupported
	}
	if m.plan > 0 && !offered(m.card, o.Amount, m.plan) {
		m.name = unsupported
	}
	b.follow(&p, o, m)
	if p.State == "authorized" && p.capture {
		p.State, p.Captured = "captured", p.Amount
	}
	return p
}

// lent is the kind of payment by which a lender pays first.
const lent = "pay_later"

// grown reports whether a payer is an adult; who says nothing is none.
func grown(now time.Time, born string) bool {
	day, err := calendar.Parse(born)
	return err == nil && !calendar.On(day.Year+18, day.Month, day.Day).After(calendar.DateIn(now, time.UTC))
}

const (
	personal    = "personal"      // decided on a page that plays the method's own
	unsupported = "not_supported" // a plan that the card's issuer does not offer
)

// follow makes of p what its outcome says.
func (b *Bank) follow(p *Payment, o order, m manner) {
	proven := o.rides || o.proves()
	if o.Kind == keepKind && m.name == SoftDecline {
		m.name = Challenge
	}
	switch m.name {
	case Approve, TimeoutAfter, Duplicate, ErrorAfter, Garbage, RefundSilent, RefundLost, RefundDecline:
		switch {
		case o.Challenge && !proven:
			b.ask(p, pageProof)
		case o.Exemption != "" && !proven && !o.exempt(m):
			p.State, p.DeclineCode = "declined", stepUp
		}
	case WrongAmount:
		p.Amount--
	case Challenge:
		switch {
		case proven, o.exempt(m):
		case o.Exemption != "":
			p.State, p.DeclineCode = "declined", stepUp
		default:
			b.ask(p, pageProof)
			if m.card == (Card{}) { // a name: a sleepy tester answers
				p.page, p.due = pageSleepy, p.at.Add(b.config.ChallengeAfter)
			}
		}
	case ChallengeDecline:
		b.ask(p, pageProof)
	case SoftDecline:
		switch {
		case proven:
		case o.Challenge:
			b.ask(p, pageProof)
		default:
			p.State, p.DeclineCode = "declined", stepUp
		}
	case Hosted:
		b.ask(p, pageCard)
	case personal:
		b.ask(p, pageApp)
	case AskPhone:
		b.ask(p, pagePhone)
	case Late:
		p.State, p.due = "pending", p.at.Add(b.config.LateAfter)
	default:
		if no := refusal(o.Instrument); o.Challenge && !proven && no != "" {
			b.ask(p, pageProof) // who asks for proof first learns nothing of the card without its holder
			return
		}
		p.State, p.DeclineCode = "declined", "card_declined"
		if slices.Contains(refusals, m.name) || m.name == unsupported {
			p.DeclineCode = m.name
		}
	}
	if o.proves() {
		p.Proof = o.Proof
	}
}

// refusal is the no that an instrument comes to whoever proves what; "" for one
// that may come to a yes.
func refusal(instrument string) string {
	switch name := read(instrument).name; {
	case name == Decline, name == ChallengeDecline:
		return "card_declined"
	case slices.Contains(refusals, name):
		return name
	}
	return ""
}

const stepUp = "authentication_required"

// ask has a person decide on a page, in time.
func (b *Bank) ask(p *Payment, page string) {
	p.State, p.page, p.due = "action_required", page, p.at.Add(b.patience(p.kind))
}

// patience is how long a person has. Swish's own is three minutes.
func (b *Bank) patience(kind string) time.Duration {
	if kind == "swish" {
		return min(3*time.Minute, b.config.Patience)
	}
	return b.config.Patience
}

// shown adds what is not kept.
func (b *Bank) shown(p Payment) Payment {
	if p.State == "action_required" && p.page != pagePhone { // who holds the phone looks at it
		path := "/pay/"
		if p.page == pageSleepy || p.page == pageProof {
			path = "/challenge/"
		}
		p.ActionURL = b.base() + path + p.ID
	}
	p.Kept = b.kept(p)
	return p
}

// find returns a reference of the book, decided if it is due.
func (b *Bank) find(ctx context.Context, reference string) (p Payment, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		p, err = selectPayment(ctx, tx, reference)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return p, errNotFound
	}
	return b.shown(p), err
}

// change captures or refunds part of a reference, once per key.
func (b *Bank) change(ctx context.Context, kind, reference, key string, amount int64) (p Payment, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		fresh, err := insertChange(ctx, tx, key, reference, kind, amount)
		if err != nil {
			return err
		}
		if fresh {
			move := captureMore
			if kind == "refund" {
				move = refundMore
			}
			if n, err := move(ctx, tx, reference, amount); err != nil || n == 0 {
				return errors.Join(err, errAmount)
			}
		}
		if p, err = selectPayment(ctx, tx, reference); err == nil && fresh {
			told := p
			if kind == "refund" {
				told.State = "refunded"
			}
			err = b.notify(ctx, tx, told, "")
		}
		return err
	})
	b.wake()
	if errors.Is(err, db.ErrNoRow) {
		err = errNotFound
	}
	return b.shown(p), err
}

// void lets go of what is held and not taken, or forbids a reference nobody has
// heard of.
func (b *Bank) void(ctx context.Context, reference string) (p Payment, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		fresh, err := insertPayment(ctx, tx, Payment{Reference: reference, ID: id.New[string]("bnk", tx.Now), Account: b.config.Account, State: "voided"})
		if err == nil && !fresh {
			_, err = voidHeld(ctx, tx, reference)
		}
		if err == nil {
			p, err = selectPayment(ctx, tx, reference)
		}
		return err
	})
	return b.shown(p), err
}

// settle decides an undecided payment: with a yes, or with the reason of a no.
func (b *Bank) settle(ctx context.Context, tx *db.Tx, p *Payment, no string) error {
	from := p.State
	p.State, p.due = "authorized", time.Time{}
	switch {
	case no != "":
		p.State, p.DeclineCode = "declined", no
	case p.capture:
		p.State, p.Captured = "captured", p.Amount
	}
	if n, err := updateState(ctx, tx, *p, from); err != nil || n == 0 {
		return err
	}
	return b.notify(ctx, tx, *p, "")
}

// notify writes down that the merchant is to be told, in the manner of the
// instrument: a bank that is silent is slow with its notices too.
func (b *Bank) notify(ctx context.Context, tx *db.Tx, p Payment, instrument string) error {
	if b.config.Webhook == "" || p.kind == keepKind {
		return nil
	}
	copies, at := 1, tx.Now.Add(b.config.NoticeAfter)
	if b.config.Second { // tells everything twice, and not at once
		copies, at = 2, at.Add(secondDelay)
	}
	switch instrument {
	case Duplicate:
		copies = 2
	case TimeoutAfter:
		at = at.Add(b.config.LateAfter)
	}
	return insertNotice(ctx, tx, id.New[string]("ntc", tx.Now), p.Reference, "payment."+p.State, copies, at)
}

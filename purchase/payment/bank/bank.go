// Package bank is a bank that is none: the machine behind the sandbox gateway,
// for the demo and for tests.
//
// It keeps its own book in its own file and is reached over HTTP only, so it
// remembers what a crashed shop forgot and can be asked who is right. An
// instrument names what it does: approve, decline, ask for proof, be silent
// before or after taking the money, decide late, say everything twice, or lie.
//
// The book is honest even where the answers are not: a reference moves money
// once, a change is made once per key, no more is captured than held and no
// more refunded than captured. A reference voided before it was ever heard of
// is forbidden for good.
//
// Never true: real money; a card number (instruments are names); a change of
// the book that an answer or a notice could not be checked against.
package bank

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
)

// Schema is the bank's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The instruments, after the prefix "sandbox:". Any other is declined.
const (
	Approve       = "approve"
	Decline       = "decline"
	Insufficient  = "insufficient_funds"
	Challenge     = "challenge"      // proof is asked for; given by itself after a moment
	TimeoutBefore = "timeout_before" // silent, and nothing is held
	TimeoutAfter  = "timeout_after"  // held, and silent
	Late          = "late"           // decides after some seconds
	Duplicate     = "duplicate"      // every notice twice
	ErrorAfter    = "error_after"    // held, and answered with 500
	Garbage       = "garbage"        // held, and answered with nonsense
	WrongAmount   = "wrong_amount"   // holds one minor unit less than was asked for
	RefundSilent  = "refund_silent"  // approves; refunds, and never says so
	RefundLost    = "refund_lost"    // approves; the first call of a refund is lost, the next is heard
	RefundDecline = "refund_decline" // approves; refunds nothing
)

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

	ChallengeAfter time.Duration // until proof gives itself; 3 s when zero
	LateAfter      time.Duration // until a late payment decides; 5 s when zero
	NoticeAfter    time.Duration // until a notice is sent; at once when zero
	Silence        time.Duration // how long a silent answer hangs; 30 s when zero
}

// Bank is an open bank.
type Bank struct {
	db     *db.DB
	config Config
	client *http.Client
	base   func() string
	woken  chan struct{}
	lost   sync.Map // the keys of refunds that were lost once
}

// New returns a bank on its own database, reached under base. It does no I/O.
func New(d *db.DB, base func() string, c Config) *Bank {
	if c.Account == "" {
		c.Account = "demo"
	}
	for _, v := range []struct {
		at *time.Duration
		or time.Duration
	}{{&c.ChallengeAfter, 3 * time.Second}, {&c.LateAfter, 5 * time.Second}, {&c.Silence, 30 * time.Second}} {
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

	instrument string
	returnURL  string
	capture    bool
	due        time.Time
}

// order is a request to hold money.
type order struct {
	Reference  string `json:"reference"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Instrument string `json:"instrument"`
	ReturnURL  string `json:"return_url"`
	Capture    bool   `json:"capture"`
}

// authorize enters a reference in the book, or finds it there.
func (b *Bank) authorize(ctx context.Context, o order) (p Payment, err error) {
	name := strings.TrimPrefix(o.Instrument, "sandbox:")
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		p = b.decide(tx.Now, o, name)
		fresh, err := insertPayment(ctx, tx, p)
		if err != nil {
			return err
		}
		if !fresh {
			p, err = selectPayment(ctx, tx, o.Reference)
			if err == nil && p.State != "voided" && p.instrument == o.Instrument && name != WrongAmount && (p.Amount != o.Amount || p.Currency != o.Currency) {
				err = errReused
			}
			return err
		}
		return b.notify(ctx, tx, p, name)
	})
	b.wake()
	return b.shown(p), err
}

// decide is what an instrument does.
func (b *Bank) decide(now time.Time, o order, name string) Payment {
	p := Payment{
		Reference: o.Reference, ID: id.New[string]("bnk", now), Account: b.config.Account, Currency: o.Currency, Amount: o.Amount,
		State: "authorized", instrument: o.Instrument, returnURL: o.ReturnURL, capture: o.Capture,
	}
	switch name {
	case Approve, TimeoutAfter, Duplicate, ErrorAfter, Garbage, RefundSilent, RefundLost, RefundDecline:
	case WrongAmount:
		p.Amount--
	case Challenge:
		p.State, p.due = "action_required", now.Add(b.config.ChallengeAfter)
	case Late:
		p.State, p.due = "pending", now.Add(b.config.LateAfter)
	case Insufficient:
		p.State, p.DeclineCode = "declined", "insufficient_funds"
	default:
		p.State, p.DeclineCode = "declined", "card_declined"
	}
	if p.State == "authorized" && p.capture {
		p.State, p.Captured = "captured", p.Amount
	}
	return p
}

// shown adds what is not kept.
func (b *Bank) shown(p Payment) Payment {
	if p.State == "action_required" {
		p.ActionURL = b.base() + "/challenge/" + p.ID
	}
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

// prove decides a challenge as the shopper answered it.
func (b *Bank) prove(ctx context.Context, paymentID string, yes bool) (p Payment, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		if p, err = selectByID(ctx, tx, paymentID); err != nil || p.State != "action_required" {
			return err
		}
		return b.settle(ctx, tx, &p, yes)
	})
	b.wake()
	if errors.Is(err, db.ErrNoRow) {
		err = errNotFound
	}
	return p, err
}

// settle decides an undecided payment.
func (b *Bank) settle(ctx context.Context, tx *db.Tx, p *Payment, yes bool) error {
	from := p.State
	p.State, p.due = "authorized", time.Time{}
	switch {
	case !yes:
		p.State, p.DeclineCode = "declined", "authentication_failed"
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
	if b.config.Webhook == "" {
		return nil
	}
	copies, at := 1, tx.Now.Add(b.config.NoticeAfter)
	switch instrument {
	case Duplicate:
		copies = 2
	case TimeoutAfter:
		at = at.Add(b.config.LateAfter)
	}
	return insertNotice(ctx, tx, id.New[string]("ntc", tx.Now), p.Reference, "payment."+p.State, copies, at)
}

func (b *Bank) wake() {
	select {
	case b.woken <- struct{}{}:
	default:
	}
}

// Run decides what is due and sends notices until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := b.round(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "sandbox bank", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.woken:
		}
	}
}

func (b *Bank) round(ctx context.Context) error {
	var due []Payment
	var notices []notice
	err := b.db.Read(ctx, func(tx *db.Tx) (err error) {
		if due, err = selectDue(ctx, tx); err == nil {
			notices, err = selectNotices(ctx, tx)
		}
		return err
	})
	for _, p := range due {
		err = errors.Join(err, b.db.Write(ctx, func(tx *db.Tx) error { return b.settle(ctx, tx, &p, true) }))
	}
	for _, n := range notices {
		err = errors.Join(err, b.send(ctx, n))
	}
	return err
}

type notice struct {
	ID, Reference, Kind string
	Copies, Tries       int64
}

// send tells the merchant of a notice, as often as it has copies; what is not
// answered with 2xx is sent again later.
func (b *Bank) send(ctx context.Context, n notice) error {
	sent := int64(0)
	for range n.Copies {
		if b.post(ctx, n) {
			sent++
		}
	}
	return b.db.Write(ctx, func(tx *db.Tx) error {
		return updateNotice(ctx, tx, n.ID, sent, tx.Now.Add(time.Second<<min(n.Tries, 10)))
	})
}

func (b *Bank) post(ctx context.Context, n notice) bool {
	body := fmt.Sprintf(`{"id":%q,"reference":%q,"kind":%q}`, n.ID, n.Reference, n.Kind)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.config.Webhook, strings.NewReader(body))
	if err != nil {
		return false
	}
	at := strconv.FormatInt(b.db.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sandbox-Signature", "t="+at+",v1="+Sign(b.config.Secret, at, []byte(body)))
	answer, err := b.client.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	return answer.StatusCode/100 == 2
}

// Sign is the signature of a notice sent at a Unix time in seconds.
func Sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Package paylink asks somebody for money by a link: staff make it, a person
// pays it once on a page of the shop, on whatever device they have.
//
// A Link is for what an order still lacks, for a cart that staff filled with
// somebody on the phone, or for an amount by itself. Its sum is fixed when it is
// made; a cart's prices, stock and vouchers are held until the link ends, and
// paying it places the order. The address holds the link's id and a signature of the
// shop; who has it may pay, and sees the sum and what it is for, and nothing of
// the order or of anybody.
//
// The one idea: a link is paid like a checkout. A try at it writes a payment in
// the transaction that moves the link from open to paying, the gateway is asked
// outside any transaction, and what becomes of the payment (answer, webhook,
// poller) brings the link forward: paid for good, or open again. Only one try is
// under way, so a link that is opened twice is paid once.
//
// Money that comes by a link for an amount by itself is a deposit: it is owed to
// the payer until it is given back or an order takes it.
//
// Never true: a link paid twice; a try begun after its end; an order asked for
// more than it lacks by two links at once.
package paylink

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/value/money"
)

// Schema is the package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// OwnerKind is what payments of links are owned by.
const OwnerKind = "paylink"

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "paylink.not_found", "this link is not valid; ask the shop for a new one")
	ErrEnded    = fault.New(fault.Conflict, "paylink.ended", "this link can no longer be paid; ask the shop for a new one")
	ErrPaying   = fault.New(fault.Conflict, "paylink.paying", "a payment is under way; wait for it before paying again")
	ErrMethod   = fault.New(fault.Invalid, "paylink.method", "choose one of the link's ways to pay, and give a card's token where one is asked")
	ErrDraft    = fault.New(fault.Invalid, "paylink.draft", "give an amount above zero in the market's currency, what it is for, and an end within ninety days")
	ErrDeclined = fault.New(fault.Declined, "paylink.declined", "the payment was declined and nothing was taken; choose another way to pay")
	ErrNothing  = fault.New(fault.Conflict, "paylink.nothing_due", "nothing of this order is left to be paid; read its payments")
	ErrPhone    = fault.New(fault.Invalid, "paylink.phone", "this is no telephone number that texts can be sent to; write it with its country, as +49 30 123456")
	ErrTwice    = fault.New(fault.Conflict, "paylink.twice", "a link for this order can still be paid; cancel it first, or send that one")
)

// How long a link may be paid.
const (
	Life    = 3 * 24 * time.Hour // when nobody said
	longest = 90 * 24 * time.Hour
)

// ID names a link.
type ID string

// State is where a link is in its life. One that is past its end is open still
// and cannot be paid: see Link.Ended.
type State string

// The states of a link.
const (
	StateOpen     State = "open"
	StatePaying   State = "paying"
	StatePaid     State = "paid"
	StateCanceled State = "canceled"
)

// States are all of them, and "expired" for those that ended unpaid.
var States = []string{"open", "paying", "paid", "expired", "canceled"}

// Link is a request for money.
type Link struct {
	ID        ID
	Market    string
	Channel   string
	Locale    string
	Order     order.ID           // "" for an amount by itself, and for a cart until it is paid
	Placing   checkout.PlacingID // what is held for the payer of a cart; "" otherwise, and once it was let go
	Edit      string             // the edit of the order that waits for it, and is made once it is paid; "" for none
	Contact   string             // "" for nobody
	Text      string             // what it is for, as the payer reads it; for an order, its number
	Amount    money.Amount
	State     State
	Payment   payment.ID // of the last try
	Failure   string     // why that failed: "payment_declined", "payment_not_completed"
	ExpiresAt time.Time
	Actor     string
	CreatedAt time.Time
	PaidAt    time.Time
}

// Ended reports whether a link can never be paid any more.
func (l Link) Ended(now time.Time) bool {
	return l.State == StateCanceled || l.State == StateOpen && !now.Before(l.ExpiresAt)
}

// Status is the link's state in one word, "expired" for one that ended unpaid.
func (l Link) Status(now time.Time) string {
	if l.State == StateOpen && l.Ended(now) {
		return "expired"
	}
	return string(l.State)
}

// Config is what Links need to know. Every field is required.
type Config struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments func() *payment.Payments // a function, because payments bring links forward
	Router   *route.Router
	Guard    *guard.Guard
	Checkout *checkout.Checkout // places what a link for a cart was made for
	BaseURL  string
}

// Links make links payable.
type Links struct{ Config }

// New returns Links. It does no I/O.
func New(c Config) *Links { return &Links{c} }

// purpose of the signature.
const purpose = "paylink"

// Token is the part of an address that opens a link.
func (l *Links) Token(id ID) string { return string(id) + "." + l.Keeper.Token(purpose, string(id)) }

// URL is where a link is paid.
func (l *Links) URL(id ID) string { return l.BaseURL + "/pay/" + l.Token(id) }

// Open returns the link of a token, or ErrNotFound.
func (l *Links) Open(ctx context.Context, tx *db.Tx, token string) (Link, error) {
	name, mac, _ := strings.Cut(token, ".")
	if !l.Keeper.CheckToken(purpose, name, mac) {
		return Link{}, ErrNotFound
	}
	return Find(ctx, tx, ID(name))
}

// Find returns a link, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Link, error) {
	link, err := selectLink(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return link, err
}

// List returns a page of links, newest first, and the id to go on after. A
// status is one of States, or "" for all.
func List(ctx context.Context, tx *db.Tx, status string, after ID, limit int) ([]Link, ID, error) {
	if limit < 1 || limit > 100 {
		limit = 50
	}
	page, err := selectLinks(ctx, tx, status, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list links: %w", err)
	}
	if len(page) <= limit {
		return page, "", nil
	}
	return page[:limit], page[limit-1].ID, nil
}

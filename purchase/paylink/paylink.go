// Package paylink asks somebody for money by a link: staff make it, a person
// pays it once on a page of the shop, on whatever device they have.
//
// A Link is for what an order still lacks, or for an amount by itself. Its sum is
// fixed when it is made. The address holds the link's id and a signature of the
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
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/paymethod"
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
	Order     order.ID // "" for an amount by itself
	Contact   string   // "" for nobody
	Text      string   // what it is for, as the payer reads it; for an order, its number
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

// Draft is what staff say of a link.
type Draft struct {
	Market    string
	Currency  money.Currency // the market's
	Channel   string
	Locale    string
	Order     order.ID     // "" for an amount by itself
	Amount    money.Amount // zero for an order: all that it lacks
	Text      string       // at most 300 characters
	Contact   string
	ExpiresAt time.Time // zero: in three days
	Mail      bool      // the contact gets the link by mail
	Actor     string
}

// Paid says that a link was paid.
type Paid struct {
	Link    ID         `json:"link"`
	Order   order.ID   `json:"order,omitempty"`
	Payment payment.ID `json:"payment"`
}

// Kind names the fact.
func (Paid) Kind() string { return "paylink.paid" }

// Key is the link.
func (e Paid) Key() string { return string(e.Link) }

// Made says that a link was made. Mail tells that its contact is to get it.
type Made struct {
	Link ID   `json:"link"`
	Mail bool `json:"mail,omitempty"`
}

// Kind names the fact.
func (Made) Kind() string { return "paylink.made" }

// Key is the link.
func (e Made) Key() string { return string(e.Link) }

// Config is what Links need to know. Every field is required.
type Config struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments func() *payment.Payments // a function, because payments bring links forward
	Router   *route.Router
	Guard    *guard.Guard
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

// Make writes a link. It returns ErrDraft, ErrNothing, ErrTwice, or
// payment.ErrCardNumber for a text that holds one.
func (l *Links) Make(ctx context.Context, tx *db.Tx, d Draft) (Link, error) {
	if err := payment.NoCardNumber(d.Text); err != nil {
		return Link{}, err
	}
	if d.ExpiresAt.IsZero() {
		d.ExpiresAt = tx.Now.Add(Life)
	}
	if d.Order != "" {
		if err := l.lacking(ctx, tx, &d); err != nil {
			return Link{}, err
		}
	}
	if d.Amount.Minor <= 0 || d.Amount.Currency != d.Currency || !payableSum(d.Amount) || strings.TrimSpace(d.Text) == "" || len(d.Text) > 600 ||
		!d.ExpiresAt.After(tx.Now) || d.ExpiresAt.After(tx.Now.Add(longest)) {
		return Link{}, ErrDraft
	}
	link := Link{ID: id.New[ID]("lnk", tx.Now), Market: d.Market, Channel: d.Channel, Locale: d.Locale, Order: d.Order, Contact: d.Contact,
		Text: strings.TrimSpace(d.Text), Amount: d.Amount, State: StateOpen, ExpiresAt: d.ExpiresAt, Actor: d.Actor, CreatedAt: tx.Now}
	if d.Order != "" {
		if err := cancelExpired(ctx, tx, d.Order); err != nil {
			return Link{}, err
		}
	}
	n, err := insertLink(ctx, tx, link)
	if err == nil && n == 0 {
		err = ErrTwice
	}
	if err != nil {
		return Link{}, fmt.Errorf("make a link: %w", err)
	}
	return link, event.Publish(ctx, tx, Made{link.ID, d.Mail && link.Contact != ""})
}

func payableSum(a money.Amount) bool {
	info, ok := money.Find(a.Currency)
	return ok && a.Minor <= money.MaxPrice && a.Minor%info.ChargeStep == 0
}

// lacking fills in what an order lacks: its total less stored value and less
// what its payments hold or took. A promise to transfer counts once it is kept.
// More than what is lacking is not asked for.
func (l *Links) lacking(ctx context.Context, tx *db.Tx, d *Draft) error {
	o, err := order.Find(ctx, tx, d.Order)
	if err != nil {
		return err
	}
	lacks := o.Due()
	payments, _, err := payment.List(ctx, tx, payment.Filter{Order: string(o.ID)})
	for _, p := range payments {
		if l.promised(p) {
			lacks = lacks.Minus(p.Captured)
			continue
		}
		lacks = lacks.Minus(p.Authorized)
	}
	if err != nil {
		return err
	}
	if d.Amount.IsZero() {
		d.Amount = lacks
	}
	if lacks.Minor <= 0 || o.State == order.StateCanceled || d.Amount.Minor > lacks.Minor {
		return ErrNothing
	}
	d.Market, d.Channel, d.Currency = o.Market, o.Channel, o.Currency()
	if d.Text == "" {
		d.Text = o.Number
	}
	if d.Contact == "" {
		d.Contact = o.Contact
	}
	if d.Locale == "" {
		d.Locale = o.Locale
	}
	return nil
}

// promised reports whether a payment is but a promise: no machine holds anything.
func (l *Links) promised(p payment.Listed) bool {
	g, err := l.Payments().Gateway(p.Gateway)
	return err == nil && g.Traits().Offline
}

// Release lets go of the promises to pay an order that a link has paid, so that
// nobody waits for them. It makes calls: outside any transaction, and may be
// repeated.
func (l *Links) Release(ctx context.Context, id order.ID) error {
	var all []payment.Listed
	err := l.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, _, err = payment.List(ctx, tx, payment.Filter{Order: string(id)})
		return err
	})
	for _, p := range all {
		if l.promised(p) && p.Uncaptured().Minor > 0 {
			_, no := l.Payments().Void(ctx, p.ID, "paylink", payment.By{Actor: OwnerKind, Reason: "paid by link"})
			err = errors.Join(err, no)
		}
	}
	return err
}

// Cancel ends a link that is not paid and not being paid. Cancelling it again
// changes nothing.
func Cancel(ctx context.Context, tx *db.Tx, id ID) error {
	link, err := selectLink(ctx, tx, id, tx.ForUpdate())
	switch {
	case errors.Is(err, db.ErrNoRow):
		return ErrNotFound
	case err != nil:
		return err
	case link.State == StatePaying:
		return ErrPaying
	case link.State == StatePaid:
		return ErrEnded
	}
	_, err = updateState(ctx, tx, link.ID, StateCanceled)
	return err
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

// Methods are the ways a link can be paid: those of its market that end at once
// and need no address.
func (l *Links) Methods(ctx context.Context, tx *db.Tx, link Link) ([]paymethod.Offer, error) {
	q := paymethod.Query{Market: link.Market, Total: link.Amount, Takes: func(m paymethod.Method) bool {
		if m.Flow == paymethod.Instructions || m.Flow == paymethod.Cash || len(m.Needs) > 0 {
			return false
		}
		_, err := l.Payments().Choose(m, nil)
		return err == nil
	}}
	settings, err := paymethod.Settings(ctx, tx, link.Market)
	if len(settings) == 0 { // nobody has chosen for this market: what its schemes and gateways take
		for _, m := range paymethod.All() {
			q.Named = append(q.Named, m.ID)
		}
	}
	if err != nil {
		return nil, err
	}
	all, err := paymethod.Offered(ctx, tx, q)
	for i := range all {
		all[i].Charge = money.Of(0, link.Amount.Currency) // the sum that was asked for is the sum that is paid
	}
	return all, err
}

// Try is how somebody pays.
type Try struct {
	Method     string
	Instrument string
	IP, Agent  string // where the payer comes from
}

// Pay begins a try at a link and asks the gateway. The attempt it returns may be
// undecided: its ActionURL says where the payer goes. It must run outside any
// transaction. It returns ErrEnded, ErrPaying or ErrMethod when nothing was asked.
func (l *Links) Pay(ctx context.Context, id ID, t Try) (a payment.Attempt, err error) {
	err = l.DB.Write(ctx, func(tx *db.Tx) error {
		a, err = l.begin(ctx, tx, id, t)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("pay link %s: %w", id, err)
	}
	return l.Payments().Pay(context.WithoutCancel(ctx), a)
}

// begin writes the payment of a try, where routing says.
func (l *Links) begin(ctx context.Context, tx *db.Tx, id ID, t Try) (payment.Attempt, error) {
	link, err := selectLink(ctx, tx, id, tx.ForUpdate())
	switch {
	case errors.Is(err, db.ErrNoRow):
		return payment.Attempt{}, ErrNotFound
	case err != nil:
		return payment.Attempt{}, err
	case link.State == StatePaying:
		return payment.Attempt{}, ErrPaying
	case link.State != StateOpen || link.Ended(tx.Now):
		return payment.Attempt{}, ErrEnded
	}
	m, err := l.method(ctx, tx, link, t)
	if err != nil {
		return payment.Attempt{}, err
	}
	name := payment.NewID(tx.Now)
	card, takers := l.Payments().Read(t.Instrument)
	f := route.Facts{Payment: string(name), Amount: link.Amount.Minor, Currency: link.Amount.Currency, Market: link.Market, Channel: link.Channel,
		Method: m.ID, Kind: m.Kind, CardCountry: card.Country, CardBrand: card.Brand, Takers: takers}
	d, err := l.Router.Decide(ctx, tx, f)
	if err != nil {
		return payment.Attempt{}, err
	}
	traces := guard.Of(l.Keeper, guard.Who{Cart: string(link.ID), IP: t.IP, Agent: t.Agent, Card: t.Instrument})
	stop, err := l.Guard.Ask(ctx, tx, m.Kind, traces, &d)
	if stop && err == nil {
		err = ErrDeclined
	}
	if err != nil {
		return payment.Attempt{}, err
	}
	if err := route.Record(ctx, tx, f, d); err != nil {
		return payment.Attempt{}, err
	}
	if n, err := beginTry(ctx, tx, link.ID, name); err != nil || n == 0 {
		return payment.Attempt{}, errors.Join(err, ErrPaying)
	}
	return l.Payments().Open(ctx, tx, payment.Intent{ID: name, Owner: payment.Owner{Kind: OwnerKind, ID: string(name)}, Market: link.Market,
		Channel: link.Channel, Order: string(link.Order), Amount: link.Amount, Method: m.ID, Kind: m.Kind, Gateway: d.Order[0],
		Instrument: t.Instrument, Proof: d.Proof, Traces: string(traces), Capture: true, ReturnURL: l.URL(link.ID)})
}

func (l *Links) method(ctx context.Context, tx *db.Tx, link Link, t Try) (paymethod.Method, error) {
	if t.Instrument != "" && !payment.ValidInstrument(t.Instrument) {
		return paymethod.Method{}, ErrMethod
	}
	offers, err := l.Methods(ctx, tx, link)
	for _, o := range offers {
		if o.ID == t.Method && (o.Flow != paymethod.Fields || t.Instrument != "") {
			return o.Method, nil
		}
	}
	return paymethod.Method{}, errors.Join(err, ErrMethod)
}

// Sync asks the gateway about a link whose payment is under way, such as when
// its payer comes back from their bank, and returns the link as it is then.
func (l *Links) Sync(ctx context.Context, link Link) (Link, payment.Attempt, error) {
	var last payment.Attempt
	read := func(tx *db.Tx) (err error) {
		if link, err = Find(ctx, tx, link.ID); err != nil || link.Payment == "" {
			return err
		}
		_, attempts, err := payment.Find(ctx, tx, link.Payment)
		if err == nil {
			last = attempts[len(attempts)-1]
		}
		return err
	}
	err := l.DB.Read(ctx, read)
	if err != nil || link.State != StatePaying || !last.State.Open() {
		return link, last, err
	}
	if _, err := l.Payments().Sync(ctx, last.ID); err != nil && !payment.IsSilence(err) {
		return link, last, err
	}
	return link, last, l.DB.Read(ctx, read)
}

// Forward brings a link forward when its payment has moved; the app gives it to
// the payments as the owner of kind OwnerKind. Money that comes late is taken:
// the link is paid, whatever it had become.
func (l *Links) Forward(ctx context.Context, tx *db.Tx, p payment.Payment, a payment.Attempt) error {
	switch {
	case a.State.Paid():
		l.Guard.Approved(tx, a.Kind)
		return l.paid(ctx, tx, p)
	case a.State.Failed():
		again, err := l.Router.Again(ctx, tx, l.Payments(), a)
		if err != nil || again {
			return err
		}
		if err := l.Guard.Failed(ctx, tx, a); err != nil {
			return err
		}
		failure := "payment_declined"
		if a.State == payment.StateAbandoned {
			failure = "payment_not_completed"
		}
		_, err = endTry(ctx, tx, p.ID, failure)
		return err
	}
	return nil
}

func (l *Links) paid(ctx context.Context, tx *db.Tx, p payment.Payment) error {
	link, err := markPaid(ctx, tx, p.ID)
	if errors.Is(err, db.ErrNoRow) {
		return nil // told before
	}
	if err == nil && link.Order == "" {
		err = ledger.Post(ctx, tx, deposit(link, string(link.ID), p.Amount))
	}
	if err != nil {
		return fmt.Errorf("link of %s is paid: %w", p.ID, err)
	}
	return event.Publish(ctx, tx, Paid{link.ID, link.Order, p.ID})
}

// deposit posts what the shop owes the payer of a link for an amount by itself;
// less than zero gives it back.
func deposit(link Link, key string, a money.Amount) ledger.Transaction {
	return ledger.Transaction{Kind: "paylink.deposit", Ref: string(link.ID), Key: "paylink:" + key, Entries: []ledger.Entry{
		{Account: "receivable:customers", Amount: a}, {Account: "deposits:" + link.Market, Amount: a.Neg()}}}
}

// Refunded posts that a deposit was given back. Call it for payment.Refunded.
func Refunded(ctx context.Context, tx *db.Tx, e payment.Refunded) error {
	if e.Owner != OwnerKind {
		return nil
	}
	link, err := selectByPayment(ctx, tx, e.Payment)
	if err != nil || link.Order != "" {
		return err
	}
	return ledger.Post(ctx, tx, deposit(link, string(e.Refund), money.Of(-e.Amount, money.Currency(e.Currency))))
}

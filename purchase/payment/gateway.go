package payment

import (
	"context"
	"errors"
	"net/http"
	"time"

	"korzo/platform/fault"
	"korzo/value/address"
	"korzo/value/money"
)

// Status is what a gateway says of one reference.
type Status string

// The answers of a gateway. StatusNone is an answer too: it has never heard of
// the reference.
const (
	StatusNone           Status = "none"
	StatusPending        Status = "pending"
	StatusActionRequired Status = "action_required"
	StatusAuthorized     Status = "authorized"
	StatusCaptured       Status = "captured"
	StatusDeclined       Status = "declined"
	StatusVoided         Status = "voided"
)

// ErrUnknown is silence: a time-out, a broken line, a 5xx or an answer that
// cannot be read. The money may or may not have moved; only Lookup can tell.
var ErrUnknown = fault.New(fault.Unavailable, "payment.unknown", "the payment gateway did not answer; the payment is being checked")

// ErrNotice reports a webhook that is not the gateway's, or too old. Nothing
// may be concluded from its body.
var ErrNotice = fault.New(fault.Forbidden, "payment.notice", "the notice is not signed by the gateway; check the webhook secret")

// Gateway is what a payment service provider must do. Implementations live
// under gateway, one folder each, and prove themselves with gatewaytest.Exercise.
//
// Every call names our own Reference, the id of the attempt: it is the key that
// makes a repeat harmless inside Traits.KeyWindow, and what Lookup asks by
// after it. A *no* is a Result with StatusDeclined and no error; silence is
// ErrUnknown; any other error is a bug or a wrong setting, and the call is
// known not to have reached the bank.
type Gateway interface {
	// Name is the folder's name, stored with every attempt: choose it for good.
	Name() string

	// Traits says what this gateway can do. They are constant.
	Traits() Traits

	// Authorize holds Amount, or takes it at once when Capture is set. Repeating
	// a reference returns the first answer and moves no more money.
	Authorize(ctx context.Context, r Request) (Result, error)

	// Capture takes Amount of what is held and not yet taken. Repeating Key
	// returns the first answer.
	Capture(ctx context.Context, r Change) (Result, error)

	// Void lets go of what is held and not taken. A reference the gateway has
	// never heard of is forbidden for ever, so that a request still under way
	// cannot succeed after we gave it up.
	Void(ctx context.Context, reference string) (Result, error)

	// Refund gives back Amount of what was taken. Repeating Key returns the
	// first answer; more than was taken is declined.
	Refund(ctx context.Context, r Change) (Result, error)

	// Lookup tells what the gateway's own book says of our reference.
	Lookup(ctx context.Context, reference string) (Result, error)

	// VerifyWebhook checks who sent a notice and returns what it is about, or
	// ErrNotice. It does no call.
	VerifyWebhook(header http.Header, body []byte) (Notice, error)
}

// Traits are a gateway's abilities.
type Traits struct {
	// KeyWindow is how long a reference may be sent again without moving money
	// twice. After it, only Lookup may be asked.
	KeyWindow time.Duration

	// Timeout bounds one call. After it, silence is concluded.
	Timeout time.Duration

	// Kinds are the method kinds it takes: "card", "wallet", "transfer" …
	Kinds []string

	// Offline gateways have no machine behind them: the answer is known at once
	// and money arrives by hand. What they call authorized is a promise, not a
	// hold, and they are Informed: our own book is the only one.
	Offline bool

	// Parts says that a hold may be taken in several captures. Without it the
	// first capture lets go of the rest.
	Parts bool

	// Proofs says that proof of who pays that was given at another gateway
	// (Proof.Given) is taken, as far as the card's bank believes it. Without it
	// the shopper is asked again.
	Proofs bool

	// Exemptions are those of the Exempt constants that the gateway hands to the
	// card's bank. Where it has no field for one it decides by itself, and a
	// rule may not ask it for that.
	Exemptions []string
}

// Request asks a gateway to hold or take money.
type Request struct {
	Reference  string // our attempt's id
	Amount     money.Amount
	Kind       string // of the method: "card"
	Instrument string // the gateway's token for a card or wallet, never a card number
	ReturnURL  string // where the shopper comes back to after an action
	Capture    bool   // take at once instead of holding
	Partial    bool   // less than Amount is welcome too
	Proof      Proof  // what is asked about who pays; ExemptAgreed: the shopper is not there
	Keep       string // the customer who agreed that the instrument is kept: Saver.Save follows; "" keeps nothing
	Payer      Payer  // where the method's lender must know them; zero elsewhere, and in what is known later
}

// Payer is who pays, as a lender must know them. It is told and not kept.
type Payer struct {
	Name, Email, Phone string
	BirthDate          string // "1990-05-17"
	Address            address.Address
}

// Change asks for a later movement on a reference.
type Change struct {
	Reference string
	Key       string // ours, unique to this change
	Amount    money.Amount
	Known     Known // what our book says before it; gateways that find by our reference need it not
}

// Result is what the gateway's book says of one reference. Amounts are totals,
// never differences.
type Result struct {
	Status      Status
	Reference   string // echoed: must be the one asked for
	Account     string // the merchant account the money is on
	GatewayID   string // the gateway's own name for the payment
	Amount      money.Amount
	Captured    money.Amount
	Refunded    money.Amount
	DeclineCode string         // "insufficient_funds": stable, one of the Decline constants
	ActionURL   string         // where the shopper proves who they are
	Prompt      string         // what a person at the device is asked: see Attended
	Card        Card           // as far as the gateway tells of it; zero for nothing new
	Proof       Authentication // that the shopper gave, for Proof.Given at another gateway; zero when it cannot be carried
}

// Notice is a verified webhook: something happened to Reference. What
// happened is asked of Lookup, because notices come late, twice and out of order.
type Notice struct {
	ID        string // unique in the gateway
	Reference string
	Kind      string

	// Status is what the notice speaks of, where the gateway's notices say. It
	// is a hint that spares a question whose answer is on disk, never a fact.
	Status Status

	// Kept is set when the notice is of something kept for later: our reference,
	// or the instrument. What changed is asked of Recall.
	Kept string

	// Disputed is set when the notice is of a dispute: the customer's bank takes
	// money back, or has decided.
	Disputed *Disputed
}

// Disputed is what a gateway says of a dispute. In a statement a dispute has no
// name of its own, and is the attempt's only one.
type Disputed struct {
	ID            string // the gateway's own
	Reference     string // ours, of the payment
	GatewayIDs    []string
	State         string // "open", "answered", "won", "lost"; "" when it says nothing of that
	Reason        string // in the gateway's words
	Amount        money.Amount
	Taken         bool // the money has left our account there
	DueAt         time.Time
	FromStatement bool
}

// IsSilence reports whether err leaves open what the gateway did.
func IsSilence(err error) bool { return errors.Is(err, ErrUnknown) }

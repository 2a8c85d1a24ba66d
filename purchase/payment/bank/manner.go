package bank

import (
	"strconv"
	"strings"
)

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

	SoftDecline      = "soft_decline"      // no without proof; asked for with a challenge, or with proof, yes
	ChallengeDecline = "challenge_decline" // proof is asked for, and then no
	Expired          = "expired_card"
	Code             = "incorrect_code"
	Lost             = "lost_or_stolen"
	Fraud            = "suspected_fraud"
	Limit            = "limit_exceeded"
	TryAgain         = "try_again" // the issuer cannot say at the moment
	Hosted           = "hosted"    // the card is typed on the bank's own page

	AskPhone  = "ask_phone"    // a code's owner is asked on their phone
	CodeStale = "code_expired" // a code that is too old, or was never made
	CodeUsed  = "code_used"    // a code that was shown before
)

// refusals are the outcomes that are a no at once, whose names are the reasons.
var refusals = []string{Insufficient, Expired, Code, Lost, Fraud, Limit, TryAgain, CodeStale, CodeUsed}

// scripted begins the name of an instrument whose outcomes were told to the
// bank before: see script.
const scripted = "script:"

const prefix = "sandbox:"

// manner is what an instrument tells the bank to do.
type manner struct {
	name string // an outcome
	card Card   // the published card that a token stands for; zero when the instrument is but a name
	plan int64  // in how many instalments; 0: none were asked for
	kept string // the wish by which the card was kept; "" for one that was not
}

// read understands an instrument: "sandbox:NAME", or the token of a published
// card, "sandbox:card.BIN.LAST.NONCE", with ".6x" behind it for six instalments,
// or what a wallet gave, "sandbox:wallet.NONCE".
func read(instrument string) manner {
	wish, name := unkept(instrument)
	if strings.HasPrefix(name, walletToken) {
		return manner{name: Approve}
	}
	rest, isCard := strings.CutPrefix(name, "card.")
	if !isCard {
		return manner{name: name, kept: wish}
	}
	parts := strings.Split(rest, ".")
	if len(parts) < 3 {
		return manner{name: Decline}
	}
	m := manner{name: Decline, kept: wish}
	for _, c := range cards {
		if c.BIN() == parts[0] && c.Last() == parts[1] {
			m.name, m.card = c.Does, c
		}
	}
	if len(parts) == 4 {
		m.plan, _ = strconv.ParseInt(strings.TrimSuffix(parts[3], "x"), 10, 64)
	}
	return m
}

// token makes the instrument that stands for a published card. Nothing of the
// number is in it but what may be shown: the first six and the last four digits.
func token(c Card, nonce string) string {
	return prefix + "card." + c.BIN() + "." + c.Last() + "." + nonce
}

// WithPlan is the instrument for paying in so many instalments; 1 is at once.
func WithPlan(instrument string, count int64) string {
	length, parts := 4, strings.Split(instrument, ".")
	if KeptBy(instrument) != "" {
		length += 2
	}
	if len(parts) < length || count < 1 {
		return instrument
	}
	base := strings.Join(parts[:length], ".")
	if count == 1 {
		return base
	}
	return base + "." + strconv.FormatInt(count, 10) + "x"
}

// ReadToken tells which published card an instrument stands for.
func ReadToken(instrument string) (Card, bool) {
	m := read(instrument)
	return m.card, m.card != Card{}
}

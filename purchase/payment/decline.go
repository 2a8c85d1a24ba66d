package payment

// Why a gateway said no, in words of our own. They are stable: rules, reports
// and the table of retries speak of them, so a gateway maps its own codes to
// these and to no others.
const (
	DeclineCard           = "card_declined" // no reason given
	DeclineFunds          = "insufficient_funds"
	DeclineExpired        = "expired_card"
	DeclineNumber         = "incorrect_number"
	DeclineSecret         = "incorrect_code" // the card's check digits or its PIN
	DeclineAuthentication = "authentication_failed"
	DeclineStepUp         = "authentication_required" // the issuer wants the cardholder to prove who they are
	DeclineLimit          = "limit_exceeded"
	DeclineLost           = "lost_or_stolen" // never shown to the shopper, who may be the thief
	DeclineFraud          = "suspected_fraud"
	DeclineUnsupported    = "not_supported" // card, currency or amount
	DeclineRetry          = "try_again"     // the issuer cannot say at the moment
	DeclinePartial        = "partial_approval"
	DeclineCancelled      = "cancelled"    // by the shopper
	DeclineCodeStale      = "code_expired" // what a phone showed is too old, or is nobody's
	DeclineCodeUsed       = "code_used"    // what a phone showed was shown before
	DeclineAmount         = "more_than_left"
	DeclineGateway        = "gateway_error" // the gateway does not take our call: a setting or a bug
)

// Why an attempt was given up, where more is known than that it was.
const (
	DeclineUnheard = "never_heard"  // the gateway had never heard of it, and has forbidden it
	DeclineLeft    = "shopper_left" // they did not come back from proving who they are
)

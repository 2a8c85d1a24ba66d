package message

import "encoding/json"

// The kinds of what is written to somebody about their account or a wish of
// theirs; their Data is a Letter.
const (
	KindSignIn    Kind = "account.sign_in" // brings Code and Link, made when it is sent
	KindChanged   Kind = "account.changed" // of how they sign in
	KindExport    Kind = "account.export"
	KindWithdrawn Kind = "order.withdrawn" // confirms a withdrawal, with its day and time
	KindBack      Kind = "product.back"
	KindCard      Kind = "card.expiring"   // a kept card is over soon
	KindConsent   Kind = "consent.confirm" // asks a mailbox whether it wants letters
	KindWelcome   Kind = "consent.given"   // the first letter: it bears the way to end them

	// KindRolledBack tells staff that an experiment was taken back by itself.
	KindRolledBack Kind = "experiment.rolled_back"
)

// Letters are the kinds whose Data is a Letter.
var Letters = []Kind{KindSignIn, KindChanged, KindExport, KindWithdrawn, KindBack, KindCard, KindConsent, KindWelcome, KindRolledBack}

// Letter is what such a mail says. Times are formatted for the reader already;
// an empty one is left out.
type Letter struct {
	Shop   string     `json:"shop"`
	About  string     `json:"about,omitempty"`  // what it is about, such as a product
	Number string     `json:"number,omitempty"` // of an order, as its buyer names it
	Placed string     `json:"placed,omitempty"`
	When   string     `json:"when,omitempty"`
	Until  string     `json:"until,omitempty"`
	Why    string     `json:"why,omitempty"` // it was done, a sentence without its stop
	Lines  []LineItem `json:"lines,omitempty"`

	// What follows is the reader's own. It comes from the Lookup and is not stored.
	Name  string `json:"-"`
	Email string `json:"-"`
	Code  string `json:"-"`
	Link  string `json:"-"`
	End   string `json:"-"` // where the reader ends such mail; "" for mail that needs no consent
}

func addLetters(to map[Kind]form) map[Kind]form {
	return addKinds(to, mustForm("letter", func(data []byte, to Addressee) (any, error) {
		var l Letter
		err := json.Unmarshal(data, &l)
		l.Name, l.Email, l.Code, l.Link, l.End = to.Name, to.Email, to.Code, to.Link, to.End
		return l, err
	}, func(data any) bool { _, ok := data.(Letter); return ok }), "letter.kinds.json", Letters)
}

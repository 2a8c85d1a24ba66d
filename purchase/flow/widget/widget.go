// Package widget is the list of what a checkout may carry beside its questions:
// a field for discount codes, a donation, a gift wrap, a note.
//
// A Widget is made from the settings that a flow's document gives it. It hears
// what a shopper answers and says what is kept of it, which charges follow, and
// what a door needs to draw it; the drawing is the door's. Answers are short
// texts by name, so that a form without a script and a program say the same.
// Each widget is one file here and one line in the list below; nothing else
// knows it by name.
//
// A purchase never waits for a widget. Hear and Charges touch no database and
// run under guard and clock; Look reads in a transaction of its own beside the
// purchase's. One that panics, errs or is late is left out, and the shopper
// goes on.
//
// Never true: a requirement made by a widget; a price taken from an answer that
// the settings do not offer; a shopper's own words kept outside their contact.
package widget

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/point"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/calendar"
	"korzo/value/money"
)

// The failures a caller can act on. Texts name the field.
var (
	ErrKind     = fault.New(fault.Invalid, "widget.kind", "there is no such widget: use a kind from the list, such as gift_wrap")
	ErrSettings = fault.New(fault.Invalid, "widget.settings", "the widget's settings are not valid: mend the fields named")
	ErrAnswer   = fault.New(fault.Invalid, "widget.answer", "this answer cannot be taken: correct it, or leave the field empty")
)

// The places a widget may stand in: at the end of a step, above the steps, or
// beside the sum.
const (
	PlaceTop      = "top"
	PlaceContact  = "contact"
	PlaceDelivery = "delivery"
	PlacePayment  = "payment"
	PlaceSummary  = "summary"
)

// Places are all there are, in the order of a page.
var Places = []string{PlaceTop, PlaceContact, PlaceDelivery, PlacePayment, PlaceSummary}

// Kind says what a widget is, to editors, documentation and doors.
type Kind struct {
	Name    string          // stored in documents, never renamed
	Title   string          // plain English
	Doc     string          // what it is for, in one sentence
	Places  []string        // where it may stand, its usual place first
	Many    bool            // it may stand in a flow more than once
	Schema  json.RawMessage // JSON Schema of its settings
	Example json.RawMessage // settings that work
	Answers []Answer        // what a shopper may say
	Reads   bool            // Look asks the database
	Passing bool            // its answers are about the checkout: an order does not tell them

	make func(settings json.RawMessage) (Widget, error)
}

// Answer is something a shopper may say to a widget.
type Answer struct {
	Name    string
	Doc     string
	Private bool // the shopper's own words: kept with the contact, under the person's key
	Max     int  // in characters; 0: 100
}

// Answers are what a shopper said, by name. An empty answer is none.
type Answers map[string]string

// Widget is an optional part of a checkout, made from settings.
type Widget interface {
	// Hear checks answers and returns what is kept of them, nothing for none, and
	// what is to be done at once. It returns ErrAnswer with a text for the shopper's side.
	Hear(said Answers, s Scene) (kept Answers, do Act, err error)
	// Charges are what the kept answers cost.
	Charges(kept Answers, s Scene) []Charge
	// Look returns what a door needs to draw it, nil when there is nothing to draw.
	// tx is nil unless the kind says that it reads.
	Look(ctx context.Context, tx *db.Tx, kept Answers, s Scene) (any, error)
}

// Scene is what a widget may know of the checkout it stands in. Amounts are in
// the checkout's currency.
type Scene struct {
	Market, Channel, Locale string
	Country, PostalCode     string // where it goes; the market's own country until that is known
	Customer                string // "" for a guest
	Now                     time.Time
	Currency                money.Currency
	Goods                   money.Amount // of the goods after discounts
	WeightGrams, Units      int64
	Electronic              bool     // nothing of it travels
	Variants                []string // in the cart
	Codes                   []Code
	GiftCards               []GiftCard
	Credit                  money.Amount // the customer's, that may be spent
	UseCredit               bool
	Points                  Points // the customer's, that may be spent
	Option                  string // the delivery chosen
	Point                   string // and the code of the carrier's point it goes to
	Options                 []Option
	Method                  string   // the way to pay chosen
	Methods                 []string // on offer
	Due                     money.Amount
}

// Code is a discount code on the cart.
type Code struct {
	Code    string       `json:"code"`
	Name    string       `json:"name,omitempty"`
	Applied bool         `json:"applied"`
	Reason  string       `json:"reason,omitempty"` // why it takes nothing off
	Off     money.Amount `json:"-"`
}

// Points are what a customer has of them and may use here; the zero Points where
// none are spent.
type Points struct {
	Available int64        `json:"available"`
	Most      int64        `json:"most"`            // that may be used here
	Least     int64        `json:"least,omitempty"` // fewer pay nothing
	Used      int64        `json:"used"`
	Asked     int64        `json:"asked"` // for: as typed, or -1 for as many as possible
	Pays      money.Amount `json:"-"`     // what Most of them pay
}

// The codes of what may be wrong with how many points were asked for.
const (
	PointsFew  = "points_few"  // fewer than the least: they pay nothing
	PointsMore = "points_more" // more than there are: these pay as far as they go
)

// Wrong is the code of what is wrong with how many points were asked for, and the
// number to keep to; "" where nothing is, or where none can pay here.
func (p Points) Wrong() (code string, limit int64) {
	switch {
	case p.Most == 0:
		return "", 0
	case p.Asked > p.Available:
		return PointsMore, p.Available
	case p.Asked > 0 && p.Used == 0:
		return PointsFew, p.Least
	}
	return "", 0
}

// GiftCard is a card that is to pay.
type GiftCard struct {
	ID    string       `json:"id"`
	Label string       `json:"label"` // "•••• 7K2M"
	Pays  money.Amount `json:"-"`
}

// Option is a way the goods may travel.
type Option struct {
	ID, Name, Location string
	Pickup             bool
	From, To           calendar.Date
	Price              money.Amount
	Points             []point.Point // of a carrier, to one of which it goes, the nearest first; none for the door
}

// Charge is what a widget adds to the price. It becomes a line of the quote and
// of the order, is never discounted, and is no stock.
type Charge struct {
	Title    string
	Kind     string       // catalog.KindFee or KindDonation
	Price    money.Amount // with or without tax, as the market's prices are
	TaxClass string       // of the market; ClassGoods: as most of the goods' value; "": no tax
}

// ClassGoods taxes a charge as most of the goods' value is taxed.
const ClassGoods = "goods"

// Act is what an answer asks to be done with the cart or the session at once.
type Act struct {
	AddCode, RemoveCode string // a discount code or a gift card's
	RemoveGiftCard      string
	Credit              *bool
	Points              *int64 // how many are to pay; -1: as many as possible
	AddVariant          string // one unit
	RemoveVariant       string
	Option              string // the delivery
	Point               string // the code of the carrier's point it goes to
	Method              string // the way to pay
}

// IsZero reports whether nothing is to be done.
func (a Act) IsZero() bool { return a == Act{} }

// list is every widget there is, in the order editors show them.
var list = []Kind{code, giftCard, donation, giftWrap, orderNote, newsletter, orderBump, freeShipping, trust, deliveryDate, pickupPoint, wallet}

// Kinds returns every widget there is, in the order editors show them.
func Kinds() []Kind { return slices.Clone(list) }

// Find returns a kind by its name; false when there is none.
func Find(name string) (Kind, bool) {
	i := slices.IndexFunc(list, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return list[i], true
}

// New makes the widget of a kind from its settings; none are its defaults. It
// returns ErrKind, or an Unfit, which is ErrSettings, naming each field at fault.
func New(kind string, settings json.RawMessage) (Widget, error) {
	k, ok := Find(kind)
	if !ok {
		return nil, ErrKind.With(fmt.Sprintf("there is no widget %q: use one of the list, such as gift_wrap", kind))
	}
	if len(settings) == 0 {
		settings = json.RawMessage(`{}`)
	}
	if err := checkSettings(k.Schema, settings); err != nil {
		return nil, err
	}
	return k.make(settings)
}

// Private returns the names of the answers that are the shopper's own words.
func (k Kind) Private() (names []string) {
	for _, a := range k.Answers {
		if a.Private {
			names = append(names, a.Name)
		}
	}
	return names
}

// Text is something said in several languages, by the first part of a tag.
type Text map[string]string

// In is the text in a language, or in English, or in any.
func (t Text) In(locale string) string {
	for _, tag := range []string{locale, locale[:min(2, len(locale))], "en"} {
		if text := t[tag]; text != "" {
			return text
		}
	}
	for _, tag := range sortedKeys(t) {
		return t[tag]
	}
	return ""
}

// silent is what most widgets do: hear nothing and cost nothing.
type silent struct{}

func (silent) Hear(Answers, Scene) (Answers, Act, error) { return nil, Act{}, nil }
func (silent) Charges(Answers, Scene) []Charge           { return nil }

// read is a kind's make for settings that have been checked against its schema.
func read[W any](settings json.RawMessage) (w W, err error) {
	if err := json.Unmarshal(settings, &w); err != nil {
		return w, unfit("", say("no_object"))
	}
	return w, nil
}

// yes reports whether an answer agrees.
func yes(text string) bool { return text == "yes" }

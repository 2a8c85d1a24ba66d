// Package carriage is the seam at which parcels are given to a carrier.
//
// A Carrier says what a parcel costs, draws its label, tells how it travels and
// takes a booking back. Each is one folder under delivery/carrier and one line
// in its list; nobody else knows them, and the suite in carriertest holds every
// one to what stands here.
//
// A carrier is a foreign machine, so every call has three answers. No error is
// yes. ErrRefused is no, and its text says why. Anything else is silence: the
// parcel may be booked or not. Our own Reference is the key: booking it again
// gives the same number and the same label, and Find tells what became of it,
// so after silence one asks again and never pays for two labels.
//
// The carrier's story of a parcel is data: events are kept and shown as they
// come, in whatever order, and a status that we do not know is StatusUnknown.
// Our own word on an order is another axis, and not kept here.
//
// Never true: a call inside a transaction; an event that decides about money or
// stock; a label for a booking that the carrier does not know.
package carriage

import (
	"context"
	"errors"
	"net/http"
	"time"

	"korzo/platform/fault"
	"korzo/value/address"
	"korzo/value/money"
)

// The answers that are not yes. Every other error is silence too.
var (
	ErrRefused  = fault.New(fault.Declined, "carriage.refused", "the carrier does not take this parcel: choose another service or carrier")
	ErrSilent   = fault.New(fault.Unavailable, "carriage.silent", "the carrier does not answer: ask again under the same reference")
	ErrUnbooked = fault.New(fault.NotFound, "carriage.unbooked", "the carrier knows no parcel by this reference: book it")
	ErrForged   = fault.New(fault.Forbidden, "carriage.forged", "the notice was not sent by this carrier")
)

// Carrier takes parcels. It is safe for concurrent use. Every method may be
// repeated and makes at most one call, bounded by Traits.Timeout.
type Carrier interface {
	// Name is the folder's name, and what is stored beside a parcel.
	Name() string

	// Traits says what the carrier can do. What it cannot is refused.
	Traits() Traits

	// Rates returns what carrying all parcels of q costs, service by service,
	// cheapest first. None is an answer: nothing is carried there.
	Rates(ctx context.Context, q Query) ([]Rate, error)

	// Book orders the carriage of one parcel and returns its label. The same
	// reference with the same content gets the same label; with another
	// content, or once it was cancelled, it is refused.
	Book(ctx context.Context, b Booking) (Label, error)

	// Find returns what became of a reference, or ErrUnbooked.
	Find(ctx context.Context, reference string) (Booked, error)

	// Track returns what happened to a parcel, oldest first; nothing yet is no
	// error. number is the carrier's. It returns ErrUnbooked.
	Track(ctx context.Context, number string) ([]Event, error)

	// Cancel takes a booking back. Taking it back again changes nothing. It
	// returns ErrUnbooked, or ErrRefused once the carrier has the parcel.
	Cancel(ctx context.Context, reference string) error
}

// Notifier is a carrier that calls in when something happens.
type Notifier interface {
	Carrier

	// Read checks a notice and returns what it tells, or ErrForged. It makes no
	// call. A notice may come twice, late, or never.
	Read(header http.Header, body []byte) ([]Notice, error)
}

// Traits are what a carrier can do.
type Traits struct {
	Rates    bool          // answers Rates
	Numbers  bool          // gives tracking numbers; without, a person may write one down
	Tracks   bool          // tells events
	Collects bool          // takes money from the receiver, and remits it: Booking.Collect
	Points   bool          // has points where receivers collect: it is a Network
	Services []Service     // what can be booked, the usual one first; at least one
	Timeout  time.Duration // of one call
}

// Service is a way in which a carrier carries.
type Service struct {
	Code   string // "standard": what Booking.Service says
	Name   string // as people know it
	Points bool   // goes to a point, and nowhere else
}

// Query asks for rates. Only what is known of the addresses is given: Country
// and PostalCode suffice.
type Query struct {
	From, To address.Address
	Parcels  []Parcel
	Value    money.Amount // of the goods; its currency is that of the rates
}

// Parcel is a box. A length of 0 is not known.
type Parcel struct {
	WeightGrams int64 // 1 to 1,000,000
	LengthMM    int64
	WidthMM     int64
	HeightMM    int64
}

// Volumetric returns what a parcel weighs by its size, in grams, at divisor
// cubic centimetres a kilogram (5000 is usual), rounded up; 0 when its size or
// the divisor is not known.
func (p Parcel) Volumetric(divisor int64) int64 {
	if divisor <= 0 || p.LengthMM <= 0 || p.WidthMM <= 0 || p.HeightMM <= 0 {
		return 0
	}
	cubic := p.LengthMM * p.WidthMM * p.HeightMM // mm³, and 1 cm³ = 1000 mm³; g = cm³ × 1000 / divisor
	return (cubic + divisor - 1) / divisor
}

// Charged is the weight that carriers bill: what it weighs, or by its size.
func (p Parcel) Charged(divisor int64) int64 { return max(p.WeightGrams, p.Volumetric(divisor)) }

// Rate is what one service costs us. Transit are working days of the carrier.
type Rate struct {
	Service    string
	Name       string
	Cost       money.Amount
	TransitMin int
	TransitMax int
}

// Booking is an order to carry one parcel.
type Booking struct {
	Reference string // ours, the key: 1 to 60 letters, digits, hyphens, underscores
	Service   string // of Traits.Services; "" is the first
	From, To  address.Address
	Parcel    Parcel
	Contains  string       // what stands on the label for the packer: "order 1042, parcel 1 of 2"
	Value     money.Amount // of the goods

	// Collect is what the receiver pays at the door, as a promise that the carrier
	// takes for us; zero is nothing.
	Collect money.Amount `json:",omitzero"`

	// Point is the code of the point where the receiver collects; To is then
	// the point's address with the receiver's name. "" goes to the door.
	Point string `json:",omitempty"`
}

// Label is a parcel that a carrier has agreed to carry.
type Label struct {
	Booked
	PDF []byte // one page A6 with a barcode of Code, the same bytes each time
}

// Booked is what is known of a reference.
type Booked struct {
	Reference string
	Service   string
	Number    string // the carrier's tracking number; "" where it gives none
	Code      string // what the barcode says: Number, or our reference
	URL       string // where the carrier shows the parcel; "" when it does not
	Cost      money.Amount
	Collect   money.Amount // what it was told to collect; zero is nothing
	Cancelled bool
}

// Status is where the carrier says a parcel is.
type Status string

// The statuses carriers' own codes are read as. The list may grow.
const (
	StatusPreTransit     Status = "pre_transit" // booked, not handed over
	StatusInTransit      Status = "in_transit"
	StatusOutForDelivery Status = "out_for_delivery"
	StatusAvailable      Status = "available_for_pickup" // waits in a parcel shop or locker
	StatusDelivered      Status = "delivered"
	StatusReturn         Status = "return_to_sender"
	StatusFailure        Status = "failure" // lost, damaged, refused
	StatusUnknown        Status = "unknown"
)

// Statuses are all there are, in the order parcels usually have them.
var Statuses = []Status{StatusPreTransit, StatusInTransit, StatusOutForDelivery, StatusAvailable,
	StatusDelivered, StatusReturn, StatusFailure, StatusUnknown}

// Event is something that happened to a parcel, as the carrier tells it.
type Event struct {
	ID     string // the carrier's, unique for a number: what came before is known by it
	At     time.Time
	Status Status
	Code   string // the carrier's own
	Text   string // the carrier's own words, plain text
	Place  string // "Hannover DE"; "" when it does not say

	// Of StatusAvailable: what opens the box, which is the receiver's alone, and
	// until when it waits. "" and zero when the carrier does not say.
	Pin   string
	Until time.Time
}

// Notice is a carrier calling in about one parcel.
type Notice struct {
	Number string
	Events []Event
}

// Answer is how a call went.
type Answer string

// The three answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Silence Answer = "silence"
)

// Read tells yes, no and silence apart.
func Read(err error) Answer {
	switch {
	case err == nil:
		return Yes
	case errors.Is(err, ErrRefused), errors.Is(err, ErrUnbooked):
		return No
	}
	return Silence
}

// Refused is a no with its reason, which is shown to staff.
func Refused(why string) error { return ErrRefused.With("the carrier refuses: " + why) }

// Puppet is a carrier without vans: it does as it is told, for a demo and for
// tests of what is built on carriers.
type Puppet interface {
	Notifier

	// Tell makes something happen to a parcel and returns the notice that the
	// carrier would call in with. It returns ErrUnbooked.
	Tell(ctx context.Context, number string, e Event) (header http.Header, body []byte, err error)

	// Fail makes the next call of a verb ("rates", "book", "find", "track",
	// "cancel", "points") go as said: No refuses it, Silence does it and does not answer,
	// and Yes takes back what was said before. Lost, beside Silence, does
	// nothing and does not answer either.
	Fail(verb string, how Answer)
}

// Lost is an answer that only Puppet.Fail knows: the call never arrived.
const Lost Answer = "lost"

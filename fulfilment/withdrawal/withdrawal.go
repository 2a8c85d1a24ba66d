// Package withdrawal takes consumers' declarations that they withdraw from a
// contract made at a distance, as EU law gives them a button for (Directive
// 2011/83/EU, article 11a).
//
// A declaration is a statement, not a request: it holds from the moment it is
// said, and nothing here refuses it for its merits. It is kept with its time,
// told by a fact, from which the confirmation is mailed, and waits for a person
// among the exceptions. Who declares without signing in names order and address;
// if no order of ours has both, the declaration is taken all the same, and a
// person finds out what is meant. An answer never tells whether an order exists.
//
// The period ends fourteen days, or as many more as the market gives, after the
// last goods have arrived, on a working day (Regulation 1182/71); before goods
// have arrived it has not begun to end.
//
// Never true: a declaration that is changed or lost; the same confirmation button
// pressed twice counted as two.
package withdrawal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/profile"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/purchase/tax"
	"korzo/value/calendar"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrName   = fault.New(fault.Invalid, "withdrawal.name", "write your name, at most 200 characters")
	ErrNumber = fault.New(fault.Invalid, "withdrawal.number", "write the number of the order, as it stands in its confirmation")
	ErrLines  = fault.New(fault.Invalid, "withdrawal.lines", "choose what you withdraw from")
	ErrID     = fault.New(fault.Invalid, "withdrawal.id", "open the form again and send it from there")
)

// Period is how many days the law gives.
const Period = 14

// Days is how many days after delivery goods may be sent back without a reason: as
// many as the market gives, and in the EU never fewer than Period. 0: none.
func Days(market int64, country string) int64 {
	if tax.InEU(country) {
		return max(market, Period)
	}
	return market
}

// TroubleDeclared is the exception that asks a person to settle a declaration.
const TroubleDeclared = "withdrawal.declared"

// ID names a declaration.
type ID string

// NewID makes the id of a declaration to be: a form carries it, so that sending
// it twice declares once.
func NewID(now time.Time) ID { return id.New[ID]("wdr", now) }

// Statement is what a consumer declares.
type Statement struct {
	ID     ID       // from NewID
	Order  order.ID // "" for who is not signed in: Number and Email find it
	Number string
	Name   string
	Email  string         // where the confirmation goes
	Lines  []order.LineID // of a known order; none for the whole contract
	Locale string
}

// Declaration is a statement as it is kept.
type Declaration struct {
	ID      ID
	Order   order.ID // "" while nobody knows which it is
	Number  string
	Contact profile.ContactID
	Lines   []order.LineID // none: the whole contract
	Locale  string
	SaidAt  time.Time
}

// Declared says that a consumer withdraws from a contract.
type Declared struct {
	Declaration ID       `json:"declaration"`
	Order       order.ID `json:"order,omitempty"`
}

// Kind names the fact.
func (Declared) Kind() string { return "withdrawal.declared" }

// Key orders the facts of one declaration.
func (e Declared) Key() string { return string(e.Declaration) }

// Check reports what keeps a statement from being taken: ErrName, ErrNumber,
// profile.ErrEmail, ErrID; nothing else does.
func (s Statement) Check() error {
	if name := strings.TrimSpace(s.Name); name == "" || utf8.RuneCountInString(name) > 200 {
		return ErrName
	}
	if number := strings.TrimSpace(s.Number); s.Order == "" && (number == "" || utf8.RuneCountInString(number) > 60) {
		return ErrNumber
	}
	if ok, text := profile.CheckEmail(s.Email); !ok {
		return profile.ErrEmail.With(text)
	}
	if !id.Valid("wdr", s.ID) {
		return ErrID
	}
	return nil
}

// Declare takes a statement, publishes Declared and raises the exception. Who
// may speak for s.Order is the door's to know. Declaring again changes nothing
// and returns what was declared.
func Declare(ctx context.Context, tx *db.Tx, k *seal.Keeper, s Statement) (Declaration, error) {
	if err := s.Check(); err != nil {
		return Declaration{}, err
	}
	d := Declaration{ID: s.ID, Order: s.Order, Number: strings.TrimSpace(s.Number), Lines: s.Lines, Locale: s.Locale, SaidAt: tx.Now}
	of, err := meant(ctx, tx, k, s)
	if err != nil {
		return Declaration{}, fmt.Errorf("declare a withdrawal: %w", err)
	}
	var person profile.PersonID
	if of.ID != "" {
		d.Order, d.Number = of.ID, of.Number
		if !has(of, s.Lines) {
			return Declaration{}, ErrLines
		}
		person, err = personOf(ctx, tx, k, of)
	}
	if err == nil {
		d.Contact, err = profile.SaveContact(ctx, tx, k, profile.Contact{Person: person, Name: s.Name, Email: s.Email})
	}
	if err != nil {
		return Declaration{}, fmt.Errorf("declare a withdrawal: %w", err)
	}
	n, err := insertDeclaration(ctx, tx, d)
	if err != nil {
		return Declaration{}, fmt.Errorf("declare a withdrawal: %w", err)
	}
	if n == 0 {
		return Find(ctx, tx, d.ID)
	}
	if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleDeclared, Ref: string(d.ID), Text: d.task()}); err != nil {
		return Declaration{}, err
	}
	return d, event.Publish(ctx, tx, Declared{d.ID, d.Order})
}

// task tells a person what to do about a declaration.
func (d Declaration) task() string {
	switch {
	case d.Order == "":
		return "Somebody withdrew from an order that is not found by its number and address. Find out which one is meant, and give back what was paid within 14 days."
	case len(d.Lines) > 0:
		return fmt.Sprintf("Order %s: its buyer withdrew from %d of its lines. Arrange the return and give back what was paid for them within 14 days.", d.Number, len(d.Lines))
	}
	return fmt.Sprintf("Order %s: its buyer withdrew. Arrange the return and give back what was paid within 14 days.", d.Number)
}

// meant finds the order of a statement: no order when its address is another's.
func meant(ctx context.Context, tx *db.Tx, k *seal.Keeper, s Statement) (order.Order, error) {
	if s.Order != "" {
		return order.Find(ctx, tx, s.Order)
	}
	o, err := order.FindByNumber(ctx, tx, strings.TrimSpace(s.Number))
	if errors.Is(err, order.ErrNotFound) {
		return order.Order{}, nil
	}
	if err != nil {
		return o, err
	}
	c, err := profile.FindContact(ctx, tx, k, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return order.Order{}, nil
	}
	if err != nil || profile.HashEmail(k, c.Email) != profile.HashEmail(k, s.Email) {
		return order.Order{}, err
	}
	return o, nil
}

// personOf is who an order's contact belongs to; "" when they were erased.
func personOf(ctx context.Context, tx *db.Tx, k *seal.Keeper, o order.Order) (profile.PersonID, error) {
	c, err := profile.FindContact(ctx, tx, k, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return "", nil
	}
	return c.Person, err
}

func has(o order.Order, lines []order.LineID) bool {
	for _, id := range lines {
		if !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.ID == id }) {
			return false
		}
	}
	return true
}

// Find returns a declaration.
func Find(ctx context.Context, tx *db.Tx, declaration ID) (Declaration, error) {
	d, err := selectDeclaration(ctx, tx, declaration)
	if err != nil {
		return Declaration{}, fmt.Errorf("find declaration %s: %w", declaration, err)
	}
	return d, nil
}

// OfOrder lists what was declared of an order, oldest first.
func OfOrder(ctx context.Context, tx *db.Tx, of order.ID) ([]Declaration, error) {
	all, err := selectDeclarations(ctx, tx, of)
	if err != nil {
		return nil, fmt.Errorf("list declarations of %s: %w", of, err)
	}
	return all, nil
}

// OfOrders lists what was declared of any of the orders, at most 1,000 of them,
// the latest first.
func OfOrders(ctx context.Context, tx *db.Tx, orders []order.ID) ([]Declaration, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	all, err := selectOfOrders(ctx, tx, orders)
	if err != nil {
		return nil, fmt.Errorf("list declarations of %d orders: %w", len(orders), err)
	}
	return all, nil
}

// Right is a buyer's right to withdraw from an order, as it stands.
type Right struct {
	Open     bool
	Days     int64         // of its period
	Until    calendar.Date // the last day; zero while goods are on their way
	Declared []Declaration
}

// Terms are what the period of an order depends on.
type Terms struct {
	Country string         // where it was sent
	Days    int64          // that its market gives
	Zone    *time.Location // the clock of its market
}

// RightOf finds out whether an order can be withdrawn from now: goods or files
// that the law or the market lets a consumer send back, that nobody canceled, whose
// period is not over and which are not declared whole already.
func RightOf(ctx context.Context, tx *db.Tx, o order.Order, t Terms) (Right, error) {
	all, err := OfOrder(ctx, tx, o.ID)
	r := Right{Declared: all, Days: Days(t.Days, t.Country)}
	if err != nil || r.Days == 0 || o.State == order.StateCanceled || o.Imported {
		return r, err
	}
	arrived, err := arrivedAt(ctx, tx, o.ID)
	if err != nil {
		return r, err
	}
	if !arrived.IsZero() {
		r.Until = LastDay(calendar.DateIn(arrived, t.Zone), r.Days, t.Country)
	}
	whole := slices.ContainsFunc(all, func(d Declaration) bool { return len(d.Lines) == 0 })
	r.Open = !whole && (r.Until.IsZero() || !calendar.DateIn(tx.Now, t.Zone).After(r.Until))
	return r, nil
}

// LastDay is the last day of a period of days for goods that arrived on a day: the
// last of them, or the next working day.
func LastDay(arrived calendar.Date, days int64, country string) calendar.Date {
	day := arrived.AddDays(int(days))
	for {
		_, holiday := calendar.Holiday(country, day)
		if !holiday && day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			return day
		}
		day = day.AddDays(1)
	}
}

// arrivedAt is when the last of an order arrived; zero while something has not.
func arrivedAt(ctx context.Context, tx *db.Tx, of order.ID) (last time.Time, err error) {
	all, err := shipment.OfOrder(ctx, tx, of)
	if err != nil {
		return last, err
	}
	for _, f := range all {
		switch {
		case f.State.Open(), f.State == shipment.StateShipped:
			return time.Time{}, nil
		case f.State == shipment.StateDelivered && f.UpdatedAt.After(last):
			last = f.UpdatedAt // handed over, or more exactly below
		}
	}
	parcels, err := shipment.Parcels(ctx, tx, of)
	var told time.Time
	for _, p := range parcels {
		if p.State == shipment.ParcelShipped {
			return time.Time{}, err
		}
		if p.DeliveredAt.After(told) {
			told = p.DeliveredAt
		}
	}
	if !told.IsZero() && !slices.ContainsFunc(all, func(f shipment.Fulfilment) bool { return f.Kind == shipment.KindPickup }) {
		last = told
	}
	return last, err
}

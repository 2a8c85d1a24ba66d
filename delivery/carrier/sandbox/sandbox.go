// Package sandbox is a carrier without vans: it prices, draws labels and tells
// whatever story it is told to tell.
//
// It keeps its book in the shop's database, so a demo that is started again
// knows its parcels, and two nodes know the same ones. It keeps no name and no
// address. Prices follow from weight and distance by a formula that its tests
// state; numbers are those of the Universal Postal Union (S10), with a check
// digit that holds.
//
// It fails on demand: Fail makes the next call go wrong, and a receiver whose
// second line reads "sandbox:refuse" is refused, "sandbox:silent" is booked
// without an answer, the first time.
//
// It has points near every postal code that the world has: lockers, of which one
// is full, and a shop with hours.
package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"embed"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/label"
	"korzo/platform/db"
	"korzo/value/money"
)

// Schema holds the carrier's book.
//
//go:embed schema/*.sql
var Schema embed.FS

// Carrier is the sandbox. Make it with Open.
type Carrier struct {
	db     *db.DB
	secret string // signs notices

	mu    sync.Mutex
	fails map[string][]carriage.Answer
}

var (
	_ carriage.Puppet  = (*Carrier)(nil)
	_ carriage.Network = (*Carrier)(nil)
)

// Open reads sandbox: or sandbox:?secret=…, which signs its notices. It makes
// no call.
func Open(u *url.URL, d *db.DB) (carriage.Carrier, error) {
	c := &Carrier{db: d, secret: "sandbox", fails: map[string][]carriage.Answer{}}
	if secret := u.Query().Get("secret"); secret != "" {
		c.secret = secret
	}
	return c, nil
}

// service is what the sandbox carries by: a price for each kilogram begun, in
// hundredths of the currency's charged unit, and days at home and abroad.
type service struct {
	carriage.Service
	base, perKilo int64
	home, abroad  [2]int
	most          int64 // grams
}

var services = []service{
	{carriage.Service{Code: "standard", Name: "Sandbox Standard"}, 350, 60, [2]int{1, 2}, [2]int{3, 5}, 31_500},
	{carriage.Service{Code: "express", Name: "Sandbox Express"}, 890, 140, [2]int{1, 1}, [2]int{1, 2}, 31_500},
	{carriage.Service{Code: "locker", Name: "Sandbox Locker", Points: true}, 290, 50, [2]int{1, 3}, [2]int{3, 6}, 20_000},
}

const divisor = 5000 // cubic centimetres a kilogram

// Name is the folder's name.
func (*Carrier) Name() string { return "sandbox" }

// Traits says that it can do all.
func (*Carrier) Traits() carriage.Traits {
	all := make([]carriage.Service, len(services))
	for i, s := range services {
		all[i] = s.Service
	}
	return carriage.Traits{Rates: true, Numbers: true, Tracks: true, Collects: true, Points: true, Services: all, Timeout: 5 * time.Second}
}

// Fail makes the next call of a verb go as said.
func (c *Carrier) Fail(verb string, how carriage.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if how == carriage.Yes {
		delete(c.fails, verb)
		return
	}
	c.fails[verb] = append(c.fails[verb], how)
}

// fate takes what the next call of a verb was told to be.
func (c *Carrier) fate(verb string) carriage.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.fails[verb]
	if len(told) == 0 {
		return carriage.Yes
	}
	c.fails[verb] = told[1:]
	return told[0]
}

// play runs a call, as its fate has it.
func (c *Carrier) play(ctx context.Context, verb string, call func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch c.fate(verb) {
	case carriage.No:
		return carriage.Refused("it was told to")
	case carriage.Lost:
		return carriage.ErrSilent
	case carriage.Silence:
		return errors.Join(call(), carriage.ErrSilent)
	}
	return call()
}

// Rates prices every service that takes all parcels.
func (c *Carrier) Rates(ctx context.Context, q carriage.Query) (rates []carriage.Rate, err error) {
	err = c.play(ctx, "rates", func() error {
		if len(q.Parcels) == 0 || q.Value.Currency == "" || q.To.Country == "" {
			return carriage.Refused("give parcels, the goods' value with its currency, and the country they go to")
		}
		for _, s := range services {
			if r, ok := s.rate(q); ok {
				rates = append(rates, r)
			}
		}
		slices.SortStableFunc(rates, func(a, b carriage.Rate) int { return int(a.Cost.Minor - b.Cost.Minor) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rates, nil
}

func (s service) rate(q carriage.Query) (carriage.Rate, bool) {
	info, known := money.Find(q.Value.Currency)
	if !known {
		return carriage.Rate{}, false
	}
	days, factor := s.home, int64(1)
	if q.From.Country != q.To.Country {
		days, factor = s.abroad, 3
	}
	var hundredths int64
	for _, p := range q.Parcels {
		grams := p.Charged(divisor)
		if p.Check() != nil || grams > s.most {
			return carriage.Rate{}, false
		}
		hundredths += factor * (s.base + s.perKilo*((grams+999)/1000))
	}
	// A forint buys less than a euro: the sandbox charges a hundredfold of the smallest sum.
	return carriage.Rate{Service: s.Code, Name: s.Name, Cost: money.Of(hundredths*info.ChargeStep, q.Value.Currency),
		TransitMin: days[0], TransitMax: days[1]}, true
}

// Book books a parcel and draws its label.
func (c *Carrier) Book(ctx context.Context, b carriage.Booking) (l carriage.Label, err error) {
	err = c.play(ctx, "book", func() error {
		l, err = c.book(ctx, b)
		return err
	})
	if err != nil {
		return carriage.Label{}, err
	}
	return l, nil
}

func (c *Carrier) book(ctx context.Context, b carriage.Booking) (carriage.Label, error) {
	if err := b.Check(c.Traits().Services); err != nil {
		return carriage.Label{}, err
	}
	if strings.Contains(b.To.Line2, "sandbox:refuse") {
		return carriage.Label{}, carriage.Refused("nobody lives there")
	}
	s := services[max(0, slices.IndexFunc(services, func(s service) bool { return s.Code == b.Service }))]
	if err := reachable(b); err != nil {
		return carriage.Label{}, err
	}
	r, ok := s.rate(carriage.Query{From: b.From, To: b.To, Parcels: []carriage.Parcel{b.Parcel}, Value: b.Value})
	if !ok {
		return carriage.Label{}, carriage.Refused(fmt.Sprintf("%s takes at most %d g and needs the value of the goods", s.Name, s.most))
	}
	kept, fresh, err := c.keep(ctx, parcel{reference: b.Reference, service: s.Code, content: digest(b), cost: r.Cost, collect: b.Collect})
	switch {
	case err != nil:
		return carriage.Label{}, err
	case kept.cancelled:
		return carriage.Label{}, carriage.Refused("this reference was cancelled: book under another")
	case kept.content != digest(b):
		return carriage.Label{}, carriage.Refused("another parcel was booked under this reference")
	case fresh && strings.Contains(b.To.Line2, "sandbox:silent"):
		return carriage.Label{}, carriage.ErrSilent
	}
	pdf, err := label.Draw(label.Content{Carrier: "Sandbox", Service: s.Name, Code: kept.number, Booking: b})
	return carriage.Label{Booked: kept.booked(), PDF: pdf}, err
}

// keep books p unless its reference is known; then it returns what is. A number
// that another parcel has by chance is passed over.
func (c *Carrier) keep(ctx context.Context, p parcel) (kept parcel, fresh bool, err error) {
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		for try := range 20 {
			p.number = number(p.reference, try)
			n, err := insertParcel(ctx, tx, p)
			if err != nil {
				return err
			}
			kept, err = selectParcel(ctx, tx, p.reference)
			if fresh = n > 0; !errors.Is(err, db.ErrNoRow) {
				return err
			}
		}
		return carriage.ErrSilent
	})
	return kept, fresh, err
}

func digest(b carriage.Booking) string {
	text, _ := json.Marshal(b) // plain fields only
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// number is an S10 number: eight digits that follow from the reference, and the
// check digit of the Universal Postal Union.
func number(reference string, try int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", reference, try))
	digits := fmt.Sprintf("%08d", binary.BigEndian.Uint64(sum[:])%100_000_000)
	return "KZ" + digits + checkDigit(digits) + "EU"
}

func checkDigit(digits string) string {
	sum := 0
	for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += weight * int(digits[i]-'0')
	}
	switch d := 11 - sum%11; d {
	case 10:
		return "0"
	case 11:
		return "5"
	default:
		return fmt.Sprint(d)
	}
}

func (p parcel) booked() carriage.Booked {
	return carriage.Booked{Reference: p.reference, Service: p.service, Number: p.number, Code: p.number,
		Cost: p.cost, Collect: p.collect, Cancelled: p.cancelled}
}

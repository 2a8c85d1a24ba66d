// Package table is a carrier with a contract on paper: prices by service, place
// and weight, from a file.
//
// The file is JSON, read once when the shop starts, and refused whole when it
// contradicts itself, naming the line of the table. A parcel is priced by the
// first row of a service that serves its place and bears its weight, where the
// weight is what it weighs or, with a divisor, by its size. Labels bear our own
// reference: the carrier's driver brings the numbers, and a person notes them.
package table

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/label"
	"korzo/platform/fault"
	"korzo/value/money"
)

// ErrTable reports a file that is no table; its text names the row.
var ErrTable = fault.New(fault.Invalid, "table.invalid", "the carrier's table is not valid: mend the rows named")

// Table is what the file holds.
type Table struct {
	Name     string         `json:"name"` // as people know the carrier
	Currency money.Currency `json:"currency"`
	Divisor  int64          `json:"divisor"`  // cubic centimetres a kilogram; 0: size does not count
	Tracking string         `json:"tracking"` // where a parcel is shown; "" for nowhere
	Services []Service      `json:"services"`
}

// Service is one column of the contract.
type Service struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// Row is a price. The first row that fits a parcel counts.
type Row struct {
	Countries  []string `json:"countries"`   // empty: everywhere
	Codes      []string `json:"codes"`       // postal codes begin with one of these; empty: all
	MaxGrams   int64    `json:"max_grams"`   // 1 or more
	Price      int64    `json:"price"`       // minor units a parcel
	TransitMin int      `json:"transit_min"` // working days
	TransitMax int      `json:"transit_max"`
}

// Carrier prices by a table. Make it with New or Open.
type Carrier struct {
	table    Table
	services []carriage.Service
}

// Open reads table:path/to/rates.json. It returns ErrTable.
func Open(u *url.URL) (carriage.Carrier, error) {
	path := cmp.Or(u.Opaque, u.Path)
	if path == "" {
		return nil, ErrTable.With("write the carrier's address as table:rates.json")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, ErrTable.With(fmt.Sprintf("the carrier's table %s cannot be read: %v", path, err))
	}
	var t Table
	read := json.NewDecoder(strings.NewReader(string(text)))
	read.DisallowUnknownFields()
	if err := read.Decode(&t); err != nil {
		return nil, ErrTable.With(fmt.Sprintf("the carrier's table %s: %v", path, err))
	}
	return New(t)
}

// New makes a carrier of a table. It returns ErrTable.
func New(t Table) (*Carrier, error) {
	c := &Carrier{table: t}
	if _, known := money.Find(t.Currency); !known {
		return nil, ErrTable.With(fmt.Sprintf("currency: %q is none", t.Currency))
	}
	if t.Name == "" || len(t.Services) == 0 || t.Divisor < 0 {
		return nil, ErrTable.With("name, services: give both; divisor: use 0 or 5000")
	}
	for _, s := range t.Services {
		if s.Code == "" || s.Name == "" || len(s.Rows) == 0 {
			return nil, ErrTable.With(fmt.Sprintf("service %q: give a code, a name and rows", s.Code))
		}
		for i, r := range s.Rows {
			if r.MaxGrams < 1 || r.Price < 0 || r.Price > money.MaxPrice || r.TransitMin < 0 || r.TransitMax < r.TransitMin {
				return nil, ErrTable.With(fmt.Sprintf("service %s, row %d: max_grams from 1, price from 0, transit_max at least transit_min", s.Code, i+1))
			}
		}
		c.services = append(c.services, carriage.Service{Code: s.Code, Name: s.Name})
	}
	return c, nil
}

// Name is the folder's name.
func (*Carrier) Name() string { return "table" }

// Traits says that it knows prices and draws.
func (c *Carrier) Traits() carriage.Traits {
	return carriage.Traits{Rates: true, Collects: true, Services: c.services, Timeout: time.Second}
}

// Rates prices every service that takes all parcels.
func (c *Carrier) Rates(ctx context.Context, q carriage.Query) ([]carriage.Rate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(q.Parcels) == 0 {
		return nil, carriage.Refused("parcels: give at least one")
	}
	if q.Value.Currency != "" && q.Value.Currency != c.table.Currency {
		return nil, carriage.Refused("currency: the contract is in " + string(c.table.Currency))
	}
	var rates []carriage.Rate
	for _, s := range c.table.Services {
		rate := carriage.Rate{Service: s.Code, Name: s.Name, Cost: money.Of(0, c.table.Currency)}
		if c.price(s, q, &rate) {
			rates = append(rates, rate)
		}
	}
	slices.SortStableFunc(rates, func(a, b carriage.Rate) int { return cmp.Compare(a.Cost.Minor, b.Cost.Minor) })
	return rates, nil
}

func (c *Carrier) price(s Service, q carriage.Query, rate *carriage.Rate) bool {
	for _, p := range q.Parcels {
		if p.Check() != nil {
			return false
		}
		i := slices.IndexFunc(s.Rows, func(r Row) bool { return r.fits(q, p.Charged(c.table.Divisor)) })
		if i < 0 {
			return false
		}
		r := s.Rows[i]
		rate.Cost = rate.Cost.Plus(money.Of(r.Price, c.table.Currency))
		rate.TransitMin, rate.TransitMax = max(rate.TransitMin, r.TransitMin), max(rate.TransitMax, r.TransitMax)
	}
	return true
}

func (r Row) fits(q carriage.Query, grams int64) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(q.To.PostalCode, prefix) }
	return grams <= r.MaxGrams &&
		(len(r.Countries) == 0 || slices.Contains(r.Countries, q.To.Country)) &&
		(len(r.Codes) == 0 || slices.ContainsFunc(r.Codes, begins))
}

// Book draws the label of a parcel that the contract covers.
func (c *Carrier) Book(ctx context.Context, b carriage.Booking) (carriage.Label, error) {
	if err := b.Check(c.services); err != nil {
		return carriage.Label{}, err
	}
	b.Value.Currency = c.table.Currency
	rates, err := c.Rates(ctx, carriage.Query{From: b.From, To: b.To, Parcels: []carriage.Parcel{b.Parcel}})
	if err != nil {
		return carriage.Label{}, err
	}
	s := carriage.Choose(c.services, b.Service)
	i := slices.IndexFunc(rates, func(r carriage.Rate) bool { return r.Service == s.Code })
	if i < 0 {
		return carriage.Label{}, carriage.Refused(fmt.Sprintf("%s does not carry %d g to %s %s", s.Name, b.Parcel.Charged(c.table.Divisor), b.To.Country, b.To.PostalCode))
	}
	pdf, err := label.Draw(label.Content{Carrier: c.table.Name, Service: s.Name, Code: b.Reference, Booking: b})
	return carriage.Label{PDF: pdf, Booked: carriage.Booked{Reference: b.Reference, Service: s.Code, Code: b.Reference,
		URL: c.table.Tracking, Cost: rates[i].Cost}}, err
}

// Find believes whoever asks: the contract's carrier has no book we could read.
func (c *Carrier) Find(_ context.Context, reference string) (carriage.Booked, error) {
	return carriage.Booked{Reference: reference, Service: c.services[0].Code, Code: reference, URL: c.table.Tracking}, nil
}

// Track has no story to tell.
func (*Carrier) Track(context.Context, string) ([]carriage.Event, error) { return nil, nil }

// Cancel has nobody to tell.
func (*Carrier) Cancel(context.Context, string) error { return nil }

// Package tax says which taxes are due on what is sold to a place.
//
// It is a table. A row sets the rate of one tax (its Name) for a tax class in a
// country, a region of it, or all postal codes that begin with a prefix, from a
// day on. Rows of one name are alternatives: the most specific place wins, so a
// row for 35… of Spain overrules the one for Spain. Rows of different names are
// due together, as a state's and a county's sales tax are.
//
// The place is settled first and the class within it, where a class without a
// row of its own is taxed as standard. A place that overrules a tax therefore
// lists each of its classes that is not standard there.
//
// Nobody's silence becomes a rate: where no row covers a place, the answer is a
// Rate of zero that says why. The table is read by every cart and changes a few
// times a year, so it is remembered, and a look-up costs no statement of its own.
//
// Due is what a cart asks: the rates of the market's Provider, unless this buyer
// is exempt by certificate, or a business in another country of the Union that
// owes the tax itself. What an order bore is frozen on the order.
package tax

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrInvalid reports an entry that breaks a rule; its text names each bad field.
var ErrInvalid = fault.New(fault.Invalid, "tax.invalid", "the tax rate is not valid: mend the fields named")

// ErrNoRate reports a rate that is not in the table, or not any more.
var ErrNoRate = fault.New(fault.NotFound, "tax.no_rate", "there is no such tax rate; list them to see which there are")

// Standard is the class of what has no class of its own.
const Standard = "standard"

// Million is the whole in parts per million, and the highest rate there is.
const Million = 1_000_000

// Entry is a row of the table. Country, Region, PostalPrefix, Class, Name and
// From name it: saving an entry of the same six changes the rate and its end.
type Entry struct {
	Seq          int64  // the row's number, for paging; 0 before it is saved
	Country      string // ISO 3166, two capitals
	Region       string // "" for the whole country; capitals, such as "CA"
	PostalPrefix string // "" for all; capitals and digits
	Class        string // "" is Standard; small letters, digits, hyphens, underscores
	Name         string // of the tax: "VAT", "CA sales tax", "Los Angeles County"
	PPM          int64  // parts per million of the price before tax, 0..Million
	From         calendar.Date
	To           calendar.Date // the first day it no longer holds; zero: for ever
}

// Query asks what is due in a place on a day. Without a Country it asks for the
// market's own one, without a Date for today by the market's clock.
type Query struct {
	Market     string
	Country    string
	Region     string
	PostalCode string
	Date       calendar.Date
	Provider   string // who knows the rates, for Due; "": as the market has it
}

const memory = "tax"

var remembered = remember.New(memory, load)

func load(ctx context.Context, tx *db.Tx) (table, error) {
	entries, err := selectEntries(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load tax rates: %w", err)
	}
	return tableOf(entries), nil
}

// Rates returns for each class the rates due together, the wider place first.
// No class is without an answer: where no tax is known, it is one Rate of zero
// with its Reason. What it returns belongs to the caller. Its only errors are
// those of the database and market.ErrNotFound.
func Rates(ctx context.Context, tx *db.Tx, q Query, classes []string) (map[string][]Rate, error) {
	q, err := completed(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	t, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	rates := make(map[string][]Rate, len(classes))
	for _, class := range classes {
		if _, answered := rates[class]; !answered {
			rates[class] = t.resolve(q, class)
		}
	}
	return rates, nil
}

// completed fills in what the market knows and folds the place as it is kept.
func completed(ctx context.Context, tx *db.Tx, q Query) (Query, error) {
	if q.Country == "" || q.Date.IsZero() {
		m, err := market.Find(ctx, tx, q.Market)
		if err != nil {
			return q, fmt.Errorf("tax in market %q: %w", q.Market, err)
		}
		if q.Country == "" {
			q.Country, q.Region, q.PostalCode = m.Country, "", ""
		}
		if q.Date.IsZero() {
			zone, err := calendar.Zone(m.Zone)
			if err != nil {
				zone = time.UTC
			}
			q.Date = calendar.DateIn(tx.Now, zone)
		}
	}
	q.Country, q.Region, q.PostalCode = folded(q.Country), folded(q.Region), folded(q.PostalCode)
	return q, nil
}

// SaveRate writes an entry, new or changed. It returns ErrInvalid and may be
// repeated.
func SaveRate(ctx context.Context, tx *db.Tx, e Entry) error {
	e, err := e.checked()
	if err != nil {
		return err
	}
	if err := upsertEntry(ctx, tx, e); err != nil {
		return fmt.Errorf("save tax rate %s of %s: %w", e.Name, e.Country, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// FindRate returns one entry, or ErrNoRate.
func FindRate(ctx context.Context, tx *db.Tx, seq int64) (Entry, error) {
	e, err := selectEntry(ctx, tx, seq)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNoRate
	}
	return e, err
}

// RemoveRate deletes an entry that should never have been. One that has ended
// is given its To instead. Removing what is not there changes nothing.
func RemoveRate(ctx context.Context, tx *db.Tx, seq int64) error {
	if _, err := deleteEntry(ctx, tx, seq); err != nil {
		return fmt.Errorf("remove tax rate %d: %w", seq, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Filter chooses a page of the table.
type Filter struct {
	Country string // "" for all
	After   int64  // the last Seq already seen
	Limit   int    // 1..100; 0 is 100
}

// Classes are those that there are rates of, in the order of the alphabet.
func Classes(ctx context.Context, tx *db.Tx) ([]string, error) { return selectClasses(ctx, tx) }

// List returns a page of the table in the order of writing.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Entry, error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 100
	}
	return listEntries(ctx, tx, f)
}

// Package market says where the shop sells and under whose name.
//
// A market is a group of countries with one currency, one language to begin
// with, one clock and one way to show tax. A legal entity is the seller of
// record behind it: the name and VAT number on its invoices. A channel is a
// place one sells in (a website, a till) and lists the markets it serves.
//
// These records are read by nearly every request and change a few times a
// year, so they are remembered: reading them costs no statement of its own.
// A market's currency never changes, because prices, carts and ledgers were
// written in it; who needs another currency opens another market.
package market

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/address"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrNotFound reports that there is no such market.
	ErrNotFound = fault.New(fault.NotFound, "market.not_found", "no such market: use the id of one that exists, such as DE")
	// ErrChannelNotFound reports that there is no such channel.
	ErrChannelNotFound = fault.New(fault.NotFound, "market.channel_not_found", "no such channel: use the id of one that exists")
	// ErrEntityNotFound reports that there is no such legal entity.
	ErrEntityNotFound = fault.New(fault.NotFound, "market.entity_not_found", "no such legal entity: save the entity first")
	// ErrInvalid reports a record that breaks a rule; its text names each bad field.
	ErrInvalid = fault.New(fault.Invalid, "market.invalid", "the record is not valid: mend the fields named")
	// ErrCurrencyFixed reports an attempt to change a market's currency.
	ErrCurrencyFixed = fault.New(fault.Conflict, "market.currency_fixed", "a market keeps its currency for ever: open another market for another currency")
)

// Tax is rounded on each line or once on the total, as the market's law has it.
const (
	RoundLine  = "line"
	RoundTotal = "total"
)

// Who pays the way back of what is returned.
const (
	PaidByBuyer = "buyer"
	PaidByShop  = "shop"
)

// How goods come back.
const (
	ByParcel = "parcel" // with a carrier of the buyer's choice
	ByLabel  = "label"  // with a label that the shop sends
	ByHand   = "hand"   // to one of the shop's places, or by parcel
)

// Returns are the terms on which goods may be sent back without a reason. What
// the law gives beyond them counts all the same: withdrawal.Days.
type Returns struct {
	Days   int64  // after delivery, at most 365; 0: as many as the law gives
	PaidBy string // PaidByBuyer (also for "") or PaidByShop
	How    string // ByParcel (also for ""), ByLabel or ByHand
}

// EntityID names a legal entity, such as "ent_gmbh".
type EntityID string

// Entity is a seller of record.
type Entity struct {
	ID       EntityID
	Name     string
	VATID    string // "" for a seller without one
	Address  address.Address
	Series   string // begins its document numbers: "DE" makes DE-000001
	Email    string // whom a buyer asks about a document
	Register string // "Amtsgericht Berlin, HRB 12345": where the company is registered
}

// Market is a group of countries sold to on the same terms.
type Market struct {
	ID          string // "DE": capital letters, digits and hyphens
	Name        string
	Currency    money.Currency // never changes
	Countries   []string       // ISO 3166-1 alpha-2, where it delivers to
	Country     string         // the one assumed until the shopper says another
	Locale      string         // BCP 47, the one assumed: "de-DE"
	Zone        string         // IANA: its days begin and end by this clock
	TaxIncluded bool           // prices are shown and kept with tax in them
	TaxRounding string         // RoundLine (also for "") or RoundTotal
	TaxShipping bool           // shipping is taxed
	Entity      EntityID
	Returns     Returns
}

// Serves reports whether the market delivers to a country.
func (m Market) Serves(country string) bool { return slices.Contains(m.Countries, country) }

// Channel is a place one sells in.
type Channel struct {
	ID            string // "web": small letters, digits, hyphens, underscores
	Name          string
	Kind          string // a word such as "storefront", "till"; doors give it meaning
	Markets       []string
	DefaultMarket string // one of Markets
	Theme         string // values of design tokens, as the look's own package writes them; "" for the look as it is
}

// Serves reports whether the channel sells in a market.
func (c Channel) Serves(market string) bool { return slices.Contains(c.Markets, market) }

// book is everything this package keeps, in order of id.
type book struct {
	entities []Entity
	markets  []Market
	channels []Channel
}

const memory = "market"

var remembered = remember.New(memory, load)

func load(ctx context.Context, tx *db.Tx) (b book, err error) {
	if b.entities, err = selectEntities(ctx, tx); err != nil {
		return b, fmt.Errorf("load entities: %w", err)
	}
	if b.markets, err = selectMarkets(ctx, tx); err != nil {
		return b, fmt.Errorf("load markets: %w", err)
	}
	if b.channels, err = selectChannels(ctx, tx); err != nil {
		return b, fmt.Errorf("load channels: %w", err)
	}
	return b, nil
}

// Find returns a market, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id string) (Market, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Market{}, err
	}
	return pick(b.markets, ErrNotFound, func(m Market) bool { return m.ID == id })
}

// FindChannel returns a channel, or ErrChannelNotFound.
func FindChannel(ctx context.Context, tx *db.Tx, id string) (Channel, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Channel{}, err
	}
	return pick(b.channels, ErrChannelNotFound, func(c Channel) bool { return c.ID == id })
}

// FindEntity returns a legal entity, or ErrEntityNotFound.
func FindEntity(ctx context.Context, tx *db.Tx, id EntityID) (Entity, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Entity{}, err
	}
	return pick(b.entities, ErrEntityNotFound, func(e Entity) bool { return e.ID == id })
}

func pick[T any](all []T, missing error, is func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	var none T
	return none, missing
}

// All returns every market in order of id. What it returns is shared: do not change it.
func All(ctx context.Context, tx *db.Tx) ([]Market, error) {
	b, err := remembered.Get(ctx, tx)
	return b.markets, err
}

// Channels returns every channel in order of id. What it returns is shared: do not change it.
func Channels(ctx context.Context, tx *db.Tx) ([]Channel, error) {
	b, err := remembered.Get(ctx, tx)
	return b.channels, err
}

// Entities returns every legal entity in order of id. What it returns is shared: do not change it.
func Entities(ctx context.Context, tx *db.Tx) ([]Entity, error) {
	b, err := remembered.Get(ctx, tx)
	return b.entities, err
}

// SaveEntity writes a legal entity, new or changed. It returns ErrInvalid and
// may be repeated.
func SaveEntity(ctx context.Context, tx *db.Tx, e Entity) error {
	if err := e.check(); err != nil {
		return err
	}
	if err := upsertEntity(ctx, tx, e); err != nil {
		return fmt.Errorf("save entity %s: %w", e.ID, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Save writes a market, new or changed. It returns ErrInvalid,
// ErrEntityNotFound or ErrCurrencyFixed and may be repeated.
func Save(ctx context.Context, tx *db.Tx, m Market) error {
	if m.TaxRounding == "" {
		m.TaxRounding = RoundLine
	}
	m.Returns.PaidBy, m.Returns.How = cmp.Or(m.Returns.PaidBy, PaidByBuyer), cmp.Or(m.Returns.How, ByParcel)
	if err := m.check(); err != nil {
		return err
	}
	if _, err := FindEntity(ctx, tx, m.Entity); err != nil {
		return fmt.Errorf("save market %s: %w", m.ID, err)
	}
	n, err := upsertMarket(ctx, tx, m)
	if err == nil && n == 0 {
		err = ErrCurrencyFixed
	}
	if err != nil {
		return fmt.Errorf("save market %s: %w", m.ID, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// SaveChannel writes a channel, new or changed. It returns ErrInvalid or
// ErrNotFound for a market that does not exist, and may be repeated.
func SaveChannel(ctx context.Context, tx *db.Tx, c Channel) error {
	if err := c.check(); err != nil {
		return err
	}
	for _, id := range c.Markets {
		if _, err := Find(ctx, tx, id); errors.Is(err, ErrNotFound) {
			return ErrNotFound.With(fmt.Sprintf("markets: there is no market %q: save the market first", id))
		} else if err != nil {
			return err
		}
	}
	if err := upsertChannel(ctx, tx, c); err != nil {
		return fmt.Errorf("save channel %s: %w", c.ID, err)
	}
	return remember.Touch(ctx, tx, memory)
}

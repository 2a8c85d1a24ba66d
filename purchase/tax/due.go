package tax

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

// Why tax is not charged to this buyer, or by this seller. Stable.
const (
	ReasonReverse = "reverse_charge" // the buyer owes it in another country of the Union
	ReasonExempt  = "exempt"         // the buyer has a certificate
	ReasonSeller  = "seller_exempt"  // the seller charges none
)

// Texts that an invoice has to bear, by reason.
var texts = map[string]string{
	ReasonReverse: "Reverse charge: the recipient is liable for the VAT (Art. 196 of Directive 2006/112/EC)",
	ReasonExempt:  "Exempt from tax by certificate",
	ReasonSeller:  "The seller is not liable for this tax",
}

// Text is what an invoice has to bear for a reason, in English; "" for none.
func Text(reason string) string { return texts[reason] }

// Buyer is who buys, as far as tax asks.
type Buyer struct {
	Holder  string // the customer, or the cart of a guest, whose certificates count
	Company string
	VATID   string // as typed; one that cannot be one counts as none
}

// Answer is the tax that is due, and what is not.
type Answer struct {
	Rates  map[string][]Rate // by class
	Reason string            // why nobody is charged any; "" when it is charged
	Text   string            // the same for an invoice
	// Spared is the rate, in parts per million of the price before tax, that a
	// price with tax in it contains of each class and this buyer need not pay.
	Spared map[string]int64
}

// Relief is why no tax is charged: the buyer's reason, or that of a seller who
// charges nobody any; "" when tax is charged.
func (a Answer) Relief() string {
	if a.Reason != "" {
		return a.Reason
	}
	for _, due := range a.Rates {
		for _, r := range due {
			if r.Reason != ReasonSeller {
				return ""
			}
		}
	}
	if len(a.Rates) == 0 {
		return ""
	}
	return ReasonSeller
}

// Settings are how a market's tax is found.
type Settings struct {
	Market string
	// Provider names who knows the rates: ProviderTable (also for "") or
	// ProviderExempt.
	Provider string
	// ShippingClass is the class of the delivery: "" for Standard, ClassGoods or
	// ClassShared.
	ShippingClass string
}

// How the delivery is taxed beside classes of its own.
const (
	ClassGoods  = "goods"  // as most of the goods' value
	ClassShared = "shared" // with each of the goods' rates, by their share of the value, as the Union's states ask for
)

// The providers.
const (
	ProviderTable  = "table"  // the rates of the table
	ProviderExempt = "exempt" // the seller charges no tax, as a small business
)

// Providers are their names, the usual one first.
var Providers = []string{ProviderTable, ProviderExempt}

// Provider knows the rates of classes in a place. It never calls another
// machine, for it is asked within a transaction; a class it knows nothing of
// gets a Rate of zero with its Reason.
type Provider interface {
	Rates(ctx context.Context, tx *db.Tx, q Query, classes []string) (map[string][]Rate, error)
}

// providers by name.
var providers = map[string]Provider{ProviderTable: Table{}, ProviderExempt: Exempt{}}

// ProviderOf is who knew the tax of an order, by the reason it was placed with:
// what is added to it later is taxed in the same way.
func ProviderOf(reason string) string {
	if reason == ReasonSeller {
		return ProviderExempt
	}
	return ProviderTable
}

// Table is the provider that asks the table.
type Table struct{}

// Rates is the package's Rates.
func (Table) Rates(ctx context.Context, tx *db.Tx, q Query, classes []string) (map[string][]Rate, error) {
	return Rates(ctx, tx, q, classes)
}

// Exempt is the provider of a seller who charges no tax.
type Exempt struct{}

// Rates is zero for every class.
func (Exempt) Rates(ctx context.Context, tx *db.Tx, q Query, classes []string) (map[string][]Rate, error) {
	q, err := completed(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	return none(q, classes, ReasonSeller), nil
}

// none is no tax for every class.
func none(q Query, classes []string, reason string) map[string][]Rate {
	rates := make(map[string][]Rate, len(classes))
	name := "no tax"
	if reason == ReasonReverse {
		name = "Reverse charge"
	}
	for _, class := range classes {
		rates[class] = []Rate{{Name: name, Country: q.Country, Region: q.Region, Reason: reason}}
	}
	return rates
}

const settingsMemory = "tax_settings"

// settled is what is remembered beside the table.
type settled struct {
	markets    map[string]Settings
	exemptions map[string][]Exemption // by holder
}

var rememberedSettings = remember.New(settingsMemory, func(ctx context.Context, tx *db.Tx) (s settled, err error) {
	s = settled{map[string]Settings{}, map[string][]Exemption{}}
	all, err := selectSettings(ctx, tx)
	for _, one := range all {
		s.markets[one.Market] = one
	}
	if err != nil {
		return s, err
	}
	exempt, err := selectExemptions(ctx, tx)
	for _, e := range exempt {
		s.exemptions[e.Holder] = append(s.exemptions[e.Holder], e)
	}
	return s, err
})

// Due returns what tax a buyer is charged: the provider's rates, unless the
// buyer is exempt, or a business in another country of the Union that owes the
// tax itself. Its only errors are those of the database and market.ErrNotFound.
func Due(ctx context.Context, tx *db.Tx, q Query, b Buyer, classes []string) (Answer, error) {
	s, err := rememberedSettings.Get(ctx, tx)
	if err != nil {
		return Answer{}, err
	}
	provider, ok := providers[cmp.Or(q.Provider, s.markets[q.Market].Provider)]
	if !ok {
		provider = Table{}
	}
	rates, err := provider.Rates(ctx, tx, q, classes)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Rates: rates}
	if a.Reason, err = relief(ctx, tx, q, b, s); err != nil || a.Reason == "" {
		return a, err
	}
	if q, err = completed(ctx, tx, q); err != nil {
		return Answer{}, err
	}
	a.Text = texts[a.Reason]
	a.Spared = make(map[string]int64, len(rates))
	for class, due := range rates {
		for _, r := range due {
			a.Spared[class] += r.PPM
		}
	}
	a.Rates = none(q, classes, a.Reason)
	return a, nil
}

// relief says why a buyer is not charged tax; "" when they are.
func relief(ctx context.Context, tx *db.Tx, q Query, b Buyer, s settled) (string, error) {
	if len(s.exemptions[b.Holder]) == 0 && b.VATID == "" {
		return "", nil
	}
	q, err := completed(ctx, tx, q)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(s.exemptions[b.Holder], func(e Exemption) bool { return e.holds(q) }) {
		return ReasonExempt, nil
	}
	if b.VATID == "" || strings.TrimSpace(b.Company) == "" {
		return "", nil
	}
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return "", fmt.Errorf("tax in market %q: %w", q.Market, err)
	}
	seller, err := market.FindEntity(ctx, tx, m.Entity)
	if err != nil {
		return "", fmt.Errorf("seller of market %q: %w", q.Market, err)
	}
	_, theirs, err := CheckVATID(b.VATID)
	ours := seller.Address.Country
	if err != nil || seller.VATID == "" || !InEU(ours) || theirs == ours || q.Country == ours || !InEU(q.Country) {
		return "", nil
	}
	return ReasonReverse, nil
}

// FindSettings returns how a market's tax is found.
func FindSettings(ctx context.Context, tx *db.Tx, marketID string) (Settings, error) {
	all, err := rememberedSettings.Get(ctx, tx)
	if err != nil {
		return Settings{}, err
	}
	s, ok := all.markets[marketID]
	if !ok {
		s = Settings{Market: marketID, Provider: ProviderTable}
	}
	return s, nil
}

// SaveSettings writes how a market's tax is found. It returns ErrInvalid and
// market.ErrNotFound and may be repeated.
func SaveSettings(ctx context.Context, tx *db.Tx, s Settings) error {
	if s.Provider == "" {
		s.Provider = ProviderTable
	}
	if _, ok := providers[s.Provider]; !ok {
		return ErrInvalid.With("provider: use table or exempt")
	}
	if s.ShippingClass != "" && !classWord.MatchString(s.ShippingClass) {
		return ErrInvalid.With("shipping_class: use a tax class such as standard, or goods, or shared")
	}
	if _, err := market.Find(ctx, tx, s.Market); err != nil {
		return fmt.Errorf("save tax settings: %w", err)
	}
	if err := upsertSettings(ctx, tx, s); err != nil {
		return fmt.Errorf("save tax settings of %s: %w", s.Market, err)
	}
	return remember.Touch(ctx, tx, settingsMemory)
}

// Exemption says that a buyer is charged no tax in a country, for a time.
type Exemption struct {
	Holder      string // a customer, or a guest's cart
	Country     string // "" for every country
	Region      string // "" for the whole country
	Certificate string // its number, at most 80 characters
	Reason      string // why: "reseller", "embassy"; at most 80 characters
	From        calendar.Date
	To          calendar.Date // the first day it no longer holds; zero: for ever
}

func (e Exemption) holds(q Query) bool {
	return (e.Country == "" || e.Country == q.Country) && (e.Region == "" || e.Region == q.Region) &&
		!q.Date.Before(e.From) && (e.To.IsZero() || q.Date.Before(e.To))
}

// SaveExemption writes an exemption; one of the same holder, country and region
// is replaced. It returns ErrInvalid and may be repeated.
func SaveExemption(ctx context.Context, tx *db.Tx, e Exemption) error {
	e.Country, e.Region = folded(e.Country), folded(e.Region)
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(e.Holder != "" && len(e.Holder) <= maxText, "holder: name the customer or the cart")
	unless(e.Country == "" || twoLetters.MatchString(e.Country), "country: use two letters such as US, or leave it empty")
	unless(len(e.Region) <= 10 && (e.Region == "" || e.Country != ""), "region: use a code of at most 10 characters, with its country")
	unless(strings.TrimSpace(e.Certificate) != "" && len(e.Certificate) <= maxText, "certificate: give its number")
	unless(strings.TrimSpace(e.Reason) != "" && len(e.Reason) <= maxText, "reason: say why, such as reseller")
	unless(e.To.IsZero() || e.From.Before(e.To), "to: must be a day after from, or empty")
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	if e.From.IsZero() {
		e.From = calendar.DateIn(tx.Now.AddDate(0, 0, -1), time.UTC)
	}
	if err := upsertExemption(ctx, tx, e); err != nil {
		return fmt.Errorf("save exemption of %s: %w", e.Holder, err)
	}
	return remember.Touch(ctx, tx, settingsMemory)
}

// RemoveExemption ends an exemption at once. Removing none changes nothing.
func RemoveExemption(ctx context.Context, tx *db.Tx, holder, country, region string) error {
	if err := deleteExemption(ctx, tx, holder, folded(country), folded(region)); err != nil {
		return fmt.Errorf("remove exemption of %s: %w", holder, err)
	}
	return remember.Touch(ctx, tx, settingsMemory)
}

// Exemptions returns all exemptions in order of holder. They are few, and kept
// in memory.
func Exemptions(ctx context.Context, tx *db.Tx) ([]Exemption, error) {
	return selectExemptions(ctx, tx)
}

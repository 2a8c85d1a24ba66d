package market

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"korzo/value/money"

	"golang.org/x/text/language"
)

const (
	maxName      = 200
	maxCountries = 300
	maxTheme     = 2000

	maxReturnDays = 365
)

var (
	marketID  = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,15}$`)
	word      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	seriesID  = regexp.MustCompile(`^[A-Z0-9-]{0,10}$`)
	twoLetter = regexp.MustCompile(`^[A-Z]{2}$`)
)

// problems gathers what is wrong, each with the name of its field.
type problems []string

func (p *problems) unless(ok bool, field, text string) {
	if !ok {
		*p = append(*p, field+": "+text)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return ErrInvalid.With(strings.Join(p, "; "))
}

func (e Entity) check() error {
	var p problems
	p.unless(word.MatchString(string(e.ID)), "id", "use small letters, digits, hyphens and underscores, such as ent_gmbh")
	p.unless(named(e.Name), "name", fmt.Sprintf("give a name of at most %d characters", maxName))
	p.unless(len(e.VATID) <= 20, "vat_id", "use at most 20 characters")
	p.unless(seriesID.MatchString(e.Series), "series", "use at most 10 capital letters, digits and hyphens")
	return p.err()
}

func (m Market) check() error {
	var p problems
	p.unless(marketID.MatchString(m.ID), "id", "use at most 16 capital letters, digits and hyphens, such as DE")
	p.unless(named(m.Name), "name", fmt.Sprintf("give a name of at most %d characters", maxName))
	_, known := money.Find(m.Currency)
	p.unless(known, "currency", "use an ISO 4217 code such as EUR")
	p.unless(len(m.Countries) > 0 && len(m.Countries) <= maxCountries, "countries", "name at least one country")
	for _, c := range m.Countries {
		p.unless(twoLetter.MatchString(c), "countries", fmt.Sprintf("%q is not two capital letters", c))
	}
	p.unless(m.Serves(m.Country), "country", "must be one of the countries")
	_, err := language.Parse(m.Locale)
	p.unless(err == nil, "locale", "use a language tag such as de-DE")
	_, err = time.LoadLocation(m.Zone)
	p.unless(err == nil && m.Zone != "" && m.Zone != "Local", "zone", "use an IANA zone such as Europe/Berlin")
	p.unless(m.TaxRounding == RoundLine || m.TaxRounding == RoundTotal, "tax_rounding", "must be line or total")
	p.unless(m.Returns.Days >= 0 && m.Returns.Days <= maxReturnDays, "return_days", fmt.Sprintf("from 0, which is what the law gives, to %d", maxReturnDays))
	p.unless(m.Returns.PaidBy == PaidByBuyer || m.Returns.PaidBy == PaidByShop, "return_paid_by", "must be buyer or shop")
	p.unless(slices.Contains([]string{ByParcel, ByLabel, ByHand}, m.Returns.How), "return_how", "must be parcel, label or hand")
	p.unless(m.Entity != "", "entity", "name the legal entity that sells here")
	return p.err()
}

func (c Channel) check() error {
	var p problems
	p.unless(word.MatchString(c.ID), "id", "use small letters, digits, hyphens and underscores, such as web")
	p.unless(named(c.Name), "name", fmt.Sprintf("give a name of at most %d characters", maxName))
	p.unless(word.MatchString(c.Kind), "kind", "use a word of small letters such as storefront")
	p.unless(len(c.Theme) <= maxTheme && (c.Theme == "" || json.Valid([]byte(c.Theme))), "theme", "is no theme: save it on its page")
	p.unless(len(c.Markets) > 0, "markets", "name at least one market")
	p.unless(slices.Contains(c.Markets, c.DefaultMarket), "default_market", "must be one of the markets")
	return p.err()
}

func named(s string) bool { return strings.TrimSpace(s) != "" && len(s) <= maxName }

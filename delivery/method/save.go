package method

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"korzo/delivery/price/rule"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"

	"golang.org/x/text/language"
)

const (
	maxDays      = 365
	maxPosition  = 1000
	maxName      = 100
	maxNames     = 50
	maxCountries = 300
	maxSettings  = 16 << 10
	maxGroups    = 50
)

var (
	methodID    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	carrierName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	twoLetters  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// Save writes a method, new or changed. Its price rule is made once to see that
// it can be. It returns ErrInvalid and may be repeated.
func Save(ctx context.Context, tx *db.Tx, m Method) error {
	in, err := market.Find(ctx, tx, m.Market)
	if errors.Is(err, market.ErrNotFound) {
		return ErrInvalid.With(fmt.Sprintf("market: there is no market %q: save the market first", m.Market))
	}
	if err != nil {
		return err
	}
	wrong := m.check(in)
	if _, err := rule.New(m.Rule, m.Settings, in.Currency); err != nil {
		wrong = append(wrong, "rule: "+fault.TextOf(err))
	}
	text, err := m.checkLocation(ctx, tx)
	if err != nil {
		return err
	}
	if text != "" {
		wrong = append(wrong, text)
	}
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	if err := upsertMethod(ctx, tx, row{m, in.Currency}); err != nil {
		return fmt.Errorf("save delivery method %s: %w", m.ID, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// check says what is wrong with the fields that need no look-up.
func (m Method) check(in market.Market) (wrong []string) {
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(methodID.MatchString(m.ID), "id: use small letters, digits, hyphens and underscores, such as de_standard")
	unless(m.Kind == Ship || m.Kind == Pickup, "kind: must be ship or pickup")
	unless(len(m.Name) > 0 && len(m.Name) <= maxNames, "name: give a name in at least one locale")
	for locale, name := range m.Name {
		_, err := language.Parse(locale)
		unless(err == nil, fmt.Sprintf("name: %.20q is no locale such as de or de-AT", locale))
		unless(strings.TrimSpace(name) != "" && len(name) <= maxName, fmt.Sprintf("name: use 1 to %d characters", maxName))
	}
	unless(len(m.Countries) <= maxCountries, "countries: too many")
	for _, c := range m.Countries {
		unless(twoLetters.MatchString(c), fmt.Sprintf("countries: %.10q is not two capital letters", c))
		unless(m.Kind == Pickup || in.Serves(c), fmt.Sprintf("countries: market %s does not deliver to %.10q", in.ID, c))
	}
	unless(m.Points == "" || m.Kind == Ship && carrierName.MatchString(m.Points), "points: name a carrier with points of its own, for what is sent")
	unless(len(m.Groups) <= maxGroups, fmt.Sprintf("groups: name at most %d", maxGroups))
	unless(len(m.Settings) <= maxSettings, "settings: too long")
	unless(m.CutOff >= 0 && m.CutOff < 24*60, "cut_off: use a time of day such as 14:00")
	unless(m.LeadDays >= 0 && m.LeadDays <= maxDays, fmt.Sprintf("lead_days: use 0 to %d", maxDays))
	unless(m.TransitMin >= 0 && m.TransitMin <= m.TransitMax && m.TransitMax <= maxDays,
		fmt.Sprintf("transit: use 0 to %d days, the smaller number first", maxDays))
	unless(m.Position >= 0 && m.Position <= maxPosition, fmt.Sprintf("position: use 0 to %d", maxPosition))
	return wrong
}

// checkLocation says what is wrong with the location, "" if nothing is.
func (m Method) checkLocation(ctx context.Context, tx *db.Tx) (wrong string, err error) {
	if m.Location == "" {
		if m.Kind == Pickup {
			return "location: name the place where the goods wait", nil
		}
		return "", nil
	}
	l, err := inventory.FindLocation(ctx, tx, m.Location)
	switch {
	case errors.Is(err, inventory.ErrLocationNotFound):
		return fmt.Sprintf("location: there is no location %.50q: save it first", m.Location), nil
	case err != nil:
		return "", err
	case m.Kind == Pickup && !l.Pickup:
		return fmt.Sprintf("location: nobody can collect at %s: allow pickup there first", l.ID), nil
	case m.Kind == Ship && !l.Ships:
		return fmt.Sprintf("location: %s sends no parcels: allow shipping there first", l.ID), nil
	}
	return "", nil
}

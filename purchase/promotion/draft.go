package promotion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit"
	"korzo/purchase/promotion/condition"
	"korzo/value/money"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// checked returns the draft as it is stored, or ErrInvalid naming each bad field.
func checked(ctx context.Context, tx *db.Tx, d Draft) (Draft, error) {
	d.Name, d.Code = strings.TrimSpace(d.Name), strings.TrimSpace(d.Code)
	if d.State == "" {
		d.State = StateActive
	}
	d.ByCode = d.ByCode || d.Code != ""
	wrong := append(d.flaws(), d.limitFlaws()...)
	t, terms := d.termFlaws()
	wrong = append(wrong, terms...)
	if d.Market != "" {
		m, err := market.Find(ctx, tx, d.Market)
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return d, err
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("market: there is no market %q", d.Market))
		} else {
			wrong = append(wrong, d.moneyFlaws(t, m.Currency)...)
		}
	}
	if len(wrong) > 0 {
		return d, ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return d, nil
}

// moneyFlaws are amounts that nobody has in the only market it is for.
func (d *Draft) moneyFlaws(t terms, of money.Currency) (wrong []string) {
	if b, ok := t.benefit.(limitedTo); ok && len(b.Currencies()) > 0 && b.Currencies()[of] == 0 {
		wrong = append(wrong, fmt.Sprintf("amount: give one in the market's currency, %s", of))
	}
	if d.Budget.Currency != "" && d.Budget.Currency != of {
		wrong = append(wrong, fmt.Sprintf("budget: give one in the market's currency, %s", of))
	}
	return wrong
}

// flaws are what is wrong with the draft's own fields.
func (d *Draft) flaws() (wrong []string) {
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(d.Name != "" && len(d.Name) <= maxName, fmt.Sprintf("name: give a name of at most %d characters", maxName))
	unless(d.Code == "" || wellFormed(d.Code), fmt.Sprintf("code: use 1 to %d letters, digits and signs without spaces", MaxCode))
	unless(d.Ends.IsZero() || d.Starts.Before(d.Ends), "ends: must be later than starts")
	unless(d.State == StateDraft || d.State == StateActive, "state: create it as draft or active")
	unless(d.Priority >= -maxPriority && d.Priority <= maxPriority, fmt.Sprintf("priority: use -%d to %d", maxPriority, maxPriority))
	return wrong
}

// limitFlaws are what is wrong with its limits.
func (d *Draft) limitFlaws() (wrong []string) {
	if d.UsageLimit < 0 {
		wrong = append(wrong, "usage_limit: use 1 or more, or 0 for no limit")
	}
	if d.PerCustomer < 0 {
		wrong = append(wrong, "per_customer: use 1 or more, or 0 for no limit")
	}
	switch {
	case d.PerPeriod < 0:
		wrong = append(wrong, "per_period: use 1 or more, or 0 for no limit")
	case (d.PerPeriod > 0) != (d.Period != ""):
		wrong = append(wrong, "period: give both period and per_period, or neither")
	case d.Period != "" && d.Period != PeriodDay && d.Period != PeriodWeek && d.Period != PeriodMonth:
		wrong = append(wrong, "period: use day, week or month")
	}
	if d.Budget != (money.Amount{}) && !chargeable(d.Budget) {
		wrong = append(wrong, "budget: use a positive amount that the currency can charge, such as 10000 for 100.00 EUR")
	}
	return wrong
}

// termFlaws are what is wrong with the benefit, its goods and the conditions.
func (d *Draft) termFlaws() (t terms, wrong []string) {
	b, err := benefit.New(d.Benefit.Kind, d.Benefit.Settings)
	if t.benefit = b; err != nil {
		wrong = append(wrong, textOf("benefit", err))
	}
	if err := d.Items.Check("items"); err != nil {
		wrong = append(wrong, fault.TextOf(err))
	}
	if len(d.Conditions) > MaxConditions {
		return t, append(wrong, fmt.Sprintf("conditions: use at most %d", MaxConditions))
	}
	for i, spec := range d.Conditions {
		c, err := condition.New(spec.Kind, spec.Settings)
		if err != nil {
			wrong = append(wrong, textOf(fmt.Sprintf("conditions[%d]", i), err))
		} else if c.Needs().Once && d.PerCustomer == 0 {
			d.PerCustomer = 1 // of two first orders at the same moment one is the first
		}
	}
	return t, wrong
}

// textOf is an error's text with the field it is about; a semicolon separates
// fields, so a text has none.
func textOf(field string, err error) string {
	text := strings.ReplaceAll(fault.TextOf(err), ";", ",")
	if field == "benefit" && errors.Is(err, basket.ErrSettings) {
		return text // it names the field of the settings
	}
	return field + ": " + text
}

func chargeable(a money.Amount) bool {
	info, known := money.Find(a.Currency)
	return known && a.Minor > 0 && a.Minor <= money.MaxPrice && a.Minor%info.ChargeStep == 0
}

func wellFormed(code string) bool {
	for _, r := range code {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return false
		}
	}
	return utf8.RuneCountInString(code) <= MaxCode && fold(code) != ""
}

// fold is the form in which codes are compared: "Spring", "SPRING" and
// "ｓｐｒｉｎｇ" are one. It is done here because databases disagree about it.
func fold(code string) string {
	if len(code) > 4*MaxCode || !utf8.ValidString(code) || strings.ContainsFunc(code, unicode.IsControl) {
		return "" // no such code, and nothing a database should see
	}
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(code)))
}

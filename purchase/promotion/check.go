package promotion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// MaxCodes is how many codes Check answers at once.
	MaxCodes = 20
	// MaxCode is the longest code, in characters.
	MaxCode = 40

	maxName      = 200
	maxAutomatic = 50 // promotions that apply by themselves at one time
	million      = 1_000_000
)

// Why a code does not apply. The reasons are stable; doors translate them.
const (
	ReasonUnknown       = "unknown"        // no such code, or a draft
	ReasonNotStarted    = "not_started"    // its time is yet to come
	ReasonEnded         = "ended"          // its time is over
	ReasonExhausted     = "exhausted"      // used as often as it may be
	ReasonWrongMarket   = "wrong_market"   // another market's
	ReasonWrongCurrency = "wrong_currency" // a fixed amount in another currency
	ReasonDuplicate     = "duplicate"      // the same code, earlier in the list, has its answer
)

// Code is the answer for one code, or one promotion that applies by itself.
type Code struct {
	Code     string // as it was asked; "" for an automatic promotion
	Applied  bool
	Reason   string   // why not; "" when applied
	Discount Discount // what quote reckons with, when applied
}

// Check answers for every asked code, in the order asked, and then adds the
// automatic promotions that apply, in order of their making. It holds nothing:
// Redeem may still find a promotion exhausted. It takes at most two statements
// and returns ErrCodes and market.ErrNotFound.
func Check(ctx context.Context, tx *db.Tx, marketID string, codes []string, now time.Time) ([]Code, error) {
	if len(codes) > MaxCodes {
		return nil, ErrCodes
	}
	m, err := market.Find(ctx, tx, marketID)
	if err != nil {
		return nil, fmt.Errorf("check codes in market %q: %w", marketID, err)
	}
	keys := make([]string, len(codes))
	for i, code := range codes {
		keys[i] = fold(code)
	}
	known, err := selectForCheck(ctx, tx, m.ID, now, keys)
	if err != nil {
		return nil, fmt.Errorf("check codes: %w", err)
	}
	answers := make([]Code, 0, len(codes)+len(known))
	asked := make(map[string]bool, len(codes))
	for i, key := range keys {
		answer := Code{Code: codes[i], Reason: ReasonUnknown}
		switch p, ok := known.byCode(key); {
		case key != "" && asked[key]:
			answer.Reason = ReasonDuplicate
		case ok:
			answer = p.answer(codes[i], m, now)
		}
		asked[key] = true
		answers = append(answers, answer)
	}
	for i := range known {
		if known[i].Code != "" {
			continue
		}
		if answer := known[i].answer("", m, now); answer.Applied {
			answers = append(answers, answer)
		}
	}
	return answers, nil
}

// batch is what one statement of Check found.
type batch []Promotion

func (b batch) byCode(key string) (*Promotion, bool) {
	for i := range b {
		if b[i].Code != "" && fold(b[i].Code) == key {
			return &b[i], true
		}
	}
	return nil, false
}

func (p *Promotion) answer(asked string, m market.Market, now time.Time) Code {
	if reason := p.refusal(m, now); reason != "" {
		return Code{Code: asked, Reason: reason}
	}
	return Code{Code: asked, Applied: true, Discount: Discount{
		Promotion: p.ID, Code: p.Code, Kind: p.Kind, PPM: p.PPM, Amount: p.Amount,
	}}
}

// refusal returns why the promotion does not apply, "" if it does.
func (p *Promotion) refusal(m market.Market, now time.Time) string {
	switch {
	case p.State == StateDraft:
		return ReasonUnknown
	case p.State == StateEnded, !p.Ends.IsZero() && !now.Before(p.Ends):
		return ReasonEnded
	case now.Before(p.Starts):
		return ReasonNotStarted
	case p.Market != "" && p.Market != m.ID:
		return ReasonWrongMarket
	case p.Kind == Fixed && p.Amount.Currency != m.Currency:
		return ReasonWrongCurrency
	case p.UsageLimit > 0 && p.Used >= p.UsageLimit:
		return ReasonExhausted
	}
	return ""
}

// fold is the form in which codes are compared: "Spring", "SPRING" and
// "ｓｐｒｉｎｇ" are one. It is done here because databases disagree about it.
func fold(code string) string {
	if len(code) > 4*MaxCode || !utf8.ValidString(code) || strings.ContainsFunc(code, unicode.IsControl) {
		return "" // no such code, and nothing a database should see
	}
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(code)))
}

// checked returns the draft as it is stored, or ErrInvalid.
func checked(ctx context.Context, tx *db.Tx, d Draft) (Draft, error) {
	d.Name, d.Code = strings.TrimSpace(d.Name), strings.TrimSpace(d.Code)
	if d.State == "" {
		d.State = StateActive
	}
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(d.Name != "" && len(d.Name) <= maxName, fmt.Sprintf("name: give a name of at most %d characters", maxName))
	unless(d.Code == "" || wellFormed(d.Code), fmt.Sprintf("code: use 1 to %d letters, digits and signs without spaces", MaxCode))
	unless(d.UsageLimit >= 0, "usage_limit: use 1 or more, or 0 for no limit")
	unless(d.Ends.IsZero() || d.Starts.Before(d.Ends), "ends: must be later than starts")
	unless(d.State == StateDraft || d.State == StateActive, "state: create it as draft or active")
	switch d.Kind {
	case Percent:
		unless(d.PPM > 0 && d.PPM <= million, "percent: use more than 0 and at most 100")
		unless(d.Amount == money.Amount{}, "amount: give either a percentage or an amount")
	case Fixed:
		unless(d.PPM == 0, "percent: give either a percentage or an amount")
		unless(chargeable(d.Amount), "amount: use a positive amount that the currency can charge, such as 500 for 5.00 EUR")
	default:
		unless(false, "kind: use percent or fixed")
	}
	if d.Market != "" {
		m, err := market.Find(ctx, tx, d.Market)
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return d, err
		}
		unless(err == nil, fmt.Sprintf("market: there is no market %q", d.Market))
		unless(err != nil || d.Kind != Fixed || d.Amount.Currency == m.Currency, "amount: must be in the market's currency")
	}
	if len(wrong) > 0 {
		return d, ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return d, nil
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

package adminapi

import (
	"context"

	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

var (
	errPreset   = fault.New(fault.Invalid, "adminapi.preset", "there is no preset for this country; there are DE, HU, SE, TR and US")
	errCurrency = fault.New(fault.Invalid, "adminapi.currency", "write amounts in the market's currency")
)

// payMethodBody is a way to pay: its scheme's rules, and the merchant's word in a market.
type payMethodBody struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind"`
	Name       map[string]string `json:"name" doc:"By language: en, de, hu"`
	Flow       string            `json:"flow"`
	Desk       string            `json:"desk_flow,omitempty"`
	Countries  []string          `json:"countries" doc:"Of the buyer; empty: everywhere"`
	Currencies []string          `json:"currencies" doc:"Empty: all"`
	Needs      []string          `json:"needs"`
	Capture    captureRuleBody   `json:"capture"`
	Refund     refundRuleBody    `json:"refund"`
	Session    int64             `json:"session_seconds,omitempty" doc:"How long a shopper has for their part"`
	Gateways   []string          `json:"gateways"`
	Takes      bool              `json:"available" doc:"The scheme takes the market's currency"`
	Enabled    bool              `json:"enabled"`
	Position   int64             `json:"position"`
	Min        *amountBody       `json:"min,omitempty"`
	Max        *amountBody       `json:"max,omitempty"`
	Fee        *amountBody       `json:"fee,omitempty"`
	FeePercent percent           `json:"fee_percent"`
	Taken      string            `json:"taken" doc:"When held money is taken in this market: now, shipment or hand"`
}

type captureRuleBody struct {
	When  string `json:"when" doc:"now, shipment or hand"`
	Parts bool   `json:"parts"`
	Days  int64  `json:"days,omitempty" doc:"How long a hold lives; left out: it has no end, or there is no hold"`
}

type refundRuleBody struct {
	Parts  bool `json:"parts"`
	Days   int  `json:"days,omitempty" doc:"After the capture; left out: without end"`
	ByIBAN bool `json:"by_iban,omitempty" doc:"Not the way it came: to the shopper's account"`
}

func payMethodOf(m paymethod.Method, s paymethod.Setting, c money.Currency) payMethodBody {
	b := payMethodBody{ID: m.ID, Kind: m.Kind, Name: m.Name, Flow: string(m.Flow), Desk: string(m.Desk),
		Countries: append([]string{}, m.Countries...), Currencies: []string{}, Needs: []string{}, Gateways: m.Gateways,
		Capture: captureRuleBody{string(m.Capture.When), m.Capture.Parts, int64(m.Capture.Life.Hours() / 24)},
		Refund:  refundRuleBody{m.Refund.Parts, m.Refund.Days, m.Refund.ByIBAN}, Session: int64(m.Session.Seconds()),
		Takes: m.Pays(c), Enabled: s.Enabled, Position: s.Position, FeePercent: percent(s.FeePPM),
		Min: given(s.Min, c), Max: given(s.Max, c), Fee: given(s.Fee, c), Taken: string(s.Takes(m))}
	for _, one := range m.Currencies {
		b.Currencies = append(b.Currencies, string(one))
	}
	for _, n := range m.Needs {
		b.Needs = append(b.Needs, string(n))
	}
	return b
}

// given is an amount, or nothing for none.
func given(minor int64, c money.Currency) *amountBody {
	if minor == 0 {
		return nil
	}
	return &amountBody{minor, string(c)}
}

type payMethodsInput struct {
	Market string `query:"market" required:"true" maxLength:"40"`
}

func (a *API) listPayMethods(ctx context.Context, in *payMethodsInput) (*list[payMethodBody], error) {
	var bodies []payMethodBody
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		bodies, err = payMethodsOf(ctx, tx, in.Market)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

// payMethodsOf lists those a market has decided about, as it shows them, then
// the others.
func payMethodsOf(ctx context.Context, tx *db.Tx, id string) (bodies []payMethodBody, err error) {
	m, err := market.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	settings, err := paymethod.Settings(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	decided := map[string]bool{}
	for _, s := range settings {
		if method, ok := paymethod.Find(s.Method); ok {
			decided[s.Method] = true
			bodies = append(bodies, payMethodOf(method, s, m.Currency))
		}
	}
	for _, method := range paymethod.All() {
		if !decided[method.ID] {
			bodies = append(bodies, payMethodOf(method, paymethod.Setting{}, m.Currency))
		}
	}
	return bodies, nil
}

type savePayMethodInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Market     string      `json:"market"`
		Enabled    bool        `json:"enabled"`
		Position   int64       `json:"position,omitempty"`
		Min        *amountBody `json:"min,omitempty"`
		Max        *amountBody `json:"max,omitempty" doc:"Your ceiling; left out: the scheme's"`
		Fee        *amountBody `json:"fee,omitempty"`
		FeePercent percent     `json:"fee_percent,omitempty"`
		Capture    string      `json:"capture,omitempty" enum:"now,shipment,hand" doc:"When held money is taken; left out: with the order"`
	}
}

type payMethodOutput struct {
	Body payMethodBody
}

func (a *API) savePayMethod(ctx context.Context, in *savePayMethodInput) (*payMethodOutput, error) {
	b := in.Body
	s := paymethod.Setting{Market: b.Market, Method: in.ID, Enabled: b.Enabled, Position: b.Position, FeePPM: int64(b.FeePercent), Capture: paymethod.When(b.Capture)}
	out := new(payMethodOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := market.Find(ctx, tx, b.Market)
		if err != nil {
			return err
		}
		for _, v := range []struct {
			to   *int64
			from *amountBody
		}{{&s.Min, b.Min}, {&s.Max, b.Max}, {&s.Fee, b.Fee}} {
			if v.from == nil {
				continue
			}
			if v.from.Currency != string(m.Currency) {
				return errCurrency
			}
			*v.to = v.from.Amount
		}
		if err := paymethod.Save(ctx, tx, s); err != nil {
			return err
		}
		method, _ := paymethod.Find(in.ID)
		out.Body = payMethodOf(method, s, m.Currency)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "paymethod.save", Subject: b.Market + "/" + in.ID})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type presetInput struct {
	Body struct {
		Market  string `json:"market"`
		Country string `json:"country" doc:"Whose usual methods the market begins with: DE, HU, SE, TR or US"`
	}
}

func (a *API) beginPayMethods(ctx context.Context, in *presetInput) (*list[payMethodBody], error) {
	var bodies []payMethodBody
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if len(paymethod.Preset(in.Body.Country)) == 0 {
			return errPreset
		}
		if err = paymethod.Begin(ctx, tx, in.Body.Market, in.Body.Country); err != nil {
			return err
		}
		if bodies, err = payMethodsOf(ctx, tx, in.Body.Market); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "paymethod.begin", Subject: in.Body.Market})
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

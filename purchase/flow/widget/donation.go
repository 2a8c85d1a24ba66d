package widget

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

// donation lets the shopper give to somebody. It bears no tax, no discount
// touches it, and the books owe it on.
var donation = Kind{Name: "donation", Title: "Donation", Doc: "A gift to a good cause with the order: amounts to choose from, or one's own.",
	Places: []string{PlacePayment, PlaceDelivery, PlaceSummary}, Many: true,
	Schema: json.RawMessage(`{"type": "object", "required": ["to", "amounts"], "additionalProperties": false, "properties": {
		"to": {"type": "string", "minLength": 1, "maxLength": 80, "description": "Who gets it, as shoppers read it."},
		"text": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}, "description": "A sentence about it, by language."},
		"amounts": {"type": "object", "minProperties": 1, "description": "What is offered, by currency, in minor units (cents).",
			"propertyNames": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "write a currency such as EUR"},
			"additionalProperties": {"type": "array", "minItems": 1, "maxItems": 5, "items": {"type": "integer", "minimum": 1, "maximum": 100000000}}},
		"own": {"type": "boolean", "description": "Let shoppers write an amount of their own, up to a hundred times the largest offered."}}}`),
	Example: json.RawMessage(`{"to": "Trees for Tomorrow", "text": {"en": "One tree for each euro."}, "amounts": {"EUR": [100, 200, 500], "HUF": [50000, 100000]}, "own": true}`),
	Answers: []Answer{{Name: "amount", Doc: "One of amounts, in minor units; \"0\" for none", Max: 12}, {Name: "own", Doc: "An amount of one's own instead, as people write it: 2.50", Max: 12}},
	make: func(s json.RawMessage) (Widget, error) {
		d, err := read[donationField](s)
		if err == nil {
			err = d.check()
		}
		return d, err
	}}

type donationField struct {
	To      string                     `json:"to"`
	Text    Text                       `json:"text"`
	Amounts map[money.Currency][]int64 `json:"amounts"`
	Own     bool                       `json:"own"`
}

// DonationData is what a door draws of a donation.
type DonationData struct {
	To      string `json:"to"`
	Text    string `json:"text,omitempty"`
	Amounts []Sum  `json:"amounts"`
	Own     bool   `json:"own,omitempty"`
	Chosen  int64  `json:"chosen"` // minor units; 0: nothing
}

// mostTimes is how many times the largest amount offered one's own may be: a
// slip of the finger is told, a generous shopper is not kept from it.
const mostTimes = 100

func (d donationField) check() error {
	for _, c := range sortedKeys(d.Amounts) {
		info, known := money.Find(c)
		if !known {
			return unfit(fmt.Sprintf("amounts.%s", c), say("no_currency"))
		}
		for i, minor := range d.Amounts[c] {
			if minor%max(info.ChargeStep, 1) != 0 {
				return unfit(fmt.Sprintf("amounts.%s.%d", c, i+1), say("charge_step", "Amount", int(minor), "Currency", string(c), "Step", int(info.ChargeStep)))
			}
		}
	}
	return nil
}

// said is the amount answered; 0 for none.
func (donationField) said(said Answers, s Scene) (int64, error) {
	switch amount, own := said["amount"], said["own"]; {
	case own != "" && (amount == "" || amount == "own"):
		return typed(own, s.Currency)
	case amount == "" || amount == "own":
		return 0, nil
	default:
		return counted(amount)
	}
}

func (d donationField) Hear(said Answers, s Scene) (Answers, Act, error) {
	n, err := d.said(said, s)
	if err != nil || n == 0 {
		return nil, Act{}, err
	}
	offered := d.Amounts[s.Currency]
	if len(offered) == 0 || n <= 0 || !slices.Contains(offered, n) && !d.Own {
		return nil, Act{}, ErrAnswer.With("choose one of the amounts")
	}
	info, _ := money.Find(s.Currency)
	if most := slices.Max(offered) * mostTimes; n > most || n%max(info.ChargeStep, 1) != 0 {
		return nil, Act{}, ErrAnswer.With(fmt.Sprintf("give at most %s %s, in amounts that can be paid", money.Of(most, s.Currency).Decimal(), s.Currency))
	}
	return Answers{"amount": strconv.FormatInt(n, 10)}, Act{}, nil
}

func (d donationField) Charges(kept Answers, s Scene) []Charge {
	n, err := strconv.ParseInt(kept["amount"], 10, 64)
	if err != nil || n <= 0 {
		return nil
	}
	return []Charge{{Title: donationTitle.In(s.Locale) + d.To, Kind: catalog.KindDonation, Price: money.Of(n, s.Currency)}}
}

var donationTitle = Text{"en": "Donation: ", "de": "Spende: ", "hu": "Adomány: "}

func (d donationField) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	offered := d.Amounts[s.Currency]
	if len(offered) == 0 {
		return nil, nil
	}
	data := DonationData{To: d.To, Text: d.Text.In(s.Locale), Own: d.Own}
	data.Chosen, _ = strconv.ParseInt(kept["amount"], 10, 64) // none: nothing chosen
	for _, n := range offered {
		data.Amounts = append(data.Amounts, Sum{n, string(s.Currency)})
	}
	return data, nil
}

package widget

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

// giftWrap wraps the goods and puts a card with a message into the parcel.
var giftWrap = Kind{Name: "gift_wrap", Title: "Gift wrap and message", Doc: "Wraps the goods for a price, with a message on a card; staff see both on the order.",
	Places: []string{PlaceDelivery, PlaceContact, PlacePayment},
	Schema: json.RawMessage(`{"type": "object", "required": ["prices"], "additionalProperties": false, "properties": {
		"prices": {"type": "object", "minProperties": 1, "description": "What it costs, by currency, in minor units (cents); 0 for nothing.",
			"propertyNames": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "write a currency such as EUR"},
			"additionalProperties": {"type": "integer", "minimum": 0, "maximum": 100000000}},
		"tax_class": {"type": "string", "maxLength": 40, "description": "The tax class it bears; left out: as most of the goods' value."},
		"text": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}, "description": "A sentence about it, by language."},
		"message": {"type": "boolean", "description": "Offer a card with a message."},
		"length": {"type": "integer", "minimum": 20, "maximum": 500, "description": "How long the message may be; left out: 200 characters."}}}`),
	Example: json.RawMessage(`{"prices": {"EUR": 390, "HUF": 149000}, "message": true, "length": 200}`),
	Answers: []Answer{{Name: "wrap", Doc: "yes or no"}, {Name: "message", Doc: "The words on the card", Private: true, Max: 500}},
	make: func(s json.RawMessage) (Widget, error) {
		w, err := read[wrapField](s)
		if w.Length == 0 {
			w.Length = 200
		}
		if err == nil {
			err = w.Prices.check("prices")
		}
		return w, err
	}}

type wrapField struct {
	Prices   prices `json:"prices"`
	TaxClass string `json:"tax_class"`
	Text     Text   `json:"text"`
	Message  bool   `json:"message"`
	Length   int    `json:"length"`
}

// WrapData is what a door draws of the gift wrap.
type WrapData struct {
	Price   Sum    `json:"price"`
	Text    string `json:"text,omitempty"`
	Wrap    bool   `json:"wrap"`
	Asks    bool   `json:"asks_message"`
	Message string `json:"message,omitempty"`
	Length  int    `json:"length"`
}

// check refuses currencies that there are not, and prices nobody could pay.
func (p prices) check(field string) error {
	for _, c := range sortedKeys(p) {
		info, known := money.Find(c)
		if !known {
			return unfit(fmt.Sprintf("%s.%s", field, c), say("no_currency"))
		}
		if p[c]%max(info.ChargeStep, 1) != 0 {
			return unfit(fmt.Sprintf("%s.%s", field, c), say("charge_step", "Amount", int(p[c]), "Currency", string(c), "Step", int(info.ChargeStep)))
		}
	}
	return nil
}

func (w wrapField) Hear(said Answers, s Scene) (Answers, Act, error) {
	if _, sold := w.Prices.in(s.Currency); !sold || !yes(said["wrap"]) {
		return nil, Act{}, nil
	}
	kept := Answers{"wrap": "yes"}
	if message := strings.TrimSpace(said["message"]); message != "" && w.Message {
		if len([]rune(message)) > w.Length {
			return nil, Act{}, ErrAnswer.With(fmt.Sprintf("shorten the message to %d characters", w.Length))
		}
		kept["message"] = message
	}
	return kept, Act{}, nil
}

func (w wrapField) Charges(kept Answers, s Scene) []Charge {
	price, sold := w.Prices.in(s.Currency)
	if !sold || !yes(kept["wrap"]) {
		return nil
	}
	class := w.TaxClass
	if class == "" {
		class = ClassGoods
	}
	return []Charge{{Title: wrapTitle.In(s.Locale), Kind: catalog.KindFee, Price: price, TaxClass: class}}
}

var wrapTitle = Text{"en": "Gift wrap", "de": "Geschenkverpackung", "hu": "Díszcsomagolás"}

func (w wrapField) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	price, sold := w.Prices.in(s.Currency)
	if !sold {
		return nil, nil
	}
	return WrapData{Price: sumOf(price), Text: w.Text.In(s.Locale), Wrap: yes(kept["wrap"]), Asks: w.Message, Message: kept["message"], Length: w.Length}, nil
}

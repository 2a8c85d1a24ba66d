package widget

import (
	"context"
	"encoding/json"
	"slices"

	"korzo/platform/db"
)

// wallet is the express area: the wallets a shopper may have, before anything
// is asked.
var wallet = Kind{Name: "wallet", Title: "Express wallets", Doc: "Buttons of wallets such as Apple Pay and PayPal above the questions.",
	Places: []string{PlaceTop, PlacePayment},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"methods": {"type": "array", "minItems": 1, "maxItems": 6, "items": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$", "description": "use the id of a payment method such as apple_pay"}, "description": "Which, in order; left out: every wallet on offer."}}}`),
	Example: json.RawMessage(`{"methods": ["apple_pay", "google_pay", "paypal"]}`),
	Answers: []Answer{{Name: "method", Doc: "The wallet to pay with"}},
	Passing: true,
	make:    func(s json.RawMessage) (Widget, error) { return read[walletButtons](s) }}

type walletButtons struct {
	silent
	Methods []string `json:"methods"`
}

// wallets are the methods that count as wallets where the settings name none.
var wallets = []string{"apple_pay", "google_pay", "paypal", "venmo", "swish"}

// WalletData is what a door draws of the express area.
type WalletData struct {
	Methods []string `json:"methods"`
	Chosen  string   `json:"chosen,omitempty"` // that was pressed, and is still the way to pay
}

// wanted are the wallets offered here, in order.
func (w walletButtons) wanted(s Scene) []string {
	all := w.Methods
	if len(all) == 0 {
		all = wallets
	}
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !slices.Contains(s.Methods, id) })
}

func (w walletButtons) Hear(said Answers, s Scene) (Answers, Act, error) {
	if said["method"] != "" && !slices.Contains(w.wanted(s), said["method"]) {
		return nil, Act{}, ErrAnswer.With("this wallet is not offered here: choose another")
	}
	if said["method"] == "" {
		return nil, Act{}, nil
	}
	return Answers{"method": said["method"]}, Act{Method: said["method"]}, nil
}

func (w walletButtons) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	methods := w.wanted(s)
	if len(methods) == 0 || s.Due.IsZero() {
		return nil, nil
	}
	d := WalletData{Methods: methods}
	if kept["method"] == s.Method { // what was merely suggested is not pressed
		d.Chosen = s.Method
	}
	return d, nil
}

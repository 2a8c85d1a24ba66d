package widget

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

// trust tells facts that let a shopper buy without worry.
var trust = Kind{Name: "trust", Title: "Trust and returns facts", Doc: "Short facts beside the sum: how long goods may come back, how payment is protected, who answers.",
	Places: []string{PlaceSummary, PlacePayment, PlaceTop}, Many: true,
	Schema: json.RawMessage(`{"type": "object", "required": ["facts"], "additionalProperties": false, "properties": {
		"facts": {"type": "array", "minItems": 1, "maxItems": 6, "items": {"type": "object", "required": ["text"], "additionalProperties": false, "properties": {
			"icon": {"type": "string", "enum": ["return", "lock", "truck", "check", "info"], "description": "The sign before it."},
			"text": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 120}, "description": "By language."}}}}}}`),
	Example: json.RawMessage(`{"facts": [{"icon": "return", "text": {"en": "30 days to send it back", "de": "30 Tage Rückgabe"}}, {"icon": "lock", "text": {"en": "Paid through your bank, encrypted", "de": "Verschlüsselt über Ihre Bank bezahlt"}}]}`),
	make:    func(s json.RawMessage) (Widget, error) { return read[trustFacts](s) }}

type trustFacts struct {
	silent
	Facts []struct {
		Icon string `json:"icon"`
		Text Text   `json:"text"`
	} `json:"facts"`
}

// TrustData is what a door draws of the facts.
type TrustData struct {
	Facts []TrustFact `json:"facts"`
}

// TrustFact is one of them.
type TrustFact struct {
	Icon string `json:"icon,omitempty"`
	Text string `json:"text"`
}

func (t trustFacts) Look(_ context.Context, _ *db.Tx, _ Answers, s Scene) (any, error) {
	var d TrustData
	for _, f := range t.Facts {
		d.Facts = append(d.Facts, TrustFact{f.Icon, f.Text.In(s.Locale)})
	}
	return d, nil
}

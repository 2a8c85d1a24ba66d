package widget

import (
	"context"
	"encoding/json"
	"strings"

	"korzo/platform/db"
)

// code takes discount codes where the shopper pays. The codes are the cart's.
var code = Kind{Name: "code", Title: "Discount code", Doc: "A field for discount codes beside the sum; gift cards are told by their form and taken too.",
	Places: []string{PlaceSummary, PlacePayment, PlaceContact},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"open": {"type": "boolean", "description": "Show the field at once. Left out: a link that opens it, which distracts those less who have none."}}}`),
	Example: json.RawMessage(`{"open": false}`),
	Answers: []Answer{{Name: "add", Doc: "A code to put on the cart", Max: 60}, {Name: "remove", Doc: "A code to take off it", Max: 60}},
	make:    func(s json.RawMessage) (Widget, error) { return read[codeField](s) }}

type codeField struct {
	silent
	Open bool `json:"open"`
}

// CodeData is what a door draws of the discount codes.
type CodeData struct {
	Open  bool   `json:"open"`
	Codes []Code `json:"codes"`
}

func (codeField) Hear(said Answers, _ Scene) (Answers, Act, error) {
	return nil, Act{AddCode: strings.TrimSpace(said["add"]), RemoveCode: strings.TrimSpace(said["remove"])}, nil
}

func (c codeField) Look(_ context.Context, _ *db.Tx, _ Answers, s Scene) (any, error) {
	return CodeData{c.Open || len(s.Codes) > 0, append([]Code{}, s.Codes...)}, nil
}

package widget

import (
	"context"
	"encoding/json"
	"strings"

	"korzo/platform/db"
)

// giftCard takes gift cards and offers the customer's store credit.
var giftCard = Kind{Name: "gift_card", Title: "Gift card and store credit", Doc: "A field for gift cards, and the customer's own credit where there is some.",
	Places: []string{PlacePayment, PlaceSummary},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"open": {"type": "boolean", "description": "Show the field at once."},
		"credit": {"enum": ["offer", "hide"], "type": "string", "description": "Whether store credit is offered here; left out: it is."}}}`),
	Example: json.RawMessage(`{"open": true, "credit": "offer"}`),
	Answers: []Answer{{Name: "add", Doc: "A gift card's code", Max: 60}, {Name: "remove", Doc: "The id of a card to take off"}, {Name: "credit", Doc: "yes or no: whether store credit pays"}},
	make:    func(s json.RawMessage) (Widget, error) { return read[giftCardField](s) }}

type giftCardField struct {
	silent
	Open   bool   `json:"open"`
	Credit string `json:"credit"`
}

// GiftCardData is what a door draws of stored value.
type GiftCardData struct {
	Open      bool       `json:"open"`
	Cards     []PaidCard `json:"cards"`
	Credit    *Sum       `json:"credit,omitempty"` // that may be spent; nil where none is offered
	UseCredit bool       `json:"use_credit,omitempty"`
}

// PaidCard is a gift card and what it pays.
type PaidCard struct {
	GiftCard
	Pays Sum `json:"pays"`
}

func (g giftCardField) Hear(said Answers, _ Scene) (Answers, Act, error) {
	do := Act{AddCode: strings.TrimSpace(said["add"]), RemoveGiftCard: said["remove"]}
	if said["credit"] != "" && g.Credit != "hide" {
		do.Credit = new(yes(said["credit"]))
	}
	return nil, do, nil
}

func (g giftCardField) Look(_ context.Context, _ *db.Tx, _ Answers, s Scene) (any, error) {
	d := GiftCardData{Open: g.Open || len(s.GiftCards) > 0, Cards: []PaidCard{}}
	for _, c := range s.GiftCards {
		d.Cards = append(d.Cards, PaidCard{c, sumOf(c.Pays)})
	}
	if g.Credit != "hide" && s.Credit.Minor > 0 {
		d.Credit, d.UseCredit = new(sumOf(s.Credit)), s.UseCredit
	}
	return d, nil
}

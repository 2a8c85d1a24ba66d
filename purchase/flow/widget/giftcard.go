package widget

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"korzo/platform/db"
)

// giftCard takes gift cards and offers the customer's points and store credit.
var giftCard = Kind{Name: "gift_card", Title: "Gift card, points and store credit", Doc: "A field for gift cards, and the customer's own points and credit where there are some.",
	Places: []string{PlacePayment, PlaceSummary},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"open": {"type": "boolean", "description": "Show the field at once."},
		"credit": {"enum": ["offer", "hide"], "type": "string", "description": "Whether store credit is offered here; left out: it is."},
		"points": {"enum": ["offer", "hide"], "type": "string", "description": "Whether points are offered here; left out: they are."}}}`),
	Example: json.RawMessage(`{"open": true, "credit": "offer"}`),
	Answers: []Answer{{Name: "add", Doc: "A gift card's code", Max: 60}, {Name: "remove", Doc: "The id of a card to take off"}, {Name: "credit", Doc: "yes or no: whether store credit pays"},
		{Name: "points", Doc: "How many points pay, as far as they go; all, or 0 for none", Max: 15}, {Name: "all_points", Doc: "yes: as many points as possible pay, whatever points says"}},
	make: func(s json.RawMessage) (Widget, error) { return read[giftCardField](s) }}

type giftCardField struct {
	silent
	Open   bool   `json:"open"`
	Credit string `json:"credit"`
	Points string `json:"points"`
}

// GiftCardData is what a door draws of stored value.
type GiftCardData struct {
	Open      bool        `json:"open"`
	Cards     []PaidCard  `json:"cards"`
	Credit    *Sum        `json:"credit,omitempty"` // that may be spent; nil where none is offered
	UseCredit bool        `json:"use_credit,omitempty"`
	Points    *PaidPoints `json:"points,omitempty"` // that may be spent; nil where none are offered
}

// PaidPoints are a customer's points and what as many as possible pay.
type PaidPoints struct {
	Points
	Worth Sum `json:"worth"`
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
	if g.Points != "hide" {
		do.Points = PointsOf(said)
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
	if g.Points != "hide" && s.Points.Available > 0 {
		d.Points = &PaidPoints{s.Points, sumOf(s.Points.Pays)}
	}
	return d, nil
}

// allPoints are as many as possible.
const allPoints = -1

// PointsOf reads how many points are to pay; nil where nothing, or no number, was
// said.
func PointsOf(said Answers) *int64 {
	switch text := strings.Join(strings.Fields(said["points"]), ""); {
	case yes(said["all_points"]) || text == "all":
		return new(int64(allPoints))
	case text == "" && said["all_points"] == "":
		return nil
	case text == "":
		return new(int64(0))
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return nil
		}
		return &n
	}
}

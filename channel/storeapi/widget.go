package storeapi

import (
	"korzo/purchase/checkout"
	"korzo/purchase/flow/widget"
	"korzo/purchase/order"
)

// widgetBody is an optional part of the checkout, as the flow placed it. What
// data holds is the kind's, as the flow's documentation lists it.
type widgetBody struct {
	Name    string            `json:"name" doc:"Unique in the flow: the key under which PATCH answers it" example:"gift_wrap"`
	Kind    string            `json:"kind" doc:"What it is: code, gift_card, donation, gift_wrap, order_note, newsletter, order_bump, free_shipping, trust, delivery_date, pickup_point, wallet; more may come, and those unknown are left out"`
	Place   string            `json:"place" doc:"Where it stands: top, contact, delivery, payment or summary"`
	Data    any               `json:"data" doc:"What is needed to draw it"`
	Answers map[string]string `json:"answers" doc:"What was said and is kept"`
}

// chargeBody is a price that a widget added: a line of the order to be.
type chargeBody struct {
	Widget string     `json:"widget"`
	Kind   string     `json:"kind" doc:"fee or donation"`
	Title  string     `json:"title"`
	Total  amountBody `json:"total"`
	Tax    amountBody `json:"tax"`
}

func widgetsOf(all []checkout.Widget) []widgetBody {
	bodies := make([]widgetBody, len(all))
	for i, w := range all {
		bodies[i] = widgetBody{w.Name, w.Kind, w.Place, w.Data, w.Answers}
		if w.Answers == nil {
			bodies[i].Answers = map[string]string{}
		}
	}
	return bodies
}

func chargesOf(v checkout.View) []chargeBody {
	bodies := []chargeBody{}
	for _, l := range v.Quote.Lines {
		if c, ok := v.Charges[l.ID]; ok {
			bodies = append(bodies, chargeBody{c.By, c.Kind, c.Title, amountOf(l.Total), amountOf(l.Tax)})
		}
	}
	return bodies
}

// answersOf is what a PATCH says to widgets.
func answersOf(said map[string]map[string]string) map[string]widget.Answers {
	if said == nil {
		return nil
	}
	all := make(map[string]widget.Answers, len(said))
	for name, answers := range said {
		all[name] = answers
	}
	return all
}

// extraBody is what was asked for beside the goods.
type extraBody struct {
	Name    string            `json:"name"`
	Kind    string            `json:"kind"`
	Answers map[string]string `json:"answers"`
}

func extrasOf(all []order.Extra) (bodies []extraBody) {
	for _, e := range all {
		bodies = append(bodies, extraBody(e))
	}
	return bodies
}

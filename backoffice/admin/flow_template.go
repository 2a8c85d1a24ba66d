package admin

import (
	"fmt"
	"net/http"
	"slices"

	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
)

// flowTemplate is a beginning that a merchant may choose; what it is called and
// good for is said in messages.
type flowTemplate struct {
	key  string
	make func(s flowShop) flow.Document
}

// flowShop is what a template fits itself to.
type flowShop struct {
	markets  []market.Market
	delivery []method.Method
}

// collects reports whether anything can be collected anywhere.
func (s flowShop) collects() bool {
	return slices.ContainsFunc(s.delivery, func(m method.Method) bool { return m.Active && m.Kind == method.Pickup })
}

// undecided lets cards pay in markets where nothing was decided yet; elsewhere
// the market's own settings say how one pays.
func (s flowShop) undecided(v *visit, tx *db.Tx) (map[string][]string, error) {
	payments := map[string][]string{}
	for _, m := range s.markets {
		own, err := paymethod.Settings(v.ctx(), tx, m.ID)
		if err != nil {
			return nil, err
		}
		if card, ok := paymethod.Find("card"); ok && len(own) == 0 && card.Pays(m.Currency) {
			payments[m.ID] = []string{card.ID}
		}
	}
	return payments, nil
}

// templates are the beginnings there are, in the order they are offered. Ways to
// pay are left to the merchant's own settings in each market.
var templates = []flowTemplate{
	{"standard", func(flowShop) flow.Document {
		return flow.Document{Layout: flow.OnePage, Widgets: []flow.Widget{{Kind: "wallet"}}}
	}},
	{"express", func(flowShop) flow.Document {
		return flow.Document{Layout: flow.OneClick, Priority: 50, Trigger: `customer.known && customer.orders >= 1`}
	}},
	{"mobile", func(flowShop) flow.Document {
		return flow.Document{Layout: flow.OnePage, Priority: 30, Trigger: `device.kind == "phone"`, Steps: []string{flow.StepDelivery, flow.StepContact, flow.StepPayment},
			Asks: flow.Asks{Billing: flow.AskNot}}
	}},
	{"business", func(flowShop) flow.Document {
		return flow.Document{Layout: flow.ThreePage, Priority: 40, Trigger: `cart.total >= 50000 || "business" in customer.tags`,
			Asks: flow.Asks{Company: flow.AskMay, Phone: flow.AskRequired, Billing: flow.AskRequired}, HoldMinutes: 60}
	}},
	{"pickup", func(s flowShop) flow.Document {
		d := flow.Document{Layout: flow.OnePage, Priority: 20, Trigger: `device.kind == "phone"`, Steps: []string{flow.StepDelivery, flow.StepContact, flow.StepPayment}}
		if s.collects() {
			d.Pickup = flow.PickupFirst
		}
		return d
	}},
	{"campaign", func(flowShop) flow.Document {
		return flow.Document{Layout: flow.OnePage, Priority: 60, Trigger: `campaign == "spring"`, Asks: flow.Asks{Billing: flow.AskNot}, Theme: flow.Theme{Accent: "#8a1c4a"}}
	}},
}

// newFlow offers the templates.
func (a *Admin) newFlow(v *visit) error { return a.answerNewFlow(v, http.StatusOK, v.newForm()) }

func (a *Admin) answerNewFlow(v *visit, status int, f *form) error {
	if !f.has("key") {
		f.set("key", newKey())
	}
	return v.show(status, v.newFlowPage(f))
}

// createFlow saves the draft of a flow that begins as a template.
func (a *Admin) createFlow(v *visit) error {
	f := v.form()
	i := slices.IndexFunc(templates, func(t flowTemplate) bool { return t.key == f.get("template") })
	if i < 0 {
		f.blame("template", "admin.problem.template")
		return a.answerNewFlow(v, http.StatusUnprocessableEntity, f)
	}
	id, status, err := a.put(v, f, "flow.create", func(tx *db.Tx) (string, error) {
		var s flowShop
		var err error
		if s.markets, err = market.All(v.ctx(), tx); err != nil {
			return "", err
		}
		if s.delivery, err = method.All(v.ctx(), tx); err != nil {
			return "", err
		}
		doc := templates[i].make(s)
		doc.Name = v.T("admin.template." + templates[i].key)
		if doc.Payments, err = s.undecided(v, tx); err != nil {
			return "", err
		}
		saved, err := flow.Save(v.ctx(), tx, "", doc)
		if err != nil {
			return "", fmt.Errorf("begin a flow as %s: %w", templates[i].key, err)
		}
		return string(saved.Flow), nil
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return a.answerNewFlow(v, status, f)
	}
	return v.done(Prefix+"/flows/"+id, "flow_begun")
}

package demo

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
	"korzo/purchase/flow"
)

// The names of flows that the demo's own orders went through.
const (
	everyone = "Standard"
	nearby   = "Near a store: collect it"
)

const (
	promises = `{"facts": [
		{"icon": "return", "text": {"en": "30 days to send it back", "de": "30 Tage Rückgabe", "hu": "30 napos visszaküldés"}},
		{"icon": "lock", "text": {"en": "Paid through your bank, encrypted", "de": "Verschlüsselt über Ihre Bank bezahlt", "hu": "Titkosított fizetés a bankján át"}}]}`
	wrapping = `{"prices": {"EUR": 390, "HUF": 149000, "USD": 450}, "message": true, "length": 200}`
	note     = `{"label": {"en": "A note for us", "de": "Nachricht an uns", "hu": "Üzenet nekünk"}, "length": 500}`
	trees    = `{"to": "Trees for Tomorrow", "text": {"en": "One tree for each euro.", "de": "Ein Baum je Euro.", "hu": "Euronként egy fa."}, "amounts": {"EUR": [100, 200, 500], "HUF": [50000, 100000], "USD": [100, 200, 500]}}`
)

func settingsOf(text string) json.RawMessage { return json.RawMessage(text) }

// flows are five ways through the checkout. They name no ways to pay where each
// market's own will do, see writePayments.
var flows = []flow.Document{
	{Name: everyone, Layout: flow.ThreePage, Widgets: []flow.Widget{
		{Kind: "free_shipping"}, {Kind: "gift_wrap", Settings: settingsOf(wrapping)}, {Kind: "order_note", Settings: settingsOf(note)},
		{Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: nearby, Trigger: `device.kind == "phone" || visit.near_store`, Priority: 10, Layout: flow.OnePage, Pickup: flow.PickupFirst,
		Steps:   []string{flow.StepDelivery, flow.StepContact, flow.StepPayment},
		Widgets: []flow.Widget{{Kind: "wallet"}, {Kind: "pickup_point"}, {Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: "Large baskets: pay later first", Trigger: `device.kind == "desktop" && market == "DE" && cart.total > 50000`, Priority: 20, Layout: flow.ThreePage,
		Payments: map[string][]string{"DE": {"pay_later", "paypal", "card", "transfer"}}, HoldMinutes: 60,
		Widgets: []flow.Widget{{Kind: "delivery_date"}, {Kind: "donation", Settings: settingsOf(trees)}, {Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: "Back again on a phone: one tap", Trigger: `customer.known && customer.orders >= 1 && device.kind == "phone"`, Priority: 30, Layout: flow.OneClick},
	{Name: "Partner page", Trigger: `visit.partner != ""`, Priority: 40, Layout: flow.Embedded,
		Embed: flow.Embed{Origins: []string{"http://localhost:8090"}}, Widgets: []flow.Widget{{Kind: "wallet"}}},
}

func (f *filling) writeFlows(ctx context.Context, tx *db.Tx) error {
	f.settings.flows = map[string]flow.Version{}
	for _, doc := range flows {
		v, err := flow.Save(ctx, tx, "", doc)
		if err != nil {
			return err
		}
		if err := flow.Publish(ctx, tx, v.Flow, v.Version); err != nil {
			return err
		}
		f.settings.flows[doc.Name] = v
	}
	return nil
}

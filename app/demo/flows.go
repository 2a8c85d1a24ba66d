package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// everyone is the name of the flow that takes whoever no other takes.
const everyone = "Standard"

const (
	promises = `{"facts": [
		{"icon": "return", "text": {"en": "Send it back without giving a reason", "de": "Rückgabe ohne Angabe von Gründen", "hu": "Visszaküldés indokolás nélkül"}},
		{"icon": "lock", "text": {"en": "Paid through your bank, encrypted", "de": "Verschlüsselt über Ihre Bank bezahlt", "hu": "Titkosított fizetés a bankján át"}}]}`
	wrapping = `{"prices": {"EUR": 390, "HUF": 149000, "USD": 450, "SEK": 4500, "TRY": 18900}, "message": true, "length": 200}`
	note     = `{"label": {"en": "A note for us", "de": "Nachricht an uns", "hu": "Megjegyzés nekünk"}, "length": 500}`
	trees    = `{"to": "Trees for Tomorrow", "text": {"en": "One tree for each euro.", "de": "Ein Baum je Euro.", "hu": "Euronként egy fa."}, "amounts": {"EUR": [100, 200, 500], "HUF": [50000, 100000], "USD": [100, 200, 500], "SEK": [1000, 2000, 5000], "TRY": [5000, 10000, 20000]}}`
)

func settingsOf(text string) json.RawMessage { return json.RawMessage(text) }

// flows are five ways through the checkout. They name no ways to pay where each
// market's own will do, see writePayments.
var flows = []flow.Document{
	{Name: everyone, Layout: flow.ThreePage, Widgets: []flow.Widget{
		{Kind: "wallet"}, {Kind: "free_shipping"}, {Kind: "gift_wrap", Settings: settingsOf(wrapping)}, {Kind: "order_note", Settings: settingsOf(note)},
		{Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: "Near a store: collect it", Trigger: `visit.near_store`, Priority: 10, Layout: flow.OnePage, Pickup: flow.PickupFirst,
		Steps:   []string{flow.StepDelivery, flow.StepContact, flow.StepPayment},
		Widgets: []flow.Widget{{Kind: "wallet"}, {Kind: "pickup_point"}, {Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: "Large baskets: instalments first", Trigger: `device.kind == "desktop" && market == "DE" && cart.total > 50000`, Priority: 20, Layout: flow.ThreePage,
		Payments: map[string][]string{"DE": {"pay_in_3", "pay_later", "paypal", "card", "transfer"}}, HoldMinutes: 60,
		Widgets: []flow.Widget{{Kind: "delivery_date"}, {Kind: "donation", Settings: settingsOf(trees)}, {Kind: "trust", Settings: settingsOf(promises)}}},
	{Name: "Back again on a phone: one tap", Trigger: `customer.known && customer.orders >= 1 && device.kind == "phone"`, Priority: 30, Layout: flow.OneClick},
	{Name: "Partner page", Trigger: `visit.partner != ""`, Priority: 40, Layout: flow.Embedded,
		Embed: flow.Embed{Origins: []string{"http://localhost:8090", "https://" + partner}}, Widgets: []flow.Widget{{Kind: "wallet"}}},
}

// writeFlows publishes the flows as of the day the shop opened, or finds those
// that were.
func (f *filling) writeFlows(ctx context.Context, tx *db.Tx) error {
	f.settings.flows = map[string]flow.Version{}
	live, err := flow.Live(ctx, tx)
	if err != nil {
		return err
	}
	for _, v := range live {
		f.settings.flows[v.Document.Name] = v
	}
	if len(live) > 0 {
		return nil
	}
	if err := writePayments(ctx, tx); err != nil {
		return err
	}
	return then(tx, f.today.AddDate(0, 0, -days), func() error {
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
	})
}

// then runs fn at a time of the past.
func then(tx *db.Tx, at time.Time, fn func() error) error {
	now := tx.Now
	defer func() { tx.Now = now }()
	tx.Now = at
	return fn()
}

// The arms of the experiment that is running: three pages, or all on one.
const (
	control = "three-pages"
	onePage = "one-page"
)

// trialDays is how long it has been running; it is planned for four weeks.
const trialDays = 23

// writeTrial stages a version of the flow for everyone that has all on one page,
// and begins to show it to half of the visitors; or finds that it was.
func (f *filling) writeTrial(ctx context.Context, tx *db.Tx) error {
	running, err := experiment.List(ctx, tx, experiment.StateRunning)
	if err != nil {
		return err
	}
	if len(running) > 0 {
		f.settings.trial = running[0]
		return nil
	}
	return then(tx, f.today.AddDate(0, 0, -trialDays), func() error {
		shown := f.settings.flows[everyone]
		doc := flows[0]
		doc.Layout = flow.OnePage
		v, err := flow.Save(ctx, tx, shown.Flow, doc)
		if err != nil {
			return err
		}
		if err := flow.Stage(ctx, tx, v.Flow, v.Version); err != nil {
			return err
		}
		e, err := experiment.Create(ctx, tx, experiment.Draft{Key: "one-page-or-three", Name: "One page or three", Point: flow.Point(shown.Flow),
			Arms: []experiment.Arm{{Key: control, Name: "Three pages", Weight: 500_000}, {Key: onePage, Name: "One page", Weight: 500_000,
				Value: json.RawMessage(fmt.Sprintf(`{"version": %d}`, v.Version))}},
			Plan: experiment.Plan{Hypothesis: "Who sees all of the checkout at once goes through with it more often.", LiftPPM: 50_000, Days: 28,
				Currency: "EUR", RatesPPM: map[string]int64{"HUF": 2_500, "USD": 920_000, "SEK": 88_000, "TRY": 21_000}}})
		if err != nil {
			return err
		}
		f.settings.trial, err = trial.Start(ctx, tx, e.ID)
		return err
	})
}

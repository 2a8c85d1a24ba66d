package journey_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/customer/consent"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// A merchant's program reads in its own language what keeps a flow from being
// published, field by field with a stable code, and nothing is published.
func TestWhyAFlowIsNotPublishedIsToldInTheCallersLanguage(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		v := w.Call("POST", "/admin/v1/flows", map[string]any{"document": map[string]any{"name": "Half", "layout": "one_page", "trigger": `cart.totl > 5`,
			"payments": map[string]any{"DE": []string{"swish"}, "HU": []string{"card"}, "US": []string{"card"}}}})
		at := "/admin/v1/flows/" + v.Text("id") + "/publish"
		for language, want := range map[string][]string{"en": {"payments.DE: swish cannot be reached", "there is no fact `cart.totl`"},
			"de-AT": {"Zahlungsarten in DE: swish ist unerreichbar", "Wer ihn bekommt: Zeile 1", "`cart.total`"},
			"hu":    {"Fizetési módok itt: DE: swish itt nem érhető el", "Nincs `cart.totl` nevű adat"}} {
			no, err := w.Try("POST", at, map[string]any{"version": 1}, "Accept-Language", language)
			if err != nil || no.Status != http.StatusUnprocessableEntity || no.Text("code") != "flow.invalid" || no.Text("errors", 1, "code") != "flow.payment_unreachable" {
				t.Fatalf("%s: %v %d %s", language, err, no.Status, no.Bytes)
			}
			for _, text := range want {
				if !strings.Contains(no.Text("detail"), text) {
					t.Errorf("%s: %q does not say %q", language, no.Text("detail"), text)
				}
			}
		}
		if list := w.Call("GET", "/admin/v1/flows/"+v.Text("id")+"/versions", nil); list.Text("data", 0, "status") != string(flow.StateDraft) {
			t.Errorf("%s", list.Bytes)
		}
	})
}

// A flow says who knows its tax and who carries its parcels: its checkout
// charges none, its parcel goes to the carrier it names, and the checkouts of
// other flows are taxed and carried as the shop does.
func TestAFlowSaysWhoKnowsTheTaxAndWhoCarries(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Export", Layout: flow.OnePage, Priority: 100, Trigger: `market == "DE" && cart.items == 2`, Payments: map[string][]string{"DE": {"card"}},
				Tax: "exempt", Carriers: []string{"gone", "manual"}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		for _, c := range []struct {
			units   int
			taxed   bool
			carrier string
		}{{2, false, "manual"}, {1, true, "sandbox"}} {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", c.units)}})
			at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
			said := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
				"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
			if got := said.Int("totals", "tax", "amount") > 0; got != c.taxed {
				t.Errorf("%d pieces: %v", c.units, said.At("totals"))
			}
			done := w.Call("POST", at+"/complete", map[string]any{"expected_total": said.At("totals", "total")}, "Idempotency-Key", at)
			placed := done.Text("order", "id")
			if placed == "" {
				t.Fatalf("%s", done.Bytes)
			}
			task := "/admin/v1/fulfilments/" + awaitFulfilment(w, placed)
			for _, action := range []string{"accept", "pick"} {
				w.Call("POST", task+"/"+action, map[string]any{})
			}
			packed := w.Call("POST", task+"/pack", map[string]any{"weight_grams": 500})
			booked := w.Call("POST", "/admin/v1/parcels/"+packed.Text("parcels", 0, "id")+"/label", map[string]any{"weight_grams": 500})
			if got := booked.Text("parcels", 0, "carrier"); got != "sandbox" {
				t.Errorf("%d pieces are booked with %q, the only one that gives numbers: %s", c.units, got, booked.Bytes)
			}
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
				o, err := order.Find(t.Context(), tx, order.ID(placed))
				if err != nil {
					return err
				}
				proposed, err := w.App.Dispatch.Proposed(t.Context(), tx, o)
				if got := proposed.Names(); err == nil && (len(got) != 2 || got[0] != c.carrier) {
					t.Errorf("%d pieces: %v are proposed", c.units, got)
				}
				return err
			})
		}
	})
}

// A buyer who ticks the box for letters is asked by mail to confirm it, with the
// words and the version they read; who does not tick it is not asked, and an
// order is placed either way.
func TestABoxTickedInTheCheckoutIsConfirmedByItsMailbox(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.OnePage, everyWidget()...)
		for who, agree := range map[string]string{"yes@example.com": "yes", "no@example.com": ""} {
			checkout, _, _ := ready(w, "sandbox:approve", line("MUG-RED", 1))
			at := "/store/v1/checkouts/" + checkout
			shown := drawn(w.Call("GET", at, nil), "newsletter")
			if data, _ := shown["data"].(map[string]any); data["agreed"] != false {
				t.Errorf("the box is ticked before anybody ticked it: %v", shown)
			}
			said := w.Call("PATCH", at, map[string]any{"email": who, "widgets": map[string]any{"newsletter": map[string]any{"agree": agree}}})
			if placed := complete(w, checkout, who, said.At("totals", "total")); placed.Text("status") != "completed" {
				t.Fatalf("%s", placed.Bytes)
			}
		}
		asked := func(who string) (n int) {
			for _, m := range lettersTo(t, w, who, "") {
				if strings.Contains(m.Text, "/letters/confirm/") {
					n++
				}
			}
			return n
		}
		w.Until("the mailbox is asked", func() bool { return asked("yes@example.com") == 1 })
		w.Until("both orders are confirmed", func() bool { return len(lettersTo(t, w, "no@example.com", "")) > 0 })
		if asked("no@example.com") != 0 {
			t.Error("somebody is asked who did not tick the box")
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			all, err := consent.Tallies(t.Context(), tx)
			if all[0].Yes != 0 {
				t.Error("a box alone allows mail")
			}
			return err
		})
	})
}

// What a checkout has to say is said in the language of its cart; the codes that
// programs decide by stay.
func TestACheckoutSpeaksTheLanguageOfItsCart(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for locale, want := range map[string][]string{"en": {"ada@example.com", "still needs"}, "de": {"Das ist noch keine E-Mail-Adresse", "Es fehlt noch etwas"},
			"hu": {"e-mail", "Még hiányzik: "}} {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": locale, "lines": []any{line("MUG-RED", 1)}})
			at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
			said := w.Call("PATCH", at, map[string]any{"email": "ada@", "shipping_address": map[string]any{"country": "DE", "postal_code": "1"}})
			done := w.Call("POST", at+"/complete", map[string]any{"expected_total": said.At("totals", "total")}, "Idempotency-Key", at)
			text := string(done.Bytes)
			for _, want := range append(want, `"code":"email_invalid"`, `"code":"incomplete"`, `"code":"address.`) {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s does not say %q", locale, text, want)
				}
			}
			if english := "the checkout still needs"; locale != "en" && (strings.Contains(text, english) || strings.Contains(text, "this is needed")) {
				t.Errorf("%s: %s", locale, text)
			}
			short := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": locale, "lines": []any{line("MUG-RED", 9000)}})
			if text := short.Text("problems", 0, "content"); text == "" || locale == "hu" && !strings.Contains(text, "db") && !strings.Contains(text, "darab") {
				t.Errorf("%s: %s", locale, short.Bytes)
			}
		}
	})
}

// Whoever reads a checkout that is being paid reads what its completing said.
func TestACheckoutBeingPaidSpeaksTheLanguageOfItsCart(t *testing.T) {
	each(t, bank.Config{ChallengeAfter: time.Hour}, func(t *testing.T, w *apptest.World) {
		for _, locale := range []string{"en", "de", "hu"} {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": locale, "lines": []any{line("MUG-RED", 1)}})
			checkout, _, total := readyCart(w, cart.Text("id"), "sandbox:challenge")
			said := complete(w, checkout, locale, total).Text("messages", 0, "content")
			if read := w.Call("GET", "/store/v1/checkouts/"+checkout, nil).Text("messages", 0, "content"); read != said || said == "" {
				t.Errorf("%s: completing said %q, reading says %q", locale, said, read)
			}
		}
	})
}

package storefront_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
)

// cards lets every market pay by card.
var cards = map[string][]string{"DE": {"card"}, "HU": {"card"}, "US": {"card"}}

// publish gives a flow to visitors.
func (w *world) publish(doc flow.Document) (v flow.Version) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		if v, err = flow.Save(w.t.Context(), tx, "", doc); err == nil {
			err = flow.Publish(w.t.Context(), tx, v.Flow, v.Version)
		}
		return err
	})
	return v
}

func TestAFlowIsTriggeredByHowAVisitorCameAndWhatTheyDid(t *testing.T) {
	each(t, func(w *world) {
		w.publish(flow.Document{Name: "From the letter", Layout: flow.ThreePage, Priority: 50, Payments: cards, Steps: []string{"delivery", "contact", "payment"},
			Trigger: `campaign == "spring" && visit.source == "letter" && visit.new && visit.searches == 1 && visit.pages == 4`,
			Asks:    flow.Asks{Company: flow.AskRequired, Phone: flow.AskMay, Billing: flow.AskNot}})
		b := w.browser("en").agree()
		b.open("/?utm_campaign=spring&utm_source=letter")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/cart")
		b.open("/?q=mug")
		b.open("/checkout?step=delivery").says("Express", "Continue to contact and address").silent("E-mail", "Company") // delivery is asked first
		b.send("/checkout", "step", "delivery", "intent", "next", "option", "de_express").at(200, "/checkout").
			says("Express", "Company", "VAT ID", "Telephone (optional)", "Continue to payment").silent("billing address")
		in := []string{"step", "contact", "intent", "next", "email", "ada@example.com", "country", "DE", "name", "Ada Lovelace", "line1", "Torstraße 1",
			"line2", "", "city", "Berlin", "postal_code", "10119", "phone", "", "vat_id", ""}
		b.send("/checkout", append(in, "company", "")...).at(422, "/checkout").says("Please fill in: Company")
		b.send("/checkout", append(in, "company", "Analytical Engines Ltd")...).at(200, "/checkout").says("Ada Lovelace")

		other := w.bag("en") // who came by themselves gets the shop's usual page
		other.open("/checkout").says("E-mail").silent("Company")
	})
}

func TestAnArmIsKeptThroughRegisteringAndStandsOnTheSession(t *testing.T) {
	each(t, func(w *world) {
		old := w.publish(flow.Document{Name: "Old", Layout: flow.OnePage, Priority: 90, Payments: cards})
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			doc := flow.Document{Name: "New", Layout: flow.ThreePage, Priority: 90, Payments: cards}
			v, err := flow.Save(t.Context(), tx, old.Flow, doc)
			if err != nil {
				return err
			}
			if err := flow.Stage(t.Context(), tx, v.Flow, v.Version); err != nil {
				return err
			}
			e, err := experiment.Create(t.Context(), tx, experiment.Draft{Key: "pages", Name: "Pages", Point: flow.Point(old.Flow),
				Arms: []experiment.Arm{{Key: "old", Weight: 500_000}, {Key: "new", Weight: 500_000, Value: json.RawMessage(`{"version":2}`)}}})
			if err == nil {
				_, err = experiment.Start(t.Context(), tx, e.ID)
			}
			return err
		})
		b := w.bag("en").agree()
		first := strings.Contains(b.open("/checkout").body, "/checkout?step=") || strings.Contains(b.open("/checkout").body, "Continue to delivery")
		b.send("/register", "name", "Ada", "email", "ada@example.com", "password", "correct horse battery", "next", "/")
		b.send("/cart/lines", "product", "throw", "variant", w.variant("THROW-0"), "quantity", "1")
		second := strings.Contains(b.open("/checkout").body, "Continue to delivery")
		if first != second {
			t.Errorf("three pages before registering: %v, after: %v", first, second)
		}
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			all, err := experiment.List(t.Context(), tx, experiment.StateRunning)
			if err != nil {
				return err
			}
			counts, err := experiment.Counts(t.Context(), tx, all[0].ID)
			if len(counts) != 1 || counts[0].Units != 1 || (counts[0].Arm == "new") != second {
				t.Errorf("exposures %+v, three pages: %v", counts, second)
			}
			return err
		})
	})
}

func TestNothingBeyondTheNecessaryIsKeptBeforeConsent(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		kept := func(when string, want ...string) {
			t.Helper()
			var names []string
			for _, c := range b.client.Jar.Cookies(w.url("/")) {
				names = append(names, c.Name)
			}
			slices.Sort(names)
			if !slices.Equal(names, want) {
				t.Errorf("%s the browser keeps %v, want %v", when, names, want)
			}
		}
		page := b.open("/?utm_campaign=spring").says("Reject all", "Accept all")
		kept("before an answer")
		if strings.Contains(page.body, "https://") && strings.Contains(page.body, "<script src=\"http") {
			t.Error("a page fetches from elsewhere")
		}
		b.send("/consent", "answer", "none", "back", "/products/mug").at(200, "/products/mug").silent("Reject all")
		b.open("/?utm_campaign=spring").silent("Reject all")
		kept("after rejecting", "consent")
		b.open("/consent").says("You rejected", "Reject all", "Accept all")
		b.send("/consent", "answer", "all", "back", "/").silent("Reject all")
		kept("after accepting", "consent", "path", "visitor")
		b.send("/consent", "answer", "none", "back", "//evil.example").at(200, "/")
		kept("after changing their mind", "consent")
		b.send("/consent", "answer", "whatever", "back", "/")
		b.open("/")
		kept("an answer that is none counts as no", "consent")
	})
}

// agree makes a visitor one who may be followed.
func (b *browser) agree() *browser {
	b.client.Jar.SetCookies(b.w.url("/"), []*http.Cookie{{Name: "consent", Value: "all", Path: "/"}})
	return b
}

func TestAPageThatFailsItsVisitorIsTold(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en").agree()
		b.open("/")
		b.open("/products/nothing").at(404, "/products/nothing")
		if len(w.failed()) != 0 {
			t.Errorf("a page that there is not was told as a failure: %v", w.failed())
		}
		w.shop.DB = nil // the page panics
		b.open("/").at(500, "/")
		if all := w.failed(); len(all) != 1 || !strings.HasPrefix(all[0], "vis_") {
			t.Errorf("told are %v", all)
		}
	})
}

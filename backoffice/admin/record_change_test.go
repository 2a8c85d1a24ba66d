package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// undone fails the test unless a change of many is run and taken back.
func (w *world) undone(page string) {
	w.t.Helper()
	w.is(w.do(page, "undo"), http.StatusSeeOther)
	w.is(w.get(page), 200, "Undone")
}

// table is a list as it is downloaded.
func (w *world) table(list, query string) string {
	w.t.Helper()
	return w.get("/admin/lists/" + list + "/table.csv" + query).Body.String()
}

func TestWaysOfDeliveryAreSwitchedOffTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/delivery"), 200, "Goods reach nobody yet", "New delivery method")
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			for i, id := range []string{"de_express", "de_parcel", "hu_parcel"} {
				err := method.Save(t.Context(), tx, method.Method{ID: id, Market: strings.ToUpper(id[:2]), Kind: method.Ship, Rule: "flat", Settings: json.RawMessage(`{"amount":49000}`),
					Name: map[string]string{"en": "By " + id[3:]}, TransitMin: 1, TransitMax: 3, CutOff: 14 * 60, Position: 10 - i, Active: true})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if got := w.table("delivery", "?market=DE&column=name&column=position"); got != "Name,Order in the list\nBy parcel,9\nBy express,10\n" {
			t.Errorf("%q", got)
		}
		page := w.changeOf("delivery", "delivery.withdraw", "de_express", "de_parcel")
		w.is(w.get(page), 200, "de_express Offered Not offered", "Change 2")
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/delivery?change=")
		if got := w.table("delivery", "?status=yes&column=name&sort=-name"); got != "Name\nBy parcel\n" {
			t.Errorf("%q", got)
		}
		w.undone(page)
		if got := w.table("delivery", "?status=no"); strings.Count(got, "\n") != 1 {
			t.Errorf("%q", got)
		}
		order := w.changeOf("delivery", "delivery.position", "de_express")
		w.is(w.do(order, "settle", "position", "5000"), http.StatusSeeOther)
		w.is(w.get(order), 200, "use 0 to 1000")
		w.is(w.do(order, "settle", "position", "1"), http.StatusSeeOther)
		w.is(w.do(order, "run"), http.StatusSeeOther)
		if got := w.table("delivery", "?market=DE&column=name"); got != "Name\nBy express\nBy parcel\n" {
			t.Errorf("%q", got)
		}
		w.is(w.get("/admin/delivery/new?market=HU"), 200, "New delivery method", "Hungary")
	})
}

func TestAPlaceIsClosedWithAllItDoesAndOpenedAsItWas(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return inventory.SaveLocation(t.Context(), tx, inventory.Location{ID: "loc_wien", Name: "Wien", Country: "AT", City: "Wien", Zone: "Europe/Vienna", Ships: true, Pickup: true, Priority: 7})
		})
		if got := w.table("places", "?country=AT&column=name&column=does&column=city"); got != "Name,City,Does\nWien,Wien,\"Sends, For collecting\"\n" {
			t.Errorf("%q", got)
		}
		page := w.changeOf("places", "places.retire", "loc_wien", "loc_berlin")
		w.is(w.get(page), 200, "Wien Sends, For collecting Not used", "Move it away first", "Change 1")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/places?does=retired"), 200, "Wien Wien, AT Not used")
		w.is(w.get(w.changeOf("places", "places.collect", "loc_wien")), 200, "open it again first", "Nothing of what is shown would change")
		w.undone(page)
		w.is(w.get("/admin/places?does=pickup&sort=-priority"), 200, "Wien Wien, AT Sends")
		page = w.changeOf("places", "places.unship", "loc_wien")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/places?does=ships&country=AT"), 200, "Nothing here matches")
		w.undone(page)
		if got := w.table("places", "?does=ships&q=wien&column=name"); got != "Name\nWien\n" {
			t.Errorf("%q", got)
		}
	})
}

func TestMarketsAreGivenTermsOfReturnTogether(t *testing.T) {
	each(t, func(w *world) {
		page := w.changeOf("markets", "markets.returns", "DE", "HU")
		w.is(w.do(page, "settle", "days", "400", "paid_by", "shop", "how", "label"), http.StatusSeeOther)
		w.is(w.get(page), 200, "Nothing of what is shown would change")
		w.is(w.do(page, "settle", "days", "many", "paid_by", "shop", "how", "label"), http.StatusSeeOther)
		w.is(w.get(page), 200, "whole number")
		w.is(w.do(page, "settle", "days", "30", "paid_by", "shop", "how", "label"), http.StatusSeeOther)
		w.is(w.get(page), 200, "as many days as the law gives", "30 days · The shop", "Change 2")
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/markets?change=")
		if got := w.table("markets", "?country=HU&column=name&column=returns"); !strings.Contains(got, "30 days · The shop") || strings.Count(got, "\n") != 2 {
			t.Errorf("%q", got)
		}
		w.undone(page)
		if got := w.table("markets", "?column=name&column=returns"); strings.Contains(got, "30 days") {
			t.Errorf("%q", got)
		}
		w.is(w.get("/admin/channels?kind=till"), 200, "Settings", "Channels", "Nothing here matches")
	})
}

func TestPaymentMethodsAreOfferedTogetherAcrossMarkets(t *testing.T) {
	each(t, func(w *world) {
		page := w.changeOf("methods", "methods.offer", "DE/card", "HU/card", "DE/swish")
		w.is(w.get(page), 200, "DE card Not offered Offered", "no such page", "Change 2")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		if got := w.table("methods", "?status=on&column=method&column=market"); got != "Way to pay,Market\nCard,Germany\nCard,Hungary\n" {
			t.Errorf("%q", got)
		}
		w.undone(page)
		if got := w.table("methods", "?status=on"); strings.Count(got, "\n") != 1 {
			t.Errorf("%q", got)
		}
		w.is(w.get("/admin/payment-methods?status=off&q=card"), 200, "Card", "Germany", "Hungary")
		w.is(w.get("/admin/payment-methods?q=card&market=HU&method=card"), 200, "Card · Hungary", "Offered in Hungary")
	})
}

// The last flow for everyone stays, because without it some could not buy.
func TestFlowsAreTakenFromVisitorsTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		everyone, phones := w.flow("Everyone"), w.flow("Phones")
		if got := w.table("flows", "?column=name&column=place&column=status"); got != "Name,Asked as,Status\nPhones,1,published\nEveryone,2,published\n" {
			t.Errorf("%q", got)
		}
		page := w.changeOf("flows", "flows.archive", everyone, phones)
		w.is(w.get(page), 200, "Phones version 1 Not published", "must stay published", "Change 1")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/flows?status=rest"), 200, "Phones")
		w.undone(page)
		w.is(w.get("/admin/flows?status=rest"), 200, "Nothing here matches")

		draft := w.begun("standard")
		w.is(w.get("/admin/flows?status=draft"), 200, "Not published")
		page = w.changeOf("flows", "flows.publish", strings.TrimPrefix(draft, "/admin/flows/"), phones)
		w.is(w.get(page), 200, "Not published version 1", "Change 1")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		if got := w.table("flows", "?status=published"); strings.Count(got, "\n") != 4 {
			t.Errorf("%q", got)
		}
		w.undone(page)
		if got := w.table("flows", "?status=published"); strings.Count(got, "\n") != 3 {
			t.Errorf("%q", got)
		}
	})
}

func TestCategoriesAreHiddenAndMovedTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		cups, _ := w.cups()
		w.is(w.post("/admin/categories/new", "/admin/categories", "title", "Bowls"), http.StatusSeeOther)
		bowls, _ := w.tree().Lookup("bowls")
		move := w.changeOf("categories", "categories.move", string(bowls.ID), cups)
		w.is(w.do(move, "settle", "parent", cups), http.StatusSeeOther)
		w.is(w.get(move), 200, "Bowls At the top Cups", "cannot stand under itself", "Change 1")
		w.is(w.do(move, "run"), http.StatusSeeOther)
		if got := w.table("categories", "?below="+cups+"&column=title&column=above"); got != "Title,Stands under\nBowls,Cups\n" {
			t.Errorf("%q", got)
		}
		w.is(w.get("/admin/categories?q=bowls"), 200, "Bowls Cups")
		hide := w.changeOf("categories", "categories.hide", string(bowls.ID))
		w.is(w.do(hide, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/categories?status=hidden"), 200, "Bowls")
		w.undone(hide)
		w.undone(move)
		if top := w.tree().Children(""); len(top) != 2 {
			t.Errorf("the top is %v", top)
		}
		if body := w.get("/admin/categories").Body.String(); !strings.Contains(body, `value="`+cups+`:down" formaction="/admin/categories/order"`) {
			t.Error("a category cannot be moved among its siblings")
		}
	})
}

func TestAttributesAreDeletedTogetherAndComeBackWithTheirOptions(t *testing.T) {
	each(t, func(w *world) {
		_, volume := w.cups()
		w.is(w.post("/admin/attributes/new", "/admin/attributes", "name.", "Colour", "type", "option", "choices[0].name.", "Red", "choices[0].name.hu", "Piros"), http.StatusSeeOther)
		filter := w.changeOf("attributes", "attributes.filter", "colour", volume)
		w.is(w.do(filter, "run"), http.StatusSeeOther)
		if got := w.table("attributes", "?use=facet&type=option&column=title&column=options"); got != "Title,Options\nColour,1\n" {
			t.Errorf("%q", got)
		}
		w.is(w.get(w.changeOf("attributes", "attributes.hide", "colour")), 200, "what shoppers do not see they cannot filter by")
		w.undone(filter)
		gone := w.changeOf("attributes", "attributes.delete", "colour", volume)
		w.is(w.get(gone), 200, "Change 1", "names this attribute", "Change 1")
		w.is(w.do(gone, "run"), http.StatusSeeOther)
		if _, there := w.tree().Attribute("colour"); there {
			t.Error("a deleted attribute is there")
		}
		w.undone(gone)
		if a, _ := w.tree().Attribute("colour"); len(a.Options) != 1 || a.Options[0].In("hu") != "Piros" {
			t.Errorf("%+v", a)
		}
	})
}

package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/value/address"
)

// customer is Ada, registered with an address and a cart of a mug.
func (w *world) customer() (id profile.CustomerID) {
	w.t.Helper()
	ctx := w.t.Context()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		c, err := profile.Register(ctx, tx, w.keeper, profile.Registration{Name: "Ada Lovelace", Email: "Ada@example.com", Locale: "de-DE", Market: "DE"})
		if err != nil {
			return err
		}
		id = c.ID
		if _, err := profile.AddAddress(ctx, tx, w.keeper, id, address.Address{Name: "Ada Lovelace", Line1: "Torstr. 1", City: "Berlin", PostalCode: "10119", Country: "DE"}); err != nil {
			return err
		}
		_, err = cart.Create(ctx, tx, cart.Draft{Market: "DE", Channel: "web", Locale: "de-DE", Customer: string(id), Lines: []cart.Line{{Variant: w.mug.Variants[0].ID, Quantity: 3}}})
		return err
	})
	return id
}

func TestEverythingKnownOfACustomerIsOnOnePage(t *testing.T) {
	each(t, func(w *world) {
		id := w.customer()
		page := "/admin/customers/" + string(id)
		w.is(w.get("/admin/customers"), 200, "Ada Lovelace", "Ada@example.com")
		w.is(w.get("/admin/customers?q=ADA@example.com"), 200, "Ada Lovelace")
		w.is(w.get("/admin/customers?q=bob@example.com"), 200, "Nothing here matches")
		w.is(w.get("/admin/customers?market=HU"), 200, "Nothing here matches")
		w.is(w.get(page), 200, "Ada Lovelace", "Torstr. 1", "3 × Mug", "No credit", "Nothing bought yet", "that takes 500 customers")
		w.is(w.get("/admin/customers/cus_none"), http.StatusNotFound)

		w.happened([]string{"customer.registered"}, nil)
		w.is(w.post("", page+"/note", "text", ""), http.StatusUnprocessableEntity, "1 to 2,000")
		w.is(w.post("", page+"/note", "text", "Prefers <b>mail</b>"), http.StatusSeeOther, "note_added")
		w.is(w.post("", "/admin/customer-groups", "name", "Dealers", "back", page), http.StatusSeeOther, page)
		var dealers group.ID
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			all, err := group.List(w.t.Context(), tx)
			dealers = all[0].ID
			return err
		})
		w.is(w.post("", page+"/groups", "groups", string(dealers), "tags", "vip, press", "tier", "gold"), http.StatusSeeOther, "groups_saved")
		credit := url.Values{"amount": {"12.50"}, "currency": {"EUR"}, "reason": {"late"}, "key": {"one"}}
		w.is(w.send("POST", page+"/credit", credit), http.StatusSeeOther, "credit_given")
		w.is(w.send("POST", page+"/credit", credit), http.StatusSeeOther, "credit_given")
		w.is(w.send("POST", page+"/credit", url.Values{"amount": {"x"}, "currency": {"EUR"}}), http.StatusUnprocessableEntity)

		points := url.Values{"points": {"250"}, "points_reason": {"a birthday"}, "key": {"a key of ours"}}
		w.is(w.send("POST", page+"/points", points), http.StatusSeeOther, "points_adjusted")
		w.is(w.send("POST", page+"/points", points), http.StatusSeeOther, "points_adjusted")
		w.is(w.send("POST", page+"/points", url.Values{"points": {"-50"}, "points_reason": {"a mistake"}, "key": {"another key"}}), http.StatusSeeOther)
		w.is(w.send("POST", page+"/points", url.Values{"points": {"-201"}, "points_reason": {"too many"}, "key": {"a third"}}), http.StatusConflict)
		w.is(w.send("POST", page+"/points", url.Values{"points": {"many"}, "points_reason": {"x"}}), http.StatusUnprocessableEntity)
		w.is(w.get(page), 200, "a birthday", "a mistake", "Points 200", "-50")
		a := w.get(page)
		w.is(a, 200, "Prefers <b>mail</b>", "Dealers", "vip", "press", "gold", "€12.50", "Given")
		if strings.Contains(a.text, "€25.00") {
			w.t.Error("a form that was sent twice gave twice")
		}
		w.is(w.get("/admin/customers?group="+string(dealers)), 200, "Ada Lovelace")
		file := w.get(page + "/export.json")
		w.is(file, 200)
		if body := file.Body.String(); !strings.Contains(body, `"email": "Ada@example.com"`) || !strings.Contains(body, "Torstr. 1") || !strings.Contains(body, "12.50") {
			w.t.Errorf("the export says %s", body)
		}
	})
}

func TestAPersonIsErasedOnceTheirOwnerSaysSo(t *testing.T) {
	each(t, func(w *world) {
		id := w.customer()
		page := "/admin/customers/" + string(id)
		w.is(w.post("", page+"/note", "text", "a secret"), http.StatusSeeOther)
		w.is(w.post("", page+"/erase", "confirm", "yes"), http.StatusUnprocessableEntity, "Type ERASE")
		w.is(w.get(page), 200, "a secret")
		w.is(w.post("", page+"/erase", "confirm", "ERASE"), http.StatusSeeOther, "customer_erased")
		a := w.get(page)
		w.is(a, 200, "Erased", "Person erased")
		if strings.Contains(a.text, "Ada") || strings.Contains(a.text, "a secret") || strings.Contains(a.text, "Torstr") {
			w.t.Errorf("an erased person is still told of: %s", a.text)
		}
		w.is(w.get("/admin/customers"), 200, "Nobody has registered yet")
		w.is(w.post("", page+"/note", "text", "again"), http.StatusNotFound)
		w.as(auth.RoleAssociate)
		w.is(w.get(page), http.StatusForbidden)
	})
}

func TestCustomersAreTaggedTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		id := w.customer()
		form := url.Values{"verb": {"customers.tag"}, "pick": {string(id)}}
		a := w.send("POST", "/admin/lists/customers/change", form)
		w.is(a, http.StatusSeeOther)
		page := a.Header().Get("Location")
		w.is(w.do(page, "settle", "tag", "vip"), http.StatusSeeOther)
		w.is(w.get(page), 200, "vip")
		w.do(page, "run")
		w.is(w.get("/admin/customers/"+string(id)), 200, "vip")
		w.do(page, "undo")
		if strings.Contains(w.get("/admin/customers/"+string(id)).text, "vip") {
			w.t.Error("the tag was not taken back")
		}
	})
}

func TestOrdersAreFoundByWhatIsKnownAndHeldTogether(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		w.is(w.get("/admin/orders"), 200, "Ada Lovelace", "Placed", "€25.80")
		w.is(w.get("/admin/orders?q=ada@example.com"), 200, "Ada Lovelace")
		w.is(w.get("/admin/orders?q=bob@example.com"), 200, "Nothing here matches")
		w.is(w.get("/admin/orders?market=HU"), 200, "Nothing here matches")
		w.is(w.get("/admin/orders?from=2030-01-01&until=2030-12-31&market=DE&status=placed"), 200)
		a := w.send("POST", "/admin/lists/orders/change", url.Values{"verb": {"orders.hold"}, "pick": {string(id)}})
		w.is(a, http.StatusSeeOther)
		page := a.Header().Get("Location")
		w.is(w.get(page), 200, "Placed", "On hold")
		w.do(page, "run")
		w.is(w.get("/admin/orders?status=on_hold"), 200, "held by staff")
		w.do(page, "undo")
		w.is(w.get("/admin/audit"), 200, "In bulk: Put on hold", "Undone – In bulk: Put on hold")
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			o, err := order.Head(w.t.Context(), tx, id)
			if o.State != order.StatePlaced {
				w.t.Errorf("after undoing it is %s", o.State)
			}
			return err
		})
	})
}

func TestEverythingIsFoundFromOneFieldAsFarAsRightsGo(t *testing.T) {
	each(t, func(w *world) {
		w.customer()
		id := w.order("approve", "")
		var number string
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			o, err := order.Head(w.t.Context(), tx, id)
			number = o.Number
			return err
		})
		w.is(w.get("/admin/find?q="+number), 200, number, "€25.80")
		w.is(w.get("/admin/find?q=ada@example.com"), 200, "Ada Lovelace Ada@example.com", number)
		w.is(w.get("/admin/find?q=MUG-RED"), 200, "Mug MUG-RED")
		w.is(w.get("/admin/find?q=promo"), 200, "Promotions", "New promotion")
		w.is(w.get("/admin/find?q=zzzz"), 200, "Nothing found")
		if a := w.get("/admin/find?part=list&q=mug"); a.Code != 200 || strings.Contains(a.Body.String(), "<html") || !strings.Contains(a.text, "Mug") {
			w.t.Errorf("the palette's list is %.300s", a.Body)
		}
		w.as(auth.RoleAssociate)
		if text := w.get("/admin/find?part=list&q=ada@example.com").text; strings.Contains(text, "Customers") {
			w.t.Errorf("without the right customers are found: %s", text)
		}
		if text := w.get("/admin/find?part=list&q=new").text; strings.Contains(text, "New product") || strings.Contains(text, "New role") {
			w.t.Errorf("without the right it is offered: %s", text)
		}
	})
}

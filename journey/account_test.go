package journey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

const me = "/store/v1/customers/me"

// account gives a customer what a route of the account is about, and names it.
func account(w *apptest.World, token, owner string, things map[string]string) {
	w.T.Helper()
	call := func(method, path string, body any) apptest.Answer {
		w.T.Helper()
		a := w.Call(method, me+path, body, "Customer-Token", token)
		if a.Status/100 != 2 {
			w.T.Fatalf("%s %s: %d %s", method, path, a.Status, a.Bytes)
		}
		return a
	}
	things["product"] = w.Call("GET", "/store/v1/products?limit=1", nil).Text("data", 0, "id")
	switch owner {
	case "address":
		things[owner] = call("POST", "/addresses", berlin).Text("id")
	case "wish list":
		things[owner] = call("POST", "/wish-lists", map[string]any{"name": "Gifts"}).Text("id")
		call("PUT", "/wish-lists/"+things[owner]+"/products/"+things["product"], nil)
	case "saved":
		call("PUT", "/saved/POSTER", map[string]any{"quantity": 2})
		things[owner] = "POSTER"
	case "message":
		w.Until("something was written to her", func() bool {
			things[owner] = call("GET", "/messages", nil).Text("data", 0, "id")
			return things[owner] != ""
		})
	case "export":
		things[owner] = call("POST", "/exports", nil).Text("id")
		w.Until("her export is made", func() bool { ready, _ := call("GET", "/exports", nil).At("data", 0, "ready").(bool); return ready })
	case "self":
		things[owner] = "none"
	}
}

// An app's customer does with the API what the shop's pages let her do.
func TestACustomerKeepsHerAccountThroughTheAPI(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}).Text("token")
		call := func(method, path string, body any) apptest.Answer {
			t.Helper()
			return w.Call(method, me+path, body, "Customer-Token", hers)
		}
		is := func(a apptest.Answer, status int, path ...any) string {
			t.Helper()
			if a.Status != status {
				t.Fatalf("%d %s, want %d", a.Status, a.Bytes, status)
			}
			if len(path) == 0 {
				return ""
			}
			return a.Text(path...)
		}
		is(call("PATCH", "", map[string]any{"phone": "+49 30 123"}), 200)
		if a := call("GET", "", nil); a.Text("name") != "Ada" || a.Text("phone") != "+49 30 123" {
			t.Errorf("her profile is %s", a.Bytes)
		}

		first, second := is(call("POST", "/addresses", berlin), 201, "id"), is(call("POST", "/addresses", berlin), 201, "id")
		is(call("POST", "/addresses", map[string]any{"name": "Ada", "country": "DE"}), 422)
		is(call("POST", "/addresses/"+second+"/default", nil), 204)
		is(call("DELETE", "/addresses/"+first, nil), 200)
		if a := call("GET", "/addresses", nil); a.Text("data", 0, "id") != second || a.At("data", 0, "default") != true || a.At("data", 1) != nil {
			t.Errorf("her book holds %s", a.Bytes)
		}

		gifts := is(call("POST", "/wish-lists", map[string]any{"name": "Gifts"}), 201, "id")
		poster := w.Call("GET", "/store/v1/products?limit=1", nil).Text("data", 0, "id")
		is(call("PUT", "/wish-lists/"+gifts+"/products/"+poster, nil), 204)
		is(call("PUT", "/wish-lists/"+gifts+"/products/prd_none", nil), 404)
		link := is(call("PATCH", "/wish-lists/"+gifts, map[string]any{"shared": true}), 200, "link")
		shared := "/store/v1/wish-lists/" + link[strings.LastIndex(link, "/")+1:]
		if a := w.Call("GET", shared, nil); a.Text("name") != "Gifts" || a.Text("products", 0, "id") != poster || strings.Contains(string(a.Bytes), "ada@") {
			t.Errorf("the link shows %s", a.Bytes)
		}
		is(call("PATCH", "/wish-lists/"+gifts, map[string]any{"shared": false}), 200)
		is(w.Call("GET", shared, nil), 404)

		is(call("PUT", "/saved/POSTER", map[string]any{"quantity": 3}), 204)
		if a := call("GET", "/saved", nil); a.Text("data", 0, "sku") != "POSTER" || a.At("data", 0, "sellable") != true {
			t.Errorf("saved for later: %s", a.Bytes)
		}
		is(call("DELETE", "/saved/POSTER", nil), 200)

		is(call("PUT", "/consents/offers", map[string]any{"given": true, "words": "Tell me what is new"}), 204)
		is(call("PUT", "/consents/everything", map[string]any{"given": true, "words": "x"}), 422)
		if a := call("GET", "/consents", nil); a.At("data", 0, "given") != false || a.At("data", 0, "waits") != true || a.At("data", 1, "waits") != nil {
			t.Errorf("she allows %s", a.Bytes)
		}

		order := belongings(w, hers)["order"]
		if a := call("GET", "/orders", nil); a.Text("data", 0, "id") != order || a.At("page", "has_more") != false {
			t.Errorf("her orders are %s", a.Bytes)
		}
		things := map[string]string{}
		account(w, hers, "message", things)
		if a := call("GET", "/messages/"+things["message"], nil); a.Text("subject") == "" || a.Text("text") == "" {
			t.Errorf("what was written to her is %s", a.Bytes)
		}
		account(w, hers, "export", things)
		if a := call("GET", "/exports/"+things["export"], nil); a.Status != 200 || !strings.Contains(string(a.Bytes), "Torstr") && !strings.Contains(string(a.Bytes), "ada@example.com") {
			t.Errorf("her data is %d %s", a.Status, a.Bytes)
		}
		is(call("DELETE", "?confirm=true", nil), 409) // an order is on its way
	})
}

// Signing in a while ago is enough to read, and not to change how one signs in
// or to end the account.
func TestWhatMattersAsksWhoSignedInLongAgoAgain(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		call := func(method, path, token string, body any) apptest.Answer {
			t.Helper()
			return w.Call(method, me+path, body, "Customer-Token", token)
		}
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error { // an hour goes by
			_, err := tx.Exec(t.Context(), `UPDATE auth_sessions SET created_at = created_at - $1`, time.Hour.Microseconds())
			return err
		})
		for _, a := range []apptest.Answer{call("POST", "/password", hers, map[string]any{"password": "another horse battery"}), call("DELETE", "?confirm=true", hers, nil)} {
			if a.Status != 403 || a.Text("code") != "storeapi.fresh" {
				t.Errorf("after an hour: %d %s", a.Status, a.Bytes)
			}
		}
		again := w.Call("POST", "/store/v1/sessions", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		renewed := call("POST", "/password", again, map[string]any{"password": "another horse battery"}).Text("token")
		for _, token := range []string{hers, again} {
			if a := call("GET", "", token, nil); a.Status != 401 {
				t.Errorf("a session outlived the password: %d", a.Status)
			}
		}
		devices := call("GET", "/sessions", renewed, nil)
		if devices.At("data", 0, "current") != true || devices.At("data", 1) != nil {
			t.Errorf("signed in: %s", devices.Bytes)
		}
		if a := call("DELETE", "?confirm=true", renewed, nil); a.Status != 200 {
			t.Errorf("her account does not end: %d %s", a.Status, a.Bytes)
		}
		if a := call("GET", "", renewed, nil); a.Status != 401 {
			t.Errorf("who is forgotten is still signed in: %d", a.Status)
		}
	})
}

// Two customers do the same things, and neither finds anything of the other's
// among their own.
func TestAnAccountIsItsOwners(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		mine := w.Call("POST", "/store/v1/customers", map[string]any{"email": "eve@example.com", "password": "correct horse battery"}).Text("token")
		belongings(w, hers)
		things := map[string]string{}
		for _, owner := range []string{"address", "wish list", "saved", "message", "export"} {
			account(w, hers, owner, things)
		}
		w.Call("PUT", me+"/consents/offers", map[string]any{"given": true, "words": "hers"}, "Customer-Token", hers)
		var lists []string
		for route, a := range routes {
			if method, path, _ := strings.Cut(route, " "); a.owner == "self" && method == "GET" {
				lists = append(lists, path)
			}
		}
		for _, path := range slices.Sorted(slices.Values(lists)) {
			a := w.Call("GET", path, nil, "Customer-Token", mine)
			if a.Status != 200 {
				t.Errorf("%s: %d %s", path, a.Status, a.Bytes)
			}
			for what, thing := range things {
				if what != "product" && strings.Contains(string(a.Bytes), thing) || strings.Contains(string(a.Bytes), "ada@") || strings.Contains(string(a.Bytes), `"hers"`) {
					t.Errorf("%s shows another's %s: %s", path, what, a.Bytes)
				}
			}
		}
	})
}

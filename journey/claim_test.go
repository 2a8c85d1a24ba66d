package journey_test

import (
	"errors"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// guestOrder places an order as a guest and returns its id and token.
func guestOrder(w *apptest.World) (id, token string) {
	w.T.Helper()
	checkout, _, _ := ready(w, "sandbox:approve", line("MUG-RED", 1))
	done := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", map[string]any{"expected_total": map[string]any{"amount": 16_80, "currency": "EUR"}}, "Idempotency-Key", checkout)
	if done.Text("status") != "completed" {
		w.T.Fatalf("%s", done.Bytes)
	}
	return done.Text("order", "id"), done.Text("order", "token")
}

func TestAGuestMakesAnAccountOfAnOrderByOneCall(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id, token := guestOrder(w)
		at, secret := "/store/v1/orders/"+id+"/account", map[string]any{"password": "correct horse battery"}
		for _, c := range []struct {
			name    string
			body    any
			headers []string
			want    int
		}{
			{"without the order's token", secret, nil, 404},
			{"with another's", secret, []string{"Order-Token", token + "x"}, 404},
			{"with a short password", map[string]any{"password": "short"}, []string{"Order-Token", token}, 422},
			{"rightly", secret, []string{"Order-Token", token}, 201},
			{"a second time", secret, []string{"Order-Token", token}, 409},
		} {
			if a := w.Call("POST", at, c.body, c.headers...); a.Status != c.want {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
		}
		hers := w.Call("POST", "/store/v1/sessions", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		if a := w.Call("GET", "/store/v1/orders/"+id, nil, "Customer-Token", hers); a.Status != 200 {
			t.Errorf("her account does not open it: %d %s", a.Status, a.Bytes)
		}

		next, second := guestOrder(w) // she buys as a guest again, with the address of her account
		eve := w.Call("POST", "/store/v1/customers", map[string]any{"email": "eve@example.com", "password": "correct horse battery"}).Text("token")
		claim := "/store/v1/orders/" + next + "/claim"
		for _, c := range []struct {
			name    string
			headers []string
			want    int
		}{
			{"her account without the token", []string{"Customer-Token", hers}, 404},
			{"the token without an account", []string{"Order-Token", second}, 401},
			{"the token in somebody else's account", []string{"Order-Token", second, "Customer-Token", eve}, 403},
			{"another order's token", []string{"Order-Token", token, "Customer-Token", hers}, 404},
			{"both", []string{"Order-Token", second, "Customer-Token", hers}, 200},
			{"both again", []string{"Order-Token", second, "Customer-Token", hers}, 200},
			{"somebody else afterwards", []string{"Order-Token", second, "Customer-Token", eve}, 403},
		} {
			if a := w.Call("POST", claim, nil, c.headers...); a.Status != c.want {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
		}
		if a := w.Call("POST", "/store/v1/orders/"+next+"/account", secret, "Order-Token", second); a.Status != 409 {
			t.Errorf("an account is made of what is an account's: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

// What somebody ordered as a guest and took over into her account is sealed under
// a guest's key: when she is forgotten, so is the guest.
func TestWhoIsForgottenIsForgottenInTheOrdersShePutIntoHerAccount(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id, token := guestOrder(w)
		hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		if a := w.Call("POST", "/store/v1/orders/"+id+"/claim", nil, "Order-Token", token, "Customer-Token", hers); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/store/v1/orders/"+id+"/cancel", map[string]any{}, "Customer-Token", hers, "Idempotency-Key", "cancel"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		other, _ := guestOrder(w) // of a guest with the same address, who has claimed nothing
		if a := w.Call("DELETE", "/store/v1/customers/me?confirm=true", nil, "Customer-Token", hers); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		forgotten := func(of string) (gone bool) {
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
				o, err := order.Find(t.Context(), tx, order.ID(of))
				if err != nil {
					return err
				}
				_, err = profile.FindContact(t.Context(), tx, w.App.Keeper, profile.ContactID(o.Contact))
				if gone = errors.Is(err, profile.ErrErased); gone {
					err = nil
				}
				return err
			})
			return gone
		}
		w.Until("the guest she was is forgotten", func() bool { return forgotten(id) })
		if forgotten(other) {
			t.Error("a guest who is not her is forgotten with her")
		}
		w.Whole()
	})
}

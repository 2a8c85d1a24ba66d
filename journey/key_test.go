package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

func TestWhoHasNoKeyIsToldWhichOneToSend(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for _, c := range []struct {
			name, path, key, code string
			status                int
		}{
			{"no key for the shop", "/store/v1/products", "", "storeapi.key", 401},
			{"no key for the back office", "/admin/v1/orders", "", "adminapi.key", 401},
			{"a key nobody made", "/store/v1/products", "Bearer pk_nobody", "auth.key", 401},
			{"a shop's key in the back office", "/admin/v1/orders", "Bearer " + w.Store, "adminapi.key", 401},
		} {
			a := w.Call("GET", c.path, nil, "Authorization", c.key)
			if a.Status != c.status || a.Text("code") != c.code || a.Text("request_id") == "" {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
		}
	})
}

package journey_test

import (
	"net/http"
	"sync"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// doors are pages and routes that remember something between requests, or ask
// for what others are changing. Those of the admin are staff's.
var doors = []string{
	"/", "/products", "/search?q=mug", "/cart", "/sitemap.xml", "/robots.txt", "/assets/theme.css",
	"/store/v1/products", "/store/v1/products/mug", "/store/v1/suggest?q=mu", "/store/v1/categories", "/store/v1/openapi.json",
	"/admin", "/admin/orders", "/admin/products", "/admin/stock", "/admin/exceptions", "/admin/flows",
	"/admin/v1/orders", "/admin/v1/products", "/admin/v1/stock", "/admin/v1/exceptions", "/admin/v1/ledger/check",
}

// A shop that is looked at through every door at once, while it sells and while
// staff change what is sold, answers everybody; and its books agree. The race
// detector watches here what each door shares between its requests.
func TestEverybodyComesAtOnce(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		session := owner(t, w)
		w.Stock("MUG-RED", 100)
		var people sync.WaitGroup
		for i := range 6 {
			people.Go(func() {
				for n := range doors {
					door := doors[(n*(2*i+1)+i)%len(doors)]
					if a, err := w.Try("GET", door, nil, "Cookie", "admin="+session); err != nil || a.Status >= http.StatusInternalServerError || a.Status == http.StatusUnauthorized {
						t.Errorf("%s: %v %d %.200s", door, err, a.Status, a.Bytes)
					}
				}
			})
		}
		people.Go(func() {
			for n := range 5 {
				a, err := w.Try("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": "POSTER", "location": "loc_berlin", "delta": n + 1, "reason": "found"}, "Idempotency-Key", string(rune('a'+n)))
				if err != nil || a.Status/100 != 2 {
					t.Errorf("stock: %v %d %s", err, a.Status, a.Bytes)
				}
			}
		})
		for range 4 {
			people.Go(func() {
				b := buyer{plain: true, Instrument: "sandbox:approve", call: func(method, path string, body any, header ...string) (apptest.Answer, error) {
					return w.Try(method, path, body, header...)
				}}
				for b.Next != "settle" {
					if _, err := b.step(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		people.Wait()
		w.Until("four orders", func() bool { return len(orders(w)) == 4 })
		agree(w)
	})
}

// owner makes an owner of the shop and returns a session of theirs.
func owner(t *testing.T, w *apptest.World) (session string) {
	t.Helper()
	hash, err := auth.HashPassword(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		s, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Olga", Email: "olga@example.com", Role: auth.RoleOwner}, hash)
		if err != nil {
			return err
		}
		if _, session, err = auth.StartSession(t.Context(), tx, auth.RealmStaff, string(s.ID)); err != nil {
			return err
		}
		session, err = auth.MarkProved(t.Context(), tx, auth.RealmStaff, session)
		return err
	})
	return session
}

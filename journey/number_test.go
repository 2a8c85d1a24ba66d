package journey_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/purchase/payment/bank"
)

// pasted is a published test number as somebody pastes it, and runs what of it
// must stand nowhere.
const pasted = "4000 0566 5566 5556"

var runs = []string{pasted, "4000056655665556", "4000-0566-5566-5556"}

// A card number is sent in every text of every route's body, in forms and in
// searches. None is kept: the database is read from end to end.
func TestACardNumberSentAnywhereIsKeptNowhere(t *testing.T) {
	calm(t)
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada := newKeeper(w, "ada@example.com")
		things := belongings(w, ada.token)
		sent := 0
		for _, route := range slices.Sorted(maps.Keys(routes)) {
			var body any
			if json.Unmarshal([]byte(routes[route].body), &body) != nil {
				continue
			}
			method, path, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(route, "{id}", things[routes[route].owner]), "{line}", things["line"]), " ")
			for _, changed := range withNumber(body) {
				sent++
				a := w.Call(method, path, changed, "Customer-Token", ada.token, "Idempotency-Key", "n")
				if strings.Contains(string(a.Bytes), "5665 5") || strings.Contains(string(a.Bytes), "56655665") {
					t.Errorf("%s repeats the number: %s", route, a.Bytes)
				}
			}
		}
		form := func(path string, pairs ...string) {
			values := url.Values{}
			for i := 0; i < len(pairs); i += 2 {
				values.Set(pairs[i], pairs[i+1])
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", w.Shop.URL+path, strings.NewReader(values.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: "cart", Value: things["cart"]})
			r.AddCookie(&http.Cookie{Name: "customer", Value: ada.token})
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = got.Body.Close()
		}
		form("/checkout", "email", "ada@example.com", "country", "DE", "name", pasted, "line1", pasted, "city", pasted, "postal_code", "10115", "intent", "refresh")
		form("/cart/codes", "code", pasted)
		form("/register", "name", pasted, "email", "x@example.com", "password", "correct horse battery")
		form("/account/cards", "instrument", pasted, "agree", "yes")
		form("/admin/sign-in", "email", pasted, "password", pasted)
		for _, path := range []string{"/?q=", "/store/v1/products?q=", "/store/v1/suggest?q=", "/admin/v1/orders?number=", "/admin/v1/payments?text="} {
			w.Call("GET", path+url.QueryEscape(pasted), nil)
		}
		settled(t, w.App.DB)
		for table, rows := range everything(t, w.App.DB) {
			for _, run := range runs {
				if strings.Contains(rows, run) {
					t.Errorf("%s holds a card number", table)
				}
			}
		}
		if sent < 100 {
			t.Errorf("only %d texts were tried", sent)
		}
	})
}

// withNumber is a body with the number in each of its texts, one at a time.
func withNumber(body any) (all []any) {
	switch v := body.(type) {
	case string:
		return []any{pasted, "note: 4000056655665556."}
	case []any:
		for i, part := range v {
			for _, changed := range withNumber(part) {
				other := slices.Clone(v)
				other[i] = changed
				all = append(all, other)
			}
		}
	case map[string]any:
		for name, part := range v {
			for _, changed := range withNumber(part) {
				other := maps.Clone(v)
				other[name] = changed
				all = append(all, other)
			}
		}
		other := maps.Clone(v)
		other["metadata"] = map[string]any{"note": pasted}
		all = append(all, other)
	}
	return all
}

// everything is all that the database holds, as text by table.
func everything(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for table, columns := range tables(t, d) {
		var parts []string
		for _, c := range columns {
			parts = append(parts, `COALESCE(CAST(`+c+` AS TEXT), '-')`)
		}
		all[table] = strings.Join(texts(t, d, `SELECT `+strings.Join(parts, ` || '|' || `)+` FROM `+table), "\n")
	}
	return all
}

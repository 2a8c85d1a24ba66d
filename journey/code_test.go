package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// What a merchant limits on a page, a program limits over the API, and the
// next cart is told.
func TestLimitsAreSetAndReadOverTheAPI(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		eur := func(minor int) map[string]any { return map[string]any{"amount": minor, "currency": "EUR"} }
		limits := map[string]any{"name": "Spring", "by_code": true, "percent": 10, "usage_limit": 9, "per_customer": 5, "period": "week", "per_period": 7, "budget": eur(100_00)}
		p := w.Call("POST", "/admin/v1/promotions", limits)
		at := "/admin/v1/promotions/" + p.Text("id")
		w.Call("POST", at+"/codes", map[string]any{"codes": []any{"SPRING-A", "SPRING-B"}})

		limits["usage_limit"], limits["budget"] = 3, eur(50_00)
		if a := w.Call("PUT", at, limits); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		a := w.Call("GET", at, nil)
		if a.Int("usage_limit") != 3 || a.Int("per_customer") != 5 || a.Text("period") != "week" || a.Int("per_period") != 7 || a.Int("budget", "amount") != 50_00 {
			t.Errorf("the limits are %s", a.Bytes)
		}

		cart := func(code string) (id, reason string) {
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			c = w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/codes", map[string]any{"code": code})
			return c.Text("id"), c.Text("codes", 0, "reason")
		}
		id, reason := cart("spring-a")
		if reason != "" {
			t.Fatalf("an unused code: %q", reason)
		}
		session, _, total := readyCart(w, id, "sandbox:approve")
		if a := complete(w, session, "k", total); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		if a := w.Call("PATCH", "/admin/v1/codes/spring-a", map[string]any{"usage_limit": 1}); a.Status != 200 || a.Text("code") != "SPRING-A" || a.Int("usage_limit") != 1 || a.Int("used") != 1 || a.Text("promotion") != p.Text("id") {
			t.Errorf("limited to its use: %d %s", a.Status, a.Bytes)
		}
		if _, reason := cart("SPRING-A"); reason != "exhausted" {
			t.Errorf("the next cart is told %q", reason)
		}
		if _, reason := cart("SPRING-B"); reason != "" {
			t.Errorf("the other code is told %q", reason)
		}
		if a := w.Call("GET", "/admin/v1/codes?left=spent&promotion="+p.Text("id"), nil); a.Text("data", 0, "code") != "SPRING-A" || a.At("data", 1) != nil {
			t.Errorf("spent codes: %s", a.Bytes)
		}
		if a := w.Call("DELETE", "/admin/v1/codes/SPRING-A", nil); a.Status != 409 || a.Text("code") != "promotion.code_used" {
			t.Errorf("taking back a used code: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("DELETE", "/admin/v1/codes/SPRING-B", nil); a.Status != 204 {
			t.Errorf("taking back an unused code: %d %s", a.Status, a.Bytes)
		}
		if _, reason := cart("SPRING-B"); reason != "unknown" {
			t.Errorf("what was taken back is told %q", reason)
		}
		if a := w.Call("GET", "/admin/v1/codes/SPRING-B", nil); a.Status != 404 || a.Text("code") != "promotion.no_code" {
			t.Errorf("what was taken back: %d %s", a.Status, a.Bytes)
		}
		for action, times := range map[string]int64{"promotion.code_limited": 1, "promotion.code_removed": 1} {
			if n := number(t, w.App.DB, `SELECT COUNT(*) FROM audit_entries WHERE subject = '`+p.Text("id")+`' AND action = '`+action+`'`); n != times {
				t.Errorf("%s is in the audit trail %d times", action, n)
			}
		}
	})
}

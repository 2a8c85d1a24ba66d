package admin_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
)

// pages are all that can be looked at, with the roles that may.
func (w *world) pages() map[string][]string {
	all := []string{"owner", "manager", "associate", "support"}
	run, serve := all[:2], []string{"owner", "manager", "support"}
	o := w.order("approve", "stock_shortfall")
	w.raise("payment.stale", "att_1")
	var pay string
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		found, err := order.Head(w.t.Context(), tx, o)
		pay = found.Payment
		return err
	})
	w.as(auth.RoleOwner)
	flw := w.flow("Everyone")
	pages := map[string][]string{
		"/admin": all, "/admin/products": all, "/admin/products?q=nothing&status=draft": all, "/admin/products/new": run,
		"/admin/products/" + string(w.mug.ID): all, "/admin/prices?sku=MUG-RED&market=DE": all, "/admin/prices?sku=MUG-RED&market=HU": all,
		"/admin/stock": all, "/admin/stock?q=nothing": all, "/admin/stock?sku=MUG-RED": all,
		"/admin/orders": all, "/admin/orders?status=canceled": all, "/admin/orders/" + string(o): all, "/admin/payments/" + pay: all,
		"/admin/routing": run, "/admin/routing/rules/new": run, "/admin/routing/reasons": run, "/admin/routing/gateways": run, "/admin/routing/simulator": run,
		"/admin/protection": run, "/admin/refund-limits": run, "/admin/points": run,
		"/admin/pay-links": all, "/admin/pay-links/phone": run, "/admin/gift-cards": serve, "/admin/gift-cards?last4=ABCD": serve,
		"/admin/promotions": all, "/admin/promotions/new": run,
		"/admin/flows": run, "/admin/flows?market=DE&device=desktop": run, "/admin/flows/" + flw: run, "/admin/flows/new": run,
		"/admin/flows/" + flw + "/figures": run, "/admin/experiments": run, "/admin/experiments/new": run, "/admin/features": run, "/admin/banners": all, "/admin/banners/new": run, "/admin/segments": serve, "/admin/segments/new": serve, "/admin/segments/" + string(w.segment()): serve, "/admin/features/new": run, "/admin/flows/" + flw + "/simulate": run, "/admin/flows/" + flw + "/history": run, "/admin/flows/" + flw + "/file?version=1": run,
		"/admin/mails": serve, "/admin/mails/" + url.PathEscape(kept.ID): serve,
		"/admin/exceptions": serve, "/admin/exceptions?show=all&kind=payment.stale": serve,
		"/admin/ledger": run, "/admin/ledger/entries?account=clearing:sandbox": run, "/admin/audit": run, "/admin/audit/verify": run,
	}
	maps.Copy(pages, w.offerPages(all, run))
	maps.Copy(pages, map[string][]string{"/admin/me": all, "/admin/staff": run, "/admin/staff/" + string(w.staff["support"].ID): run, "/admin/roles": run, "/admin/roles/new": all[:1],
		"/admin/find": all, "/admin/find?q=mug": all, "/admin/ui": all, "/admin/customers": serve, "/admin/customers/" + string(w.customer()): serve})
	return pages
}

func TestEachRoleSeesItsPagesAndNoOther(t *testing.T) {
	each(t, func(w *world) {
		for path, may := range w.pages() {
			for _, role := range []string{"owner", "manager", "associate", "support"} {
				w.as(role)
				want := http.StatusForbidden
				for _, m := range may {
					if m == role {
						want = http.StatusOK
					}
				}
				a := w.get(path)
				if a.Code != want {
					t := w.t
					t.Errorf("%s as %s: %d, want %d", path, role, a.Code, want)
				}
				if want == http.StatusForbidden {
					w.is(a, want, "Your role does not allow this", "Ask an owner")
				}
			}
		}
	})
}

// A page that a language cannot say makes the catalog tell, which fails the test.
func TestEveryPageIsSaidInEveryLanguage(t *testing.T) {
	each(t, func(w *world) {
		pages := w.pages()
		for _, lang := range []string{"en", "de", "hu"} {
			w.lang = lang
			for path := range pages {
				a := w.get(path)
				body := a.Body.String()
				switch {
				case a.Code != 200:
					w.t.Errorf("%s in %s: %d", path, lang, a.Code)
				case !strings.HasPrefix(a.Header().Get("Content-Type"), "text/html"):
					continue // a file to keep
				case !strings.Contains(body, `<html lang="`+lang+`"`):
					w.t.Errorf("%s is not in %s", path, lang)
				case strings.Contains(body, "[admin."):
					w.t.Errorf("%s in %s lacks a text: %s", path, lang, strings.SplitAfterN(body, "[admin.", 2)[1][:40])
				case strings.Count(body, "<script") != 1 || !strings.Contains(body, `<script type="module" src="/admin/assets/admin.`) || strings.Contains(body, " style="):
					w.t.Errorf("%s has a script or a style of its own", path)
				}
				checkStructure(w, path, body)
			}
		}
	})
}

// checkStructure: one h1, every id once, every control with a label, every
// table with a caption, every column head with a scope.
func checkStructure(w *world, path, body string) {
	w.t.Helper()
	if n := strings.Count(body, "<h1"); n != 1 {
		w.t.Errorf("%s has %d h1", path, n)
	}
	ids := map[string]bool{}
	for _, part := range strings.Split(body, ` id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if ids[id] {
			w.t.Errorf("%s has the id %s twice", path, id)
		}
		ids[id] = true
	}
	for _, at := range inputs.FindAllStringSubmatch(body, -1) {
		hidden := strings.Contains(at[2], `type="hidden"`) || strings.Contains(at[2], "checkbox") || strings.Contains(at[2], "radio")
		_, id, _ := strings.Cut(at[2], `id="`)
		id, _, _ = strings.Cut(id, `"`)
		if !hidden && !strings.Contains(body, `for="`+id+`"`) {
			w.t.Errorf("%s has a control without a label: %s", path, at[0])
		}
	}
	if strings.Count(body, "<table") != strings.Count(body, "<caption") {
		w.t.Errorf("%s has a table without a caption", path)
	}
	if strings.Count(body, "<th ")+strings.Count(body, "<th>") != strings.Count(body, `scope="`) {
		w.t.Errorf("%s has a head of a row or column without a scope", path)
	}
}

func TestWhoIsNotSignedInIsAskedToAndChangesNothing(t *testing.T) {
	each(t, func(w *world) {
		w.token = ""
		a := w.get("/admin/products?status=draft")
		w.is(a, http.StatusSeeOther, "/admin/sign-in?next=%2Fadmin%2Fproducts%3Fstatus%3Ddraft")
		a = w.send("POST", "/admin/products", url.Values{"title": {"Cup"}, "slug": {"cup"}, "variants[0].sku": {"CUP"}, "key": {"1"}})
		w.is(a, http.StatusUnauthorized, "You are not signed in any more", "what you typed is still there")
		w.happened(nil, nil)
		a = w.send("POST", "/admin/products", url.Values{}, "Sec-Fetch-Site", "cross-site")
		w.is(a, http.StatusForbidden)
	})
}

func TestSigningInAndOut(t *testing.T) {
	each(t, func(w *world) {
		w.token = ""
		w.is(w.get("/admin/sign-in"), 200, "Sign in")
		a := w.post("", "/admin/sign-in", "email", "owner@example.com", "password", "wrong", "next", "/admin/orders")
		w.is(a, http.StatusUnauthorized, "Name and password do not fit")
		if body := a.Body.String(); !strings.Contains(body, `value="owner@example.com"`) || strings.Contains(body, "wrong") {
			w.t.Error("the name is not kept, or the password is")
		}
		for _, c := range []struct{ next, to string }{
			{"/admin/orders?status=on_hold", "/admin/orders?status=on_hold"},
			{"https://evil.example", "/admin"}, {"//evil.example", "/admin"}, {"/admin\\evil", "/admin"}, {"/adminevil", "/admin"}, {"", "/admin"},
		} {
			a = w.post("", "/admin/sign-in", "email", " Owner@Example.com", "password", password, "next", c.next)
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != c.to {
				w.t.Errorf("after signing in with next %q: %d to %s, want %s", c.next, a.Code, a.Header().Get("Location"), c.to)
			}
		}
		cookie := a.Result().Cookies()[0]
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			w.t.Errorf("the cookie is open to scripts or other sites: %+v", cookie)
		}
		w.token = cookie.Value
		w.is(w.get("/admin/orders"), 200, "Orders")
		w.is(w.post("", "/admin/sign-out"), http.StatusSeeOther, "/admin/sign-in")
		w.is(w.get("/admin/orders"), http.StatusSeeOther, "/admin/sign-in")
		w.happened(nil, []string{"staff.sign_in", "staff.sign_in", "staff.sign_in", "staff.sign_in", "staff.sign_in", "staff.sign_in", "staff.sign_out"})
	})
}

func TestWhoGuessesIsStopped(t *testing.T) {
	each(t, func(w *world) {
		w.token = ""
		for range 5 {
			w.is(w.post("", "/admin/sign-in", "email", "owner@example.com", "password", "guess"), http.StatusUnauthorized)
		}
		w.is(w.post("", "/admin/sign-in", "email", "owner@example.com", "password", password), http.StatusTooManyRequests, "Wait a quarter of an hour")
	})
}

func TestTheLanguageIsTheReadersChoice(t *testing.T) {
	each(t, func(w *world) {
		a := w.post("", "/admin/language", "language", "hu", "back", "/admin/stock")
		w.is(a, http.StatusSeeOther, "/admin/stock")
		got := w.send("GET", "/admin/stock", nil, "Cookie", "admin="+w.token+"; "+strings.Split(a.Header().Get("Set-Cookie"), ";")[0])
		w.is(got, 200, "Készlet")
	})
}

func TestWhatIsNotThereIsAPageWithAWayBack(t *testing.T) {
	each(t, func(w *world) {
		for _, path := range []string{"/admin/nope", "/admin/products/prd_none", "/admin/orders/ord_none", "/admin/payments/pay_none",
			"/admin/flows/flw_none", "/admin/mails/none", "/admin/prices?sku=NONE&market=DE"} {
			w.is(w.get(path), http.StatusNotFound, "There is nothing here", "Back to the start page")
		}
		w.is(w.get("/admin/stock?sku=mug-red"), http.StatusNotFound, "capitals count")
		w.token = ""
		w.is(w.get("/admin/nope"), http.StatusNotFound, "There is nothing here")
	})
}

func TestPagesMayLoadNothingFromElsewhere(t *testing.T) {
	each(t, func(w *world) {
		policy := w.get("/admin").Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			w.t.Errorf("the policy is %s", policy)
		}
		_, rest, _ := strings.Cut(policy, "script-src 'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if len(nonce) < 22 || strings.Contains(w.get("/admin").Header().Get("Content-Security-Policy"), nonce) {
			w.t.Errorf("the nonce of %s is not an answer's own", policy)
		}
		mail := w.get("/admin/mails/" + url.PathEscape(kept.ID) + "/body")
		if got := mail.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "sandbox; default-src 'none'") || mail.Body.String() != kept.Mail.HTML {
			w.t.Errorf("a mail is shown under %q: %s", got, mail.Body)
		}
		if a := w.get("/admin"); a.Header().Get("Cache-Control") != "private, no-store" {
			w.t.Errorf("a page may be kept: %s", a.Header().Get("Cache-Control"))
		}
	})
}

// A figure of the start page opens the orders it was counted from, and what was
// left out with the reason.
func TestAFigureOpensTheOrdersBehindIt(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		day := w.d.Now().Format("2006-01-02")
		w.is(w.get("/admin"), 200, "Latest orders")
		w.is(w.get("/admin/takings/DE"), 200, "Revenue in Germany", "by its own clock")
		counted := w.get("/admin/takings/DE?day=" + day)
		if w.is(counted, 200, "1 order was counted"); !strings.Contains(counted.Body.String(), "/admin/orders/"+string(id)) {
			t.Error("the order is not named")
		}
		dbtest.Write(t, w.d, func(tx *db.Tx) error { return order.Move(t.Context(), tx, id, order.StateCanceled, "") })
		w.is(w.get("/admin/takings/DE?day="+day), 200, "Nothing was sold on this day", "Not counted", "It was canceled")
		w.is(w.get("/admin/takings/XX"), http.StatusNotFound)
		w.as(auth.RoleAssociate)
		w.is(w.get("/admin/takings/DE"), http.StatusForbidden)
	})
}

package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"korzo/platform/auth"
)

func TestAGiftCardIsIssuedFoundBlockedAndToppedUp(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("", "/admin/gift-cards", "market", "DE", "amount", "", "reason", ""), http.StatusUnprocessableEntity, "say why", "write a positive amount")
		made := w.post("", "/admin/gift-cards", "market", "DE", "amount", "25.00", "reason", "Lost parcel", "key", "k1")
		w.is(made, http.StatusOK, "This is the card’s code", "€25.00", "Lost parcel")
		code := regexp.MustCompile(`gift-code numbers">([^<]+)<`).FindStringSubmatch(made.Body.String())
		if code == nil {
			t.Fatal("no code is shown")
		}
		last := strings.ReplaceAll(code[1], "-", "")
		last = last[len(last)-4:]
		list := w.get("/admin/gift-cards?last4=" + strings.ToLower(last))
		w.is(list, http.StatusOK, last, "Active")
		if strings.Contains(list.Body.String(), code[1]) {
			t.Error("the code is in a list")
		}
		_, page, _ := strings.Cut(list.Body.String(), `href="/admin/gift-cards/`)
		page, _, _ = strings.Cut(page, `"`)
		page = "/admin/gift-cards/" + page
		w.is(w.post("", page, "do", "top_up", "amount", "5.00", "reason", "Kind words", "key", "k2"), http.StatusSeeOther, "")
		w.is(w.post("", page, "do", "top_up", "amount", "5.00", "reason", "Kind words", "key", "k2"), http.StatusSeeOther, "") // sent twice
		w.is(w.get(page), http.StatusOK, "€30.00", "Topped up")
		w.is(w.post("", page, "do", "block", "reason", ""), http.StatusUnprocessableEntity, "")
		w.is(w.post("", page, "do", "block", "reason", "Stolen"), http.StatusSeeOther, "")
		w.is(w.get(page), http.StatusOK, "Blocked", "Stolen")
		w.is(w.get("/admin/gift-cards?status=blocked"), http.StatusOK, last)
		w.as(auth.RoleSupport)
		w.is(w.post("", page, "do", "unblock", "reason", "x"), http.StatusForbidden, "")
	})
}

func TestAPayLinkIsMadeShownAndWithdrawn(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("", "/admin/pay-links", "market", "DE", "amount", "no", "text", "x", "key", "k0"), http.StatusUnprocessableEntity, "write an amount")
		w.is(w.post("", "/admin/pay-links", "market", "DE", "order", "NOPE", "key", "k1"), http.StatusUnprocessableEntity, "There is no order with this number")
		made := w.post("", "/admin/pay-links", "market", "DE", "amount", "50.00", "text", "Engraving", "key", "k2")
		again := w.post("", "/admin/pay-links", "market", "DE", "amount", "50.00", "text", "Engraving", "key", "k2")
		w.is(made, http.StatusSeeOther, "done=pay_link_made")
		page := made.Header().Get("Location")
		if again.Header().Get("Location") != page {
			t.Errorf("a form sent twice leads to %s and %s", page, again.Header().Get("Location"))
		}
		page, _, _ = strings.Cut(page, "?")
		w.is(w.get(page), http.StatusOK, "https://shop.example/pay/lnk_", "€50.00", "Withdraw the link")
		if !strings.Contains(w.get(page).Body.String(), "<svg") {
			t.Error("there is no code to read")
		}
		w.is(w.get("/admin/pay-links?status=open"), http.StatusOK, "Engraving")
		w.is(w.post("", page+"/cancel"), http.StatusSeeOther, "done=pay_link_canceled")
		w.is(w.post("", page+"/cancel"), http.StatusSeeOther, "")
		w.is(w.get(page), http.StatusOK, "Withdrawn")
		if strings.Contains(w.get(page).Body.String(), "shop.example/pay/") {
			t.Error("a withdrawn link is still handed out")
		}
		w.as(auth.RoleAssociate)
		w.is(w.post("", "/admin/pay-links", "market", "DE", "amount", "50.00", "text", "x", "key", "k3"), http.StatusForbidden, "")
	})
}

package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/customer/wallet"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/amend"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/value/money"
)

func TestARuleIsWrittenTriedPublishedAndTakenBack(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/routing/rules/new"
		w.is(w.get("/admin/routing"), 200, "No rule yet", "When no rule takes a payment")
		w.is(w.get(page), 200, "What a condition may speak of", "card.country")
		w.is(w.post(page, page, "name", "Large", "condition", "amonut > 5", "place.sandbox", "1"), 422, "amonut")
		w.is(w.post(page, page, "name", "Large", "condition", "amount > 5", "place.sandbox", ""), 422, "name at least one gateway")
		w.is(w.post(page, page, "name", "Large", "place.sandbox", "", "share.sandbox", "60"), 422, "sum to 100")
		w.happened(nil, nil)
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			f := route.Facts{Payment: "pay_1", Amount: 700_00, Currency: "EUR", Market: "DE", Method: "card", Kind: "card"}
			d, err := w.router.Decide(t.Context(), tx, f)
			if err != nil {
				return err
			}
			return route.Record(t.Context(), tx, f, d)
		})
		w.is(w.post(page, page+"/try", "name", "Large", "condition", "amount > 50000", "place.sandbox", "1", "proof", "challenge"), 200, "1 payment decided anew", "Large", "1 · 100%")
		w.happened(nil, nil)
		to := w.post(page, page, "name", "Large", "priority", "5", "condition", "amount > 50000", "place.sandbox", "1", "proof", "challenge")
		w.is(to, http.StatusSeeOther, "done=saved")
		w.happened(nil, []string{"route.save"})
		path, _, _ := strings.Cut(to.Header().Get("Location"), "?")
		w.is(w.get(path), 200, "Large", "Draft", "sandbox · always ask for proof")
		w.is(w.get("/admin/routing/simulator"), 200, "1 payment decided anew", "Large")
		w.is(w.post(path, path+"/publish", "version", "1"), http.StatusSeeOther)
		w.is(w.post(path, path, "name", "Larger", "condition", "amount > 90000", "place.sandbox", "1"), http.StatusSeeOther)
		w.is(w.get("/admin/routing"), 200, "Large", "Live", "A draft waits.", "amount > 50000")
		w.is(w.post(path, path+"/archive"), http.StatusSeeOther)
		w.is(w.get(path), 200, "Go back to this one", "Archived")
		w.happened(nil, []string{"route.publish", "route.save", "route.archive"})
		w.is(w.post("/admin/routing", "/admin/routing", "place.sandbox", "1", "max_attempts", "9", "explore", "5"), 422, "1 to 5 times")
		w.is(w.post("/admin/routing", "/admin/routing", "place.sandbox", "1", "max_attempts", "2", "explore", "0", "by_rate", "1"), http.StatusSeeOther)
		w.as(auth.RoleAssociate)
		w.is(w.post("", path+"/publish", "version", "1"), http.StatusForbidden)
	})
}

func TestTheTableOfReasonsIsEditedAndTakenBack(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/routing/reasons"
		w.is(w.get(page), 200, "not enough money on the account", "Other gateway")
		action := func(gateway string) (found route.Action) {
			dbtest.Read(t, w.d, func(tx *db.Tx) error {
				rows, err := route.Retries(t.Context(), tx)
				for _, r := range rows {
					if r.Gateway == gateway && r.Code == payment.DeclineFunds {
						found = r.Action
					}
				}
				return err
			})
			return found
		}
		w.is(w.post(page, page, "at.sandbox.insufficient_funds", "stop", "at.*.card_declined", "retry_elsewhere"), http.StatusSeeOther)
		if got := action("sandbox"); got != route.ActionStop {
			t.Errorf("kept %q", got)
		}
		w.is(w.post(page, page, "at.sandbox.insufficient_funds", ""), http.StatusSeeOther)
		if got := action("sandbox"); got != "" {
			t.Errorf("taken back, and kept %q", got)
		}
		w.is(w.post(page, page, "at.*.insufficient_funds", "charge_twice"), 422)
		w.happened(nil, []string{"route.retries", "route.retries"})
	})
}

func TestBreakersAreShown(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/routing/gateways"), 200, "sandbox", "Not asked yet")
		for range 5 {
			w.router.Observe(w.d.Now(), route.Facts{Payment: "pay_1", Method: "card"}, "sandbox", route.SeenSilence)
		}
		w.is(w.get("/admin/routing/gateways"), 200, "Down", "5 of 5", "Probed at")
	})
}

func TestWhoTestsCardsIsSeenAndPardoned(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/protection"
		who := guard.Of(w.keeper, guard.Who{Customer: "ada@example.com"})
		for range 4 {
			dbtest.Write(t, w.d, func(tx *db.Tx) error {
				return w.guard.Failed(t.Context(), tx, payment.Attempt{Kind: "card", DeclineCode: payment.DeclineSecret, Traces: string(who)})
			})
		}
		w.is(w.get(page), 200, "The shop as a whole is calm", "Customer", "Asked for proof", "Pardon")
		w.is(w.post(page, page+"/pardon", "trace", "nonsense"), 422)
		w.is(w.post(page, page+"/pardon", "trace", string(who)), http.StatusSeeOther)
		w.is(w.get(page), 200, "Nobody is over a limit.")
		form := []string{"shop.minutes", "5", "shop.fewest", "4", "shop.declined", "50", "shop.hold", "15"}
		for _, kind := range guard.Kinds {
			form = append(form, string(kind)+".minutes", "60", string(kind)+".challenge", "3", string(kind)+".stop", "9", string(kind)+".tries", "0")
		}
		bad := append([]string{}, form...)
		bad[3] = "0"
		w.is(w.post(page, page, bad...), 422, "it needs 1 to 1000 declines")
		w.is(w.post(page, page, form...), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			s, err := guard.FindSettings(t.Context(), tx)
			if s.Breaker.Fewest != 4 || s.Limits[1].Stop != 9 || s.Limits[1].Window != time.Hour {
				t.Errorf("kept %+v", s)
			}
			return err
		})
		for i := range 4 {
			dbtest.Write(t, w.d, func(tx *db.Tx) error {
				return w.guard.Failed(t.Context(), tx, payment.Attempt{Kind: "card", DeclineCode: payment.DeclineSecret, Traces: string(guard.Of(w.keeper, guard.Who{Cart: string(rune('a' + i))}))})
			})
		}
		w.is(w.get(page), 200, "Everyone who pays by card is asked for proof until")
		w.is(w.post(page, page+"/calm"), http.StatusSeeOther)
		w.is(w.get(page), 200, "The shop as a whole is calm")
		w.is(w.post(page, page+"/reset"), http.StatusSeeOther)
		w.happened(nil, []string{"guard.pardon", "guard.limits", "guard.calm", "guard.reset"})
	})
}

func TestAboveWhichSumASecondPersonApprovesIsSetByCurrency(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/refund-limits"
		is := func(want money.Amount, preset bool) {
			t.Helper()
			dbtest.Read(t, w.d, func(tx *db.Tx) error {
				l, err := amend.LimitIn(t.Context(), tx, want.Currency)
				if l.Amount != want || l.Preset != preset {
					t.Errorf("%+v, want %v", l, want)
				}
				return err
			})
		}
		w.is(w.get(page), 200, "Not set: about 500 euros")
		if shown := w.fields(page, page); shown.Get("EUR") != "500.00" || shown.Get("HUF") != "200000" {
			t.Errorf("the page shows %v", shown)
		}
		refused := w.post(page, page, "EUR", "much", "HUF", "150000")
		w.is(refused, 422, "nothing was saved", "write an amount such as 12.90")
		if typed := refused.Body.String(); !strings.Contains(typed, `value="much"`) || !strings.Contains(typed, `value="150000"`) {
			t.Errorf("what was typed is gone: %s", refused.text)
		}
		is(money.Of(200_000_00, "HUF"), true)
		w.is(w.post(page, page, "EUR", "-5", "HUF", "150000"), 422)
		is(money.Of(200_000_00, "HUF"), true)
		w.is(w.post(page, page, "EUR", "", "HUF", "150000"), http.StatusSeeOther)
		is(money.Of(150_000_00, "HUF"), false)
		is(money.Of(500_00, "EUR"), true)
		w.happened(nil, []string{"refund.limit", "refund.limits"})
	})
}

func TestWhatPointsAreWorthIsSetByCurrency(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/points"
		is := func(c money.Currency, want wallet.Worth) {
			t.Helper()
			dbtest.Read(t, w.d, func(tx *db.Tx) error {
				got, _, err := wallet.WorthIn(t.Context(), tx, c)
				if got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
				return err
			})
		}
		w.is(w.get(page), 200, "In EUR", "In HUF")
		w.is(w.post(page, page, "EUR_points", "100", "EUR_amount", "1.00", "EUR_least", "500", "EUR_share", "50"), http.StatusSeeOther)
		worth := wallet.Worth{Amount: money.Of(1_00, "EUR"), Points: 100, Least: 500, Share: 50}
		is("EUR", worth)
		is("HUF", wallet.Worth{})
		if shown := w.fields(page, page); shown.Get("EUR_points") != "100" || shown.Get("EUR_amount") != "1.00" || shown.Get("EUR_share") != "50" || shown.Get("HUF_points") != "" {
			t.Errorf("the page shows %v", shown)
		}
		w.is(w.post(page, page, "EUR_points", "100", "EUR_amount", "1.00", "EUR_share", "101"), 422, "nothing was saved", "1 to 100 percent")
		w.is(w.post(page, page, "EUR_points", "100", "EUR_amount", ""), 422)
		is("EUR", worth)
		w.is(w.post(page, page, "EUR_points", "", "EUR_amount", "", "EUR_least", "", "EUR_share", ""), http.StatusSeeOther)
		is("EUR", wallet.Worth{})
		w.happened(nil, []string{"points.worth", "points.worths", "points.worth", "points.worths"})
	})
}

func TestAnOrderByTelephoneSaysWhatIsMissing(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/pay-links/phone"
		w.is(w.get(page), 200, "Order by telephone", "Held for, in hours")
		w.is(w.post(page, page, "market", "DE", "goods", "MUG-RED two", "email", "ada@example.com"), 422, "one SKU a line", "MUG-RED two")
		w.is(w.post(page, page, "market", "DE", "goods", "NOPE 2", "email", "ada@example.com"), 422, "there is no product with SKU NOPE")
		w.happened(nil, nil)
	})
}

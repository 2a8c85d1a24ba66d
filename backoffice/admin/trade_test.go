package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/purchase/amend"
	"korzo/purchase/dispute"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/promotion"
	"korzo/value/money"
)

func TestAnOrderShowsAllThatWasAgreed(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		page := "/admin/orders/" + string(id)
		w.is(w.get(page), 200, "Mug – Red", "MUG-RED", "Code SPRING -€2.87", "MwSt. 19%: €4.12 on €21.68", "Tax in the total €4.12", "Total €25.80",
			"Promised: 4–7 Jan", "ada@example.com", "10115 BERLIN", "€25.80 through sandbox", "att_", "bnk_", "flw_gone, version 3")
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			o, err := order.Head(w.t.Context(), tx, id)
			if err != nil {
				return err
			}
			return profile.EraseContact(w.t.Context(), tx, profile.ContactID(o.Contact))
		})
		a := w.get(page)
		w.is(a, 200, "This person's data were erased", "Mug – Red")
		if strings.Contains(a.text, "ada@") {
			w.t.Error("an erased person is still shown")
		}
		number := w.get("/admin/orders")
		w.is(number, 200, "€25.80", "Germany", "Placed")
		w.is(w.get("/admin/orders?q=nonsense"), 200, "Nothing here matches")
	})
}

func TestAnOrderShowsWhatPaidBesidesItsPayment(t *testing.T) {
	each(t, func(w *world) {
		w.tenders = []order.Tender{{Kind: order.TenderGiftCard, Label: "••81", Ref: "gft_1", Amount: money.Of(1000, "EUR")},
			{Kind: order.TenderPoints, Points: 1200, Amount: money.Of(240, "EUR")}, {Kind: order.TenderCredit, Amount: money.Of(500, "EUR")}}
		a := w.get("/admin/orders/" + string(w.order("approve", "")))
		w.is(a, 200, "Total €25.80 Gift card ••81 -€10.00 Points (1,200) -€2.40 Store credit -€5.00 Left to its payment €8.40", "€8.40 through sandbox")
		if !strings.Contains(a.Body.String(), `href="/admin/gift-cards/gft_1"`) {
			w.t.Error("the card is not linked")
		}
	})
}

func TestAnOrderOnHoldIsReleasedOnceAndThenCaptured(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "stock_shortfall")
		w.happened([]string{"order.placed"}, nil)
		page := "/admin/orders/" + string(id)
		w.is(w.get(page), 200, "On hold: paid, but the goods were gone", "Release the hold", "Capture €25.80")
		w.is(w.get("/admin"), 200, "1 order is on hold")
		w.as(auth.RoleAssociate)
		w.is(w.post("", page+"/release"), http.StatusForbidden)
		w.happened(nil, nil)
		w.as(auth.RoleManager)
		w.is(w.post(page, page+"/release"), http.StatusSeeOther, "done=order_released")
		w.happened([]string{"order.moved"}, []string{"order.release"})
		_, pay, _ := strings.Cut(w.get(page).Body.String(), `action="/admin/payments/`)
		pay, _, _ = strings.Cut(pay, "/")
		w.is(w.get("/admin/payments/"+pay), 200, "Payment of order ", "€25.80 · ")
		w.is(w.post("", "/admin/payments/"+pay+"/check", "order", string(id)), http.StatusSeeOther, page+"?done=payment_checked")
		w.is(w.post("", "/admin/payments/"+pay+"/capture", "order", string(id)), http.StatusSeeOther, page+"?done=payment_captured")
		a := w.get(page)
		w.is(a, 200, "Paid", "Captured €25.80", "MANAGER: Capture asked for")
		if strings.Contains(a.text, "Capture €25.80") {
			w.t.Error("it offers to capture what is captured")
		}
	})
}

func TestAPaymentWithoutAnOrderIsRefundedOncePerForm(t *testing.T) {
	each(t, func(w *world) {
		path := "/admin/payments/" + string(w.pays("ord_never_placed", "approve", money.Of(2580, "EUR")))
		page := path
		if a := w.get(page); strings.Contains(a.text, "Give money back") {
			w.t.Error("it offers to refund what was not taken")
		}
		w.is(w.post("", path+"/capture"), http.StatusSeeOther)
		w.happened([]string{"payment.captured"}, []string{"payment.capture"})
		form := w.fields(page, path+"/refund")
		if form.Get("amount") != "25.80" || form.Get("reason") != "" || form.Get("key") == "" {
			w.t.Errorf("the form is filled in with %v", form)
		}
		w.is(w.post(page, path+"/refund", "amount", "", "reason", "x"), http.StatusUnprocessableEntity, "write an amount")
		w.is(w.post(page, path+"/refund", "amount", "10"), http.StatusUnprocessableEntity, "Reason")
		w.is(w.post(page, path+"/refund", "amount", "30", "reason", "x"), http.StatusConflict, "more than is left")
		w.happened(nil, []string{"payment.refund"})
		form.Set("amount", "10")
		form.Set("reason", "a crack")
		for range 2 {
			w.is(w.send("POST", path+"/refund", form), http.StatusSeeOther, page+"?done=payment_refunded")
		}
		w.happened([]string{"payment.refunded"}, []string{"payment.refund", "payment.refund"})
		w.is(w.get(page), 200, "Partly refunded", "Refunded €10.00", "Done €10.00", "a crack")
		if left := w.fields(page, path+"/refund").Get("amount"); left != "15.80" {
			w.t.Errorf("left %s", left)
		}
		w.as(auth.RoleAssociate)
		w.is(w.send("POST", path+"/refund", form), http.StatusForbidden)
		w.happened(nil, nil)
	})
}

func TestAPaymentWhoseFiguresAreNotOursIsGivenUp(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("wrong_amount", "")
		page := "/admin/orders/" + string(id)
		w.is(w.get(page), 200, "Ask the gateway", "Give it up")
		_, pay, _ := strings.Cut(w.get(page).Body.String(), `action="/admin/payments/`)
		pay, _, _ = strings.Cut(pay, "/")
		path := "/admin/payments/" + pay
		w.is(w.post("", path+"/check", "order", string(id)), http.StatusSeeOther)
		w.happened([]string{"order.placed"}, []string{"payment.check"})
		w.is(w.get(page), 200, "Give it up")
		for range 2 { // a second time finds nothing to give up
			w.is(w.post("", path+"/abandon", "order", string(id)), http.StatusSeeOther, page+"?done=payment_abandoned")
		}
		w.happened(nil, []string{"payment.abandon", "payment.abandon"})
		a := w.get(page)
		w.is(a, 200, "Given up")
		if strings.Contains(a.text, "Give it up") {
			w.t.Error("it offers to give up what is given up")
		}
		w.as(auth.RoleAssociate)
		w.is(w.post("", path+"/abandon"), http.StatusForbidden)
		w.happened(nil, nil)
	})
}

func TestADeclinedPaymentSaysWhy(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("insufficient_funds", "")
		w.is(w.get("/admin/orders/"+string(id)), 200, "Declined", "not enough money on the account")
	})
}

func TestAnExceptionIsResolvedOnceWithANote(t *testing.T) {
	each(t, func(w *world) {
		id := w.raise("payment.mismatch", "ord_1")
		w.is(w.get("/admin"), 200, "1 exception is open")
		path := "/admin/exceptions/" + id
		w.is(w.get("/admin/exceptions"), 200, "The gateway's figures are not ours", "nobody yet")
		w.is(w.post(path, path+"/assign", "to", "me"), http.StatusSeeOther, path+"?done=exception_assigned")
		w.is(w.get(path), 200, "Who takes care OWNER", "Let it go")
		w.is(w.post("", path+"/resolve", "note", " "), http.StatusUnprocessableEntity, "say what was done")
		w.happened(nil, []string{"exception.assign"})
		w.is(w.post("", path+"/resolve", "note", "refunded by hand"), http.StatusSeeOther, "done=exception_resolved")
		w.as(auth.RoleSupport)
		w.is(w.post("", path+"/resolve", "note", "I did it"), http.StatusConflict, "already")
		w.happened(nil, []string{"exception.resolve"})
		w.is(w.get("/admin/exceptions"), 200, "Nothing is open")
		w.is(w.get("/admin/exceptions?show=resolved&column=note"), 200, "refunded by hand")
		w.is(w.get(path), 200, "refunded by hand", "Resolved by OWNER")
	})
}

func TestAnExceptionThatCanBeTriedAgainIs(t *testing.T) {
	each(t, func(w *world) {
		id := w.raise("event.suspended", "12")
		w.is(w.post("/admin/exceptions/"+id, "/admin/exceptions/"+id+"/retry"), http.StatusSeeOther, "done=exception_retried")
		w.happened(nil, []string{"exception.retry"})
		other := w.raise("payment.mismatch", "ord_1")
		w.is(w.post("", "/admin/exceptions/"+other+"/retry"), http.StatusNotFound)
		w.happened(nil, nil)
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			e, err := exception.Find(w.t.Context(), tx, other)
			if err == nil && !e.IsOpen() {
				w.t.Error("what cannot be tried again was closed")
			}
			return err
		})
	})
}

func TestAPromotionIsCreatedAndEnded(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("/admin/promotions/new", "/admin/promotions", "kind", "percent", "name", "Spring", "code", "SPRING", "benefit.percent", "12,5", "usage_limit", "100",
			"starts", "2030-03-01T09:00"), http.StatusSeeOther, "done=promotion_created")
		w.happened(nil, []string{"promotion.create"})
		w.is(w.get("/admin/promotions"), 200, "Spring", "12.5%", "0 of 100", "from 1 March 2030, 09:00")
		var id string
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			p, err := promotion.FindCode(w.t.Context(), tx, "spring")
			id = string(p.ID)
			return err
		})
		w.is(w.post("", "/admin/promotions/"+id+"/state", "to", "ended"), http.StatusSeeOther)
		w.is(w.post("", "/admin/promotions/"+id+"/state", "to", "active"), http.StatusConflict, "never back")
		w.happened(nil, []string{"promotion.state"})
	})
}

func TestAPromotionThatIsWrongIsExplained(t *testing.T) {
	each(t, func(w *world) {
		base := []string{"kind", "percent", "name", "Spring", "code", "SPRING", "benefit.percent", "10"}
		w.is(w.post("/admin/promotions/new", "/admin/promotions", base...), http.StatusSeeOther)
		w.happened(nil, []string{"promotion.create"})
		for _, c := range []struct {
			change []string
			says   string
		}{
			{nil, "Another promotion has this code"},
			{[]string{"code", "spring"}, "Another promotion has this code"},
			{[]string{"code", "A", "benefit.percent", "120"}, "at most 100"},
			{[]string{"code", "A", "benefit.percent", "1.23456"}, "at most 100"},
			{[]string{"code", "A", "name", ""}, "write a name"},
			{[]string{"code", "two words"}, "without spaces"},
			{[]string{"code", "A", "kind", "fixed"}, "give at least one"},
			{[]string{"code", "A", "kind", "fixed", "benefit.amounts.EUR", "5", "market", "HU"}, "in the market's currency"},
			{[]string{"code", "A", "usage_limit", "-1"}, "write 1 or more"},
			{[]string{"code", "A", "starts", "2030-02-01T00:00", "ends", "2030-01-01T00:00"}, "later than the beginning"},
			{[]string{"code", "A", "starts", "soon"}, "write date and time"},
		} {
			a := w.post("/admin/promotions/new", "/admin/promotions", append(append([]string{}, base...), c.change...)...)
			if a.Code != 422 && a.Code != 409 {
				w.t.Errorf("%v: %d", c.change, a.Code)
			}
			w.is(a, a.Code, c.says)
		}
		w.happened(nil, nil)
	})
}

func TestAFlowSaysWhyAVisitGetsItOrNot(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/flows"), 200, "Everyone", "Phones", "version 1")
		w.is(w.get("/admin/flows?market=DE&device=phone"), 200, "Phones version 1 gets this one", "Everyone version 1 would match too")
		w.is(w.get("/admin/flows?market=DE&device=desktop"), 200, "does not match", `device.kind == "phone"`, "Everyone version 1 gets this one")
		w.is(w.get("/admin/flows?market=XX"), 422, "choose a market")
		w.is(w.get("/admin/flows?market=DE&cart_total=much"), 422, "write an amount")
		path := w.flow("Everyone")
		w.is(w.get("/admin/flows/"+path), 200, "Everyone", "One page")
		w.is(w.post("", "/admin/flows/"+path+"/publish", "version", "9"), http.StatusNotFound)
		w.happened(nil, nil)
	})
}

func TestTheStartPageSaysWhatWasSold(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		w.is(w.get("/admin"), 200, "Germany €25.80 from 1 order in 30 days today 1 order, €25.80", "Hungary HUF 0", "Nothing waits for you")
		dbtest.Clock(w.d).Advance(3 * 24 * time.Hour)
		w.as(auth.RoleOwner)
		w.is(w.get("/admin"), 200, "from 1 order in 30 days today 0 orders, €0.00")
		dbtest.Clock(w.d).Advance(40 * 24 * time.Hour)
		w.as(auth.RoleOwner)
		w.is(w.get("/admin"), 200, "Germany €0.00 from 0 orders in 30 days")
		w.as(auth.RoleAssociate)
		if a := w.get("/admin"); strings.Contains(a.text, "revenue") || strings.Contains(a.text, "in 30 days") { // of each order they see the total, as in the list of orders
			w.t.Error("an associate sees the revenue")
		}
	})
}

func TestTheAuditIsVerifiedAndTheLedgerChecked(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		w.is(w.get("/admin/ledger"), 200, "Balanced: 1 transaction", "EUR 2 €0.00")
		w.is(w.get("/admin/ledger/entries"), 200, "Name of an account")
		w.is(w.get("/admin/ledger/entries?account=nobody:none"), 200, "Nothing here matches")
		w.is(w.get("/admin/ledger/entries?account=held:sandbox"), 200, "€")
		w.is(w.get("/admin/lists/entries/table.csv?account=held:sandbox"), 200, "When,Cause,")
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			return audit.Record(w.t.Context(), tx, audit.Entry{Actor: string(w.staff["owner"].ID), Action: "order.release", Subject: "ord_1", Detail: map[string]string{"why": "tested"}})
		})
		w.is(w.get("/admin/audit"), 200, "OWNER", "Order released", "why: tested", "Order")
		w.is(w.get("/admin/audit?action=order."), 200, "Order released")
		w.is(w.get("/admin/audit?action=product.&until=2020-01-01"), 200, "Nothing here matches")
		w.is(w.get("/admin/audit/verify"), 200, "The chain is whole: 1 entry")
	})
}

func TestAllPaymentsAreInOneListThatIsNarrowedByItsAddress(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		w.order("decline", "")
		all := w.get("/admin/payments")
		w.is(all, 200, "Paid", "Failed", "the card was declined", "sandbox", "What it came to", "50", "1 of 2")
		w.is(w.get("/admin/payments?status=failed&by=market"), 200, "Failed", "the card was declined")
		if text := w.get("/admin/payments?status=failed").text; strings.Contains(text, "Captured €25.80 Paid") {
			w.t.Error("a list of what failed shows what was paid")
		}
		w.is(w.get("/admin/payments?gateway=nobody"), 200, "Nothing here matches")
		w.is(w.get("/admin/payments?amount=x"), http.StatusUnprocessableEntity, "Write the amount like 12.90")
		for query, found := range map[string]bool{"25.80": true, "25,80": true, "25.80+EUR": true, "eur+25.80": true, "2580": false,
			"2580+JPY": false, "25.80+USD": false, "25.80&market=HU": false} {
			if a := w.get("/admin/payments?amount=" + query); a.Code != 200 || strings.Contains(a.text, "Nothing here matches") == found {
				w.t.Errorf("an amount of %s: %d, found is %v", query, a.Code, !found)
			}
		}
		w.is(w.get("/admin/payments?amount=25.80+JPY"), http.StatusUnprocessableEntity, "1290 JPY")
		a := w.get("/admin/lists/payments/table.csv?status=failed&column=status&column=amount&column=refunded")
		if lines := strings.Count(a.Body.String(), "\n"); lines != 2 || !strings.Contains(a.Body.String(), ",failed,25.80,0.00\n") {
			w.t.Errorf("the table of what failed: %s", a.Body)
		}
		_, id, _ := strings.Cut(all.Body.String(), `href="/admin/payments/pay_`)
		id, _, _ = strings.Cut(id, `"`)
		w.is(w.get("/admin/payments/pay_"+id), 200, "Everything that happened", "Asked to pay")
		carded := w.pays(order.NewID(w.d.Now()), "card.400000.3184.once", money.Of(100, "EUR"))
		w.is(w.get("/admin/payments/"+string(carded)), 200, "through sandbox · Visa •••• 3184 DE")
	})
}

func TestAStatementIsReadOnceAndItsDifferencesAreShown(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		text := "id,kind,reference,amount,fee,currency,at\n1,charge,att_strange,9.90,0.30,EUR,2030-01-02\n"
		w.is(w.upload("sandbox", "generic", text), http.StatusSeeOther, "done=statement_read")
		page := w.upload("sandbox", "generic", text).Header().Get("Location")
		if !strings.Contains(page, "done=statement_again") {
			w.t.Errorf("the same file leads to %s", page)
		}
		page, _, _ = strings.Cut(page, "?")
		w.is(w.post(page, page+"/match"), http.StatusSeeOther, "done=statement_matched")
		w.is(w.get(page), 200, "Matched", "Not ours", "€9.90", "All rows")
		id := strings.TrimPrefix(page, "/admin/settlements/")
		w.is(w.get("/admin/settlements/rows?verdict=unknown&statement="+id), 200, "report.csv", "att_strange", "Not ours")
		w.is(w.get("/admin/settlements/rows?verdict=matched&statement="+id), 200, "Nothing here matches")
		w.is(w.get("/admin/lists/settlement_rows/table.csv"), 200, "att_strange,Not ours,9.90,0.30")
		w.is(w.get("/admin/exceptions"), 200, "A statement has money that is not ours")
		w.is(w.upload("sandbox", "generic", "nonsense"), http.StatusUnprocessableEntity, "no table with rows", "Read a statement")
		w.is(w.upload("bank", "stripe", text), http.StatusUnprocessableEntity, "say which of the shop's gateways")
		w.as(auth.RoleAssociate)
		w.is(w.get("/admin/settlements"), http.StatusForbidden)
	})
}

// A table with somebody else's columns is shown, said which is what, tried, read
// and known the next time.
func TestATableOfUnknownColumnsIsAskedAboutOnce(t *testing.T) {
	each(t, func(w *world) {
		const text = "Buchung;Vorgang;Betrag;Notiz;Tag\n1;Kauf;9,90;x;02.01.2030\n2;Kauf;12,00;y;02.01.2030\n"
		at := w.upload("sandbox", "generic", text).Header().Get("Location")
		page := w.get(at)
		w.is(page, 200, "Buchung", "Kauf · Kauf", "9,90 · 12,00", "Amount, gross *", "Nothing is kept yet")
		const form = "/admin/settlements/new"
		said := w.fieldsOf(page, form)
		if said.Get("columns[2].to") != "amount" || said.Get("decimal_mark") != "," {
			w.t.Errorf("guessed %v", said)
		}
		look := func(status int, change map[string]string, texts ...string) answer {
			w.t.Helper()
			for name, value := range change {
				said.Set(name, value)
			}
			said.Set("how", "look")
			a := w.send("POST", form, said)
			w.is(a, status, texts...)
			if strings.Contains(a.text, "Read and match") != (status == 200) {
				w.t.Errorf("%v can be read, answered with %d", change, a.Code)
			}
			return a
		}
		for i := range 5 {
			said.Set(columnName(i), "")
		}
		look(422, nil, "Say which column is this: Amount, gross")
		look(422, map[string]string{columnName(0): "id", columnName(2): "amount", columnName(4): "at"}, "Say which column is this: Currency")
		look(422, map[string]string{"currency_of_all": "EUR", columnName(1): "kind"}, "Line 2: “Kauf” is no kind of row that we know", "What these words mean")
		w.lang = "de"
		look(422, map[string]string{columnName(1): "amount", columnName(2): ""}, "Zeile 2, Spalte „Vorgang“: „Kauf“ ist kein Betrag. Wählen Sie die Spalte")
		w.lang = "en"
		look(422, map[string]string{columnName(3): "amount"}, "“Vorgang” is this already")
		look(200, map[string]string{columnName(1): "kind", columnName(2): "amount", columnName(3): "text", "words[0].from": "Kauf", "words[0].to": "charge"},
			"What would be read", "2 rows", "Not ours", "€21.90")
		w.is(w.get("/admin/settlements"), 200, "No statement yet")
		said.Set("how", "read")
		done := w.send("POST", form, said)
		w.is(done, http.StatusSeeOther, "done=statement_read")
		read := done.Header().Get("Location")
		w.is(w.get(read), 200, "€21.90", "The statement was read")
		id, _, _ := strings.Cut(strings.TrimPrefix(read, "/admin/settlements/"), "?")
		w.is(w.get("/admin/settlements/rows?statement="+id), 200, "€9.90", "€12.00")
		w.is(w.get(at), http.StatusUnprocessableEntity) // the sent file is gone
		w.is(w.upload("sandbox", "generic", "Buchung;Vorgang;Betrag;Notiz;Tag\n3;Kauf;5,00;z;03.01.2030\n"), http.StatusSeeOther, "done=statement_read")
		w.as(auth.RoleAssociate)
		w.is(w.get(at), http.StatusForbidden)
	})
}

func columnName(i int) string { return "columns[" + strconv.Itoa(i) + "].to" }

func TestADisputeIsAnsweredAndDecided(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		_, id, _ := strings.Cut(w.get("/admin/payments").Body.String(), `href="/admin/payments/`)
		id, _, _ = strings.Cut(id, `"`)
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(w.t.Context(), tx, payment.ID(id))
			if err != nil {
				return err
			}
			return dispute.Hear(w.t.Context(), tx, "sandbox", payment.Disputed{ID: "dp_1", Reference: string(attempts[0].ID), State: "open", Reason: "fraudulent",
				Amount: money.Of(2580, "EUR"), DueAt: w.d.Now().Add(72 * time.Hour)})
		})
		list := w.get("/admin/disputes?status=open")
		w.is(list, 200, "Evidence needed", "The customer says they did not pay", "€25.80")
		_, page, _ := strings.Cut(list.Body.String(), `href="/admin/disputes/`)
		page, _, _ = strings.Cut(page, `"`)
		page = "/admin/disputes/" + page
		w.is(w.get(page), 200, "Do not refund the payment too", "It is due by")
		w.is(w.post(page, page+"/decide", "to", "answered"), http.StatusSeeOther, "done=dispute_noted")
		w.is(w.post(page, page+"/decide", "to", "lost"), http.StatusSeeOther, "done=dispute_noted")
		w.is(w.post("", page+"/decide", "to", "won"), http.StatusConflict, "the dispute is decided")
		w.is(w.get("/admin/exceptions"), 200, "Nothing is open")
	})
}

func TestAnOrderIsRefundedByLineAfterAPreview(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		_, pay, _ := strings.Cut(w.get("/admin/orders/"+string(id)).Body.String(), `action="/admin/payments/`)
		pay, _, _ = strings.Cut(pay, "/")
		w.post("", "/admin/payments/"+pay+"/capture", "order", string(id))
		page := "/admin/orders/" + string(id) + "/amend"
		order := w.get("/admin/orders/" + string(id))
		if w.is(order, 200, "Refund or cancel"); strings.Contains(order.text, "Give money back") {
			w.t.Error("it offers a way beside the order's")
		}
		w.is(w.post("", "/admin/payments/"+pay+"/refund", "amount", "10", "reason", "x"), http.StatusConflict, "from the order")
		line := "units.oli_" + string(id)
		w.is(w.post(page, page, line, "1"), http.StatusUnprocessableEntity)
		w.is(w.post(page, page, "kind", "refund", line, "3", "reason", "broken"), http.StatusConflict, "more than is left")
		w.is(w.post(page, page, "kind", "refund", line, "1", "reason", "broken"), 200, "€12.90 goes back", "Give it back")
		w.is(w.post(page, page, "kind", "refund", line, "1", "reason", "broken", "do", "make"), http.StatusSeeOther, "done=amended_done")
		w.is(w.get(page), 200, "Refund · €12.90", "Done", "broken")
		w.is(w.post(page, page, "kind", "refund", "goodwill", "x", "reason", "late"), http.StatusUnprocessableEntity, "Goodwill")
		w.is(w.post(page, page, "kind", "refund", "goodwill", "20", "reason", "late"), http.StatusConflict, "more than is left")
		w.is(w.post(page, page, "kind", "refund", "goodwill", "2.50", "reason", "late", "do", "make"), http.StatusSeeOther, "done=amended_done")
		w.is(w.get(page), 200, "Refund · €2.50", "late")
	})
}

// Whoever is to transfer money is led to the order whose page has the account,
// and is told in their own language how an account is written.
func TestMoneyThatWaitsToBeTransferredLeadsToItsOrder(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		_, pay, _ := strings.Cut(w.get("/admin/orders/"+string(id)).Body.String(), `action="/admin/payments/`)
		pay, _, _ = strings.Cut(pay, "/")
		w.post("", "/admin/payments/"+pay+"/capture", "order", string(id))
		page := "/admin/orders/" + string(id) + "/amend"
		w.is(w.post(page, page, "kind", "refund", "goodwill", "2.50", "reason", "late", "do", "make"), http.StatusSeeOther, "done=amended_done")
		var made []amend.Amendment
		dbtest.Read(t, w.d, func(tx *db.Tx) (err error) {
			made, err = amend.List(t.Context(), tx, id)
			return err
		})
		a := w.get("/admin/exceptions/" + w.raise(amend.TroubleTransfer, string(made[0].ID)))
		w.is(a, 200, "Money waits to be transferred to a buyer")
		if !strings.Contains(a.Body.String(), `href="`+page+`"`) {
			w.t.Errorf("no link to %s", page)
		}
		for _, language := range i18n.Languages {
			if text := w.words.Locale(language).T("admin.fault." + fault.CodeOf(amend.ErrPayee)); !strings.Contains(text, "DE89") {
				t.Errorf("%s: %q", language, text)
			}
		}
	})
}

func TestARefundThatThePaymentRefusesIsSaidBeforeItIsMade(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		_, pay, _ := strings.Cut(w.get("/admin/orders/"+string(id)).Body.String(), `action="/admin/payments/`)
		pay, _, _ = strings.Cut(pay, "/")
		w.post("", "/admin/payments/"+pay+"/capture", "order", string(id))
		dbtest.Clock(w.d).Advance(188 * 24 * time.Hour)
		w.as(auth.RoleManager)
		page, line := "/admin/orders/"+string(id)+"/amend", "units.oli_"+string(id)
		a := w.post(page, page, "kind", "refund", line, "1", "reason", "broken")
		w.is(a, 200, "€12.90 would not go back to the payment", "The time in which this way to pay gives money back is over", "store credit or a transfer")
		if strings.Contains(a.Body.String(), `value="make"`) {
			w.t.Error("it offers what would be refused")
		}
		a = w.post(page, page, "kind", "cancel", "reason", "lost")
		w.is(a, 200, "The order is cancelled all the same", "waits among the exceptions", "Cancel the order")
	})
}

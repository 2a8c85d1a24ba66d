package journey_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/value/calendar"

	"github.com/chromedp/chromedp"
)

// restsToday has Berlin closed for three days, so that nobody begins before they
// are over.
func restsToday(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		p := promise.Place{Location: "loc_berlin"}
		for days := range 4 {
			p.Closed = append(p.Closed, calendar.DateIn(tx.Now, time.UTC).AddDays(days-1))
		}
		return promise.SavePlace(w.T.Context(), tx, p)
	})
}

// A buyer follows their order on a phone: they see how long it can still be
// changed, send it elsewhere, and lose that choice, without loading the page
// anew, when somebody begins; another order they cancel.
func TestABuyerChangesAndCancelsAnOrderOnItsTrackingPage(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journeys are walked in the full run")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	restsToday(w)
	p := order3(w)
	buyer := tab{t, browserAt(t, 360, 780)}
	buyer.do("a phone", chromedp.EmulateViewport(360, 780))
	buyer.open(w.Shop.URL+"/orders/"+p.id+"?token="+p.token, "#changes")
	buyer.loaded()
	buyer.run(`document.querySelector('.consent button[value=none]')?.click(); ''`)
	buyer.loaded()
	buyer.counts()
	if wide := buyer.run(`String(document.documentElement.scrollWidth)`); wide != "360" {
		t.Errorf("at 360 px the page is %s px wide", wide)
	}

	address := func() string { return w.Call("GET", p.admin, nil).Text("shipping_address", "line1") }
	buyer.run(`document.querySelector('#changes form[action$="/address"]').closest('details').open = true; ''`)
	buyer.do("another address", chromedp.SetValue(chromedp.CSS(`#changes input[name="line1"]`), "Alsterufer 1"), chromedp.Click(chromedp.CSS(`#changes form[action$="/address"] button`)))
	w.Until("it goes elsewhere", func() bool { buyer.again(); return address() == "Alsterufer 1" })
	buyer.shows("#way", "Alsterufer 1")
	buyer.loaded()
	buyer.run(`window.stays = 'here'; ''`)

	f := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
	if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/pick", map[string]any{}, "Idempotency-Key", "p"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Bytes)
	}
	buyer.do("the choice is gone", chromedp.WaitNotPresent(chromedp.CSS("#changes")))
	if buyer.run(`window.stays ?? 'was loaded anew'`) != "here" {
		t.Error("the page was loaded anew")
	}
	for _, path := range []string{"cancel", "address", "lines"} { // a page that was left open does not know
		fields := "name=Eve&line1=Elsewhere+2&postal_code=10119&city=Berlin&keep." + p.mug + "=0"
		if got := buyer.posts("/orders/"+p.id+"/"+path, fields); got != "409" {
			t.Errorf("%s after picking began is answered %s", path, got)
		}
	}
	if o := w.Call("GET", p.admin, nil); o.Text("status") != "placed" || address() != "Alsterufer 1" || o.Int("payments", 0, "refunded", "amount") != 0 {
		t.Errorf("after picking began something changed: %s", o.Bytes)
	}
	p.sends(map[string]int64{"MUG-RED": 2, "POSTER": 1})

	q := order3(w)
	buyer.open(w.Shop.URL+"/orders/"+q.id+"?token="+q.token, "#changes")
	buyer.loaded()
	buyer.run(`document.querySelector('#changes form[action$="/cancel"]').closest('details').open = true; ''`)
	buyer.do("cancel it", chromedp.Click(chromedp.CSS(`#changes form[action$="/cancel"] button`)), chromedp.WaitNotPresent(chromedp.CSS("#changes")))
	buyer.shows("h1", "cancelled")
	w.Until("its money is back", func() bool {
		o := w.Call("GET", q.admin, nil)
		return o.Text("status") == "canceled" && o.Int("payments", 0, "refunded", "amount") == o.Int("total", "amount")
	})
	w.Whole()
}

// left is what a countdown shows.
var left = regexp.MustCompile(`^\d+(:\d\d){1,2}$`)

// loaded waits until the page and its script are there.
func (b tab) loaded() {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); b.run(`document.readyState`) != "complete"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatal("the page is not complete after half a minute")
		}
	}
}

// counts waits until the page counts down, by minutes and seconds.
func (b tab) counts() {
	b.t.Helper()
	got := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = b.run(`document.querySelector('#changes [data-until]')?.dataset.left ?? ''`); left.MatchString(got) && !strings.HasPrefix(got, "0:") {
			return
		}
	}
	b.t.Fatalf("the countdown says %q", got)
}

// again saves an address once more where it was only looked at.
func (b tab) again() {
	b.t.Helper()
	if b.run(`String(document.readyState === 'complete' && document.querySelector('#changes input[name="seen"]') !== null)`) == "true" {
		b.run(`document.querySelector('#changes form[action$="/address"] button').click(); ''`)
	}
}

// posts sends a form from the page as it stands and returns the status of the
// answer.
func (b tab) posts(path, fields string) string {
	b.t.Helper()
	b.run(fmt.Sprintf(`window.answered = ''; fetch(%q, {method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: %q}).then(a => window.answered = String(a.status)); ''`, path, fields))
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got := b.run(`window.answered`); got != "" {
			return got
		}
	}
	return "nothing"
}

package desk_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/chromedp"
)

// partner is a page that the demo's own flow lets a checkout stand in.
const partner = "slow-kitchen.example"

// exampleHost serves the example of a partner's page with the shop's address in
// it, by TLS and under the partner's name, and returns what a browser must be
// told to find it.
func exampleHost(t *testing.T, w *apptest.World) []chromedp.ExecAllocatorOption {
	t.Helper()
	page, err := os.ReadFile("../../examples/embed/index.html")
	if err != nil {
		t.Fatal(err)
	}
	there := strings.Replace(string(page), "http://127.0.0.1:8080", w.Shop.URL, 1)
	if there == string(page) {
		t.Fatal("the example names no shop of its own")
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, there)
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return []chromedp.ExecAllocatorOption{chromedp.Flag("host-resolver-rules", "MAP "+partner+":443 "+at.Host), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("site-per-process", true), chromedp.Flag("test-third-party-cookie-phaseout", true)}
}

// The fifth of the demo's flows: the page of examples/embed, under the name of
// the demo's partner, holds the shop's checkout, which is bought through in it.
func TestTheDemosPartnerFlowIsBoughtThroughInTheExamplePage(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the demo's flows are walked in the full run")
	}
	w, _ := apptest.OpenDemo(t, bank.Config{})
	host := tab(browser(t, 3*time.Minute, exampleHost(t, w)...), t, "https://"+partner)
	host.open("/")
	host.until("the page around hears of a step", `document.getElementById('told').textContent.startsWith('total ')`)
	frame := host.frame(w.Shop.URL + "/embed/")
	frame.do(chromedp.WaitVisible(chromedp.CSS("#place .button-place")))
	ask[bool](frame, fill)
	ask[bool](frame, `(() => { document.querySelector('input[name=method][value=card]').click(); return true })()`)
	frame.do(chromedp.WaitVisible(chromedp.CSS("details.cards")))
	ask[bool](frame, `(() => { document.querySelector('details.cards').open = true; document.querySelector('input[value=approve]').checked = true; return true })()`)
	host.lookIn("partner", view{360, "dark", true}, view{1280, "light", true})
	frame.do(chromedp.Click(chromedp.CSS("#place .button-place")))
	host.until("the page around hears of the order", `document.getElementById('told').textContent.startsWith('completed ')`)
	host.lookIn("partner-order", view{360, "dark", true}, view{1280, "light", true})
	told := ask[string](host, `document.getElementById('told').textContent`)
	newest := w.Call("GET", "/admin/v1/orders/"+w.Call("GET", "/admin/v1/orders?limit=1", nil).Text("data", 0, "id"), nil)
	if !strings.Contains(told, newest.Text("number")) || newest.Text("lines", 0, "sku") != "PAN-MUR-TER" {
		t.Errorf("the page around heard %s, and the newest order is %s", told, newest.Bytes)
	}
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Find(t.Context(), tx, flow.ID(newest.Text("flow")), newest.Int("flow_version"))
		if v.Document.Name != "Partner page" || v.Document.Layout != flow.Embedded {
			t.Errorf("it was bought by %s", v.Document.Name)
		}
		return err
	})
}

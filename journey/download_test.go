package journey_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// slowBank opens a shop whose bank takes no money until taking is true.
func slowBank(t *testing.T, test func(t *testing.T, w *apptest.World, taking *atomic.Bool)) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		taking := new(atomic.Bool)
		w := apptest.OpenBehind(t, d, bank.Config{}, func(host string) string {
			through := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: host})
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/capture") && !taking.Load() {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				through.ServeHTTP(w, r)
			}))
			t.Cleanup(proxy.Close)
			u, err := url.Parse(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			return u.Host
		})
		test(t, w, taking)
	})
}

// book is the file that is sold.
var book = bytes.Repeat([]byte("All happy families are alike. "), 1000)

// sellBook sends a file and sells it at 5.00 for two downloads in 30 days.
func sellBook(w *apptest.World) {
	w.T.Helper()
	kept := w.Call("POST", "/admin/v1/files?name=Anna%20Karenina.epub", string(book))
	if kept.Status != 201 || kept.Int("bytes") != int64(len(book)) {
		w.T.Fatalf("the file: %d %s", kept.Status, kept.Bytes)
	}
	file := map[string]any{"blob": kept.Text("blob"), "name": kept.Text("name"), "bytes": kept.Int("bytes"), "limit": 2, "days": 30}
	made := w.Call("POST", "/admin/v1/products", map[string]any{"title": "Anna Karenina", "slug": "anna", "kind": "digital", "variants": []any{map[string]any{
		"sku": "ANNA", "file": file, "prices": []any{map[string]any{"market": "DE", "amount": 5_00, "currency": "EUR"}}}}})
	if made.Text("id") == "" {
		w.T.Fatalf("the book: %d %s", made.Status, made.Bytes)
	}
	if a := w.Call("GET", "/media/"+kept.Text("blob"), nil); a.Status != 404 {
		w.T.Errorf("a file of goods is among the pictures: %d", a.Status)
	}
}

// files are an order's downloads as its buyer's program reads them.
func files(w *apptest.World, placed apptest.Answer) apptest.Answer {
	w.T.Helper()
	return w.Call("GET", "/store/v1/orders/"+placed.Text("order", "id")+"?token="+placed.Text("order", "token"), nil)
}

// path is what an address is within the shop.
func path(address string) string {
	u, _ := url.Parse(address)
	return u.RequestURI()
}

func TestDigitalGoodsAreHandedOverOnceTheyArePaid(t *testing.T) {
	slowBank(t, func(t *testing.T, w *apptest.World, taking *atomic.Bool) {
		sellBook(w)
		checkout, _, total := ready(w, "sandbox:approve", line("ANNA", 1), line("POSTER", 1))
		placed := complete(w, checkout, "k", total)
		if placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		id := placed.Text("order", "id")
		w.Until("the fact has been acted on", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM checkout_awaited`) == 1
		})
		if a := files(w, placed); a.Status != 200 || a.At("downloads") != nil || a.Text("payment_status") != "authorized" {
			t.Errorf("before the payment: %s", a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/orders/"+id+"/downloads", nil); a.Text("code") != "payment.state" {
			t.Errorf("granted before the payment: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", "/downloads/dwn_none?until=9999999999&token=x", nil); a.Status != 404 {
			t.Errorf("a made-up link: %d", a.Status)
		}
		taking.Store(true)
		w.Until("the book is there", func() bool { return files(w, placed).Text("downloads", 0, "status") == "ready" })

		a := files(w, placed)
		link := path(a.Text("downloads", 0, "url"))
		if a.Text("downloads", 0, "name") != "Anna Karenina.epub" || a.Int("downloads", 0, "downloads_left") != 2 || a.At("downloads", 1) != nil {
			t.Errorf("%s", a.Bytes)
		}
		for _, wrong := range []string{strings.Replace(link, "until=1", "until=2", 1), link + "0", strings.Replace(link, "dwn_", "dwn_0", 1)} {
			if got := w.Call("GET", wrong, nil); got.Status != 404 || bytes.Contains(got.Bytes, book[:30]) {
				t.Errorf("%s opens: %d", wrong, got.Status)
			}
		}
		if a := w.Call("HEAD", link, nil); a.Status != 204 {
			t.Errorf("a look: %d", a.Status)
		}
		mailed(t, w, "Anna Karenina.epub")
		first := w.Call("GET", link, nil)
		if first.Status != 200 || !bytes.Equal(first.Bytes, book) || !strings.Contains(first.Header.Get("Content-Disposition"), "Anna Karenina.epub") ||
			first.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("the book: %d %v", first.Status, first.Header)
		}
		rest := w.Call("GET", link, nil, "Range", "bytes=29000-")
		if rest.Status != 206 || !bytes.Equal(rest.Bytes, book[29000:]) {
			t.Errorf("the rest of a download that broke off: %d, %d bytes", rest.Status, len(rest.Bytes))
		}
		if n := files(w, placed).Int("downloads", 0, "downloads_left"); n != 1 {
			t.Errorf("%d left after one download", n)
		}
		if n := rush(w, link, 16); n != 1 {
			t.Errorf("%d of 16 got the last download", n)
		}
		if a := files(w, placed); a.Text("downloads", 0, "status") != "used_up" || a.Text("downloads", 0, "url") != "" {
			t.Errorf("used up: %s", a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/orders/"+id+"/downloads", nil); a.Text("data", 0, "status") != "ready" || a.Int("data", 0, "used") != 0 {
			t.Errorf("granted anew: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

// rush asks for a link many times at once and returns how often it opened.
func rush(w *apptest.World, link string, times int) int64 {
	var got atomic.Int64
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			if a, err := w.Try("GET", link, nil); err == nil && a.Status == 200 {
				got.Add(1)
			}
		})
	}
	all.Wait()
	return got.Load()
}

// mailed waits until a mail brought the file, and opens it by the mail's link.
func mailed(t *testing.T, w *apptest.World, name string) {
	t.Helper()
	inbox := w.App.Outbox.(message.Inbox)
	w.Until("the files are mailed", func() bool {
		kept, err := inbox.List(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kept {
			full, err := inbox.Find(t.Context(), k.ID)
			if err == nil && strings.Contains(full.Mail.Text, name) && strings.Contains(full.Mail.Text, "/downloads/dwn_") && strings.Contains(full.Mail.HTML, "&amp;token=") {
				return true
			}
		}
		return false
	})
}

func TestARefundTakesDownloadsBack(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sellBook(w)
		buy := func(key string, lines ...any) (placed apptest.Answer, link string) {
			checkout, _, total := ready(w, "sandbox:approve", lines...)
			placed = complete(w, checkout, key, total)
			w.Until("the book is there", func() bool { return files(w, placed).Text("downloads", 0, "status") == "ready" })
			return placed, path(files(w, placed).Text("downloads", 0, "url"))
		}
		bookOf := func(placed apptest.Answer) (id string) {
			for i := range 2 {
				if a := files(w, placed); a.Text("lines", i, "sku") == "ANNA" {
					return a.Text("lines", i, "id")
				}
			}
			return ""
		}
		refused := func(what string, placed apptest.Answer, link, state, code string) {
			t.Helper()
			if a := files(w, placed); a.Text("downloads", 0, "status") != state || a.Text("downloads", 0, "url") != "" {
				t.Errorf("%s: %s", what, a.Bytes)
			}
			if a := w.Call("GET", link, nil); a.Status != 403 || bytes.Contains(a.Bytes, book[:30]) {
				t.Errorf("%s: %d, want %s", what, a.Status, code)
			}
		}
		both, link := buy("a", line("ANNA", 1), line("POSTER", 1))
		id := both.Text("order", "id")
		amend := func(body map[string]any) {
			t.Helper()
			if a := w.Call("POST", "/admin/v1/orders/"+id+"/amendments", body, "Idempotency-Key", "r"+body["reason"].(string)); a.Status/100 != 2 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		for i := range 2 {
			if a := files(w, both); a.Text("lines", i, "sku") == "POSTER" {
				amend(map[string]any{"kind": "refund", "reason": "poster", "lines": []any{map[string]any{"line": a.Text("lines", i, "id"), "units": 1}}})
			}
		}
		if a := w.Call("GET", link, nil); a.Status != 200 {
			t.Errorf("the poster's money took the book: %d %s", a.Status, a.Bytes)
		}
		amend(map[string]any{"kind": "refund", "reason": "book", "lines": []any{map[string]any{"line": bookOf(both), "units": 1}}})
		refused("the book was refunded", both, link, "revoked", "download.revoked")

		whole, link := buy("b", line("ANNA", 1))
		if a := w.Call("POST", "/admin/v1/orders/"+whole.Text("order", "id")+"/amendments", map[string]any{"kind": "cancel", "reason": "x"}, "Idempotency-Key", "all"); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		refused("the order was canceled", whole, link, "revoked", "download.revoked")

		held, link := buy("c", line("ANNA", 1))
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			return order.Move(t.Context(), tx, order.ID(held.Text("order", "id")), order.StateOnHold, "a look")
		})
		refused("a person looks first", held, link, "held", "download.held")
		w.Call("POST", "/admin/v1/orders/"+held.Text("order", "id")+"/release", nil)
		if a := w.Call("GET", link, nil); a.Status != 200 {
			t.Errorf("released: %d", a.Status)
		}
		if a := w.Call("DELETE", "/admin/v1/orders/"+held.Text("order", "id")+"/downloads", nil); a.Status != 204 {
			t.Errorf("revoke: %d %s", a.Status, a.Bytes)
		}
		refused("revoked by hand", held, link, "revoked", "download.revoked")
		w.Whole()
	})
}

// Digital goods without a file are a matter for a person, and for nobody else.
func TestAFileThatIsMissingIsTold(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		made := w.Call("POST", "/admin/v1/products", map[string]any{"title": "Lost", "slug": "lost", "kind": "digital", "variants": []any{map[string]any{
			"sku": "LOST", "prices": []any{map[string]any{"market": "DE", "amount": 5_00, "currency": "EUR"}}}}})
		ghost := w.Call("PATCH", "/admin/v1/products/"+made.Text("id"), map[string]any{"version": 1, "variants": []any{map[string]any{"sku": "LOST",
			"file": map[string]any{"blob": "fil_none.pdf", "name": "x.pdf", "bytes": 1}}}})
		if ghost.Text("code") != "adminapi.no_file" {
			t.Errorf("a file nobody sent: %d %s", ghost.Status, ghost.Bytes)
		}
		checkout, _, total := ready(w, "sandbox:approve", line("LOST", 1))
		placed := complete(w, checkout, "k", total)
		w.Until("somebody is told", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM exception_problems WHERE kind = 'download.no_file'`) == 1
		})
		kept := w.Call("POST", "/admin/v1/files?name=lost.pdf", "found")
		w.Call("PATCH", "/admin/v1/products/"+made.Text("id"), map[string]any{"version": 1, "variants": []any{map[string]any{"sku": "LOST",
			"file": map[string]any{"blob": kept.Text("blob"), "name": "lost.pdf", "bytes": 5}}}})
		if a := w.Call("POST", "/admin/v1/orders/"+placed.Text("order", "id")+"/downloads", nil); a.Text("data", 0, "status") != "ready" {
			t.Errorf("granted: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", path(files(w, placed).Text("downloads", 0, "url")), nil); string(a.Bytes) != "found" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
	})
}

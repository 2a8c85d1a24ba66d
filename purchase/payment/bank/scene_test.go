package bank_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// A stopped bank says that it did nothing, and did nothing; its pages stay open.
func TestAStoppedBankDoesNothingAndSaysSo(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		if r := c.post("/scenes", url.Values{"stopped": {"1"}}); r.status >= http.StatusBadRequest {
			c.Fatalf("%d %s", r.status, r.text)
		}
		order := map[string]any{"reference": "att_1", "amount": 1000, "currency": "EUR", "kind": "card", "instrument": "sandbox:approve"}
		r := c.call(http.MethodPost, "/v1/payments", order)
		if r.status != http.StatusServiceUnavailable || r.header.Get(bank.HeaderDone) != bank.DoneNothing {
			c.Errorf("%d %v", r.status, r.header)
		}
		if page := c.send(http.MethodGet, "/scenes", "", ""); page.status != http.StatusOK || !strings.Contains(page.text, "checked") {
			c.Errorf("%d %s", page.status, page.text)
		}
		if cards := c.send(http.MethodGet, "/cards", "", ""); cards.status != http.StatusOK {
			c.Errorf("a page is shut: %d", cards.status)
		}
		if book, err := c.bank.Book(c.Context()); err != nil || len(book) != 0 {
			c.Errorf("%+v, %v", book, err)
		}
		c.post("/scenes", url.Values{})
		if p := c.pay("att_1", "card", "sandbox:approve"); p["state"] != "authorized" {
			c.Errorf("started again: %v", p)
		}
	})
}

// What a mute bank loses never comes; what happens after it speaks again does.
func TestAMuteBankLosesItsNotices(t *testing.T) {
	var heard atomic.Int64
	shop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(shop.Close)
	dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
		heard.Store(0)
		var server *httptest.Server
		b := bank.New(d, func() string { return server.URL }, bank.Config{Secret: secret, Webhook: shop.URL})
		server = httptest.NewServer(b.Handler())
		t.Cleanup(server.Close)
		c := &counter{t, b, d, server.URL}
		running, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(running) }()
		t.Cleanup(func() { stop(); <-done })
		waiting := func() (n int64) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				n, err = db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COUNT(*) FROM bank_notices WHERE copies > 0`)
				return err
			})
			return n
		}
		b.Mute(true)
		c.pay("att_1", "card", "sandbox:approve")
		for waiting() > 0 {
			time.Sleep(time.Millisecond)
		}
		if heard.Load() != 0 {
			t.Errorf("%d notices came from a mute bank", heard.Load())
		}
		b.Mute(false)
		c.pay("att_2", "card", "sandbox:approve")
		for heard.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
	})
}

package apptest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"korzo/platform/db"
	"korzo/purchase/payment/bank"
)

// Prepare puts the fixture into a database that no shop has open and returns
// its keys: for tests that open the shop themselves, or in another process.
func Prepare(t *testing.T, url string) (store, admin string) {
	t.Helper()
	d, err := db.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	w := &World{T: t}
	w.fill(d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return w.Store, w.Admin
}

// Bank starts a sandbox bank without a shop, which lives as long as the test,
// and returns its address as a gateway. It sends notices when c says where.
func Bank(t *testing.T, c bank.Config) (b *bank.Bank, gateway string) {
	t.Helper()
	w := &World{T: t}
	c.Secret = Secret
	gateway = w.openBank(c)
	return w.Bank, gateway
}

// OpenBehind is Open with something between the shop and its bank: between is
// given the bank's host and port, and returns those that the shop is to call.
func OpenBehind(t *testing.T, d *db.DB, c bank.Config, between func(bank string) string) *World {
	t.Helper()
	w := &World{T: t}
	w.wind(d, new(atomic.Int64))
	w.Shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.App.Handler.ServeHTTP(rw, r) }))
	c.Secret, c.Webhook = Secret, w.Shop.URL+"/callbacks/payments/sandbox"
	gateway, err := url.Parse(w.openBank(c))
	if err != nil {
		t.Fatal(err)
	}
	gateway.Host = between(gateway.Host)
	w.start(d, gateway.String())
	w.fill(d)
	return w
}

// Beside starts another node of the shop, on a connection d of its own to the
// same database, with the same bank and keys.
func (w *World) Beside(d *db.DB) *World {
	w.T.Helper()
	return w.BesideIn(w.T, d)
}

// BesideIn is Beside for a node that lives as long as t.
func (w *World) BesideIn(t *testing.T, d *db.DB) *World {
	t.Helper()
	other := &World{T: t, Bank: w.Bank, Store: w.Store, Admin: w.Admin}
	other.wind(d, w.ahead)
	other.Shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { other.App.Handler.ServeHTTP(rw, r) }))
	other.start(d, w.gateway)
	return other
}

package apptest

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/demo"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/purchase/payment/bank"
)

// OpenDemo is Open with the demo's shop in place of the fixture: goods,
// customers and ninety days of orders, with pictures if asked.
func OpenDemo(t *testing.T, d *db.DB, c bank.Config, pictures bool) (*World, demo.Report) {
	t.Helper()
	w := &World{T: t}
	w.wind(d, new(atomic.Int64))
	w.Shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.App.Handler.ServeHTTP(rw, r) }))
	c.Secret, c.Webhook = Secret, w.Shop.URL+"/callbacks/payments/sandbox"
	w.start(d, w.openBank(c))
	var media *blob.FolderStore
	if pictures {
		media = w.App.Media
	}
	report, err := demo.Fill(t.Context(), demo.Shop{DB: d, Keeper: w.App.Keeper, Media: media, Files: w.App.Files}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.Store, w.Admin = report.Publishable, report.Secret
	return w, report
}

package apptest

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"korzo/app"
	"korzo/app/demo"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// OpenDemo is Open with the demo's shop in place of the fixture, on SQLite: goods
// with pictures, customers and ninety days of orders. A process fills it once;
// each test has a copy of its own.
func OpenDemo(t *testing.T, c bank.Config) (*World, demo.Report) {
	t.Helper()
	shop, err := demoShop()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{T: t, data: t.TempDir()}
	if err := os.CopyFS(w.data, shop.files); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, "sqlite:"+filepath.Join(w.data, "shop.db"))
	w.wind(d, new(atomic.Int64))
	w.Shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.App.Handler.ServeHTTP(rw, r) }))
	c.Secret, c.Webhook = Secret, w.Shop.URL+"/callbacks/payments/sandbox"
	w.start(d, w.openBank(c))
	w.Store, w.Admin = shop.report.Publishable, shop.report.Secret
	w.Until("what is sold is found", w.App.Search.Ready)
	return w, shop.report
}

// filled is a data folder with the demo's shop, as it lies on the disk.
type filled struct {
	files  fstest.MapFS
	report demo.Report
}

// demoShop fills the demo when it is first asked for.
var demoShop = sync.OnceValues(func() (shop filled, err error) {
	dir, err := os.MkdirTemp("", "korzo-demo-")
	if err != nil {
		return shop, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "shop.db"))
	if err != nil {
		return shop, err
	}
	if err = d.Migrate(ctx, app.Schemas()...); err == nil {
		shop.report, err = demo.Fill(ctx, demo.Shop{DB: d, Keeper: keeper(), Media: blob.Folder(filepath.Join(dir, "media")), Files: blob.Folder(filepath.Join(dir, "files"))}, time.Now())
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return shop, err
	}
	shop.files = fstest.MapFS{}
	return shop, fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		shop.files[path] = &fstest.MapFile{Data: content, Mode: 0o600}
		return err
	})
})

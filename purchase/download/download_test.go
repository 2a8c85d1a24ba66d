package download_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"
	"korzo/purchase/download"

	"pgregory.net/rapid"
)

var schemas = []fs.FS{download.Schema}

func keeper(t *testing.T) *seal.Keeper {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// give gives a right to a file and returns it.
func give(t *testing.T, d *db.DB, f catalog.File, units int64) (r download.Right) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		g := []download.Grant{{Order: "ord_1", Line: "oli_1", File: f, Units: units}}
		for want := range 2 { // giving again changes nothing
			if n, err := download.Give(t.Context(), tx, g); err != nil || n != 1-want {
				t.Errorf("%d given, %v", n, err)
			}
		}
		all, err := download.OfOrder(t.Context(), tx, "ord_1")
		r = all[0]
		return err
	})
	return r
}

func TestARightIsUsedAsOftenAndAsLongAsItSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		use := func(want error) {
			t.Helper()
			id := find(t, d).ID
			err := d.Write(t.Context(), func(tx *db.Tx) error { return download.Use(t.Context(), tx, id) })
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		r := give(t, d, catalog.File{Blob: "b.pdf", Name: "B.pdf", Bytes: 3, Limit: 1, Days: 10}, 2)
		if r.Left() != 2 || !r.EndsAt.Equal(dbtest.Noon.Add(240*time.Hour)) {
			t.Errorf("two units of one download each: %+v", r)
		}
		use(nil)
		use(nil)
		use(download.ErrUsedUp)
		if got := find(t, d); got.Used != 2 || got.State(dbtest.Noon) != download.StateUsedUp || download.Resume(got, dbtest.Noon.Add(download.Resumes)) != nil ||
			download.Resume(got, dbtest.Noon.Add(download.Resumes+1)) == nil {
			t.Errorf("%+v", got)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return download.Renew(t.Context(), tx, r.ID, catalog.File{Blob: "c.pdf", Name: "C.pdf", Bytes: 4, Days: 1})
		})
		use(nil)
		dbtest.Clock(d).Advance(24 * time.Hour)
		use(download.ErrEnded)
		dbtest.Write(t, d, func(tx *db.Tx) error { return download.Revoke(t.Context(), tx, "ord_1") })
		use(download.ErrRevoked)
		if got := find(t, d); got.Blob != "c.pdf" || got.Used != 1 || download.Resume(got, dbtest.Noon) == nil {
			t.Errorf("%+v", got)
		}
	})
}

func find(t *testing.T, d *db.DB) (r download.Right) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := download.OfOrder(t.Context(), tx, "ord_1")
		r = all[0]
		return err
	})
	return r
}

// A link opens its right until its time, and no other link opens anything.
func TestALinkOpensItsRightUntilItsTime(t *testing.T) {
	k := keeper(t)
	rapid.Check(t, func(rt *rapid.T) {
		until := time.Unix(rapid.Int64Range(1, 1<<33).Draw(rt, "until"), 0)
		link := download.Path(k, "dwn_1", until)
		q := httptest.NewRequest("GET", link, nil).URL.Query()
		now := until.Add(time.Duration(rapid.Int64Range(-1e6, 1e6).Draw(rt, "from end")) * time.Second)
		want := error(nil)
		if !now.Before(until) {
			want = download.ErrLink
		}
		if err := download.Opens(k, "dwn_1", q.Get("until"), q.Get("token"), now); !errors.Is(err, want) {
			rt.Fatalf("%v, want %v", err, want)
		}
		for _, other := range [][3]string{{"dwn_2", q.Get("until"), q.Get("token")}, {"dwn_1", q.Get("until") + "0", q.Get("token")}, {"dwn_1", q.Get("until"), q.Get("token") + "a"}, {"dwn_1", "", ""}} {
			if err := download.Opens(k, download.ID(other[0]), other[1], other[2], now); !errors.Is(err, download.ErrNotFound) {
				rt.Fatalf("%v opens: %v", other, err)
			}
		}
	})
}

func TestAFileIsKeptAndServedUnderItsName(t *testing.T) {
	store := blob.Folder(t.TempDir())
	store.MaxBytes = 10
	f, err := download.Keep(t.Context(), store, "Mägde & Knechte.PDF", strings.NewReader("0123456789"), dbtest.Noon)
	if err != nil || f.Bytes != 10 || !strings.HasSuffix(f.Blob, ".pdf") {
		t.Fatalf("%+v, %v", f, err)
	}
	got := httptest.NewRecorder()
	if err := download.Serve(got, httptest.NewRequest("GET", "/", nil), store, download.Right{ID: "dwn_1", Blob: f.Blob, Name: f.Name}); err != nil {
		t.Fatal(err)
	}
	if got.Body.String() != "0123456789" || !strings.Contains(got.Header().Get("Content-Disposition"), "M%C3%A4gde") || got.Header().Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q %v", got.Body, got.Header())
	}
	if err := download.Serve(got, httptest.NewRequest("GET", "/", nil), store, download.Right{Blob: "fil_lost.pdf"}); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("what is lost: %v", err)
	}
	for name, body := range map[string]io.Reader{"": strings.NewReader("x"), "../x.pdf": strings.NewReader("x"), "a\r\nb": strings.NewReader("x")} {
		if _, err := download.Keep(context.Background(), store, name, body, dbtest.Noon); !errors.Is(err, download.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := download.Keep(t.Context(), store, "big.bin", strings.NewReader("0123456789a"), dbtest.Noon); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for header, want := range map[string]bool{"": true, "bytes=0-": true, "bytes=5-": false, "bytes=1-2,0-5": true, "bytes=-5": false, "items=3": true} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Range", header)
		if download.FromStart(r) != want {
			t.Errorf("%q", header)
		}
	}
}

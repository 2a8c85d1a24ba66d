package transfer

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/media"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/job"
	memory "korzo/platform/remember"
)

var fetchSchemas = []fs.FS{memory.Schema, event.Schema, job.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, inventory.Schema, Schema}

// drawing is a PNG of a size.
func drawing(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictures serves what imports may meet.
func pictures(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	give := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) }
	}
	mux.HandleFunc("/1.png", give(drawing(t, 4, 3)))
	mux.HandleFunc("/2.png", give(drawing(t, 5, 6)))
	mux.HandleFunc("/page", give([]byte("<html>no picture</html>")))
	mux.HandleFunc("/large", give(make([]byte, blob.MaxBytes+1)))
	mux.HandleFunc("/gone", http.NotFound)
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// withPictures imports one product that names pictures.
func withPictures(t *testing.T, d *db.DB, addresses ...string) Run {
	t.Helper()
	ctx := context.Background()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return errors.Join(market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH"}), market.Save(ctx, tx, market.Market{ID: "DE",
			Name: "DE", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "en", Zone: "Europe/Berlin", Entity: "ent_gmbh"}))
	})
	rows := "Handle,Title,Variant Price,Image Src,Image Position\n"
	for i, a := range addresses {
		rows += "mug," + []string{"Mug,5", ","}[min(i, 1)] + "," + a + "," + string(rune('9'-i)) + "\n"
	}
	path := filepath.Join(t.TempDir(), "mug.csv")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := New(d, nil).Begin(ctx, Request{Path: path, Kind: KindShopify, Market: "DE"})
	for err == nil && run.State == StateRunning {
		run, err = New(d, nil).Step(ctx, run.ID)
	}
	if err != nil || run.Created != 1 {
		t.Fatal(run, err)
	}
	return run
}

// after runs the jobs for a while and returns the run, its remarks and the product's pictures.
func after(t *testing.T, d *db.DB, f *Fetcher, run Run) (Run, string, []catalog.Image) {
	t.Helper()
	pool := job.NewPool(d)
	f.Register(pool)
	for range imageAttempts + 1 {
		if _, err := pool.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		dbtest.Clock(d).Advance(time.Hour)
	}
	now, err := New(d, nil).Find(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	var p catalog.Product
	dbtest.Read(t, d, func(tx *db.Tx) error {
		rows, err := Report(t.Context(), tx, run.ID, 0, 100)
		for _, r := range rows {
			said = append(said, r.Level+" "+r.Reason)
		}
		dead, err2 := job.Dead(t.Context(), tx)
		if len(dead) > 0 {
			t.Errorf("%d jobs died", len(dead))
		}
		slug, err3 := catalog.FindBySlug(t.Context(), tx, "mug", "", "")
		p = slug
		return errors.Join(err, err2, err3)
	})
	return now, strings.Join(said, "\n"), p.Images
}

func TestPicturesComeAfterwardsInTheirOrder(t *testing.T) {
	dbtest.Each(t, fetchSchemas, func(t *testing.T, d *db.DB) {
		s := pictures(t)
		run := withPictures(t, d, s.URL+"/1.png", s.URL+"/2.png")
		store := blob.Folder(t.TempDir())
		f := NewFetcher(d, media.New(store))
		f.Private = true
		run, said, images := after(t, d, f, run)
		if run.Images != (Images{Fetched: 2}) || len(images) != 2 || images[0].Width != 5 || images[1].Width != 4 {
			t.Errorf("%+v %+v %s", run.Images, images, said)
		}
		for _, m := range images {
			r, err := store.Open(t.Context(), m.Blob)
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
		}
	})
}

func TestAPictureThatDoesNotComeIsAWarningAndNothingElse(t *testing.T) {
	dbtest.Each(t, fetchSchemas, func(t *testing.T, d *db.DB) {
		s := pictures(t)
		run := withPictures(t, d, s.URL+"/gone", s.URL+"/page", s.URL+"/large", s.URL+"/broken", s.URL+"/away", "http://127.0.0.1:1/none.png", "ftp://x/y.png")
		f := NewFetcher(d, media.New(blob.Folder(t.TempDir())))
		f.Private = true
		run, said, images := after(t, d, f, run)
		if run.Images != (Images{Failed: 6}) || len(images) != 0 || run.Failed != 0 || run.State != StateDone {
			t.Errorf("%+v %v", run, images)
		}
		for _, want := range []string{"answers 404", "no picture in JPEG", "larger than", "answers 502; it is asked for again", "answers 502; add it in the admin", "leads on", "connection refused", "https:// or http://"} {
			if !strings.Contains(said, want) {
				t.Errorf("nothing says %q:\n%s", want, said)
			}
		}
		if strings.Contains(said, "error ") {
			t.Error(said)
		}
	})
}

func TestNoPictureIsAskedForInside(t *testing.T) {
	s := pictures(t)
	asked := 0
	s.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ })
	f := NewFetcher(nil, nil)
	for _, address := range []string{s.URL + "/1.png", strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "http://[::1]:80/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest", "http://0.0.0.0/", "http://10.1.2.3/"} {
		if _, err := f.get(t.Context(), address); err == nil || !errors.Is(err, errNever) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d were asked", asked)
	}
}

func TestHTMLBecomesWhatAPersonReads(t *testing.T) {
	for in, want := range map[string]string{
		"plain, as it is\nwith lines":                              "plain, as it is\nwith lines",
		"<p>One</p><p>Two &amp; three</p>":                         "One\n\nTwo & three",
		"<ul>\n<li>a</li>\n<li>b</li>\n</ul>":                      "• a\n\n• b",
		"a<br>b<BR/>c":                                             "a\nb\nc",
		"<script>alert('<p>')</script>x<style>p{}</style>y":        "xy",
		"<SCRIPT >x</script >y":                                    "y",
		"<script>never closed":                                     "",
		"<!-- <b>hidden</b> -->seen":                               "seen",
		`<img src=x onerror="alert(1)>2">after`:                    "after",
		"1 < 2 and 3 > 2":                                          "1 < 2 and 3 > 2",
		"<a href='javascript:x'>link</a>":                          "link",
		"<unclosed":                                                "",
		"\xff<b>x</b>":                                             "?x",
		"<div><p>deep</p></div>\n<p></p><p></p><p></p><p>more</p>": "deep\n\nmore",
	} {
		if got := textOf(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

package admin_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/offer/catalog"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/job"
	"korzo/value/money"
)

// sendFile sends a file to be imported and returns the page of what is in it.
func (w *world) sendFile(name, text string, fields ...string) answer {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			w.t.Fatal(err)
		}
	}
	if name != "" {
		part, err := m.CreateFormFile("file", name)
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	if err := m.Close(); err != nil {
		w.t.Fatal(err)
	}
	a := w.sendBody("POST", "/admin/imports/files", &b, "Content-Type", m.FormDataContentType())
	if a.Code == http.StatusSeeOther {
		return w.get(a.Header().Get("Location"))
	}
	return a
}

// jobs has the shop's jobs take imports to their end.
func (w *world) jobs() {
	w.t.Helper()
	pool := job.NewPool(w.d)
	w.desk.Register(pool)
	if _, err := pool.RunOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

const theirs = "Ware;VK brutto\nMUG-RED;1.099,50\nNOPE;3,00\n"

func TestATableIsMappedTriedAndImported(t *testing.T) {
	each(t, func(w *world) {
		a := w.sendFile("preise.csv", theirs, "kind", "prices", "market", "DE")
		w.is(a, 200, "preise.csv", "separated by “;”", "Ware MUG-RED · NOPE", "Nothing fills")
		form := w.fieldsOf(a, "/admin/imports/new")
		form.Set("columns[0].to", "sku")
		form.Set("columns[1].to", "amount")
		form.Set("constants[0].to", "market")
		form.Set("constants[0].value", "DE")
		form.Set("constants[1].to", "currency")
		form.Set("constants[1].value", "EUR")
		form.Set("decimal_mark", ",")
		form.Set("how", "table")
		a = w.send("POST", "/admin/imports/new", form)
		w.is(a, 200, "MUG-RED DE 1099.50 EUR")
		form = w.fieldsOf(a, "/admin/imports")
		form.Set("dry", "1")
		started := w.send("POST", "/admin/imports", form)
		w.is(started, http.StatusSeeOther, "/admin/imports/imp_")
		run := started.Header().Get("Location")
		w.is(w.get(run), 200, "Under way", "0 rows read")
		w.jobs()
		w.is(w.get(run), 200, "Dry run", "Done", "NOPE", "not taken", "Import in earnest")
		if got := w.prices(w.mug.Variants[0].ID)["DE"]; got != money.Of(1290, "EUR") {
			t.Errorf("a dry run changed %v", got)
		}
		again := w.send("POST", run+"/again", url.Values{})
		w.is(again, http.StatusSeeOther, "/admin/imports/imp_")
		w.jobs()
		w.is(w.get(again.Header().Get("Location")), 200, "preise.csv", "Changed 1", "Not taken 1")
		if got := w.prices(w.mug.Variants[0].ID)["DE"]; got != money.Of(109950, "EUR") {
			t.Errorf("%v", got)
		}
		report := w.get(again.Header().Get("Location") + "/report.csv")
		if !strings.Contains(report.Body.String(), "error,3,") {
			t.Errorf("%s", report.Body.String())
		}
		w.is(w.get("/admin/imports"), 200, "preise.csv", "Prices of markets")
		w.is(w.send("POST", run+"/again", url.Values{}), http.StatusUnprocessableEntity, "no longer there")
	})
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.sendFile("", "", "kind", "products"), http.StatusUnprocessableEntity, "Choose a file")
		w.is(w.sendFile("a.csv", "\n", "kind", "products"), http.StatusUnprocessableEntity, "must name the columns")
		w.is(w.get("/admin/imports/new?file=..%2Fkorzo.db&kind=products"), http.StatusUnprocessableEntity)
		w.is(w.get("/admin/imports/imp_none"), http.StatusNotFound)
		a := w.sendFile("shop.csv", "Handle,Title,Variant Price\nhat,Hat,12.00\n", "kind", "shopify")
		w.is(a, 200, "The first rows of the file", "hat Hat 12.00")
		form := w.fieldsOf(a, "/admin/imports")
		w.is(w.send("POST", "/admin/imports", form), http.StatusUnprocessableEntity, "choose the market", "hat Hat 12.00")
		form = w.fieldsOf(w.sendFile("x.csv", theirs, "kind", "prices"), "/admin/imports/new")
		form.Set("how", "text")
		form.Set("mapping", `{"kind": "prices", "columns": [`)
		w.is(w.send("POST", "/admin/imports/new", form), http.StatusUnprocessableEntity, "no JSON of a mapping", `"kind": "prices"`)
		w.happened(nil, nil)
		w.as(auth.RoleSupport)
		w.is(w.sendFile("a.csv", theirs, "kind", "prices"), http.StatusForbidden)
		w.is(w.get("/admin/exports/customers.csv"), http.StatusForbidden)
	})
}

func TestAnArchiveIsSentLookedIntoAndImportedTableByTable(t *testing.T) {
	each(t, func(w *world) {
		archive := w.get("/admin/exports/everything.json.zip").Body.String()
		a := w.sendFile("shop.zip", archive)
		w.is(a, 200, "shop.zip", "A whole shop", "0 pictures", "0 files of digital goods", "Price history")
		form := w.fieldsOf(a, "/admin/imports")
		started := w.send("POST", "/admin/imports", form)
		w.is(started, http.StatusSeeOther)
		for range len(transfer.Kinds) + 1 {
			w.jobs()
		}
		w.is(w.get(started.Header().Get("Location")), 200, "Its tables follow")
		list := w.get("/admin/imports").Body.String()
		for i, k := range transfer.Kinds {
			if name := fmt.Sprintf("shop.zip / %02d-%s.json", i+1, k); !strings.Contains(list, name) {
				t.Errorf("%s was not imported", name)
			}
		}
		if again := w.get("/admin/exports/everything.json.zip").Body.String(); again != archive {
			t.Error("its own archive changed the shop")
		}
		w.is(w.sendFile("shop.zip", "no archive"), http.StatusUnprocessableEntity, "This is no archive of a shop")
		w.happened(nil, []string{"export.begin", "import.begin", "export.begin"})
	})
}

func TestEverythingIsExportedInTheOrderOfReadingIn(t *testing.T) {
	each(t, func(w *world) {
		a := w.get("/admin/exports/everything.csv.zip")
		archive, err := zip.NewReader(bytes.NewReader(a.Body.Bytes()), int64(a.Body.Len()))
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, f := range archive.File {
			kinds = append(kinds, strings.TrimSuffix(f.Name, path.Ext(f.Name))[3:])
		}
		for i, k := range transfer.Kinds {
			if i >= len(kinds) || kinds[i] != string(k) {
				t.Fatalf("%v", kinds)
			}
		}
		if a := w.get("/admin/exports/prices.json"); !strings.Contains(a.Body.String(), `"MUG-RED"`) {
			t.Error(a.Body.String())
		}
		w.is(w.get("/admin/exports/secrets.csv"), http.StatusUnprocessableEntity)
		w.is(w.get("/admin/exports"), 200, "Everything", "Customers")
		w.happened(nil, []string{"export.begin", "export.begin"})
	})
}

// A run whose process died stands where it was until somebody presses the
// button: then it goes on there, and what was taken before is not taken again.
func TestAnImportThatWasCutShortGoesOnFromItsPage(t *testing.T) {
	each(t, func(w *world) {
		var text strings.Builder
		text.WriteString("Handle,Title,Variant Price\n")
		for i := range 250 {
			fmt.Fprintf(&text, "hat-%d,Hat %d,12.00\n", i, i)
		}
		path := filepath.Join(t.TempDir(), "hats.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		run, err := w.desk.Begin(t.Context(), transfer.Request{Path: path, Kind: transfer.KindShopify, Market: "DE"})
		if err == nil {
			run, err = w.desk.Step(t.Context(), run.ID)
		}
		if err != nil || run.State != transfer.StateRunning || run.Created == 0 || run.Created >= 250 {
			t.Fatalf("%+v %v", run, err)
		}
		page := "/admin/imports/" + string(run.ID)
		w.jobs() // nobody knows of it any more
		w.is(w.get(page), 200, "Under way", fmt.Sprint(run.Rows)+" rows read", "Go on with it")
		w.as(auth.RoleSupport)
		w.is(w.send("POST", page+"/resume", url.Values{}), http.StatusForbidden)
		w.as(auth.RoleOwner)
		w.is(w.send("POST", "/admin/imports/imp_none/resume", url.Values{}), http.StatusNotFound)
		w.is(w.send("POST", page+"/resume", url.Values{}), http.StatusSeeOther, page)
		w.is(w.send("POST", page+"/resume", url.Values{}), http.StatusSeeOther, page) // pressed twice
		w.jobs()
		w.is(w.get(page), 200, "Done", "New 250")
		if again, err := w.desk.Find(t.Context(), run.ID); err != nil || again.State != transfer.StateDone || again.Created != 250 || again.Rows != 250 || again.Failed != 0 {
			t.Errorf("%+v %v", again, err)
		}
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			page, _, err := catalog.List(t.Context(), tx, catalog.Filter{Query: "hat 249"})
			if len(page) != 1 {
				t.Errorf("%d hats of the last row", len(page))
			}
			return err
		})
		w.is(w.send("POST", page+"/resume", url.Values{}), http.StatusSeeOther, page)
		w.jobs()
		w.is(w.get(page), 200, "Done", "New 250")
	})
}

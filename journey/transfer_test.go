package journey_test

import (
	"bytes"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/backoffice/transfer"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

func secretOf(w *apptest.World, scopes ...string) (secret string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) (err error) {
		_, secret, err = auth.CreateKey(w.T.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "files", Scopes: scopes})
		return err
	})
	return secret
}

// A table of another system is sent, looked into, tried, imported and told of,
// all over the API; what it did is seen where it belongs and nowhere else.
func TestATableIsSentLookedIntoAndImportedOverTheAPI(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		key := []string{"Authorization", "Bearer " + secretOf(w, "transfers.read", "transfers.write", "orders.read")}
		csv := "Bestellnummer;Datum;Artikelnummer;Menge;Einzelpreis\nR-1;03.02.2011 10:00;MUG;2;9,90\nR-2;04.02.2011 10:00;MUG;zwei;9,90\n"
		sent := w.Call("POST", "/admin/v1/imports/files?format=csv", csv, key...)
		if sent.Status != 201 {
			t.Fatalf("%d %s", sent.Status, sent.Bytes)
		}
		file := sent.Text("file")
		look := w.Call("POST", "/admin/v1/imports/previews", map[string]any{"file": file, "kind": "orders"}, key...)
		if !strings.Contains(string(look.Bytes), `{"to":"unit_price","from":"Einzelpreis"}`) || look.Text("separator") != ";" {
			t.Errorf("%s", look.Bytes)
		}
		mapping := map[string]any{"kind": "orders", "source": "alt", "columns": []map[string]any{{"to": "number", "from": "Bestellnummer"},
			{"to": "placed_at", "from": "Datum", "date": "DD.MM.YYYY hh:mm", "zone": "Europe/Berlin"}, {"to": "sku", "from": "Artikelnummer"},
			{"to": "quantity", "from": "Menge"}, {"to": "unit_price", "from": "Einzelpreis", "decimal": ","}}}
		for _, dry := range []bool{true, false} {
			orders := number(t, w.App.DB, `SELECT COUNT(*) FROM order_orders`)
			run := w.Call("POST", "/admin/v1/imports", map[string]any{"file": file, "market": "DE", "dry_run": dry, "mapping": mapping}, key...)
			if run.Status != 201 {
				t.Fatalf("%d %s", run.Status, run.Bytes)
			}
			path := "/admin/v1/imports/" + run.Text("id")
			w.Until("the import has ended", func() bool { return w.Call("GET", path, nil, key...).Text("state") != "running" })
			if end := w.Call("GET", path, nil, key...); end.Text("state") != "done" || !bytes.Contains(end.Bytes, []byte(`"created":1`)) || !bytes.Contains(end.Bytes, []byte(`"failed":1`)) {
				t.Errorf("%s", end.Bytes)
			}
			report := w.Call("GET", path+"/report", nil, key...)
			if !bytes.Contains(report.Bytes, []byte("error,3,Menge,")) {
				t.Errorf("%s", report.Bytes)
			}
			if more := number(t, w.App.DB, `SELECT COUNT(*) FROM order_orders`) - orders; more != map[bool]int64{true: 0, false: 1}[dry] {
				t.Errorf("%d orders more", more)
			}
		}
		if out := w.Call("GET", "/admin/v1/exports/orders", nil, key...); !bytes.Contains(out.Bytes, []byte(`"number":"R-1"`)) {
			t.Errorf("%s", out.Bytes)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages`); n != 0 {
			t.Errorf("%d mails", n)
		}
		w.Whole()
	})
}

// What a shop gives out whole comes back over the API, by the shop's own jobs.
func TestAnArchiveOfTheShopComesBackOverTheAPIAndChangesNothing(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		key := []string{"Authorization", "Bearer " + secretOf(w, "transfers.read", "transfers.write")}
		out := w.Call("GET", "/admin/v1/exports/everything.zip?format=json", nil, key...)
		if out.Status != 200 || out.Header.Get("Content-Type") != "application/zip" {
			t.Fatalf("%d %s", out.Status, out.Header)
		}
		facts := number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts`)
		sent := w.Call("POST", "/admin/v1/imports/files", string(out.Bytes), append(key, "Content-Type", "application/zip")...)
		run := w.Call("POST", "/admin/v1/imports", map[string]any{"file": sent.Text("file")}, key...)
		if run.Status != 201 || run.Text("kind") != "everything" {
			t.Fatalf("%d %s", run.Status, run.Bytes)
		}
		tables := int64(len(transfer.Kinds))
		w.Until("all tables are imported", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM transfer_runs WHERE state = 'done'`) == tables+1
		})
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM transfer_runs WHERE created + changed + failed > 0`); n != 0 {
			t.Errorf("%d tables changed something", n)
		}
		if now := number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts`); now != facts {
			t.Errorf("%d facts more", now-facts)
		}
		if a := w.Call("GET", "/admin/v1/exports/everything.zip?format=pdf", nil, key...); a.Status != 422 {
			t.Errorf("as PDF: %d", a.Status)
		}
		if a := w.Call("POST", "/admin/v1/imports/previews", map[string]any{"file": w.Call("POST", "/admin/v1/imports/files?format=zip", "x", key...).Text("file")}, key...); a.Status != 422 {
			t.Errorf("a preview of an archive: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

func TestAFileIsSentByWhoMayAndWithinItsSize(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		big := strings.Repeat("x", 3<<20) // over what other bodies may have
		for _, c := range []struct {
			name, scope, path string
			want              int
		}{
			{"who may only read", "transfers.read", "/admin/v1/imports/files", 403},
			{"a kind of file that is not known", "transfers.write", "/admin/v1/imports/files?format=exe", 422},
			{"who may, three megabytes", "transfers.write", "/admin/v1/imports/files?format=csv", 201},
		} {
			if a := w.Call("POST", c.path, big, "Authorization", "Bearer "+secretOf(w, c.scope)); a.Status != c.want {
				t.Errorf("%s: %d %.200s", c.name, a.Status, a.Bytes)
			}
		}
		if a := w.Call("POST", "/admin/v1/imports/files", "sku\n", "Authorization", "Bearer nobody"); a.Status != 401 {
			t.Errorf("without a key: %d", a.Status)
		}
		if _, err := w.App.Desk.Received("../../etc/passwd"); err == nil {
			t.Error("a name led out of the folder")
		}
		if _, err := w.App.Desk.Receive(t.Context(), transfer.FormatCSV, endless{}); err == nil {
			t.Error("a file without end was kept")
		}
	})
}

// endless is a file that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

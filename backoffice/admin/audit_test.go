package admin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"korzo/backoffice/admin"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/i18n"
)

var recorded = regexp.MustCompile(`(?:Action:|\.record\(|\.did\(|\.put\()[^\n"]{0,60}"([a-z_]+\.[a-z_]+)"`)

// Whatever the audit says was done, it says in words: nobody reads "paylink.made".
func TestEveryDeedOfTheAuditHasWords(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(admin.Messages); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, folder := range []string{".", "../adminapi", "../listing", "../../insight/trial"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range recorded.FindAllStringSubmatch(string(text), -1) {
				seen++
				if words.Locale().Has("admin.action."+m[1]) || strings.HasSuffix(m[1], "_") { // the rest is told by a step
					continue
				}
				t.Errorf("%s records %s, which has no words: admin.action.%s", file, m[1], m[1])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d deeds are found in the sources: the search for them is wrong", seen)
	}
}

// What a program did stands under the name of its key, and what it did it to is
// named by its kind and leads there.
func TestTheAuditNamesTheKeyThatDidItAndWhatItDidItTo(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			key, _, err := auth.CreateKey(t.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "Warehouse robot", Scopes: []string{auth.ScopeAll}})
			if err != nil {
				return err
			}
			if err := audit.Record(t.Context(), tx, audit.Entry{Actor: string(key.ID), Action: "parcel.ship", Subject: "ful_1"}); err != nil {
				return err
			}
			return audit.Record(t.Context(), tx, audit.Entry{Actor: "command line", Action: "media.keep", Subject: "mug.jpg"})
		})
		page := w.get("/admin/audit")
		w.is(page, 200, "Warehouse robot", "Parcel shipped", "Fulfilment", "Command line", "Picture uploaded", "Picture")
		if !strings.Contains(page.Body.String(), `href="/admin/fulfilments/ful_1"`) {
			t.Error("what was done leads nowhere")
		}
	})
}

// Who asks for a page that is not there is led back to the list it would stand in.
func TestAPageThatIsNotThereLeadsBackToItsList(t *testing.T) {
	each(t, func(w *world) {
		page := w.get("/admin/orders/ord_nobody")
		w.is(page, 404, "Orders", "Back to the start page")
		if !strings.Contains(page.Body.String(), `<p class="crumbs small"><a href="/admin/orders">`) {
			t.Error("it does not lead back to the orders")
		}
	})
}

var detailed = regexp.MustCompile(`\.record\(tx, "[a-z_.]+", .*`)
var detailNamed = regexp.MustCompile(`, "([a-z_]+)(?:\.before|\.after)?", `)

// What a deed says besides has words in every language too.
func TestEveryDetailOfTheAuditHasWords(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(admin.Messages); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range detailed.FindAllString(string(text), -1) {
			_, rest, _ := strings.Cut(line, `", `)
			for _, m := range detailNamed.FindAllStringSubmatch(", "+rest, -1) {
				seen++
				if name := m[1]; name != "before" && name != "after" && name != "delivery" && !words.Locale().Has("admin.detail."+name) {
					t.Errorf("%s records %s, which has no words: admin.detail.%s", file, name, name)
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d details are found in the sources: the search for them is wrong", seen)
	}
}

// A deed names the order and the place that it speaks of, and says in words what
// changed; ids stand in a column of their own, for whoever asks for it.
func TestTheAuditSaysInWordsWhatADeedChanged(t *testing.T) {
	each(t, func(w *world) {
		id := w.order("approve", "")
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			for _, e := range []audit.Entry{
				{Action: "order.release", Subject: string(id), Detail: map[string]string{"amendment": "chg_1"}},
				{Action: "product.update", Subject: "prd_1", Detail: map[string]string{"fields": "title,tax_class", "price DE var_none": "removed", "tags.before": "", "tags.after": "red"}},
				{Action: "refund.limit", Subject: "EUR", Detail: map[string]string{"before": "1.00", "after": "2.00"}},
				{Action: "product.move", Subject: "prd_1", Detail: map[string]string{"from": "draft", "to": "active", "enabled": "true"}},
			} {
				e.Actor = string(w.staff["owner"].ID)
				if err := audit.Record(t.Context(), tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		w.is(w.get("/admin/audit"), 200, "Order 1", "Changed: Title, Tax class", "Price DE var_none: removed", "Tags: – → red", "1.00 → 2.00", "From: Draft", "To: Active", "Switched on: Yes")
		_, table, found := strings.Cut(w.get("/admin/audit").Body.String(), "<tbody")
		if !found || strings.Contains(table, ">"+string(id)+"<") || strings.Contains(table, "chg_1") {
			t.Error("the list shows ids that nobody asked for")
		}
		w.lang = "de"
		w.is(w.get("/admin/audit"), 200, "Geändert: Titel, Steuerklasse", "entfernt", "Von: Entwurf")
	})
}

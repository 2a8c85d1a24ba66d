package journey_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A program writes a page, shoppers read it once it is published, and not before.
func TestAPageIsWrittenByAProgramAndReadByShoppers(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		browser := &http.Client{}
		page := map[string]any{"kind": "page", "draft": map[string]any{"en": map[string]any{"slug": "our-kiln", "title": "Our kiln", "body": "## Fired twice\nAt 1,260 degrees."}}}
		made := w.Call("POST", "/admin/v1/content", page)
		at := "/admin/v1/content/" + made.Text("id")
		if made.Status != http.StatusCreated || made.At("live") != nil {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		if seen := get(t, browser, w.Shop.URL+"/pages/our-kiln"); seen.status != http.StatusNotFound {
			t.Errorf("a draft is read by shoppers: %d", seen.status)
		}
		if a := w.Call("POST", at+"/publish", map[string]any{}); a.Text("live", "en", "title") != "Our kiln" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if seen := get(t, browser, w.Shop.URL+"/pages/our-kiln"); seen.status != 200 || !strings.Contains(seen.body, "Fired twice") {
			t.Errorf("%d %s", seen.status, seen.body)
		}
		page["version"] = 99
		if a := w.Call("PUT", at, page); a.Status != http.StatusConflict || a.Text("code") != "content.version" {
			t.Errorf("a page that somebody changed meanwhile is written over: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/content", map[string]any{"kind": "page", "draft": map[string]any{"en": map[string]any{"slug": "Our Kiln!", "title": "", "body": "x"}}}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", at+"/withdraw", nil); a.Status != 200 || a.At("live") != nil {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if seen := get(t, browser, w.Shop.URL+"/pages/our-kiln"); seen.status != http.StatusNotFound {
			t.Errorf("what was withdrawn is still read: %d", seen.status)
		}
	})
}

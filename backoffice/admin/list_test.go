package admin_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

const productLists = "/admin/lists/products"

// change plans a change of the mug (or of all, with "all", "1") and returns the page of it.
func (w *world) change(verb string, pairs ...string) string {
	w.t.Helper()
	form := url.Values{"verb": {verb}, "pick": {string(w.mug.ID)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a := w.send("POST", productLists+"/change", form)
	w.is(a, http.StatusSeeOther, productLists+"/changes/chg_")
	return a.Header().Get("Location")
}

func (w *world) do(page, what string, pairs ...string) answer {
	w.t.Helper()
	form := url.Values{"do": {what}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.send("POST", page, form)
}

func TestAListIsNarrowedSortedAndSavedByItsAddress(t *testing.T) {
	each(t, func(w *world) {
		for _, title := range []string{"Äpfel", "Zebra"} {
			dbtest.Write(t, w.d, func(tx *db.Tx) error {
				_, err := catalog.Create(t.Context(), tx, catalog.Draft{Title: title, Slug: catalog.Slug(title), Status: catalog.StatusDraft, Tags: []string{"new"},
					Variants: []catalog.Variant{{SKU: strings.ToUpper(catalog.Slug(title))}}})
				return err
			})
		}
		order := func(path string) string {
			text := w.get(path).text
			var found []string
			for _, title := range []string{"Äpfel", "Mug", "Zebra"} {
				if i := strings.Index(text, title+" "); i >= 0 {
					found = append(found, title)
				}
			}
			slices.SortFunc(found, func(a, b string) int { return strings.Index(text, a+" ") - strings.Index(text, b+" ") })
			return strings.Join(found, " ")
		}
		for path, want := range map[string]string{
			"?sort=title": "Äpfel Mug Zebra", "?sort=-title": "Zebra Mug Äpfel", "?status=draft&sort=title": "Äpfel Zebra", "?tag=new&sort=-title": "Zebra Äpfel",
			"?q=zeb": "Zebra", "?kind=digital": "", "?sort=title&column=nonsense&kind=goods": "Äpfel Mug Zebra",
		} {
			if got := order("/admin/products" + path); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		page := w.get("/admin/products?column=tags&column=sku")
		w.is(page, 200, "MUG-RED", "kitchen")
		if strings.Contains(page.text, "€12.90") {
			t.Error("a column that was not chosen is shown")
		}
		w.is(w.send("POST", productLists+"/views", url.Values{"name": {"Fresh"}, "query": {"tag=new&sort=title"}}), http.StatusSeeOther, "tag=new&done=view_saved")
		w.is(w.get("/admin/products"), 200, "Fresh", "Delete the filter “Fresh”")
		w.as(auth.RoleSupport)
		if strings.Contains(w.get("/admin/products").text, "Fresh") {
			t.Error("another's filter is shown")
		}
		w.is(w.send("POST", productLists+"/views", url.Values{"name": {""}, "query": {"tag=new"}}), http.StatusUnprocessableEntity, "needs a name", "Äpfel")
	})
}

func TestAListIsDownloadedAsItIsFiltered(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			_, err := catalog.Create(t.Context(), tx, catalog.Draft{Title: `=cmd|'x'`, Slug: "evil", Variants: []catalog.Variant{{SKU: "EVIL"}}})
			return err
		})
		rows := func(query string) [][]string {
			a := w.get(productLists + "/table.csv" + query)
			w.is(a, 200)
			all, err := csv.NewReader(strings.NewReader(a.Body.String())).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := rows("?q=mug&column=title&column=available&column=from"); len(got) != 2 || strings.Join(got[1], "|") != "Mug|10|12.90 EUR" {
			t.Errorf("%v", got)
		}
		if got := rows("?sort=title"); len(got) != 3 || got[1][0] != `'=cmd|'x'` {
			t.Errorf("a formula: %v", got)
		}
		if got := rows("?q=nothing"); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestManyProductsAreChangedWithAPreviewAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		page := w.change("products.tag")
		w.is(w.get(page), 200, "Add a tag", "Of 1 row", "Preview")
		w.is(w.do(page, "settle"), http.StatusUnprocessableEntity, "fill this in")
		w.is(w.do(page, "settle", "tag", "sale"), http.StatusSeeOther, page)
		w.is(w.get(page), 200, "Mug kitchen kitchen, sale", "Change 1")
		w.happened(nil, nil)
		done := w.do(page, "run")
		w.is(done, http.StatusSeeOther, "/admin/products?change=chg_")
		w.happened([]string{"product.updated"}, []string{"listing.running", "products.tag"})
		w.is(w.get(done.Header().Get("Location")), 200, "1 was changed", "Undo")
		w.is(w.do(page, "run"), http.StatusConflict, "past that")
		if got := w.product().Tags; !slices.Equal(got, []string{"kitchen", "sale"}) {
			t.Errorf("%v", got)
		}
		w.is(w.do(page, "undo"), http.StatusSeeOther, page)
		w.is(w.get(page), 200, "1 is as it was before", "Undone")
		w.happened([]string{"product.updated"}, []string{"listing.undoing", "products.tag.undo"})
		if got := w.product().Tags; !slices.Equal(got, []string{"kitchen"}) {
			t.Errorf("%v", got)
		}
		w.is(w.get(productLists+"/changes"), 200, "Add a tag", "Undone")
	})
}

func TestPricesOfManyChangeByPercentAndComeBackUnlessSomebodyChangedThem(t *testing.T) {
	for _, c := range []struct {
		percent, ending string
		want            int64
	}{{"-10", "", 1161}, {"10", "99", 1399}, {"2,5", "", 1322}, {"-50", "00", 600}, {"−20 %", "95", 995}} {
		t.Run(c.percent+c.ending, func(t *testing.T) {
			d := dbtest.SQLite(t, schemas)
			w := open(t, d)
			page := w.change("products.price", "all", "1", "query", "q=mug")
			w.is(w.do(page, "settle", "market", "DE", "percent", c.percent, "ending", c.ending), http.StatusSeeOther)
			w.is(w.get(page), 200, "€12.90 "+"€"+money.Of(c.want, "EUR").Decimal())
			w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/products?q=mug&change=")
			id := w.mug.Variants[0].ID
			if got := w.prices(id)["DE"]; got != money.Of(c.want, "EUR") {
				t.Errorf("%v, want %d", got, c.want)
			}
			w.is(w.do(page, "undo"), http.StatusSeeOther)
			if got := w.prices(id)["DE"]; got != money.Of(1290, "EUR") {
				t.Errorf("not given back: %v", got)
			}
		})
	}
}

func TestAChangeOfManySaysWhatItCannotDo(t *testing.T) {
	each(t, func(w *world) {
		page := w.change("products.price")
		w.is(w.do(page, "settle", "market", "HU", "percent", "-10"), http.StatusSeeOther)
		w.is(w.get(page), 200, "Mug it has no price in this market", "Nothing of what is shown would change")
		w.is(w.do(page, "settle", "market", "DE", "percent", "-100"), http.StatusSeeOther)
		w.is(w.get(page), 200, "write a percentage from −99 to 1000")
		w.is(w.send("POST", productLists+"/change", url.Values{"verb": {"products.tag"}, "query": {"q=mug"}}), http.StatusUnprocessableEntity, "Nothing is ticked", "Mug")
		w.is(w.send("POST", productLists+"/change", url.Values{"verb": {"products.burn"}, "pick": {string(w.mug.ID)}}), http.StatusUnprocessableEntity, "cannot be changed so")
		w.happened(nil, nil)
		w.as(auth.RoleSupport)
		w.is(w.send("POST", productLists+"/change", url.Values{"verb": {"products.tag"}, "pick": {string(w.mug.ID)}}), http.StatusForbidden)
		w.is(w.do(page, "run"), http.StatusForbidden)
	})
}

func TestPublishingAndChannelsOfManyComeBack(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return market.SaveChannel(t.Context(), tx, market.Channel{ID: "pos", Name: "Till", Kind: "pos", Markets: []string{"DE"}, DefaultMarket: "DE"})
		})
		run := func(verb string, settings ...string) string {
			page := w.change(verb)
			if len(settings) > 0 {
				w.is(w.do(page, "settle", settings...), http.StatusSeeOther)
			}
			w.is(w.do(page, "run"), http.StatusSeeOther)
			return page
		}
		draft := run("products.unpublish")
		if got := w.product().Status; got != catalog.StatusDraft {
			t.Errorf("%s", got)
		}
		w.is(w.do(draft, "undo"), http.StatusSeeOther)
		hidden := run("products.hide_in", "channel", "pos")
		if got := w.product(); got.Status != catalog.StatusActive || len(got.Publications) != 1 || got.Publications[0].Channel != "web" {
			t.Errorf("%s %v", got.Status, got.Publications)
		}
		nowhere := w.change("products.hide_in")
		w.is(w.do(nowhere, "settle", "channel", "web"), http.StatusSeeOther)
		w.is(w.get(nowhere), 200, "it would be seen nowhere")
		run("products.show_in", "channel", "pos")
		if got := w.product().Publications; len(got) != 0 {
			t.Errorf("seen everywhere is %v", got)
		}
		w.is(w.do(hidden, "undo"), http.StatusSeeOther)
		w.is(w.get(hidden), 200, "1 somebody has changed since were left alone", "somebody has changed it since")
	})
}

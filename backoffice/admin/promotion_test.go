package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/promotion"
)

// promo makes a promotion that applies by codes and returns its page.
func (w *world) promo() string {
	w.t.Helper()
	a := w.post("/admin/promotions/new", "/admin/promotions", "name", "Friends", "by_code", "yes", "benefit.percent", "15")
	w.is(a, http.StatusSeeOther, "promotion_created")
	return at(a)
}

func (w *world) promotion(page string) (p promotion.Promotion) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		p, err = promotion.Find(w.t.Context(), tx, promotion.ID(strings.TrimPrefix(page, "/admin/promotions/")))
		return err
	})
	return p
}

// Every benefit is written by the editor, and read back into it the same.
func TestEveryBenefitIsWrittenAndReadBack(t *testing.T) {
	for _, c := range []struct {
		kind   string
		fields []string
		want   string
	}{
		{"percent", []string{"benefit.percent", "12.5", "benefit.most.EUR", "50"}, `{"most":{"EUR":5000},"percent":12.5}`},
		{"fixed", []string{"benefit.amounts.EUR", "5", "benefit.amounts.HUF", "1500", "benefit.per", "item"}, `{"amounts":{"EUR":500,"HUF":150000},"per":"item"}`},
		{"shipping", nil, `{}`},
		{"buyxgety", []string{"benefit.buy", "2", "benefit.get", "1", "benefit.of.tags", "kitchen"}, `{"buy":2,"get":1,"of":{"tags":["kitchen"]}}`},
		{"cheapest", []string{"benefit.from", "3", "benefit.percent", "50"}, `{"from":3,"percent":50}`},
		{"tiered", []string{"benefit.tiers[0].units", "3", "benefit.tiers[0].percent", "5", "benefit.tiers[1].units", "10", "benefit.tiers[1].percent", "12.5"}, `{"tiers":[{"percent":5,"units":3},{"percent":12.5,"units":10}]}`},
		{"minimum", []string{"benefit.percent", "70"}, `{"percent":70}`},
	} {
		t.Run(c.kind, func(t *testing.T) {
			each(t, func(w *world) {
				a := w.post("/admin/promotions/new", "/admin/promotions", append([]string{"name", "P", "kind", c.kind}, c.fields...)...)
				w.is(a, http.StatusSeeOther)
				if got := string(w.promotion(at(a)).Benefit.Settings); got != c.want {
					w.t.Errorf("%s, want %s", got, c.want)
				}
				w.is(w.post(at(a), at(a)), http.StatusSeeOther, "promotion_saved")
				if got := w.promotion(at(a)); string(got.Benefit.Settings) != c.want || got.Benefit.Kind != c.kind {
					w.t.Errorf("saved again it is %s", got.Benefit.Settings)
				}
			})
		})
	}
}

func TestEveryConditionIsWrittenAndReadBack(t *testing.T) {
	each(t, func(w *world) {
		form := []string{"name", "P", "benefit.percent", "10", "conditions", "7"}
		for i, c := range []struct{ kind, field, value string }{{"total", "min.EUR", "50"}, {"quantity", "min", "3"}, {"items", "of.products", "MUG-RED"},
			{"customer", "first_order", "yes"}, {"where", "markets", "DE"}, {"clock", "weekdays", "saturday"}, {"expression", "rule", "cart.total > 5000"}} {
			name := "conditions[" + string(rune('0'+i)) + "]."
			form = append(form, name+"kind", c.kind, name+c.field, c.value)
		}
		a := w.post("/admin/promotions/new", "/admin/promotions", form...)
		w.is(a, http.StatusSeeOther)
		was := w.promotion(at(a))
		if len(was.Conditions) != 7 || string(was.Conditions[2].Settings) != `{"of":{"products":["`+string(w.mug.ID)+`"]}}` {
			w.t.Fatalf("%s", was.Conditions)
		}
		w.is(w.post(at(a), at(a), "conditions[6].drop", "yes"), http.StatusSeeOther)
		now := w.promotion(at(a))
		if len(now.Conditions) != 6 {
			w.t.Fatalf("%d conditions", len(now.Conditions))
		}
		for i, c := range now.Conditions {
			if string(c.Settings) != string(was.Conditions[i].Settings) {
				w.t.Errorf("%s was %s", c.Settings, was.Conditions[i].Settings)
			}
		}
		bad := w.post(at(a), at(a), "conditions[0].min.EUR", "", "conditions[5].from", "18:00")
		w.is(bad, http.StatusUnprocessableEntity, "give the least or the most")
		w.is(w.post(at(a), at(a), "do", "add", "add", "expression"), 200, "In CEL")
		w.is(w.post(at(a), at(a), "do", "show", "kind", "tiered"), 200, "Tier 5")
	})
}

func TestTheSimulatorSaysWhatAPromotionWouldDo(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		form := []string{"name", "P", "benefit.percent", "10", "do", "try", "try_market", "DE", "try_lines", "MUG-RED 2"}
		w.is(w.post("/admin/promotions/new", "/admin/promotions", form...), 200, "It applies: €2.58 off, €23.22 instead of €25.80", "1 of 1 orders would have got it")
		form = append(form, "conditions", "1", "conditions[0].kind", "quantity", "conditions[0].min", "5")
		w.is(w.post("/admin/promotions/new", "/admin/promotions", form...), 200, "It does not apply: too few of the goods", "0 of 1 orders")
		w.is(w.post("/admin/promotions/new", "/admin/promotions", append(form, "try_lines", "NOPE 1")...), http.StatusUnprocessableEntity, "There is no SKU NOPE")
		w.happened([]string{"order.placed"}, nil)
	})
}

func TestAPromotionIsTriedOnTheCartsThatAreOpen(t *testing.T) {
	each(t, func(w *world) {
		w.order("approve", "")
		var open cart.ID
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			for units := range int64(2) {
				c, err := cart.Create(w.t.Context(), tx, cart.Draft{Market: "DE", Channel: "web", Locale: "de-DE", Lines: []cart.Line{{Variant: w.mug.Variants[0].ID, Quantity: 1 + 4*units}}})
				if err != nil {
					return err
				}
				open = c.ID
			}
			return nil
		})
		form := []string{"name", "P", "benefit.percent", "10", "do", "try", "try_over", "carts", "conditions", "1", "conditions[0].kind", "quantity", "conditions[0].min", "5"}
		a := w.post("/admin/promotions/new", "/admin/promotions", form...)
		w.is(a, 200, "Open carts", "1 of 2 open carts get it as they stand", "Last changed", "−€6.45", "too few of the goods")
		if body := a.Body.String(); strings.Contains(body, string(open)) || strings.Contains(body, "/admin/orders/ord_") {
			w.t.Error("a cart's id, which opens it, is told, or orders are among the carts")
		}
		w.is(w.post("/admin/promotions/new", "/admin/promotions", append(form, "try_orders", "1")...), 200, "of 1 open carts")
		w.is(w.post("/admin/promotions/new", "/admin/promotions", append(form, "try_over", "orders")...), 200, "The latest orders", "0 of 1 orders would have got it")
		w.is(w.post("/admin/promotions/new", "/admin/promotions", append(form, "benefit.percent", "1000")...), http.StatusUnprocessableEntity, "at most 100")
		w.happened([]string{"order.placed"}, nil)
		if all := w.promotions(); all != 0 {
			w.t.Errorf("%d promotions: trying one made it", all)
		}
	})
}

// promotions is how many there are.
func (w *world) promotions() (n int) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		all, _, err := promotion.List(w.t.Context(), tx, promotion.Filter{Limit: 10})
		n = len(all)
		return err
	})
	return n
}

func TestCodesAreTypedGeneratedAndDownloaded(t *testing.T) {
	each(t, func(w *world) {
		page := w.promo() + "/codes"
		w.is(w.post(page, page), http.StatusUnprocessableEntity, "write codes, or say how many")
		w.is(w.post(page, page, "codes", "ANNA\nBELA", "code_limit", "1"), http.StatusSeeOther, "codes_added")
		w.is(w.post(page, page, "codes", "anna"), http.StatusConflict, "Another promotion has this code")
		form := w.fields(page, page)
		form.Set("count", "50")
		form.Set("prefix", "VIP")
		for range 2 {
			w.is(w.send("POST", page, form), http.StatusSeeOther)
		}
		id := strings.TrimPrefix(strings.TrimSuffix(page, "/codes"), "/admin/promotions/")
		w.is(w.get("/admin/codes?promotion="+id), 200, "ANNA Friends 0 1", "Add codes", "Can be used")
		w.is(w.get("/admin/codes?q=an&left=open"), 200, "ANNA")
		csv := w.get("/admin/lists/codes/table.csv?promotion=" + id)
		if rows := strings.Count(csv.Body.String(), "\n"); rows != 53 || !strings.Contains(csv.Body.String(), "ANNA,Friends,0,1\n") {
			w.t.Errorf("%d rows, want 53: a head, two typed and fifty generated once", rows)
		}
	})
}

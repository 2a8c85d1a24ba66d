package journey_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/customer/standing"
	"korzo/insight/funnel"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// Checkouts that began are replayed against a draft, and their flow's figures
// say where they stopped and what the others came to.
func TestWhatShoppersDidIsSimulatedAndCounted(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		begin := func() (string, apptest.Answer) {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
			return "/store/v1/checkouts/" + c.Text("id"), c
		}
		at, _ := begin()
		patch := map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:decline"}}
		c := w.Call("PATCH", at, patch)
		total := map[string]any{"expected_total": c.At("totals", "total")}
		w.Call("POST", at+"/complete", total, "Idempotency-Key", "declined")
		patch["payment"] = map[string]any{"method": "card", "instrument": "sandbox:approve"}
		w.Call("PATCH", at, patch)
		if placed := w.Call("POST", at+"/complete", total, "Idempotency-Key", "approved"); placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		lost, _ := begin()
		w.Call("PATCH", lost, map[string]any{"email": "ada@", "shipping_address": berlin})

		var latest []checkout.Visited
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) (err error) {
			latest, err = checkout.LatestVisits(t.Context(), tx, 10)
			return err
		})
		if len(latest) != 2 || latest[0].Visit.Cart.Items != 1 || latest[0].Visit.Market != "DE" || latest[1].Order == "" || latest[0].Order != "" {
			t.Fatalf("%+v", latest)
		}
		id := string(latest[0].Flow)
		s := w.Call("POST", "/admin/v1/flows/new/simulate", map[string]any{"document": map[string]any{"name": "Mugs", "layout": "one_page", "priority": 99,
			"trigger": `"MUG-RED" in cart.skus`, "payments": map[string]any{}}})
		if s.Int("visits") != 2 || s.Int("got") != 2 || s.Text("moves", 0, "from") != id {
			t.Errorf("%s", s.Bytes)
		}
		w.Until("the figures are gathered", func() bool { return gathered(w, latest[0].Flow).Counted == 1 })
		f := w.Call("GET", "/admin/v1/flows/"+id+"/figures", nil)
		if f.Int("all", "visits") != 2 || f.Int("all", "placed") != 1 || f.At("all", "payment_approval") != 0.5 || f.At("all", "conversion") != 0.5 || f.Int("all", "average_order_value") == 0 {
			t.Errorf("%s", f.Bytes)
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			again, err := funnel.Of(t.Context(), tx, latest[0].Flow, 0, tx.Now.Add(-time.Hour))
			if again.All.Visits != 2 || again.All.Tries != 2 {
				t.Errorf("gathering again counted twice: %+v", again.All)
			}
			return err
		})
	})
}

// gathered are a flow's figures of the last hour, once what happened is in them.
func gathered(w *apptest.World, id flow.ID) funnel.Figure {
	w.T.Helper()
	if err := funnel.Gather(w.T.Context(), w.App.DB); err != nil {
		w.T.Fatal(err)
	}
	var f funnel.Figures
	dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) (err error) {
		f, err = funnel.Of(w.T.Context(), tx, id, 0, tx.Now.Add(-time.Hour))
		return err
	})
	return f.All
}

// A flow's figures open by device, channel, market, and new or returning: each
// group has its own visits, its own time to the order, and what its known
// customers left and are expected to bring.
func TestTheFiguresOfAFlowOpenByWhoCame(t *testing.T) {
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"
	const desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Two markets", Layout: flow.OnePage, Priority: 100, Trigger: `market in ["DE", "HU"]`,
				Payments: map[string][]string{"DE": {"card"}, "HU": {"card"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		ada := newKeeper(w, "ada@example.com")
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			return standing.Predict(t.Context(), tx, []standing.Prediction{{Customer: ada.id, Predicted: 50_00, AlivePPM: 800_000}})
		})
		buys := func(k keeper, market, agent string, isNew bool, minutes time.Duration) (flow string) {
			head := []string{"User-Agent", agent}
			if k.token != "" {
				head = append(head, "Customer-Token", k.token)
			}
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": market, "lines": []any{line("MUG-RED", 1)}}, head...)
			c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id"), "visit_new": isNew}, head...)
			if minutes == 0 {
				return c.Text("flow", "id")
			}
			at := "/store/v1/checkouts/" + c.Text("id")
			now := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
				"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, head...)
			w.Pass(minutes * time.Minute)
			if a := w.Call("POST", at+"/complete", map[string]any{"expected_total": now.At("totals", "total")}, append(head, "Idempotency-Key", c.Text("id"))...); a.Text("status") != "completed" {
				t.Fatalf("%s", a.Bytes)
			}
			return c.Text("flow", "id")
		}
		id, guest := buys(ada, "DE", phone, false, 2), keeper{World: w}
		buys(guest, "DE", phone, true, 6)
		buys(guest, "DE", desktop, true, 9)
		buys(guest, "DE", desktop, true, 0) // goes away
		buys(guest, "HU", phone, true, 0)
		w.Until("the figures are gathered", func() bool { return gathered(w, flow.ID(id)).Counted == 3 })
		f := w.Call("GET", "/admin/v1/flows/"+id+"/figures", nil)
		for _, want := range []struct {
			by, value                        string
			visits, placed, lifetime, minute int64 // a known customer left 6.00 € and is expected to bring 50.00 €
		}{
			{"device", "phone", 3, 2, 56_00, 2}, {"device", "desktop", 2, 1, 0, 9}, {"channel", "web", 5, 3, 56_00, 6},
			{"market", "DE", 4, 3, 56_00, 6}, {"market", "HU", 1, 0, 0, 0}, {"visitor", "new", 4, 2, 0, 6}, {"visitor", "returning", 1, 1, 56_00, 2},
		} {
			groups, _ := f.At("by", want.by).([]any)
			i := slices.IndexFunc(groups, func(g any) bool { return g.(map[string]any)["value"] == want.value })
			if i < 0 {
				t.Errorf("no figures of %s %s in %s", want.by, want.value, f.Bytes)
				continue
			}
			of := func(name string) int64 { return f.Int("by", want.by, i, name) }
			if of("visits") != want.visits || of("placed") != want.placed || of("lifetime_value") != want.lifetime || of("median_seconds")/60 != want.minute {
				t.Errorf("%s %s: %v, want %+v", want.by, want.value, groups[i], want)
			}
		}
		if f.Int("all", "average_order_value") != 10_00 || f.Int("all", "contribution_per_visit") != 3*6_00/5 || f.Int("all", "lifetime_value") != 56_00 {
			t.Errorf("%s", f.Bytes)
		}
	})
}

// What shoppers were told is noted after the answer and written in a batch.
func TestWhereShoppersStopAndErrIsNoted(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
		c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		id := checkout.ID(c.Text("id"))
		if err := funnel.Gather(t.Context(), w.App.DB); err != nil {
			t.Fatal(err)
		}
		var n, late funnel.Notes
		now := w.App.DB.Now()
		for range 3 {
			n.Note(checkout.Glimpse{Session: id, Needs: []string{"email", "payment"}, Wrong: []string{"email"}, At: now})
		}
		n.Note(checkout.Glimpse{Session: id, Needs: []string{"shipping_address", "payment"}, At: now.Add(time.Second)})
		n.Note(checkout.Glimpse{Session: "chk_nobody", Needs: []string{"email"}, At: now})
		late.Note(checkout.Glimpse{Session: id, Needs: []string{"email", "payment"}, At: now}) // another node writes what it told before
		if err := errors.Join(n.Flush(t.Context(), w.App.DB), late.Flush(t.Context(), w.App.DB)); err != nil {
			t.Fatal(err)
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			all, err := checkout.LatestVisits(t.Context(), tx, 1)
			if err != nil {
				return err
			}
			f, err := funnel.Of(t.Context(), tx, all[0].Flow, 0, tx.Now.Add(-time.Hour))
			if f.All.Visits != 1 || f.All.Stopped["shipping_address"] != 1 || len(f.Wrong) != 1 || f.Wrong[0] != (funnel.Wrong{Field: "email", Visits: 1}) {
				t.Errorf("%+v %+v", f.All, f.Wrong)
			}
			return err
		})
	})
}

// A preview is the shop's own checkout page, and leaves nothing behind.
func TestAPreviewIsTheRealCheckoutPageAndKeepsNothing(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := checkout.Preview{Document: flow.Document{Name: "Not saved", Layout: flow.ThreePage, Payments: map[string][]string{"DE": {"card"}}}, Market: "DE", Channel: "web", Locale: "en",
			Lines: []checkout.PreviewLine{{Variant: string(w.Variant("MUG-RED")), Quantity: 2}}, Said: true, Until: time.Now().Add(time.Hour)}
		link, err := p.Link(w.App.Keeper)
		if err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, w.App.DB)
		get := func(path string) (int, http.Header, string) {
			r, err := http.NewRequestWithContext(t.Context(), "GET", w.Shop.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Body.Close() }()
			body, err := io.ReadAll(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			return a.StatusCode, a.Header, string(body)
		}
		status, header, body := get("/checkout/preview?of=" + link + "&step=payment")
		if policy := header.Get("Content-Security-Policy"); status != 200 || !strings.Contains(policy, "form-action 'none'") || !strings.Contains(policy, "script-src 'none'") {
			t.Errorf("%d under %q", status, policy)
		}
		if !strings.Contains(body, "nothing on this page can be bought") || !strings.Contains(body, `aria-current="step"`) {
			t.Errorf("%.3000s", body)
		}
		if status, _, _ := get("/checkout/preview?of=x" + link); status != 404 {
			t.Errorf("a link of somebody else's making: %d", status)
		}
		for table, sum := range snapshot(t, w.App.DB) {
			if before[table] != sum {
				t.Errorf("a preview changed %s: %s, then %s", table, before[table], sum)
			}
		}
	})
}

package journey_test

import (
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/chromedp/kb"
)

// A flow is built, tried, published and taken back on a phone's screen with the
// keyboard alone.
func TestAFlowIsBuiltByKeyboardAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	for range 3 { // visits to replay
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
		w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
	}
	k := signedIn(t, w)
	k.open("/admin/flows")
	k.looks("flows")
	k.leave(`a[href="/admin/flows/new"]`, `location.pathname === '/admin/flows/new'`)
	k.looks("flow-templates")
	k.leave(`button[value=mobile]`, `/\/flows\/flw_/.test(location.pathname)`)
	id := flow.ID(strings.TrimPrefix(says[string](k, `location.pathname`), "/admin/flows/"))
	k.looks("flow-editor")
	says[bool](k, `window.previews = 0, document.querySelector('.preview iframe').addEventListener('load', async () => {
		const form = document.querySelector('[data-editor]')
		window.previews++
		window.previewed = await (await fetch(form.action + '/preview', {method: 'POST', body: new URLSearchParams(new FormData(form))})).text()
	}), true`)

	// In people's words: on phones, and in Germany.
	k.hit(`button[value="add:0"]`, `document.querySelectorAll('.condition-row').length === 2`)
	k.until(`document.activeElement.name === 'g[0].c[1].fact'`)
	says[bool](k, `window.before = document.querySelector('[name="g[0].c[1].value"]'), true`)
	k.press("Market")
	k.until(`document.querySelector('[name="g[0].c[1].value"]') !== window.before && document.activeElement.name === 'g[0].c[1].fact'`) // and what it may be
	k.fill(`[name="g[0].c[1].value"]`, "DE")
	k.press(kb.Tab)
	k.until(`document.querySelector('[name=trigger]').value.includes('market')`)

	// A widget, moved by its place, not by dragging.
	k.to(`[name="widget.add"]`)
	k.press("Gift w")
	k.hit(`button[value=add_widget]`, `!!document.querySelector('[data-widget]')`)
	k.until(`window.previews > 0`)
	k.until(`window.previewed?.includes('nichts gekauft')`)
	k.hit(`[data-widget] summary`, `document.querySelector('[data-widget] details').open`)
	k.fill(`[name="w[0].set.prices.EUR"]`, "4.90")
	k.fill(`[name="w[0].set.prices.HUF"]`, "1900")
	k.fill(`[name="w[0].set.prices.USD"]`, "5")
	k.leave(`button[value=save]`, `location.search.includes('done=')`)

	k.leave(`a[href$="/simulate"]`, `location.pathname.endsWith('/simulate')`)
	k.looks("flow-simulation")
	k.leave(`a[href="/admin/flows/`+string(id)+`"]`, `!!document.querySelector('[data-editor]')`)
	k.leave(`button[value=publish]`, `location.search.includes('done=')`)
	k.fill(`[name=priority]`, "77")
	k.leave(`button[value=publish]`, `location.search.includes('done=')`)
	k.leave(`a[href$="/figures"]`, `location.pathname.endsWith('/figures')`)
	k.leave(`a[href$="/history"]`, `location.pathname.endsWith('/history')`)
	k.looks("flow-history")
	k.leave(`form[action$="/publish"] button`, `location.search.includes('done=')`)

	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		all, err := flow.Versions(t.Context(), tx, id)
		if err != nil {
			return err
		}
		if len(all) != 2 || all[1].State != flow.StatePublished || all[0].State != flow.StateArchived || all[0].Document.Priority != 77 {
			t.Errorf("%+v", all)
		}
		if d := all[1].Document; d.Trigger != `device.kind == "phone" && market == "DE"` || len(d.Widgets) != 1 || d.Widgets[0].Kind != "gift_wrap" {
			t.Errorf("it is for %s with %+v", d.Trigger, d.Widgets)
		}
		return nil
	})
}

// One press shows the checkout as somebody else would see it, with the basket
// that a shopper had, and says whether they would be given this flow.
func TestAPreviewIsLookedAtAsWhoeverIsPressed(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	newKeeper(w, "ada@example.com")
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 3)}})
	had := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	before := snapshot(t, w.App.DB)
	k := signedIn(t, w)
	k.open("/admin/flows/new")
	k.leave(`button[value=express]`, `!!document.querySelector('[data-editor]')`)
	drafted := snapshot(t, w.App.DB)
	// as is what the frame shows once the form is filled in so.
	as := func(fields string) string {
		says[bool](k, `window.page = '', (async () => {
			const form = document.querySelector('[data-editor]'), body = new URLSearchParams(new FormData(form))
			for (const [name, value] of Object.entries(`+fields+`)) body.set(name, value)
			const page = new DOMParser().parseFromString(await (await fetch(form.action + '/preview', {method: 'POST', body})).text(), 'text/html')
			window.page = page.body.textContent.replace(/\s+/g, ' ')
		})(), true`)
		k.until(`window.page !== ''`)
		return says[string](k, `window.page`)
	}
	const gets = "Wer so kommt, bekommt diesen Ablauf."
	for _, c := range []struct {
		name, fields string
		says, hides  []string
	}{
		{"a newcomer", `{}`, []string{"stattdessen „", "Hier trifft nicht zu: customer.known"}, []string{gets, "4242"}},
		{"a regular customer", `{'as.person': 'regular'}`, []string{gets, "4242", "Rosenweg 1"}, []string{"stattdessen"}},
		{"a campaign that is not asked for", `{'as.person': 'campaign', trigger: 'campaign == "autumn"', trigger_was: '', 'as.campaign': 'winter'}`, []string{"stattdessen", `campaign == "autumn"`}, []string{gets}},
		{"the campaign that is asked for", `{'as.person': 'campaign', trigger: 'campaign == "autumn"', trigger_was: ''}`, []string{gets}, nil},
		{"at a partner's", `{'as.person': 'partner', trigger: 'visit.partner == "tea.example"', trigger_was: ''}`, []string{gets}, nil},
		{"near a store", `{'as.person': 'near', trigger: 'visit.near_store', trigger_was: ''}`, []string{gets}, nil},
		{"not near a store", `{trigger: 'visit.near_store', trigger_was: ''}`, []string{"Hier trifft nicht zu: visit.near_store"}, []string{gets}},
		{"a customer of the shop", `{'as.person': 'customer', 'as.email': 'ada@example.com', trigger: 'customer.known && customer.orders == 0', trigger_was: ''}`, []string{gets}, []string{"ada@"}},
		{"nobody's address", `{'as.person': 'customer', 'as.email': 'nobody@example.com', trigger: 'customer.known && customer.orders == 0', trigger_was: ''}`, []string{"Hier trifft nicht zu: customer.known"}, []string{gets}},
		{"with a shopper's basket", `{'as.basket': '` + had + `', trigger: 'cart.items == 3 && "MUG-RED" in cart.skus', trigger_was: '', layout: 'one_page'}`, []string{gets}, nil},
		{"with one thing in the basket", `{trigger: 'cart.items == 3', trigger_was: ''}`, []string{"Hier trifft nicht zu: cart.items == 3"}, []string{gets}},
	} {
		page := as(c.fields)
		for _, want := range c.says {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q in %s", c.name, want, page)
			}
		}
		for _, never := range c.hides {
			if strings.Contains(page, never) {
				t.Errorf("%s: %q in %s", c.name, never, page)
			}
		}
	}
	for table, sum := range snapshot(t, w.App.DB) {
		if strings.HasPrefix(table, "checkout_") && before[table] != sum || strings.HasPrefix(table, "flow_") && drafted[table] != sum || strings.HasPrefix(table, "cart_") && before[table] != sum {
			t.Errorf("looking changed %s", table)
		}
	}
	says[bool](k, `window.shown = 0, document.querySelector('.preview iframe').addEventListener('load', () => window.shown++), true`)
	k.to(`[name="as.person"]`)
	k.press(kb.ArrowRight)
	k.until(`window.shown > 0 && document.querySelector('[name="as.person"]:checked').value === 'regular'`)
	k.looks("flow-preview-regular")
}

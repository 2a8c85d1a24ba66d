package journey_test

import (
	"context"
	"slices"
	"testing"

	"korzo/app/apptest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shelved are the slugs of the products that a list shows, in their order.
const shelved = `[...document.querySelectorAll('#content .product a[href^="/products/"]')].map(a => a.pathname.split('/')[2]).filter((s, i, all) => all.indexOf(s) === i).sort()`

// A tick narrows the list where one is; its address is that of the narrowed list,
// for who comes back from a product; and a browser without scripts asks the same
// by a button.
func TestATickNarrowsTheListWithoutLeavingThePage(t *testing.T) {
	s := people(t)
	made := func(path string, body any) string {
		a := s.w.Call("POST", path, body)
		if a.Status/100 != 2 {
			t.Fatalf("POST %s: %d %s", path, a.Status, a.Bytes)
		}
		return a.Text("id")
	}
	made("/admin/v1/attributes", map[string]any{"code": "glaze", "type": "option", "facet": true, "title": "Glaze",
		"options": []any{map[string]any{"code": "matt", "title": "Matt"}, map[string]any{"code": "gloss", "title": "Gloss"}}})
	cups := made("/admin/v1/categories", map[string]any{"title": "Cups", "slug": "cups", "attributes": []any{"glaze"}})
	made("/admin/v1/products/bulk", map[string]any{"products": []any{product("A1", cups, "matt"), product("A2", cups, "gloss"), product("A3", cups, "matt")}})
	becomes(t, s.w, "/store/v1/products?category=cups&facet.glaze=matt", func(a apptest.Answer) bool { return a.Int("total") == 2 })
	for _, width := range []int64{360, 1280} {
		s.as(width, "light")
		s.open("/categories/cups", ".product")
		s.shows("a1", "a2", "a3")
		s.run(`window.same = document.querySelector('.filter-all').open = true`)
		s.do(chromedp.Click(chromedp.CSS(`#f-glaze-matt`)))
		s.awaits(`location.search === '?facet.glaze=matt' && ` + shelved + `.join() === 'a1,a3'`)
		s.awaits(`window.same && document.activeElement?.id === 'f-glaze-matt' && document.activeElement.checked && document.querySelector('.filter-all').open`)
		s.do(chromedp.Click(chromedp.CSS(`#f-glaze-gloss`)))
		s.awaits(`location.search === '?facet.glaze=matt&facet.glaze=gloss' && ` + shelved + `.join() === 'a1,a2,a3'`)
		s.do(chromedp.Click(chromedp.CSS(`#f-glaze-matt`)))
		s.awaits(`window.same && ` + shelved + `.join() === 'a2'`)
		s.keeps("a narrowed list")
		s.click(`#content a[href^="/products/a2"]`, ".detail")
		s.do(chromedp.NavigateBack(), chromedp.WaitVisible(chromedp.CSS("#filters")))
		s.shows("a2")
		s.awaits(`document.getElementById('f-glaze-gloss').checked && !document.getElementById('f-glaze-matt').checked`)
	}
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.EmulateViewport(360, 800))
	s.open("/categories/cups", ".product")
	s.do(chromedp.Click(chromedp.CSS(`.filter-all > summary`)), chromedp.Click(chromedp.CSS(`#f-glaze-gloss`)))
	s.click(`.filter-do button`, `#f-glaze-gloss[checked]`) // as the next page says it, not as it was ticked
	s.shows("a2")
}

// shows checks which products a list shows.
func (s *shopper) shows(want ...string) {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]string](shelved))
	if err != nil || !slices.Equal(got, want) {
		s.t.Errorf("%s: the list shows %v, not %v: %v", s.who, got, want, err)
	}
}

// run runs a script in the page.
func (s *shopper) run(script string) {
	s.t.Helper()
	if _, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](script)); err != nil {
		s.t.Fatal(err)
	}
}

// awaits waits until a script says yes.
func (s *shopper) awaits(script string) {
	s.t.Helper()
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](script))
		return err
	}))
}

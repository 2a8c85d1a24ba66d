package desk_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"

	"korzo/app/apptest"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pictured gives a product so many pictures, and returns it.
func pictured(w *apptest.World, sku string, n int) (p catalog.Product) {
	w.T.Helper()
	var all []catalog.Image
	for i := range n {
		m := image.NewRGBA(image.Rect(0, 0, 8, 8))
		m.Set(1, 1, color.RGBA{uint8(i + 1), 0, 0, 255})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			w.T.Fatal(err)
		}
		kept, err := w.App.Pictures.Keep(w.T.Context(), b.Bytes())
		if err != nil {
			w.T.Fatal(err)
		}
		all = append(all, kept)
	}
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(w.T.Context(), tx, sku)
		if err != nil {
			return err
		}
		if p, err = catalog.Find(w.T.Context(), tx, v.Product); err != nil {
			return err
		}
		p.Images = all
		p, err = catalog.Update(w.T.Context(), tx, p)
		return err
	})
	return p
}

// drag takes the mouse from the middle of one thing to that of another.
func (d *desk) drag(from, to string) {
	d.t.Helper()
	middle := func(selector string) (x, y float64) {
		at := ask[[]float64](d, `(() => { const e = document.querySelector(`+quoted(selector)+`); e.scrollIntoViewIfNeeded();
			const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`)
		return at[0], at[1]
	}
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		held := int64(1)
		if kind == "mouseReleased" {
			held = 0
		}
		d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: "left", Buttons: held, ClickCount: 1})
			return err
		}))
	}
	x, y := middle(from)
	mouse("mousePressed", x, y)
	toX, toY := middle(to)
	for step := 1.0; step <= 4; step++ {
		mouse("mouseMoved", x+(toX-x)*step/4, y+(toY-y)*step/4)
	}
	mouse("mouseReleased", toX, toY)
}

// A picture is dragged before another by its grip, and stays there when the
// page is saved; then another is chosen among those that the shop has.
func TestAPictureIsDraggedIntoItsPlace(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	p := pictured(w, "MUG-RED", 3)
	d.open("/admin/products/" + string(p.ID) + "/media")
	d.see(1280, "light")
	d.drag(".pictures > li:nth-child(3) [data-grip]", ".pictures > li:nth-child(1)")
	d.until("it says where the picture is", `document.querySelector('[data-sorted]').textContent.includes('1')`)
	order := ask[[]string](d, `[...document.querySelectorAll('.pictures input[name=order]')].map(e => e.value)`)
	if !slices.Equal(order, []string{"2", "0", "1"}) {
		t.Fatalf("after the drag the order is %v", order)
	}
	d.press("Save")
	d.sees("Saved.")
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		now, err := catalog.Find(t.Context(), tx, p.ID)
		if len(now.Images) != 3 || now.Images[0].Blob != p.Images[2].Blob || now.Images[1].Blob != p.Images[0].Blob {
			t.Errorf("kept %+v", now.Images)
		}
		return err
	})
	d.look("product-pictures")
	d.open("/admin/pictures")
	d.look("pictures")

	other := pictured(w, "POSTER", 0)
	d.open("/admin/products/" + string(other.ID) + "/pictures")
	d.look("pictures-to-choose")
	d.do(chromedp.Click(chromedp.CSS(`.picture-grid li:first-child input`)))
	d.press("Add to the product")
	d.sees("The pictures are there")
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		now, err := catalog.Find(t.Context(), tx, other.ID)
		if len(now.Images) != 1 {
			t.Errorf("chosen: %+v", now.Images)
		}
		return err
	})
}

// A widget is dragged by its grip into the place above the steps, and as far as
// it may stand there; a step is dragged before another, then moved back by keys.
// What was dragged is what is saved.
func TestAWidgetAndAStepAreDraggedInTheFlowEditor(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	var id flow.ID
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Dragged", Layout: flow.OnePage, Priority: 5, Payments: map[string][]string{"DE": {"card"}},
			Widgets: []flow.Widget{{Kind: "wallet", Place: widget.PlacePayment}, {Kind: "order_note"}}})
		id = v.Flow
		return err
	})
	d.see(1280, "light")
	d.open("/admin/flows/" + string(id))
	lane := func(place string) string { return `[data-lane=` + place + `]` }
	in := func(place, kind string) string {
		return `[...document.querySelectorAll('` + lane(place) + ` input[name$=".kind"]')].some(e => e.value === '` + kind + `')`
	}
	d.until("the wallet is with the payment", in("payment", "wallet"))
	d.drag(lane("payment")+` [data-widget] [data-widget-grip]`, lane("top"))
	d.until("the wallet stands above the steps", in("top", "wallet"))
	d.drag(`.board > li:nth-child(2) [data-grip]`, `.board > li:nth-child(1) .lane-head`)
	d.until("delivery comes first", `document.querySelector('.board > li:first-child input[name=steps]').value === 'delivery'`)
	d.press("Save draft")
	d.until("it is saved", `location.search.includes('done=')`)
	saved := func() (doc flow.Document) {
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			all, err := flow.Versions(t.Context(), tx, id)
			if err == nil {
				doc = all[0].Document
			}
			return err
		})
		return doc
	}
	doc := saved()
	if order := doc.StepOrder(); !slices.Equal(order, []string{flow.StepDelivery, flow.StepContact, flow.StepPayment}) || len(doc.Widgets) != 2 ||
		!slices.ContainsFunc(doc.Widgets, func(one flow.Widget) bool {
			return one.Kind == "wallet" && (one.Place == "" || one.Place == widget.PlaceTop)
		}) {
		t.Errorf("dragged, and saved as %v with %+v", order, doc.Widgets)
	}
	d.keyOn(`.board > li:first-child .lane-head [data-move=down]`, kb.Enter)
	d.until("contact comes first again", `document.querySelector('.board > li:first-child input[name=steps]').value === 'contact'`)
	ask[bool](d, `(window.before = true)`)
	d.press("Save draft")
	d.until("it is saved again", `!window.before && location.search.includes('done=')`)
	if order := saved().StepOrder(); order[0] != flow.StepContact {
		t.Errorf("moved by keys, and saved as %v", order)
	}
}

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

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
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

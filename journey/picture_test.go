package journey_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A picture that was sent is found, described and deleted over the API; its
// files are thrown away a day later, and not before.
func TestThePicturesOfAShop(t *testing.T) {
	eachAlone(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		m := image.NewRGBA(image.Rect(0, 0, 8, 8))
		m.Set(1, 1, color.RGBA{9, 9, 9, 255})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		sent := w.Call("POST", "/admin/v1/media", b.String(), "Content-Type", "image/png")
		at := "/admin/v1/pictures/" + sent.Text("blob")
		if a := w.Call("GET", "/admin/v1/pictures?used=unused", nil); a.Text("data", 0, "blob") != sent.Text("blob") || a.Int("data", 0, "bytes") != int64(b.Len()) {
			t.Fatalf("%s; sent %s", a.Bytes, sent.Bytes)
		}
		if a := w.Call("PATCH", at, map[string]any{"alt": "A dot", "alts": map[string]any{"de": "Ein Punkt"}}); a.Status != 200 || a.Text("alts", "de") != "Ein Punkt" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", "/admin/v1/pictures?q=punkt", nil); a.Text("data", 0, "alt") != "A dot" {
			t.Errorf("%s", a.Bytes)
		}
		if a := w.Call("DELETE", at, nil); a.Status != 204 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", at, nil); a.Status != 404 || a.Text("code") != "catalog.no_picture" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if !w.App.Media.Has(sent.Text("blob")) {
			t.Error("its files are gone at once")
		}
		w.Pass(26 * time.Hour)
		w.Until("its files are thrown away", func() bool { return !w.App.Media.Has(sent.Text("blob")) })
	})
}

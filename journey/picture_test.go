package journey_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
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

// The hourly job throws away the files of a deleted picture with which nothing
// was sold, and keeps those of one that an order shows.
func TestThePictureOfWhatWasSoldIsKept(t *testing.T) {
	eachAlone(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sold, unsold := w.Call("POST", "/admin/v1/media", shade(t, 5), "Content-Type", "image/png"), w.Call("POST", "/admin/v1/media", shade(t, 6), "Content-Type", "image/png")
		picture := map[string]any{"alt": "A print"}
		for _, field := range []string{"blob", "width", "height", "sizes"} {
			picture[field] = sold.At(field)
		}
		made := w.Call("POST", "/admin/v1/products", map[string]any{"title": "Print", "slug": "print", "images": []any{picture}, "variants": []any{map[string]any{"sku": "PRINT",
			"prices": []any{map[string]any{"market": "DE", "amount": 900, "currency": "EUR"}}}}})
		if made.Status != 201 {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			_, err := inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: catalog.VariantID(made.Text("variants", 0, "id")), Location: "loc_berlin", Delta: 3, Reason: "opening"})
			return err
		})
		checkout, _, total := ready(w, "sandbox:approve", line("PRINT", 1))
		if done := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", checkout); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		id := "/admin/v1/products/" + made.Text("id")
		if bare := w.Call("PATCH", id, map[string]any{"version": w.Call("GET", id, nil).At("version"), "images": []any{}}); bare.Status != 200 {
			t.Fatalf("%d %s", bare.Status, bare.Bytes)
		}
		for _, blob := range []string{sold.Text("blob"), unsold.Text("blob")} {
			if a := w.Call("DELETE", "/admin/v1/pictures/"+blob, nil); a.Status != 204 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Pass(26 * time.Hour)
		w.Until("the files of what was not sold are thrown away", func() bool { return !w.App.Media.Has(unsold.Text("blob")) })
		if !w.App.Media.Has(sold.Text("blob")) {
			t.Error("the order shows a picture whose file is gone")
		}
		for _, size := range sold.At("sizes").([]any) {
			if blob := size.(map[string]any)["blob"].(string); !w.App.Media.Has(blob) {
				t.Errorf("the order's picture has lost its size %s", blob)
			}
		}
	})
}

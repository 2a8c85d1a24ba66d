package journey_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// shade is a small picture; another shade is another.
func shade(t *testing.T, of uint8) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	m.Set(3, 3, color.RGBA{of, of, of, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A picture that a program sends is kept once, however often and in whatever way
// it is sent, and is what shoppers see of a product.
func TestAPictureIsSentAndSeen(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		content := shade(t, 7)
		first := w.Call("POST", "/admin/v1/media", content, "Content-Type", "image/png")
		if first.Status != 200 || first.Text("blob") == "" || first.At("width") != 600.0 {
			t.Fatalf("%d %s", first.Status, first.Bytes)
		}
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreateFormFile("file", "mug.png")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
		_ = form.Close()
		if again := w.Call("POST", "/admin/v1/media", b.String(), "Content-Type", form.FormDataContentType()); !bytes.Equal(again.Bytes, first.Bytes) {
			t.Errorf("sent as a form it is %s, want %s", again.Bytes, first.Bytes)
		}
		for _, c := range []struct {
			name, body, kind string
			status           int
			code             string
		}{
			{"no picture", "hello", "image/png", 422, "media.type"},
			{"nothing", "", "image/png", 422, "adminapi.no_picture"},
			{"a form without a file", "--x--\r\n", "multipart/form-data; boundary=x", 422, "adminapi.no_picture"},
			{"half of one", content[:len(content)/2], "image/png", 422, "media.broken"},
			{"more than 20 MB", content + strings.Repeat("x", 20<<20), "image/png", 413, "media.too_large"},
		} {
			if a := w.Call("POST", "/admin/v1/media", c.body, "Content-Type", c.kind); a.Status != c.status || a.Text("code") != c.code {
				t.Errorf("%s: %d %s, want %d %s", c.name, a.Status, a.Bytes, c.status, c.code)
			}
		}
		picture := map[string]any{"alt": "A poster on a wall", "alts": map[string]string{"de": "Ein Plakat an der Wand"}}
		for _, field := range []string{"blob", "width", "height", "sizes"} {
			picture[field] = first.At(field)
		}
		poster := w.Call("POST", "/admin/v1/products", map[string]any{"title": "Print", "slug": "print", "variants": []any{map[string]any{"sku": "PRINT",
			"prices": []any{map[string]any{"market": "DE", "amount": 900, "currency": "EUR"}}}}, "images": []any{picture}})
		if poster.Status != 201 {
			t.Fatalf("%d %s", poster.Status, poster.Bytes)
		}
		shown := w.Call("GET", "/store/v1/products/print?market=DE", nil, "Accept-Language", "de")
		if url, _ := shown.At("images", 0, "url").(string); url != "/media/"+first.Text("blob") {
			t.Errorf("shoppers see %s", shown.Bytes)
		}
		if file := w.Call("GET", "/media/"+first.Text("blob"), nil); file.Status != 200 {
			t.Errorf("the file answers %d", file.Status)
		}
		unsent := map[string]any{"version": 1, "images": []any{map[string]any{"blob": "00000000000000000000000000000000.png"}}}
		if a := w.Call("PATCH", "/admin/v1/products/"+poster.Text("id"), unsent); a.Status != 422 || a.Text("code") != "adminapi.picture_unknown" {
			t.Errorf("a picture nobody sent: %d %s", a.Status, a.Bytes)
		}
	})
}

// A film is kept as it is, and plays on the product's page in the place of the
// picture that stands for it.
func TestAFilmIsSentAndNamedByTheProduct(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		film := "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
		still := w.Call("POST", "/admin/v1/media", shade(t, 9), "Content-Type", "image/png")
		sent := w.Call("POST", "/admin/v1/media", film, "Content-Type", "video/mp4")
		if sent.Status != 200 || !strings.HasSuffix(sent.Text("video"), ".mp4") {
			t.Fatalf("%d %s", sent.Status, sent.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/media", "no film", "Content-Type", "video/mp4"); a.Status != 422 || a.Text("code") != "media.video" {
			t.Errorf("no film: %d %s", a.Status, a.Bytes)
		}
		product := func(slug, video string) apptest.Answer {
			return w.Call("POST", "/admin/v1/products", map[string]any{"title": "Wheel", "slug": slug, "variants": []any{map[string]any{"sku": strings.ToUpper(slug),
				"prices": []any{map[string]any{"market": "DE", "amount": 900, "currency": "EUR"}}}},
				"images": []any{map[string]any{"blob": still.Text("blob"), "alt": "A wheel turns", "video": video}}})
		}
		for _, c := range []struct{ video, code string }{{"00000000000000000000000000000000.mp4", "adminapi.picture_unknown"}, {still.Text("blob"), "catalog.invalid"}} {
			if a := product("wrong", c.video); a.Status != 422 || a.Text("code") != c.code {
				t.Errorf("the film %s: %d %s, want %s", c.video, a.Status, a.Bytes, c.code)
			}
		}
		if a := product("wheel", sent.Text("video")); a.Status != 201 || a.Text("images", 0, "video") != sent.Text("video") {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if shown := w.Call("GET", "/store/v1/products/wheel?market=DE", nil); shown.Text("images", 0, "video") != "/media/"+sent.Text("video") {
			t.Errorf("the store's API says %s", shown.Bytes)
		}
		part := w.Call("GET", "/media/"+sent.Text("video"), nil, "Range", "bytes=4-7")
		if part.Status != 206 || string(part.Bytes) != "ftyp" || part.Header.Get("Content-Type") != "video/mp4" {
			t.Errorf("a part of the film: %d %q %s", part.Status, part.Bytes, part.Header.Get("Content-Type"))
		}
	})
}

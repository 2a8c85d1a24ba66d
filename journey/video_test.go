package journey_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A film that a browser recorded is sent, and plays on a phone in the place of
// the picture that stands for it; nothing of it is fetched before.
func TestAFilmPlaysWhereItsPictureStood(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		e := look(t, w)
		e.goes("/", "main")
		e.said(`(() => {
			const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 })
			const pen = canvas.getContext('2d')
			const paint = setInterval(() => { pen.fillStyle = 'hsl(' + performance.now() % 360 + ' 80% 50%)'; pen.fillRect(0, 0, 64, 48) }, 20)
			const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
			const parts = []
			recorder.ondataavailable = e => parts.push(e.data)
			recorder.onstop = () => {
				clearInterval(paint)
				const reader = new FileReader()
				reader.onload = () => { window.film = reader.result.split(',').pop() }
				reader.readAsDataURL(new Blob(parts))
			}
			recorder.start()
			setTimeout(() => recorder.stop(), 600)
			return '' })()`)
		e.until(`!!window.film`)
		film, err := base64.StdEncoding.DecodeString(e.said(`window.film`))
		if err != nil {
			t.Fatal(err)
		}
		still := w.Call("POST", "/admin/v1/media", shade(t, 11), "Content-Type", "image/png")
		sent := w.Call("POST", "/admin/v1/media", string(film), "Content-Type", "video/webm")
		if sent.Status != 200 || !strings.HasSuffix(sent.Text("video"), ".webm") {
			t.Fatalf("%d %s", sent.Status, sent.Bytes)
		}
		made := w.Call("POST", "/admin/v1/products", map[string]any{"title": "Wheel", "slug": "wheel", "variants": []any{map[string]any{"sku": "WHEEL",
			"prices": []any{map[string]any{"market": "DE", "amount": 900, "currency": "EUR"}}}},
			"images": []any{map[string]any{"blob": still.Text("blob"), "alt": "A poster"},
				map[string]any{"blob": still.Text("blob"), "alt": "A wheel turns", "video": sent.Text("video"), "width": 600, "height": 400}}})
		if made.Status != 201 {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		e.goes("/products/wheel?market=DE", ".gallery")
		if label := e.said(`document.querySelector('.gallery video').ariaLabel`); label != "Film: A wheel turns" {
			t.Errorf("the film is called %q", label)
		}
		if early := e.said(`performance.getEntriesByType('resource').map(r => r.name).filter(n => n.endsWith('.webm')).join()`); early != "" {
			t.Errorf("%s was fetched before anybody played it", early)
		}
		e.shoot("film")
		e.said(`(v => { v.scrollIntoView(); v.muted = true; v.play().catch(e => { window.why = String(e) }) })(document.querySelector('.gallery video')), ''`)
		e.until(`window.why || document.querySelector('.gallery video').currentTime > 0 && document.querySelector('.gallery video').videoWidth === 64`)
		if why := e.said(`window.why ?? ''`); why != "" {
			t.Error(why)
		}
		e.shoot("film-playing")
	})
}

package desk_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const ownerPassword = "correct horse battery"

// staffed is a small shop with an owner, and a tab in front of them.
func staffed(t *testing.T) (*apptest.World, *desk) {
	t.Helper()
	if testing.Short() {
		t.Skip("SHORT: the desk's journeys are walked in the full run")
	}
	w := apptest.OpenNamed(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	hash, err := auth.HashPassword(t.Context(), ownerPassword)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		_, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Ottilie", Email: "owner@example.com", Role: auth.RoleOwner}, hash)
		return err
	})
	return w, tab(browser(t, 5*time.Minute), t, w.URL())
}

// sees waits until the page says something.
func (d *desk) sees(text string) {
	d.t.Helper()
	d.until("the page says "+text, `document.querySelector('main')?.innerText.includes(`+quoted(text)+`)`)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// press clicks what bears a text.
func (d *desk) press(text string) {
	d.t.Helper()
	d.until("there is "+text, `!![...document.querySelectorAll('main button, main a')].find(e => e.checkVisibility() && e.innerText.trim() === `+quoted(text)+`)`)
	d.pressOn(`[...document.querySelectorAll('main button, main a')].find(e => e.checkVisibility() && e.innerText.trim() === ` + quoted(text) + `)`)
}

// Monday morning: while somebody looks, an order comes in and trouble goes up,
// and the page says so by itself; every figure opens the rows behind it.
func TestTheStartPageIsAliveAndEveryFigureOpens(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	d.open("/admin")
	d.sees("No order yet")
	ask[bool](d, `(window.sameOne = true)`)
	order := buy(w, "MUG-RED", 2)
	d.until("the order appears", `!!document.querySelector('#part-latest a[href="/admin/orders/`+order+`"]')`)
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		return exception.Raise(t.Context(), tx, exception.Problem{Kind: "stock.oversold", Ref: order, Text: "one too many"})
	})
	d.sees("exception")
	if !ask[bool](d, `window.sameOne === true`) {
		t.Error("the page was loaded anew")
	}
	d.open("/admin/takings/DE")
	d.pressOn(`document.querySelector('main tbody tr:first-child a')`)
	d.sees("1 order was counted")
	d.pressOn(`document.querySelector('main tbody a')`)
	d.until("the order is open", `location.pathname === "/admin/orders/`+order+`"`)
	w.Whole()
}

// What lists and an order show moves while somebody looks, without a page being
// loaded anew; rows that somebody ticked wait until they are done with them.
func TestListsAndAnOrderMoveWhileSomebodyLooks(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	d.see(1280, "light")
	row := func(id string) string {
		return `!!document.querySelector('#part-rows a[href="/admin/orders/` + id + `"]')`
	}
	first := buy(w, "MUG-RED", 1)
	d.open("/admin/orders")
	d.until("the order is there", row(first))
	ask[bool](d, `(window.sameOne = true)`)
	second := buy(w, "MUG-RED", 1)
	d.until("a further order appears", row(second))
	d.pressOn(`document.querySelector('#part-rows [data-pick]')`)
	d.until("the tick is counted", `document.querySelector('[data-picked]').innerText.includes('1')`)
	ask[bool](d, `(document.activeElement.blur(), window.other = new EventSource('/admin/lists/orders/events'), other.onmessage = () => { window.told = true }, other.onopen = () => { window.listens = true }, true)`)
	d.until("it listens", `window.listens`)
	third := buy(w, "MUG-RED", 1)
	d.until("the third order is told of", `window.told`)
	if ask[bool](d, row(third)) || !ask[bool](d, `document.querySelector('#part-rows [data-pick]').checked`) {
		t.Error("what was ticked is gone")
	}
	d.pressOn(`document.querySelector('#part-rows [data-pick]:checked')`)
	ask[bool](d, `(document.activeElement.blur(), true)`)
	fourth := buy(w, "MUG-RED", 1)
	d.until("they come when the tick is gone", row(third)+` && `+row(fourth))
	d.pressOn(`document.querySelector('#part-rows [data-pick]')`)
	d.until("ticks are counted in new rows too", `document.querySelector('[data-picked]').innerText.includes('1')`)
	if !ask[bool](d, `window.sameOne === true`) {
		t.Error("the list was loaded anew")
	}
	var task string
	w.Until("the goods wait to be sent", func() bool {
		task = w.Call("GET", "/admin/v1/fulfilments?order="+first, nil).Text("data", 0, "id")
		return task != ""
	})
	moves := func(path, part string, act func()) {
		d.open(path)
		d.ready()
		ask[bool](d, `(window.before = document.querySelector(`+quoted(part)+`).innerText, true)`)
		act()
		d.until(path+" moves", `document.querySelector(`+quoted(part)+`).innerText !== window.before`)
		if !ask[bool](d, `!!window.before`) {
			t.Errorf("%s was loaded anew", path)
		}
	}
	moves("/admin/orders/"+first, "#part-way section", func() { w.Call("POST", "/admin/v1/fulfilments/"+task+"/accept", map[string]any{}) })
	for _, path := range []string{"/admin/fulfilments", "/admin/payments", "/admin/stock"} {
		moves(path, "#part-rows table", func() { buy(w, "MUG-RED", 1) })
	}
	moves("/admin/exceptions", "#part-rows", func() {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			return exception.Raise(t.Context(), tx, exception.Problem{Kind: "stock.oversold", Ref: first, Text: "one too many"})
		})
	})
	w.Whole()
}

// One field finds everything, by keys alone.
func TestThePaletteIsWalkedByKeys(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	order := buy(w, "MUG-RED", 1)
	d.see(1280, "light")
	d.open("/admin/orders/" + order)
	number := ask[string](d, `document.querySelector('main h1').innerText`)
	d.open("/admin/products")
	d.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2))) // Ctrl
	d.until("what was seen lately is offered", `document.querySelector('#palette').open && document.querySelector('#palette-found')?.innerText.includes(`+quoted(number)+`)`)
	for _, violation := range d.axe() {
		t.Errorf("the palette: %s", violation)
	}
	d.shoot("palette.png")
	d.do(chromedp.KeyEvent("webhoo"))
	d.until("what is typed is found", `document.querySelector('#palette-found a')?.innerText.includes('Webhooks')`)
	d.do(chromedp.KeyEvent(kb.ArrowDown))
	d.until("arrows walk", `document.activeElement === document.querySelector('#palette-found a')`)
	d.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	d.until("Enter goes there", `location.pathname === "/admin/webhooks"`)
	d.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)), chromedp.KeyEvent("qqqqqq"))
	d.until("nothing is a sentence", `document.querySelector('#palette-found')?.innerText.trim().length > 10 && !document.querySelector('#palette-found a')`)
	d.do(chromedp.KeyEvent(kb.Escape))
	d.until("Esc closes it", `!document.querySelector('#palette').open`)
}

// Whoever lost nothing signs in with what they have: a passkey of the device,
// then a code of an app, and without either they stay outside.
func TestTheOwnerSignsInWithAPasskeyAndWithACode(t *testing.T) {
	_, d := staffed(t)
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
	d.signIn()
	d.open("/admin/me")
	d.prove(func() { d.do(chromedp.Click(chromedp.CSS(`[data-passkey]`))) })
	d.until("the passkey is kept", `!!document.querySelector('form[action*="/passkeys/"][action$="/remove"]')`)
	d.out()
	d.do(chromedp.Click(chromedp.CSS(`[data-passkey]`)))
	d.until("the passkey signs in", `location.pathname === "/admin"`)
	d.out()
	d.signIn()
	d.until("a password alone is not enough", `location.pathname === "/admin/second"`)
	d.open("/admin/orders")
	d.until("nothing is shown before", `location.pathname === "/admin/second"`)
	d.do(chromedp.Click(chromedp.CSS(`main [data-passkey]`)))
	d.until("the second factor opens", `location.pathname !== "/admin/second"`)
	d.out()
	d.signIn()
	d.do(chromedp.Click(chromedp.CSS(`main [data-passkey]`)))
	d.until("in again", `location.pathname === "/admin"`)
	d.open("/admin/me")
	d.do(chromedp.Click(chromedp.CSS(`form[action="/admin/me/app"] button`)), chromedp.WaitVisible(chromedp.CSS(`#f-code`)))
	secret := ask[string](d, `document.querySelector('#app code').textContent`)
	d.do(chromedp.SetValue(chromedp.CSS(`#f-code`), codeAt(t, secret, time.Now())), chromedp.Click(chromedp.CSS(`form[action="/admin/me/app/confirm"] button`)))
	d.until("the app is a factor", `!!document.querySelector('form[action*="/factors/"]')`)
	d.out()
	d.signIn()
	d.do(chromedp.SetValue(chromedp.CSS(`#f-code`), "000000"), chromedp.Click(chromedp.CSS(`main button.button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.alert-error`)))
	d.do(chromedp.SetValue(chromedp.CSS(`#f-code`), codeAt(t, secret, time.Now().Add(30*time.Second))), chromedp.Click(chromedp.CSS(`main button.button-primary`)))
	d.until("the next code opens", `location.pathname === "/admin"`)
}

// codeAt is what an authenticator app shows at a moment: RFC 6238.
func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.Join(strings.Fields(secret), "")))
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha1.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := h.Sum(nil)
	from := sum[19] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[from:from+4])&0x7fffffff)%1_000_000)
}

// set fills in a field by its name.
func (d *desk) set(name, value string) {
	d.t.Helper()
	d.do(chromedp.SetValue(chromedp.CSS(`[name=`+quoted(name)+`]:not([type=hidden])`), value))
}

// views are where a journey is walked: on a phone, on a tablet, at a desk, by day
// and by night.
var views = []struct {
	width  int64
	scheme string
}{{360, "light"}, {768, "dark"}, {1280, "light"}, {360, "dark"}, {768, "light"}, {1280, "dark"}}

// A product is made with three variants and pictures, wherever one sits, and is on
// sale a moment later; when its price is lowered, the shop says the prior one.
func TestAProductWithThreeVariantsAndPicturesIsSeenInTheShop(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	for _, v := range views {
		d.see(v.width, v.scheme)
		slug := fmt.Sprintf("linen-apron-%d-%s", v.width, v.scheme)
		skus := d.makesApron(slug)
		d.open("/products/" + slug)
		d.reads("Linen apron", "Sand", "Ink", "Moss", "49.00")
		if n := ask[int](d, `[...document.querySelectorAll('main img')].filter(i => i.src.includes('/media/')).length`); n == 0 {
			t.Error("the shop shows no picture")
		}
		d.lowers(slug, skus, "39.00")
		d.open("/products/" + slug)
		d.reads("39.00", "Lowest price of the last 30 days: €49.00")
	}
	d.open("/admin/products")
	d.until("the product is there", `!!document.querySelector('main tbody a[href^="/admin/products/prd_"]')`)
	d.open(ask[string](d, `document.querySelector('main tbody a[href^="/admin/products/prd_"]').getAttribute('href')`) + "/media")
	d.look("product-media")
	w.Whole()
}

// makesApron makes a product in three colours with two pictures, and returns its
// SKUs.
func (d *desk) makesApron(slug string) (skus []string) {
	d.t.Helper()
	d.open("/admin/products/new")
	for name, value := range map[string]string{"title": "Linen apron", "slug": slug, "options[0].name": "Colour", "options[0].values": "Sand, Ink, Moss", "sku": strings.ToUpper(slug),
		"price.DE": "49.00", "units": "4", "at": "loc_berlin", "status": "active"} {
		d.set(name, value)
	}
	d.do(chromedp.Click(chromedp.CSS(`.save-bar .button-primary`)))
	d.until("the product is made", `/^\/admin\/products\/prd_/.test(location.pathname)`)
	product := ask[string](d, `location.pathname.split('/')[3]`)
	d.open("/admin/products/" + product + "/variants")
	skus = ask[[]string](d, `[...document.querySelectorAll('input[name^="variants["][name$=".sku"]')].map(i => i.value).filter(v => v)`)
	if len(skus) != 3 {
		d.t.Fatalf("variants: %v", skus)
	}
	d.open("/admin/products/" + product + "/media")
	d.ready()
	d.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{picture(d.t, "sand.png", color.RGBA{214, 190, 150, 255}), picture(d.t, "ink.png", color.RGBA{30, 40, 70, 255})}))
	d.press("Upload")
	d.until("both pictures are there", `document.querySelectorAll('[data-item] img').length === 2`)
	d.ready()
	first := ask[string](d, `document.querySelector('[data-item] img').src`)
	d.keyOn(`[data-item] [data-move=down]:not(:disabled)`, kb.Enter)
	d.until("a picture is moved by a key", `document.querySelector('[data-item] img').src !== `+quoted(first))
	return skus
}

// lowers announces a sale: a price list with the new price of each SKU.
func (d *desk) lowers(name string, skus []string, to string) {
	d.t.Helper()
	d.open("/admin/price-lists/new")
	d.set("name", "Sale of "+name)
	d.set("market", "DE")
	d.set("kind", "sale")
	d.set("state", "active")
	d.do(chromedp.Click(chromedp.CSS(`.save-bar .button-primary`)))
	d.until("the list is made", `/^\/admin\/price-lists\/[a-z]+_.*\/prices$/.test(location.pathname)`)
	for i, sku := range skus {
		d.set(fmt.Sprintf("prices[%d].sku", i), sku)
		d.set(fmt.Sprintf("prices[%d].amount", i), to)
	}
	ask[bool](d, `(window.typed = true)`)
	d.do(chromedp.Click(chromedp.CSS(`.save-bar .button-primary`)))
	d.until("the prices are kept", `!window.typed && location.search.includes('prices_saved')`)
}

// reads checks what the page says.
func (d *desk) reads(texts ...string) {
	d.t.Helper()
	page := ask[string](d, `document.body.innerText`)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.t.Errorf("%s does not say %q:\n%s", ask[string](d, `location.pathname`), text, page)
		}
	}
}

// ready waits until the page's scripts listen.
func (d *desk) ready() {
	d.t.Helper()
	d.until("the page is ready", `true`)
}

// One of two mugs goes back, wherever one sits: what is given is seen before, and
// the customer's order says so after.
func TestALineIsRefundedAtADesk(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	for i, v := range views {
		order := buy(w, "MUG-RED", 2)
		w.Until("the money is taken", func() bool {
			return w.Call("GET", "/admin/v1/orders/"+order, nil).Int("payments", 0, "captured", "amount") > 0
		})
		d.see(v.width, v.scheme)
		d.open("/admin/orders/" + order + "/amend")
		d.ready()
		d.do(chromedp.SetValue(chromedp.CSS(`[name^="units."]`), "1"))
		d.set("reason", "A crack in the glaze")
		d.press("Show what goes back")
		d.do(chromedp.WaitVisible(chromedp.CSS(`#preview`)))
		if i == 0 {
			d.look("amend-preview")
		}
		d.press("Give it back")
		d.sees("The money is on its way back.")
		d.open("/admin/orders/" + order)
		d.sees("A crack in the glaze")
	}
	w.Whole()
}

// signIn types the password.
func (d *desk) signIn() {
	d.t.Helper()
	d.open("/admin/sign-in")
	d.do(chromedp.SetValue(chromedp.CSS(`#f-email`), "owner@example.com"), chromedp.SetValue(chromedp.CSS(`#f-password`), ownerPassword), chromedp.Click(chromedp.CSS(`main button.button-primary`)),
		chromedp.WaitNotPresent(chromedp.CSS(`form[action="/admin/sign-in"]`)))
}

// out signs out.
func (d *desk) out() {
	d.t.Helper()
	ask[bool](d, `(document.querySelector('form[action="/admin/sign-out"] button').click(), true)`)
	d.until("signed out", `location.pathname === "/admin/sign-in"`)
}

// prove does what asks for a proof first, and gives it by the password.
func (d *desk) prove(act func()) {
	d.t.Helper()
	act()
	d.until("it is done or asked", `!!document.querySelector('form.proof, .alert-good, form[action$="/remove"]')`)
	if ask[bool](d, `!!document.querySelector('form.proof')`) {
		d.do(chromedp.SetValue(chromedp.CSS(`#f-proof_password`), ownerPassword), chromedp.Click(chromedp.CSS(`form.proof button.button-primary`)), chromedp.WaitNotPresent(chromedp.CSS(`form.proof`)))
	}
}

// picture is a file of a colour.
func picture(t *testing.T, name string, c color.Color) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 900, 900))
	for i := range img.Pix {
		r, g, b, a := c.RGBA()
		img.Pix[i] = []uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}[i%4]
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

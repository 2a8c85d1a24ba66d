package journey_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/value/address"

	"github.com/chromedp/chromedp"
)

// eyes are a browser on a phone's screen.
type eyes struct {
	t   *testing.T
	ctx context.Context
	at  string // of the shop
}

// look opens a browser. Where there is none the test fails: a journey that
// nobody walked proves nothing.
func look(t *testing.T, w *apptest.World, extra ...chromedp.ExecAllocatorOption) *eyes {
	t.Helper()
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no browser: scripts/need.sh installs chromium, which the journeys need")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(options, extra...)...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // starts the browser, which lives as long as this context
		t.Fatal(err)
	}
	e := &eyes{t, ctx, w.Shop.URL}
	e.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	return e
}

func (e *eyes) do(actions ...chromedp.Action[chromedp.Void]) {
	e.t.Helper()
	ctx, stop := context.WithTimeout(e.ctx, 45*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		e.t.Fatalf("%v at %s:\n%s", err, e.said(`location.href`), e.said(`document.body.innerText`))
	}
}

func (e *eyes) said(script string) string {
	e.t.Helper()
	text, err := chromedp.Run(e.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		e.t.Fatalf("%s: %v", script, err)
	}
	return text
}

// until waits for a state of the page, whatever page that is meanwhile.
func (e *eyes) until(state string) {
	e.t.Helper()
	for late := time.Now().Add(45 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if is, err := chromedp.Run(e.ctx, chromedp.Evaluate[bool](state)); err == nil && is {
			return
		}
		if time.Now().After(late) {
			e.t.Fatalf("%s is not so at %s, which says\n%s", state, e.said(`location.href`), e.said(`document.body.innerText.slice(0, 2000)`))
		}
	}
}

// goes opens a page of the shop and waits for a part of it.
func (e *eyes) goes(path, part string) {
	e.t.Helper()
	e.said(`location.assign("` + e.at + path + `"), ""`) // as a link does; an open stream of the page before does not hold it up
	e.until(`location.pathname + location.search === "` + path + `" && document.readyState === "complete"`)
	e.do(chromedp.WaitVisible(chromedp.CSS(part)))
}

// shoot keeps a picture where they are wanted, and sees that nothing is wider than the screen.
func (e *eyes) shoot(name string) {
	e.t.Helper()
	if wide := e.said(`document.documentElement.scrollWidth > innerWidth ? 'wide' : ''`); wide != "" {
		e.t.Errorf("%s is wider than the screen", name)
	}
	folder := os.Getenv("KORZO_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(e.ctx, chromedp.FullScreenshot(90))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".jpg"), picture, 0o600)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// put puts a mug into the bag and opens its checkout.
func (e *eyes) put(part string) {
	e.t.Helper()
	e.goes("/products/mug", ".buy-button")
	e.do(chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.lines`)))
	e.goes("/checkout", part)
}

const tapped = `[role="timer"]`

// On a phone, in a real browser: a tap, second thoughts, and a tap that stays;
// then what can come between a tap and its order.
func TestOneClickInABrowser(t *testing.T) {
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	ada, card := oneClick(w, 60, visa)
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		id, err := profile.AddAddress(t.Context(), tx, w.App.Keeper, profile.CustomerID(ada.id), address.Address{Name: "Ada Lovelace", Line1: "Torstr. 1", PostalCode: "10119", City: "Berlin", Country: "DE"})
		if err != nil {
			return err
		}
		return profile.SetDefaultAddress(t.Context(), tx, profile.CustomerID(ada.id), id)
	})
	e := look(t, w)
	e.goes("/sign-in", "#f-email")
	e.do(chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)),
		chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"), chromedp.SetValue(chromedp.CSS(`#f-password`), "correct horse battery"),
		chromedp.Click(chromedp.CSS(`main button.button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))

	e.put(`#one-click .button-place`)
	e.shoot("tap")
	for _, word := range []string{"Torstr. 1", "4242", "16.80", "Berlin"} {
		if !strings.Contains(e.said(`document.querySelector('#one-click').innerText`), word) {
			t.Errorf("the page of one click does not say %q", word)
		}
	}
	e.do(chromedp.Click(chromedp.CSS(`#one-click .button-place`)), chromedp.WaitVisible(chromedp.CSS(tapped)))
	e.shoot("tap-waiting")
	e.do(chromedp.Click(chromedp.CSS(`form[action="/checkout/undo"] button`)), chromedp.WaitVisible(chromedp.CSS(`#one-click .button-place`)))
	if n := orderCount(w); n != 0 {
		t.Fatalf("%d orders after a tap that was undone", n)
	}
	e.do(chromedp.Click(chromedp.CSS(`#one-click .button-place`)), chromedp.WaitVisible(chromedp.CSS(tapped)))
	w.Pass(time.Minute)
	e.do(chromedp.WaitNotPresent(chromedp.CSS(`#one-click`)))
	e.until(`location.pathname.startsWith('/orders/') && document.readyState === "complete"`)
	if at := e.said(`location.pathname`); !strings.HasPrefix(at, "/orders/") || orderCount(w) != 1 {
		t.Errorf("after a tap the shopper is at %s, and there are %d orders", at, orderCount(w))
	}

	e.put(`#one-click .button-place`) // the price rises while they look
	dearer(w)
	e.do(chromedp.Click(chromedp.CSS(`#one-click .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.alert`)))
	e.shoot("tap-dearer")
	e.refused(w, "17.80", 1)

	e.goes("/checkout", `#one-click .button-place`) // the last one is sold within the time to undo
	e.do(chromedp.Click(chromedp.CSS(`#one-click .button-place`)), chromedp.WaitVisible(chromedp.CSS(tapped)))
	w.Stock("MUG-RED", 1) // which is promised to the order before
	w.Pass(time.Minute)
	e.do(chromedp.WaitNotPresent(chromedp.CSS(tapped)), chromedp.WaitVisible(chromedp.CSS(`.alert, .error-line`)))
	e.shoot("tap-sold-out")
	e.refused(w, "", 1)

	w.Stock("MUG-RED", 6) // the card has expired since it was kept
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE vault_cards SET instrument = 'sandbox:expired_card' WHERE id = $1`, card)
		return err
	})
	e.goes("/checkout", `.button-place`)
	e.do(chromedp.Click(chromedp.CSS(`.button-place`))) // after a refusal the whole page is shown, and nothing is tapped
	e.until(`document.querySelector('main')?.innerText.includes('The bank declined') && document.readyState === 'complete'`)
	e.shoot("tap-expired")
	e.refused(w, "", 1)
	w.Whole()
}

func orderCount(w *apptest.World) int {
	w.T.Helper()
	all, _ := w.Call("GET", "/admin/v1/orders?limit=100", nil).At("data").([]any)
	return len(all)
}

// refused says that the page tells a sum, and that no more was ordered.
func (e *eyes) refused(w *apptest.World, sum string, orders int) {
	e.t.Helper()
	if !strings.Contains(e.said(`document.querySelector('main').innerText`), sum) {
		e.t.Errorf("the page does not say %s:\n%s", sum, e.said(`document.querySelector('main').innerText`))
	}
	if at := e.said(`location.pathname`); strings.HasPrefix(at, "/orders/") || orderCount(w) != orders {
		e.t.Errorf("the shopper is at %s, and %d were ordered instead of %d", at, orderCount(w), orders)
	}
}

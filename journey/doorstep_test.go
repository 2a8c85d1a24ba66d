package journey_test

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/chromedp"
)

// browserAt opens a browser of a phone's size; its pages speak English.
func browserAt(t *testing.T, width, height int) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(width, height), chromedp.Flag("lang", "en"), chromedp.Flag("accept-lang", "en"),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as who starts it
		t.Fatal(err)
	}
	return ctx
}

// tab is a page of a browser that somebody works in.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (b tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%.1500s", what, err, b.run(`document.body ? document.body.innerText : ''`))
	}
}

// run evaluates a script that gives a text.
func (b tab) run(script string) string {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 10*time.Second)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return text
}

// shows waits until a part of the page holds words.
func (b tab) shows(selector, words string) {
	b.t.Helper()
	got := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = b.run(`document.querySelector('` + selector + `')?.innerText ?? ''`); strings.Contains(got, words) {
			return
		}
	}
	b.t.Fatalf("%s never shows %q: %.1500s", selector, words, got)
}

func (b tab) open(at string, until string) {
	b.t.Helper()
	b.do("open "+at, chromedp.Navigate(at), chromedp.WaitVisible(chromedp.CSS(until)))
	b.ready()
}

// press clicks where what a selector finds stands, once it stands still, and
// waits for what follows. It clicks a place, as people do: on a page that moves, another may stand there
// that is the same.
func (b tab) press(selector, until string) {
	b.t.Helper()
	b.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	where := func() string {
		return b.run(`(() => {
			const it = document.querySelector(` + strconv.Quote(selector) + `);
			it.scrollIntoView({block: 'center', behavior: 'instant'});
			const box = it.getClientRects()[0];
			return (box.left + box.width / 2) + ' ' + (box.top + box.height / 2);
		})()`)
	}
	at, before := where(), ""
	for at != before {
		time.Sleep(50 * time.Millisecond)
		at, before = where(), at
	}
	var x, y float64
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		b.t.Fatalf("where %s stands: %q %v", selector, at, err)
	}
	b.do("press "+selector, chromedp.MouseClickXY(x, y), chromedp.WaitVisible(chromedp.CSS(until)))
	b.ready()
}

// ready waits until the page's scripts have run: a part can be seen, and
// pressed, before anything listens to it.
func (b tab) ready() {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	for {
		// While a page is left for the next one there is none to ask.
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === 'complete'`)); err == nil && is {
			return
		}
		if ctx.Err() != nil {
			b.t.Fatal("the page's scripts never ran")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A phone buys two things to be sent and one to be collected; an associate makes
// that one ready on another phone, a mail and a text tell of it, and it is handed
// over for its code. The buyer's page shows all of it without being loaded anew.
func TestFromPromiseToDoorstepAndCounterOnTwoPhones(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	post := apptest.OpenPost(t)
	w := apptest.OpenTelling(t, dbtest.SQLite(t, app.Schemas()), bank.Config{}, post)
	withStore(w, map[string]int64{"POSTER": 3})
	asksForNumbers(w)
	buyer := tab{t, browserAt(t, 360, 780)}
	for _, product := range []string{"mug", "mug", "poster"} {
		buyer.open(w.Shop.URL+"/products/"+product, ".buy-button")
		buyer.run(`document.querySelector('.consent button[value=none]')?.click(); ''`)
		buyer.press(".buy-button", ".lines")
	}
	buyer.open(w.Shop.URL+"/checkout", "#place .button-place")
	buyer.run(`document.querySelector('details.separately').open = true; ''`)
	buyer.do("collect the poster", chromedp.Click(chromedp.CSS(`details.separately input[value="wien_pickup"]`)),
		chromedp.WaitVisible(chromedp.CSS(`details.separately .promise`)), chromedp.WaitNotPresent(chromedp.CSS(`form[aria-busy]`)),
		chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"), chromedp.SetValue(chromedp.CSS(`#f-name`), "Ada Lovelace"),
		chromedp.SetValue(chromedp.CSS(`#f-line1`), "Torstraße 1"), chromedp.SetValue(chromedp.CSS(`#f-postal_code`), "10119"), chromedp.SetValue(chromedp.CSS(`#f-city`), "Berlin"))
	buyer.do("her number", chromedp.SetValue(chromedp.CSS(`#f-phone`), "+493012345678"))
	buyer.run(`document.querySelector('details.cards').open = true; document.querySelector('input[value="approve"]').checked = true; ''`)
	buyer.press("#place .button-place", "#way")
	buyer.run(`window.stays = 'here'; ''`)
	buyer.shows("#way", "Being prepared")

	staff := tab{t, browserAt(t, 360, 780)}
	signIn(w, staff)
	staff.open(w.Shop.URL+"/admin/fulfilments?location=loc_wien", `th[scope="row"] a`)
	staff.press(`th[scope="row"] a`, `button[value="accept"]`)
	staff.press(`button[value="accept"]`, `input[name="code"]`)
	if staff.run(`String(document.querySelector('form[data-scan] button[type=button]').hidden)`) != staff.run(`String(!('BarcodeDetector' in window))`) {
		t.Error("the camera is offered where the browser reads no codes, or is not where it does")
	}
	staff.run(`window.BarcodeDetector = class { async detect() { return [{ rawValue: 'POSTER' }] } }; document.querySelector('form[data-scan] button[type=button]').hidden = false; ''`)
	staff.press(`form[data-scan] button[type=button]`, `button[value="ready"]`)
	staff.press(`button[value="ready"]`, `button[value="hand"]`)

	buyer.shows("#way", "Ready to collect")
	code := strings.ReplaceAll(buyer.run(`document.querySelector('.pickup-code').innerText`), " ", "")
	w.Until("a mail brings the code", func() bool {
		return len(post.Letters(code))+len(post.Letters(code[:3]+" "+code[3:]))+len(post.Letters(code[:3]+"=C2=A0"+code[3:])) > 0
	})
	if buyer.run(`String(document.querySelector('.stage svg.qr')?.getBoundingClientRect().width > 150)`) != "true" {
		t.Error("the page shows no code to scan")
	}
	w.Until("the confirmation says how to withdraw", func() bool { return len(post.Letters("Right of withdrawal")) > 0 })
	w.Until("a text does too", func() bool { return len(post.Texts("+493012345678")) > 0 })

	staff.open(w.Shop.URL+"/admin/fulfilments", `form[action="/admin/pickup"]`)
	staff.do("the code", chromedp.SetValue(chromedp.CSS(`form[action="/admin/pickup"] input[name="code"]`), code),
		chromedp.SetValue(chromedp.CSS(`form[action="/admin/pickup"] select[name="location"]`), "loc_wien"))
	staff.press(`form[action="/admin/pickup"] button`, `button[value="hand"]`)
	staff.do("the code again", chromedp.SetValue(chromedp.CSS(`form input[name="code"]`), code))
	staff.do("hand it over", chromedp.Click(chromedp.CSS(`button[value="hand"]`)), chromedp.WaitNotPresent(chromedp.CSS(`button[value="hand"]`)))

	buyer.shows("#way", "Collected")
	if buyer.run(`window.stays ?? 'was loaded anew'`) != "here" {
		t.Error("the buyer's page was loaded anew")
	}
	w.Whole()
}

// asksForNumbers has the checkout ask for a telephone number, for texts.
func asksForNumbers(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(w.T.Context(), tx, "", flow.Document{Name: "With a number", Layout: flow.OnePage, Priority: 100, Trigger: `market == "DE"`,
			Asks: flow.Asks{Phone: flow.AskMay}, Payments: map[string][]string{"DE": {"card"}}})
		if err != nil {
			return err
		}
		return flow.Publish(w.T.Context(), tx, v.Flow, v.Version)
	})
}

// signIn gives a browser the session of an associate.
func signIn(w *apptest.World, b tab) {
	w.T.Helper()
	hash, err := auth.HashPassword(w.T.Context(), "correct horse battery")
	if err != nil {
		w.T.Fatal(err)
	}
	token := ""
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		s, err := auth.CreateStaff(w.T.Context(), tx, auth.Staff{Name: "Otto", Email: "otto@example.com", Role: auth.RoleAssociate}, hash)
		if err == nil {
			_, token, err = auth.StartSession(w.T.Context(), tx, auth.RealmStaff, string(s.ID))
		}
		return err
	})
	b.open(w.Shop.URL+"/admin/sign-in", "form")
	b.run(`document.cookie = 'admin=` + token + `; path=/'`)
}

package journey_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/cdp"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// embedded publishes a flow for a partner's page and returns its origin, which
// is another site than the shop's.
func embedded(t *testing.T, w *apptest.World, page string) string {
	t.Helper()
	partner := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(rw, strings.ReplaceAll(page, "SHOP", w.Shop.URL))
	}))
	t.Cleanup(partner.Close)
	origin := strings.Replace(partner.URL, "127.0.0.1", "localhost", 1)
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Partner", Layout: flow.Embedded, Priority: 100, Trigger: `visit.partner == "localhost" && market == "DE"`,
			Embed: flow.Embed{Origins: []string{origin}}, Payments: map[string][]string{"DE": {"card"}}})
		if err != nil {
			return err
		}
		return flow.Publish(t.Context(), tx, v.Flow, v.Version)
	})
	return origin
}

// A frame's checkout is bought through without a script and without a cookie.
func TestAnEmbeddedCheckoutNeedsNeitherScriptNorCookie(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		origin := embedded(t, w, "")
		browser := &http.Client{} // it keeps no cookies
		begin := url.Values{"origin": {origin}, "items": {"MUG-RED:2, POSTER"}, "market": {"DE"}, "locale": {"en"}, "accent": {"#8a3b12"}}
		shown := get(t, browser, w.Shop.URL+"/embed?"+begin.Encode())
		if !strings.HasSuffix(shown.csp, "frame-ancestors "+origin) || !strings.Contains(shown.body, `value="MUG-RED:2, POSTER"`) {
			t.Fatalf("%s\n%s", shown.csp, shown.body)
		}
		at := post(t, browser, w.Shop.URL+"/embed", begin)
		if !strings.HasSuffix(at.csp, "frame-ancestors "+origin) && !strings.Contains(at.csp, "frame-ancestors "+origin+";") || !strings.Contains(at.body, "accent=8a3b12") || strings.Contains(at.body, `href="/cart"`) {
			t.Fatalf("%s: %s\n%s", at.url, at.csp, at.body)
		}
		form := fieldsOf(at.body)
		for name, value := range map[string]string{"email": "ada@example.com", "name": "Ada", "line1": "Torstr. 1", "postal_code": "10119", "city": "Berlin", "country": "DE",
			"option": "de_standard", "method": "card", "card": "approve", "intent": "refresh"} {
			form.Set(name, value)
		}
		action := w.Shop.URL + regexp.MustCompile(`action="(/embed/[^"]+/checkout)"`).FindStringSubmatch(at.body)[1]
		again := fieldsOf(post(t, browser, action, form).body)
		for _, name := range []string{"key", "agreed", "due"} {
			form.Set(name, again.Get(name))
		}
		form.Set("intent", "place")
		end := post(t, browser, action, form)
		if !strings.HasSuffix(end.url, "/checkout/done") || !strings.Contains(end.body, `data-korzo-event="completed"`) || end.cookies != 0 {
			t.Fatalf("%s, %d cookies\n%s", end.url, end.cookies, end.body)
		}
		for name, asked := range map[string]string{"another origin": w.Shop.URL + "/embed?origin=https://evil.example&items=POSTER",
			"another token": strings.Replace(action, "/embed/e", "/embed/x", 1)} {
			if no := get(t, browser, asked); no.status/100 == 2 || strings.Contains(no.csp, "evil") {
				t.Errorf("%s: %d %s", name, no.status, no.csp)
			}
		}
		w.Whole()
	})
}

// A page that one flow names does not get to frame the checkout of another.
func TestAFrameStandsOnlyWhereItsOwnFlowSays(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		origin := embedded(t, w, "") // its flow takes visitors of DE only
		browser := &http.Client{}
		at := post(t, browser, w.Shop.URL+"/embed", url.Values{"origin": {origin}, "items": {"POSTER"}, "market": {"HU"}, "locale": {"en"}})
		if at.status != http.StatusForbidden || !strings.Contains(at.csp, "frame-ancestors 'none'") || strings.Contains(at.csp, origin) || strings.Contains(at.body, `class="checkout`) {
			t.Errorf("%d, %s\n%s", at.status, at.csp, at.body)
		}
	})
}

type shownPage struct {
	status         int
	url, csp, body string
	cookies        int
}

func get(t *testing.T, c *http.Client, at string) shownPage {
	t.Helper()
	return read(t)(c.Get(at))
}

func post(t *testing.T, c *http.Client, at string, form url.Values) shownPage {
	t.Helper()
	return read(t)(c.PostForm(at, form))
}

func read(t *testing.T) func(r *http.Response, err error) shownPage {
	return func(r *http.Response, err error) shownPage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return shownPage{r.StatusCode, r.Request.URL.String(), r.Header.Get("Content-Security-Policy"), string(body), len(r.Cookies())}
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

func fieldsOf(body string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

const partnerPage = `<!DOCTYPE html><title>Partner</title><script src="SHOP/embed.js"></script>
<korzo-checkout items="MUG-RED" market="DE" locale="en" accent="#8a3b12"></korzo-checkout>
<script>
window.told = []
for (const kind of ['ready', 'height', 'step', 'total', 'completed']) document.addEventListener('korzo:' + kind, (e) => told.push([kind, e.detail]))
</script>`

// In a real browser, across two sites: the page around hears how it goes on.
func TestAnEmbeddedCheckoutIsBoughtAcrossTwoSites(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no browser: scripts/need.sh installs chromium, which the shop's journey needs")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{ChallengeAfter: time.Hour})
	origin := embedded(t, w, partnerPage)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("site-per-process", true),
		chromedp.Flag("test-third-party-cookie-phaseout", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(origin)); err != nil {
		t.Fatal(err)
	}
	said := func(script string) string {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	w.Until("the page around hears of the checkout", func() bool { return strings.Contains(said(`JSON.stringify(told)`), `"step"`) })
	frame := inFrame(ctx, t, w)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(frame, actions...); err != nil {
			t.Fatalf("%v; told %s", err, said(`JSON.stringify(told)`))
		}
	}
	do(chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)), chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"),
		chromedp.SetValue(chromedp.CSS(`#f-name`), "Ada"), chromedp.SetValue(chromedp.CSS(`#f-line1`), "Torstr. 1"),
		chromedp.SetValue(chromedp.CSS(`#f-postal_code`), "10119"), chromedp.SetValue(chromedp.CSS(`#f-city`), "Berlin"))
	if _, err := chromedp.Run(frame, chromedp.Evaluate[bool](`document.querySelector('details.cards').open = true; document.querySelector('input[value="challenge"]').checked = true; document.querySelector('#place .button-place').click(); true`)); err != nil {
		t.Fatal(err)
	}
	// The bank wants proof and lets its page be framed: it is given there, by keys,
	// a link beside it opens it elsewhere, and the frame goes on by itself.
	do(chromedp.WaitVisible(chromedp.CSS(`iframe.proof:not([aria-busy])`)), chromedp.WaitVisible(chromedp.CSS(`main a[data-proof][target=_blank]`)))
	windows := pages(ctx, t)
	if _, err := chromedp.Run(frame, chromedp.Evaluate[bool](`document.querySelector('iframe.proof').focus(); true`)); err != nil {
		t.Fatal(err)
	}
	reachButton(frame, t, w)
	do(chromedp.KeyEvent("\r"))
	w.Until("the page around hears of the order", func() bool { return strings.Contains(said(`JSON.stringify(told)`), `"completed"`) })
	if n := pages(ctx, t); n != windows {
		t.Errorf("%d windows, %d before the proof", n, windows)
	}
	told := said(`JSON.stringify(told)`)
	if !strings.Contains(told, `"height"`) || !strings.Contains(told, `"total",{"amount":1680,"currency":"EUR"}`) || !strings.Contains(told, `"number"`) {
		t.Errorf("the page around heard %s", told)
	}
	if high := said(`document.querySelector('korzo-checkout iframe').style.height`); high == "" {
		t.Error("the frame is not as high as what is in it")
	}
	if cookies := said(`document.cookie`); cookies != "" {
		t.Errorf("cookies: %s", cookies)
	}
	w.Whole()
}

// pages is how many windows are open.
func pages(ctx context.Context, t *testing.T) (n int) {
	t.Helper()
	all, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Type == "page" {
			n++
		}
	}
	return n
}

// reachButton presses Tab until the first button of the bank's page is reached,
// which says yes.
func reachButton(frame context.Context, t *testing.T, w *apptest.World) {
	t.Helper()
	reached := func() bool { return within(frame, t, `document.activeElement.tagName === "BUTTON"`) }
	w.Until("the bank's button is reached", func() bool {
		if reached() {
			return true
		}
		if err := chromedp.Do(frame, chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
		return reached()
	})
}

// within reports whether a state is so in the frame that a frame holds.
func within(frame context.Context, t *testing.T, state string) (is bool) {
	t.Helper()
	err := chromedp.Do(frame, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		tree, err := chromedp.Call(ctx, pageapi.GetFrameTree, cdp.Empty{})
		if err != nil || len(tree.FrameTree.ChildFrames) == 0 {
			return err
		}
		world, err := chromedp.Call(ctx, pageapi.CreateIsolatedWorld, pageapi.CreateIsolatedWorldParams{FrameID: tree.FrameTree.ChildFrames[0].Frame.ID})
		if err != nil {
			return err
		}
		answer, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: state, ContextID: world.ExecutionContextID})
		is = err == nil && answer.Result != nil && string(answer.Result.Value) == "true"
		return err
	}))
	if err != nil {
		t.Logf("%s: %v", state, err) // the page is changing
	}
	return is
}

// inFrame is the context of the checkout's frame, which is a process of its own.
func inFrame(ctx context.Context, t *testing.T, w *apptest.World) context.Context {
	t.Helper()
	all, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if strings.HasPrefix(one.URL, w.Shop.URL+"/embed/") {
			frame, stop := chromedp.NewContext(ctx, chromedp.WithTargetID(one.TargetID))
			t.Cleanup(stop)
			return frame
		}
	}
	t.Fatal(fmt.Sprint("there is no frame among ", len(all)))
	return nil
}

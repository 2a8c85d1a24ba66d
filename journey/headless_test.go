//go:build unix

package journey_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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

	"github.com/chromedp/chromedp"
)

// said is a piece of the guide: lines to run, or what the last of them answers.
var said = regexp.MustCompile("(?s)```(sh|json)\n(.*?)```")

// listed waits until the goods are found, as they are in a shop that has been open a while.
func listed(w *apptest.World) {
	w.T.Helper()
	w.Until("goods are listed", func() bool { return w.Call("GET", "/store/v1/products?market=DE&limit=1", nil).At("data", 0) != nil })
}

// The guide to a checkout of one's own is run line by line against a flow of
// the headless layout: every answer it prints must be the shop's.
func TestTheGuideToAHeadlessCheckoutBuysAsPrinted(t *testing.T) {
	text, err := os.ReadFile("../docs/headless.md")
	if err != nil {
		t.Fatal(err)
	}
	each(t, bank.Config{ChallengeAfter: 2 * time.Second}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.Headless, everyWidget()...)
		listed(w)
		answers, wanted := follow(t, w, string(text))
		if len(answers) != len(wanted) || len(wanted) < 10 {
			t.Fatalf("%d answers to %d that the guide prints", len(answers), len(wanted))
		}
		for i, want := range wanted {
			if missing := beside(want, answers[i], "$"); missing != "" {
				t.Errorf("answer %d lacks %s: %v", i+1, missing, answers[i])
			}
		}
		for _, one := range answers {
			a := apptest.Answer{}
			if a.JSON, _ = one.(map[string]any); a.JSON["flow"] != nil && a.Text("flow", "layout") != "headless" {
				t.Errorf("it bought through %v", a.JSON["flow"])
			}
		}
		if orders, _ := w.Call("GET", "/admin/v1/orders", nil).At("data").([]any); len(orders) != 1 {
			t.Errorf("%d orders", len(orders))
		}
		w.Whole()
	})
}

// A browser asks before it sends JSON to another site: the shop's doors for
// programs say yes, staff's say nothing.
func TestPagesOfOtherSitesMayCallTheShopAndNotItsStaff(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for path, want := range map[string]string{"/store/v1/carts": "*", "/ofrep/v1/evaluate/flags": "*", "/admin/v1/orders": "", "/cart": ""} {
			a := w.Call("OPTIONS", path, nil, "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
			if is := a.Header.Get("Access-Control-Allow-Origin"); is != want {
				t.Errorf("%s: %q, want %q", path, is, want)
			}
		}
	})
}

// follow runs the guide's lines in a folder like the demo's and returns what each
// block with a printed answer answered, and the printed.
func follow(t *testing.T, w *apptest.World, guide string) (answers, wanted []any) {
	t.Helper()
	const end = "--- end of a block ---"
	script := "set -euo pipefail\n"
	for _, piece := range said.FindAllStringSubmatch(guide, -1) {
		if piece[1] == "sh" {
			script += piece[2]
			continue
		}
		script += "\necho; echo '" + end + "'\n"
		wanted = append(wanted, parsed(t, piece[2]))
	}
	folder := t.TempDir()
	keys, err := json.Marshal(map[string]string{"publishable": w.Store, "secret": w.Admin})
	if err == nil {
		err = os.Mkdir(filepath.Join(folder, "demo"), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "demo", "keys.json"), keys, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(script, "http://127.0.0.1:8080", w.Shop.URL))
	run.Dir = folder
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	blocks := strings.Split(string(out), end)
	for _, block := range blocks[:len(blocks)-1] {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		answers = append(answers, parsed(t, lines[len(lines)-1]))
	}
	return answers, wanted
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// beside returns where got differs from want, "" where want is a part of it. A
// text that ends in … stands for all that begin like it.
func beside(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		has, _ := got.(map[string]any)
		for name, one := range want {
			if wrong := beside(one, has[name], at+"."+name); wrong != "" {
				return wrong
			}
		}
	case []any:
		has, _ := got.([]any)
		if len(has) != len(want) {
			return at
		}
		for i, one := range want {
			if wrong := beside(one, has[i], at+"[]"); wrong != "" {
				return wrong
			}
		}
	case string:
		has, _ := got.(string)
		if begin, open := strings.CutSuffix(want, "…"); has != want && !(open && has != "" && strings.HasPrefix(has, begin)) {
			return at
		}
	default:
		if want != got {
			return at
		}
	}
	return ""
}

// example serves the example client on another origin and opens it.
func example(t *testing.T, w *apptest.World) *eyes { return exampleOf(t, w, "") }

// exampleOf is example for a customer who is signed in; "" is a guest.
func exampleOf(t *testing.T, w *apptest.World, customer string) *eyes {
	t.Helper()
	files := httptest.NewServer(http.FileServer(http.Dir("../examples/headless")))
	t.Cleanup(files.Close)
	e := look(t, w)
	e.at = strings.Replace(files.URL, "127.0.0.1", "localhost", 1)
	e.goes("/?market=DE&shop="+w.Shop.URL+"&key="+w.Store+"&customer="+customer, "[data-buy=MUG-RED]")
	return e
}

// fill types into a field instead of what it holds, and leaves it.
func (e *eyes) fill(field, text string) {
	e.t.Helper()
	e.said(`{ const i = document.querySelector('` + field + `'); i.focus(); i.select(); document.execCommand('insertText', false, '` + text + `'); i.blur() } ""`)
}

func TestTheExampleClientBuysThroughWhateverFlowItIsGiven(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w := apptest.Open(t, d, bank.Config{ChallengeAfter: 2 * time.Second})
		withWidgets(w, flow.Headless, everyWidget()...)
		listed(w)
		e := example(t, w)
		e.do(chromedp.Click(chromedp.CSS(`[data-buy=MUG-RED]`)), chromedp.WaitVisible(chromedp.CSS(`#checkout`)))
		e.fill(`[name=email]`, "ada@example.com")
		e.fill(`[name="a:name"]`, "Ada Beispiel")
		e.fill(`[name="a:line1"]`, "Torstr. 1")
		e.fill(`[name="a:postal_code"]`, "1011")
		e.fill(`[name="a:city"]`, "Berlin")
		e.until(`document.querySelector('[name="a:postal_code"]').getAttribute('aria-invalid') === 'true'`)
		e.fill(`[name="a:postal_code"]`, "10119")
		for _, part := range []string{`[value=de_express]`, `[name="w:gift_wrap:wrap"]`, `[value=card]`} {
			e.click(part)
		}
		e.pays("sandbox:decline")
		e.until(`document.getElementById('messages').innerText.includes('declined')`)
		e.shoot("headless-declined")
		e.pays("sandbox:challenge")
		e.until(`!!document.getElementById('bank') || !!document.getElementById('number')`)
		e.until(`document.getElementById('lines')?.innerText.includes('express')`)
		e.shoot("headless-order")
		orders, _ := w.Call("GET", "/admin/v1/orders", nil).At("data").([]any)
		if len(orders) != 1 {
			t.Errorf("%d orders", len(orders))
		}
		if o, _ := orders[0].(map[string]any); o["number"] != e.said(`document.getElementById('number').innerText`) {
			t.Errorf("the page shows another order than %v", o)
		}
		w.Whole()
	})
}

// The example client spends the points of who is signed in, in a widget and
// without one, and says what is wrong with how many; what was typed stays.
func TestTheExampleClientSpendsPoints(t *testing.T) {
	t.Parallel()
	for name, field := range map[string]string{"beside the card": "use_points", "in a widget": "w:gift_card:points"} {
		t.Run(name, func(t *testing.T) {
			w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
			if field != "use_points" {
				withWidgets(w, flow.Headless, everyWidget()...)
			}
			listed(w)
			ada, id := customer(w, "ada@example.com")
			grantPoints(w, id, 700, "p")
			worth(w, 1_00, 200, 100)
			e := exampleOf(t, w, ada[1])
			e.do(chromedp.Click(chromedp.CSS(`[data-buy=MUG-RED]`)), chromedp.WaitVisible(chromedp.CSS(`#checkout`)))
			at := `[name="` + field + `"]`
			e.until(`!!document.querySelector('` + at + `')`)
			e.said(`document.querySelector('` + at + `').closest('details:not([open])')?.querySelector('summary').click(), ""`) // of three pages the first is open
			e.fill(at, "150")
			e.until(`document.querySelector('` + at + `').getAttribute('aria-invalid') === 'true' && document.getElementById('messages').innerText.includes('use at least 200')`)
			if typed := e.said(`document.querySelector('` + at + `').value`); typed != "150" {
				t.Errorf("%q is kept of what was typed", typed)
			}
			e.fill(at, "250")
			e.until(`document.querySelector('#checkout .row.sum').parentElement.innerText.includes('Points') && !document.querySelector('` + at + `').hasAttribute('aria-invalid') && document.querySelector('#checkout').innerText.includes('-€2.50')`)
		})
	}
}

// pays chooses a card of the sandbox and taps the button once it may be tapped.
func (e *eyes) pays(card string) {
	e.t.Helper()
	e.until(`!!document.querySelector('[name=card]')`)
	e.said(`{ const s = document.querySelector('[name=card]'); s.value = '` + card + `'; s.dispatchEvent(new Event('change', { bubbles: true })) } ""`)
	e.until(`!document.querySelector('#checkout .act').disabled && document.querySelector('[name=card]').value === '` + card + `'`)
	e.click(`#checkout .act`)
}

// click clicks what is there at that moment: each answer draws the page anew.
func (e *eyes) click(part string) {
	e.t.Helper()
	e.said(`document.querySelector('` + part + `').click(), ""`)
}

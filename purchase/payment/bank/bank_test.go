package bank_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"

	"pgregory.net/rapid"
)

const (
	secret = "s3cret"
	shop   = "https://shop.example"
)

// counter is a bank behind HTTP.
type counter struct {
	*testing.T
	bank *bank.Bank
	d    *db.DB
	url  string
}

// each opens a bank on every database.
func each(t *testing.T, c bank.Config, test func(c *counter)) {
	t.Helper()
	c.Secret, c.Shop = secret, shop
	dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
		var server *httptest.Server
		b := bank.New(d, func() string { return server.URL }, c)
		server = httptest.NewServer(b.Handler())
		t.Cleanup(server.Close)
		test(&counter{t, b, d, server.URL})
	})
}

// reply is what the bank said.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (c *counter) send(method, path, kind, body string, header ...string) reply {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.SetBasicAuth("demo", secret)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := client.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		c.Fatal(err)
	}
	a := reply{status: w.StatusCode, header: w.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.json)
	return a
}

func (c *counter) call(method, path string, body any) reply {
	c.Helper()
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(body); err != nil {
		c.Fatal(err)
	}
	return c.send(method, path, "application/json", text.String())
}

// post sends a form as the bank's own page would.
func (c *counter) post(path string, form url.Values) reply {
	c.Helper()
	return c.send("POST", path, "application/x-www-form-urlencoded", form.Encode(), "Origin", c.url, "Sec-Fetch-Site", "same-origin")
}

// pay asks for money and returns the payment.
func (c *counter) pay(reference, kind, instrument string, more ...any) map[string]any {
	c.Helper()
	order := map[string]any{"reference": reference, "amount": 300_00, "currency": "TRY", "kind": kind, "instrument": instrument, "return_url": shop + "/back"}
	for i := 0; i+1 < len(more); i += 2 {
		order[more[i].(string)] = more[i+1]
	}
	a := c.call("POST", "/v1/payments", order)
	if a.status != http.StatusOK {
		c.Fatalf("%s %s: %d %s", kind, instrument, a.status, a.text)
	}
	return a.json
}

func (c *counter) find(reference string) map[string]any {
	c.Helper()
	return c.call("GET", "/v1/payments/"+reference, nil).json
}

// path is the page that a payment asks its shopper to.
func (c *counter) path(p map[string]any) string {
	c.Helper()
	at, _ := p["action_url"].(string)
	path, ok := strings.CutPrefix(at, c.url)
	if !ok || path == "" {
		c.Fatalf("%v asks nobody", p)
	}
	return path
}

func (c *counter) token(number string) string {
	c.Helper()
	a := c.send("POST", "/fields/tokens", "application/json", `{"number":"`+number+`","expiry":"12/34","code":"123"}`, "Origin", c.url)
	instrument, _ := a.json["instrument"].(string)
	if a.status != http.StatusOK || instrument == "" {
		c.Fatalf("token: %d %s", a.status, a.text)
	}
	return instrument
}

func TestOnlyPublishedCardsBecomeTokensAndNoNumberIsKept(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		for _, card := range bank.Cards() {
			code := "123"
			if card.Brand == "amex" {
				code = "1234"
			}
			a := c.send("POST", "/fields/tokens", "application/json", `{"number":"`+card.Number+`","expiry":"12 / 2034","code":"`+code+`"}`, "Origin", c.url)
			if a.status != http.StatusOK || strings.Contains(a.text, card.Number[:7]) {
				c.Errorf("%s: %d %s", card.Does, a.status, a.text)
			}
			instrument, _ := a.json["instrument"].(string)
			if got, ok := bank.ReadToken(instrument); !ok || got != card {
				c.Errorf("the token %q stands for %v, want %v", instrument, got, card)
			}
		}
		for name, typed := range map[string]string{
			"somebody's card": `{"number":"4539578763621486","expiry":"12/34","code":"123"}`,
			"one digit more":  `{"number":"42424242424242424","expiry":"12/34","code":"123"}`,
			"a past month":    `{"number":"4242424242424242","expiry":"12/19","code":"123"}`,
			"no month":        `{"number":"4242424242424242","expiry":"13/34","code":"123"}`,
			"a short code":    `{"number":"4242424242424242","expiry":"12/34","code":"12"}`,
			"no JSON":         `number=4242424242424242`,
		} {
			a := c.send("POST", "/fields/tokens", "application/json", typed, "Origin", c.url)
			if a.status/100 != 4 || strings.Contains(a.text, "4539578763621486") || a.json["instrument"] != nil {
				c.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		a := c.send("POST", "/fields/tokens", "application/json", `{"number":"4242424242424242","expiry":"12/34","code":"123"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
		if a.status != http.StatusForbidden {
			c.Errorf("another site's page got a token: %d %s", a.status, a.text)
		}
	})
}

func TestOnlyTheShopMayFrameTheFields(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		a := c.call("GET", "/fields?lang=hu", nil)
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors "+shop) || !strings.Contains(policy, "form-action 'none'") || !strings.Contains(a.text, `data-shop="`+shop+`"`) || !strings.Contains(a.text, "Kártyaszám") {
			c.Errorf("%s\n%s", policy, a.text)
		}
		page := c.path(c.pay("att_1", "card", "sandbox:hosted"))
		if policy := c.call("GET", page, nil).header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self' "+shop) {
			c.Error(policy)
		}
	})
}

func TestACardIsTypedOnTheBanksOwnPage(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		for _, step := range []struct {
			reference, number, state, code string
			proof                          string
		}{
			{"att_yes", "4242 4242 4242 4242", "captured", "", ""},
			{"att_no", "4000 0000 0000 9995", "declined", "insufficient_funds", ""},
			{"att_proven", "4000 0027 6000 3184", "captured", "", "yes"},
			{"att_denied", "4000 0027 6000 3184", "declined", "authentication_failed", "no"},
			{"att_proven_no", "4000 0084 0000 1629", "declined", "card_declined", "yes"},
		} {
			page := c.path(c.pay(step.reference, "card", "sandbox:hosted", "capture", true))
			typed := url.Values{"number": {"4539 5787 6362 1486"}, "expiry": {"12/34"}, "code": {"123"}, "answer": {"yes"}}
			if a := c.post(page, typed); a.status != http.StatusUnprocessableEntity || strings.Contains(a.text, "4539 5787") {
				c.Errorf("somebody's card: %d %s", a.status, a.text)
			}
			typed.Set("number", step.number)
			a := c.post(page, typed)
			if step.proof != "" {
				if a = c.post(strings.TrimPrefix(a.header.Get("Location"), c.url), url.Values{"answer": {step.proof}}); a.status != http.StatusSeeOther {
					c.Errorf("%s: %d %s", step.reference, a.status, a.text)
				}
			}
			p := c.find(step.reference)
			if a.header.Get("Location") != shop+"/back" || p["state"] != step.state || step.code != "" && p["decline_code"] != step.code {
				c.Errorf("%s: %s, %v", step.reference, a.header.Get("Location"), p)
			}
			if again := c.post(page, typed); again.status != http.StatusConflict && again.status != http.StatusSeeOther || c.find(step.reference)["state"] != step.state {
				c.Errorf("%s was decided twice: %d", step.reference, again.status)
			}
		}
	})
}

func TestALenderLendsToAdults(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		for born, want := range map[string]string{"1990-05-17": "action_required", "": "declined", "soon": "declined", "2020-01-02": "declined"} {
			if p := c.pay("att_"+born, "pay_later", "", "born", born); p["state"] != want {
				c.Errorf("born %q: %v, want %s", born, p, want)
			}
		}
	})
}

func TestAnAppIsPlayedForEachOtherMethod(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		for _, step := range []struct{ reference, kind, answer, state string }{
			{"att_1", "swish", "yes", "captured"}, // its scheme knows no hold
			{"att_2", "swish", "no", "declined"},
			{"att_4", "paypal", "yes", "authorized"},
			{"att_5", "wallet", "yes", "authorized"},
			{"att_6", "pay_later", "no", "declined"},
		} {
			page := c.path(c.pay(step.reference, step.kind, "", "born", "1990-05-17"))
			if a := c.call("GET", page, nil); a.status != http.StatusOK || !strings.Contains(a.text, "300.00 TRY") {
				c.Errorf("%s: %d %s", step.kind, a.status, a.text)
			}
			a := c.post(page, url.Values{"answer": {step.answer}})
			if got := c.find(step.reference)["state"]; got != step.state {
				c.Errorf("%s %s: %v, want %s", step.kind, step.answer, got, step.state)
			}
			if a.header.Get("Location") != shop+"/back" {
				c.Errorf("%s leads nowhere: %d %s", step.kind, a.status, a.text)
			}
		}
	})
}

func TestWhoNeverAnswersHasNotPaid(t *testing.T) {
	each(t, bank.Config{Patience: time.Millisecond}, func(c *counter) {
		c.d.Now = time.Now
		go c.bank.Run(c.Context())
		c.pay("att_1", "swish", "")
		for c.find("att_1")["state"] == "action_required" {
			time.Sleep(5 * time.Millisecond)
		}
		if p := c.find("att_1"); p["state"] != "declined" || p["decline_code"] != "cancelled" || p["captured"] != 0.0 {
			c.Errorf("%v", p)
		}
	})
}

func TestASoftDeclineIsAYesOnceProofIsGivenHereOrElsewhere(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		soft := c.token("4000 0025 0000 3155")
		if p := c.pay("att_1", "card", soft); p["state"] != "declined" || p["decline_code"] != "authentication_required" {
			c.Errorf("without proof: %v", p)
		}
		p := c.pay("att_2", "card", soft, "challenge", true)
		c.post(c.path(p), url.Values{"answer": {"yes"}})
		proven := c.find("att_2")
		if proven["state"] != "authorized" || proven["proof"] == nil {
			c.Errorf("after proof: %v", proven)
		}
		if p := c.pay("att_3", "card", soft, "proof", proven["proof"]); p["state"] != "authorized" {
			c.Errorf("with proof given before: %v", p)
		}
		if p := c.pay("att_4", "card", c.token("4242424242424242"), "challenge", true); p["state"] != "action_required" {
			c.Errorf("a challenge that was asked for: %v", p)
		}
	})
}

func TestAnIssuerFollowsItsScript(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		if a := c.call("POST", "/v1/scripts", map[string]any{"id": "moody", "outcomes": []string{"soft_decline", "try_again", "approve"}}); a.status != http.StatusOK {
			c.Fatalf("%d %s", a.status, a.text)
		}
		for i, want := range []string{"authentication_required", "try_again", "", ""} {
			reference := "att_" + string(rune('a'+i))
			for range 2 { // a repeat uses up nothing
				if p := c.pay(reference, "card", "sandbox:script:moody"); want == "" && p["state"] != "authorized" || want != "" && p["decline_code"] != want {
					c.Errorf("%d: %v, want %q", i, p, want)
				}
			}
		}
		if p := c.pay("att_x", "card", "sandbox:script:unheard"); p["state"] != "declined" {
			c.Errorf("a script that nobody wrote: %v", p)
		}
		for name, body := range map[string]any{"no name": map[string]any{"outcomes": []string{"approve"}}, "no outcome": map[string]any{"id": "x"}} {
			if a := c.call("POST", "/v1/scripts", body); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
				c.Errorf("%s: %d", name, a.status)
			}
		}
	})
}

func TestInstalmentsAreWhatTheCardsBankOffers(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		akbank, abroad := c.token("5526080000000006"), c.token("4242424242424242")
		for instrument, want := range map[string]int{bank.WithPlan(akbank, 3): 300_00, bank.WithPlan(akbank, 5): 0, bank.WithPlan(abroad, 3): 0, bank.WithPlan(abroad, 1): 300_00} {
			p := c.pay("att_"+instrument, "instalments", instrument)
			if p["captured"] != float64(want) {
				c.Errorf("%s: %v, want %d taken", instrument, p, want)
			}
		}
		page := c.path(c.pay("att_page", "instalments", "sandbox:hosted"))
		a := c.post(page, url.Values{"number": {"5526080000000006"}, "expiry": {"12/34"}, "code": {"123"}, "answer": {"yes"}})
		if a.status != http.StatusSeeOther {
			c.Fatalf("%d %s", a.status, a.text)
		}
		if a = c.call("GET", page, nil); !strings.Contains(a.text, `value="6"`) || !strings.Contains(a.text, "318.60 TRY") {
			c.Errorf("no plans: %s", a.text)
		}
		if a = c.post(page, url.Values{"plan": {"5"}, "answer": {"yes"}}); a.status != http.StatusUnprocessableEntity {
			c.Errorf("a plan that is not offered: %d", a.status)
		}
		c.post(page, url.Values{"plan": {"6"}, "answer": {"yes"}})
		if p := c.find("att_page"); p["captured"] != 300_00.0 {
			c.Errorf("%v", p)
		}
	})
}

// Law: a plan's parts sum to its total, which is never less than the sum.
func TestThePartsOfAPlanSumToItsTotal(t *testing.T) {
	each(t, bank.Config{}, func(c *counter) {
		tokens := []string{c.token("5526080000000006"), c.token("5528790000000008"), c.token("4603450000000000"), c.token("4242424242424242")}
		rapid.Check(c.T, func(t *rapid.T) {
			sum := rapid.Int64Range(1, 1e10).Draw(t, "sum")
			a := c.send("GET", "/v1/plans?"+url.Values{"instrument": {rapid.SampledFrom(tokens).Draw(t, "card")}, "amount": {strconv.FormatInt(sum, 10)}}.Encode(), "", "")
			var plans []bank.Plan
			if err := json.Unmarshal([]byte(a.text), &plans); err != nil || len(plans) == 0 || plans[0].Count != 1 || plans[0].Total != sum {
				t.Fatalf("%v: %s", err, a.text)
			}
			for _, p := range plans {
				if p.Each*(p.Count-1)+p.Last != p.Total || p.Total < sum || p.Last <= 0 || p.Last > p.Each {
					t.Fatalf("%d in %d: %+v", sum, p.Count, p)
				}
			}
		})
	})
}

func TestTheSecondBankForgetsAReferenceAfterItsWindow(t *testing.T) {
	each(t, bank.Config{Second: true}, func(c *counter) {
		clock := dbtest.Clock(c.d)
		ask := func() reply {
			return c.send("POST", "/api/charges", "application/json", `{"merchant_ref":"att_1","sum":"3.00","currency":"EUR","source":"sandbox:approve"}`,
				"Authorization", "Bearer demo."+secret, "Idempotency-Key", "att_1")
		}
		first := ask()
		clock.Advance(9 * time.Minute)
		if again := ask(); again.status != http.StatusOK || again.text != first.text {
			c.Errorf("within the window: %d %s", again.status, again.text)
		}
		clock.Advance(2 * time.Minute)
		if again := ask(); again.status != http.StatusConflict {
			c.Errorf("after the window: %d %s", again.status, again.text)
		}
		if book, err := c.bank.Book(c.Context()); err != nil || len(book) != 1 {
			c.Errorf("%v, %v", book, err)
		}
	})
}

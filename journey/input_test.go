package journey_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// wrongRequest is one thing that somebody may send. Names in braces stand for
// what the shop has; see its stock.
type wrongRequest struct {
	name   string
	call   string // "POST /store/v1/carts"
	body   any    // a string is sent as it is
	header []string
	status int
	code   string
	remedy string // a word of the detail that says what to do
}

func TestWhatIsWrongIsRefusedWithItsRemedyAndChangesNothing(t *testing.T) {
	calm(t)
	each(t, bank.Config{ChallengeAfter: time.Hour}, func(t *testing.T, w *apptest.World) {
		s := stocked(w)
		before := snapshot(t, w.App.DB)
		var all []wrongRequest
		for _, some := range [][]wrongRequest{wrongJSON, wrongCarts, wrongQuantities(), wrongCheckouts, wrongNames(), wrongKeys, wrongAdmin, wrongRoutes} {
			all = append(all, some...)
		}
		for _, r := range all {
			method, path, _ := strings.Cut(s.Replace(r.call), " ")
			body := r.body
			if text, ok := body.(string); ok {
				body = s.Replace(text)
			}
			header := make([]string, len(r.header))
			for i := range header {
				header[i] = s.Replace(r.header[i])
			}
			a := w.Call(method, path, body, header...)
			if a.Status != r.status || a.Text("code") != r.code || !strings.Contains(a.Text("detail"), r.remedy) {
				t.Errorf("%s: %s\n\tgot  %d %.300s\n\twant %d %s %q", r.name, r.call, a.Status, a.Bytes, r.status, r.code, r.remedy)
			}
			if len(a.Text("detail")) < 20 {
				t.Errorf("%s: %q helps nobody", r.name, a.Text("detail"))
			}
			if a.Text("request_id") == "" || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: no problem but %s %.100s", r.name, a.Header.Get("Content-Type"), a.Bytes)
			}
			after := snapshot(t, w.App.DB)
			if tables := changed(before, after); tables != nil {
				t.Errorf("%s: %s changed %v", r.name, r.call, tables)
			}
			before = after
		}
		w.Whole()
		t.Logf("%d requests", len(all))
	})
}

// Whatever people are called, and wherever they live, comes back as they wrote it.
func TestTextsOfAllScriptsComeBackUnchanged(t *testing.T) {
	calm(t)
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for _, name := range []string{"Åsa Öström-Ñuñez", "王小明", "محمد بن سلمان", "יעל כהן", "Zoë 👩‍👩‍👧 & <b>Söhne</b>", "O'Brien; DROP TABLE order_orders --", "שלום abc مرحبا",
			"é decomposed", "\"quoted\" \\ back", strings.Repeat("長", 100)} {
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			checkout, _, _ := readyCart(w, c.Text("id"), "sandbox:approve")
			address := map[string]any{"name": name, "line1": name, "line2": name, "city": name, "postal_code": "10115", "country": "DE"}
			p := w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"shipping_address": address, "billing_address": address})
			done := complete(w, checkout, "k", p.At("totals", "total"))
			o := w.Call("GET", "/store/v1/orders/"+done.Text("order", "id"), nil, "Order-Token", done.Text("order", "token"))
			for _, kind := range []string{"shipping_address", "billing_address"} {
				for _, field := range []string{"name", "line1", "line2", "city"} {
					if got := o.Text(kind, field); got != name {
						t.Errorf("%s of %q came back as %q", field, name, got)
					}
				}
			}
		}
		w.Whole()
	})
}

// A total that the shopper did not agree to is not taken; that is business, so
// the answer is 200, says the total of now, and leaves nothing behind.
func TestATotalNobodyAgreedToIsNotTaken(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		amount := int64(total["amount"].(float64))
		before := snapshot(t, w.App.DB)
		for i, wrong := range []map[string]any{
			{"amount": amount - 1, "currency": "EUR"}, {"amount": amount + 1, "currency": "EUR"}, {"amount": amount, "currency": "USD"},
			{"amount": amount, "currency": "eur"}, {"amount": 0, "currency": "EUR"}, {"amount": -amount, "currency": "EUR"}, {"amount": amount, "currency": "XXX"},
		} {
			a := complete(w, id, fmt.Sprint("k", i), wrong)
			if a.Status != 200 || a.Text("status") != "ready_for_complete" || a.Text("messages", 0, "code") != "total_changed" || a.Int("total", "amount") != amount {
				t.Errorf("%v: %d %s", wrong, a.Status, a.Bytes)
			}
			if tables := changed(before, snapshot(t, w.App.DB)); tables != nil {
				t.Errorf("%v changed %v", wrong, tables)
			}
		}
		if a := complete(w, id, "k0", total); a.Text("status") != "completed" {
			t.Errorf("the total of now under a key that was refused: %s", a.Bytes)
		}
		w.Whole()
	})
}

// stocked gives a shop one of everything and returns what its names stand for.
func stocked(w *apptest.World) *strings.Replacer {
	w.T.Helper()
	promotion := w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Taken", "code": "TAKEN", "percent": 10})
	list := w.Call("POST", "/admin/v1/price-lists", map[string]any{"name": "Draft", "market": "DE", "status": "draft"})
	guest := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1), line("POSTER", 1)}})
	other := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
	mine := w.Call("POST", "/store/v1/customers", map[string]any{"email": "eve@example.com", "password": "correct horse battery"})
	hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "password": "correct horse battery"})
	herCart := w.Call("POST", "/store/v1/carts", map[string]any{"lines": []any{line("MUG-RED", 1)}}, "Customer-Token", hers.Text("token"))
	herCheckout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": herCart.Text("id")}, "Customer-Token", hers.Text("token"))
	open, _, _ := ready(w, "sandbox:approve", line("MUG-RED", 1))
	paying, locked, total := ready(w, "sandbox:challenge", line("MUG-RED", 1))
	if a := complete(w, paying, "used", total); a.Text("status") != "requires_escalation" {
		w.T.Fatalf("%s", a.Bytes)
	}
	placed, ordered, total := ready(w, "sandbox:approve", line("POSTER", 1))
	order := complete(w, placed, "used", total)
	w.Call("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": "POSTER", "location": "loc_berlin", "delta": 1, "reason": "found"}, "Idempotency-Key", "used")
	broken := w.Call("POST", "/admin/v1/flows", flowOf(`device.kind ==`))
	strange := w.Call("POST", "/admin/v1/flows", flowOf(`weather == "rain"`))
	products := w.Call("GET", "/store/v1/products", nil)
	var revoked, narrow string
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		k, secret, err := auth.CreateKey(w.T.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "old", Scopes: []string{auth.ScopeAll}})
		if err != nil {
			return err
		}
		revoked = secret
		if _, narrow, err = auth.CreateKey(w.T.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "narrow", Scopes: []string{"ledger.read"}}); err != nil {
			return err
		}
		return auth.RevokeKey(w.T.Context(), tx, k.ID)
	})
	w.Until("all is quiet", func() bool {
		return number(w.T, w.App.DB, `SELECT COUNT(*) FROM payment_attempts WHERE state = 'captured'`) == 1 &&
			number(w.T, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
	})
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error { // nobody looks after the challenge meanwhile
		_, err := tx.Exec(w.T.Context(), `UPDATE payment_attempts SET look_at = look_at + 3600000000 WHERE look_at IS NOT NULL`)
		return err
	})
	return strings.NewReplacer("{cart}", guest.Text("id"), "{line}", guest.Text("lines", 0, "id"), "{other line}", other.Text("lines", 0, "id"),
		"{her cart}", herCart.Text("id"), "{her line}", herCart.Text("lines", 0, "id"), "{her checkout}", herCheckout.Text("id"),
		"{hers}", hers.Text("token"), "{mine}", mine.Text("token"), "{open}", open, "{paying}", paying, "{locked}", locked,
		"{placed}", placed, "{ordered}", ordered, "{order}", order.Text("order", "id"), "{token}", order.Text("order", "token"),
		"{broken flow}", broken.Text("id"), "{strange flow}", strange.Text("id"), "{product}", products.Text("data", 0, "id"), "{promotion}", promotion.Text("id"), "{price list}", list.Text("id"), "{revoked}", revoked, "{narrow}", narrow, "{store}", w.Store, "{admin}", w.Admin)
}

func flowOf(trigger string) map[string]any {
	return map[string]any{"document": map[string]any{"name": "X", "trigger": trigger, "layout": "one_page", "payments": map[string]any{"DE": []any{"card"}}}}
}

const (
	invalid = http.StatusUnprocessableEntity
	unknown = "web.unknown_field"
)

var wrongJSON = []wrongRequest{
	{"no body", "POST /store/v1/carts", "", nil, 400, "web.body_missing", "send"},
	{"half a body", "POST /store/v1/carts", `{"market":"DE"`, nil, 400, "web.malformed", ""},
	{"two bodies", "POST /store/v1/carts", `{"market":"DE"}{}`, nil, 400, "web.malformed", ""},
	{"a list", "POST /store/v1/carts", `[]`, nil, invalid, "web.invalid", "object"},
	{"null", "POST /store/v1/carts/{cart}/lines", `null`, nil, invalid, "web.invalid", "object"},
	{"no JSON", "POST /store/v1/carts", `market=DE`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "web.content_type", "application/json"},
	{"over 1 MB", "POST /store/v1/carts", `{"market":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "web.body_too_large", "send less"},
	{"over 1 MB to the admin", "POST /admin/v1/products", `{"title":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "web.body_too_large", "send less"},
	{"a number for a text", "POST /store/v1/carts", `{"market":7}`, nil, invalid, "web.invalid", "string"},
	{"a text for a list", "POST /store/v1/carts", `{"lines":"MUG-RED"}`, nil, invalid, "web.invalid", "array"},
	{"bytes that are no text", "POST /store/v1/carts/{cart}/codes", "{\"code\":\"\xff\xfe\"}", nil, 400, "web.malformed", "UTF-8"},
	{"nested a thousand deep", "POST /store/v1/carts", strings.Repeat("[", 100_000), nil, 400, "web.malformed", ""},
	{"a price with a line", "POST /store/v1/carts", `{"lines":[{"sku":"MUG-RED","quantity":1,"unit_price":{"amount":1,"currency":"EUR"}}]}`, nil, invalid, unknown, "unit_price"},
	{"a total with a cart", "POST /store/v1/carts", `{"totals":{"total":{"amount":1,"currency":"EUR"}}}`, nil, invalid, unknown, "totals"},
	{"a discount with a cart", "POST /store/v1/carts", `{"discount":100}`, nil, invalid, unknown, "discount"},
	{"an id with a cart", "POST /store/v1/carts", `{"id":"cart_mine"}`, nil, invalid, unknown, "id"},
	{"a customer with a cart", "POST /store/v1/carts", `{"customer":"cus_x"}`, nil, invalid, unknown, "customer"},
	{"a currency with a cart", "POST /store/v1/carts", `{"currency":"HUF"}`, nil, invalid, unknown, "currency"},
	{"a price with a new line", "POST /store/v1/carts/{cart}/lines", `{"sku":"MUG-RED","quantity":1,"price":1}`, nil, invalid, unknown, "price"},
	{"a price with a quantity", "PATCH /store/v1/carts/{cart}/lines/{line}", `{"quantity":1,"unit_price":{"amount":1,"currency":"EUR"}}`, nil, invalid, unknown, "unit_price"},
	{"a discount with a code", "POST /store/v1/carts/{cart}/codes", `{"code":"TAKEN","percent":100}`, nil, invalid, unknown, "percent"},
	{"totals with a checkout", "POST /store/v1/checkouts", `{"cart":"{cart}","totals":{}}`, nil, invalid, unknown, "totals"},
	{"a customer with a checkout", "POST /store/v1/checkouts", `{"cart":"{cart}","customer":"cus_x"}`, nil, invalid, unknown, "customer"},
	{"a shipping price", "PATCH /store/v1/checkouts/{open}", `{"shipping_price":{"amount":0,"currency":"EUR"}}`, nil, invalid, unknown, "shipping_price"},
	{"a status", "PATCH /store/v1/checkouts/{open}", `{"status":"completed"}`, nil, invalid, unknown, "status"},
	{"an amount with a payment", "PATCH /store/v1/checkouts/{open}", `{"payment":{"method":"card","amount":1}}`, nil, invalid, unknown, "payment.amount"},
	{"a total to be taken", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680,"currency":"EUR"},"total":1}`, []string{"Idempotency-Key", "n"}, invalid, unknown, "total"},
	{"an order with completing", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680,"currency":"EUR"},"order":{"id":"ord_x"}}`, []string{"Idempotency-Key", "n"}, invalid, unknown, "order"},
	{"a field in other letters", "POST /store/v1/carts/{cart}/lines", `{"SKU":"MUG-RED","quantity":1}`, nil, invalid, unknown, "sku"},
	{"an id with a product", "POST /admin/v1/products", `{"id":"prd_x","title":"X","slug":"x","variants":[{"sku":"X"}]}`, nil, invalid, unknown, "id"},
	{"a level with an adjustment", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":1,"reason":"x","on_hand":5}`, []string{"Idempotency-Key", "n"}, invalid, unknown, "on_hand"},
	{"a use with a promotion", "POST /admin/v1/promotions", `{"name":"X","percent":1,"used":5}`, nil, invalid, unknown, "used"},
}

var wrongCarts = []wrongRequest{
	{"no such cart", "GET /store/v1/carts/cart_none", nil, nil, 404, "cart.not_found", ""},
	{"an id of another sort", "GET /store/v1/carts/{open}", nil, nil, 404, "cart.not_found", ""},
	{"an id that is SQL", "GET /store/v1/carts/" + url.PathEscape("' OR '1'='1"), nil, nil, 404, "cart.not_found", ""},
	{"an id that climbs", "GET /store/v1/carts/" + url.PathEscape("../../admin/v1/orders"), nil, nil, 404, "cart.not_found", ""},
	{"an id of 5,000 characters", "GET /store/v1/carts/" + strings.Repeat("x", 5000), nil, nil, 404, "cart.not_found", ""},
	{"an id with a NUL", "GET /store/v1/carts/cart%00", nil, nil, 404, "web.address", ""},
	{"an id that is no text", "GET /store/v1/carts/%ff%fe", nil, nil, 404, "web.address", ""},
	{"a line of no cart", "POST /store/v1/carts/cart_none/lines", line("MUG-RED", 1), nil, 404, "cart.not_found", ""},
	{"a line of another cart", "PATCH /store/v1/carts/{cart}/lines/{other line}", map[string]any{"quantity": 2}, nil, 404, "cart.line_not_found", ""},
	{"removing a line of another cart", "DELETE /store/v1/carts/{cart}/lines/{other line}", nil, nil, 404, "cart.line_not_found", ""},
	{"a line that never was", "DELETE /store/v1/carts/{cart}/lines/line_none", nil, nil, 404, "cart.line_not_found", ""},
	{"a customer's cart, as a guest", "GET /store/v1/carts/{her cart}", nil, nil, 404, "cart.not_found", ""},
	{"a customer's cart, as another customer", "POST /store/v1/carts/{her cart}/lines", line("POSTER", 1), []string{"Customer-Token", "{mine}"}, 404, "cart.not_found", ""},
	{"claiming a customer's cart", "POST /store/v1/carts/{her cart}/claim", nil, []string{"Customer-Token", "{mine}"}, 404, "cart.not_found", ""},
	{"claiming as nobody", "POST /store/v1/carts/{cart}/claim", nil, nil, 401, "storeapi.sign_in", "sign in"},
	{"a session that is none", "GET /store/v1/carts/{cart}", nil, []string{"Customer-Token", "cst_none"}, 401, "storeapi.session", "sign in"},
	{"an unknown SKU", "POST /store/v1/carts/{cart}/lines", line("NONE", 1), nil, 404, "catalog.sku_not_found", "look it up"},
	{"an unknown SKU in a new cart", "POST /store/v1/carts", map[string]any{"lines": []any{line("MUG-RED", 1), line("NONE", 1)}}, nil, 404, "catalog.sku_not_found", "look it up"},
	{"an unknown market", "POST /store/v1/carts", map[string]any{"market": "XX"}, nil, invalid, "storeapi.market", "leave market out"},
	{"201 lines", "POST /store/v1/carts", map[string]any{"lines": lines(201)}, nil, invalid, "web.invalid", "200"},
	{"a locked cart", "POST /store/v1/carts/{locked}/lines", line("POSTER", 1), nil, 409, "cart.locked", ""},
	{"a code for a locked cart", "POST /store/v1/carts/{locked}/codes", map[string]any{"code": "TAKEN"}, nil, 409, "cart.locked", ""},
	{"an ordered cart", "POST /store/v1/carts/{ordered}/lines", line("POSTER", 1), nil, 409, "cart.ordered", ""},
	{"a checkout of an ordered cart is what it is", "PATCH /store/v1/checkouts/{placed}", map[string]any{"email": "eve@example.com"}, nil, 409, "checkout.placed", "read"},
	{"a version that is gone", "POST /store/v1/carts/{cart}/lines", line("POSTER", 1), []string{"If-Match", `"999"`}, 409, "cart.version", ""},
	{"a version that is none", "POST /store/v1/carts/{cart}/lines", line("POSTER", 1), []string{"If-Match", `"abc"`}, invalid, "storeapi.if_match", "number"},
	{"a code of 10,000 characters", "POST /store/v1/carts/{cart}/codes", map[string]any{"code": strings.Repeat("x", 10_000)}, nil, invalid, "cart.code", ""},
	{"an empty code", "POST /store/v1/carts/{cart}/codes", map[string]any{"code": " "}, nil, invalid, "cart.code", ""},
}

func lines(n int) (all []any) {
	for range n {
		all = append(all, line("MUG-RED", 1))
	}
	return all
}

// wrongQuantities are the numbers that no line may have, at every door.
func wrongQuantities() (all []wrongRequest) {
	for _, q := range []struct{ json, code, remedy string }{
		{"0", "cart.quantity", "quantity"}, {"-1", "cart.quantity", "quantity"}, {"10000", "cart.quantity", "quantity"}, {"1000000000", "cart.quantity", "quantity"}, {"9223372036854775807", "cart.quantity", "quantity"},
		{"9223372036854775808", "web.invalid", "quantity"}, {"-9223372036854775809", "web.invalid", "quantity"}, {"1.5", "web.invalid", "quantity"}, {"1e400", "web.invalid", "too large"},
		{`"2"`, "web.invalid", "quantity"}, {"null", "web.invalid", "quantity"}, {"true", "web.invalid", "quantity"}, {"[1]", "web.invalid", "quantity"},
	} {
		for call, body := range map[string]string{
			"POST /store/v1/carts":                      `{"lines":[{"sku":"MUG-RED","quantity":%s}]}`,
			"POST /store/v1/carts/{cart}/lines":         `{"sku":"POSTER","quantity":%s}`,
			"PATCH /store/v1/carts/{cart}/lines/{line}": `{"quantity":%s}`,
		} {
			all = append(all, wrongRequest{"quantity " + q.json, call, fmt.Sprintf(body, q.json), nil, invalid, q.code, q.remedy})
		}
	}
	return all
}

var wrongCheckouts = []wrongRequest{
	{"a checkout of no cart", "POST /store/v1/checkouts", `{"cart":"cart_none"}`, nil, 404, "cart.not_found", ""},
	{"a checkout without a cart", "POST /store/v1/checkouts", `{}`, nil, invalid, "web.invalid", "cart"},
	{"a checkout of a customer's cart, as a guest", "POST /store/v1/checkouts", `{"cart":"{her cart}"}`, nil, 404, "checkout.not_found", "start one"},
	{"a checkout of a customer's cart, as another customer", "POST /store/v1/checkouts", `{"cart":"{her cart}"}`, []string{"Customer-Token", "{mine}"}, 404, "checkout.not_found", "start one"},
	{"no such checkout", "GET /store/v1/checkouts/chk_none", nil, nil, 404, "checkout.not_found", ""},
	{"a checkout by its cart's id", "GET /store/v1/checkouts/{cart}", nil, nil, 404, "checkout.not_found", ""},
	{"a customer's checkout, as a guest", "GET /store/v1/checkouts/{her checkout}", nil, nil, 404, "checkout.not_found", ""},
	{"changing a customer's checkout", "PATCH /store/v1/checkouts/{her checkout}", `{"email":"eve@example.com"}`, []string{"Customer-Token", "{mine}"}, 404, "checkout.not_found", ""},
	{"completing a customer's checkout", "POST /store/v1/checkouts/{her checkout}/complete", `{"expected_total":{"amount":1,"currency":"EUR"}}`, []string{"Idempotency-Key", "n"}, 404, "checkout.not_found", ""},
	{"another shipping option", "PATCH /store/v1/checkouts/{open}", `{"shipping_option":"hu_standard"}`, nil, invalid, "checkout.shipping_option", "shipping_options"},
	{"another payment method", "PATCH /store/v1/checkouts/{open}", `{"payment":{"method":"cash"}}`, nil, invalid, "checkout.payment_method", "payment_methods"},
	{"a card number", "PATCH /store/v1/checkouts/{open}", `{"payment":{"method":"card","instrument":"4242424242424242"}}`, nil, invalid, "checkout.instrument", "token"},
	{"a card number with spaces", "PATCH /store/v1/checkouts/{open}", `{"payment":{"instrument":"4242 4242 4242 4242"}}`, nil, invalid, "checkout.instrument", "token"},
	{"a card number with dashes", "PATCH /store/v1/checkouts/{open}", `{"payment":{"instrument":"4242-4242-4242-4242"}}`, nil, invalid, "checkout.instrument", "token"},
	{"an empty instrument", "PATCH /store/v1/checkouts/{open}", `{"payment":{"instrument":""}}`, nil, invalid, "checkout.instrument", "token"},
	{"an instrument of 201 characters", "PATCH /store/v1/checkouts/{open}", map[string]any{"payment": map[string]any{"instrument": strings.Repeat("x", 201)}}, nil, invalid, "checkout.instrument", "200"},
	{"an address of 10,000 characters", "PATCH /store/v1/checkouts/{open}", map[string]any{"shipping_address": map[string]any{"line1": strings.Repeat("x", 10_000)}}, nil, invalid, "web.invalid", "400"},
	{"a change while it is paid", "PATCH /store/v1/checkouts/{paying}", `{"email":"eve@example.com"}`, nil, 409, "checkout.paying", "wait"},
	{"no key", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680,"currency":"EUR"}}`, nil, invalid, "idempotency.key", "UUID"},
	{"a key of 300 characters", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680,"currency":"EUR"}}`, []string{"Idempotency-Key", strings.Repeat("k", 300)}, invalid, "idempotency.key", "255"},
	{"a key that is no ASCII", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680,"currency":"EUR"}}`, []string{"Idempotency-Key", "schlüssel"}, invalid, "idempotency.key", "ASCII"},
	{"a key used for another total", "POST /store/v1/checkouts/{placed}/complete", `{"expected_total":{"amount":1,"currency":"EUR"}}`, []string{"Idempotency-Key", "used"}, 409, "idempotency.key_reused", "new key"},
	{"no total", "POST /store/v1/checkouts/{open}/complete", `{}`, []string{"Idempotency-Key", "n"}, invalid, "web.invalid", "expected_total"},
	{"a total that is a number", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":1680}`, []string{"Idempotency-Key", "n"}, invalid, "web.invalid", "object"},
	{"a total in broken cents", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680.5,"currency":"EUR"}}`, []string{"Idempotency-Key", "n"}, invalid, "web.invalid", "integer"},
	{"a total without currency", "POST /store/v1/checkouts/{open}/complete", `{"expected_total":{"amount":1680}}`, []string{"Idempotency-Key", "n"}, invalid, "web.invalid", "currency"},
	{"an order without its token", "GET /store/v1/orders/{order}", nil, nil, 404, "order.not_found", ""},
	{"an order with another's token", "GET /store/v1/orders/{order}?token=x", nil, nil, 404, "order.not_found", ""},
	{"an order as another customer", "GET /store/v1/orders/{order}", nil, []string{"Customer-Token", "{mine}"}, 404, "order.not_found", ""},
	{"no such order", "GET /store/v1/orders/ord_none?token={token}", nil, nil, 404, "order.not_found", ""},
	{"an order by its cart's id", "GET /store/v1/orders/{ordered}?token={token}", nil, nil, 404, "order.not_found", ""},
	{"no such product", "GET /store/v1/products/none", nil, nil, 404, "catalog.not_found", ""},
	{"a slug with a NUL", "GET /store/v1/products/%00", nil, nil, 404, "web.address", ""},
	{"a query with a NUL", "GET /store/v1/products?tag=%00", nil, nil, 404, "web.address", ""},
	{"a query that is no text", "GET /admin/v1/orders?customer=%ff", nil, nil, 404, "web.address", ""},
	{"a page of a million", "GET /store/v1/products?limit=1000000", nil, nil, invalid, "web.invalid", "100"},
	{"a page of none", "GET /store/v1/products?limit=0", nil, nil, invalid, "web.invalid", "1"},
	{"products of another market", "GET /store/v1/products?market=XX", nil, nil, invalid, "storeapi.market", "channel"},
}

// wrongNames are texts with a character that no text may have, wherever a text
// is taken.
func wrongNames() (all []wrongRequest) {
	key := []string{"Idempotency-Key", "n"}
	for _, bad := range []string{`\u0000`, `a\u0007b`} {
		for _, r := range []struct{ call, body string }{
			{"POST /store/v1/carts", `{"locale":"%s"}`},
			{"POST /store/v1/carts", `{"lines":[{"sku":"%s","quantity":1}]}`},
			{"POST /store/v1/carts/{cart}/lines", `{"sku":"%s","quantity":1}`},
			{"POST /store/v1/carts/{cart}/codes", `{"code":"%s"}`},
			{"POST /store/v1/checkouts", `{"cart":"%s"}`},
			{"POST /store/v1/checkouts", `{"cart":"{cart}","campaign":"%s"}`},
			{"PATCH /store/v1/checkouts/{open}", `{"email":"%s"}`},
			{"PATCH /store/v1/checkouts/{open}", `{"shipping_address":{"name":"%s"}}`},
			{"PATCH /store/v1/checkouts/{open}", `{"shipping_option":"%s"}`},
			{"PATCH /store/v1/checkouts/{open}", `{"payment":{"method":"%s"}}`},
			{"PATCH /store/v1/checkouts/{open}", `{"payment":{"instrument":"%s"}}`},
			{"POST /store/v1/customers", `{"email":"a@example.com","name":"%s","password":"correct horse battery"}`},
			{"POST /admin/v1/products", `{"title":"%s","slug":"x","variants":[{"sku":"X"}]}`},
			{"POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"%s"}]}`},
			{"POST /admin/v1/promotions", `{"name":"%s","percent":1}`},
			{"POST /admin/v1/promotions", `{"name":"X","code":"%s","percent":1}`},
			{"POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"%s","delta":1,"reason":"x"}`},
			{"POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":1,"reason":"%s"}`},
		} {
			all = append(all, wrongRequest{"the character " + bad, r.call, fmt.Sprintf(r.body, bad), key, 400, "web.malformed", "control character"})
		}
	}
	return all
}

var wrongKeys = []wrongRequest{
	{"no key", "GET /store/v1/products", nil, []string{"Authorization", ""}, 401, "storeapi.key", "Authorization: Bearer"},
	{"a key of another case", "GET /store/v1/products", nil, []string{"Authorization", "bearer pk_none"}, 401, "auth.key", ""},
	{"another scheme", "GET /store/v1/products", nil, []string{"Authorization", "Basic {store}"}, 401, "storeapi.key", "Bearer"},
	{"a key that is none", "GET /store/v1/products", nil, []string{"Authorization", "Bearer pk_none"}, 401, "auth.key", ""},
	{"a secret key of no channel", "GET /store/v1/products", nil, []string{"Authorization", "Bearer {admin}"}, 401, "storeapi.key", "publishable"},
	{"a publishable key for the admin", "GET /admin/v1/orders", nil, []string{"Authorization", "Bearer {store}"}, 401, "adminapi.key", "secret"},
	{"no key for the admin", "GET /admin/v1/orders", nil, []string{"Authorization", ""}, 401, "adminapi.key", "secret"},
	{"a revoked key", "GET /admin/v1/orders", nil, []string{"Authorization", "Bearer {revoked}"}, 401, "auth.key", ""},
	{"a key without the scope", "GET /admin/v1/orders", nil, []string{"Authorization", "Bearer {narrow}"}, 403, "auth.scope", ""},
	{"a key without the scope, changing", "POST /admin/v1/promotions", map[string]any{"name": "X", "percent": 1}, []string{"Authorization", "Bearer {narrow}"}, 403, "auth.scope", ""},
	{"a wrong password", "POST /store/v1/sessions", map[string]any{"email": "nobody@example.com", "password": "wrong wrong wrong"}, nil, 401, "auth.sign_in", ""},
	{"signing out of nothing", "GET /store/v1/customers/me", nil, nil, 401, "storeapi.sign_in", "sign in"},
}

var wrongAdmin = []wrongRequest{
	{"101 per cent", "POST /admin/v1/promotions", `{"name":"X","percent":101}`, nil, invalid, "web.invalid", "percent"},
	{"−1 per cent", "POST /admin/v1/promotions", `{"name":"X","percent":-1}`, nil, invalid, "web.invalid", "percent"},
	{"a per cent that cannot be kept", "POST /admin/v1/promotions", `{"name":"X","percent":12.34567}`, nil, invalid, "web.invalid", "four decimals"},
	{"per cent as a text", "POST /admin/v1/promotions", `{"name":"X","percent":"10"}`, nil, invalid, "web.invalid", "percent"},
	{"no benefit", "POST /admin/v1/promotions", `{"name":"X"}`, nil, invalid, "adminapi.benefit", "either"},
	{"two benefits", "POST /admin/v1/promotions", `{"name":"X","percent":1,"amount":{"amount":1,"currency":"EUR"}}`, nil, invalid, "adminapi.benefit", "either"},
	{"a negative amount off", "POST /admin/v1/promotions", `{"name":"X","amount":{"amount":-1,"currency":"EUR"}}`, nil, invalid, "promotion.invalid", ""},
	{"an amount off in no money", "POST /admin/v1/promotions", `{"name":"X","amount":{"amount":100,"currency":"XXX"}}`, nil, invalid, "promotion.invalid", ""},
	{"a negative limit", "POST /admin/v1/promotions", `{"name":"X","percent":1,"usage_limit":-1}`, nil, invalid, "web.invalid", "usage_limit"},
	{"a budget in money that the market does not take", "POST /admin/v1/promotions", `{"name":"X","percent":1,"market":"DE","budget":{"amount":10000,"currency":"HUF"}}`, nil, invalid, "promotion.invalid", "budget: give one in the market's currency, EUR"},
	{"a price list of no channel", "POST /admin/v1/price-lists", `{"name":"X","market":"DE","channel":"none"}`, nil, invalid, "pricing.list", "channel: use"},
	{"a price list for nobody", "POST /admin/v1/price-lists", `{"name":"X","market":"DE","group":"grp_none"}`, nil, invalid, "pricing.list", "group: use"},
	{"a price list for a segment that is none", "POST /admin/v1/price-lists", `{"name":"X","market":"DE","group":"seg_none"}`, nil, invalid, "pricing.list", "group: use"},
	{"a price list that is given to nobody", "PUT /admin/v1/price-lists/{price list}", `{"name":"Draft","market":"DE","status":"draft","group":"grp_none"}`, nil, invalid, "pricing.list", "group: use"},
	{"a product seen in no channel", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X"}],"publications":[{"channel":"web"},{"channel":"none"}]}`, nil, invalid, "catalog.invalid", "publications[1].channel: use"},
	{"a page behind no order", "GET /admin/v1/orders?after=yesterday", nil, nil, invalid, "adminapi.after", "leave it out"},
	{"a page of products behind an order", "GET /admin/v1/products?after={order}", nil, nil, invalid, "adminapi.after", "leave it out"},
	{"a filter that nobody knows", "GET /admin/v1/orders?state=placed", nil, nil, invalid, unknown, "status"},
	{"a quantity with a point", "POST /store/v1/carts", `{"market":"DE","lines":[{"sku":"MUG-RED","quantity":1},{"sku":"MUG-RED","quantity":1.0}]}`, nil, invalid, "web.invalid", "without one"},
	{"a listed price of an unknown SKU", "PUT /admin/v1/price-lists/{price list}/prices", `{"prices":[{"sku":"NONE","amount":1,"currency":"EUR"}]}`, nil, 404, "catalog.sku_not_found", "NONE"},
	{"an unknown SKU that leaves a price list", "PUT /admin/v1/price-lists/{price list}/prices", `{"remove":["NONE"]}`, nil, 404, "catalog.sku_not_found", "NONE"},
	{"a code twice", "POST /admin/v1/promotions/{promotion}/codes", `{"codes":["ONE","one"]}`, nil, 409, "promotion.code_taken", "codes[1] is given twice"},
	{"a gift card without a key", "POST /admin/v1/gift-cards", `{"market":"DE","amount":{"amount":500,"currency":"EUR"},"reason":"x"}`, nil, invalid, "idempotency.key", "UUID"},
	{"a gift card that has ended", "POST /admin/v1/gift-cards", `{"market":"DE","amount":{"amount":500,"currency":"EUR"},"reason":"x","expires_at":"2000-01-01T00:00:00Z"}`, []string{"Idempotency-Key", "g1"}, invalid, "giftcard.draft", "later one"},
	{"credit without a key", "POST /admin/v1/customers/cus_none/credit", `{"amount":{"amount":500,"currency":"EUR"},"source":"goodwill","reason":"x"}`, nil, invalid, "idempotency.key", "UUID"},
	{"points without a key", "POST /admin/v1/customers/cus_none/points", `{"points":5,"reason":"x"}`, nil, invalid, "idempotency.key", "UUID"},
	{"a weight of a mountain", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","weight_grams":1000000000}]}`, nil, invalid, "catalog.invalid", "0 to 100000000"},
	{"a code that is taken", "POST /admin/v1/promotions", `{"name":"X","code":"taken","percent":1}`, nil, 409, "promotion.code_taken", ""},
	{"stock below nothing", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":-1000000,"reason":"lost"}`, []string{"Idempotency-Key", "n1"}, 409, "inventory.below_zero", ""},
	{"stock below what is promised", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":-1000,"reason":"lost"}`, []string{"Idempotency-Key", "n2"}, 409, "inventory.reserved", ""},
	{"no stock at all", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":0,"reason":"lost"}`, []string{"Idempotency-Key", "n3"}, invalid, "inventory.invalid", ""},
	{"stock of an unknown SKU", "POST /admin/v1/stock/adjustments", `{"sku":"NONE","location":"loc_berlin","delta":1,"reason":"x"}`, []string{"Idempotency-Key", "n4"}, 404, "catalog.sku_not_found", ""},
	{"stock at no location", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_none","delta":1,"reason":"x"}`, []string{"Idempotency-Key", "n5"}, 404, "inventory.location_not_found", ""},
	{"stock beyond all numbers", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":9223372036854775807,"reason":"x"}`, []string{"Idempotency-Key", "n6"}, invalid, "inventory.invalid", ""},
	{"stock without a key", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":1,"reason":"x"}`, nil, invalid, "idempotency.key", "UUID"},
	{"a key used for other stock", "POST /admin/v1/stock/adjustments", `{"sku":"MUG-RED","location":"loc_berlin","delta":2,"reason":"x"}`, []string{"Idempotency-Key", "used"}, 409, "idempotency.key_reused", "new key"},
	{"a SKU that is taken", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"MUG-RED"}]}`, nil, 409, "catalog.sku_taken", ""},
	{"a SKU twice", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X"},{"sku":"X"}]}`, nil, invalid, "catalog.invalid", "twice"},
	{"a slug that is taken", "POST /admin/v1/products", `{"title":"X","slug":"mug","variants":[{"sku":"X"}]}`, nil, 409, "catalog.slug_taken", ""},
	{"a slug that is none", "POST /admin/v1/products", `{"title":"X","slug":"no slug/../","variants":[{"sku":"X"}]}`, nil, invalid, "catalog.invalid", ""},
	{"no variant", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[]}`, nil, invalid, "catalog.invalid", "variants"},
	{"a price in another currency", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"DE","amount":100,"currency":"HUF"}]}]}`, nil, invalid, "pricing.currency", ""},
	{"two prices in one market", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"DE","amount":100,"currency":"EUR"},{"market":"DE","amount":200,"currency":"EUR"}]}]}`, nil, invalid, "adminapi.two_prices", "give one"},
	{"a price in no market", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"XX","amount":100,"currency":"EUR"}]}]}`, nil, 404, "market.not_found", ""},
	{"a negative price", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"DE","amount":-100,"currency":"EUR"}]}]}`, nil, invalid, "pricing.amount", ""},
	{"a price that cannot be charged", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"HU","amount":150,"currency":"HUF"}]}]}`, nil, invalid, "pricing.step", "multiple"},
	{"a price beyond all prices", "POST /admin/v1/products", `{"title":"X","slug":"x","variants":[{"sku":"X","prices":[{"market":"DE","amount":1000000000001,"currency":"EUR"}]}]}`, nil, invalid, "pricing.amount", ""},
	{"no such product", "GET /admin/v1/products/prd_none", nil, nil, 404, "catalog.not_found", ""},
	{"an old version of a product", "PATCH /admin/v1/products/{product}", `{"version":99,"title":"X"}`, nil, 409, "catalog.version", ""},
	{"no such order", "GET /admin/v1/orders/ord_none", nil, nil, 404, "order.not_found", ""},
	{"no such payment", "POST /admin/v1/payments/pay_none/capture", nil, nil, 404, "payment.not_found", ""},
	{"no such exception", "POST /admin/v1/exceptions/exc_none/resolve", `{"note":"x"}`, nil, 404, "exception.not_found", ""},
	{"a page of a million", "GET /admin/v1/orders?limit=1000000", nil, nil, invalid, "web.invalid", "100"},
	{"a status that is none", "GET /admin/v1/orders?status=lost", nil, nil, invalid, "web.invalid", "placed"},
	{"publishing a flow that does not compile", "POST /admin/v1/flows/{broken flow}/publish", `{"version":1}`, nil, invalid, "flow.invalid", "breaks off"},
	{"publishing a flow of unknown facts", "POST /admin/v1/flows/{strange flow}/publish", `{"version":1}`, nil, invalid, "flow.invalid", "there is no fact"},
	{"publishing no flow", "POST /admin/v1/flows/flw_none/publish", `{"version":1}`, nil, 404, "flow.not_found", ""},
}

var wrongRoutes = []wrongRequest{
	{"a method not taken", "PUT /store/v1/carts/{cart}", `{}`, nil, 405, "web.method", "GET"},
	{"a cart deleted", "DELETE /store/v1/carts/{cart}", nil, nil, 405, "web.method", "GET"},
	{"an order changed", "PATCH /store/v1/orders/{order}", `{}`, nil, 405, "web.method", "GET"},
	{"an order deleted", "DELETE /admin/v1/orders/{order}", nil, nil, 405, "web.method", "GET"},
	{"no such address", "GET /store/v1/nothing", nil, nil, 404, "web.no_route", ""},
	{"no such address for the admin", "GET /admin/v1/nothing", nil, nil, 404, "web.no_route", ""},
}

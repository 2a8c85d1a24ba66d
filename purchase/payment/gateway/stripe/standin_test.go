package stripe_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/purchase/payment/gatewaytest/shapetest"
)

type object = map[string]any

// standIn answers as Stripe does, as far as this gateway asks, with a book of
// its own. Every request it gets is first shown to stripe-mock, when that is
// there, which knows what Stripe takes; every answer it gives is held against
// Stripe's OpenAPI document.
type standIn struct {
	t    *testing.T
	mock string // base address of stripe-mock; "" where it is not asked
	spec *shapetest.Spec

	mu        sync.Mutex
	n         int
	book      map[string]object // by id
	keys      map[string]kept
	requests  int
	lose      bool // the next POST is done and not answered
	lost      bool // pm_never has been lost on its way once
	failFirst bool // the next POST under a key fails with a 500, which is remembered
}

// kept is what Stripe remembers under an idempotency key for a day.
type kept struct {
	path, form string
	status     int
	body       []byte
}

func newStandIn(t *testing.T, mock string, spec *shapetest.Spec) (*standIn, *httptest.Server) {
	s := &standIn{t: t, mock: mock, spec: spec, book: map[string]object{}, keys: map[string]kept{}}
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return s, server
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.shown(r, body)
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	s.requests++
	status, answer, replayed := s.once(r, form, string(body))
	hang := form.Get("payment_method") == "pm_silent" && strings.HasSuffix(r.URL.Path, "/confirm")
	if status == 0 {
		hang, s.lost = true, true
	}
	lose := s.lose && r.Method == http.MethodPost
	if lose {
		s.lose = false
	}
	s.mu.Unlock()
	if s.spec != nil && status != 0 {
		if err := s.spec.Answer(r.Method, r.URL.Path, status, answer); err != nil {
			s.t.Errorf("the stand-in answers %s %s as Stripe never would: %v\n%s", r.Method, r.URL.Path, err, answer)
		}
	}
	method := form.Get("payment_method")
	switch {
	case lose:
		panic(http.ErrAbortHandler)
	case hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case strings.HasSuffix(r.URL.Path, "/confirm") && method == "pm_garbage":
		answer = []byte(`{"id":"pi_`)
	}
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// shown lets stripe-mock judge a request.
func (s *standIn) shown(r *http.Request, body []byte) {
	if s.mock == "" {
		return
	}
	again, err := http.NewRequestWithContext(s.t.Context(), r.Method, s.mock+r.URL.RequestURI(), strings.NewReader(string(body)))
	if err != nil {
		s.t.Error(err)
		return
	}
	again.Header = r.Header.Clone()
	again.Header.Set("Authorization", "Bearer sk_test_123")
	w, err := http.DefaultClient.Do(again)
	if err != nil {
		return // the test ended
	}
	defer func() { _ = w.Body.Close() }()
	if said, _ := io.ReadAll(w.Body); w.StatusCode/100 != 2 {
		s.t.Errorf("stripe-mock refuses %s %s %s: %s", r.Method, r.URL.Path, body, said)
	}
}

// once answers a key as it was answered first.
func (s *standIn) once(r *http.Request, form url.Values, body string) (int, []byte, bool) {
	key := r.Header.Get("Idempotency-Key")
	if r.Method == http.MethodPost && key != "" {
		if first, ok := s.keys[key]; ok {
			if first.path != r.URL.Path || first.form != body {
				status, answer := failure(http.StatusBadRequest, "idempotency_error", "", "", nil)
				return status, answer, false
			}
			return first.status, first.body, true
		}
	}
	if form.Get("payment_method") == "pm_never" && !s.lost {
		return 0, nil, false
	}
	status, answer := s.answer(r, form)
	if s.failFirst && r.Method == http.MethodPost {
		s.failFirst = false
		status, answer = failure(http.StatusInternalServerError, "api_error", "", "", nil)
	}
	if r.Method == http.MethodPost && key != "" {
		s.keys[key] = kept{r.URL.Path, body, status, answer}
	}
	return status, answer, false
}

func failure(status int, kind, code, decline string, intent object) (int, []byte) {
	e := object{"type": kind, "message": "no", "request_log_url": "https://dashboard.stripe.com/logs"}
	for name, v := range map[string]string{"code": code, "decline_code": decline} {
		if v != "" {
			e[name] = v
		}
	}
	if intent != nil {
		e["payment_intent"] = intent
	}
	b, _ := json.Marshal(object{"error": e})
	return status, b
}

func missing() (int, []byte) {
	return failure(http.StatusNotFound, "invalid_request_error", "resource_missing", "", nil)
}

func good(o object) (int, []byte) {
	b, _ := json.Marshal(o)
	return http.StatusOK, b
}

func (s *standIn) answer(r *http.Request, form url.Values) (int, []byte) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch {
	case r.URL.Path == "/v1/payment_intents" && form.Get("amount") == "10":
		return failure(http.StatusBadRequest, "invalid_request_error", "amount_too_small", "", nil)
	case r.URL.Path == "/v1/payment_intents" && r.Method == http.MethodPost:
		return good(s.newIntent(form.Get("amount"), form.Get("currency"), form.Get("capture_method"), form.Get("metadata[reference]")))
	case r.URL.Path == "/v1/payment_intents/search":
		return s.search(r.URL.Query().Get("query"))
	case r.URL.Path == "/v1/checkout/sessions":
		return good(s.newSession(form))
	case r.URL.Path == "/v1/refunds":
		return s.refund(form)
	case r.URL.Path == "/v1/customers":
		return good(s.enter("cus", object{"object": "customer", "metadata": object{"customer": form.Get("metadata[customer]")}}))
	case r.URL.Path == "/v1/setup_intents":
		return s.newSetup(form)
	}
	id := parts[1]
	if parts[0] == "checkout" {
		id = parts[2]
	}
	o, ok := s.book[id]
	if !ok {
		return missing()
	}
	switch parts[len(parts)-1] {
	case "confirm":
		return s.confirm(o, form)
	case "capture":
		return s.capture(o, form.Get("amount_to_capture"))
	case "cancel":
		if o["status"] == "succeeded" || o["status"] == "canceled" {
			return failure(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state", "", o)
		}
		o["status"], o["canceled_at"] = "canceled", time.Now().Unix()
	case "detach":
		if o["customer"] == nil {
			return failure(http.StatusBadRequest, "invalid_request_error", "", "", nil)
		}
		o["customer"] = nil
	case "expire":
		if o["status"] != "open" {
			return failure(http.StatusBadRequest, "invalid_request_error", "", "", nil)
		}
		o["status"], o["url"] = "expired", nil
	}
	return good(o)
}

// of reads a property of what is in the book; nil when there is nothing.
func (s *standIn) of(id, property string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book[id][property]
}

// counts tells how much is in the book, and how often the stand-in was asked.
func (s *standIn) counts() (objects, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.book), s.requests
}

// with changes what the stand-in does or knows.
func (s *standIn) with(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// enter gives an object its name.
func (s *standIn) enter(prefix string, o object) object {
	s.n++
	id := prefix + "_" + strconv.Itoa(s.n)
	o["id"], o["created"], o["livemode"] = id, time.Now().Unix(), false
	s.book[id] = o
	return o
}

func (s *standIn) newIntent(amount, currency, capture, reference string) object {
	n, _ := strconv.ParseInt(amount, 10, 64)
	return s.enter("pi", object{"object": "payment_intent", "amount": n, "amount_received": 0, "currency": currency, "capture_method": capture,
		"status": "requires_payment_method", "client_secret": secretOfIntent, "metadata": object{"reference": reference}})
}

func (s *standIn) charge(o object, captured int64) {
	o["latest_charge"] = object{"id": "ch_" + fmt.Sprint(o["id"]), "object": "charge", "amount": o["amount"], "amount_captured": captured, "amount_refunded": int64(0),
		"billing_details": object{}, "captured": captured > 0, "created": 1, "currency": o["currency"], "disputed": false, "livemode": false,
		"metadata": object{}, "paid": true, "refunded": false, "status": "succeeded",
		"payment_method_details": object{"type": "card", "card": object{"brand": "visa", "country": "US", "last4": "4242", "exp_month": 12, "exp_year": 2034, "funding": "credit"}}}
}

func (s *standIn) confirm(o object, form url.Values) (int, []byte) {
	method := form.Get("payment_method")
	if o["status"] != "requires_payment_method" {
		return failure(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state", "", o)
	}
	if pm, known := s.book[method]; known && pm["customer"] == nil {
		return missing()
	}
	const secure = "payment_method_options[card][three_d_secure]"
	proven := form.Get(secure+"[cryptogram]") == given.Cryptogram && form.Get(secure+"[transaction_id]") == given.Transaction && form.Get(secure+"[version]") == given.Version
	if method == "pm_3ds" && proven {
		method = "pm_card"
	}
	if method == "pm_soft" && !proven {
		method = "pm_soft_no"
		if form.Get("payment_method_options[card][request_three_d_secure]") == "challenge" {
			method = "pm_3ds"
		}
	}
	switch method {
	case "pm_soft_no":
		o["last_payment_error"] = object{"type": "card_error", "code": "card_declined", "decline_code": "authentication_required"}
		return failure(http.StatusPaymentRequired, "card_error", "card_declined", "authentication_required", o)
	case "pm_poor":
		o["last_payment_error"] = object{"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
			"payment_method": object{"id": "pm_1", "object": "payment_method", "type": "card", "created": 1, "livemode": false, "billing_details": object{}, "metadata": object{},
				"card": object{"brand": "mastercard", "country": "DE", "last4": "9995", "exp_month": 12, "exp_year": 2034, "funding": "credit"}}}
		return failure(http.StatusPaymentRequired, "card_error", "card_declined", "insufficient_funds", o)
	case "pm_3ds":
		o["status"] = "requires_action"
		o["next_action"] = object{"type": "redirect_to_url", "redirect_to_url": object{"url": "https://hooks.stripe.com/3ds", "return_url": "http://127.0.0.1/back"}}
	case "pm_late":
		o["status"] = "processing"
		time.AfterFunc(60*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pay(o)
		})
	default:
		s.pay(o)
	}
	return good(o)
}

// pay is the issuer's yes.
func (s *standIn) pay(o object) {
	if o["capture_method"] == "manual" {
		o["status"] = "requires_capture"
		s.charge(o, 0)
		return
	}
	amount, _ := o["amount"].(int64)
	o["status"], o["amount_received"] = "succeeded", amount
	s.charge(o, amount)
}

func (s *standIn) capture(o object, amount string) (int, []byte) {
	n, _ := strconv.ParseInt(amount, 10, 64)
	if held, _ := o["amount"].(int64); o["status"] != "requires_capture" || n > held {
		return failure(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state", "", o)
	}
	o["status"], o["amount_received"] = "succeeded", n
	s.charge(o, n)
	return good(o)
}

func (s *standIn) refund(form url.Values) (int, []byte) {
	o, ok := s.book[form.Get("payment_intent")]
	if !ok {
		return missing()
	}
	n, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	charge, _ := o["latest_charge"].(object)
	taken, _ := o["amount_received"].(int64)
	given, _ := charge["amount_refunded"].(int64)
	if given+n > taken {
		return failure(http.StatusBadRequest, "invalid_request_error", "charge_already_refunded", "", nil)
	}
	charge["amount_refunded"] = given + n
	return good(s.enterRefund(object{"object": "refund", "amount": n, "currency": o["currency"], "payment_intent": o["id"], "status": "succeeded"}))
}

func (s *standIn) enterRefund(o object) object {
	o = s.enter("re", o)
	delete(o, "livemode")
	return o
}

func (s *standIn) search(query string) (int, []byte) {
	var found []object
	for _, o := range s.book {
		meta, _ := o["metadata"].(object)
		if o["object"] == "payment_intent" && query == fmt.Sprintf(`metadata["reference"]:"%v"`, meta["reference"]) {
			found = append(found, o)
		}
	}
	if found == nil {
		found = []object{}
	}
	return good(object{"object": "search_result", "url": "/v1/payment_intents/search", "has_more": false, "data": found})
}

func (s *standIn) newSession(form url.Values) object {
	n, _ := strconv.ParseInt(form.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	o := s.enter("cs_test", object{"object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid", "amount_total": n,
		"currency": form.Get("line_items[0][price_data][currency]"), "client_reference_id": form.Get("client_reference_id"),
		"automatic_tax": object{"enabled": false}, "custom_fields": []any{}, "custom_text": object{}, "expires_at": time.Now().Add(24 * time.Hour).Unix(),
		"payment_method_types": []string{"card"}, "shipping_options": []any{}, "metadata": object{"reference": form.Get("metadata[reference]")}})
	o["url"], o["capture"] = "https://checkout.stripe.com/c/pay/"+fmt.Sprint(o["id"]), form.Get("payment_intent_data[capture_method]")
	s.book["capture of "+fmt.Sprint(o["id"])] = object{"method": o["capture"]}
	delete(o, "capture")
	return o
}

// shopper pays on Stripe's page, with a card that has money or none.
func (s *standIn) shopper(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.book[session]
	meta, _ := o["metadata"].(object)
	method, _ := s.book["capture of "+session]["method"].(string)
	p := s.newIntent(fmt.Sprint(o["amount_total"]), fmt.Sprint(o["currency"]), method, fmt.Sprint(meta["reference"]))
	s.pay(p)
	o["payment_intent"], o["status"], o["payment_status"], o["url"] = p, "complete", "paid", nil
}

func (s *standIn) newSetup(form url.Values) (int, []byte) {
	pm := object{"id": form.Get("payment_method"), "object": "payment_method", "type": "card", "created": 1, "livemode": false, "billing_details": object{},
		"customer": form.Get("customer")}
	s.book[form.Get("payment_method")] = pm // with a customer: it pays until it is detached
	o := s.enter("seti", object{"object": "setup_intent", "status": "succeeded", "usage": form.Get("usage"), "payment_method_types": []string{"card"}, "payment_method": pm})
	switch form.Get("payment_method") {
	case "pm_poor":
		return failure(http.StatusPaymentRequired, "card_error", "card_declined", "do_not_honor", nil)
	case "pm_3ds":
		o["status"] = "requires_action"
		o["next_action"] = object{"type": "redirect_to_url", "redirect_to_url": object{"url": "https://hooks.stripe.com/3ds"}}
	}
	return good(o)
}

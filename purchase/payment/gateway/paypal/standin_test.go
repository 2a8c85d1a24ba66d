package paypal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"korzo/purchase/payment/gatewaytest/shapetest"
)

type object = map[string]any

// folder has PayPal's own OpenAPI documents.
const folder = "../../../../../shared/data/paypal"

// specs are the documents of orders and of payments.
func specs(t testing.TB) []*shapetest.Spec {
	return []*shapetest.Spec{shapetest.Load(t, filepath.Join(folder, "checkout_orders_v2.json")), shapetest.Load(t, filepath.Join(folder, "payments_payment_v2.json"))}
}

// standIn answers as PayPal does, as far as this gateway asks, with a book of
// its own. What it is asked and what it answers is held against the documents.
type standIn struct {
	t     *testing.T
	specs []*shapetest.Spec // none: nothing is checked
	base  string

	mu     sync.Mutex
	n      int
	orders map[string]object
	// what each order's page was to be like
	contexts map[string]string
	autos    map[string]object // authorisations and captures
	parent   map[any]object    // their orders
	of       map[any]any       // refunds' captures
	keys     map[string]kept
	token    string
	cert     []byte
	tokens   int
	lose     bool // the next change is made and not answered
	moved    int  // completions
	again    bool // the next completion wants the payer to agree once more
	fixed    bool // no order may be changed
}

type kept struct {
	status int
	body   []byte
}

func newStandIn(t *testing.T, specs []*shapetest.Spec) *standIn {
	s := &standIn{t: t, specs: specs, orders: map[string]object{}, contexts: map[string]string{}, autos: map[string]object{}, parent: map[any]object{}, of: map[any]any{}, keys: map[string]kept{}, token: "tok_supersecret"}
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.base = server.URL
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.URL.Path == "/v1/oauth2/token":
		s.serveToken(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/v1/notifications/certs/"):
		_, _ = w.Write(s.cert)
		return
	case r.Header.Get("Authorization") != "Bearer "+s.token:
		s.write(w, r, http.StatusUnauthorized, object{"name": "AUTHENTICATION_FAILURE", "message": "no", "debug_id": "d"})
		return
	}
	s.asked(r, body)
	key := r.Header.Get("PayPal-Request-Id")
	if first, ok := s.keys[r.URL.Path+" "+key]; ok && key != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(first.status)
		_, _ = w.Write(first.body)
		return
	}
	var in object
	if r.Method == http.MethodPatch {
		body = []byte(`{"patches":` + string(body) + `}`)
	}
	_ = json.Unmarshal(body, &in)
	status, answer := s.answer(r, in)
	if lose := s.lose && r.Method == http.MethodPost; lose {
		s.lose = false
		s.keep(r, key, status, answer)
		panic(http.ErrAbortHandler)
	}
	s.keep(r, key, status, answer)
	s.write(w, r, status, answer)
}

// keep remembers what was done under a key, but not refusals.
func (s *standIn) keep(r *http.Request, key string, status int, answer object) {
	if key != "" && status/100 == 2 {
		b, _ := json.Marshal(answer)
		s.keys[r.URL.Path+" "+key] = kept{http.StatusOK, b}
	}
}

func (s *standIn) serveToken(w http.ResponseWriter, r *http.Request) {
	s.tokens++
	if id, secret, _ := r.BasicAuth(); id != "client" || secret != clientSecret {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		return
	}
	_ = json.NewEncoder(w).Encode(object{"access_token": s.token, "expires_in": 3600, "token_type": "Bearer"})
}

func (s *standIn) spec(r *http.Request) *shapetest.Spec {
	for _, one := range s.specs {
		if one.Has(r.Method, r.URL.Path) {
			return one
		}
	}
	return nil
}

func (s *standIn) asked(r *http.Request, body []byte) {
	if len(s.specs) == 0 {
		return
	}
	one := s.spec(r)
	if one == nil {
		s.t.Errorf("PayPal has no %s %s", r.Method, r.URL.Path)
		return
	}
	if len(body) == 0 {
		return
	}
	if err := one.Request(r.Method, r.URL.Path, body); err != nil {
		s.t.Errorf("PayPal would not take %s %s %s: %v", r.Method, r.URL.Path, body, err)
	}
}

func (s *standIn) write(w http.ResponseWriter, r *http.Request, status int, answer object) {
	b, _ := json.Marshal(answer)
	if one := s.spec(r); one != nil && status != http.StatusNoContent {
		if err := one.Answer(r.Method, r.URL.Path, status, b); err != nil {
			s.t.Errorf("the stand-in answers %s %s as PayPal never would: %v\n%s", r.Method, r.URL.Path, err, b)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		_, _ = w.Write(b)
	}
}

func refused(issue string) (int, object) {
	return http.StatusUnprocessableEntity, object{"name": "UNPROCESSABLE_ENTITY", "message": "The requested action could not be performed, semantically incorrect, or failed business validation.", "debug_id": "d", "details": []any{object{"issue": issue}}}
}

func (s *standIn) name(prefix string) string {
	s.n++
	return prefix + strconv.Itoa(1_000_000_000+s.n)
}

func (s *standIn) answer(r *http.Request, in object) (int, object) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	last := parts[len(parts)-1]
	switch {
	case r.URL.Path == "/v2/checkout/orders":
		return http.StatusCreated, s.create(in)
	case parts[2] == "orders":
		o, ok := s.orders[parts[3]]
		if !ok {
			return http.StatusNotFound, object{"name": "RESOURCE_NOT_FOUND", "message": "The specified resource does not exist.", "debug_id": "d", "details": []any{object{"issue": "INVALID_RESOURCE_ID"}}}
		}
		if r.Method == http.MethodGet {
			return http.StatusOK, o
		}
		if r.Method == http.MethodPatch {
			return s.patch(o, in["patches"])
		}
		return s.complete(o, last)
	}
	a := s.autos[parts[3]]
	switch last {
	case "void":
		if a["status"] != "CREATED" {
			return refused("PREVIOUSLY_VOIDED")
		}
		a["status"] = "VOIDED"
		return http.StatusNoContent, nil
	case "capture":
		return s.capture(a, in)
	}
	return s.refund(a, in)
}

func (s *standIn) create(in object) object {
	id := s.name("5O")
	units, _ := in["purchase_units"].([]any)
	unit, _ := units[0].(object)
	unit["reference_id"], unit["payee"] = "default", object{"merchant_id": "MERCHANT23456"}
	o := object{"id": id, "intent": in["intent"], "status": "PAYER_ACTION_REQUIRED", "purchase_units": []any{unit}, "links": []any{
		object{"href": s.base + "/v2/checkout/orders/" + id, "rel": "self", "method": "GET"},
		object{"href": "https://www.sandbox.paypal.com/checkoutnow?token=" + id, "rel": "payer-action", "method": "GET"}}}
	s.orders[id] = o
	s.contexts[id] = fmt.Sprint(in["payment_source"])
	return o
}

// patch changes an order that was not completed.
func (s *standIn) patch(o object, changes any) (int, object) {
	if o["status"] != "APPROVED" && o["status"] != "PAYER_ACTION_REQUIRED" {
		s.t.Errorf("an order that is %v was patched", o["status"])
	}
	if s.fixed {
		return refused("AMOUNT_CHANGE_NOT_ALLOWED")
	}
	all, _ := changes.([]any)
	for _, one := range all {
		c, _ := one.(object)
		path, _ := c["path"].(string)
		in, name := o, strings.TrimPrefix(path, "/")
		if field, ok := strings.CutPrefix(path, "/purchase_units/@reference_id=='default'/"); ok {
			in, name = unitOf(o), field
		}
		if _, there := in[name]; !there || c["op"] != "replace" {
			s.t.Errorf("PayPal would not take the patch %v", c)
		}
		in[name] = c["value"]
	}
	return http.StatusNoContent, nil
}

// opens is the shopper who opens a wallet and lets it tell who they are. Where no
// address was asked for none is told.
func (s *standIn) opens(order string) {
	s.shopper(order)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[order]
	o["payment_source"] = object{"paypal": object{"email_address": "ada@example.com", "account_id": "PAYER23456789", "account_status": "VERIFIED",
		"name": object{"given_name": "Ada", "surname": "Beispiel"}, "phone_number": object{"national_number": "30901820"}}}
	o["payer"] = object{"email_address": "old@example.com", "phone": object{"phone_number": object{"country_code": "49", "national_number": "000"}}}
	if strings.Contains(s.contexts[order], "GET_FROM_FILE") {
		unitOf(o)["shipping"] = object{"name": object{"full_name": "Ada Beispiel-Muster"}, "address": object{"address_line_1": "Musterweg 1", "address_line_2": "Hof",
			"admin_area_2": "Berlin", "postal_code": "10115", "country_code": "DE"}}
	}
}

// shopper agrees on PayPal's page.
func (s *standIn) shopper(order string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[order]["status"] = "APPROVED"
}

func unitOf(o object) object {
	units, _ := o["purchase_units"].([]any)
	unit, _ := units[0].(object)
	return unit
}

func (s *standIn) complete(o object, verb string) (int, object) {
	unit := unitOf(o)
	amount, _ := unit["amount"].(object)
	switch {
	case o["status"] == "COMPLETED":
		return refused("ORDER_ALREADY_" + map[string]string{"authorize": "AUTHORIZED", "capture": "CAPTURED"}[verb])
	case o["status"] != "APPROVED":
		return refused("ORDER_NOT_APPROVED")
	case s.again:
		s.again = false
		o["status"] = "PAYER_ACTION_REQUIRED"
		status, no := refused("PAYER_ACTION_REQUIRED")
		no["links"] = []any{object{"href": "https://www.sandbox.paypal.com/checkoutnow?token=" + fmt.Sprint(o["id"]), "rel": "payer-action", "method": "GET"}}
		return status, no
	case amount["value"] == "66.60":
		return refused("TRANSACTION_REFUSED")
	}
	s.moved++
	o["status"] = "COMPLETED"
	made := object{"id": s.name("AU"), "status": "CREATED", "amount": amount, "custom_id": unit["custom_id"], "invoice_id": unit["invoice_id"]}
	if verb == "capture" {
		made["status"] = "COMPLETED"
		unit["payments"] = object{"captures": []any{made}}
	} else {
		unit["payments"] = object{"authorizations": []any{made}, "captures": []any{}, "refunds": []any{}}
	}
	s.autos[fmt.Sprint(made["id"])] = made
	s.parent[made["id"]] = o
	return http.StatusCreated, o
}

func (s *standIn) payments(id any) object {
	p, _ := unitOf(s.parent[id])["payments"].(object)
	return p
}

func cents(v any) int64 {
	a, _ := v.(object)
	n, _ := strconv.ParseInt(strings.ReplaceAll(fmt.Sprint(a["value"]), ".", ""), 10, 64)
	return n
}

func (s *standIn) capture(a, in object) (int, object) {
	if a["status"] != "CREATED" && a["status"] != "PARTIALLY_CAPTURED" {
		return refused("AUTHORIZATION_VOIDED")
	}
	p := s.payments(a["id"])
	captures, _ := p["captures"].([]any)
	taken := cents(in["amount"])
	for _, c := range captures {
		one, _ := c.(object)
		taken += cents(one["amount"])
	}
	if taken*100 > cents(a["amount"])*115 {
		return refused("MAX_CAPTURE_AMOUNT_EXCEEDED")
	}
	a["status"] = "PARTIALLY_CAPTURED"
	if taken >= cents(a["amount"]) {
		a["status"] = "CAPTURED"
	}
	made := object{"id": s.name("CA"), "status": "COMPLETED", "amount": in["amount"], "invoice_id": in["invoice_id"], "custom_id": a["custom_id"], "final_capture": in["final_capture"]}
	p["captures"] = append(captures, made)
	s.autos[fmt.Sprint(made["id"])] = made
	s.parent[made["id"]] = s.parent[a["id"]]
	return http.StatusCreated, made
}

func (s *standIn) refund(c, in object) (int, object) {
	p := s.payments(c["id"])
	refunds, _ := p["refunds"].([]any)
	given := cents(in["amount"])
	for _, r := range refunds {
		if one, _ := r.(object); s.of[one["id"]] == c["id"] {
			given += cents(one["amount"])
		}
	}
	if given > cents(c["amount"]) {
		return refused("REFUND_AMOUNT_EXCEEDED")
	}
	made := object{"id": s.name("RE"), "status": "COMPLETED", "amount": in["amount"], "invoice_id": in["invoice_id"], "custom_id": in["custom_id"],
		"links": []any{object{"href": s.base + "/v2/payments/captures/" + fmt.Sprint(c["id"]), "rel": "up", "method": "GET"}}}
	p["refunds"] = append(refunds, made)
	s.of[made["id"]] = c["id"]
	c["status"] = "PARTIALLY_REFUNDED"
	return http.StatusCreated, made
}

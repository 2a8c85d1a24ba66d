package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/fault"
	"korzo/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

var errLocked = fault.New(fault.Conflict, "mug.locked", "the mug is being paid; wait for its checkout")

type mugInput struct {
	ID    string `path:"id"`
	Limit int64  `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Body  struct {
		SKU      string `json:"sku" minLength:"1" doc:"Stock keeping unit"`
		Quantity int64  `json:"quantity" minimum:"1" maximum:"9999"`
		Lines    []line `json:"lines,omitempty" maxItems:"200"`
	}
}

type line struct {
	Colour string `json:"colour"`
	Weight int64  `json:"weight_grams,omitempty"`
}

type mugOutput struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

type shop struct {
	http.Handler
	log   *bytes.Buffer
	calls int
}

// newShop is an API with one operation that fails as the mug's id says.
func newShop(t *testing.T, o web.Options) *shop {
	t.Helper()
	s := &shop{log: &bytes.Buffer{}}
	mux := http.NewServeMux()
	api := web.NewAPI(mux, "/v1", web.Info{Title: "Mugs", Version: "1"})
	huma.Register(api, huma.Operation{
		OperationID: "put-mug", Method: http.MethodPut, Path: "/mugs/{id}", Summary: "Put a mug", Tags: []string{"Mugs"},
		RejectUnknownQueryParameters: true,
	}, func(ctx context.Context, in *mugInput) (*mugOutput, error) {
		s.calls++
		switch in.ID {
		case "locked":
			return nil, errLocked
		case "busy":
			return nil, web.RetryAfter(errLocked, 1500*time.Millisecond)
		case "broken":
			return nil, errors.New("table mugs is on fire")
		case "panics":
			panic("mug fell down")
		case "fields":
			return nil, web.WithFields(errLocked, web.Field{Field: "sku", Code: "mug.sku", Message: "not this one"})
		}
		return &mugOutput{}, nil
	})
	web.HandleProblems(mux)
	o.Log = slog.New(slog.NewTextHandler(s.log, nil))
	s.Handler = web.Chain(mux, o)
	return s
}

func send(t *testing.T, h http.Handler, method, path, body string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, path, nil)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func problem(t *testing.T, r *http.Response) web.Problem {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p web.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%d %s: %v", r.StatusCode, body, err)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a problem came as %q", got)
	}
	if p.Status != r.StatusCode || p.Type != "/problems/"+p.Code || p.RequestID != r.Header.Get("X-Request-Id") || p.Title == "" {
		t.Errorf("the problem does not agree with its answer: %+v, status %d, request id %q", p, r.StatusCode, r.Header.Get("X-Request-Id"))
	}
	return p
}

func TestProblems(t *testing.T) {
	const good = `{"sku":"MUG-RED","quantity":1}`
	big := `{"sku":"` + strings.Repeat("x", 1_100_000) + `","quantity":1}`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		code, says               string
		field                    string
	}{
		{"a conflict", "PUT", "/v1/mugs/locked", good, 409, "mug.locked", "wait for its checkout", ""},
		{"a conflict that passes", "PUT", "/v1/mugs/busy", good, 409, "mug.locked", "wait for its checkout", ""},
		{"a fault that names fields", "PUT", "/v1/mugs/fields", good, 409, "mug.locked", "", "sku"},
		{"an internal error tells nothing", "PUT", "/v1/mugs/broken", good, 500, "internal", "request id", ""},
		{"a panic tells nothing", "PUT", "/v1/mugs/panics", good, 500, "internal", "request id", ""},
		{"no JSON", "PUT", "/v1/mugs/1", "{\n\"sku\": MUG}", 400, "web.malformed", "line 2, column 8", ""},
		{"JSON cut short", "PUT", "/v1/mugs/1", `{"sku":"M`, 400, "web.malformed", "unexpected end", ""},
		{"two documents", "PUT", "/v1/mugs/1", good + good, 400, "web.malformed", "after top-level", ""},
		{"no body", "PUT", "/v1/mugs/1", "", 400, "web.body_missing", "at least {}", ""},
		{"null", "PUT", "/v1/mugs/1", "null", 422, "web.invalid", "expected object", ""},
		{"a list", "PUT", "/v1/mugs/1", "[]", 422, "web.invalid", "expected object", ""},
		{"an unknown field that is close", "PUT", "/v1/mugs/1", `{"sku":"M","quantty":1}`, 422, "web.unknown_field", `did you mean "quantity"?`, "quantity"},
		{"an unknown field far from all", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1,"unit_price":1}`, 422, "web.unknown_field", `unknown field "unit_price"`, "unit_price"},
		{"an unknown field in a list", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1,"lines":[{"color":"red"}]}`, 422, "web.unknown_field", `did you mean "lines[0].colour"?`, "lines[0].color"},
		{"a field in capitals", "PUT", "/v1/mugs/1", `{"SKU":"M","quantity":1}`, 422, "web.unknown_field", `did you mean "sku"?`, "SKU"},
		{"a missing field", "PUT", "/v1/mugs/1", `{"sku":"M"}`, 422, "web.invalid", "quantity: this field is required", "quantity"},
		{"a wrong type", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":"one"}`, 422, "web.invalid", "quantity: expected integer", "quantity"},
		{"a wrong type in a list", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1,"lines":[{"colour":"red"},{"colour":7}]}`, 422, "web.invalid", "lines[1].colour: expected string", "lines[1].colour"},
		{"quantity 0", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":0}`, 422, "web.invalid", ">= 1", "quantity"},
		{"quantity -1", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":-1}`, 422, "web.invalid", ">= 1", "quantity"},
		{"quantity 10⁹", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1000000000}`, 422, "web.invalid", "<= 9999", "quantity"},
		{"quantity 1.5", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1.5}`, 422, "web.invalid", "expected integer", "quantity"},
		{"quantity null", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":null}`, 422, "web.invalid", "expected integer", "quantity"},
		{"a number no float holds", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1e400}`, 422, "web.invalid", "too large", ""},
		{"a number no int64 holds", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1,"lines":[{"colour":"red","weight_grams":99999999999999999999}]}`, 422, "web.invalid", "too large", "lines[0].weight_grams"},
		{"a whole number with a point", "PUT", "/v1/mugs/1", `{"sku":"M","quantity":1,"lines":[{"colour":"red"},{"colour":"red","weight_grams":1.0}]}`, 422, "web.invalid", "without one", "lines[1].weight_grams"},
		{"the number of the whole with a point", "PUT", "/v1/mugs/1", `{"lines":[{"colour":"red"}],"sku":"M","quantity":1.0}`, 422, "web.invalid", "1.0 is written with a point", "quantity"},
		{"a query that nobody knows", "PUT", "/v1/mugs/1?limti=5", good, 422, "web.unknown_field", `unknown query parameter "limti"; did you mean "limit"?`, "query.limti"},
		{"a wrong query", "PUT", "/v1/mugs/1?limit=0", good, 422, "web.invalid", "query.limit", "query.limit"},
		{"a query that is no number", "PUT", "/v1/mugs/1?limit=x", good, 422, "web.invalid", "query.limit", "query.limit"},
		{"more than 1 MB", "PUT", "/v1/mugs/1", big, 413, "web.body_too_large", "1000000 bytes", ""},
		{"no such address", "GET", "/v1/cups", "", 404, "web.no_route", "/docs", ""},
		{"the wrong method", "POST", "/v1/mugs/1", good, 405, "web.method", "takes PUT", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, web.Options{})
			answer := send(t, s, c.method, c.path, c.body)
			p := problem(t, answer)
			if p.Status != c.status || p.Code != c.code || !strings.Contains(p.Detail, c.says) {
				t.Errorf("got %d %s %q\nwant %d %s … %q", p.Status, p.Code, p.Detail, c.status, c.code, c.says)
			}
			if c.field != "" && !slices.ContainsFunc(p.Errors, func(f web.Field) bool { return f.Field == c.field }) {
				t.Errorf("errors %+v do not name %q", p.Errors, c.field)
			}
			if handled := c.code == "internal" || strings.HasPrefix(c.code, "mug."); handled != (s.calls == 1) {
				t.Errorf("the operation ran %d times", s.calls)
			}
			if strings.Contains(p.Detail, "fire") || strings.Contains(p.Detail, "fell") {
				t.Error("the caller learnt what is ours to know")
			}
			if c.status == 500 && (strings.Count(s.log.String(), "level=ERROR") != 1 || !strings.Contains(s.log.String(), p.RequestID)) {
				t.Errorf("an internal error is logged once, with its request id: %s", s.log)
			}
			if c.status != 500 && strings.Contains(s.log.String(), "level=ERROR") {
				t.Errorf("a caller's mistake is no error of ours: %s", s.log)
			}
		})
	}
}

func TestAConflictThatPassesSaysWhen(t *testing.T) {
	answer := send(t, newShop(t, web.Options{}), "PUT", "/v1/mugs/busy", `{"sku":"M","quantity":1}`)
	if got := answer.Header.Values("Retry-After"); !slices.Equal(got, []string{"2"}) {
		t.Errorf("Retry-After %q, want one of 2", got)
	}
	if p := problem(t, answer); !p.Retryable {
		t.Error("what passes is retryable")
	}
}

func TestAnOtherContentTypeIsRefused(t *testing.T) {
	s := newShop(t, web.Options{})
	p := problem(t, send(t, s, "PUT", "/v1/mugs/1", "sku=M", "Content-Type", "application/x-www-form-urlencoded"))
	if p.Code != "web.content_type" || p.Status != 415 || s.calls != 0 {
		t.Errorf("got %+v after %d calls", p, s.calls)
	}
}

func TestAMillionMistakesAreAnsweredInAPage(t *testing.T) {
	s := newShop(t, web.Options{})
	body := `{"sku":"M","quantity":1,"lines":[` + strings.Repeat("0,", 400_000) + `0]}`
	p := problem(t, send(t, s, "PUT", "/v1/mugs/1", body))
	if len(p.Errors) != 20 || s.calls != 0 {
		t.Errorf("%d errors after %d calls", len(p.Errors), s.calls)
	}
}

func TestWrongValuesAreNotEchoed(t *testing.T) {
	answer := send(t, newShop(t, web.Options{}), "PUT", "/v1/mugs/1", `{"sku":"M","quantity":"4111111111111111"}`)
	body, _ := io.ReadAll(answer.Body)
	if bytes.Contains(body, []byte("4111")) {
		t.Errorf("echoed: %s", body)
	}
}

func TestTheDocsDescribeTheAPI(t *testing.T) {
	s := newShop(t, web.Options{})
	answer := send(t, s, "GET", "/v1/docs", "")
	page, _ := io.ReadAll(answer.Body)
	for _, want := range []string{"/v1/mugs/{id}", "Put a mug", "Stock keeping unit", "curl -X PUT", "weight_grams", "web.unknown_field"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(string(page), "<script") || strings.Contains(string(page), "https://") {
		t.Error("the page loads something foreign")
	}
	if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") {
		t.Errorf("the page's policy is %q", csp)
	}
	answer = send(t, s, "GET", "/v1/openapi.json", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]any
		Servers []struct{ URL string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) != 1 || doc.Paths["/mugs/{id}"] == nil || doc.Servers[0].URL != "/v1" {
		t.Errorf("got %+v", doc)
	}
}

func TestEveryProblemHasItsPage(t *testing.T) {
	s := newShop(t, web.Options{})
	for _, code := range []string{"web.unknown_field", "internal", "cart.locked"} {
		answer := send(t, s, "GET", "/problems/"+code, "")
		page, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != 200 || !strings.Contains(string(page), code) {
			t.Errorf("%s: %d", code, answer.StatusCode)
		}
	}
	if answer := send(t, s, "GET", "/problems/"+`<script>`, ""); answer.StatusCode != 404 {
		t.Errorf("what is no code has a page: %d", answer.StatusCode)
	}
}

package mask_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"korzo/platform/fault"
	"korzo/platform/mask"
)

const number = "4242 4242 4242 4242"

func TestALogLineHoldsNoCardNumberHoweverDeep(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(mask.Logs(slog.NewJSONHandler(&out, nil)))
	log.With("note", number).WithGroup("g").Info("paid with "+number, "error", errors.New("refused "+number), "n", int64(4242424242424242),
		slog.Group("deep", "text", "4242-4242-4242-4242"), "order", "2026-00000000000000042", "amount", 4242)
	if got := out.String(); strings.Contains(got, "4242 4242") || strings.Contains(got, "42424242") || strings.Contains(got, "4242-4242") {
		t.Errorf("the log tells a number: %s", got)
	}
	if got := out.String(); !strings.Contains(got, "2026-00000000000000042") || !strings.Contains(got, `"amount":4242`) {
		t.Errorf("something else is masked: %s", got)
	}
}

func TestWhatIsSentHoldsNoCardNumber(t *testing.T) {
	refusal := fault.New(fault.Invalid, "test.card", "no numbers")
	for _, c := range []struct {
		name, path, kind, body string
		status                 int
		want                   string // of the body; "" when it is refused
	}{
		{"JSON without one is passed on byte by byte", "/a", "application/json", `{ "note":"hello", "n":12345678901234 }`, 200, `{ "note":"hello", "n":12345678901234 }`},
		{"JSON with one is refused", "/a", "application/json", `{"note":"my card is 4242 4242 4242 4242"}`, 422, ""},
		{"deep in a list too", "/a", "application/json; charset=utf-8", `{"lines":[{"metadata":{"x":["4242424242424242"]}}]}`, 422, ""},
		{"written with escapes too", "/a", "application/json", `{"note":"\u0034242424242424242"}`, 422, ""},
		{"as a name too", "/a", "", `{"4242424242424242":1}`, 422, ""},
		{"half a document too", "/a", "application/json", `{"note":"4242424242424242`, 422, ""},
		{"a barcode is another kind of number", "/a", "application/json", `{"barcode":"4242424242424242"}`, 200, `{"barcode":"4242424242424242"}`},
		{"a form goes on with asterisks", "/a", "application/x-www-form-urlencoded", "name=Ada&note=pay+4242+4242+4242+4242", 200, "name=Ada&note=pay+%2A%2A%2A%2A+%2A%2A%2A%2A+%2A%2A%2A%2A+4242"},
		{"a form without one is as it was", "/a", "application/x-www-form-urlencoded", "b=1&a=22222222222222", 200, "b=1&a=22222222222222"},
		{"a search goes on with asterisks", "/a?q=4242+4242+4242+4242", "", "", 200, ""},
		{"a file is not looked into", "/a", "text/csv", "4242424242424242", 200, "4242424242424242"},
		{"a gateway's notice is its own", "/callbacks/payments/x", "application/json", `{"x":"4242424242424242"}`, 200, `{"x":"4242424242424242"}`},
	} {
		var got, query string
		h := mask.Requests(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			got, query = string(body), r.URL.RawQuery
		}), refusal)
		r := httptest.NewRequest("POST", c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || got != c.want || strings.Contains(query, "4242+4242") || strings.Contains(w.Body.String(), "4242 4242") {
			t.Errorf("%s: %d, body %q, query %q, said %s", c.name, w.Code, got, query, w.Body)
		}
	}
}

// Package mask keeps card numbers out of what is written down: of logs, and of
// what people and programs send.
//
// No page and no API of the shop takes a card number; card fields are the
// gateway's own. People paste one all the same: into a note, a message, an
// address, a search. So every request passes Requests before anything reads it.
// A program that sends one is told so, and nothing is kept; a form or an address
// goes on with the number's digits replaced by asterisks, all but the last four,
// so that nobody loses what else they wrote. Logs writes log lines likewise.
//
// What a number looks like is value/card's to say. Fields that hold long numbers
// of another kind, such as barcodes, are named here and left alone: they have
// checks of their own.
//
// Never true: a body changed that holds no number; a number repeated in the
// refusal.
package mask

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"korzo/platform/web"
	"korzo/value/card"
)

// Logs returns a handler that masks card numbers in messages and attributes,
// however deep, and hands the rest to h.
func Logs(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ slog.Handler }

// Handle masks one line.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, card.Mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(masked(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs masks attributes that every line will bear.
func (h handler) WithAttrs(all []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(all))
	for i, a := range all {
		clean[i] = masked(a)
	}
	return handler{h.Handler.WithAttrs(clean)}
}

// WithGroup opens a group.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

func masked(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, card.Mask(v.String()))
	case slog.KindGroup:
		var parts []any
		for _, part := range v.Group() {
			parts = append(parts, masked(part))
		}
		return slog.Group(a.Key, parts...)
	case slog.KindAny, slog.KindInt64, slog.KindUint64:
		if text := v.String(); card.Has(text) {
			return slog.String(a.Key, card.Mask(text))
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// own reports whether a field holds long numbers of another kind, which has a
// check of its own, or is refused by who reads it.
func own(field string) bool {
	field = strings.ToLower(field)
	for _, word := range []string{"barcode", "gtin", "tracking", "serial", "instrument"} {
		if strings.Contains(field, word) {
			return true
		}
	}
	return false
}

// Requests refuses JSON with a card number in it with refusal, and masks those
// in forms and addresses. Other bodies (files, gateways' notices) pass as they
// are, JSON that is a file too: files are those paths that end in /files.
func Requests(next http.Handler, refusal error) http.Handler {
	refused := web.Handler(func(http.ResponseWriter, *http.Request) error { return refusal })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.RawQuery) >= 14 {
			r.URL.RawQuery = query(r.URL.RawQuery)
		}
		if r.Body == nil || r.Body == http.NoBody || strings.HasPrefix(r.URL.Path, "/callbacks/") || strings.HasSuffix(r.URL.Path, "/files") {
			next.ServeHTTP(w, r)
			return
		}
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		switch strings.TrimSpace(strings.ToLower(kind)) {
		case "application/x-www-form-urlencoded":
			if body, ok := whole(r); ok {
				give(r, []byte(query(string(body))))
			}
		case "", "application/json", "application/merge-patch+json":
			if body, ok := whole(r); ok && told(body) {
				refused.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// whole reads a body and puts it back. One that cannot be read whole is put back
// as far as it came, with its error, for who reads it next to answer.
func whole(r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		r.Body = rest{io.MultiReader(bytes.NewReader(body), failing{err}), r.Body}
		return nil, false
	}
	give(r, body)
	return body, true
}

func give(r *http.Request, body []byte) {
	r.Body, r.ContentLength = rest{bytes.NewReader(body), r.Body}, int64(len(body))
}

// rest is a body that was read before.
type rest struct {
	io.Reader
	io.Closer
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// query masks the values of a query or a form, and leaves one without a number
// as it was written.
func query(raw string) string {
	if digits(raw) < 12 {
		return raw
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return card.Mask(raw)
	}
	found := false
	for name, all := range values {
		for i, v := range all {
			if !own(name) && card.Has(v) {
				all[i], found = card.Mask(v), true
			}
		}
	}
	if !found {
		return raw
	}
	return values.Encode()
}

func digits(text string) (n int) {
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n
}

// told reports whether JSON holds a card number in a field that is not of
// another kind. What is no JSON is judged as text.
func told(body []byte) bool {
	if digits(string(body)) < 12 {
		return false
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return card.Has(string(body))
	}
	return holds("", v)
}

func holds(field string, v any) bool {
	switch v := v.(type) {
	case string:
		return !own(field) && card.Has(v)
	case []any:
		for _, part := range v {
			if holds(field, part) {
				return true
			}
		}
	case map[string]any:
		for name, part := range v {
			if card.Has(name) || holds(name, part) {
				return true
			}
		}
	}
	return false
}

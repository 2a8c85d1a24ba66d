package bank

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/value/money"
)

// Handler is the bank's API, and the page on which a shopper proves who they are.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/payments", b.merchant(b.serveAuthorize))
	mux.Handle("GET /v1/payments/{reference}", b.merchant(b.serveFind))
	mux.Handle("POST /v1/payments/{reference}/capture", b.merchant(b.serveChange("capture")))
	mux.Handle("POST /v1/payments/{reference}/refund", b.merchant(b.serveChange("refund")))
	mux.Handle("POST /v1/payments/{reference}/void", b.merchant(b.serveVoid))
	mux.Handle("GET /v1/book", b.merchant(b.serveBook))
	mux.Handle("GET /challenge/{id}", web.Handler(b.serveChallenge))
	mux.Handle("POST /challenge/{id}", web.Handler(b.serveProof))
	return http.MaxBytesHandler(mux, 1<<16)
}

// merchant lets in who knows the account's secret.
func (b *Bank) merchant(h web.Handler) http.Handler {
	return web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		account, secret, _ := r.BasicAuth()
		if account != b.config.Account || subtle.ConstantTimeCompare([]byte(secret), []byte(b.config.Secret)) != 1 {
			return errSecret
		}
		return h(w, r)
	})
}

func (b *Bank) serveAuthorize(w http.ResponseWriter, r *http.Request) error {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Reference == "" || o.Amount <= 0 {
		return errAmount
	}
	name := strings.TrimPrefix(o.Instrument, "sandbox:")
	if name == TimeoutBefore {
		return b.silence(r.Context())
	}
	p, err := b.authorize(r.Context(), o)
	if err != nil {
		return err
	}
	switch name {
	case TimeoutAfter:
		return b.silence(r.Context())
	case ErrorAfter:
		w.WriteHeader(http.StatusInternalServerError)
		return nil
	case Garbage:
		_, err := w.Write([]byte(`{"state":"autho`))
		return err
	}
	return answer(w, p)
}

// silence hangs, then breaks the line without an answer.
func (b *Bank) silence(ctx context.Context) error {
	timer := time.NewTimer(b.config.Silence)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	panic(http.ErrAbortHandler)
}

func (b *Bank) serveFind(w http.ResponseWriter, r *http.Request) error {
	p, err := b.find(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	return answer(w, p)
}

func (b *Bank) serveChange(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Key    string `json:"key"`
			Amount int64  `json:"amount"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Key == "" || in.Amount <= 0 {
			return errAmount
		}
		name := ""
		if kind == "refund" {
			name = b.manner(r.Context(), r.PathValue("reference"))
		}
		if name == RefundLost {
			if _, heard := b.lost.LoadOrStore(in.Key, true); !heard {
				return b.silence(r.Context())
			}
		}
		if name == RefundDecline {
			return errRefund
		}
		p, err := b.change(r.Context(), kind, r.PathValue("reference"), in.Key, in.Amount)
		if err != nil {
			return err
		}
		if name == RefundSilent {
			return b.silence(r.Context())
		}
		return answer(w, p)
	}
}

// manner is the instrument of a reference, which says how its refunds go.
func (b *Bank) manner(ctx context.Context, reference string) string {
	p, _ := b.find(ctx, reference)
	return strings.TrimPrefix(p.instrument, "sandbox:")
}

func (b *Bank) serveVoid(w http.ResponseWriter, r *http.Request) error {
	p, err := b.void(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	return answer(w, p)
}

func (b *Bank) serveBook(w http.ResponseWriter, r *http.Request) error {
	book, err := b.Book(r.Context())
	if err != nil {
		return err
	}
	return answer(w, book)
}

// Book is everything the bank knows: the truth that a shop is checked against.
func (b *Bank) Book(ctx context.Context) (book []Payment, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		for after := ""; ; {
			page, err := selectBook(ctx, tx, after)
			book = append(book, page...)
			if err != nil || len(page) < batch {
				return err
			}
			after = page[len(page)-1].Reference
		}
	})
	return book, err
}

func answer(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}

var page = template.Must(template.New("challenge").Parse(`<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Sandbox bank</title>
<style>:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:26rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:.25rem 0 1rem}form{display:grid;gap:.75rem;margin-top:1.5rem}
button{font:inherit;min-height:3rem;border-radius:.5rem;border:1px solid currentColor;background:none;color:inherit;cursor:pointer}
button.yes{background:#0b5d3b;border-color:#0b5d3b;color:#fff}small{opacity:.75}</style>
<main><h1>Sandbox bank</h1>{{if .Open}}<p>Is it you who pays <strong>{{.Amount}} {{.Currency}}</strong>? This bank is none, and no money moves.</p>
<form method="post"><button class="yes" name="answer" value="yes">Yes, pay</button><button name="answer" value="no">No, decline</button></form>
<p><small>Without an answer the payment is approved in a few seconds, as a sleepy tester would.</small></p>
{{else}}<p>This payment is {{.State}}.</p><p><a href="{{.Return}}">Back to the shop</a></p>{{end}}</main>`))

func (b *Bank) serveChallenge(w http.ResponseWriter, r *http.Request) error {
	var p Payment
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		p, err = selectByID(r.Context(), tx, r.PathValue("id"))
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return page.Execute(w, map[string]any{"Open": p.State == "action_required", "State": p.State, "Amount": money.Of(p.Amount, money.Currency(p.Currency)).Decimal(),
		"Currency": p.Currency, "Return": p.returnURL})
}

func (b *Bank) serveProof(w http.ResponseWriter, r *http.Request) error {
	p, err := b.prove(r.Context(), r.PathValue("id"), r.FormValue("answer") == "yes")
	if err != nil {
		return err
	}
	http.Redirect(w, r, p.returnURL, http.StatusSeeOther)
	return nil
}

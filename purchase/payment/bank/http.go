package bank

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/web"
)

// Handler is the bank's API, and its pages for people.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	if b.config.Second {
		b.secondRoutes(mux)
	} else {
		mux.Handle("POST /v1/payments", b.merchant(b.serveAuthorize))
		mux.Handle("GET /v1/payments/{reference}", b.merchant(b.serveFind))
		mux.Handle("POST /v1/payments/{reference}/capture", b.merchant(b.serveChange("capture")))
		mux.Handle("POST /v1/payments/{reference}/refund", b.merchant(b.serveChange("refund")))
		mux.Handle("POST /v1/payments/{reference}/void", b.merchant(b.serveVoid))
		mux.Handle("POST /v1/kept/forget", b.merchant(b.serveForget))
	}
	mux.Handle("GET /v1/plans", b.merchant(b.servePlans))
	mux.Handle("POST /v1/scripts", b.merchant(b.serveScript))
	mux.Handle("GET /v1/book", b.merchant(b.serveBook))
	b.walletRoutes(mux)
	b.pageRoutes(mux)
	return http.MaxBytesHandler(b.open(mux), 1<<16)
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
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Reference == "" || (o.Amount <= 0) != (o.Kind == keepKind) {
		return errAmount
	}
	p, err := b.take(r.Context(), o)
	if err != nil {
		return err
	}
	switch b.outcome(r.Context(), o) {
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

// take enters an order in the book, or loses it.
func (b *Bank) take(ctx context.Context, o order) (Payment, error) {
	if b.outcome(ctx, o) == TimeoutBefore {
		return Payment{}, b.silence(ctx)
	}
	return b.authorize(ctx, o)
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
	return strings.TrimPrefix(p.instrument, prefix)
}

func (b *Bank) serveVoid(w http.ResponseWriter, r *http.Request) error {
	p, err := b.void(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	return answer(w, p)
}

// servePlans tells how a sum may be paid with the card of an instrument.
func (b *Bank) servePlans(w http.ResponseWriter, r *http.Request) error {
	amount, err := strconv.ParseInt(r.FormValue("amount"), 10, 64)
	if err != nil || amount <= 0 {
		return errAmount
	}
	return answer(w, plansOf(read(r.FormValue("instrument")).card, amount))
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

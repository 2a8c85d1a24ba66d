package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/wire"
)

func call(ctx context.Context, t *testing.T, url string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("secret=1"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire.Client().Do(r)
	if err == nil {
		_, err = io.ReadAll(w.Body)
		_ = w.Body.Close()
	}
	if err != nil {
		err = wire.Classify(err)
	}
	return err
}

func TestOnlyWhatLeftCanBeSilence(t *testing.T) {
	var reached atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Store(true)
		_, _ = io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/break":
			panic(http.ErrAbortHandler)
		case "/long":
			_, _ = io.Copy(w, io.LimitReader(zeros{}, 2<<20))
		case "/away":
			http.Redirect(w, r, "/hang", http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler()) // of a certificate nobody trusts
	defer secure.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	ended, stop := context.WithCancel(t.Context())
	stop()
	short, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	for _, c := range []struct {
		name, url string
		ctx       context.Context
		want      error
	}{
		{"no answer in time", server.URL + "/hang", short, payment.ErrUnknown},
		{"nobody listens", gone.URL, t.Context(), wire.ErrUnsent},
		{"no trusted certificate", secure.URL, t.Context(), wire.ErrUnsent},
		{"our time was over before", server.URL + "/never", ended, wire.ErrUnsent},
		{"the line breaks", server.URL + "/break", t.Context(), payment.ErrUnknown},
		{"an answer without end", server.URL + "/long", t.Context(), payment.ErrUnknown},
		{"a redirect is not followed", server.URL + "/away", t.Context(), nil},
	} {
		if err := call(c.ctx, t, c.url); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if !reached.Load() {
		t.Error("the server was never called")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

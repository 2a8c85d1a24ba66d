package web_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"korzo/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type benchInput struct {
	ID    string `path:"id"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type benchProduct struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Price int64  `json:"price"`
}

type benchOutput struct {
	Body struct {
		Data []benchProduct `json:"data"`
	}
}

type rawOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// BenchmarkGet compares an operation behind the whole chain with a bare
// handler that writes the same bytes: what the chain and huma cost.
func BenchmarkGet(b *testing.B) {
	var out benchOutput
	for range 20 {
		out.Body.Data = append(out.Body.Data, benchProduct{"prd_01j0000000000000000000000", "A red mug with a white handle", 12900})
	}
	bytes, _ := json.Marshal(out.Body)

	mux := http.NewServeMux()
	api := web.NewAPI(mux, "/v1", web.Info{Title: "Mugs", Version: "1"})
	huma.Register(api, huma.Operation{OperationID: "json", Method: "GET", Path: "/json/{id}"},
		func(context.Context, *benchInput) (*benchOutput, error) { return &out, nil })
	huma.Register(api, huma.Operation{OperationID: "bytes", Method: "GET", Path: "/bytes/{id}"},
		func(context.Context, *benchInput) (*rawOutput, error) {
			return &rawOutput{"application/json", bytes}, nil
		})
	mux.HandleFunc("GET /v1/plain/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(bytes)
	})
	bare := http.NewServeMux()
	bare.HandleFunc("GET /v1/plain/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(bytes)
	})
	full := web.Chain(mux, web.Options{Log: slog.New(slog.DiscardHandler)})
	for _, c := range []struct {
		name string
		h    http.Handler
		path string
	}{
		{"bare", bare, "/v1/plain/1?limit=20"},
		{"chain", full, "/v1/plain/1?limit=20"},
		{"chain+huma, bytes", full, "/v1/bytes/1?limit=20"},
		{"chain+huma, json", full, "/v1/json/1?limit=20"},
	} {
		b.Run(c.name+"/handler", func(b *testing.B) {
			r := httptest.NewRequest("GET", c.path, nil)
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(discard{http.Header{}}, r)
			}
		})
		b.Run(c.name+"/loopback", func(b *testing.B) {
			server := httptest.NewServer(c.h)
			defer server.Close()
			client := server.Client()
			b.ReportAllocs()
			for b.Loop() {
				answer, err := client.Get(server.URL + c.path)
				if err != nil || answer.StatusCode != 200 {
					b.Fatal(answer, err)
				}
				answer.Body.Close()
			}
		})
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

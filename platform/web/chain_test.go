package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"korzo/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

func chained(o web.Options, h http.HandlerFunc) (http.Handler, *bytes.Buffer) {
	log := &bytes.Buffer{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	mux := http.NewServeMux()
	mux.Handle("/carts/{id}", h)
	return web.Chain(mux, o), log
}

func TestTheAccessLogKeepsSecrets(t *testing.T) {
	h, log := chained(web.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short")
	})
	answer := send(t, h, "GET", "/carts/cart_secret?token=hidden", "", "X-Request-ID", "trace-12345")
	for _, want := range []string{"id=trace-12345", "route=/carts/{id}", "status=418", "bytes=5", "us="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "hidden") {
		t.Errorf("a capability got into the log: %s", log)
	}
	if got := answer.Header.Get("X-Request-Id"); got != "trace-12345" {
		t.Errorf("the request id came back as %q", got)
	}
}

func TestRequestIDs(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		kept       bool
	}{
		{"a well-formed id is kept", "0af7651916cd43dd8448eb211c80319c", true},
		{"none is made up for", "", false},
		{"a short one is replaced", "1", false},
		{"a long one is replaced", strings.Repeat("a", 65), false},
		{"one with a line break is replaced", "abcdefgh\nlevel=ERROR", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen string
			h, _ := chained(web.Options{}, func(w http.ResponseWriter, r *http.Request) { seen = web.RequestID(r.Context()) })
			r := httptest.NewRequest("GET", "/carts/1", nil)
			if c.sent != "" {
				r.Header["X-Request-Id"] = []string{c.sent}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := w.Header().Get("X-Request-Id")
			if got != seen || (got == c.sent) != c.kept || len(got) < 8 {
				t.Errorf("sent %q, handler saw %q, answer bore %q", c.sent, seen, got)
			}
		})
	}
}

func TestHeadersThatProtect(t *testing.T) {
	h, _ := chained(web.Options{HTTPS: true}, func(w http.ResponseWriter, r *http.Request) {})
	got := send(t, h, "GET", "/carts/1", "").Header
	for name, want := range map[string]string{
		"X-Content-Type-Options":    "nosniff",
		"Referrer-Policy":           "strict-origin-when-cross-origin",
		"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
		"Strict-Transport-Security": "max-age=31536000",
		"Vary":                      "Accept-Encoding",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	page := web.Chain(web.WithCSP(http.NotFoundHandler(), "default-src 'self'"), web.Options{Log: slog.New(slog.DiscardHandler)})
	if got := send(t, page, "GET", "/", "").Header; got.Get("Content-Security-Policy") != "default-src 'self'" || got.Get("Strict-Transport-Security") != "" {
		t.Errorf("a page's own policy: %v", got)
	}
}

func TestLongAnswersAreCompressed(t *testing.T) {
	for _, c := range []struct {
		name, accept, encoding string
		size                   int
		compressed             bool
	}{
		{"long and asked for", "", "gzip, br", 5000, true},
		{"short", "", "gzip", 500, false},
		{"not asked for", "", "", 5000, false},
		{"an event stream", "text/event-stream", "gzip", 5000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, log := chained(web.Options{}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				io.WriteString(w, strings.Repeat("a", c.size))
			})
			answer := send(t, h, "GET", "/carts/1", "", "Accept", c.accept, "Accept-Encoding", c.encoding)
			body, _ := io.ReadAll(answer.Body)
			if got := answer.Header.Get("Content-Encoding") == "gzip"; got != c.compressed {
				t.Fatalf("compressed: %v", got)
			}
			if !strings.Contains(log.String(), fmt.Sprintf("bytes=%d ", len(body))) {
				t.Errorf("%d bytes left, the log says %s", len(body), log)
			}
			if c.compressed {
				z, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				body, _ = io.ReadAll(z)
			}
			if len(body) != c.size {
				t.Errorf("%d bytes arrived", len(body))
			}
		})
	}
}

func TestAPanicBehindHalfAnAnswerIsNotMixedIntoIt(t *testing.T) {
	h, log := chained(web.Options{}, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		panic("mug fell")
	})
	p := problem(t, send(t, h, "GET", "/carts/1", "", "Accept-Encoding", "gzip")) // half is still in the compressor
	if p.Status != 500 || strings.Count(log.String(), "msg=panic") != 1 || !strings.Contains(log.String(), "chain_test.go") {
		t.Errorf("%+v, log %s", p, log)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	plain := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	answer, err := plain.Get(server.URL + "/carts/1")
	if err != nil {
		return // cut before the header: also no mixture
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", body)
	}
}

func TestABodyPastTheLimitIsAProblemOnPagesToo(t *testing.T) {
	h, _ := chained(web.Options{MaxBody: 100}, web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return r.ParseForm()
	}).ServeHTTP)
	p := problem(t, send(t, h, "POST", "/carts/1", strings.Repeat("a", 101), "Content-Type", "application/x-www-form-urlencoded"))
	if p.Status != 413 || p.Code != "web.body_too_large" || !strings.Contains(p.Detail, "100 bytes") {
		t.Errorf("got %+v", p)
	}
}

// A handler may take longer than a client may take to send its body.
func TestReadingABodyLeavesNoDeadlineBehind(t *testing.T) {
	mux := http.NewServeMux()
	api := web.NewAPI(mux, "/v1", web.Info{Title: "Slow", Version: "1"})
	huma.Register(api, huma.Operation{OperationID: "slow", Method: "POST", Path: "/slow"},
		func(ctx context.Context, _ *struct{ Body struct{} }) (*struct{}, error) {
			select {
			case <-ctx.Done():
				t.Error("the request was cancelled")
			case <-time.After(100 * time.Millisecond):
			}
			return nil, nil
		})
	server := httptest.NewServer(web.Chain(mux, web.Options{BodyTime: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	answer, err := http.Post(server.URL+"/v1/slow", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Errorf("answered %d", answer.StatusCode)
	}
}

func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	mux := http.NewServeMux()
	api := web.NewAPI(mux, "/v1", web.Info{Title: "Slow", Version: "1"})
	huma.Register(api, huma.Operation{OperationID: "slow", Method: "POST", Path: "/slow"},
		func(context.Context, *struct{ Body struct{} }) (*struct{}, error) { return nil, errors.New("ran") })
	server := httptest.NewServer(web.Chain(mux, web.Options{BodyTime: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	body, stuck := io.Pipe()
	defer stuck.Close()
	answer, err := http.Post(server.URL+"/v1/slow", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if p := problem(t, answer); p.Status != 408 || p.Code != "web.timeout" || !p.Retryable {
		t.Errorf("%+v", p)
	}
}

func TestPagesAnswerErrorsWithPages(t *testing.T) {
	pages := web.Pages(func(w http.ResponseWriter, r *http.Request, p *web.Problem) error {
		_, err := fmt.Fprintf(w, "<h1>%d %s</h1>", p.Status, p.Code)
		return err
	})
	h, log := chained(web.Options{}, pages.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.PathValue("id") == "bug" {
			return errors.New("on fire")
		}
		return errLocked
	}).ServeHTTP)
	for id, want := range map[string]string{"1": "<h1>409 mug.locked</h1>", "bug": "<h1>500 internal</h1>"} {
		answer := send(t, h, "GET", "/carts/"+id, "")
		body, _ := io.ReadAll(answer.Body)
		if string(body) != want || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s", id, body)
		}
	}
	if strings.Count(log.String(), "on fire") != 1 {
		t.Errorf("log: %s", log)
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	posted := 0
	h, _ := chained(web.Options{}, web.SameOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posted++ })).ServeHTTP)
	if p := problem(t, send(t, h, "POST", "/carts/1", "a=b", "Sec-Fetch-Site", "cross-site")); p.Code != "web.cross_origin" || p.Status != 403 {
		t.Errorf("got %+v", p)
	}
	send(t, h, "POST", "/carts/1", "a=b", "Sec-Fetch-Site", "same-origin")
	if posted != 1 {
		t.Errorf("posted %d times, want once", posted)
	}
}

func TestAnOpenDoorTakesCallsFromOtherSites(t *testing.T) {
	served := 0
	h, _ := chained(web.Options{}, web.AnyOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ })).ServeHTTP)
	asked := send(t, h, "OPTIONS", "/carts/1", "", "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
	if asked.StatusCode != 204 || served != 0 || !strings.Contains(asked.Header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
		t.Errorf("asked first: %d %v, served %d", asked.StatusCode, asked.Header, served)
	}
	called := send(t, h, "POST", "/carts/1", "{}", "Origin", "https://elsewhere.example")
	if called.Header.Get("Access-Control-Allow-Origin") != "*" || called.Header.Get("Access-Control-Allow-Credentials") != "" || served != 1 {
		t.Errorf("called: %v, served %d", called.Header, served)
	}
	if own := send(t, h, "POST", "/carts/1", "{}"); own.Header.Get("Access-Control-Allow-Origin") != "" || served != 2 {
		t.Errorf("from no page: %v, served %d", own.Header, served)
	}
}

func TestOnlyTheDoorsThatAreNamedAreOpenToOtherSites(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shop/carts", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /staff/carts", func(http.ResponseWriter, *http.Request) {})
	h := web.OpenDoors(mux, "/shop/")
	for path, want := range map[string]string{"/shop/carts": "*", "/staff/carts": ""} {
		for _, method := range []string{"OPTIONS", "POST"} {
			got := send(t, h, method, path, "", "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
			if is := got.Header.Get("Access-Control-Allow-Origin"); is != want {
				t.Errorf("%s %s: %q, want %q", method, path, is, want)
			}
		}
	}
}

func TestCookies(t *testing.T) {
	for _, c := range []struct {
		https bool
		want  string
	}{
		{true, "__Host-session=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		{false, "session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
	} {
		var read string
		h, _ := chained(web.Options{HTTPS: c.https}, func(w http.ResponseWriter, r *http.Request) {
			web.SetCookie(w, r, "session", "abc", time.Minute)
			read = web.Cookie(r, "session")
		})
		cookie := send(t, h, "GET", "/carts/1", "").Header.Get("Set-Cookie")
		if cookie != c.want {
			t.Errorf("https %v: %s", c.https, cookie)
		}
		send(t, h, "GET", "/carts/1", "", "Cookie", strings.Split(cookie, ";")[0])
		if read != "abc" {
			t.Errorf("https %v: read back %q", c.https, read)
		}
	}
}

func TestTheClientsAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, remote, forwarded, want string
		proxies                       []netip.Prefix
	}{
		{"no proxy", "203.0.113.9:5000", "198.51.100.1", "203.0.113.9", nil},
		{"a stranger's header", "203.0.113.9:5000", "198.51.100.1", "203.0.113.9", proxies},
		{"a proxy's header", "10.0.0.1:5000", "198.51.100.1", "198.51.100.1", proxies},
		{"what the client wrote itself does not count", "10.0.0.1:5000", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1", proxies},
		{"a broken header", "10.0.0.1:5000", "me", "10.0.0.1", proxies},
		{"IPv6", "[2001:db8::1]:5000", "", "2001:db8::1", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			h, _ := chained(web.Options{TrustedProxies: c.proxies}, func(w http.ResponseWriter, r *http.Request) { got = web.ClientIP(r) })
			r := httptest.NewRequest("GET", "/carts/1", nil)
			r.RemoteAddr = c.remote
			r.Header.Set("X-Forwarded-For", c.forwarded)
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAFloodIsSlowedDown(t *testing.T) {
	served := 0
	limit := web.NewLimit(3, time.Hour)
	h, _ := chained(web.Options{}, limit.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ })).ServeHTTP)
	for range 3 {
		if answer := send(t, h, "GET", "/carts/1", ""); answer.StatusCode != 200 || answer.Header.Get("RateLimit-Limit") != "3" {
			t.Fatalf("%d %v", answer.StatusCode, answer.Header)
		}
	}
	answer := send(t, h, "GET", "/carts/1", "")
	p := problem(t, answer)
	if p.Code != "web.limited" || p.Status != 429 || !p.Retryable || answer.Header.Get("RateLimit-Remaining") != "0" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%+v %v", p, answer.Header)
	}
	if served != 3 {
		t.Errorf("served %d", served)
	}
}

func TestServeLetsRequestsFinishAndEndsStreams(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	entered := make(chan string, 2)
	release := make(chan struct{})
	h := web.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- r.URL.Path
		if r.URL.Path == "/stream" {
			<-r.Context().Done()
			return
		}
		<-release
		if r.Context().Err() != nil {
			t.Error("a request under way was cancelled")
		}
		io.WriteString(w, "done")
	}), web.Options{Log: slog.New(slog.DiscardHandler)})
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, l, h) }()

	get := func(path, accept string) <-chan string {
		got := make(chan string, 1)
		r, _ := http.NewRequest("GET", "http://"+l.Addr().String()+path, nil)
		r.Header.Set("Accept", accept)
		go func() {
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				got <- err.Error()
				return
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			got <- string(body)
		}()
		return got
	}
	page, stream := get("/page", "text/html"), get("/stream", "text/event-stream")
	<-entered
	<-entered
	stop()
	if got := <-stream; got != "" {
		t.Errorf("the stream ended with %q", got)
	}
	close(release)
	if got := <-page; got != "done" {
		t.Errorf("the page was %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

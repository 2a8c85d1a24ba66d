package desk_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// noPage are addresses of the admin that no link leads to, with the reason.
var noPage = map[string]string{
	"/documents/": "a file",
	".css":        "a style sheet",
	"/events":     "a stream",
	"/body":       "a frame of its page",
	"/label":      "a file",
	"/files/":     "a file",
	"/file":       "a file",
	".csv":        "a table",
	".json":       "a file",
	"/exports/{":  "a file",
}

// isAlike says whether a page is one that another list has too: the changes of
// products are walked for those of all.
func isAlike(path string) bool {
	return strings.HasPrefix(path, "/admin/lists/") && !strings.HasPrefix(path, "/admin/lists/products/")
}

// visited is a page of the admin: its route, and one address that has it.
type visited struct{ pattern, at string }

// Every page of the admin can be read by everybody: axe finds nothing, nothing
// is wider than the screen at 320 px, in the light and in the dark, and its
// scripts run. The table is the router's own: a new page is walked unasked.
func TestEveryPageOfTheAdminLetsEverybodyIn(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the pages of the admin are walked in the full run")
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	token := signedIn(t, w, report.StaffEmail)
	pages := everyPage(t, w, token, furnish(t, w, token)...)
	if len(pages) < 60 {
		t.Errorf("only %d pages were found", len(pages))
	}
	browser := browser(t, 8*time.Minute)
	outside := []visited{{"sign-in", "/admin/sign-in"}, {"forgot", "/admin/forgot"}, {"join", "/admin/join?token=x"}}
	if only := os.Getenv("KORZO_PAGE"); only != "" {
		some := regexp.MustCompile(only)
		pages = slices.DeleteFunc(pages, func(p visited) bool { return !some.MatchString(p.pattern) })
	}
	anybody := tab(browser, t, w.Shop.URL)
	for _, p := range outside {
		anybody.open(p.at)
		anybody.look(p.pattern)
	}
	tabs := make(chan *desk, 3)
	for range cap(tabs) {
		d := tab(browser, t, w.Shop.URL)
		d.enter(token)
		tabs <- d
	}
	t.Run("page", func(t *testing.T) {
		for _, p := range pages {
			name := strings.Trim(strings.NewReplacer("/admin", "admin", "/", "-", "{", "", "}", "").Replace(p.pattern), "-")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := <-tabs
				defer func() { tabs <- d }()
				mine := &desk{t: t, ctx: d.ctx, base: d.base}
				mine.open(p.at)
				mine.look(name)
			})
		}
	})
}

var href = regexp.MustCompile(`href="(/admin[^"#]*)`)

// everyPage follows the admin's links from its own routes, until each route has
// an address; a route that cannot be reached is an error.
func everyPage(t *testing.T, w *apptest.World, token string, more ...string) (pages []visited) {
	t.Helper()
	mux := http.NewServeMux()
	seen := map[string]int{}
	queue := more
	for _, pattern := range append(w.App.Admin.Patterns(), "GET /admin/assets/", "GET /admin/v1/") {
		path, isGet := strings.CutPrefix(pattern, "GET ")
		if !isGet {
			continue
		}
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
		if !strings.Contains(path, "{") && !strings.HasSuffix(path, "/") {
			queue = append(queue, path)
		}
	}
	queue = append(queue, "/admin/nowhere")
	for i := 0; i < len(queue); i++ {
		if isFile(queue[i]) || isAlike(queue[i]) || strings.Contains(queue[i], "/exports/") {
			continue
		}
		body, kind := fetch(t, w, token, queue[i])
		if !strings.HasPrefix(kind, "text/html") {
			continue
		}
		u, err := url.Parse(queue[i])
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: u})
		if strings.TrimPrefix(pattern, "GET ") != "" && !slices.ContainsFunc(pages, func(p visited) bool { return p.pattern == strings.TrimPrefix(pattern, "GET ") }) {
			pages = append(pages, visited{strings.TrimPrefix(pattern, "GET "), queue[i]})
		}
		for _, m := range href.FindAllStringSubmatch(body, -1) {
			at := html.UnescapeString(m[1])
			u, err := url.Parse(at)
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			_, to := mux.Handler(&http.Request{Method: http.MethodGet, URL: u})
			if seen[to] < 4 && !slices.Contains(queue, at) && strings.Contains(to, "{") { // some orders have what others lack
				seen[to]++
				queue = append(queue, at)
			}
		}
	}
	for _, pattern := range w.App.Admin.Patterns() {
		path, isGet := strings.CutPrefix(pattern, "GET ")
		if isGet && !slices.ContainsFunc(pages, func(p visited) bool { return p.pattern == path }) && !isFile(path) && !isAlike(path) {
			t.Errorf("no link leads to %s: the demo has none of it, or nobody can find it", path)
		}
	}
	return pages
}

func isFile(path string) bool {
	for part := range noPage {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func fetch(t *testing.T, w *apptest.World, token, path string) (body, kind string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Shop.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "admin", Value: token})
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got.StatusCode >= 500 {
		t.Errorf("%s: %d", path, got.StatusCode)
	}
	return string(b), got.Header.Get("Content-Type")
}

package ui_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"korzo/ui"
)

func TestAnAssetIsNamedByItsContentAndKept(t *testing.T) {
	a := ui.NewAsset("/assets/", "shop.css", "a{}", "b{}")
	b := ui.NewAsset("/assets/", "shop.css", "a{}", "c{}")
	if a.URL == b.URL || !strings.HasPrefix(a.URL, "/assets/shop.") || !strings.HasSuffix(a.URL, ".css") {
		t.Fatalf("%s and %s", a.URL, b.URL)
	}
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{{a.URL, 200, "a{}\nb{}"}, {b.URL, 404, ""}, {"/assets/shop.css", 404, ""}} {
		w := httptest.NewRecorder()
		ui.Handler(a).ServeHTTP(w, httptest.NewRequest("GET", c.path, nil))
		if w.Code != c.status || c.status == 200 && (w.Body.String() != c.body || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") ||
			w.Header().Get("Content-Type") != "text/css; charset=utf-8") {
			t.Errorf("%s: %d %q %v", c.path, w.Code, w.Body, w.Header())
		}
	}
}

// Every role that a style uses is a token, and every token is used.
func TestStylesSpeakInTokens(t *testing.T) {
	css := ui.CSS()
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(--[a-z0-9-]+):`).FindAllStringSubmatch(css, -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)\)`).FindAllStringSubmatch(css, -1) {
		if !defined[m[1]] {
			t.Errorf("%s is no token", m[1])
		}
	}
	_, components, _ := strings.Cut(css, "/* button */")
	if m := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).FindString(components); m != "" {
		t.Errorf("a component names the colour %s instead of a role", m)
	}
	light, dark, _ := strings.Cut(css, "prefers-color-scheme: dark")
	for _, role := range regexp.MustCompile(`(--[a-z-]+): #`).FindAllStringSubmatch(light, -1) {
		if !strings.Contains(dark, role[1]+": #") {
			t.Errorf("%s has no dark value", role[1])
		}
	}
}

func TestAFieldThatIsWrongSaysSoToEverybody(t *testing.T) {
	var page strings.Builder
	f := ui.Input{Name: "email", Label: "E-mail", Value: `"><b>`, Error: "Write it like name@example.com", Hint: "For the receipt", Type: "email", Required: true}
	if err := ui.Field(f).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<label for="f-email">`, `aria-invalid="true"`, `aria-describedby="f-email-error f-email-hint"`,
		`id="f-email-error"`, `id="f-email-hint"`, ` required`, `type="email"`, "&#34;&gt;&lt;b&gt;"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %s in %s", want, page.String())
		}
	}
	page.Reset()
	f.Error, f.Options = "", []ui.Option{{Value: "a", Label: "A"}, {Value: `"><b>`, Label: "B"}}
	if err := ui.Field(f).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), `<option value="&#34;&gt;&lt;b&gt;" selected>B</option>`) || strings.Contains(page.String(), "f-email-error") {
		t.Error(page.String())
	}
}

package admin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever ui draws is looked at: the living page has each of its components.
func TestTheLivePageDrawsEveryComponentThereIs(t *testing.T) {
	page, err := os.ReadFile("ui.templ")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../ui/*")
	if err != nil {
		t.Fatal(err)
	}
	made, found := regexp.MustCompile(`(?m)^(?:templ ([A-Z]\w*)\(|func ([A-Z]\w*)\(.*\) templ\.Component \{)`), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_templ.go") || filepath.Ext(file) == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made.FindAllStringSubmatch(string(text), -1) {
			found++
			if name := m[1] + m[2]; !strings.Contains(string(page), "@ui."+name+"(") {
				t.Errorf("the living page has no %s", name)
			}
		}
	}
	if found < 23 {
		t.Errorf("only %d components were found", found)
	}
}

// What the shop's pages are made of is ui's, so that none of it is missing on the
// living page: no page of a door draws one of its own.
func TestTheShopDrawsNoPieceOfItsOwn(t *testing.T) {
	pieces := regexp.MustCompile(`class=(?:"|\{ ")(choice|product|gallery|gallery-strip|drawer|consent|prior|stock|badge|alert|field quantity)(?:"| choice)`)
	for _, folder := range []string{"../../channel/storefront/*.templ", "../../channel/storefront/widget/*.templ"} {
		files, err := filepath.Glob(folder)
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pieces.FindAllStringSubmatch(string(text), -1) {
				t.Errorf("%s draws a %s; ui has one", file, m[1])
			}
		}
	}
}

// Each piece is drawn at rest and in what may become of it, three times: light,
// dark and in a theme.
func TestTheLivePageShowsPiecesInTheirStates(t *testing.T) {
	each(t, func(w *world) {
		body := w.get("/admin/ui").Body.String()
		for _, state := range []string{`type="radio" name="light-choice" value="rest"`, `value="chosen" checked`, `value="disabled" disabled`, `type="checkbox" name="light-box"`,
			`aria-describedby="f-light-wrong-error" aria-invalid="true"`, `required`, `aria-busy="true"`, `class="no-picture"`, `class="prior small quiet"`, `class="stock stock-warning"`,
			`<video controls`, `<dialog class="drawer" aria-label="A drawer beside the page light" open`, `class="consent-do"`, `class="input line-quantity"`, `aria-describedby="ui-light-few"`} {
			if !strings.Contains(body, state) {
				t.Errorf("nothing is drawn as %s", state)
			}
			if dark := strings.ReplaceAll(state, "light", "dark"); !strings.Contains(body, dark) {
				t.Errorf("nothing is drawn as %s", dark)
			}
		}
	})
}

// A drawing that is made is looked at: the living page holds them all.
func TestTheLivePageShowsEveryIconThereIs(t *testing.T) {
	text, err := os.ReadFile("../../ui/component.templ")
	if err != nil {
		t.Fatal(err)
	}
	cases := regexp.MustCompile(`case "([a-z]+)":`).FindAllStringSubmatch(string(text), -1)
	if len(cases) < 20 {
		t.Fatalf("only %d drawings were found", len(cases))
	}
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c[1]
	}
	each(t, func(w *world) { w.is(w.get("/admin/ui"), 200, names...) })
}

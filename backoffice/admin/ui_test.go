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
	if found < 13 {
		t.Errorf("only %d components were found", found)
	}
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

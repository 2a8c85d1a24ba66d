package admin_test

import (
	"os"
	"regexp"
	"testing"
)

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

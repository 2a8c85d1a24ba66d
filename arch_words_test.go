package korzo

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	quotedText = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`")
	messageID  = regexp.MustCompile(`[a-z0-9_.]+`)
)

// Nothing is written for nobody: each message of a domain is named in code, whole
// or put together from parts that stand there. Those of the doors are held by
// stricter tests of their own.
func TestEveryMessageIsSaidBySomebody(t *testing.T) {
	parts, messages := map[string]bool{}, map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir() && strings.HasPrefix(path, "bin"):
			return err
		case strings.HasSuffix(path, ".en.json"):
			return readMessages(path, messages)
		case strings.HasPrefix(path, "value/address/data/"): // it tells what countries call their regions and codes
		case strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ"):
			return nil
		}
		text, err := os.ReadFile(path)
		spoken := quotedText.FindAll(text, -1)
		if strings.HasSuffix(path, ".tsv") {
			spoken = [][]byte{bytes.ToLower(text)}
		}
		for _, quoted := range spoken {
			for _, part := range messageID.FindAll(quoted, -1) {
				parts[string(part)] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) < 200 {
		t.Errorf("only %d messages were found", len(messages))
	}
	for _, id := range slices.Sorted(maps.Keys(messages)) {
		if !isSaid(id, parts) {
			t.Errorf("%s: nobody says %s", messages[id], id)
		}
	}
	for id, said := range map[string]bool{"checkout.say.cart.empty": true, "checkout.say.nobodys_business": false, "rule.never_thought_of": false} {
		if isSaid(id, parts) != said {
			t.Errorf("%s is said: %v", id, !said)
		}
	}
}

func readMessages(path string, into map[string]string) error {
	if strings.HasPrefix(path, "channel/storefront/") || strings.HasPrefix(path, "backoffice/admin/") {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for id := range all {
		into[id] = path
	}
	return nil
}

// isSaid says whether an id stands in code, or is put together there: of a
// beginning that ends with a dot or a dash below and a rest that is said, or of a
// part with an ending.
func isSaid(id string, parts map[string]bool) bool {
	if parts[id] {
		return true
	}
	for i := range id {
		if id[i] != '.' && id[i] != '_' {
			continue
		}
		if parts[id[:i+1]] && isSaid(id[i+1:], parts) || parts[id[:i]] && parts[id[i:]] {
			return true
		}
	}
	return false
}

// A statement about what people see is shown by tests that there are.
func TestEveryStatementIsShownByATestThatThereIs(t *testing.T) {
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("docs/journeys.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(text), -1)
	if len(named) < 60 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !tests[name] {
			t.Errorf("docs/journeys.md names %s, and there is none", name)
		}
	}
}

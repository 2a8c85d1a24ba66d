package admin_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"korzo/backoffice/admin"
	"korzo/customer/visitor"
	"korzo/delivery/sourcing"
	"korzo/platform/i18n"
)

// Every text stands in three languages with the same blanks, is used by a page,
// and every text a page uses is there.
func TestEveryMessageIsInThreeLanguagesAndUsed(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(admin.Messages); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		if strings.Contains(missing, "admin.") {
			t.Error(missing)
		}
	}
	used, begun := usedKeys(t)
	for _, key := range words.Keys() {
		if !strings.HasPrefix(key, "admin.") || used[key] {
			continue
		}
		known := false
		for prefix := range begun {
			known = known || strings.HasPrefix(key, prefix)
		}
		if !known {
			t.Errorf("%s is used nowhere", key)
		}
	}
	for key := range used {
		if !words.Locale().Has(key) && !noMessages[key] {
			t.Errorf("%s is used and not there", key)
		}
	}
}

// What a trigger may speak of has a name that merchants read.
func TestEveryFactOfATriggerHasAName(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(admin.Messages); err != nil {
		t.Fatal(err)
	}
	for _, f := range visitor.Facts() {
		if !words.Locale().Has("admin.fact." + f.Name) {
			t.Errorf("admin.fact.%s is not there", f.Name)
		}
	}
}

// noMessages look like keys and are codes of failures or names of files.
var noMessages = map[string]bool{"admin.not_again": true, "admin.css": true, "admin.js": true, "admin.form": true, "admin.again": true, "admin.no_page": true,
	"admin.product.create.form": true, "admin.erase": true, "admin.payment_filter": true,
	"admin.percent_range": true, "admin.no_price": true, "admin.nowhere": true, "admin.no_file": true,
	"admin.when": true, "admin.whole": true, "admin.begins": true, "admin.own_prices": true, "admin.retired": true}

var (
	literal  = regexp.MustCompile(`\.T\("(admin\.[a-z0-9_.]+)"|"(admin\.[a-z0-9_.]+)"`)
	wordKind = regexp.MustCompile(`\.words?\("([a-z_]+)"|tabs\("[a-z]+", "[a-z.]+", "([a-z]+)"`)
)

// usedKeys are the keys that stand in the sources, and the beginnings of those
// that are made.
func usedKeys(t *testing.T) (used, begun map[string]bool) {
	t.Helper()
	used, begun = map[string]bool{}, map[string]bool{}
	files, err := fs.Glob(os.DirFS("."), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".templ") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range literal.FindAllStringSubmatch(string(text), -1) {
			key := found[1] + found[2]
			if strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_") {
				begun[key] = true
			} else {
				used[key] = true
			}
		}
		for _, found := range wordKind.FindAllStringSubmatch(string(text), -1) {
			begun["admin."+found[1]+found[2]+"."] = true
		}
	}
	return used, begun
}

// What a decision of sourcing may say can be read in every language.
func TestEveryReasonOfSourcingHasItsWords(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(admin.Messages); err != nil {
		t.Fatal(err)
	}
	for _, key := range sourcing.Reasons() {
		if !words.Locale().Has("admin.sourcing.say." + key) {
			t.Errorf("admin.sourcing.say.%s is not there", key)
		}
	}
}

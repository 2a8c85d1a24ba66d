package korzo

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
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

// How German and Hungarian are not written: words are a law's or a dictionary's,
// and one thing has one name.
var misspoken = map[string][]struct {
	what string
	rule *regexp.Regexp
}{
	"de": {
		{`addresses its reader as "du"`, word(`du|dich|dir|dein\p{L}*|euch|schreib|gib|nimm|lies|sieh|nenne|wähle|öffne|klicke|prüfe|behebe|ändere|lösche`)},
		{"has a second name for a thing (Geschenkkarte, Zahlungsart, Paketdienst)", word(`Gutschein\p{L}*|Zahlart\p{L}*|Frachtführer\p{L}*|Versender\p{L}*`)},
	},
	"hu": {
		{"has an article that depends on what is inserted", regexp.MustCompile("(?i)(^|[^\\p{L}])(a|az) [„`(]?\\{|[aA]\\(z\\)")},
		{"has an ending that depends on what is inserted", regexp.MustCompile(`\}\}-\p{L}`)},
		{`addresses its reader as "te"`, word(`mutasd|nézd|kattints|válassz|írd|írj|töltsd|próbáld|nyisd|mentsd|kérj|hagyd|tedd|jelöld|adj|add|ellenőrizd|töröld|küldd|olvasd|keress|neked|téged`)},
		{"has a second name for a thing (jóváírás, vázlat, kedvezménykód, átvételi pont)", word(`bolti egyenleg\p{L}*|piszkozat\p{L}*|kuponkód\p{L}*|átvevőpont\p{L}*`)},
	},
}

func word(any string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[^\p{L}])(` + any + `)($|[^\p{L}])`)
}

// Whoever reads German is "Sie", whoever reads Hungarian "Ön", and no Hungarian
// sentence is right or wrong by what stands in its gaps.
func TestGermanAndHungarianTextsAreWellSpoken(t *testing.T) {
	read := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "/messages/") && !strings.Contains(path, "/templates/") || !strings.HasSuffix(path, ".json") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var all any
		if err := json.Unmarshal(text, &all); err != nil {
			return err
		}
		lang := strings.TrimPrefix(regexp.MustCompile(`\.(de|hu)\.json$`).FindString(path), ".")
		spoken(all, strings.TrimSuffix(lang, ".json"), path, func(lang, id, text string) {
			read++
			for _, flaw := range flawsOf(lang, id, text) {
				t.Errorf("%s: %s %s: %s", path, id, flaw, text)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 9000 {
		t.Errorf("only %d texts were read", read)
	}
	for text, flawed := range map[string]bool{"A {{.Number}} rendelés": true, "{{.Percent}}-a": true, "Írd be": true, "Ma {{.Count}} rendelés": false} {
		if len(flawsOf("hu", "", text)) > 0 != flawed {
			t.Errorf("%q is flawed: %v", text, !flawed)
		}
	}
}

// spoken visits the texts of a file with their language, which a file of all
// languages names by a key.
func spoken(value any, lang, id string, visit func(lang, id, text string)) {
	switch v := value.(type) {
	case string:
		visit(lang, id, v)
	case map[string]any:
		for key, inner := range v {
			if key == "en" || key == "de" || key == "hu" {
				spoken(inner, key, id, visit)
			} else {
				spoken(inner, lang, key, visit)
			}
		}
	}
}

func flawsOf(lang, id, text string) (all []string) {
	for _, m := range misspoken[lang] {
		if m.rule.MatchString(text) && id != "shop.price.from" { // -tól is right for every currency we know
			all = append(all, m.what)
		}
	}
	begins := regexp.MustCompile(`^(\{\{[^}]*\}\})*`).ReplaceAllString(text, "")
	if first, _ := utf8.DecodeRuneInString(begins); unicode.IsLower(first) && (id == "preview" || id == "intro" && lang == "hu") {
		all = append(all, "does not begin with a capital")
	}
	return all
}

// A page's own styles use the roles of ui and their own, and no name that stands
// for nothing: a browser leaves such a line out and says so to nobody.
func TestStylesUseRolesThatThereAre(t *testing.T) {
	ours, used := regexp.MustCompile(`(--[a-z0-9-]+)\s*:`), regexp.MustCompile(`var\((--[a-z0-9-]+)`)
	for _, door := range []string{"channel/storefront", "backoffice/admin"} {
		var files []string
		for _, dir := range []string{"ui/css", door} {
			found, err := filepath.Glob(dir + "/*.css")
			if err != nil || len(found) == 0 {
				t.Fatalf("%s: %d styles, %v", dir, len(found), err)
			}
			files = append(files, found...)
		}
		roles, wanted := map[string]bool{}, map[string]string{}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range ours.FindAllSubmatch(text, -1) {
				roles[string(m[1])] = true
			}
			for _, m := range used.FindAllSubmatch(text, -1) {
				wanted[string(m[1])] = name
			}
		}
		for role, name := range wanted {
			if !roles[role] {
				t.Errorf("%s uses %s, which nothing defines", name, role)
			}
		}
	}
}

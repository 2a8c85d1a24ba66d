package i18n_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"korzo/platform/i18n"
)

type complaint struct{ language, id string }

// loaded returns our catalog with some messages, and what it complains of.
func loaded(t *testing.T) (*i18n.Catalog, *[]complaint) {
	t.Helper()
	c := i18n.Load()
	var heard []complaint
	c.OnMissing = func(language, id string) { heard = append(heard, complaint{language, id}) }
	add(t, c, map[string]string{
		"messages/test.en.json": `{
			"greeting": "Hello, {{.Name}}!",
			"plain": "Good day",
			"items": {"one": "{{.Count}} item", "other": "{{.Count}} items"},
			"only.english": "English only",
			"deep": {"er": "Nested"},
			"loud": "{{printf \"%03d\" .Number}}"
		}`,
		"messages/test.de.json": `{
			"greeting": "Hallo, {{ .Name }}!",
			"plain": "Guten Tag",
			"items": {"one": "{{.Count}} Artikel hier", "other": "{{.Count}} Artikel"}
		}`,
		"messages/test.hu.json": `{
			"greeting": "Szia, {{.Name}}!",
			"plain": "Jó napot",
			"items": {"one": "{{.Count}} tétel", "other": "{{.Count}} tétel van"}
		}`,
	})
	return c, &heard
}

func add(t *testing.T, c *i18n.Catalog, texts map[string]string) {
	t.Helper()
	if err := c.Add(folder(texts)); err != nil {
		t.Fatal(err)
	}
}

func folder(texts map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestT(t *testing.T) {
	for _, tt := range []struct {
		name     string
		language string
		id       string
		args     []any
		want     string
		heard    []complaint
	}{
		{"a plain message", "de", "plain", nil, "Guten Tag", nil},
		{"a name and its value", "hu", "greeting", []any{"Name", "Éva"}, "Szia, Éva!", nil},
		{"a map", "de", "greeting", []any{map[string]any{"Name": "Ada"}}, "Hallo, Ada!", nil},
		{"markup is left to the page", "en", "greeting", []any{"Name", "<b>"}, "Hello, <b>!", nil},
		{"a template in a value stays as it is", "en", "greeting", []any{"Name", "{{.Secret}}"}, "Hello, {{.Secret}}!", nil},
		{"one", "en", "items", []any{"Count", 1}, "1 item", nil},
		{"many", "en", "items", []any{"Count", 5}, "5 items", nil},
		{"none", "de", "items", []any{"Count", 0}, "0 Artikel", nil},
		{"one in German", "de", "items", []any{"Count", int64(1)}, "1 Artikel hier", nil},
		{"one in Hungarian", "hu", "items", []any{"Count", 1}, "1 tétel", nil},
		{"nested", "en", "deep.er", nil, "Nested", nil},
		{"a template that does more", "en", "loud", []any{"Number", 7}, "007", nil},
		{"a value of another type", "en", "greeting", []any{"Name", 2.5}, "Hello, 2.5!", nil},
		{"superfluous arguments do no harm", "en", "plain", []any{"Name", "x"}, "Good day", nil},

		{"missing in German is read in English", "de", "only.english", nil, "English only", []complaint{{"de", "only.english"}}},
		{"missing everywhere is its id", "hu", "no.such", nil, "[no.such]", []complaint{{"hu", "no.such"}}},
		{"a value that is missing", "en", "greeting", nil, "Hello, !", []complaint{{"en", "greeting"}}},
		{"a name without its value", "en", "greeting", []any{"Name"}, "[greeting]", []complaint{{"en", "greeting"}}},
		{"a value without its name", "en", "greeting", []any{1, 2}, "[greeting]", []complaint{{"en", "greeting"}}},
		{"half a pair too many", "en", "greeting", []any{"Name", "Ada", "Age"}, "[greeting]", []complaint{{"en", "greeting"}}},
		{"a count that is no number", "en", "items", []any{"Count", struct{}{}}, "[items]", []complaint{{"en", "items"}}},
		{"a value that panics", "en", "loud", []any{"Number", bomb{}}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, heard := loaded(t)
			got := c.Locale(tt.language).T(tt.id, tt.args...)
			if got != tt.want && tt.want != "" || got == "" {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if tt.want != "" && !slices.Equal(*heard, tt.heard) {
				t.Errorf("complaints %v, want %v", *heard, tt.heard)
			}
		})
	}
}

type bomb struct{}

func (bomb) String() string { panic("boom") }

func (bomb) Format(fmt.State, rune) { panic("boom") }

func TestTheZeroLocaleSpeaks(t *testing.T) {
	var l i18n.Locale
	if got := l.T("plain", "Name", 1); got != "[plain]" {
		t.Errorf("%q", got)
	}
	if l.Tag() != "en" || l.Has("plain") || l.Number(1234) != "1,234" || l.Country("DE") != "Germany" {
		t.Error("the zero Locale is not plain English")
	}
	(&i18n.Catalog{}).Locale("de").Number(1)
}

func TestLocaleIsNegotiated(t *testing.T) {
	c := i18n.Load()
	for _, tt := range []struct {
		name string
		tags []string
		want string
	}{
		{"nothing asked for", nil, "en"},
		{"an exact tag", []string{"hu"}, "hu"},
		{"a regional tag", []string{"de-AT"}, "de"},
		{"an underscore", []string{"hu_HU"}, "hu"},
		{"a header", []string{"fr-FR, de;q=0.8, en;q=0.5"}, "de"},
		{"weights count", []string{"en;q=0.1, hu;q=0.9"}, "hu"},
		{"an explicit choice beats the header", []string{"hu", "de-DE,de;q=0.9"}, "hu"},
		{"no choice leaves it to the header", []string{"", "de-DE,de;q=0.9"}, "de"},
		{"a language we do not speak", []string{"ja"}, "en"},
		{"then the next", []string{"ja", "de"}, "de"},
		{"anything will do", []string{"*"}, "en"},
		{"nonsense", []string{"%%%", ";;q=", "hu"}, "hu"},
		{"a header without end", []string{strings.Repeat("hu,", 100_000), "de"}, "de"},
	} {
		if got := c.Locale(tt.tags...).Tag(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAddRefusesAndAddsNothing(t *testing.T) {
	for name, tt := range map[string]struct{ file, text, says string }{
		"broken JSON":               {"a.en.json", `{"plain": `, "JSON"},
		"an empty file":             {"a.en.json", ``, "empty"},
		"no language in its name":   {"a.json", `{"x": "y"}`, "name.LANGUAGE.json"},
		"a language without a home": {"a.fr.json", `{"x": "y"}`, "name.LANGUAGE.json"},
		"an id twice in a file":     {"z.en.json", `{"x.new": {"other": "new"}, "x.more": "more", "x.new": "newer"}`, `"x.new" is there twice`},
		"an id that is there":       {"z.en.json", `{"x.new": "new", "field.city": "Town"}`, `"field.city" is there already`},
		"a single value":            {"a.en.json", `"x"`, "key-values"},
	} {
		t.Run(name, func(t *testing.T) {
			c := i18n.Load()
			before := c.Keys()
			err := c.Add(folder(map[string]string{tt.file: tt.text, "a_first.en.json": `{"first": "First"}`}))
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tt.file) {
				t.Errorf("error %v, want %q", err, tt.says)
			}
			if !slices.Equal(c.Keys(), before) {
				t.Errorf("added %v in spite of it", c.Keys())
			}
		})
	}
}

func TestLaterLookupsSeeAddedMessages(t *testing.T) {
	c := i18n.Load()
	l := c.Locale("hu")
	if got := l.T("door.open"); got != "[door.open]" {
		t.Errorf("%q", got)
	}
	add(t, c, map[string]string{"deep/down/door.hu.json": `{"door.open": "nyitva"}`, "readme.txt": "no message"})
	if got := l.T("door.open"); got != "nyitva" {
		t.Errorf("%q", got)
	}
	if !slices.Contains(c.Keys(), "door.open") {
		t.Error("Keys lacks door.open")
	}
}

func TestMissingFindsWhatIsIncomplete(t *testing.T) {
	c := i18n.Load()
	if missing := c.Missing(); missing != nil {
		t.Fatalf("our own messages are incomplete: %v", missing)
	}
	add(t, c, map[string]string{
		"a.en.json": `{"whole": "a {{.X}}", "plural": {"one": "1", "other": "n"}, "filled": "{{ .A }} {{.B}}", "english": "e"}`,
		"a.de.json": `{"whole": "b {{ .X }}", "plural": {"other": "n"}, "filled": "{{.A}} {{.B}}"}`,
		"a.hu.json": `{"whole": "{{.X}} c", "plural": {"one": "1", "other": "n"}, "filled": "{{.A}}", "english": "m"}`,
	})
	want := []string{"de: english", "de: plural (one)", "hu: filled {{.B}}"}
	if got := c.Missing(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAddBesideLookups(t *testing.T) {
	c, _ := loaded(t)
	c.OnMissing = nil
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				if got := c.Locale("en").T("items", "Count", n+2); got != fmt.Sprintf("%d items", n+2) {
					t.Errorf("%q", got)
				}
			}
			add(t, c, map[string]string{"x.en.json": fmt.Sprintf(`{"x%d": "x"}`, i)})
		})
	}
	all.Wait()
	for i := range 8 {
		if !c.Locale().Has(fmt.Sprintf("x%d", i)) {
			t.Errorf("x%d was lost", i)
		}
	}
}

func BenchmarkT(b *testing.B) {
	c := i18n.Load()
	if err := c.Add(folder(map[string]string{"a.en.json": `{"a": "Plain", "b": "Hello, {{.Name}}", "c": {"one": "{{.Count}} item", "other": "{{.Count}} items"}}`})); err != nil {
		b.Fatal(err)
	}
	l := c.Locale("en")
	for name, say := range map[string]func(){
		"plain":  func() { l.T("a") },
		"filled": func() { l.T("b", "Name", "Ada") },
		"plural": func() { l.T("c", "Count", 3) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				say()
			}
		})
	}
}

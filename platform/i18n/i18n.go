// Package i18n says things in the reader's language: messages with plurals,
// money, numbers, dates, countries; in English, German and Hungarian.
//
// Messages live in JSON files, one a language, embedded by the package that
// shows them ("messages/storefront.de.json") and brought in by Catalog.Add.
// A message is an id and a text with {{.Names}}, or one text per plural form
// (CLDR's one, other …) chosen by the argument Count.
//
// T never panics and never returns nothing. A message missing in a language is
// read in English; one missing everywhere is its id in brackets; both are told
// to Catalog.OnMissing. Catalog.Missing lists what is incomplete, for a test.
//
// How amounts and dates look is our own small table, not the machine's: the
// same on every server, fast enough for every line of every page.
package i18n

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed messages/*.json
var ours embed.FS

// Languages are the tags of the languages there are; the first is the default.
var Languages = []string{"en", "de", "hu"}

// Catalog holds messages. It is safe for concurrent use, Add included; set
// OnMissing before the first look-up.
type Catalog struct {
	// OnMissing hears of every look-up that found no message or could not fill
	// it in. Nil ignores them.
	OnMissing func(language, id string)

	adding sync.Mutex
	now    atomic.Pointer[edition]
}

// edition is all messages at one time. It never changes.
type edition struct {
	ready  map[string]map[string]message // language → id
	leaves []leaf
	speaks map[string]*i18n.Localizer
}

// leaf is a file that was read. It never changes.
type leaf struct {
	file  *i18n.MessageFile
	ready []message
}

// known holds what was read of each file, by the checksum of its name and
// text: the shops of one process, as tests open them, say the same.
var known sync.Map // [sha256.Size]byte → leaf

// Load returns a catalog with the messages of this package: fields, problems
// of addresses, common words. It panics when they are malformed.
func Load() *Catalog {
	c := &Catalog{}
	c.now.Store(&edition{ready: map[string]map[string]message{}})
	if err := c.Add(ours); err != nil {
		panic(err)
	}
	return c
}

// Add brings in every file named *.LANGUAGE.json of files; later look-ups see
// them. It refuses, adding nothing, a malformed file, a language that is not
// in Languages, and an id that is there already.
func (c *Catalog) Add(files fs.FS) error {
	c.adding.Lock()
	defer c.adding.Unlock()
	var added []leaf
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".json") {
			return err
		}
		l, err := parse(files, name)
		if err != nil {
			return fmt.Errorf("add messages of %s: %w", name, err)
		}
		added = append(added, l)
		return nil
	})
	if err != nil {
		return err
	}
	next, err := c.now.Load().with(added)
	if err != nil {
		return err
	}
	c.now.Store(next)
	return nil
}

func parse(files fs.FS, name string) (leaf, error) {
	parts := strings.Split(path.Base(name), ".")
	if len(parts) < 2 || !slices.Contains(Languages, parts[len(parts)-2]) {
		return leaf{}, fmt.Errorf("no known language in its name: call it name.LANGUAGE.json with one of %s", strings.Join(Languages, ", "))
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return leaf{}, err
	}
	if len(text) == 0 {
		return leaf{}, errors.New("empty file")
	}
	sum := sha256.Sum256(slices.Concat([]byte(name+"\n"), text))
	if l, ok := known.Load(sum); ok {
		return l.(leaf), nil
	}
	if id := twice(text); id != "" {
		return leaf{}, fmt.Errorf("%q is there twice", id)
	}
	l := leaf{}
	if l.file, err = i18n.ParseMessageFileBytes(text, name, nil); err != nil {
		return leaf{}, err
	}
	for _, m := range l.file.Messages {
		l.ready = append(l.ready, compile(m))
	}
	known.Store(sum, l)
	return l, nil
}

// twice returns an id that a file has two messages of, which a decoder would
// pass over, or "".
func twice(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return "" // whoever parses it says what is wrong
	}
	seen := map[string]bool{}
	for d.More() {
		id, err := d.Token()
		name, ok := id.(string)
		if err != nil || !ok || d.Decode(new(json.RawMessage)) != nil {
			return ""
		}
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

// with returns an edition that has more files.
func (e *edition) with(added []leaf) (*edition, error) {
	next := &edition{ready: map[string]map[string]message{}, leaves: slices.Concat(e.leaves, added), speaks: map[string]*i18n.Localizer{}}
	bundle := i18n.NewBundle(language.English)
	for _, lang := range Languages {
		next.ready[lang] = map[string]message{}
		maps.Copy(next.ready[lang], e.ready[lang])
		next.speaks[lang] = i18n.NewLocalizer(bundle, lang)
	}
	for _, l := range added {
		ready := next.ready[l.file.Tag.String()]
		for _, m := range l.ready {
			if _, taken := ready[m.source.ID]; taken {
				return nil, fmt.Errorf("add messages of %s: %q is there already", l.file.Path, m.source.ID)
			}
			ready[m.source.ID] = m
		}
	}
	for _, l := range next.leaves {
		for _, m := range l.ready {
			if m.simple {
				continue // never asked for there
			}
			if err := bundle.AddMessages(l.file.Tag, m.source); err != nil {
				return nil, fmt.Errorf("add messages of %s: %w", l.file.Path, err)
			}
		}
	}
	return next, nil
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.German, language.Hungarian})

// longestTag bounds what is read of an Accept-Language header.
const longestTag = 256

// Locale returns the first of tags that is one of our languages or close to
// one, or English. A tag may be a language ("de-AT") or a whole
// Accept-Language header; empty and malformed ones are passed over.
func (c *Catalog) Locale(tags ...string) Locale {
	for _, text := range tags {
		if known := speech[text]; known != nil {
			return Locale{c, known}
		}
		if text == "" || len(text) > longestTag {
			continue
		}
		if speaks, where, ok := strings.Cut(text, "-"); ok && len(where) == 2 && speech[speaks] != nil {
			return Locale{c, speech[speaks]} // "de-AT", as most are
		}
		wanted, _, err := language.ParseAcceptLanguage(text)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, i, confidence := matcher.Match(wanted...); confidence > language.No {
			return Locale{c, speech[Languages[i]]}
		}
	}
	return Locale{c, speech[Languages[0]]}
}

// Locale is a language to speak in, with a catalog. The zero Locale knows no
// message and formats as English does.
type Locale struct {
	catalog *Catalog
	*conventions
}

// Tag returns the language, for <html lang> and for storing: "de".
func (l Locale) Tag() string { return l.rules().tag }

func (l Locale) rules() *conventions {
	if l.conventions == nil {
		return speech[Languages[0]]
	}
	return l.conventions
}

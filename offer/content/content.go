// Package content keeps what the merchant writes beside the goods: pages, legal
// texts, the sections of the front page.
//
// A page has a draft, which its editor changes, and what is live, which changes
// only by publishing, at once or at a time. Both say the same in several
// languages, each with an address of its own; a language that is missing is read
// in the first that there is. An address that a page once had leads to it for
// ever, so no link breaks.
//
// A body is a few marks in plain text, read into blocks (Read); it holds no HTML,
// so there is nothing to clean and nothing to smuggle in. Pages are few and read
// with every page of the shop, so they are remembered.
//
// Never true: a shopper who sees a draft without its editor's link; two pages
// with one address.
package content

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "content.not_found", "there is no such page; look at the list of pages")
	ErrInvalid  = fault.New(fault.Invalid, "content.invalid", "the page is not complete")
	ErrSlug     = fault.New(fault.Conflict, "content.slug", "another page has or had this address; take another")
	ErrVersion  = fault.New(fault.Conflict, "content.version", "somebody changed this page meanwhile; look at it again")
	ErrHome     = fault.New(fault.Conflict, "content.home", "there is one front page; change that one")
)

// Kind says where a page stands.
type Kind string

// The kinds. A legal page is linked from the footer; the home page's blocks stand
// above the goods on the front page.
const (
	KindPage  Kind = "page"
	KindLegal Kind = "legal"
	KindHome  Kind = "home"
)

const (
	maxPages = 500
	maxBody  = 40_000 // bytes, of one language
	maxTitle = 200
	// PreviewLife is how long an editor's link shows a draft.
	PreviewLife = 24 * time.Hour
)

// ID names a page.
type ID string

// Text is a page in one language.
type Text struct {
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Body        string `json:"body"`
}

// Texts are a page in every language it has: "en", "de".
type Texts map[string]Text

// Page is a page with its draft and what is live.
type Page struct {
	ID        ID
	Kind      Kind
	Position  int64
	Draft     Texts
	Live      Texts // nil: shoppers see nothing
	Due       Texts // takes the place of Live at DueAt
	DueAt     time.Time
	ChangedAt time.Time
	Version   int64
}

// At is what shoppers see at a time; nil for nothing.
func (p Page) At(now time.Time) Texts {
	if p.Due != nil && !now.Before(p.DueAt) {
		return p.Due
	}
	return p.Live
}

// In is a text for a reader of a language: theirs, or the first of order that
// there is.
func (t Texts) In(locale string, order ...string) (Text, string) {
	language, _, _ := strings.Cut(locale, "-")
	for _, tag := range append([]string{language}, order...) {
		if text, ok := t[tag]; ok {
			return text, tag
		}
	}
	for _, tag := range slices.Sorted(keys(t)) {
		return t[tag], tag
	}
	return Text{}, ""
}

func keys(t Texts) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for tag := range t {
			if !yield(tag) {
				return
			}
		}
	}
}

// remembered are all pages by id, and which page an address is of.
type remembered struct {
	pages []Page
	slugs map[string]ID
}

const memoryName = "content"

var memory = remember.New(memoryName, func(ctx context.Context, tx *db.Tx) (remembered, error) {
	pages, err := selectPages(ctx, tx)
	if err != nil {
		return remembered{}, fmt.Errorf("read pages: %w", err)
	}
	slugs, err := selectSlugs(ctx, tx)
	if err != nil {
		return remembered{}, fmt.Errorf("read addresses: %w", err)
	}
	return remembered{pages, slugs}, nil
})

// All returns every page in order of position. What it returns is shared: do not
// change it.
func All(ctx context.Context, tx *db.Tx) ([]Page, error) {
	m, err := memory.Get(ctx, tx)
	return m.pages, err
}

// Find returns a page, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, page ID) (Page, error) {
	all, err := All(ctx, tx)
	if err != nil {
		return Page{}, err
	}
	if i := slices.IndexFunc(all, func(p Page) bool { return p.ID == page }); i >= 0 {
		return all[i], nil
	}
	return Page{}, ErrNotFound
}

// FindBySlug returns the page that an address leads to, or ErrNotFound for one
// that shoppers cannot see.
func FindBySlug(ctx context.Context, tx *db.Tx, slug string) (Page, error) {
	m, err := memory.Get(ctx, tx)
	if err != nil {
		return Page{}, err
	}
	p, err := Find(ctx, tx, m.slugs[slug])
	if err == nil && p.At(tx.Now) == nil {
		err = ErrNotFound
	}
	return p, err
}

// Home returns what stands on the front page; a zero Page when nobody wrote it.
func Home(ctx context.Context, tx *db.Tx) (Page, error) {
	all, err := All(ctx, tx)
	if i := slices.IndexFunc(all, func(p Page) bool { return p.Kind == KindHome }); i >= 0 {
		return all[i], err
	}
	return Page{}, err
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Check names everything that keeps a draft from being saved, as "field: what to
// do"; nil for nothing.
func (p Page) check() error {
	var bad []string
	say := func(tag, field, text string) { bad = append(bad, tag+"."+field+": "+text) }
	if p.Kind != KindPage && p.Kind != KindLegal && p.Kind != KindHome {
		bad = append(bad, "kind: take page, legal or home")
	}
	if len(p.Draft) == 0 {
		bad = append(bad, "en.title: write the page in at least one language")
	}
	for tag, t := range p.Draft {
		if strings.TrimSpace(t.Title) == "" || utf8.RuneCountInString(t.Title) > maxTitle {
			say(tag, "title", "write a title of at most 200 characters")
		}
		if p.Kind != KindHome && (!slugForm.MatchString(t.Slug) || len(t.Slug) > 80) {
			say(tag, "slug", "small letters, digits and hyphens, at most 80")
		}
		if len(t.Body) > maxBody {
			say(tag, "body", "at most 40,000 characters: make two pages of it")
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return ErrInvalid.With(strings.Join(bad, "; "))
	}
	return nil
}

// Save writes the draft of a page, new where it has no ID, and returns its id. A
// Version of 0 is not compared. It returns ErrInvalid, ErrVersion or ErrHome.
func Save(ctx context.Context, tx *db.Tx, p Page) (ID, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	err := error(nil)
	if p.ID == "" {
		p.ID = id.New[ID]("pag", tx.Now)
		err = insertPage(ctx, tx, p)
		if errors.Is(err, db.ErrUnique) {
			err = ErrHome
		}
	} else {
		err = changed(ctx, tx, p)
	}
	if err == nil {
		err = remember.Touch(ctx, tx, memoryName)
	}
	if err != nil {
		return "", fmt.Errorf("save page %s: %w", p.ID, err)
	}
	return p.ID, nil
}

func changed(ctx context.Context, tx *db.Tx, p Page) error {
	n, err := updateDraft(ctx, tx, p)
	if err != nil || n > 0 {
		return err
	}
	if _, err := Find(ctx, tx, p.ID); err != nil {
		return err
	}
	return ErrVersion
}

// Publish makes the draft live at a time; zero or past is at once. Its addresses
// are taken, and those it had stay its own. It returns ErrNotFound or ErrSlug.
func Publish(ctx context.Context, tx *db.Tx, page ID, at time.Time) error {
	p, err := Find(ctx, tx, page)
	if err != nil {
		return err
	}
	if p.Kind != KindHome {
		for _, t := range p.Draft {
			n, err := upsertSlug(ctx, tx, t.Slug, page)
			if err != nil {
				return fmt.Errorf("publish page %s: %w", page, err)
			}
			if n == 0 {
				return ErrSlug
			}
		}
	}
	if at.After(tx.Now) {
		err = updateDue(ctx, tx, page, p.At(tx.Now), p.Draft, at)
	} else {
		err = updateDue(ctx, tx, page, p.Draft, nil, time.Time{})
	}
	if err == nil {
		err = remember.Touch(ctx, tx, memoryName)
	}
	if err != nil {
		return fmt.Errorf("publish page %s: %w", page, err)
	}
	return nil
}

// Withdraw takes a page from the shoppers' sight; the draft stays.
func Withdraw(ctx context.Context, tx *db.Tx, page ID) error {
	if _, err := Find(ctx, tx, page); err != nil {
		return err
	}
	if err := updateDue(ctx, tx, page, nil, nil, time.Time{}); err != nil {
		return fmt.Errorf("withdraw page %s: %w", page, err)
	}
	return remember.Touch(ctx, tx, memoryName)
}

// Preview is the key of a link that shows a page's draft until a time.
func Preview(k *seal.Keeper, page ID, until time.Time) string {
	text := strconv.FormatInt(until.Unix(), 36)
	return text + "." + k.Token("content.preview", string(page)+"."+text)
}

// Previews reports whether a key shows a page's draft now.
func Previews(k *seal.Keeper, page ID, key string, now time.Time) bool {
	text, token, _ := strings.Cut(key, ".")
	until, err := strconv.ParseInt(text, 36, 64)
	return err == nil && now.Unix() < until && k.CheckToken("content.preview", string(page)+"."+text, token)
}

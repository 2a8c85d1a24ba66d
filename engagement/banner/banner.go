// Package banner keeps what the shop says beside its goods: a few words with a
// picture and a link, at a place, from a day to a day, to those a rule holds for.
//
// A banner may be the point of an experiment. Its arms name other banners, which
// are shown in its place, or nothing; who was shown which is written down when a
// page with it is made, for every arm alike. A banner without a place is shown
// as an arm only.
//
// Banners are few and looked at with every page of their place, so they are
// remembered. Words hold no HTML, and links lead where pages of the shop may.
//
// Never true: a banner before or after its days, or to somebody its rule does
// not hold for; an arm that is shown and not written down.
package banner

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/visitor"
	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/rule"
)

// Schema is the package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of banners that are not complete, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages(), rule.Messages())

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "banner.not_found", "there is no such banner; look at the list of banners")
	ErrInvalid  = fault.New(fault.Invalid, "banner.invalid", "the banner is not complete: mend the fields named")
	ErrVersion  = fault.New(fault.Conflict, "banner.version", "somebody changed this banner meanwhile; look at it again")
)

// Place is a page on which banners are shown.
type Place string

// The places. Nowhere is that of a banner which is shown as an arm only.
const (
	Nowhere  Place = ""
	Home     Place = "home"
	Category Place = "category"
	Product  Place = "product"
	Cart     Place = "cart"
)

// Places are all there are, the shopper's way.
var Places = []Place{Home, Category, Product, Cart}

const (
	maxBanners = 200
	maxShown   = 3 // at a place
	maxTitle   = 120
	maxWords   = 600
	maxAct     = 60
)

// ID names a banner: "ban_01j…".
type ID string

// Text is a banner in one language.
type Text struct {
	Title string `json:"title"`
	Words string `json:"words,omitempty"`
	Act   string `json:"act,omitempty"` // what its link says
}

// Draft is a banner as it is written. Its JSON is stored.
type Draft struct {
	Name     string          `json:"name"` // for staff
	Place    Place           `json:"place,omitempty"`
	Position int64           `json:"position,omitempty"` // at its place, the lowest first
	Trigger  string          `json:"trigger,omitempty"`  // a rule over a visit; empty: everyone
	From     time.Time       `json:"from,omitzero"`      // zero: at once
	Until    time.Time       `json:"until,omitzero"`     // zero: without end
	Off      bool            `json:"off,omitempty"`
	Link     string          `json:"link,omitempty"`
	Picture  string          `json:"picture,omitempty"` // its address in the shop's media
	Texts    map[string]Text `json:"texts"`             // by language: "en", "de"
}

// Banner is a draft that is kept.
type Banner struct {
	ID        ID
	ChangedAt time.Time
	Version   int64
	Draft
}

// At reports whether a banner is shown at a time, whoever looks.
func (b Banner) At(now time.Time) bool {
	return !b.Off && b.Place != Nowhere && !now.Before(b.From) && (b.Until.IsZero() || now.Before(b.Until))
}

// In is a banner's text for a reader of a language: theirs, or the first of
// order that there is.
func (b Banner) In(locale string, order ...string) (Text, string) {
	language, _, _ := strings.Cut(locale, "-")
	for _, tag := range append([]string{language}, order...) {
		if t, ok := b.Texts[tag]; ok {
			return t, tag
		}
	}
	return Text{}, ""
}

// ready is a banner with its rule made ready.
type ready struct {
	Banner
	trigger *rule.Program // nil: everyone
	broken  bool          // its rule cannot be read any more: nobody sees it
}

const memory = "banner"

var remembered = remember.New(memory, func(ctx context.Context, tx *db.Tx) ([]ready, error) {
	all, err := selectBanners(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read banners: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Banner) int { return cmp.Compare(a.Position, b.Position) })
	kept := make([]ready, len(all))
	for i, b := range all {
		kept[i].Banner = b
		if b.Trigger != "" {
			kept[i].trigger, err = visitor.Compile(b.Trigger)
			kept[i].broken = err != nil
		}
	}
	return kept, nil
})

// All returns every banner by position. What it returns is shared: do not
// change it.
func All(ctx context.Context, tx *db.Tx) ([]Banner, error) {
	kept, err := remembered.Get(ctx, tx)
	all := make([]Banner, len(kept))
	for i, b := range kept {
		all[i] = b.Banner
	}
	return all, err
}

// Find returns a banner, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Banner, error) {
	all, err := All(ctx, tx)
	if err != nil {
		return Banner{}, err
	}
	if i := slices.IndexFunc(all, func(b Banner) bool { return b.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Banner{}, ErrNotFound
}

// Needs reports whether the rule of a banner that is shown now speaks of a fact
// that begins with prefix ("customer."), so that what nobody asks is not read.
func Needs(ctx context.Context, tx *db.Tx, prefix string) (bool, error) {
	kept, err := remembered.Get(ctx, tx)
	return err == nil && slices.ContainsFunc(kept, func(b ready) bool {
		return b.trigger != nil && b.At(tx.Now) && slices.ContainsFunc(b.trigger.Facts(), func(fact string) bool { return strings.HasPrefix(fact, prefix) })
	}), err
}

// untold are the facts that no page of the shop tells of a visit.
var untold = []string{"cart.", "visit.near_store", "visit.partner"}

// check returns ErrInvalid, as a flaw.Error that names each field at fault.
func (d Draft) check() error {
	var wrong flaw.List
	wrong.If(strings.TrimSpace(d.Name) == "" || utf8.RuneCountInString(d.Name) > maxTitle, "name", "banner.flaw.name", "Most", maxTitle)
	wrong.If(d.Place != Nowhere && !slices.Contains(Places, d.Place), "place", "banner.flaw.place")
	wrong.If(!d.Until.IsZero() && !d.From.Before(d.Until), "until", "banner.flaw.until")
	wrong.If(d.Link != "" && !content.Leads(d.Link), "link", "banner.flaw.link")
	wrong.If(len(d.Texts) == 0, "en.title", "banner.flaw.texts")
	for tag, t := range d.Texts {
		wrong.If(strings.TrimSpace(t.Title) == "" || utf8.RuneCountInString(t.Title) > maxTitle, tag+".title", "banner.flaw.title", "Most", maxTitle)
		wrong.If(utf8.RuneCountInString(t.Words) > maxWords, tag+".words", "banner.flaw.long", "Most", maxWords)
		wrong.If(utf8.RuneCountInString(t.Act) > maxAct, tag+".act", "banner.flaw.long", "Most", maxAct)
		wrong.If(d.Link != "" && t.Act == "", tag+".act", "banner.flaw.act")
	}
	if d.Trigger != "" {
		p, err := visitor.Compile(d.Trigger)
		wrong.Rule("trigger", err)
		for _, fact := range factsOf(p) {
			wrong.If(slices.ContainsFunc(untold, func(u string) bool { return strings.HasPrefix(fact, u) }), "trigger", "banner.flaw.untold", "Fact", fact)
		}
	}
	return wrong.As(ErrInvalid, english)
}

// factsOf are those that a rule asks for; of one that cannot be read none.
func factsOf(p *rule.Program) []string {
	if p == nil {
		return nil
	}
	return p.Facts()
}

// Create keeps a new banner. It returns ErrInvalid naming each field at fault.
func Create(ctx context.Context, tx *db.Tx, d Draft) (ID, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	all, err := All(ctx, tx)
	if err != nil {
		return "", err
	}
	if len(all) >= maxBanners {
		var many flaw.List
		many.Blame("name", "banner.flaw.many", "Most", maxBanners)
		return "", many.As(ErrInvalid, english)
	}
	made := id.New[ID]("ban", tx.Now)
	if err := insertBanner(ctx, tx, made, d); err != nil {
		return "", fmt.Errorf("create banner: %w", err)
	}
	return made, remember.Touch(ctx, tx, memory)
}

// Change writes a banner anew. A version of 0 is not compared. It returns
// ErrInvalid, ErrNotFound or ErrVersion.
func Change(ctx context.Context, tx *db.Tx, id ID, version int64, d Draft) error {
	if err := d.check(); err != nil {
		return err
	}
	n, err := updateBanner(ctx, tx, id, version, d)
	if err != nil {
		return fmt.Errorf("change banner %s: %w", id, err)
	}
	if n == 0 {
		if _, err := Find(ctx, tx, id); errors.Is(err, ErrNotFound) {
			return err
		}
		return ErrVersion
	}
	return remember.Touch(ctx, tx, memory)
}

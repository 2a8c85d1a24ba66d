package content_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = []fs.FS{remember.Schema, content.Schema}

func texts(slug, title string) content.Texts {
	return content.Texts{"en": {Slug: slug, Title: title, Body: "Words."}}
}

func save(t *testing.T, d *db.DB, p content.Page) (id content.ID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		id, err = content.Save(t.Context(), tx, p)
		return err
	})
	return id
}

func try(t *testing.T, d *db.DB, verb func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error { return verb(t.Context(), tx) })
}

// seen is the title that shoppers see at an address; "" for nothing.
func seen(t *testing.T, d *db.DB, slug string) (title string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		p, err := content.FindBySlug(t.Context(), tx, slug)
		if errors.Is(err, content.ErrNotFound) {
			return nil
		}
		text, _ := p.At(tx.Now).In("en-GB")
		title = text.Title
		return err
	})
	return title
}

func TestShoppersSeeWhatIsPublishedWhenItsTimeHasCome(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		id := save(t, d, content.Page{Kind: content.KindPage, Draft: texts("about", "About us")})
		publish := func(at time.Time) {
			t.Helper()
			if err := try(t, d, func(ctx context.Context, tx *db.Tx) error { return content.Publish(ctx, tx, id, at) }); err != nil {
				t.Fatal(err)
			}
		}
		if got := seen(t, d, "about"); got != "" {
			t.Errorf("a draft is seen as %q", got)
		}
		publish(time.Time{})
		if got := seen(t, d, "about"); got != "About us" {
			t.Errorf("published: %q", got)
		}
		save(t, d, content.Page{ID: id, Kind: content.KindPage, Draft: texts("about-us", "Who we are")})
		if got := seen(t, d, "about"); got != "About us" {
			t.Errorf("after a change of the draft: %q", got)
		}
		publish(d.Now().Add(time.Hour))
		if got := seen(t, d, "about"); got != "About us" {
			t.Errorf("before its time: %q", got)
		}
		clock.Advance(time.Hour)
		for _, slug := range []string{"about", "about-us"} { // the old address leads there too
			if got := seen(t, d, slug); got != "Who we are" {
				t.Errorf("%s then: %q", slug, got)
			}
		}
		if err := try(t, d, func(ctx context.Context, tx *db.Tx) error { return content.Withdraw(ctx, tx, id) }); err != nil || seen(t, d, "about-us") != "" {
			t.Errorf("withdrawn: %q, %v", seen(t, d, "about-us"), err)
		}
	})
}

func TestAnAddressIsOnePagesForEver(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		first := save(t, d, content.Page{Kind: content.KindPage, Draft: texts("terms", "Terms")})
		second := save(t, d, content.Page{Kind: content.KindLegal, Draft: texts("terms", "Other terms")})
		publish := func(id content.ID) error {
			return try(t, d, func(ctx context.Context, tx *db.Tx) error { return content.Publish(ctx, tx, id, time.Time{}) })
		}
		if err := publish(first); err != nil {
			t.Fatal(err)
		}
		if err := publish(second); !errors.Is(err, content.ErrSlug) {
			t.Errorf("the same address: %v", err)
		}
		if err := publish("pag_none"); !errors.Is(err, content.ErrNotFound) {
			t.Errorf("no page: %v", err)
		}
	})
}

func TestWhatIsNoPage(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		id := save(t, d, content.Page{Kind: content.KindHome, Draft: content.Texts{"en": {Title: "Home"}}})
		for _, c := range []struct {
			name string
			page content.Page
			want error
		}{
			{"an address with capitals", content.Page{Kind: content.KindPage, Draft: texts("About", "About")}, content.ErrInvalid},
			{"without a title", content.Page{Kind: content.KindPage, Draft: texts("about", " ")}, content.ErrInvalid},
			{"in no language", content.Page{Kind: content.KindPage}, content.ErrInvalid},
			{"of no kind", content.Page{Kind: "blog", Draft: texts("about", "About")}, content.ErrInvalid},
			{"too long", content.Page{Kind: content.KindPage, Draft: content.Texts{"en": {Slug: "a", Title: "A", Body: strings.Repeat("x", 50_000)}}}, content.ErrInvalid},
			{"a second front page", content.Page{Kind: content.KindHome, Draft: content.Texts{"en": {Title: "Home"}}}, content.ErrHome},
			{"changed by somebody meanwhile", content.Page{ID: id, Kind: content.KindHome, Version: 7, Draft: content.Texts{"en": {Title: "Home"}}}, content.ErrVersion},
		} {
			if err := try(t, d, func(ctx context.Context, tx *db.Tx) error { _, err := content.Save(ctx, tx, c.page); return err }); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestAPreviewIsItsPagesAndEnds(t *testing.T) {
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_900_000_000, 0)
	key := content.Preview(k, "pag_1", now.Add(time.Hour))
	_, token, _ := strings.Cut(key, ".")
	for _, c := range []struct {
		name string
		page content.ID
		key  string
		at   time.Time
		want bool
	}{
		{"its page", "pag_1", key, now, true},
		{"another page", "pag_2", key, now, false},
		{"after its time", "pag_1", key, now.Add(time.Hour), false},
		{"with a time made longer", "pag_1", "zzzzzz." + token, now, false},
		{"no key", "pag_1", "", now, false},
	} {
		if got := content.Previews(k, c.page, c.key, c.at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestABodyIsReadIntoBlocks(t *testing.T) {
	body := "## Hello\nWe make **mugs** and *bowls*,\nsee [all](/categories/mugs).\n\n- one\n- two\n\n1. first\n2. second\n\n> Said\n> twice\n\n? Why?\nBecause.\n\n![A mug](mug.jpg)\n=> [Buy](/products/mug)\n@ mugs\n---\n" +
		"[bad](javascript:alert(1)) <script>alert(1)</script>"
	var kinds []string
	for _, b := range content.Read(body) {
		kinds = append(kinds, string(b.Kind))
	}
	if got := strings.Join(kinds, " "); got != "heading paragraph list steps quote question picture button shelf rule paragraph" {
		t.Errorf("blocks: %s", got)
	}
	last := content.Read(body)[10]
	for _, s := range last.Lines[0] {
		if s.URL != "" {
			t.Errorf("a script is linked to: %+v", s)
		}
	}
}

// No body leads anywhere but where Leads lets it, and none makes more blocks
// than there may be.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"## a", "[x](javascript:1)", "=> [x](//evil)", "![a](b)", "? a\nb\n? c", "**a*b**", "- \n-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		all := content.Read(body)
		if len(all) > 1000 {
			t.Errorf("%d blocks", len(all))
		}
		for _, b := range all {
			if b.Kind == content.Button && !content.Leads(b.URL) {
				t.Errorf("a button leads to %q", b.URL)
			}
			for _, line := range b.Lines {
				for _, s := range line {
					if s.URL != "" && !content.Leads(s.URL) {
						t.Errorf("words lead to %q", s.URL)
					}
				}
			}
		}
	})
}

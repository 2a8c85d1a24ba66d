package storefront

import (
	"context"
	"net/http"
	"net/url"

	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/i18n"

	"github.com/a-h/templ"
)

// contentPath is where a page of the merchant's stands.
func contentPath(slug string) string { return "/pages/" + url.PathEscape(slug) }

// footLinks are the legal pages that shoppers can see, for the footer.
func footLinks(ctx context.Context, tx *db.Tx, language string) (all []place, err error) {
	pages, err := content.All(ctx, tx)
	for _, p := range pages {
		if live := p.At(tx.Now); p.Kind == content.KindLegal && live != nil {
			text, _ := live.In(language, i18n.Languages...)
			all = append(all, place{title: text.Title, path: contentPath(text.Slug)})
		}
	}
	return all, err
}

// written is what the merchant wrote for a page: blocks, with the goods of its shelves.
type written struct {
	blocks  []content.Block
	lang    string // of the words, where they are not in the reader's
	shelves map[string][]card
}

// langOf tells of words that they are not in the page's language.
func langOf(w written) templ.Attributes {
	if w.lang == "" {
		return nil
	}
	return templ.Attributes{"lang": w.lang}
}

// mostOnShelf is how many goods a block shows.
const mostOnShelf = 4

// writtenOf reads a text and finds the goods of its shelves: nothing more when
// there is none.
func writtenOf(ctx context.Context, tx *db.Tx, v *visit, t content.Text, language string) (w written, err error) {
	w = written{blocks: content.Read(t.Body), shelves: map[string][]card{}}
	if language != v.Tag() {
		w.lang = language
	}
	for _, b := range w.blocks {
		if b.Kind != content.Shelf || w.shelves[b.URL] != nil || len(w.shelves) >= mostOnShelf {
			continue
		}
		if w.shelves[b.URL], err = shelfOf(ctx, tx, v, b.URL); err != nil {
			return w, err
		}
	}
	return w, nil
}

// shelfOf are the newest goods of a category; none for one that does not exist.
func shelfOf(ctx context.Context, tx *db.Tx, v *visit, slug string) (all []card, err error) {
	c, ok := v.tree.Lookup(slug)
	if !ok {
		return nil, nil
	}
	products, _, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Channel: v.channel.ID, Categories: v.tree.Within(c.ID), Locale: v.Tag(), Limit: mostOnShelf})
	if err != nil {
		return nil, err
	}
	goods, err := goodsOf(ctx, tx, v, products)
	for _, g := range goods {
		all = append(all, g.card(v))
	}
	return all, err
}

type contentPage struct {
	page
	written
	preview bool
}

// content shows a page of the merchant's. An address that it had before leads on
// to the one it has.
func (s *Shop) content(w http.ResponseWriter, r *http.Request) error {
	var p contentPage
	slug := ""
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		found, err := content.FindBySlug(r.Context(), tx, r.PathValue("slug"))
		if err != nil {
			return err
		}
		live := found.At(tx.Now)
		text, language := live.In(v.Tag(), i18n.Languages...)
		if text.Slug != r.PathValue("slug") {
			slug = text.Slug
		}
		p.page = s.page(v, text.Title)
		p.description, p.meta.path, p.meta.paths = text.Description, contentPath(text.Slug), map[string]string{}
		for _, tag := range append([]string{""}, i18n.Languages...) {
			one, _ := live.In(tag, i18n.Languages...)
			p.meta.paths[tag] = contentPath(one.Slug)
		}
		p.written, err = writtenOf(r.Context(), tx, v, text, language)
		return err
	})
	if err != nil {
		return err
	}
	if slug != "" {
		return moved(w, r, contentPath(slug))
	}
	return write(w, r, http.StatusOK, contentTemplate(p))
}

// previewContent shows the draft of a page to who has its editor's link.
func (s *Shop) previewContent(w http.ResponseWriter, r *http.Request) error {
	id := content.ID(r.PathValue("page"))
	if !content.Previews(s.Keeper, id, r.URL.Query().Get("key"), s.DB.Now()) {
		return content.ErrNotFound
	}
	var p contentPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		found, err := content.Find(r.Context(), tx, id)
		if err != nil {
			return err
		}
		text, language := found.Draft.In(v.Tag(), i18n.Languages...)
		p.page = s.page(v, text.Title).own()
		p.preview = true
		p.written, err = writtenOf(r.Context(), tx, v, text, language)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, contentTemplate(p))
}

// welcomeOf is what stands above the goods on the front page.
func welcomeOf(ctx context.Context, tx *db.Tx, v *visit) (written, error) {
	home, err := content.Home(ctx, tx)
	live := home.At(tx.Now)
	if err != nil || live == nil {
		return written{}, err
	}
	text, language := live.In(v.Tag(), i18n.Languages...)
	return writtenOf(ctx, tx, v, text, language)
}

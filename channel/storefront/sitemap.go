package storefront

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"

	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
)

// mostPlaces is how many addresses a sitemap may hold, by its protocol. A shop
// with more products tells its newest.
const mostPlaces = 50_000

var errMapping = fault.New(fault.Limited, "storefront.sitemap", "the sitemap is being made for somebody else: ask again in a minute")

// robots tells crawlers what is theirs: all but what is somebody's own.
func (s *Shop) robots(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	_, err := io.WriteString(w, "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /account\nDisallow: /orders/\nDisallow: /pay/\n"+
		"Disallow: /wishes\nDisallow: /search/\nDisallow: /admin\nDisallow: /*?*q=\nDisallow: /*?*facet.\n\nSitemap: "+s.BaseURL+"/sitemap.xml\n")
	return err
}

// sitemap lists the front page, the categories and the products, read a page at
// a time, each in a transaction of its own, one sitemap at a time.
func (s *Shop) sitemap(w http.ResponseWriter, r *http.Request) error {
	if !s.mapping.TryLock() {
		return errMapping
	}
	defer s.mapping.Unlock()
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	to := bufio.NewWriter(w)
	fmt.Fprintf(to, "%s<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n", xml.Header)
	left := mostPlaces
	if err := s.mapCategories(r, to, &left); err != nil {
		return err
	}
	for after := ""; left > 0; {
		next, err := s.mapProducts(r, to, after, &left)
		if err != nil {
			return err
		}
		if after = next; after == "" {
			break
		}
	}
	fmt.Fprintln(to, "</urlset>")
	return to.Flush()
}

// mark writes one address, with the day it last changed where that is known.
func (s *Shop) mark(to io.Writer, path, changed string) {
	if changed != "" {
		changed = "<lastmod>" + changed + "</lastmod>"
	}
	fmt.Fprint(to, "<url><loc>")
	_ = xml.EscapeText(to, []byte(s.BaseURL+path)) // told when the writer is flushed
	fmt.Fprintf(to, "</loc>%s</url>\n", changed)
}

func (s *Shop) mapCategories(r *http.Request, to io.Writer, left *int) error {
	return s.DB.Read(r.Context(), func(tx *db.Tx) error {
		tree, err := taxonomy.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		s.mark(to, "/", "")
		*left--
		pages, err := content.All(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, p := range pages {
			if live := p.At(tx.Now); p.Kind != content.KindHome && live != nil {
				text, _ := live.In("", i18n.Languages...)
				s.mark(to, contentPath(text.Slug), p.ChangedAt.UTC().Format("2006-01-02"))
				*left--
			}
		}
		todo := tree.Children("")
		for len(todo) > 0 && *left > 0 {
			c, ok := tree.Find(todo[0])
			todo = append(todo[1:len(todo):len(todo)], tree.Children(c.ID)...)
			if ok && !c.Hidden {
				s.mark(to, categoryPath(c, ""), "")
				*left--
			}
		}
		return nil
	})
}

func (s *Shop) mapProducts(r *http.Request, to io.Writer, after string, left *int) (next string, err error) {
	var page []catalog.Product
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		channel, err := market.FindChannel(r.Context(), tx, s.Channel)
		if err != nil {
			return err
		}
		page, next, err = catalog.List(r.Context(), tx, catalog.Filter{Status: catalog.StatusActive, Channel: channel.ID, After: after, Limit: catalog.MaxPage})
		return err
	})
	for _, p := range page {
		if *left > 0 {
			s.mark(to, productPath(p.Slug), p.UpdatedAt.UTC().Format("2006-01-02"))
			*left--
		}
	}
	return next, err
}

package storefront

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
)

// mostPlaces is how many addresses a sitemap may hold, by its protocol.
const mostPlaces = 50_000

const mapForm = "http://www.sitemaps.org/schemas/sitemap/0.9"

// The sitemaps of a shop that needs several: of its pages and categories, of its
// newest products, and of those after a product.
const (
	partPages    = "pages"
	partProducts = "products"
)

var errMapping = fault.New(fault.Limited, "storefront.sitemap", "the sitemap is being made for somebody else: ask again in a minute")

// robots tells crawlers what is theirs: all but what is somebody's own.
func (s *Shop) robots(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	_, err := io.WriteString(w, "User-agent: *\nDisallow: /cart\nDisallow: /account\nDisallow: /orders/\nDisallow: /pay/\n"+
		"Disallow: /wishes\nDisallow: /search/\nDisallow: /admin\nDisallow: /*?*q=\nDisallow: /*?*facet.\n\nSitemap: "+s.BaseURL+"/sitemap.xml\n")
	return err
}

// sitemap lists the front page, the categories and the products or, of a shop
// with more than one sitemap may hold, the sitemaps that do: this address with
// a part each. It is read a page at a time, each in a transaction of its own,
// one sitemap at a time.
func (s *Shop) sitemap(w http.ResponseWriter, r *http.Request) error {
	if !s.mapping.TryLock() {
		return errMapping
	}
	defer s.mapping.Unlock()
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	most := cmp.Or(s.MapSize, mostPlaces)
	part := r.URL.Query().Get("part")
	var pages bytes.Buffer
	left := most
	if part == "" || part == partPages {
		if err := s.mapPages(r, &pages, &left); err != nil {
			return err
		}
	}
	to := bufio.NewWriter(w)
	if part == "" {
		parts, err := s.split(r, left, most)
		if err != nil {
			return err
		}
		if len(parts) > 0 {
			s.mapIndex(to, parts)
			return to.Flush()
		}
	}
	fmt.Fprintf(to, "%s<urlset xmlns=\"%s\">\n%s", xml.Header, mapForm, pages.Bytes())
	if part == partProducts {
		part = ""
	}
	if part != partPages {
		if err := s.mapProducts(r, to, part, left); err != nil {
			return err
		}
	}
	fmt.Fprintln(to, "</urlset>")
	return to.Flush()
}

// mapIndex lists the sitemaps there are.
func (s *Shop) mapIndex(to io.Writer, parts []string) {
	fmt.Fprintf(to, "%s<sitemapindex xmlns=\"%s\">\n", xml.Header, mapForm)
	for _, part := range parts {
		fmt.Fprint(to, "<sitemap><loc>")
		_ = xml.EscapeText(to, []byte(s.BaseURL+"/sitemap.xml?part="+url.QueryEscape(part))) // told when the writer is flushed
		fmt.Fprint(to, "</loc></sitemap>\n")
	}
	fmt.Fprintln(to, "</sitemapindex>")
}

// split returns the parts of a shop whose products are more than what is left
// beside its pages, each with at most most; none when all fit in one sitemap.
func (s *Shop) split(r *http.Request, left, most int) ([]string, error) {
	parts := []string{partPages, partProducts}
	all := 0
	for after := ""; ; {
		page, next, err := s.mapped(r, after)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if all++; all%most == 0 && (i < len(page)-1 || next != "") {
				parts = append(parts, string(page[i].ID))
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if all <= left {
		return nil, nil
	}
	return parts, nil
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

func (s *Shop) mapPages(r *http.Request, to io.Writer, left *int) error {
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

// mapProducts writes up to most products, from the newest or after one.
func (s *Shop) mapProducts(r *http.Request, to io.Writer, after string, most int) error {
	for most > 0 {
		page, next, err := s.mapped(r, after)
		if err != nil {
			return err
		}
		page = page[:min(len(page), most)]
		for _, p := range page {
			s.mark(to, productPath(p.Slug), p.UpdatedAt.UTC().Format("2006-01-02"))
		}
		most -= len(page)
		if after = next; after == "" {
			break
		}
	}
	return nil
}

// mapped is a page of the products that are seen in the shop.
func (s *Shop) mapped(r *http.Request, after string) (page []catalog.Product, next string, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		channel, err := market.FindChannel(r.Context(), tx, s.Channel)
		if err != nil {
			return err
		}
		page, next, err = catalog.List(r.Context(), tx, catalog.Filter{Status: catalog.StatusActive, Channel: channel.ID, After: after, Limit: catalog.MaxPage})
		return err
	})
	return page, next, err
}

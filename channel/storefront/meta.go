package storefront

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/i18n"
	"korzo/platform/web"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// The parameters with which an address names a language and a market, for
// search engines and what links from them. Who chose for themselves keeps their
// market; the language of an address counts for that page.
const (
	askLanguage = "lang"
	askMarket   = "market"
)

// asked returns the language and the market that an address names, "" where it
// names none that there is.
func asked(r *http.Request) (language, market string) {
	if r.Method != http.MethodGet || r.URL.RawQuery == "" {
		return "", ""
	}
	q := r.URL.Query()
	if tag := q.Get(askLanguage); slices.Contains(i18n.Languages, tag) {
		language = tag
	}
	return language, q.Get(askMarket)
}

// keepAsked keeps what an address asks for, for a visitor who has chosen nothing
// themselves: the pages they go on to are in the language they came in.
func (s *Shop) keepAsked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		language, market := asked(r)
		if language != "" && web.Cookie(r, cookieLanguage) == "" {
			web.SetCookie(w, r, cookieLanguage, language, year)
		}
		if market != "" && len(market) <= 40 && web.Cookie(r, cookieMarket) == "" {
			web.SetCookie(w, r, cookieMarket, market, year)
		}
		next.ServeHTTP(w, r)
	})
}

// alternate is a page in another language.
type alternate struct{ tag, url string }

// meta is what a page tells machines of itself.
type meta struct {
	path    string            // its own, without what varies it: "/products/mug"; "" for pages nobody should find
	paths   map[string]string // where it stands in other languages, by tag; "" where who names none is led; those it lacks are path
	picture string            // of it, an address from the root
	kind    string            // Open Graph's: "website" when empty
	price   money.Amount
	data    []any // JSON-LD
}

// absolute is an address that leads here from anywhere.
func (p page) absolute(path string) string { return p.shop.BaseURL + path }

// with adds parameters to a path.
func with(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if strings.Contains(path, "?") {
		return path + "&" + q.Encode()
	}
	return path + "?" + q.Encode()
}

// onward is an address that keeps the language and market of the one it answers.
func onward(r *http.Request, path string) string {
	language, market := asked(r)
	if language != "" {
		path = with(path, askLanguage, language)
	}
	if market != "" {
		path = with(path, askMarket, market)
	}
	return path
}

// moved leads to where a page stands for good. No browser may keep that: in
// another language the page stands elsewhere, and the two would lead to each other.
func moved(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "private, no-store")
	http.Redirect(w, r, onward(r, path), http.StatusMovedPermanently)
	return nil
}

// in is where the page stands in a language, "" for who names none.
func (m meta) in(tag string) string {
	if path, ok := m.paths[tag]; ok {
		return path
	}
	if path, ok := m.paths[""]; ok {
		return path
	}
	return m.path
}

// canonical is the one address of what a page shows: in the language and the
// market that the address names, and without either the one that leads everybody
// to their own. It is always one of the alternates.
func (p page) canonical() string {
	switch {
	case p.asked != "" && p.askedMarket != "":
		return p.absolute(with(p.meta.in(p.asked), askLanguage, p.asked, askMarket, p.askedMarket))
	case p.asked != "":
		return p.absolute(with(p.meta.in(p.asked), askLanguage, p.asked))
	case p.meta.path != p.meta.in(""):
		return p.absolute(with(p.meta.path, askLanguage, p.Tag()))
	}
	return p.absolute(p.meta.path)
}

// alternates are the same page for readers of other languages and in other
// countries, each with that market's prices. Each is told by its own address, none
// by one that leads elsewhere, and every version tells the same.
func (p page) alternates() (all []alternate) {
	for _, tag := range i18n.Languages {
		all = append(all, alternate{tag, p.absolute(with(p.meta.in(tag), askLanguage, tag))})
	}
	for _, m := range p.markets {
		language, _, _ := strings.Cut(m.Locale, "-")
		for _, country := range m.Countries {
			all = append(all, alternate{language + "-" + country, p.absolute(with(p.meta.in(language), askLanguage, language, askMarket, m.ID))})
		}
	}
	return append(all, alternate{"x-default", p.absolute(p.meta.in(""))})
}

// ogKind is what Open Graph calls the page.
func (p page) ogKind() string {
	if p.meta.kind == "" {
		return "website"
	}
	return p.meta.kind
}

// linked writes data for machines. JSON escapes what could end the element.
func linked(data any) templ.Component {
	text, err := json.Marshal(data)
	if err != nil {
		panic("storefront: " + err.Error()) // maps of strings
	}
	return templ.Raw(`<script type="application/ld+json">` + string(text) + `</script>`)
}

// ld is an object of schema.org.
type ld map[string]any

// crumbData is the way to a page.
func (p page) crumbData(path []place) ld {
	items := make([]ld, len(path))
	for i, c := range path {
		items[i] = ld{"@type": "ListItem", "position": i + 1, "name": c.title, "item": p.absolute(c.path)}
	}
	return ld{"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}
}

// schemaStock is what schema.org calls a status.
func schemaStock(o offer) string {
	switch {
	case o.collected():
		return "https://schema.org/InStoreOnly"
	case !o.buyable():
		return "https://schema.org/OutOfStock"
	case o.status == inventory.OnPreorder:
		return "https://schema.org/PreOrder"
	case o.status == inventory.OnBackorder:
		return "https://schema.org/BackOrder"
	case o.status == inventory.Low:
		return "https://schema.org/LimitedAvailability"
	}
	return "https://schema.org/InStock"
}

// tell says of a product what machines want to know: where it stands, what it
// looks like, what each variant costs and whether it is there.
func (p *productPage) tell() {
	p.meta.path, p.meta.kind, p.meta.paths = productPath(p.Slug), "product", map[string]string{}
	for tag, slug := range p.slugs {
		p.meta.paths[tag] = productPath(slug)
	}
	if len(p.Images) > 0 {
		p.meta.picture = p.media(p.Images[0].Blob)
	}
	if len(p.path) > 0 {
		p.meta.data = append(p.meta.data, p.crumbData(append(slices.Clone(p.path), place{title: p.goods.Title, path: p.meta.path})))
	}
	var offers []offer
	for _, o := range p.offers {
		if o.sold {
			offers = append(offers, o)
			if p.meta.price.IsZero() || o.price.Less(p.meta.price) {
				p.meta.price = o.price
			}
		}
	}
	data := ld{"@context": "https://schema.org", "name": p.goods.Title, "description": p.goods.Description, "url": p.absolute(p.meta.path)}
	var pictures []string
	for _, m := range p.Images {
		pictures = append(pictures, p.absolute(p.media(m.Blob)))
	}
	if len(pictures) > 0 {
		data["image"] = pictures
	}
	if maker := p.goods.Safety.Manufacturer.Name; maker != "" {
		data["manufacturer"], data["brand"] = ld{"@type": "Organization", "name": maker}, ld{"@type": "Brand", "name": maker}
	}
	switch {
	case len(offers) == 0: // nothing is sold here
		return
	case len(p.offers) == 1:
		data["@type"] = "Product"
		p.describe(data, offers[0])
	default:
		var variants []ld
		for _, o := range offers {
			one := ld{"@type": "Product", "name": p.goods.Title + " – " + p.name(o)}
			if picture := p.picturesOf(o); len(picture) > 0 {
				one["image"] = picture
			}
			p.describe(one, o)
			variants = append(variants, one)
		}
		data["@type"], data["productGroupID"], data["hasVariant"] = "ProductGroup", p.goods.Slug, variants
	}
	p.meta.data = append(p.meta.data, data)
}

// picturesOf are the pictures of a variant: its own, or else those of all.
func (p *productPage) picturesOf(o offer) (own []string) {
	var common []string
	for _, m := range p.Images {
		switch at := p.absolute(p.media(m.Blob)); m.Variant {
		case "":
			common = append(common, at)
		case o.ID:
			own = append(own, at)
		}
	}
	if len(own) == 0 {
		return common
	}
	return own
}

// describe adds what a variant is known by and costs.
func (p *productPage) describe(data ld, o offer) {
	data["sku"] = o.SKU
	if catalog.ValidGTIN(o.Barcode) {
		data["gtin"] = o.Barcode
	}
	data["offers"] = ld{"@type": "Offer", "price": o.price.Decimal(), "priceCurrency": string(o.price.Currency), "availability": schemaStock(o),
		"itemCondition": "https://schema.org/NewCondition", "url": p.absolute(with(p.meta.path, "variant", o.SKU))}
}

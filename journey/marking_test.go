package journey_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// fed is a row of a feed by the names of its attributes.
type fed map[string]string

// rules of the readers, restated: Merchant Center's product data specification
// and Meta's catalogue fields.
var (
	gtinForm  = regexp.MustCompile(`^(\d{8}|\d{12,14})$`)
	priceForm = regexp.MustCompile(`^\d+\.\d\d (EUR|HUF|USD)$`)
)

// keeps holds a row to what every reader asks of every product.
func (r fed) keeps(t *testing.T, base string, words []string) {
	t.Helper()
	for name, most := range map[string]int{"id": 50, "title": 150, "description": 5000, "link": 2000, "image_link": 2000, "brand": 70, "price": 40, "availability": 40, "condition": 20} {
		if n := utf8.RuneCountInString(strings.TrimSpace(r[name])); n == 0 || n > most {
			t.Errorf("%s: %s has %d characters, want 1 to %d", r["id"], name, n, most)
		}
	}
	if n := utf8.RuneCountInString(r["item_group_id"]); n > 50 {
		t.Errorf("%s: its group has %d characters", r["id"], n)
	}
	if !slices.Contains(words, r["availability"]) || r["condition"] != "new" {
		t.Errorf("%s is %q and %q", r["id"], r["availability"], r["condition"])
	}
	if ahead := r["availability"] == "preorder"; ahead && r["availability_date"] == "" && slices.Contains(words, "in_stock") {
		t.Errorf("%s can be ordered ahead, and its day is not told", r["id"])
	}
	if day := r["availability_date"]; day != "" {
		if _, err := time.Parse("2006-01-02T15:04Z0700", day); err != nil {
			t.Errorf("%s: %v", r["id"], err)
		}
	}
	if !priceForm.MatchString(r["price"]) || r["sale_price"] != "" && (!priceForm.MatchString(r["sale_price"]) || len(r["sale_price"]) > len(r["price"])) {
		t.Errorf("%s costs %q, now %q", r["id"], r["price"], r["sale_price"])
	}
	if r["gtin"] != "" && !gtinForm.MatchString(r["gtin"]) || r["identifier_exists"] == "no" && r["gtin"] != "" {
		t.Errorf("%s: gtin %q, identifier_exists %q", r["id"], r["gtin"], r["identifier_exists"])
	}
	for _, name := range []string{"link", "image_link"} {
		if u, err := url.Parse(r[name]); err != nil || !strings.HasPrefix(r[name], base+"/") || u.Fragment != "" {
			t.Errorf("%s: %s is %q", r["id"], name, r[name])
		}
	}
	if strings.ContainsAny(r["title"]+r["description"], "<>") || strings.ToUpper(r["title"]) == r["title"] {
		t.Errorf("%s shouts or holds markup: %q", r["id"], r["title"])
	}
}

// rowsOf reads either file.
func rowsOf(t *testing.T, body []byte, isTable bool) (all []fed) {
	t.Helper()
	if isTable {
		rows, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			one := fed{}
			for i, name := range rows[0] {
				one[name] = row[i]
			}
			all = append(all, one)
		}
		return all
	}
	var file struct {
		Items []struct {
			Fields []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal(body, &file); err != nil {
		t.Fatal(err)
	}
	for _, item := range file.Items {
		one := fed{}
		for _, f := range item.Fields {
			if f.XMLName.Space != "http://base.google.com/ns/1.0" {
				t.Errorf("%s stands outside the namespace", f.XMLName.Local)
			}
			one[f.XMLName.Local] = f.Text
		}
		all = append(all, one)
	}
	return all
}

// Every row of every feed of a shop with hundreds of variants keeps what both
// readers publish: required attributes, lengths, prices, words of availability,
// one row for each id, a group only for siblings; and both files tell the same.
func TestEveryRowOfAFeedKeepsItsReadersRules(t *testing.T) {
	calm(t)
	w, _ := apptest.OpenDemo(t, bank.Config{})
	for _, at := range []string{"/feeds/DE/de", "/feeds/HU/hu", "/feeds/US/en"} {
		g := rowsOf(t, w.Call("GET", at+"/google.xml", nil).Bytes, false)
		m := rowsOf(t, w.Call("GET", at+"/meta.csv", nil).Bytes, true)
		if len(g) < 300 || len(g) != len(m) {
			t.Fatalf("%s: %d rows and %d", at, len(g), len(m))
		}
		seen, groups := map[string]bool{}, map[string]int{}
		for i := range g {
			g[i].keeps(t, w.Shop.URL, []string{"in_stock", "out_of_stock", "preorder", "backorder"})
			m[i].keeps(t, w.Shop.URL, []string{"in stock", "out of stock", "preorder", "available for order"})
			for _, name := range []string{"id", "title", "price", "sale_price", "link", "image_link", "gtin", "item_group_id"} {
				if g[i][name] != m[i][name] {
					t.Errorf("%s: %s is %q here and %q there", g[i]["id"], name, g[i][name], m[i][name])
				}
			}
			if seen[g[i]["id"]] {
				t.Errorf("%s stands twice", g[i]["id"])
			}
			seen[g[i]["id"]] = true
			groups[g[i]["item_group_id"]]++
		}
		for group, n := range groups {
			if group != "" && n < 2 {
				t.Errorf("%s is a group of %d", group, n)
			}
		}
	}
}

var (
	canonicalOf = regexp.MustCompile(`<link rel="canonical" href="([^"]+)"`)
	alternateOf = regexp.MustCompile(`<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"`)
	dataOf      = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
	languageTag = regexp.MustCompile(`^([a-z]{2}(-[A-Z]{2})?|x-default)$`)
)

// marked is what a page says of itself to machines.
type marked struct {
	canonical  string
	alternates map[string]string
	data       []map[string]any
}

// marks reads a page as a crawler does: no cookie, no language; a page that leads
// elsewhere is no page.
func marks(t *testing.T, address string) (m marked) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || got.StatusCode != http.StatusOK {
		t.Errorf("%s answers %v, %v", address, got.StatusCode, err)
		return m
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	unescape := strings.NewReplacer("&amp;", "&").Replace
	if found := canonicalOf.FindStringSubmatch(text); found != nil {
		m.canonical = unescape(found[1])
	}
	m.alternates = map[string]string{}
	for _, found := range alternateOf.FindAllStringSubmatch(text, -1) {
		if m.alternates[found[1]] != "" || !languageTag.MatchString(found[1]) {
			t.Errorf("%s: hreflang %s is told twice, or is none", address, found[1])
		}
		m.alternates[found[1]] = unescape(found[2])
	}
	for _, found := range dataOf.FindAllStringSubmatch(text, -1) {
		var one map[string]any
		if err := json.Unmarshal([]byte(found[1]), &one); err != nil || one["@context"] != "https://schema.org" {
			t.Errorf("%s: %v: %s", address, err, found[1])
		}
		m.data = append(m.data, one)
	}
	return m
}

// Each version of a page is its own canonical, tells all versions and itself, and
// every other tells the same: no alternate leads elsewhere, and one is for who has
// no language.
func TestEveryVersionOfAPageKnowsTheOthers(t *testing.T) {
	calm(t)
	w, _ := apptest.OpenDemo(t, bank.Config{})
	for _, path := range []string{"/", "/categories/mugs?lang=en", "/products/nera-mug?lang=en", "/pages/imprint?lang=en"} {
		first := marks(t, w.Shop.URL+path)
		if len(first.alternates) < 8 || first.alternates["x-default"] == "" { // three languages, every country, and the rest
			t.Fatalf("%s: %v", path, first.alternates)
		}
		if !slices.Contains(slices.Collect(maps.Values(first.alternates)), first.canonical) {
			t.Errorf("%s is %s, which is none of its own versions", path, first.canonical)
		}
		for tag, address := range first.alternates {
			if tag == "x-default" && path != "/" {
				continue // leads everybody to their own language
			}
			other := marks(t, address)
			if other.canonical != address {
				t.Errorf("%s of %s says that it is %s", address, path, other.canonical)
			}
			for tag, address := range first.alternates {
				if other.alternates[tag] != address {
					t.Errorf("%s tells of %s %q, %s tells %q", other.canonical, tag, other.alternates[tag], path, address)
				}
			}
		}
	}
}

// find returns the data of a type that a page tells.
func (m marked) find(kind string) map[string]any {
	for _, one := range m.data {
		if one["@type"] == kind {
			return one
		}
	}
	return nil
}

// What search engines ask for of a product, a way to a page and a shop is told:
// name, picture, price with currency and availability of each variant; places
// counted from one; a name and an address.
func TestStructuredDataHoldsWhatSearchEnginesAskFor(t *testing.T) {
	calm(t)
	w, _ := apptest.OpenDemo(t, bank.Config{})
	page := marks(t, w.Shop.URL+"/products/nera-mug?lang=en")
	group := page.find("ProductGroup")
	variants, _ := group["hasVariant"].([]any)
	if group["productGroupID"] == nil || group["name"] == "" || len(variants) < 2 {
		t.Fatalf("%v", page.data)
	}
	single := marks(t, w.Shop.URL+"/products/isar-table-lamp?lang=en")
	if one := single.find("Product"); one != nil {
		variants = append(variants, one)
	} else if more, _ := single.find("ProductGroup")["hasVariant"].([]any); more != nil {
		variants = append(variants, more...)
	}
	for _, v := range variants {
		one, _ := v.(map[string]any)
		offer, _ := one["offers"].(map[string]any)
		pictures, _ := one["image"].([]any)
		if one["name"] == "" || one["sku"] == "" || len(pictures) == 0 || offer["@type"] != "Offer" {
			t.Errorf("%v lacks a name, a SKU, a picture or an offer", one)
		}
		price, _ := offer["price"].(string)
		kind, _ := strings.CutPrefix(offer["availability"].(string), "https://schema.org/")
		if !regexp.MustCompile(`^\d+\.\d\d$`).MatchString(price) || offer["priceCurrency"] != "EUR" ||
			!slices.Contains([]string{"InStock", "OutOfStock", "PreOrder", "BackOrder", "LimitedAvailability"}, kind) || offer["url"] == "" {
			t.Errorf("%v", offer)
		}
	}
	crumbs, _ := page.find("BreadcrumbList")["itemListElement"].([]any)
	if len(crumbs) < 2 {
		t.Errorf("the way to the page has %d places, want two at least", len(crumbs))
	}
	for i, c := range crumbs {
		one, _ := c.(map[string]any)
		if one["@type"] != "ListItem" || one["position"] != float64(i+1) || one["name"] == "" || !strings.HasPrefix(one["item"].(string), w.Shop.URL) {
			t.Errorf("%v", one)
		}
	}
	home := marks(t, w.Shop.URL+"/")
	if shop := home.find("Organization"); shop["name"] == "" || shop["url"] != w.Shop.URL+"/" {
		t.Errorf("the shop is %v", home.data)
	}
}

// The sitemap holds no more than its protocol allows, each address once, each
// one of the shop's own and each a page that is there, with days as W3C writes.
func TestTheSitemapKeepsItsProtocol(t *testing.T) {
	calm(t)
	w, _ := apptest.OpenDemo(t, bank.Config{})
	body := w.Call("GET", "/sitemap.xml", nil).Bytes
	var file struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []struct {
			Loc     string `xml:"loc"`
			LastMod string `xml:"lastmod"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(body, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.URLs) < 100 || len(file.URLs) > 50_000 || len(body) > 50<<20 {
		t.Errorf("%d addresses in %d bytes", len(file.URLs), len(body))
	}
	seen := map[string]bool{}
	for i, u := range file.URLs {
		if seen[u.Loc] || len(u.Loc) > 2048 || !strings.HasPrefix(u.Loc, w.Shop.URL+"/") {
			t.Errorf("%q stands twice, is too long or elsewhere", u.Loc)
		}
		seen[u.Loc] = true
		if u.LastMod != "" {
			if _, err := time.Parse("2006-01-02", u.LastMod); err != nil {
				t.Error(err)
			}
		}
		if i%17 == 0 {
			if a := w.Call("GET", strings.TrimPrefix(u.Loc, w.Shop.URL)+"?lang=en", nil); a.Status != 200 {
				t.Errorf("%s answers %d", u.Loc, a.Status)
			}
		}
	}
}

// A shop with more addresses than a sitemap may hold tells of several, which
// hold together what one would have held, each address once.
func TestALargeShopHasAnIndexOfSitemaps(t *testing.T) {
	calm(t)
	w, _ := apptest.OpenDemo(t, bank.Config{})
	places := func(at string) (locs []string) {
		var file struct {
			Loc []string `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 url>loc"`
		}
		if err := xml.Unmarshal(w.Call("GET", at, nil).Bytes, &file); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		return file.Loc
	}
	whole := places("/sitemap.xml")
	products := 0
	for _, at := range whole {
		if strings.Contains(at, "/products/") {
			products++
		}
	}
	for _, size := range []int{products - 1, products, (products + 1) / 2, 40, len(whole) - 1} {
		w.App.Shop.MapSize = size
		var index struct {
			XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
			Loc     []string `xml:"sitemap>loc"`
		}
		if err := xml.Unmarshal(w.Call("GET", "/sitemap.xml", nil).Bytes, &index); err != nil {
			t.Fatal(err)
		}
		if want := 1 + (products+size-1)/size; len(index.Loc) != want {
			t.Errorf("%d products by %d: %d sitemaps, want %d", products, size, len(index.Loc), want)
		}
		var all []string
		for _, at := range index.Loc {
			part := places(strings.TrimPrefix(at, w.Shop.URL))
			if len(part) == 0 || len(part) > size {
				t.Errorf("%s holds %d addresses of at most %d", at, len(part), size)
			}
			all = append(all, part...)
		}
		if !slices.Equal(all, whole) {
			t.Errorf("by %d: the parts hold %d addresses, the whole %d", size, len(all), len(whole))
		}
	}
	w.App.Shop.MapSize = len(whole)
	if again := places("/sitemap.xml"); !slices.Equal(again, whole) {
		t.Errorf("what just fits is told in %d addresses, not %d", len(again), len(whole))
	}
}

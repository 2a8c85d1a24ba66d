package journey_test

import (
	"encoding/csv"
	"encoding/xml"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// told is a row as either file tells it.
type told struct {
	id, title, description, link, availability, price, condition, group string
}

var feedPrice = regexp.MustCompile(`^\d+(\.\d\d)? [A-Z]{3}$`)

// conforms holds a row to what both readers' specifications demand of every
// product: the required fields, their lengths, their words.
func conforms(t *testing.T, base string, r told) {
	t.Helper()
	for name, text := range map[string]string{"id": r.id, "title": r.title, "description": r.description, "link": r.link} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s has no %s", r.id, name)
		}
	}
	if utf8.RuneCountInString(r.id) > 50 || utf8.RuneCountInString(r.title) > 150 || utf8.RuneCountInString(r.description) > 5000 {
		t.Errorf("%s is too long", r.id)
	}
	if !feedPrice.MatchString(r.price) {
		t.Errorf("%s costs %q", r.id, r.price)
	}
	if r.condition != "new" || !strings.HasPrefix(r.link, base+"/products/") {
		t.Errorf("%+v", r)
	}
}

func googleRows(t *testing.T, body []byte) (all []told) {
	t.Helper()
	var file struct {
		Version string `xml:"version,attr"`
		Items   []struct {
			ID           string `xml:"http://base.google.com/ns/1.0 id"`
			Title        string `xml:"http://base.google.com/ns/1.0 title"`
			Description  string `xml:"http://base.google.com/ns/1.0 description"`
			Link         string `xml:"http://base.google.com/ns/1.0 link"`
			Availability string `xml:"http://base.google.com/ns/1.0 availability"`
			Price        string `xml:"http://base.google.com/ns/1.0 price"`
			Condition    string `xml:"http://base.google.com/ns/1.0 condition"`
			Group        string `xml:"http://base.google.com/ns/1.0 item_group_id"`
			Known        string `xml:"http://base.google.com/ns/1.0 identifier_exists"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal(body, &file); err != nil || file.Version != "2.0" {
		t.Fatalf("%v: %s", err, body)
	}
	for _, i := range file.Items {
		if i.Known != "no" {
			t.Errorf("%s has no GTIN and does not say so", i.ID)
		}
		if !slices.Contains([]string{"in_stock", "out_of_stock", "preorder", "backorder"}, i.Availability) {
			t.Errorf("%s is %q", i.ID, i.Availability)
		}
		all = append(all, told{i.ID, i.Title, i.Description, i.Link, i.Availability, i.Price, i.Condition, i.Group})
	}
	return all
}

func metaRows(t *testing.T, body string) (all []told) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %s", err, body)
	}
	at := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	for _, row := range rows[1:] {
		if !slices.Contains([]string{"in stock", "out of stock", "preorder", "available for order"}, at(row, "availability")) {
			t.Errorf("%v", row)
		}
		all = append(all, told{at(row, "id"), at(row, "title"), at(row, "description"), at(row, "link"), strings.ReplaceAll(at(row, "availability"), " ", "_"),
			at(row, "price"), at(row, "condition"), at(row, "item_group_id")})
	}
	return all
}

func TestFeedsTellWhatThePagesSell(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		g := w.Call("GET", "/feeds/DE/en/google.xml", nil)
		m := w.Call("GET", "/feeds/DE/en/meta.csv", nil)
		rows := googleRows(t, g.Bytes)
		same := metaRows(t, string(m.Bytes))
		if len(rows) != 3 || len(same) != 3 {
			t.Fatalf("%d and %d rows: %s", len(rows), len(same), g.Bytes)
		}
		for i, r := range rows {
			conforms(t, w.Shop.URL, r)
			conforms(t, w.Shop.URL, same[i])
			if r != same[i] {
				t.Errorf("%+v here, %+v there", r, same[i])
			}
			link, err := url.Parse(r.link)
			if err != nil || r.price != "11.90 EUR" || r.availability != "in_stock" || (r.group == "") != (r.id == "POSTER") {
				t.Errorf("%+v", r)
			}
			if page := w.Call("GET", link.RequestURI(), nil); page.Status != 200 || !strings.Contains(string(page.Bytes), "€11.90") {
				t.Errorf("%s leads to %d without its price", r.link, page.Status)
			}
		}
		if other := googleRows(t, w.Call("GET", "/feeds/HU/hu/google.xml", nil).Bytes); len(other) != 3 || other[0].price != "4990.00 HUF" {
			t.Errorf("%+v", other)
		}
		for _, path := range []string{"/feeds/XX/en/google.xml", "/feeds/DE/fr/google.xml", "/feeds/DE/en/other.xml"} {
			if a := w.Call("GET", path, nil); a.Status != 404 {
				t.Errorf("%s: %d %s", path, a.Status, a.Bytes)
			}
		}
	})
}

// A row on sale tells both prices: the prior one, and what it costs now.
func TestFeedsTellOfASaleThePriorPriceToo(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		list := w.Call("POST", "/admin/v1/price-lists", map[string]any{"name": "Autumn", "market": "DE", "kind": "sale"})
		if a := w.Call("PUT", "/admin/v1/price-lists/"+list.Text("id")+"/prices", map[string]any{"prices": []any{map[string]any{"sku": "POSTER", "amount": 9_90, "currency": "EUR"}}}); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		rows, err := csv.NewReader(strings.NewReader(string(w.Call("GET", "/feeds/DE/en/meta.csv", nil).Bytes))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%v %v", err, rows)
		}
		price, sale := slices.Index(rows[0], "price"), slices.Index(rows[0], "sale_price")
		for _, row := range rows[1:] {
			if row[price] != "11.90 EUR" || (row[0] == "POSTER") != (row[sale] == "9.90 EUR") || row[0] != "POSTER" && row[sale] != "" {
				t.Errorf("%v", row)
			}
		}
		if google := string(w.Call("GET", "/feeds/DE/en/google.xml", nil).Bytes); strings.Count(google, "sale_price") != 2 || !strings.Contains(google, ">9.90 EUR<") || strings.Count(google, ">11.90 EUR<") != 3 {
			t.Errorf("%s", google)
		}
	})
}

func TestCrawlersAreToldWhereToGo(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		robots := string(w.Call("GET", "/robots.txt", nil).Bytes)
		if !strings.Contains(robots, "Sitemap: "+w.Shop.URL+"/sitemap.xml") || !strings.Contains(robots, "Disallow: /cart") {
			t.Errorf("%s", robots)
		}
		var urls struct {
			Loc []string `xml:"url>loc"`
		}
		if err := xml.Unmarshal(w.Call("GET", "/sitemap.xml", nil).Bytes, &urls); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{w.Shop.URL + "/", w.Shop.URL + "/products/mug", w.Shop.URL + "/products/poster"} {
			if !slices.Contains(urls.Loc, want) {
				t.Errorf("%s is not among %v", want, urls.Loc)
			}
		}
		if len(urls.Loc) != 3 {
			t.Errorf("%v", urls.Loc)
		}
	})
}

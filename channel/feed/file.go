package feed

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
)

// google writes RSS 2.0 with the elements of Merchant Center's product data
// specification.
type google struct {
	to  io.Writer
	xml *xml.Encoder
}

func newGoogle(w io.Writer) writer { return &google{w, xml.NewEncoder(w)} }

func (g *google) begin(title, link string) error {
	_, err := fmt.Fprintf(g.to, "%s<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\"><channel><title>%s</title><link>%s</link><description>%s</description>\n",
		xml.Header, escaped(title), escaped(link), escaped(title))
	return err
}

func (g *google) end() error {
	_, err := io.WriteString(g.to, "</channel></rss>\n")
	return err
}

// item is a product as Merchant Center reads it.
type item struct {
	XMLName      xml.Name `xml:"item"`
	ID           string   `xml:"g:id"`
	Title        string   `xml:"g:title"`
	Description  string   `xml:"g:description"`
	Link         string   `xml:"g:link"`
	Image        string   `xml:"g:image_link,omitempty"`
	Availability string   `xml:"g:availability"`
	From         string   `xml:"g:availability_date,omitempty"`
	Pickup       string   `xml:"g:pickup_method,omitempty"`
	Price        string   `xml:"g:price"`
	Sale         string   `xml:"g:sale_price,omitempty"`
	Condition    string   `xml:"g:condition"`
	GTIN         string   `xml:"g:gtin,omitempty"`
	Brand        string   `xml:"g:brand,omitempty"`
	Known        string   `xml:"g:identifier_exists,omitempty"`
	Group        string   `xml:"g:item_group_id,omitempty"`
	Weight       string   `xml:"g:shipping_weight,omitempty"`
}

func (g *google) row(r Row) error {
	one := item{ID: r.ID, Title: r.Title, Description: r.Description, Link: r.Link, Image: r.Image, Availability: r.Availability, From: instant(r.From),
		Price: amount(r.Price), Sale: amount(r.Sale), Condition: "new", GTIN: r.GTIN, Brand: r.Brand, Group: r.Group}
	if r.GTIN == "" {
		one.Known = "no"
	}
	if r.Collect {
		one.Pickup = "buy"
	}
	if r.WeightGrams > 0 {
		one.Weight = fmt.Sprintf("%d g", r.WeightGrams)
	}
	if err := g.xml.Encode(one); err != nil {
		return fmt.Errorf("write %s: %w", r.ID, err)
	}
	return nil
}

func escaped(text string) string {
	var to writing
	_ = xml.EscapeText(&to, []byte(text)) // a buffer takes everything
	return string(to)
}

type writing []byte

func (w *writing) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

// meta writes the CSV of Meta's product catalogue.
type meta struct{ csv *csv.Writer }

func newMeta(w io.Writer) writer { return meta{csv.NewWriter(w)} }

func (m meta) begin(string, string) error {
	return m.csv.Write([]string{"id", "title", "description", "availability", "condition", "price", "link", "image_link", "brand", "sale_price", "gtin", "item_group_id"})
}

// row spells availability as Meta does, with blanks; what may be ordered ahead
// counts as available for order.
func (m meta) row(r Row) error {
	spelt := map[string]string{"in_stock": "in stock", "out_of_stock": "out of stock", "preorder": "preorder", "backorder": "available for order"}
	return m.csv.Write([]string{r.ID, r.Title, r.Description, spelt[r.Availability], "new", amount(r.Price), r.Link, r.Image, r.Brand, amount(r.Sale), r.GTIN, r.Group})
}

func (m meta) end() error {
	m.csv.Flush()
	return m.csv.Error()
}

// Package pdf draws a document on paper: A4, in the buyer's language.
//
// One page answers who owes whom how much and what for; the positions flow over
// as many pages as they need, with their headings again. The same document is
// always the same bytes. Letters are the Go fonts, which have every sign of the
// languages we speak and travel inside the program.
package pdf

import (
	"bytes"
	"embed"
	"fmt"
	"image/png"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"korzo/platform/i18n"
	"korzo/purchase/document"
	"korzo/value/address"
)

//go:embed messages/*.json
var files embed.FS

// Messages are the words of the page, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Millimetres on A4. The address stands in the window of a DIN 5008 envelope.
const (
	left, right, width = 20.0, 190.0, 170.0
	addressTop         = 45.0
	metaLeft           = 125.0
	bodyTop            = 98.0
	bottom             = 34.0
	code               = 24.0
)

// Columns of the positions: where each ends.
const (
	quantityEnd, unitEnd, rateEnd, netEnd = 112.0, 138.0, 152.0, right
	titleWidth                            = 76.0
)

// Render draws a document. link, if not empty, is drawn as a QR code that opens
// the order.
func Render(c document.Content, l i18n.Locale, link string) ([]byte, error) {
	p := page{Fpdf: fpdf.New("P", "mm", "A4", ""), c: c, l: l}
	p.SetCatalogSort(true)
	p.SetCreationDate(c.Issued.At(0, time.UTC))
	p.SetModificationDate(c.Issued.At(0, time.UTC))
	p.SetTitle(p.heading()+" "+c.Number, true)
	p.SetAuthor(c.Seller.Name, true)
	p.SetProducer("Korzo", true)
	p.SetLang(l.Tag())
	p.SetMargins(left, 20, 210-right)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(true, bottom)
	// The library writes into a font that it reads: each page has its own.
	p.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	p.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	p.AliasNbPages("{pages}")
	p.SetFooterFunc(p.footer)
	p.AddPage()
	p.head()
	p.positions()
	p.totals()
	p.closing(link)
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("draw %s: %w", c.Number, err)
	}
	return out.Bytes(), nil
}

type page struct {
	*fpdf.Fpdf
	c document.Content
	l i18n.Locale
}

const (
	ink  = 26
	mute = 112
	line = 222
)

func (p page) style(weight string, size float64, grey int) {
	p.SetFont("go", weight, size)
	p.SetTextColor(grey, grey, grey)
}

// left writes text that begins at x and takes up at most w.
func (p page) left(x, y, w, h float64, text string) {
	text = drawable(text)
	if p.GetStringWidth(text) > w {
		for p.GetStringWidth(text+"…") > w {
			_, size := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-size]
		}
		text += "…"
	}
	p.SetXY(x, y)
	p.CellFormat(w, h, text, "", 0, "L", false, 0, "")
}

// drawable puts a square in place of what the fonts do not have and the library
// cannot encode: signs beyond the first plane of Unicode, and controls.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0xffff:
			return '□'
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text)
}

// right writes text that ends at x.
func (p page) right(x, y, h float64, text string) {
	text = drawable(text)
	w := p.GetStringWidth(text)
	p.SetXY(x-w, y)
	p.CellFormat(w, h, text, "", 0, "R", false, 0, "")
}

func (p page) rule(y float64, grey int) {
	p.SetDrawColor(grey, grey, grey)
	p.SetLineWidth(0.2)
	p.Line(left, y, right, y)
}

func (p page) heading() string { return p.l.T("document." + string(p.c.Kind)) }

func (p page) head() {
	p.style("B", 13, ink)
	p.left(left, 20, width, 6, p.c.Seller.Name)
	p.style("", 7, mute)
	p.left(left, addressTop-5, 80, 4, strings.Join(p.lines(p.c.Seller), " · "))
	p.style("", 10, ink)
	for i, text := range p.lines(p.c.Buyer) {
		p.left(left, addressTop+float64(i)*5, 90, 5, text)
	}
	p.meta()
	p.style("B", 17, ink)
	p.left(left, bodyTop-13, width, 8, p.heading()+" "+p.c.Number)
	p.SetY(bodyTop)
}

// lines is a party's address. Mail within the seller's country does not name it.
func (p page) lines(of document.Party) []string {
	at := of.Address
	if at.Name == "" {
		at.Name = of.Name
	}
	all := address.Lines(at)
	if at.Country != "" && p.c.Buyer.Address.Country == p.c.Seller.Address.Country && len(all) > 0 {
		all = all[:len(all)-1]
	}
	if of.Name != "" && of.Name != at.Name {
		all = append([]string{of.Name}, all...)
	}
	return all
}

func (p page) meta() {
	facts := [][2]string{{"document.number", p.c.Number}, {"document.date", p.l.LongDay(p.c.Issued)},
		{"document.order", p.c.Order}, {"document.order_date", p.l.LongDay(p.c.Placed)}}
	if p.c.Corrects != "" {
		facts = append(facts, [2]string{"document.corrects", p.c.Corrects})
	}
	if p.c.Buyer.VATID != "" {
		facts = append(facts, [2]string{"document.buyer_vat_id", p.c.Buyer.VATID})
	}
	for i, fact := range facts {
		y := addressTop + float64(i)*5.5
		p.style("", 9, mute)
		p.left(metaLeft, y, 30, 5, p.l.T(fact[0]))
		p.style("", 9, ink)
		p.right(right, y, 5, fact[1])
	}
}

func (p page) columns() {
	p.style("", 8, mute)
	y := p.GetY()
	p.left(left, y, titleWidth, 5, p.l.T("document.position"))
	p.right(quantityEnd, y, 5, p.l.T("document.quantity"))
	p.right(unitEnd, y, 5, p.l.T("document.unit"))
	p.right(rateEnd, y, 5, p.l.T("document.rate"))
	p.right(netEnd, y, 5, p.l.T("document.gross"))
	p.rule(y+6, mute)
	p.SetY(y + 8)
}

func (p page) positions() {
	p.columns()
	for _, l := range p.c.Lines {
		p.position(l, l.Units())
	}
	for _, l := range p.c.Charges {
		p.position(l, "")
	}
	p.rule(p.GetY(), mute)
	p.SetY(p.GetY() + 3)
}

func (p page) position(l document.Line, quantity string) {
	p.style("", 9.5, ink)
	title := p.SplitText(drawable(l.Title), titleWidth)
	height := float64(len(title))*4.8 + 2
	small := p.small(l)
	if small != "" {
		height += 4
	}
	if _, h := p.GetPageSize(); p.GetY()+height > h-bottom {
		p.AddPage()
		p.columns()
		p.style("", 9.5, ink)
	}
	y := p.GetY()
	for i, text := range title {
		p.left(left, y+float64(i)*4.8, titleWidth, 4.8, text)
	}
	if quantity != "" {
		p.right(quantityEnd, y, 4.8, quantity)
		p.right(unitEnd, y, 4.8, p.l.Money(l.Unit))
	}
	p.right(rateEnd, y, 4.8, p.l.Percent(l.PPM))
	p.right(netEnd, y, 4.8, p.l.Money(l.Gross()))
	if small != "" {
		p.style("", 7.5, mute)
		p.left(left, y+float64(len(title))*4.8, titleWidth, 4, small)
	}
	p.rule(y+height, line)
	p.SetY(y + height + 1.5)
}

// small is what stands beneath a position's title.
func (p page) small(l document.Line) string {
	var parts []string
	if l.SKU != "" {
		parts = append(parts, l.SKU)
	}
	if !l.Discount.IsZero() {
		parts = append(parts, p.l.T("document.discount", "Amount", p.l.Money(l.Discount)))
	}
	return strings.Join(parts, " · ")
}

func (p page) totals() {
	if _, h := p.GetPageSize(); p.GetY()+float64(len(p.c.Rates)*5+30) > h-bottom {
		p.AddPage()
	}
	row := func(weight string, size float64, grey int, label, value string) {
		y := p.GetY()
		p.style(weight, size, grey)
		p.left(100, y, 55, 5.4, label)
		p.right(right, y, 5.4, value)
		p.SetY(y + 5.4)
	}
	row("", 9, mute, p.l.T("document.net_total"), p.l.Money(p.c.Net))
	for _, r := range p.c.Rates {
		row("", 9, mute, p.l.T("document.tax_of", "Rate", p.l.Percent(r.PPM), "Base", p.l.Money(r.Base)), p.l.Money(r.Tax))
	}
	p.SetY(p.GetY() + 1)
	row("B", 11.5, ink, p.l.T("document.total"), p.l.Money(p.c.Total))
	p.SetY(p.GetY() + 1)
	switch {
	case p.c.Kind == document.CreditNote:
		row("", 9, mute, p.l.T("document.given_back"), p.l.Money(p.c.Total))
	case p.c.Due().IsZero():
		row("", 9, mute, p.l.T("document.paid"), p.l.Money(p.c.Paid))
	default:
		if !p.c.Paid.IsZero() {
			row("", 9, mute, p.l.T("document.paid"), p.l.Money(p.c.Paid))
		}
		row("B", 9, ink, p.l.T("document.due", "Day", p.l.LongDay(p.c.PayBy)), p.l.Money(p.c.Due()))
	}
}

// untaxed says why no tax was charged, and what the tax office said of it.
func (p page) untaxed() string {
	if p.c.TaxReason == "" {
		return ""
	}
	text := p.l.T("document.tax." + p.c.TaxReason)
	if k := p.c.VATCheck; k != nil && k.Valid {
		text += "\n" + p.l.T("document.vat_checked", "ID", p.c.Buyer.VATID, "Day", p.l.LongDay(k.Day))
		if k.Reference != "" {
			text += " " + p.l.T("document.vat_reference", "Reference", k.Reference)
		}
	}
	return text + "\n"
}

// closing is a last word, and the way to the order.
func (p page) closing(link string) {
	text := p.l.T("document.thanks")
	if p.c.Kind == document.CreditNote {
		if text = ""; p.c.Reason != "" {
			text = p.l.T("document.reason", "Reason", p.c.Reason)
		}
	}
	if _, h := p.GetPageSize(); p.GetY()+code+12 > h-bottom {
		p.AddPage()
	}
	text = p.untaxed() + text
	y := p.GetY() + 8
	p.style("", 9.5, ink)
	p.SetY(y)
	for paragraph := range strings.Lines(text) {
		p.SetX(left)
		p.MultiCell(110, 5, drawable(strings.TrimSpace(paragraph)), "", "L", false)
	}
	if link == "" {
		return
	}
	picture, err := square(link)
	if err != nil {
		p.SetError(err)
		return
	}
	p.RegisterImageOptionsReader("link", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(picture))
	p.ImageOptions("link", right-code, y, code, code, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, link)
	p.style("", 7.5, mute)
	p.right(right, y+code+1, 4, p.l.T("document.scan"))
}

// square is a link as a QR code.
func square(link string) ([]byte, error) {
	c, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("encode the link: %w", err)
	}
	quiet := c.Bounds().Dx()
	if c, err = barcode.Scale(c, quiet*6, quiet*6); err != nil {
		return nil, fmt.Errorf("scale the code: %w", err)
	}
	var out bytes.Buffer
	err = png.Encode(&out, c)
	return out.Bytes(), err
}

func (p page) footer() {
	_, h := p.GetPageSize()
	y := h - 24
	p.rule(y-3, line)
	p.style("", 7.5, mute)
	s := p.c.Seller
	var facts []string
	for _, fact := range []string{s.Register, s.Email, s.Phone} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	if s.VATID != "" {
		facts = append(facts, p.l.T("document.vat_id", "ID", s.VATID))
	}
	for i, text := range []string{strings.Join(p.lines(s), " · "), strings.Join(facts, " · ")} {
		p.left(left, y+float64(i)*4, width, 4, text)
	}
	p.left(left, y+8, width, 4, p.l.T("document.page", "Page", strconv.Itoa(p.PageNo()), "Pages", "{pages}"))
}

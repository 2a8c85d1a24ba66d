// Package paper draws a gift card to be printed: A4, the card on the upper half,
// cut along a line, and how it is used beneath.
//
// The one idea is that a present is opened: the front says for whom and from whom
// it is and what it is worth, and the code stands below, in letters that nobody
// mistakes and as a square that a till reads. The same card is always the same
// bytes.
//
// Never true: an address or an order's number on a card, because whoever finds it
// should learn nothing but what it is worth.
package paper

import (
	"bytes"
	"embed"
	"fmt"
	"image/png"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"

	"korzo/platform/i18n"
)

//go:embed messages/*.json
var files embed.FS

// Messages are the words of the card, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Card is what is drawn. Amount and Until are formatted for the reader already.
type Card struct {
	Shop   string
	Amount string
	Code   string
	For    string // "": nobody is named
	From   string
	Text   string // at most 500 characters; what finds no room is cut
	Until  string // the last day it is good for; "" for ever
	URL    string // of the shop, without a token
	Made   time.Time
}

// Name is what a browser or a mail calls the file.
const Name = "gift-card.pdf"

// Millimetres on A4.
const (
	left, top, width, height = 15.0, 15.0, 180.0, 118.0
	bandHeight               = 52.0
	cut                      = 148.5
	square                   = 34.0
	inset                    = 10.0
)

// The inks: the shop's green, what is printed on it, black and grey.
var (
	green = ink{11, 93, 78}
	white = ink{255, 255, 255}
	black = ink{28, 28, 26}
	grey  = ink{102, 101, 93}
)

type ink struct{ r, g, b int }

type page struct {
	*fpdf.Fpdf
	c Card
	l i18n.Locale
}

// Render draws a card in a reader's language.
func Render(c Card, l i18n.Locale) ([]byte, error) {
	p := page{fpdf.New("P", "mm", "A4", ""), c, l}
	p.SetCatalogSort(true)
	p.SetCreationDate(c.Made.UTC())
	p.SetModificationDate(c.Made.UTC())
	p.SetTitle(l.T("giftcard.title"), true)
	p.SetAuthor(c.Shop, true)
	p.SetProducer("Korzo", true)
	p.SetLang(l.Tag())
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, 0)
	// The library writes into a font that it reads: each page has its own.
	p.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	p.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	p.AddUTF8FontFromBytes("code", "B", bytes.Clone(gomonobold.TTF))
	p.AddPage()
	p.band()
	p.words()
	p.code()
	p.guide()
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("draw a gift card: %w", err)
	}
	return out.Bytes(), nil
}

// band is the card's coloured head: the shop, and what it is worth.
func (p page) band() {
	p.SetFillColor(green.r, green.g, green.b)
	p.RoundedRect(left, top, width, bandHeight, 5, "12", "F")
	p.style("B", 15, white)
	p.line(left+inset, top+inset, width-2*inset, 7, p.c.Shop)
	p.style("", 11, white)
	p.line(left+inset, top+bandHeight-inset-5, 60, 5, p.l.T("giftcard.title"))
	p.style("B", 34, white)
	amount := drawable(p.c.Amount)
	for size := 34.0; p.GetStringWidth(amount) > width-2*inset-60 && size > 12; size-- {
		p.style("B", size, white)
	}
	p.SetXY(left+inset, top+bandHeight-inset-13)
	p.CellFormat(width-2*inset, 14, amount, "", 0, "R", false, 0, "")
	p.SetDrawColor(grey.r, grey.g, grey.b)
	p.SetLineWidth(0.25)
	p.RoundedRect(left, top, width, height, 5, "1234", "D")
}

// words are for whom and from whom the card is, and what the giver wrote.
func (p page) words() {
	y, wide := top+bandHeight+8, width-2*inset-square-8
	if p.c.For != "" {
		p.style("B", 14, black)
		p.line(left+inset, y, wide, 7, p.l.T("giftcard.for", "Name", p.c.For))
		y += 9
	}
	p.style("", 10.5, black)
	end := top + height - 32
	if p.c.From != "" {
		end -= 7
	}
	for _, paragraph := range strings.Split(p.c.Text, "\n") {
		for _, text := range p.SplitText(drawable(paragraph), wide) {
			if y+5 > end {
				break
			}
			p.line(left+inset, y, wide, 5, text)
			y += 5
		}
	}
	if p.c.From != "" {
		p.style("", 10.5, grey)
		p.line(left+inset, y+1.5, wide, 5, p.l.T("giftcard.from", "Name", p.c.From))
	}
}

// code is what the card is spent with.
func (p page) code() {
	y := top + height - 25
	p.style("", 8, grey)
	p.line(left+inset, y, 100, 4, p.l.T("giftcard.code"))
	p.SetFont("code", "B", 16)
	p.SetTextColor(black.r, black.g, black.b)
	p.SetXY(left+inset, y+4.5)
	p.CellFormat(130, 7, p.c.Code, "", 0, "L", false, 0, "")
	if p.c.Until != "" {
		p.style("", 8, grey)
		p.line(left+inset, y+13, 120, 4, p.l.T("giftcard.until", "Date", p.c.Until))
	}
	picture, err := picture(p.c.Code)
	if err != nil {
		p.SetError(err)
		return
	}
	p.RegisterImageOptionsReader("code", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(picture))
	p.ImageOptions("code", left+width-inset-square, top+bandHeight+8, square, square, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	p.style("", 7.5, grey)
	p.SetXY(left+width-inset-square-10, top+bandHeight+9+square)
	p.MultiCell(square+10, 3.6, drawable(p.l.T("giftcard.scan")), "", "R", false)
}

// guide stands below the line that is cut: how the card is used.
func (p page) guide() {
	p.SetDrawColor(grey.r, grey.g, grey.b)
	p.SetLineWidth(0.2)
	p.SetDashPattern([]float64{1.5, 1.5}, 0)
	p.Line(0, cut, 210, cut)
	p.SetDashPattern([]float64{}, 0)
	p.style("B", 11, black)
	p.line(left, cut+12, width, 6, p.l.T("giftcard.how"))
	p.style("", 10, black)
	p.SetXY(left, cut+20)
	p.MultiCell(130, 5.4, drawable(p.l.T("giftcard.how_text", "URL", p.c.URL)), "", "L", false)
	p.SetXY(left, p.GetY()+3)
	p.style("", 9, grey)
	p.MultiCell(130, 4.8, drawable(p.l.T("giftcard.keep")), "", "L", false)
}

func (p page) style(weight string, size float64, c ink) {
	p.SetFont("go", weight, size)
	p.SetTextColor(c.r, c.g, c.b)
}

// line writes text that takes up at most w.
func (p page) line(x, y, w, h float64, text string) {
	text = drawable(text)
	if p.GetStringWidth(text) > w {
		runes := []rune(text)
		for len(runes) > 0 && p.GetStringWidth(string(runes)+"…") > w {
			runes = runes[:len(runes)-1]
		}
		text = string(runes) + "…"
	}
	p.SetXY(x, y)
	p.CellFormat(w, h, text, "", 0, "L", false, 0, "")
}

// drawable puts a square in place of what the fonts lack and the library cannot
// encode: signs beyond the first plane of Unicode, and controls.
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

// picture is a code as a QR code.
func picture(code string) ([]byte, error) {
	c, err := qr.Encode(code, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("encode the code: %w", err)
	}
	side := c.Bounds().Dx()
	if c, err = barcode.Scale(c, side*8, side*8); err != nil {
		return nil, fmt.Errorf("scale the code: %w", err)
	}
	var out bytes.Buffer
	err = png.Encode(&out, c)
	return out.Bytes(), err
}

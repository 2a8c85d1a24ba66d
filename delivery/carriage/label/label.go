// Package label draws what is stuck on a parcel: one page A6, black on white.
//
// It bears the receiver as the post of his country writes him, the sender
// small, the service large, what is collected at the door, and the number twice: as a Code 128 for scanners of
// carriers and as a QR code for phones of packers. Bars are vectors with a whole
// number of modules, so that every printer prints them sharp. The same label is
// the same bytes.
package label

import (
	"bytes"
	"fmt"
	"image/color"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"korzo/delivery/carriage"
	"korzo/value/address"
)

// Millimetres on A6.
const (
	width, height = 105.0, 148.0
	margin        = 6.0
	barTop        = 104.0
	barHeight     = 26.0
	quiet         = 6.0 // white beside the bars
	square        = 26.0
)

// Content is what a label says.
type Content struct {
	Carrier string // as people know it
	Service string
	Code    string // what the barcode says, ASCII
	Booking carriage.Booking
}

// Draw returns the label as a PDF. It fails on a code that no barcode can bear.
func Draw(c Content) ([]byte, error) {
	bars, err := code128.Encode(c.Code)
	if err != nil {
		return nil, fmt.Errorf("draw the barcode of %s: %w", c.Code, err)
	}
	dots, err := qr.Encode(c.Code, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw the QR code of %s: %w", c.Code, err)
	}
	p := page{fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})}
	p.SetCatalogSort(true)
	epoch := time.Unix(0, 0).UTC() // a label has no date of its own, so that it is the same each time
	p.SetCreationDate(epoch)
	p.SetModificationDate(epoch)
	p.SetTitle(c.Code, true)
	p.SetProducer("Korzo", true)
	p.SetMargins(margin, margin, margin)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, 0)
	// The library writes into a font that it reads: each label has its own.
	p.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	p.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	p.AddPage()
	p.head(c)
	p.receiver(c.Booking.To)
	p.foot(c, bars)
	p.squares(dots, width-margin-square, 70, square)
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("draw the label of %s: %w", c.Code, err)
	}
	return out.Bytes(), nil
}

type page struct{ *fpdf.Fpdf }

// text writes at x, y what fits into w, in a size that shrinks to a readable least.
func (p page) text(x, y, w float64, weight string, size float64, text string) {
	text = drawable(text)
	for p.SetFont("go", weight, size); size > 6 && p.GetStringWidth(text) > w; p.SetFont("go", weight, size) {
		size -= 0.5
	}
	for text != "" && p.GetStringWidth(text) > w {
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	p.Text(x, y, text)
}

// drawable leaves out what the font's tables cannot hold.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > 0xffff {
			return '□'
		}
		return r
	}, text)
}

func (p page) line(y float64) {
	p.SetLineWidth(0.4)
	p.Line(margin, y, width-margin, y)
}

func (p page) head(c Content) {
	p.text(margin, 13, 60, "B", 16, c.Carrier)
	p.text(margin, 19, 60, "", 9, c.Service)
	p.text(70, 13, width-margin-70, "B", 13, weight(c.Booking.Parcel.WeightGrams))
	p.line(22)
	from := strings.Join(address.Lines(c.Booking.From), ", ")
	p.text(margin, 26.5, width-2*margin, "", 7, from)
	p.line(29)
}

func weight(grams int64) string {
	return strconv.FormatFloat(float64(grams)/1000, 'f', 2, 64) + " kg"
}

func (p page) receiver(to address.Address) {
	y := 38.0
	for i, line := range address.Lines(to) {
		style, size := "", 13.0
		if i == 0 {
			style = "B"
		}
		p.text(margin, y, width-2*margin, style, size, line)
		y += 6
	}
}

func (p page) foot(c Content, bars barcode.Barcode) {
	p.text(margin, 76, 58, "", 8, c.Booking.Contains)
	p.text(margin, 81, 58, "", 8, c.Booking.Reference)
	if c.Booking.Collect.Minor > 0 {
		p.text(margin, 91, 58, "B", 14, "COD "+c.Booking.Collect.Decimal()+" "+string(c.Booking.Collect.Currency))
	}
	p.line(barTop - 5)
	p.bars(bars, margin+quiet, barTop, width-2*(margin+quiet), barHeight)
	p.SetFont("go", "B", 11)
	code := spaced(c.Code)
	p.Text((width-p.GetStringWidth(code))/2, barTop+barHeight+6, code)
}

// spaced writes a code in groups of four, as people read it out.
func spaced(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 && len(code) > 8 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// bars draws runs of black modules as rectangles.
func (p page) bars(code barcode.Barcode, x, y, w, h float64) {
	modules := code.Bounds().Dx()
	module := w / float64(modules)
	for from := 0; from < modules; {
		to := from
		for to < modules && black(code, to, 0) {
			to++
		}
		if to > from {
			p.Rect(x+float64(from)*module, y, float64(to-from)*module, h, "F")
		}
		from = to + 1
	}
}

func (p page) squares(code barcode.Barcode, x, y, size float64) {
	n := code.Bounds().Dx()
	module := size / float64(n)
	for row := range n {
		for from := 0; from < n; {
			to := from
			for to < n && black(code, to, row) {
				to++
			}
			if to > from {
				p.Rect(x+float64(from)*module, y+float64(row)*module, float64(to-from)*module, module, "F")
			}
			from = to + 1
		}
	}
}

func black(code barcode.Barcode, x, y int) bool {
	return color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
}

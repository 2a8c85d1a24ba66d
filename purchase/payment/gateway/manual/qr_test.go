package manual_test

import (
	"bytes"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"testing"

	"korzo/purchase/payment/epc"
	"korzo/ui"
	"korzo/value/money"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// A GiroCode as the shop's page draws it says to a reader that is not ours
// exactly what was put into it.
func TestAGiroCodeOnThePageIsReadByAnIndependentReader(t *testing.T) {
	for _, in := range []epc.Transfer{
		{Holder: "Franz Mustermänn", IBAN: "DE71110220330123456789", BIC: "BHBLDEHHXXX", Amount: money.Of(12_30, "EUR"), Reference: "Rechnung 123, Danke"},
		{Holder: "Red Cross", IBAN: "BE72000000001616", Amount: money.Of(1, "EUR"), Reference: "RF18539007547034"},
		{Holder: "Korzo Haus und Tisch GmbH", IBAN: "DE89370400440532013000", Amount: money.Of(999_999_999_99, "EUR"), Reference: epc.Reference("att_01k2m3n4p5q6r7s8t9v0w1x2y3")},
	} {
		text, err := epc.Code(in)
		if err != nil {
			t.Fatal(err)
		}
		var svg bytes.Buffer
		if err := ui.QR(text, "GiroCode").Render(t.Context(), &svg); err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(raster(t, svg.String()))
		if err != nil {
			t.Fatal(err)
		}
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil {
			t.Fatalf("%q cannot be read: %v", text, err)
		}
		if read.GetText() != text {
			t.Errorf("read %q, want %q", read.GetText(), text)
		}
		if level := read.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL]; level != "M" {
			t.Errorf("error correction %v, the guideline wants M", level)
		}
	}
}

var (
	box    = regexp.MustCompile(`viewBox="0 0 (\d+) \d+"`)
	module = regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`)
)

// raster paints the modules of a drawn code, four points wide each.
func raster(t *testing.T, svg string) image.Image {
	t.Helper()
	const wide = 4
	found := box.FindStringSubmatch(svg)
	if found == nil {
		t.Fatalf("no drawing: %.200s", svg)
	}
	side, _ := strconv.Atoi(found[1])
	m := image.NewGray(image.Rect(0, 0, side*wide, side*wide))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for _, at := range module.FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(at[1])
		y, _ := strconv.Atoi(at[2])
		for i := range wide * wide {
			m.SetGray(x*wide+i%wide, y*wide+i/wide, color.Gray{})
		}
	}
	return m
}

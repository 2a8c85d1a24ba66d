package message

import (
	htmltemplate "html/template"

	"github.com/boombuler/barcode/qr"
)

// drawn are the functions of the layouts.
var drawn = htmltemplate.FuncMap{"scan": modules}

// quietZone is how many modules stay white around a code (ISO/IEC 18004).
const quietZone = 4

// modules are a QR code of a text, row by row: true is dark. Mails show it as cells of a
// table, because half of their readers load no picture.
func modules(text string) ([][]bool, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	rows := make([][]bool, size+2*quietZone)
	for y := range rows {
		rows[y] = make([]bool, len(rows))
	}
	for y := range size {
		for x := range size {
			r, _, _, _ := code.At(x, y).RGBA()
			rows[y+quietZone][x+quietZone] = r == 0
		}
	}
	return rows, nil
}

package ui

import (
	"context"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/a-h/templ"
	"github.com/boombuler/barcode/qr"
)

// quietZone is how many modules stay white around a code (ISO/IEC 18004).
const quietZone = 4

// QR draws a text as a QR code with error correction M, dark on white whatever
// the scheme, for cameras read nothing else. label says what it is for.
func QR(text, label string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		code, err := qr.Encode(text, qr.M, qr.Auto)
		if err != nil {
			return fmt.Errorf("draw a QR code of %d characters: %w", len(text), err)
		}
		size := code.Bounds().Dx()
		var path strings.Builder
		for y := range size {
			for x := range size {
				if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
					fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
				}
			}
		}
		side := size + 2*quietZone
		_, err = fmt.Fprintf(w, `<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
			html.EscapeString(label), side, side, side, side, path.String())
		return err
	})
}

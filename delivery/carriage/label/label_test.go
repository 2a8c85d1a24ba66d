package label_test

import (
	"bytes"
	"sync"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/label"
	"korzo/value/address"
)

// Many desks print at once: every label is the same bytes, and the fonts that
// all drawings of the process share are as they were.
func TestLabelsDrawnAtOnceAreTheSame(t *testing.T) {
	regular, bold := bytes.Clone(goregular.TTF), bytes.Clone(gobold.TTF)
	c := label.Content{Carrier: "Sandbox", Service: "Parcel", Code: "KZ0123456789",
		Booking: carriage.Booking{To: address.Address{Name: "Ádám Őrsi", Line1: "Fő utca 1.", City: "Győr", PostalCode: "9021", Country: "HU"}}}
	drawn := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range drawn {
		all.Go(func() {
			var err error
			if drawn[i], err = label.Draw(c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, one := range drawn[1:] {
		if !bytes.Equal(one, drawn[0]) {
			t.Error("two labels of one parcel differ")
		}
	}
	if !bytes.Equal(regular, goregular.TTF) || !bytes.Equal(bold, gobold.TTF) {
		t.Error("drawing a label changed the fonts")
	}
}

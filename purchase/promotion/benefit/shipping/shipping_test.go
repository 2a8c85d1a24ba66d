package shipping_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/shipping"
)

func TestShippingKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: shipping.New,
		Settings: []string{`{}`, `{"percent": 50}`, `{"most": {"EUR": 490, "HUF": 100000}}`},
		Wrong:    map[string]string{"too much": `{"percent": 101}`, "a most of nothing": `{"most": {"EUR": 0}}`}})
}

func TestADeliveryCostsLess(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		price, want    int64
	}{
		{"free", `{}`, 490, 490},
		{"half", `{"percent": 50}`, 495, 248},
		{"up to the standard price", `{"most": {"EUR": 490}}`, 1290, 490},
		{"a free one stays free", `{}`, 0, 0},
	} {
		b, err := shipping.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if e := b.Off(&basket.Goods{Currency: "EUR", Step: 1, Shipping: c.price}); e.Shipping != c.want || e.Spread != 0 || e.Lines != nil {
			t.Errorf("%s: %+v, want %d", c.name, e, c.want)
		}
	}
}

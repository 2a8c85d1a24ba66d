package storefront_test

import (
	"strings"
	"testing"
	"time"

	"korzo/platform/db/dbtest"

	"github.com/chromedp/chromedp"
)

// The shop's parcels leave until 14:00 in Berlin, and it is 13:00 there.
func TestAWayOfDeliverySaysUntilWhenItKeepsItsDay(t *testing.T) {
	each(t, func(w *world) {
		clock := dbtest.Clock(w.d)
		b := w.browser("en")
		b.open("/products/mug").says("Arrives 3–7 Jan Standard · €4.90 Order by 14:00")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		page := b.open("/checkout").says("Order by 14:00")
		if !strings.Contains(page.body, `data-until="2030-01-02T13:00:00Z"`) {
			t.Error("the checkout does not say until when in a way that is counted down")
		}
		clock.Advance(time.Hour) // now it leaves tomorrow: nothing of today is counted down
		b.open("/products/mug").says("Arrives 4–8 Jan").silent("Order by")
		b.open("/checkout").silent("Order by")
	})
}

func TestWhatIsLeftOfADayIsCountedDownWithoutMovingAnything(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.WaitVisible(chromedp.CSS(`.until`)))
	tall := evaluate[float64](p, `document.querySelector('.until').getBoundingClientRect().height`)
	p.do(chromedp.WaitReady(chromedp.CSS(`.until [data-left]`)))
	if left := evaluate[string](p, `document.querySelector('.until [data-left]').dataset.left`); !strings.HasSuffix(left, "min") {
		t.Errorf("what is left is said as %q", left)
	}
	if now := evaluate[float64](p, `document.querySelector('.until').getBoundingClientRect().height`); now != tall {
		t.Errorf("the line was %v high and is %v", tall, now)
	}
	p.shoot("product-until")
}

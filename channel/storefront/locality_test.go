package storefront_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"korzo/delivery/locality"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/address"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// knows has the shop know that 10115 and 10117 are Berlin.
func (w *world) knows() {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		for _, code := range []string{"10115", "10117"} {
			for n := range locality.Enough {
				a := address.Address{City: "Berlin", PostalCode: code, Country: "DE"}
				if err := locality.Learn(w.t.Context(), tx, w.keeper, a, fmt.Sprint("person", n)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func TestACityThatIsNotThePostalCodesIsSuggestedAndNeverRefused(t *testing.T) {
	each(t, func(w *world) {
		w.knows()
		b := w.bag("en")
		page := b.open("/checkout").silent("is Berlin")
		in := berlin(page, "approve")
		in.Set("postal_code", "10115")
		in.Set("city", "Hamburg")
		in.Set("intent", "refresh")
		said := b.post("/checkout", in).at(200, "/checkout").says("10115 is Berlin.", "Use Berlin")
		if said.value("city") != "Hamburg" {
			t.Errorf("the city became %q unasked", said.value("city"))
		}
		in.Set("city", "berlin")
		b.post("/checkout", in).at(200, "/checkout").silent("is Berlin")
		in.Set("city", "Hamburg")
		used := b.post("/checkout?city=Berlin", in).at(200, "/checkout").silent("10115 is Berlin")
		if used.value("city") != "Berlin" {
			t.Errorf("the city is %q after the suggestion was taken", used.value("city"))
		}
		if odd := b.post("/checkout?city=Atlantis", in); odd.value("city") != "Hamburg" {
			t.Errorf("a city from nowhere was taken: %q", odd.value("city"))
		}
		in.Set("intent", "place")
		if done := b.post("/checkout", in); !strings.HasPrefix(done.path, "/orders/ord_") {
			t.Errorf("what was only suggested kept the order from being placed: at %s", done.path)
		}
	})
}

func TestWhatIsTypedIsCompletedFromPlacesTheShopKnows(t *testing.T) {
	each(t, func(w *world) {
		w.knows()
		b := w.browser("en")
		if got := b.open("/checkout/places?country=DE&q=101").at(200, "/checkout/places").text(); !strings.Contains(got, "10115 Berlin") || !strings.Contains(got, "10117 Berlin") {
			t.Errorf("101 may be %q", got)
		}
		if got := b.open("/checkout/places?country=US&q=10011").body; !strings.Contains(got, `data-region="NY"`) || !strings.Contains(got, `data-city=""`) {
			t.Errorf("10011 may be %q", got)
		}
		for _, nothing := range []string{"country=DE&q=2", "country=&q=101", "q="} {
			if got := b.open("/checkout/places?"+nothing).at(200, "/checkout/places").body; strings.TrimSpace(got) != "" {
				t.Errorf("%s: %q", nothing, got)
			}
		}
	})
}

func TestACustomerChoosesAnAddressWithOnePress(t *testing.T) {
	each(t, func(w *world) {
		b := w.ada()
		for _, line := range []string{"Torstraße 1", "Rosenweg 2"} {
			b.send("/account/addresses", "country", "DE", "name", "Ada Lovelace", "line1", line, "line2", "", "city", "Berlin", "postal_code", "10119").says(line)
		}
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		page := b.open("/checkout").at(200, "/checkout").says("Torstraße 1, 10119 Berlin", "Rosenweg 2, 10119 Berlin")
		if page.value("line1") != "Torstraße 1" {
			t.Fatalf("the first address is %q", page.value("line1"))
		}
		buttons := regexp.MustCompile(`formaction="/checkout\?address=(adr_\w+)#h-address" aria-pressed="(\w+)"`).FindAllStringSubmatch(page.body, -1)
		if len(buttons) != 2 || buttons[0][2] != "true" || buttons[1][2] != "false" {
			t.Fatalf("buttons are %q", buttons)
		}
		in := berlin(page, "approve")
		in.Set("intent", "refresh")
		in.Set("line1", "half typed")
		chosen := b.post("/checkout?address="+buttons[1][1], in).at(200, "/checkout")
		if chosen.value("line1") != "Rosenweg 2" || chosen.value("name") != "Ada Lovelace" {
			t.Errorf("after the press: %q", chosen.value("line1"))
		}

		stranger := w.bag("en")
		other := stranger.open("/checkout").silent("Rosenweg")
		in = berlin(other, "approve")
		in.Set("intent", "refresh")
		if got := stranger.post("/checkout?address="+buttons[1][1], in).silent("Rosenweg"); got.value("line1") != "Torstraße 1" {
			t.Errorf("somebody else's address was filled in: %q", got.value("line1"))
		}
	})
}

// By keyboard and by a tap, on a phone.
func TestAPlaceIsCompletedWhileItIsTyped(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.knows()
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL+"/"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)),
		chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.lines`)),
		chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitVisible(chromedp.CSS(`#f-postal_code`)))
	p.do(chromedp.SendKeys(chromedp.CSS(`#f-postal_code`), "101"), chromedp.WaitVisible(chromedp.CSS(`#places`)))
	p.shoot("checkout-places")
	p.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitVisible(chromedp.CSS(`#place-1[aria-selected=true]`)))
	if active := evaluate[string](p, `document.activeElement.getAttribute('aria-activedescendant')`); active != "place-1" {
		t.Errorf("a screen reader is told of %q", active)
	}
	p.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(chromedp.CSS(`#places`)), quiet)
	if got := evaluate[string](p, `document.querySelector('#f-postal_code').value + ' ' + document.querySelector('#f-city').value`); got != "10117 Berlin" {
		t.Errorf("by keyboard: %q", got)
	}
	evaluate[string](p, `document.querySelector('#f-city').value = ''`)
	p.do(chromedp.SendKeys(chromedp.CSS(`#f-city`), "berl"), chromedp.WaitVisible(chromedp.CSS(`#places`)),
		chromedp.Click(chromedp.CSS(`#place-0`)), chromedp.WaitNotPresent(chromedp.CSS(`#places`)), quiet)
	if got := evaluate[string](p, `document.querySelector('#f-postal_code').value + ' ' + document.querySelector('#f-city').value`); got != "10115 Berlin" {
		t.Errorf("by a tap: %q", got)
	}
	evaluate[string](p, `document.querySelector('#f-city').value = document.querySelector('#f-postal_code').value = ''`)
	p.do(chromedp.SendKeys(chromedp.CSS(`#f-postal_code`), "10117"),
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector('#f-city').value === 'Berlin'`))
			return err
		}), quiet)
	evaluate[bool](p, `{ const city = document.querySelector('#f-city'); city.value = 'Hamburg'; city.dispatchEvent(new Event('change', { bubbles: true })) }`)
	p.do(chromedp.WaitVisible(chromedp.CSS(`#meant button`)))
	p.shoot("checkout-meant")
	p.do(chromedp.Click(chromedp.CSS(`#meant button`)), chromedp.WaitNotPresent(chromedp.CSS(`#meant button`)))
	if got := evaluate[string](p, `document.querySelector('#f-city').value`); got != "Berlin" {
		t.Errorf("the suggestion that was taken: %q", got)
	}
}

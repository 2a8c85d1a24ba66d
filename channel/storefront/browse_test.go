package storefront_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
)

func TestAShopperLooksAround(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		front := b.open("/").at(200, "/").says("All products", "Stoneware mug", "€12.90", "Paper lamp", "Sold out")
		if !strings.Contains(front.body, `<html lang="en">`) {
			t.Error("the page does not tell its language")
		}
		b.open("/products/mug").says("Red", "Blue", "Only 3 left", "Sand", "Sold out", "€12.90", "In stock", "Arrives 3–7 Jan Standard · €4.90").
			silent("Only 10 left")
		b.open("/?q=wool").says("Wool throw").silent("Stoneware mug")
		b.open("/?q=nothing").says("Nothing goes by that name")
		b.open("/?q=<nothing>+nowhere").says("Nothing goes by that name", "<nothing> nowhere")
		b.open("/products/none").at(404, "/products/none").says("This page does not exist")
		b.open("/no/such/page").at(404, "/no/such/page").says("This page does not exist")
		w.browser("de").open("/").says("Becher aus Steinzeug", "12,90 €", "Preise inkl. MwSt.")
	})
}

func TestMarketAndLanguageAreChosenAndTheCartGoesAlong(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("de")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2").at(200, "/cart").says("25,80 €")
		b.send("/settings", "market", "HU", "language", "hu", "back", "/cart").at(200, "/cart").says("10 320 Ft", "Az Ön kosara")
		b.send("/settings", "market", "US", "language", "en", "back", "/cart").at(200, "/cart").says("$27.80", "Your bag")
		b.send("/settings", "market", "XX", "language", "xx", "back", "//evil.example/").at(200, "/").says("$13.90")
		b.send("/settings", "market", "DE", "language", "en", "back", `/\evil.example`).at(200, "/").says("€12.90")
	})
}

func TestACartIsFilledChangedAndExplained(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.open("/cart").says("Your bag is empty")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "2").at(200, "/cart").says("It is in your bag", "Blue", "€25.80")
		page := b.open("/cart").silent("It is in your bag")
		line := lineOf(page)

		b.send(line, "quantity", "5").at(200, "/cart").says("Only 3 are left", "Something in your bag needs a look", "Set to 3")
		b.open("/checkout").says("Only 3 are left")
		b.send(line, "quantity", "3").at(200, "/cart").says("€38.70").silent("needs a look")
		if refused := b.send(line, "quantity", "70000").at(422, line).says("quantity from 1 to 9999"); refused.value("quantity") != "70000" {
			t.Errorf("the field holds %q and not what was typed", refused.value("quantity"))
		}
		b.send(line, "quantity", "much").at(422, line).says("quantity from 1 to 9999")

		b.send("/cart/codes", "code", "nonsense").at(200, "/cart").says("We do not know this code", "€38.70")
		b.send("/cart/codes", "code", "dollars").at(200, "/cart").says("This code counts in another country")
		b.send("/cart/codes", "code", "spring").at(200, "/cart").says("applied", "-€3.87", "€34.83")
		b.send("/cart/codes", "code", strings.Repeat("x", 65)).at(422, "/cart/codes").says("A code has 1 to 64 characters")
		b.send("/cart/codes/remove", "code", "spring").at(200, "/cart").says("€38.70").silent("applied")
		b.send(line, "remove", "1").at(200, "/cart").says("Your bag is empty")
		b.send(line, "remove", "1").at(200, "/cart").says("Your bag is empty")
	})
}

func TestWhatIsTakenOutCanBePutBack(t *testing.T) {
	each(t, func(w *world) {
		w.counters()
		b := w.browser("en")
		page := b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "2").says("€14.20 more for free delivery")
		gone := b.send(lineOf(page), "remove", "1").at(200, "/cart").says("Your bag is empty", "Stoneware mug – Blue is out of your bag")
		if gone.value("variant") != w.variant("MUG-1") || gone.value("quantity") != "2" {
			t.Errorf("back would come %s × %s", gone.value("quantity"), gone.value("variant"))
		}
		b.send("/cart/lines", "product", gone.value("product"), "variant", gone.value("variant"), "quantity", gone.value("quantity")).
			says("€25.80").silent("out of your bag")
		b.open("/cart?removed=" + w.variant("MUG-1") + ".2").silent("out of your bag") // it is there again
		for _, nonsense := range []string{"var_none.2", "x", "." + "1", w.variant("MUG-0") + ".-3", w.variant("MUG-0") + ".x"} {
			b.open("/cart?removed="+nonsense).at(200, "/cart").silent("out of your bag")
		}
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2").says("Your delivery is free")
	})
}

// lineOf is where the first line of a cart page posts to.
func lineOf(page shown) string {
	page.t.Helper()
	_, rest, ok := strings.Cut(page.body, `action="/cart/lines/`)
	if !ok {
		page.t.Fatalf("no line: %s", page.text())
	}
	id, _, _ := strings.Cut(rest, `"`)
	return "/cart/lines/" + id
}

func TestWhatCannotBeAddedIsExplainedAtTheProduct(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		page := b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "many").at(422, "/cart/lines").says("quantity from 1 to 9999", "Stoneware mug")
		if page.value("quantity") != "many" {
			t.Error("what was typed is gone")
		}
		b.send("/cart/lines", "product", "mug", "variant", "var_nobody", "quantity", "1").at(409, "/cart/lines").says("cannot be bought here")
		b.send("/cart/lines", "product", "none", "variant", "var_nobody", "quantity", "1").at(404, "/cart/lines")
		b.open("/cart").says("Your bag is empty")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", strings.Repeat("9", 1_100_000)).says("That did not work")
	})
}

func TestACartOfSomebodyElseShowsNothing(t *testing.T) {
	each(t, func(w *world) {
		ada := w.browser("en")
		ada.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		ada.send("/register", "name", "Ada", "email", "ada@example.com", "password", "correct horse battery").at(200, "/account")
		ada.open("/cart").says("€12.90")

		mallory := w.browser("en")
		mallory.client.Jar.SetCookies(w.url("/"), ada.client.Jar.Cookies(w.url("/")))
		mallory.forget("customer")
		mallory.open("/cart").says("Your bag is empty").silent("Stoneware mug")
		mallory.open("/checkout").at(200, "/cart")
		mallory.send("/cart/codes", "code", "spring").at(200, "/cart")
		ada.open("/cart").says("€12.90").silent("applied")
	})
}

func TestACartIsResumedFromALink(t *testing.T) {
	each(t, func(w *world) {
		var c cart.Cart
		dbtest.Write(t, w.d, func(tx *db.Tx) (err error) {
			c, err = cart.Create(t.Context(), tx, cart.Draft{Market: "US", Channel: "web"})
			return err
		})
		token := cart.ResumeToken(w.keeper, c.ID, dbtest.Noon.Add(cart.ResumeLife))
		b := w.browser("en")
		b.open("/cart/resume/"+token).at(200, "/cart")
		b.send("/cart/lines", "product", "throw", "variant", w.variant("THROW-0"), "quantity", "1").says("$90.00")
		w.browser("en").open("/cart/resume/"+token).at(200, "/cart").says("$90.00")
		w.browser("en").open("/cart/resume/" + token + "x").says("This link has expired")
		dbtest.Clock(w.d).Advance(cart.ResumeLife + time.Second)
		w.browser("en").open("/cart/resume/" + token).says("This link has expired").silent("$90.00")
	})
}

func TestTheBagGivesALinkForAnotherDevice(t *testing.T) {
	each(t, func(w *world) {
		phone := w.browser("en")
		phone.send("/cart/lines", "product", "throw", "variant", w.variant("THROW-0"), "quantity", "1")
		page := phone.send("/cart/link").says("Open this link")
		_, rest, _ := strings.Cut(page.body, "/cart/resume/")
		token, _, _ := strings.Cut(rest, `"`)
		w.browser("en").open("/cart/resume/"+token).at(200, "/cart").says("Wool throw")
		w.browser("en").send("/cart/link").says("empty").silent("/cart/resume/")
	})
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/cart/lines", strings.NewReader("variant="+w.variant("MUG-0")+"&quantity=1&product=mug"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := b.do(r); got.status != http.StatusForbidden {
			t.Errorf("answered %d", got.status)
		}
		b.open("/cart").says("Your bag is empty")
	})
}

func TestPagesAreGuardedAndFilesKeptForEver(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		page := b.open("/")
		csp := page.header.Get("Content-Security-Policy")
		_, nonce, _ := strings.Cut(csp, "script-src 'nonce-")
		nonce, _, found := strings.Cut(nonce, "'")
		if again := b.open("/").header.Get("Content-Security-Policy"); !found || len(nonce) < 22 || strings.Contains(again, nonce) || strings.Contains(csp, "unsafe") {
			t.Errorf("policy %q", csp)
		}
		for _, inline := range []string{"<script>", "onclick=", "style=\"", "<style"} {
			if strings.Contains(page.body, inline) {
				t.Errorf("the page has %s", inline)
			}
		}
		for _, mark := range []string{`href="/assets/`, `src="/assets/`} {
			_, rest, _ := strings.Cut(page.body, mark)
			name, _, _ := strings.Cut(rest, `"`)
			file := b.open("/assets/" + name)
			if file.status != 200 || !strings.Contains(file.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d, %q", name, file.status, file.header.Get("Cache-Control"))
			}
			if strings.HasSuffix(name, ".js") && len(file.body) > 30_000 { // what a shopper's phone is asked to run in all
				t.Errorf("%d bytes of script", len(file.body))
			}
		}
		if old := b.open("/assets/shop.000000000000.css"); old.status != 404 {
			t.Errorf("an old name is answered %d", old.status)
		}
	})
}

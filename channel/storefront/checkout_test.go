package storefront_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// bag is a browser with one red mug in its cart.
func (w *world) bag(language string) *browser {
	w.t.Helper()
	b := w.browser(language)
	b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/cart")
	return b
}

func TestAGuestBuysOnOnePage(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("de")
		b.send("/cart/codes", "code", "spring")
		page := b.open("/checkout").at(200, "/checkout").says("Zahlungspflichtig bestellen", "16,51 €", "Standardversand", "Kommt", "inkl. MwSt. 19 %", "Sandbox").silent("Der Zoll")
		in := berlin(page, "approve")
		done := b.post("/checkout", in)
		if !strings.HasPrefix(done.path, "/orders/ord_") || done.status != 200 {
			t.Fatalf("at %s with %d: %s", done.path, done.status, done.text())
		}
		done.says("Vielen Dank", "ada@example.com", "Torstraße 1", "10119 Berlin", "Standardversand", "Kommt", "16,51 €", "Genehmigt").
			silent("Warenkorb, 1")
		orders := w.orders()
		if len(orders) != 1 || orders[0].Total.Minor != 1651 || w.available("MUG-0") != 9 {
			t.Fatalf("%d orders, %d mugs left", len(orders), w.available("MUG-0"))
		}
		b.open("/cart").says("Ihr Warenkorb ist leer")
		b.open("/checkout").at(200, done.path)
		b.post("/checkout", in).at(200, done.path)
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/cart").says("12,90 €")
		if len(w.orders()) != 1 {
			t.Error("a second order was placed")
		}

		stranger := w.browser("en")
		stranger.open(done.path).at(404, done.path).says("open the link in its confirmation").silent("Torstraße")
		stranger.open(done.path+"?token=wrong").at(404, done.path)
		opened := stranger.open(done.path+"?token="+w.checkoutToken(done.path)).at(200, done.path).says("Torstraße 1")
		if strings.Contains(opened.body, "token=") {
			t.Error("the token stayed on the page")
		}
	})
}

// checkoutToken is the token of the order at a path.
func (w *world) checkoutToken(path string) string {
	return w.keeper.Token("order", strings.TrimPrefix(path, "/orders/"))
}

func TestAGuestBuysOnThreePages(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("hu")
		b.send("/settings", "market", "HU", "language", "hu", "back", "/")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2").says("10 320 Ft")
		b.open("/checkout").says("Tovább a szállításhoz", "E-mail-cím").silent("Fizetési kötelezettséggel", "Házhoz szállítás")
		b.open("/checkout?step=payment").says("E-mail-cím").silent("Fizetési kötelezettséggel")

		half := b.send("/checkout", "step", "contact", "intent", "next", "email", "ada@", "country", "HU", "name", "Lovász Ada", "line1", "", "line2", "", "city", "Budapest", "postal_code", "1")
		half.at(422, "/checkout").says("Kérjük, először nézze meg ezt", "Ez még nem e-mail-cím", "Irányítószám")
		if half.value("email") != "ada@" || half.value("name") != "Lovász Ada" || half.value("postal_code") != "1" {
			t.Errorf("typed things are lost: %q, %q, %q", half.value("email"), half.value("name"), half.value("postal_code"))
		}
		b.send("/checkout", "step", "contact", "intent", "next", "email", "ada@example.com", "country", "HU", "name", "Lovász Ada", "line1", "Fő utca 1.", "line2", "", "city", "Budapest", "postal_code", "1011").
			at(200, "/checkout").says("Házhoz szállítás", "1 490 Ft", "Tovább a fizetéshez", "ada@example.com").silent("Fizetési kötelezettséggel")
		page := b.send("/checkout", "step", "delivery", "intent", "next", "option", "hu_standard").
			at(200, "/checkout").says("Fizetési kötelezettséggel megrendelem", "11 810 Ft", "Fő utca 1.", "Házhoz szállítás")
		b.open("/checkout?step=contact").says("Tovább a szállításhoz")
		done := b.send("/checkout", "step", "payment", "intent", "place", "method", "card", "card", "approve", "key", page.value("key"), "agreed", page.value("agreed"))
		if !strings.HasPrefix(done.path, "/orders/") {
			t.Fatalf("at %s: %s", done.path, done.text())
		}
		done.says("Köszönjük", "11 810 Ft", "Lovász Ada")
	})
}

// A gift card without a name goes by its value, which is said once; tax is paid
// with what it buys, so its price speaks of none.
func TestAGiftCardGoesByItsValue(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			p, err := catalog.Create(w.t.Context(), tx, catalog.Draft{Slug: "gift", Title: "Geschenkkarte", Kind: catalog.KindGiftCard, TaxClass: "zero",
				Variants: []catalog.Variant{{SKU: "GIFT-25"}, {SKU: "GIFT-50"}, {SKU: "GIFT-BIG", Title: "Grande"}}})
			for i, minor := range []int64{25_00, 50_00, 100_00} {
				if err == nil {
					err = pricing.Set(w.t.Context(), tx, "DE", p.Variants[i].ID, money.Of(minor, "EUR"))
				}
			}
			return err
		})
		b := w.browser("de")
		page := b.open("/products/gift").says("25,00 €", "50,00 €", "Grande", "100,00 €").silent("GIFT-25", "inkl. MwSt.", "Lieferung nach")
		if n := strings.Count(page.text(), "25,00 €"); n != 1 {
			w.t.Errorf("the value is said %d times: %s", n, page.text())
		}
		b.send("/cart/lines", "product", "gift", "variant", w.variant("GIFT-25"), "quantity", "1").says("Geschenkkarte", "25,00 €").silent("GIFT-25")
	})
}

// A cart of gift cards alone is asked for nothing that only a parcel needs, on
// one page and on three; its order is placed with an e-mail address and a card.
func TestGiftCardsAloneAreAskedForNoAddressAndNoDelivery(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			p, err := catalog.Create(w.t.Context(), tx, catalog.Draft{Slug: "gift", Title: "Geschenkkarte", Kind: catalog.KindGiftCard, TaxClass: "zero",
				Variants: []catalog.Variant{{SKU: "GIFT-25", Title: "25"}}})
			if err == nil {
				err = pricing.Set(w.t.Context(), tx, "DE", p.Variants[0].ID, money.Of(25_00, "EUR"))
			}
			if err == nil {
				err = pricing.Set(w.t.Context(), tx, "HU", p.Variants[0].ID, money.Of(10_000_00, "HUF"))
			}
			return err
		})
		one := w.browser("de")
		one.send("/cart/lines", "product", "gift", "variant", w.variant("GIFT-25"), "quantity", "1")
		page := one.open("/checkout").at(200, "/checkout").says("Zahlungspflichtig bestellen", "25,00 €", "E-Mail", "Nur für die Bestätigung und das, was Sie kaufen").silent("Sendungsstatus", "Standardversand", "Postleitzahl", "Lieferadresse", "Versand an der Kasse")
		done := one.send("/checkout", "intent", "place", "email", "ada@example.com", "method", "card", "card", "approve", "key", page.value("key"), "agreed", page.value("agreed"))
		if !strings.HasPrefix(done.path, "/orders/ord_") || done.status != 200 {
			w.t.Fatalf("at %s with %d: %s", done.path, done.status, done.text())
		}
		done.says("Vielen Dank", "25,00 €").silent("Standardversand", "Kommt ")

		three := w.browser("hu")
		three.send("/settings", "market", "HU", "language", "hu", "back", "/")
		three.send("/cart/lines", "product", "gift", "variant", w.variant("GIFT-25"), "quantity", "1")
		three.open("/checkout").says("E-mail-cím", "Tovább a fizetéshez").silent("Irányítószám", "Tovább a szállításhoz", "Házhoz szállítás")
		page = three.send("/checkout", "step", "contact", "intent", "next", "email", "ada@example.com").at(200, "/checkout").says("Fizetési kötelezettséggel megrendelem", "10 000 Ft").silent("Házhoz szállítás")
		three.open("/checkout?step=delivery").says("Fizetési kötelezettséggel megrendelem")
		done = three.send("/checkout", "step", "payment", "intent", "place", "method", "card", "card", "approve", "key", page.value("key"), "agreed", page.value("agreed"))
		if !strings.HasPrefix(done.path, "/orders/") {
			w.t.Fatalf("at %s: %s", done.path, done.text())
		}
		if len(w.orders()) != 2 {
			w.t.Errorf("%d orders", len(w.orders()))
		}
	})
}

func TestWhatIsTypedWronglyIsKeptAndExplained(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		page := b.open("/checkout").silent("Write the")
		for _, c := range []struct {
			name   string
			change map[string]string
			want   string
			field  string // keeps what was typed
		}{
			{"a wrong e-mail address", map[string]string{"email": "ada at example"}, "This is no e-mail address yet", "email"},
			{"no e-mail address", map[string]string{"email": " "}, "Please enter your e-mail address", ""},
			{"half an address", map[string]string{"line1": "", "city": ""}, "Write the street and house number", "name"},
			{"a postal code of another country", map[string]string{"postal_code": "SW1A 1AA"}, "Postal code", "postal_code"},
			{"a billing address without a street", map[string]string{"billing": "1", "billing_country": "DE", "billing_name": "Babbage & Co", "billing_city": "Köln"}, "Billing address – Write the street and house number", "billing_name"},
			{"markup in a name", map[string]string{"name": `"><script>alert(1)</script>`, "city": ""}, "Write the city", "name"},
		} {
			in := berlin(page, "approve")
			for name, value := range c.change {
				in.Set(name, value)
			}
			got := b.post("/checkout", in).at(422, "/checkout").says("Please look at this first", c.want)
			if c.field != "" && got.value(c.field) != in.Get(c.field) {
				t.Errorf("%s: the field holds %q", c.name, got.value(c.field))
			}
			if strings.Contains(got.body, "<script>alert") || !strings.Contains(got.body, `aria-invalid="true"`) {
				t.Errorf("%s: the field is not marked, or markup got through", c.name)
			}
			page = got
		}
		if len(w.orders()) != 0 || w.available("MUG-0") != 10 {
			t.Error("something was placed or held")
		}
		if got := b.post("/checkout", berlin(page, "approve")); !strings.HasPrefix(got.path, "/orders/") {
			t.Errorf("mended, and yet at %s: %s", got.path, got.text())
		}
	})
}

func TestTheTotalOnTheButtonIsTheOneAgreedTo(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		page := b.open("/checkout").says("€17.80")
		in := berlin(page, "approve")
		in.Set("country", "AT")
		in.Set("postal_code", "1010")
		in.Set("city", "Wien")
		refresh := url.Values{}
		for name, values := range in {
			refresh[name] = values
		}
		refresh.Set("intent", "refresh")
		b.post("/checkout", refresh).at(200, "/checkout").says("Austria", "€22.80").silent("Please look at this first")

		again := b.post("/checkout", in).at(422, "/checkout").says("The total is €22.80 now", "€22.80")
		in.Set("agreed", "-7")
		b.post("/checkout", in).at(422, "/checkout")
		if len(w.orders()) != 0 {
			t.Fatal("placed for a sum that nobody agreed to")
		}
		in.Set("option", "at_standard")
		in.Set("agreed", again.value("agreed"))
		in.Set("key", again.value("key"))
		if got := b.post("/checkout", in); !strings.HasPrefix(got.path, "/orders/") {
			t.Errorf("at %s: %s", got.path, got.text())
		}
	})
}

func TestADeclinedPaymentCanBeMadeAnotherWay(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		page := b.post("/checkout", berlin(b.open("/checkout"), "decline")).at(200, "/checkout").says("The bank declined the payment and nothing was charged", "€17.80")
		if page.value("email") != "ada@example.com" || page.value("line1") != "Torstraße 1" {
			t.Error("what was typed is gone")
		}
		if len(w.orders()) != 0 || w.available("MUG-0") != 10 {
			t.Error("a declined payment placed or held something")
		}
		if got := b.post("/checkout", berlin(page, "approve")); !strings.HasPrefix(got.path, "/orders/") {
			t.Errorf("at %s: %s", got.path, got.text())
		}
	})
}

func TestASecondTapPlacesNoSecondOrder(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		in := berlin(b.open("/checkout"), "approve")
		var wait sync.WaitGroup
		paths := make([]string, 8)
		for i := range paths {
			wait.Go(func() { paths[i] = b.post("/checkout", in).path })
		}
		wait.Wait()
		orders := w.orders()
		if len(orders) != 1 || w.available("MUG-0") != 9 {
			t.Fatalf("%d orders, %d left", len(orders), w.available("MUG-0"))
		}
		book, err := w.bank.Book(t.Context())
		if err != nil || len(book) != 1 {
			t.Errorf("the bank knows %d payments, %v", len(book), err)
		}
		for _, path := range paths {
			if path != "/orders/"+string(orders[0].ID) && path != "/checkout/wait" {
				t.Errorf("a tap ended at %s", path)
			}
		}
	})
}

func TestAProofAtTheBankIsAskedForAndComesBack(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		page := b.post("/checkout", berlin(b.open("/checkout"), "challenge")).at(200, "/checkout/wait").says("On to your bank")
		book, err := w.bank.Book(t.Context())
		if err != nil || len(book) != 1 {
			t.Fatal(book, err)
		}
		_, action, ok := strings.Cut(page.body, `content="0;url=`)
		action, _, _ = strings.Cut(action, `"`)
		if !ok || !strings.HasPrefix(action, "http://127.0.0.1:") {
			t.Fatalf("the page leads to %q", action)
		}
		attempt := book[0].Reference
		b.open("/checkout/wait").says("Please do not pay again", "Your bank wants to know").silent("On to your bank")
		b.open("/checkout").at(200, "/checkout/wait")
		b.open("/cart").at(200, "/checkout/wait")
		b.open("/pay/return/"+attempt).at(200, "/checkout/wait")

		w.prove(action)
		elsewhere := w.browser("en") // the bank's app opened another browser
		done := elsewhere.open("/pay/return/"+attempt).says("Thank you", "Torstraße 1")
		b.open("/checkout/wait").at(200, done.path)
		dbtest.Clock(w.d).Advance(2 * time.Hour)
		w.browser("en").open("/pay/return/"+attempt).at(404, done.path).silent("Torstraße")
		b.open("/pay/return/att_nobody").at(404, "/pay/return/att_nobody")
	})
}

// prove gives proof on the bank's page.
func (w *world) prove(action string) {
	w.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(action, url.Values{"answer": {"yes"}})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = answer.Body.Close()
}

func TestAPaymentUnderWayCanBeGivenUp(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		b.post("/checkout", berlin(b.open("/checkout"), "challenge")).at(200, "/checkout/wait")
		page := b.send("/checkout/cancel").at(200, "/checkout").says("The payment was not finished and nothing was charged")
		if w.available("MUG-0") != 10 {
			t.Error("the stock is still held")
		}
		if got := b.post("/checkout", berlin(page, "approve")); !strings.HasPrefix(got.path, "/orders/") {
			t.Errorf("at %s: %s", got.path, got.text())
		}
	})
}

func TestALatePaymentIsWaitedForWithoutPayingTwice(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		in := berlin(b.open("/checkout"), "late")
		wait := b.post("/checkout", in).at(200, "/checkout/wait").says("Your payment is being checked", "Please do not pay again", "€17.80")
		if !strings.Contains(wait.body, `http-equiv="refresh"`) {
			t.Error("the page does not look again by itself")
		}
		b.post("/checkout", in).at(200, "/checkout/wait")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/checkout/wait")
		b.send("/settings", "market", "US", "language", "en", "back", "/").at(200, "/checkout/wait")
		if book, err := w.bank.Book(t.Context()); err != nil || len(book) != 1 {
			t.Errorf("the bank knows %d payments, %v", len(book), err)
		}
	})
}

func TestTheLastPieceGoneIsToldAtTheCheckout(t *testing.T) {
	each(t, func(w *world) {
		slow, quick := w.browser("en"), w.browser("en")
		for _, b := range []*browser{slow, quick} {
			b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "3")
		}
		mine := berlin(slow.open("/checkout"), "approve")
		quick.post("/checkout", berlin(quick.open("/checkout"), "approve")).says("Thank you")
		slow.post("/checkout", mine).at(422, "/checkout").says("This is sold out", "Back to the bag")
		if len(w.orders()) != 1 {
			t.Errorf("%d orders", len(w.orders()))
		}
	})
}

func TestAnAccountKeepsCartAndOrders(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		b.open("/account").at(200, "/sign-in")
		b.send("/register", "email", "ada@", "password", "correct horse battery").at(422, "/register").says("This is no e-mail address yet")
		page := b.send("/register", "name", "Ada", "email", "ada@example.com", "password", "short").at(422, "/register").says("This password is too short")
		if page.value("email") != "ada@example.com" || page.value("password") != "" {
			t.Error("the address must be kept, the password must not")
		}
		b.send("/register", "name", "Ada", "email", "ada@example.com", "password", "correct horse battery", "next", "/checkout").at(200, "/checkout").says("€17.80")
		if got := b.open("/checkout").value("email"); got != "ada@example.com" {
			t.Errorf("the checkout does not know the customer: %q", got)
		}
		done := b.post("/checkout", berlin(b.open("/checkout"), "approve")).says("Thank you")
		b.open("/account").says("Ada", "ada@example.com", "€17.80", "Placed")
		b.send("/sign-out").at(200, "/")
		b.open(done.path).at(404, done.path)

		w.bag("en").send("/register", "email", "ADA@example.com", "password", "correct horse battery").at(409, "/register").says("There is an account with this address")
		other := w.bag("en") // another device
		other.send("/sign-in", "email", "ada@example.com", "password", "wrong horse").at(401, "/sign-in").says("do not fit together")
		other.send("/sign-in", "email", "Ada@Example.com", "password", "correct horse battery", "next", "https://evil.example/").at(200, "/account")
		other.open(done.path).at(200, done.path).says("Torstraße 1")
		other.open("/cart").says("€12.90")
		third := w.browser("en")
		third.send("/sign-in", "email", "ada@example.com", "password", "correct horse battery", "next", "/cart").at(200, "/cart").says("€12.90")
	})
}

func TestAnAmericanAddressNeedsAState(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/settings", "market", "US", "language", "en", "back", "/")
		b.send("/cart/lines", "product", "throw", "variant", w.variant("THROW-0"), "quantity", "1")
		page := b.open("/checkout").says("Place order and pay", "ZIP code", "State", "California", "$97.00")
		in := valuesOf([]string{"email", "ada@example.com", "country", "US", "name", "Ada", "line1", "1 Main St", "line2", "", "city", "Los Angeles",
			"postal_code", "90001", "region", "", "option", "us_ground", "method", "card", "card", "approve", "intent", "place", "key", page.value("key"), "agreed", page.value("agreed")})
		b.post("/checkout", in).at(422, "/checkout").says("State")
		in.Set("region", "CA")
		again := b.post("/checkout", in).at(422, "/checkout").says("The total is $103.53 now", "CA sales tax", "United States: customs may ask for duty and taxes")
		in.Set("key", again.value("key"))
		in.Set("agreed", again.value("agreed"))
		b.post("/checkout", in).says("Thank you", "$103.53", "CA sales tax", "Los Angeles, CA 90001", "United States")
	})
}

func TestAPageCostsAFixedNumberOfStatements(t *testing.T) {
	each(t, func(w *world) {
		b := w.bag("en")
		b.open("/checkout")
		for _, c := range []struct {
			path string
			most int
		}{{"/", 7}, {"/products/mug", 9}, {"/cart", 8}, {"/checkout", 16}} {
			count := dbtest.Count(w.d)
			b.open(c.path)
			if n := count(); n > c.most {
				t.Errorf("%s took %d statements, want at most %d", c.path, n, c.most)
			}
		}
		for i := range 5 {
			w.sell(fmt.Sprint("more-", i), "More", "Mehr", 100, []string{""}, []int64{5}, drawn(t, nil, 1, 2, uint8(i)))
		}
		count := dbtest.Count(w.d)
		b.open("/")
		if n := count(); n > 7 {
			t.Errorf("the list took %d statements when it was longer", n)
		}
	})
}

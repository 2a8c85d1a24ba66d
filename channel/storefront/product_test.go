package storefront_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// counters opens a shop in Potsdam with two blue mugs, where people collect, and
// makes the standard delivery free from 40 euros on.
func (w *world) counters() {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_potsdam", Name: "Potsdam", Country: "DE", City: "Potsdam", Zone: "Europe/Berlin", Priority: 9, Pickup: true}); err != nil {
			return err
		}
		for _, m := range []method.Method{
			{ID: "de_pickup", Name: map[string]string{"en": "Collect in Potsdam"}, Kind: method.Pickup, Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), Location: "loc_potsdam", Position: 5},
			{ID: "de_standard", Name: map[string]string{"de": "Standardversand", "en": "Standard"}, Kind: method.Ship, Rule: "free_from", Settings: json.RawMessage(`{"amount":490,"from":4000}`), Countries: []string{"DE"}, TransitMin: 1, TransitMax: 3},
		} {
			m.Market, m.CutOff, m.Active = "DE", 14*60, true
			if err := method.Save(ctx, tx, m); err != nil {
				return err
			}
		}
		v, err := catalog.FindSKU(ctx, tx, "MUG-1")
		if err != nil {
			return err
		}
		return deliver(ctx, tx, v.ID, "loc_potsdam", 2)
	})
}

func TestAProductSaysWhenItComesWhereItLiesAndHowItGoesBack(t *testing.T) {
	each(t, func(w *world) {
		w.counters()
		b := w.browser("en")
		b.open("/products/mug").says("Arrives 3–7 Jan Standard · €4.90", "Free delivery from €40.00", "Potsdam : None here at the moment",
			"withdraw within 14 days", "Delivery to Germany").silent("Ready to collect")
		blue := b.open("/products/mug?variant=MUG-1").says("Potsdam : Only 2 left", "Ready to collect")
		if !regexp.MustCompile(`value="` + w.variant("MUG-1") + `" checked`).MatchString(blue.body) {
			t.Error("the variant of the address is not the one chosen")
		}
		b.open("/products/mug?variant=MUG-2").says("Sold out")
		b.open("/products/mug?variant=nothing-of-the-kind").at(200, "/products/mug").says("Potsdam : None here")

		b.send("/place", "country", "AT", "postal_code", " 1010<b>", "back", "/products/mug").at(200, "/products/mug").
			says("Delivery to Austria, 1010B", "Austria · €9.90").silent("Standard · €4.90")
		b.send("/place", "country", "US", "back", "//evil.example").at(200, "/")
		b.open("/products/mug").says("Delivery to Germany").silent("Delivery to United States")
		b.send("/settings", "market", "US", "language", "en", "back", "/products/mug").says("Ground").silent("withdraw within", "way back")
	})
}

// One tap on a product's page or among the stores says where the bag is
// collected; one more has it sent.
func TestAStoreIsChosenInOneTap(t *testing.T) {
	each(t, func(w *world) {
		w.counters()
		b := w.browser("en")
		b.open("/products/mug?variant=MUG-1").says("Collect here Potsdam")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "1", "collect", "loc_potsdam").at(200, "/cart").says("Pick-up: Potsdam", "Have it sent instead")
		b.open("/stores").says("You collect here").silent("Collect here Potsdam")
		b.send("/cart/collect", "collect", "", "back", "/cart").at(200, "/cart").silent("Pick-up: Potsdam")
		b.send("/cart/collect", "collect", "loc_nowhere", "back", "/cart").at(200, "/stores").says("Collect here Potsdam")

		other := w.browser("en")
		other.send("/cart/collect", "collect", "loc_potsdam", "back", "/stores").at(200, "/stores").says("You collect here")
		other.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "2").says("Pick-up: Potsdam")
	})
}

func TestMachinesReadWhatAProductIs(t *testing.T) {
	each(t, func(w *world) {
		page := w.browser("en").open("/products/mug")
		for _, want := range []string{
			`<link rel="canonical" href="` + w.base + `/products/mug">`,
			`<link rel="alternate" hreflang="de" href="` + w.base + `/products/mug?lang=de">`,
			`<link rel="alternate" hreflang="hu-HU" href="` + w.base + `/products/mug?lang=hu&amp;market=HU">`,
			`<link rel="alternate" hreflang="x-default" href="` + w.base + `/products/mug">`,
			`<meta property="og:image" content="` + w.base + `/media/`, `<meta property="product:price:amount" content="12.90">`,
		} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page does not hold %s", want)
			}
		}
		found := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindAllStringSubmatch(page.body, -1)
		var group struct {
			Type     string `json:"@type"`
			Variants []struct {
				SKU    string `json:"sku"`
				Offers struct{ Price, PriceCurrency, Availability string }
			} `json:"hasVariant"`
		}
		if len(found) != 1 || json.Unmarshal([]byte(found[0][1]), &group) != nil {
			t.Fatalf("%d pieces of data: %v", len(found), found)
		}
		if group.Type != "ProductGroup" || len(group.Variants) != 3 || group.Variants[1].SKU != "MUG-1" ||
			group.Variants[0].Offers.Price != "12.90" || group.Variants[0].Offers.PriceCurrency != "EUR" ||
			!strings.HasSuffix(group.Variants[2].Offers.Availability, "OutOfStock") {
			t.Errorf("%+v", group)
		}
		if own := w.browser("en").open("/cart"); strings.Contains(own.body, "canonical") || strings.Contains(own.body, "ld+json") {
			t.Error("a page of somebody's own is told to search engines")
		}
	})
}

func TestAnAddressNamesLanguageAndMarketForWhoHasChosenNone(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.open("/products/mug?lang=de&market=HU").says("Becher aus Steinzeug", "5.160 HUF")
		b.open("/").says("Becher aus Steinzeug", "HUF") // they came in it, they stay in it
		b.send("/settings", "market", "DE", "language", "en", "back", "/").says("Stoneware mug", "€12.90")
		b.open("/products/mug?lang=hu&market=HU").says("12,90 €").silent("5.160") // they chose for themselves
		b.open("/").says("Stoneware mug")
		b.open("/products/mug?lang=xx&market=nowhere").at(200, "/products/mug").says("Stoneware mug", "€12.90")
	})
}

func TestWishesAreKeptSignedOutAndComeAlong(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.open("/wishes").says("Nothing here yet")
		b.open("/products/mug").says("Add to wish list")
		b.send("/wishes", "slug", "mug", "back", "/products/mug").at(200, "/products/mug").says("On your wish list")
		b.send("/wishes", "slug", "mug", "back", "/products/mug") // again
		b.send("/wishes", "slug", "none", "back", "/").at(404, "/wishes")
		b.open("/wishes").says("Stoneware mug", "€12.90", "Sign in to keep it").silent("Wool throw")
		w.browser("en").open("/wishes").says("Nothing here yet")

		b.send("/register", "email", "ada@example.com", "password", "correct horse battery")
		b.open("/wishes").says("Stoneware mug").silent("Sign in to keep it")
		second := w.browser("en")
		second.send("/wishes", "slug", "throw", "back", "/")
		second.send("/wishes", "slug", "mug", "back", "/")
		second.send("/sign-in", "email", "ada@example.com", "password", "correct horse battery")
		both := second.open("/wishes").says("Stoneware mug", "Wool throw")
		if n := strings.Count(both.body, `href="/products/mug"`); n != 1 {
			t.Errorf("the mug stands there %d times", n)
		}
		second.send("/wishes", "product", both.value("product"), "remove", "1", "back", "/wishes")
		left := b.open("/wishes")
		if n := strings.Count(left.body, `name="remove"`); n != 1 {
			t.Errorf("%d wishes are left: %s", n, left.text())
		}
		b.send("/sign-out")
		b.open("/wishes").says("Nothing here yet")
	})
}

func TestACustomerKeepsSeveralListsAndSharesOne(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/wishes/lists", "intent", "new", "name", "Gifts").at(200, "/sign-in")
		b.send("/register", "email", "ada@example.com", "password", "correct horse battery")
		b.send("/wishes", "slug", "throw", "back", "/")
		b.send("/wishes/lists", "intent", "new", "name", " ").at(422, "/wishes/lists").says("Give the list a name")
		gifts := b.send("/wishes/lists", "intent", "new", "name", "Gifts <for> Mum").at(200, "/wishes").says("Gifts <for> Mum", "Nothing here yet")
		id := gifts.value("list")
		main := b.open("/wishes").says("Wool throw", "Move to another list")
		b.send("/wishes", "product", main.value("product"), "list", "", "to", id, "back", "/wishes?list="+id).says("Wool throw")
		b.send("/wishes", "slug", "mug", "back", "/")
		b.open("/wishes").says("Stoneware mug").silent("Wool throw")
		b.open("/products/throw").says("On your wish list")

		shown := b.send("/wishes/lists", "list", id, "intent", "share")
		link := shown.address("/wishes/shared/", "")
		other := w.browser("en")
		other.open(link).says("Gifts <for> Mum", "shared with you", "Wool throw").silent("ada@example.com", "Remove", "Take the link back")
		other.send("/register", "email", "eve@example.com", "password", "correct horse battery")
		other.open("/wishes?list="+id).at(404, "/wishes")
		for _, intent := range []string{"rename", "delete", "share", "unshare"} {
			other.send("/wishes/lists", "list", id, "intent", intent, "name", "Mine").at(404, "/wishes/lists")
		}
		other.send("/wishes", "product", main.value("product"), "list", id, "remove", "1", "back", "/").at(404, "/wishes")
		other.open(link).says("Wool throw")

		b.send("/wishes/lists", "list", id, "intent", "rename", "name", "For Mum").says("For Mum")
		b.send("/wishes/lists", "list", id, "intent", "unshare")
		other.open(link).at(404, link)
		b.send("/wishes/lists", "list", id, "intent", "delete").at(200, "/wishes").says("Stoneware mug").silent("For Mum")
	})
}

func TestWhatIsSavedForLaterComesBackIntoTheBag(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "2")
		line := b.open("/cart").address("/cart/lines/", "/later")
		b.send(line).at(200, "/cart").says("Your bag is empty", "Saved for later", "Stoneware mug", "2 pieces")
		b.send(line).at(200, "/cart") // a second tap
		w.browser("en").open("/cart").silent("Saved for later")

		b.send("/register", "email", "ada@example.com", "password", "correct horse battery")
		back := b.open("/cart").says("Saved for later", "Stoneware mug")
		b.send("/cart/saved", "variant", back.value("variant")).at(200, "/cart").says("Stoneware mug").silent("Saved for later")
		b.send("/cart/saved", "variant", back.value("variant")).at(200, "/cart") // it is not there any more: nothing is added
		if units := b.open("/cart").value("quantity"); units != "2" {
			t.Errorf("%s pieces are in the bag", units)
		}
		b.send(b.open("/cart").address("/cart/lines/", "/later"))
		b.send("/cart/saved", "variant", back.value("variant"), "remove", "1").says("Your bag is empty").silent("Saved for later")
	})
}

// A set saved for later is kept as the one thing it was bought as: with its own
// name, how many, and what it costs today, which its parts' prices say. It holds
// no stock, comes back as one line, and is not sold without one of its parts.
func TestASetSavedForLaterComesBackAsOne(t *testing.T) {
	each(t, func(w *world) {
		w.sell("spoon", "Spoon", "Löffel", 300, []string{"One"}, []int64{8}, drawn(t, nil, 1, 2, 3))
		spoon, mug := catalog.VariantID(w.variant("SPOON-0")), catalog.VariantID(w.variant("MUG-1"))
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			_, err := catalog.Create(w.t.Context(), tx, catalog.Draft{Slug: "set", Title: "Tea set", Variants: []catalog.Variant{{SKU: "SET", PartsDiscountPPM: 100_000,
				Parts: []catalog.Part{{Variant: spoon, Quantity: 2}, {Variant: mug, Quantity: 1}}}}})
			return err
		})
		b := w.browser("en")
		b.send("/cart/lines", "product", "set", "variant", w.variant("SET"), "quantity", "3")
		one := b.open("/cart").says("Tea set").silent("Spoon")
		b.send(one.address("/cart/lines/", "/later")).at(200, "/cart").says("Your bag is empty", "Saved for later", "Tea set", "3 pieces", "€17.01").silent("Spoon")
		b.send("/cart/lines", "product", "spoon", "variant", string(spoon), "quantity", "8").silent("left") // nothing of it is held

		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			return pricing.Set(w.t.Context(), tx, "DE", spoon, money.Of(10_00, "EUR"))
		})
		b.open("/cart").says("Saved for later", "€29.61")
		b.send("/cart/saved", "variant", w.variant("SET")).says("Tea set", "€88.83").silent("Saved for later")

		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			levels, err := inventory.Levels(w.t.Context(), tx, mug)
			for _, l := range levels {
				_, failed := inventory.Adjust(w.t.Context(), tx, inventory.Adjustment{Variant: mug, Location: l.Location, Delta: -l.OnHand, Reason: "broken", Actor: "test"})
				err = errors.Join(err, failed)
			}
			return err
		})
		b.open("/cart").says("Tea set", "This is sold out. Please remove it.")
		b.open("/products/set").says("Sold out").silent("Add to bag")
	})
}

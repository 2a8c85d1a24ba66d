package demo_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/demo"
	"korzo/customer/profile"
	"korzo/customer/visitor"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/platform/seal"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/value/money"
)

var schemas = app.Schemas()

// filled is a demo shop and what its filling reported.
type filled struct {
	demo.Shop
	report demo.Report
}

func shop(t testing.TB, d *db.DB) demo.Shop {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key)
	keeper, err := seal.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	return demo.Shop{DB: d, Keeper: keeper}
}

func fill(t testing.TB, d *db.DB) filled {
	t.Helper()
	f := filled{Shop: shop(t, d)}
	var err error
	if f.report, err = demo.Fill(context.Background(), f.Shop, dbtest.Noon); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheDemoIsAShopThatHolds(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		f := fill(t, d)
		for _, s := range f.report.Stages {
			t.Logf("%-10s %v", s.Name, s.Took.Round(time.Millisecond))
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			holds(t, tx)
			everyPriceCanBeCharged(t, tx)
			ordersAddUp(t, tx, f)
			everyVisitorGetsAFlow(t, tx)
			visitsAreReal(t, tx)
			atWork(t, tx)
			promisesWerePlayed(t, tx)
			return nil
		})
		peopleCanSignIn(t, f)
	})
}

func TestEveryProductHasAPictureOfItsOwn(t *testing.T) {
	s := shop(t, dbtest.SQLite(t, app.Schemas()))
	s.Media = blob.Folder(t.TempDir())
	r, err := demo.Fill(t.Context(), s, dbtest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Stages {
		t.Logf("%-10s %v", s.Name, s.Took.Round(time.Millisecond))
	}
	seen := map[string]string{}
	dbtest.Read(t, s.DB, func(tx *db.Tx) error {
		for _, p := range products(t, tx) {
			if len(p.Images) != 1 || p.Images[0].Alt == "" {
				t.Fatalf("%s has %d pictures", p.Slug, len(p.Images))
			}
			r, err := s.Media.Open(t.Context(), p.Images[0].Blob)
			if err != nil {
				t.Fatalf("%s: %v", p.Slug, err)
			}
			r.Close()
			if other := seen[p.Images[0].Blob]; other != "" {
				t.Errorf("%s looks like %s", p.Slug, other)
			}
			seen[p.Images[0].Blob] = p.Slug
		}
		return nil
	})
}

// holds asks what korzo verify asks.
func holds(t *testing.T, tx *db.Tx) {
	t.Helper()
	ctx := t.Context()
	for name, proof := range map[string]func(context.Context, *db.Tx) ([]string, error){"stock": inventory.Verify, "promotions": promotion.Verify} {
		if wrong, err := proof(ctx, tx); err != nil || len(wrong) > 0 {
			t.Errorf("%s: %v %v", name, wrong, err)
		}
	}
	if r, err := ledger.Check(ctx, tx); err != nil || !r.Balanced || r.Postings != 2 {
		t.Errorf("ledger: %+v %v; one customer's points and credit are posted, imported orders are not", r, err)
	}
	if broken, err := audit.Verify(ctx, tx); err != nil || broken != 0 {
		t.Errorf("audit: %d %v", broken, err)
	}
}

// products lists the whole catalog.
func products(t *testing.T, tx *db.Tx) (all []catalog.Product) {
	t.Helper()
	for f := (catalog.Filter{Limit: 100}); ; {
		page, next, err := catalog.List(t.Context(), tx, f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if f.After = next; next == "" {
			return all
		}
	}
}

func everyPriceCanBeCharged(t *testing.T, tx *db.Tx) {
	t.Helper()
	markets, err := market.All(t.Context(), tx)
	if err != nil || len(markets) != 5 {
		t.Fatalf("%d markets, %v", len(markets), err)
	}
	all := products(t, tx)
	if len(all) < 190 || len(all) > 220 {
		t.Errorf("%d products; about 200 are wanted", len(all))
	}
	for _, m := range markets {
		info, _ := money.Find(m.Currency)
		for _, p := range all {
			var ids []catalog.VariantID
			for _, v := range p.Variants {
				if len(v.Parts) > 0 { // a set costs what its parts do, and less
					ids = append(ids, catalog.PartIDs(v.Parts)...)
					continue
				}
				ids = append(ids, v.ID)
			}
			prices, err := pricing.Prices(t.Context(), tx, m.ID, ids)
			if err != nil || len(prices) != len(ids) {
				t.Fatalf("%s in %s: %d prices for %d variants, %v", p.Slug, m.ID, len(prices), len(ids), err)
			}
			for v, a := range prices {
				if a.Currency != m.Currency || a.Minor <= 0 || a.Minor%info.ChargeStep != 0 {
					t.Errorf("%s costs %v in %s", v, a, m.ID)
				}
				if m.ID == "HU" && p.Kind != catalog.KindGiftCard && a.Minor/100%100 != 90 {
					t.Errorf("%s costs %v: forints end in 90", v, a)
				}
			}
		}
	}
}

func orders(t *testing.T, tx *db.Tx) (all []order.Order) {
	t.Helper()
	for f := (order.Filter{Limit: 100}); ; {
		page, next, err := order.List(t.Context(), tx, f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if f.After = next; next == "" {
			return all
		}
	}
}

func ordersAddUp(t *testing.T, tx *db.Tx, f filled) {
	t.Helper()
	all := orders(t, tx)
	if len(all) != f.report.Orders {
		t.Errorf("%d orders, the report says %d", len(all), f.report.Orders)
	}
	discounted, known := 0, 0
	value := map[money.Currency]int64{}
	count := map[money.Currency]int64{}
	for _, o := range all {
		if o.PlacedAt.After(dbtest.Noon) || dbtest.Noon.Sub(o.PlacedAt) > 91*24*time.Hour {
			t.Fatalf("order %s was placed at %v", o.Number, o.PlacedAt)
		}
		if !o.Discount.IsZero() {
			discounted++
		}
		if o.Customer != "" {
			known++
		}
		value[o.Currency()] += o.Total.Minor
		count[o.Currency()]++
	}
	for c, v := range value {
		t.Logf("%d orders of %v on average", count[c], money.Of(v/count[c], c))
	}
	if discounted < 100 || known < 200 {
		t.Errorf("%d orders with a discount, %d by customers", discounted, known)
	}
	whole, err := order.Find(t.Context(), tx, all[17].ID)
	if err != nil {
		t.Fatal(err)
	}
	var sum money.Amount
	for _, l := range whole.Lines {
		sum = sum.Plus(l.Total)
	}
	if sum != whole.Subtotal.Minus(whole.Discount) || len(whole.Groups) != 1 || whole.Groups[0].PromiseTo == "" {
		t.Errorf("order %s: lines sum to %v of %+v", whole.Number, sum, whole)
	}
	if c, err := profile.FindContact(t.Context(), tx, f.Keeper, profile.ContactID(whole.Contact)); err != nil || len(c.Shipping.Check()) > 0 {
		t.Errorf("contact %+v: %v %v", c, c.Shipping.Check(), err)
	}
}

func everyVisitorGetsAFlow(t *testing.T, tx *db.Tx) {
	t.Helper()
	for name, v := range map[string]flow.Visit{
		"Standard":                         {Device: visitor.Device{Kind: "phone"}},
		"Near a store: collect it":         {Place: visitor.Place{NearStore: true}},
		"Large baskets: instalments first": {Device: visitor.Device{Kind: "desktop"}, Market: "DE", Cart: visitor.Basket{Total: 50_001}},
		"Back again on a phone: one tap":   {Device: visitor.Device{Kind: "phone"}, Customer: visitor.Buyer{Known: true, Orders: 1}},
		"Partner page":                     {Path: visitor.Path{Partner: "localhost"}},
	} {
		v.Market, v.Channel = cmp.Or(v.Market, "HU"), demo.Channel
		c, err := flow.Choose(t.Context(), tx, v)
		if err != nil || c.Document.Name != name {
			t.Errorf("who should get %q gets %q, %v", name, c.Document.Name, err)
		}
	}
}

func peopleCanSignIn(t *testing.T, f filled) {
	t.Helper()
	if f.report.StaffEmail != "owner@korzo.example" || len(f.report.Staff) != 3 {
		t.Errorf("staff: %+v", f.report.Staff)
	}
	if _, _, err := auth.SignIn(t.Context(), f.DB, auth.RealmStaff, f.report.StaffEmail, f.report.StaffPassword, "192.0.2.1"); err != nil {
		t.Errorf("the owner cannot sign in: %v", err)
	}
	login := profile.HashEmail(f.Keeper, f.report.Customer.Email)
	if _, _, err := auth.SignIn(t.Context(), f.DB, auth.RealmCustomer, login, f.report.Customer.Password, "192.0.2.1"); err != nil {
		t.Errorf("the customer cannot sign in: %v", err)
	}
	dbtest.Read(t, f.DB, func(tx *db.Tx) error {
		for _, secret := range []string{f.report.Publishable, f.report.Secret} {
			if _, err := auth.FindKey(t.Context(), tx, secret); err != nil {
				t.Errorf("key %.5s…: %v", secret, err)
			}
		}
		return nil
	})
}

// trade is what must be the same in every demo of one day.
func trade(t *testing.T, d *db.DB) (lines []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		for _, p := range products(t, tx) {
			lines = append(lines, fmt.Sprint(p.ID, p.Slug, p.Title, p.Description, p.Variants))
		}
		var sold []string
		for _, o := range orders(t, tx) {
			sold = append(sold, fmt.Sprint(o.PlacedAt, o.Number, o.State, o.Subtotal, o.Discount, o.Shipping, o.Tax, o.Total))
		}
		slices.Sort(sold) // orders of one second are listed in the order of their random ids
		lines = append(append(lines, sold...), played(t, tx)...)
		return nil
	})
	return lines
}

func TestADemoIsTheSameEachTimeAndFilledOnce(t *testing.T) {
	first := fill(t, dbtest.SQLite(t, schemas))
	second := fill(t, dbtest.SQLite(t, schemas))
	before := trade(t, first.DB)
	if !slices.Equal(before, trade(t, second.DB)) {
		t.Error("two demos of one day differ")
	}
	statements := dbtest.Count(first.DB)
	again, err := demo.Fill(t.Context(), first.Shop, dbtest.Noon.Add(30*24*time.Hour))
	if err != nil || again.Filled || again.Publishable != "" || again.Secret != "" {
		t.Errorf("filled again: %+v, %v", again, err)
	}
	if n := statements(); n > 5 {
		t.Errorf("a filled shop was asked %d statements", n)
	}
	if again.StaffPassword != first.report.StaffPassword || again.Orders != first.report.Orders || again.Variants != first.report.Variants {
		t.Errorf("the second report differs: %+v", again)
	}
	if !slices.Equal(before, trade(t, first.DB)) {
		t.Error("filling a filled shop changed it")
	}
}

func TestTheDemoSaysSomethingBesideItsGoodsInEveryLanguage(t *testing.T) {
	f := fill(t, dbtest.SQLite(t, schemas))
	dbtest.Read(t, f.DB, func(tx *db.Tx) error {
		for at, want := range map[banner.Place][]string{banner.Home: {"Mugs for every day", "Readers of our letter"}, banner.Cart: {"Something to go with it"}, banner.Product: nil} {
			shown, _, err := banner.Shown(t.Context(), tx, at, visitor.Visit{Path: visitor.Path{Source: "newsletter"}})
			if err != nil || len(shown) != len(want) {
				t.Fatalf("%s: %v, %v", at, shown, err)
			}
			for i, b := range shown {
				if b.Name != want[i] || len(b.Texts) != 3 {
					t.Errorf("%s: %+v", at, b)
				}
			}
		}
		all, err := message.Wordings(t.Context(), tx)
		if len(all) != 1 || all[0].Kind != message.KindShipped {
			t.Errorf("%+v", all)
		}
		return err
	})
}

func TestAMerchantsOwnShopIsLeftAlone(t *testing.T) {
	d := dbtest.SQLite(t, app.Schemas())
	dbtest.Write(t, d, func(tx *db.Tx) error {
		_, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "hat", Title: "Hat", Variants: []catalog.Variant{{SKU: "HAT"}}})
		return err
	})
	if _, err := demo.Fill(t.Context(), shop(t, d), dbtest.Noon); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		if all, err := market.All(t.Context(), tx); err != nil || len(all) != 0 || len(products(t, tx)) != 1 {
			t.Errorf("%d markets, %v", len(all), err)
		}
		return nil
	})
}

func TestAFillingThatBreaksOffCanBeRepeated(t *testing.T) {
	d := dbtest.SQLite(t, app.Schemas())
	s := shop(t, d)
	statements := 0
	d.OnStatement(func(context.Context, string) {
		if statements++; statements == 2000 { // among the products
			panic("the lights go out")
		}
	})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the filling went through")
			}
		}()
		if _, err := demo.Fill(t.Context(), s, dbtest.Noon); err != nil {
			panic(err)
		}
	}()
	d.OnStatement(nil)
	r, err := demo.Fill(t.Context(), s, dbtest.Noon)
	if err != nil || !r.Filled {
		t.Fatal(err)
	}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		if n := len(products(t, tx)); n != r.Products {
			t.Errorf("%d products, the report says %d", n, r.Products)
		}
		holds(t, tx)
		return nil
	})
}

func BenchmarkFill(b *testing.B) {
	for b.Loop() {
		s := shop(b, dbtest.SQLite(b, app.Schemas()))
		s.Media = blob.Folder(b.TempDir())
		r, err := demo.Fill(b.Context(), s, dbtest.Noon)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range r.Stages {
			b.ReportMetric(s.Took.Seconds()*1000, strings.ReplaceAll(s.Name, " ", "-")+"-ms")
		}
	}
}

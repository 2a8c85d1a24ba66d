package placement_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/placement"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/remember"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema}

// shop is a shop with a category filled by hand, and attributes.
type shop struct {
	t    *testing.T
	d    *db.DB
	hand taxonomy.CategoryID
}

func each(t *testing.T, test func(s *shop)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &shop{t: t, d: d}
		s.write(func(tx *db.Tx) error {
			err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH"})
			err2 := market.Save(t.Context(), tx, market.Market{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de", Zone: "Europe/Berlin", Entity: "ent_gmbh"})
			var errs []error
			for _, a := range []taxonomy.Attribute{{Code: "fabric", Type: taxonomy.TypeText}, {Code: "volume-ml", Type: taxonomy.TypeNumber}, {Code: "in", Type: taxonomy.TypeText},
				{Code: "care", Type: taxonomy.TypeText, Several: true}, {Code: "until", Type: taxonomy.TypeDate}, {Code: "handmade", Type: taxonomy.TypeBool}} {
				a.Everywhere, a.Titles = true, map[string]string{"": a.Code}
				_, err := taxonomy.CreateAttribute(t.Context(), tx, a)
				errs = append(errs, err)
			}
			c, err3 := taxonomy.CreateCategory(t.Context(), tx, taxonomy.Category{Slug: "kitchen", Title: "Kitchen"})
			s.hand = c.ID
			return errors.Join(append(errs, err, err2, err3)...)
		})
		test(s)
	})
}

func (s *shop) write(fn func(tx *db.Tx) error) {
	s.t.Helper()
	dbtest.Write(s.t, s.d, fn)
}

// category makes a category with a rule and fills it.
func (s *shop) category(slug, rule string) (id taxonomy.CategoryID) {
	s.t.Helper()
	s.write(func(tx *db.Tx) error {
		if err := placement.Check(s.t.Context(), tx, rule); err != nil {
			return err
		}
		c, err := taxonomy.CreateCategory(s.t.Context(), tx, taxonomy.Category{Slug: slug, Title: slug, Rule: rule})
		id = c.ID
		return err
	})
	s.refill(id)
	return id
}

func (s *shop) refill(id taxonomy.CategoryID) {
	s.t.Helper()
	if err := placement.Refill(s.t.Context(), s.d, id); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) product(d catalog.Draft, cents int64) (id catalog.ProductID) {
	s.t.Helper()
	s.write(func(tx *db.Tx) error {
		d.Title = d.Slug
		if d.Variants == nil {
			d.Variants = []catalog.Variant{{SKU: strings.ToUpper(d.Slug)}}
		}
		p, err := catalog.Create(s.t.Context(), tx, d)
		if id = p.ID; err != nil || cents == 0 {
			return err
		}
		return pricing.Set(s.t.Context(), tx, "DE", p.Variants[0].ID, money.Of(cents, "EUR"))
	})
	return id
}

// in are the slugs of the products that stand in a category, in order.
func (s *shop) in(id taxonomy.CategoryID) string {
	s.t.Helper()
	var slugs []string
	dbtest.Read(s.t, s.d, func(tx *db.Tx) error {
		slugs = nil
		all, _, err := catalog.List(s.t.Context(), tx, catalog.Filter{Categories: []taxonomy.CategoryID{id}})
		for _, p := range all {
			slugs = append(slugs, p.Slug)
		}
		return err
	})
	slices.Sort(slugs)
	return strings.Join(slugs, " ")
}

func (s *shop) place(id catalog.ProductID) {
	s.t.Helper()
	s.write(func(tx *db.Tx) error { return placement.Place(s.t.Context(), tx, id) })
}

func (s *shop) facts() (n int) {
	s.t.Helper()
	dbtest.Read(s.t, s.d, func(tx *db.Tx) error {
		all, err := event.Facts(s.t.Context(), tx, catalog.Updated{}.Kind(), 0, 1000)
		n = len(all)
		return err
	})
	return n
}

func TestARuleSeesEverythingThatAProductIs(t *testing.T) {
	each(t, func(s *shop) {
		s.product(catalog.Draft{Slug: "cup", Tags: []string{"linen", "gift"}, Categories: []taxonomy.CategoryID{s.hand}, Metadata: map[string]string{"vendor": "ACME"}, Source: "import",
			Attributes: taxonomy.Values{"fabric": {"linen"}, "volume-ml": {"300.5"}, "care": {"cold", "warm"}, "until": {"2031-01-01"}, "handmade": {"true"}},
			Variants:   []catalog.Variant{{SKU: "C1", Options: map[string]string{"Colour": "Red"}, WeightGrams: 900}, {SKU: "C2", Options: map[string]string{"Colour": "Blue"}}}}, 12_90)
		s.product(catalog.Draft{Slug: "song", Kind: catalog.KindDigital, Status: catalog.StatusDraft}, 0)
		s.product(catalog.Draft{Slug: "old", Status: catalog.StatusArchived}, 100)
		for i, c := range []struct{ rule, want string }{
			{`product.title.contains("up")`, "cup"}, {`product.kind == "digital"`, "song"}, {`product.status == "draft"`, "song"}, {`"gift" in product.tags`, "cup"},
			{`"kitchen" in product.categories`, "cup"}, {`"Colour=Blue" in product.options`, "cup"}, {`"vendor=ACME" in product.metadata`, "cup"}, {`product.source == "import"`, "cup"},
			{`product.variants == 2`, "cup"}, {`product.bundle`, ""}, {`product.weight_grams > 800`, "cup"}, {`product.age_days == 0`, "cup song"},
			{`attribute.fabric == "linen"`, "cup"}, {`attribute.volume_ml > 300.0 && attribute.volume_ml < 301.0`, "cup"}, {`"warm" in attribute.care`, "cup"},
			{`attribute.until > timestamp("2030-12-31T00:00:00Z")`, "cup"}, {`attribute.handmade`, "cup"},
			{`price.de > 0 && price.de < 2000`, "cup"}, {`price.de == 0`, "song"}, {`true`, "cup song"}, {`"rule-0" in product.categories`, ""},
		} {
			if got := s.in(s.category(fmt.Sprintf("rule-%d", i), c.rule)); got != c.want {
				t.Errorf("%s catches %q, want %q", c.rule, got, c.want)
			}
		}
	})
}

// A category with a rule holds who fulfils it and nobody else, and follows each
// change; what is so already is told of no more.
func TestAProductFollowsTheRule(t *testing.T) {
	each(t, func(s *shop) {
		cup := s.product(catalog.Draft{Slug: "cup", Tags: []string{"new"}, Categories: []taxonomy.CategoryID{s.hand}}, 10_00)
		pot := s.product(catalog.Draft{Slug: "pot"}, 50_00)
		fresh, cheap := s.category("fresh", `"new" in product.tags`), s.category("cheap", `price.de > 0 && price.de < 2000`)
		told := s.facts()
		s.place(cup)
		s.place(pot)
		s.refill(fresh)
		if s.facts() != told || s.in(fresh) != "cup" || s.in(cheap) != "cup" || s.in(s.hand) != "cup" {
			t.Fatalf("%d facts more; %q %q %q", s.facts()-told, s.in(fresh), s.in(cheap), s.in(s.hand))
		}
		s.write(func(tx *db.Tx) error { // by hand into a category that a rule fills, and out of another
			p, err := catalog.Find(t.Context(), tx, pot)
			if err != nil {
				return err
			}
			p.Tags, p.Categories = []string{"new"}, []taxonomy.CategoryID{cheap}
			_, err = catalog.Update(t.Context(), tx, p)
			return errors.Join(err, pricing.Set(t.Context(), tx, "DE", p.Variants[0].ID, money.Of(49_00, "EUR")))
		})
		s.place(pot)
		if s.in(fresh) != "cup pot" || s.in(cheap) != "cup" {
			t.Errorf("%q %q", s.in(fresh), s.in(cheap))
		}
		s.write(func(tx *db.Tx) error { // the rule goes: who is there stays, and is the merchant's to choose
			tree, err := taxonomy.Load(t.Context(), tx)
			c, _ := tree.Find(fresh)
			c.Rule = ""
			_, err2 := taxonomy.UpdateCategory(t.Context(), tx, c)
			return errors.Join(err, err2)
		})
		s.refill(fresh)
		s.place(cup)
		if s.in(fresh) != "cup pot" {
			t.Errorf("%q", s.in(fresh))
		}
	})
}

func TestTimeAloneTakesAProductOut(t *testing.T) {
	each(t, func(s *shop) {
		began := s.d.Now()
		s.product(catalog.Draft{Slug: "cup"}, 0)
		young := s.category("young", `product.age_days < 30`)
		if s.in(young) != "cup" {
			t.Fatal(s.in(young))
		}
		s.d.Now = func() time.Time { return began.AddDate(0, 0, 30) }
		var aging []taxonomy.CategoryID
		dbtest.Read(t, s.d, func(tx *db.Tx) (err error) {
			aging, err = placement.Speaking(t.Context(), tx, "product.age_days")
			return err
		})
		if len(aging) != 1 || aging[0] != young {
			t.Fatal(aging)
		}
		s.refill(young)
		if s.in(young) != "" {
			t.Error(s.in(young))
		}
	})
}

// A preview tells what would come and go, and changes nothing.
func TestAPreviewCountsAndChangesNothing(t *testing.T) {
	each(t, func(s *shop) {
		for i := range 130 { // more than a page
			s.product(catalog.Draft{Slug: fmt.Sprintf("p-%d", i), Tags: []string{[]string{"even", "odd"}[i%2]}}, 0)
		}
		odd := s.category("odd", `"odd" in product.tags`)
		told := s.facts()
		p, err := placement.Try(t.Context(), s.d, odd, `product.title.endsWith("1") || product.title.endsWith("2")`)
		if err != nil || p.Looked != 130 || !p.All || p.Catches != 26 || p.Comes != 13 || p.Goes != 52 || len(p.Sample) != 40 {
			t.Errorf("%+v %v", p, err)
		}
		if s.facts() != told {
			t.Error("a preview told of something")
		}
		for rule, want := range map[string]string{"product.colour == 1": "product.colour", "price.xx > 1": "price.xx", "1 + 1": "", `attribute.in == "x"`: ""} {
			if _, err := placement.Try(t.Context(), s.d, odd, rule); !errors.Is(err, placement.ErrRule) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", rule, err)
			}
			if err := s.d.Read(t.Context(), func(tx *db.Tx) error { return placement.Check(t.Context(), tx, rule) }); !errors.Is(err, placement.ErrRule) {
				t.Errorf("%s: %v", rule, err)
			}
		}
	})
}

// A rule whose attribute is gone takes nothing out: somebody is told instead.
func TestARuleThatCannotBeReadChangesNothing(t *testing.T) {
	each(t, func(s *shop) {
		cup := s.product(catalog.Draft{Slug: "cup", Attributes: taxonomy.Values{"fabric": {"linen"}}}, 0)
		linen, all := s.category("linen", `attribute.fabric == "linen"`), s.category("everything", `true`)
		s.write(func(tx *db.Tx) error { return taxonomy.DeleteAttribute(t.Context(), tx, "fabric") })
		s.product(catalog.Draft{Slug: "pot"}, 0)
		s.place(cup)
		s.refill(linen)
		s.refill(all)
		if s.in(linen) != "cup" || s.in(all) != "cup pot" {
			t.Errorf("%q %q", s.in(linen), s.in(all))
		}
		dbtest.Read(t, s.d, func(tx *db.Tx) error {
			open, err := exception.List(t.Context(), tx, exception.Filter{Open: true, Kind: placement.TroubleRule})
			if len(open) != 1 || open[0].Ref != string(linen) || !strings.Contains(open[0].Text, "fabric") {
				t.Errorf("%+v", open)
			}
			return err
		})
	})
}

package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"korzo/app/demo/picture"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/value/measure"
	"korzo/value/money"
)

// Where things stand: eight categories, some with shelves of their own, and by
// what shoppers tell things apart.

// aisle is a category to be. Its goods are those of a kind, or of all kinds
// whose category it is.
type aisle struct {
	slug, parent string
	title        text
	lead         text
	kinds        string // codes, for a shelf within a category
	attributes   string
}

var aisles = []aisle{
	{slug: "cups", title: text{"Cups & jugs", "Tassen & Krüge", "Csészék és kancsók"}, attributes: "material finish capacity dishwasher",
		lead: text{"What one drinks from, and what one pours from.", "Woraus man trinkt und womit man einschenkt.", "Amiből iszunk, és amiből töltünk."}},
	{slug: "mugs", parent: "cups", title: text{"Mugs", "Becher", "Bögrék"}, kinds: "MUG"},
	{slug: "tea-and-coffee", parent: "cups", title: text{"Tea & coffee", "Tee & Kaffee", "Tea és kávé"}, kinds: "ESP POT"},
	{slug: "glasses-and-carafes", parent: "cups", title: text{"Glasses & carafes", "Gläser & Karaffen", "Poharak és kancsók"}, kinds: "CAR TUM JUG"},
	{slug: "table", title: text{"The table", "Gedeckter Tisch", "Terített asztal"}, attributes: "material finish dishwasher",
		lead: text{"Plates, bowls and what stands between them.", "Teller, Schalen und was dazwischen steht.", "Tányérok, tálak és ami közöttük áll."}},
	{slug: "plates-and-bowls", parent: "table", title: text{"Plates & bowls", "Teller & Schalen", "Tányérok és tálak"}, kinds: "PLA BOW PLT"},
	{slug: "kitchen", title: text{"Kitchen", "Küche", "Konyha"}, attributes: "material finish"},
	{slug: "textiles", title: text{"Textiles", "Textilien", "Textíliák"}, attributes: "material finish"},
	{slug: "kitchen-linen", parent: "textiles", title: text{"Table & kitchen linen", "Tisch- & Küchenwäsche", "Asztali és konyhai vászon"}, kinds: "TEA NAP"},
	{slug: "towels-and-throws", parent: "textiles", title: text{"Towels & throws", "Handtücher & Decken", "Törölközők és takarók"}, kinds: "TWL THR CUS"},
	{slug: "light", title: text{"Light", "Licht", "Világítás"}, attributes: "material"},
	{slug: "lamps", parent: "light", title: text{"Lamps", "Leuchten", "Lámpák"}, kinds: "LAM PEN"},
	{slug: "candles", parent: "light", title: text{"Candles & lanterns", "Kerzen & Windlichter", "Gyertyák és mécsesek"}, kinds: "CST CAN LAN"},
	{slug: "stationery", title: text{"Stationery", "Papeterie", "Papíráru"}, attributes: "material finish"},
	{slug: "bags", title: text{"Bags", "Taschen", "Táskák"}, attributes: "material finish"},
	{slug: "garden", title: text{"Garden", "Garten", "Kert"}, attributes: "material"},
	{slug: "sets", title: text{"Sets", "Sets", "Készletek"},
		lead: text{"Things that belong together, for less than one by one.", "Was zusammengehört, für weniger als einzeln.", "Ami összetartozik, olcsóbban, mint külön."}},
}

// stuffs name what things are made of.
var stuffs = map[string]text{
	"stoneware": {"Stoneware", "Steinzeug", "Kőagyag"}, "porcelain": {"Porcelain", "Porzellan", "Porcelán"}, "glass": {"Glass", "Glas", "Üveg"},
	"willow": {"Willow", "Weide", "Fűzvessző"}, "wood": {"Wood", "Holz", "Fa"}, "enamel": {"Enamel", "Emaille", "Zománc"}, "steel": {"Steel", "Stahl", "Acél"},
	"linen": {"Linen", "Leinen", "Lenvászon"}, "cotton": {"Cotton", "Baumwolle", "Pamut"}, "wool": {"Wool", "Wolle", "Gyapjú"}, "ceramic": {"Ceramic", "Keramik", "Kerámia"},
	"metal": {"Metal", "Metall", "Fém"}, "brass": {"Brass", "Messing", "Sárgaréz"}, "wax": {"Wax", "Wachs", "Viasz"}, "paper": {"Paper", "Papier", "Papír"},
	"cedar": {"Cedar", "Zeder", "Cédrus"}, "canvas": {"Canvas", "Canvas", "Vászon"}, "larch": {"Larch", "Lärche", "Vörösfenyő"},
	"terracotta": {"Terracotta", "Terrakotta", "Terrakotta"}, "seed": {"Seed", "Saatgut", "Vetőmag"},
}

var finishes = map[string]text{
	"plain": {"One colour", "Einfarbig", "Egyszínű"}, "speckle": {"Speckled", "Gesprenkelt", "Pettyes"}, "dip": {"Dipped", "Getaucht", "Mártott"},
	"band": {"Banded", "Mit Streifen am Rand", "Szegélycsíkos"}, "stripe": {"Striped", "Gestreift", "Csíkos"}, "check": {"Checked", "Kariert", "Kockás"},
}

var seasons = map[string]text{
	"all-year": {"All year", "Ganzjährig", "Egész évben"}, "spring": {"Spring", "Frühling", "Tavasz"}, "summer": {"Summer", "Sommer", "Nyár"},
	"autumn": {"Autumn", "Herbst", "Ősz"}, "winter": {"Winter", "Winter", "Tél"},
}

func (t text) titles() map[string]string {
	return map[string]string{"": t[english], "de": t[german], "hu": t[hungarian]}
}

// byLocale is a text in each language; nil for none.
func (t text) byLocale() map[string]string {
	if t == (text{}) {
		return nil
	}
	return map[string]string{"en": t[english], "de": t[german], "hu": t[hungarian]}
}

func optionsOf(of map[string]text) (all []taxonomy.Option) {
	for code, t := range of {
		all = append(all, taxonomy.Option{Code: code, Titles: t.titles()})
	}
	slices.SortFunc(all, func(a, b taxonomy.Option) int { return strings.Compare(a.Code, b.Code) })
	return all
}

func categoryID(slug string) taxonomy.CategoryID { return taxonomy.CategoryID("cat_" + slug) }

// writeShelves opens the categories and names the attributes.
func (f *filling) writeShelves(ctx context.Context, tx *db.Tx) error {
	for i, a := range []taxonomy.Attribute{
		{Code: "material", Type: taxonomy.TypeOption, Facet: true, Titles: text{"Material", "Material", "Anyag"}.titles(), Options: optionsOf(stuffs)},
		{Code: "finish", Type: taxonomy.TypeOption, Facet: true, Titles: text{"Finish", "Oberfläche", "Felület"}.titles(), Options: optionsOf(finishes)},
		{Code: "capacity", Type: taxonomy.TypeNumber, Unit: "ml", Facet: true, Titles: text{"Holds", "Inhalt", "Űrtartalom"}.titles()},
		{Code: "dishwasher", Type: taxonomy.TypeBool, Facet: true, Titles: text{"Dishwasher-safe", "Spülmaschinenfest", "Mosogatógépben mosható"}.titles()},
		{Code: "season", Type: taxonomy.TypeOption, Facet: true, Everywhere: true, Titles: text{"Season", "Jahreszeit", "Évszak"}.titles(), Options: optionsOf(seasons)},
		{Code: "workshop", Type: taxonomy.TypeText, Private: true, Everywhere: true, Titles: text{"Workshop", "Werkstatt", "Műhely"}.titles()},
	} {
		a.Position = int64(i)
		if _, err := taxonomy.CreateAttribute(ctx, tx, a); err != nil {
			return err
		}
	}
	for i, a := range aisles {
		c := taxonomy.Category{ID: categoryID(a.slug), Slug: a.slug, Title: a.title[english], Description: a.lead[english], Position: int64(i),
			Attributes: strings.Fields(a.attributes), Translations: map[string]taxonomy.Text{}}
		if a.parent != "" {
			c.Parent = categoryID(a.parent)
		}
		for _, lang := range []int{german, hungarian} {
			t := taxonomy.Text{Title: a.title[lang], Description: a.lead[lang]}
			if s := slug(a.title[lang], lang); !slices.ContainsFunc(aisles, func(o aisle) bool { return o.slug == s }) {
				t.Slug = s + map[int]string{german: "", hungarian: "-hu"}[lang]
			}
			c.Translations[languages[lang]] = t
		}
		if _, err := taxonomy.CreateCategory(ctx, tx, c); err != nil {
			return fmt.Errorf("category %s: %w", a.slug, err)
		}
	}
	return nil
}

// workshop makes everything.
var workshop = catalog.Party{Name: "Korzo Haus und Tisch GmbH", Address: "Beispielgasse 3, 10115 Berlin", Contact: "workshop@korzo.example"}

// stand says where a good stands, what it is like, and who answers for it.
func (g *good) stand(n int) {
	d := &g.draft
	d.Categories = []taxonomy.CategoryID{categoryID(g.kind.category)}
	for _, a := range aisles {
		if slices.Contains(strings.Fields(a.kinds), g.kind.code) {
			d.Categories = slices.Insert(d.Categories, 0, categoryID(a.slug)) // its home
		}
	}
	d.Attributes = taxonomy.Values{"material": {g.kind.material}, "season": {d.Tags[2]}, "workshop": {"Workshop " + string(rune('A'+n%7))}}
	if g.kind.category != "light" && g.kind.category != "garden" && !g.kind.single {
		d.Attributes["finish"] = []string{g.finish}
	}
	if g.kind.category == "cups" || g.kind.category == "table" && g.kind.material != "willow" {
		d.Attributes["dishwasher"] = []string{fmt.Sprint(g.kind.second != "wood" && g.kind.material != "glass")}
	}
	for _, m := range g.measures {
		if m.letter == 'v' {
			d.Attributes["capacity"] = []string{m.number}
		}
	}
	if g.kind.material == "wax" { // what burns away is sold by its weight
		for i := range d.Variants {
			d.Variants[i].Content = measure.Measure{Amount: 180, Unit: measure.Gram}
		}
		d.Safety.Warnings = text{"Never leave a burning candle alone. Keep it away from children, animals and curtains.",
			"Brennende Kerzen nie allein lassen. Von Kindern, Tieren und Vorhängen fernhalten.",
			"Égő gyertyát soha ne hagyjon felügyelet nélkül. Tartsa távol gyermekektől, állatoktól és függönytől."}.titles()
	}
	d.Safety.Manufacturer = workshop
	for i, name := range []string{"color", "size"} {
		o := []text{{"Colour", "Farbe", "Szín"}, {"Size", "Größe", "Méret"}}[i]
		option := catalog.Option{Name: name, Titles: o.byLocale()}
		for _, v := range d.Variants {
			value, has := v.Options[name]
			if has && !slices.ContainsFunc(option.Values, func(b catalog.OptionValue) bool { return b.Value == value }) {
				option.Values = append(option.Values, catalog.OptionValue{Value: value, Titles: valueWords[value].byLocale()})
			}
		}
		if len(option.Values) > 0 {
			d.Options = append(d.Options, option)
		}
	}
}

// relate leads from each good to others: its series on the same table, its kind
// in another series.
func relate(goods []*good) {
	for i, g := range goods {
		for step := 1; step < len(goods) && len(g.draft.Relations) < 4; step++ {
			other := goods[(i+step)%len(goods)]
			if other.series.name == g.series.name && other.kind.code != g.kind.code && other.kind.category == g.kind.category {
				g.draft.Relations = append(g.draft.Relations, catalog.Relation{Kind: catalog.RelationAccessory, Product: other.draft.ID})
			}
		}
		for step := 1; step < len(goods) && len(g.draft.Relations) < 8; step++ {
			other := goods[(i+step)%len(goods)]
			if other.kind.code == g.kind.code && other.series.name != g.series.name {
				g.draft.Relations = append(g.draft.Relations, catalog.Relation{Kind: catalog.RelationSimilar, Product: other.draft.ID})
			}
		}
	}
}

// set is a bundle to be: parts are the first goods of some kinds.
type set struct {
	slug  string
	title text
	about text
	parts string // codes of kinds, each with how many: "MUG2"
	less  int64  // percent off the sum of its parts; 0 has a price of its own
	like  string // of what is no set but digital goods: the kind whose picture it has
	card  bool   // a gift card
	spec  picture.Spec
	draft catalog.Draft
}

var sets = []set{
	{slug: "breakfast-for-two", title: text{"Breakfast for two", "Frühstück für zwei", "Reggeli kettőnek"}, parts: "MUG2 PLA2 BOW2", less: 12,
		about: text{"Two mugs, two plates and two bowls.", "Zwei Becher, zwei Teller und zwei Schalen.", "Két bögre, két tányér és két tál."}},
	{slug: "tea-table", title: text{"Tea table", "Teetisch", "Teázóasztal"}, parts: "POT1 MUG4", less: 10,
		about: text{"A teapot with four mugs.", "Eine Teekanne mit vier Bechern.", "Egy teáskanna négy bögrével."}},
	{slug: "espresso-hour", title: text{"Espresso hour", "Espressostunde", "Eszpresszóidő"}, parts: "ESP4 TEA1", less: 8,
		about: text{"Four espresso cups and a tea towel to dry them with.", "Vier Espressotassen und ein Geschirrtuch zum Abtrocknen.", "Négy eszpresszócsésze és egy konyharuha a törölgetéshez."}},
	{slug: "first-kitchen-linen", title: text{"First kitchen linen", "Erste Küchenwäsche", "Első konyhai textíliák"}, parts: "TEA2 NAP1", less: 15,
		about: text{"Two tea towels and four napkins.", "Zwei Geschirrtücher und vier Servietten.", "Két konyharuha és négy szalvéta."}},
	{slug: "six-suppers", title: text{"Six suppers, to download", "Sechs Abendessen zum Herunterladen", "Hat vacsora letöltésre"}, like: "BOK",
		about: text{"Six recipes for weekday evenings, as a text to download once it is paid.", "Sechs Rezepte für Feierabende, als Text zum Herunterladen nach der Bezahlung.", "Hat recept hétköznap estékre, fizetés után letölthető szövegként."}},
	giftCards,
}

// bundles makes the sets of goods, the same each time.
func bundles(goods []*good, now time.Time) []set {
	dice := rand.New(rand.NewPCG(7, seed))
	all := slices.Clone(sets)
	for i := range all {
		s := &all[i]
		v := catalog.Variant{ID: catalog.VariantID(newID("var", now, 40+i, dice)), SKU: "SET-" + strings.ToUpper(s.slug), PartsDiscountPPM: s.less * 10_000}
		for j, part := range strings.Fields(s.parts) {
			g := goods[slices.IndexFunc(goods, func(g *good) bool { return g.kind.code == part[:3] && g.number == i%2 })]
			v.Parts = append(v.Parts, catalog.Part{Variant: g.draft.Variants[0].ID, Quantity: int64(part[3] - '0')})
			if j == 0 {
				s.spec = g.spec()
				s.spec.Ground, s.spec.Seed = 0xe9e4d6, 100+uint64(i)
			}
		}
		s.draft = catalog.Draft{ID: catalog.ProductID(newID("prd", now, 190+i, dice)), Slug: s.slug, Title: s.title[english], Description: s.about[english],
			Source: "demo", Tags: []string{"set"}, Categories: []taxonomy.CategoryID{categoryID("sets")}, Variants: []catalog.Variant{v},
			Safety: catalog.Safety{Manufacturer: workshop}, Attributes: taxonomy.Values{"season": {"all-year"}}, Translations: map[string]catalog.Translation{}}
		if s.like != "" {
			g := goods[slices.IndexFunc(goods, func(g *good) bool { return g.kind.code == s.like })]
			s.spec = g.spec()
			s.spec.Ground, s.spec.Seed = 0xe4e9e1, 140
			s.draft.Kind, s.draft.TaxClass, s.draft.Tags, s.draft.Safety = catalog.KindDigital, "reduced", []string{"download"}, catalog.Safety{}
			s.draft.Categories, s.draft.Variants[0].SKU = []taxonomy.CategoryID{categoryID("stationery")}, "DL-"+strings.ToUpper(s.slug)
		}
		if s.card {
			s.asCards(now)
		}
		for _, lang := range []int{german, hungarian} {
			s.draft.Translations[languages[lang]] = catalog.Translation{Slug: slug(s.title[lang], lang), Title: s.title[lang], Description: s.about[lang]}
		}
	}
	return all
}

func (f *filling) writeSets(ctx context.Context, tx *db.Tx) error {
	for _, s := range f.sets {
		p, err := catalog.Create(ctx, tx, s.draft)
		if err != nil {
			return fmt.Errorf("set %s: %w", s.slug, err)
		}
		if s.card {
			if err := priceCards(ctx, tx, p); err != nil {
				return err
			}
		}
		if s.like == "" {
			continue
		}
		for m, price := range map[string]money.Amount{"DE": money.Of(5_90, "EUR"), "HU": money.Of(2_290_00, "HUF"), "US": money.Of(5_90, "USD"), "SE": money.Of(69_00, "SEK"), "TR": money.Of(289_00, "TRY")} {
			if err := pricing.Set(ctx, tx, m, p.Variants[0].ID, price); err != nil {
				return fmt.Errorf("price of %s: %w", s.slug, err)
			}
		}
	}
	return nil
}

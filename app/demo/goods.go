package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/app/demo/picture"
	"korzo/offer/catalog"
	"korzo/value/money"
)

// kind is one sort of thing: its words in three languages, what it is made of,
// what it costs and in which forms it comes.
type kind struct {
	code     string // begins its SKUs
	shape    string // of its picture
	category string
	material string
	name     text   // the noun; what follows a comma stands at the end of a title
	about    text   // one or two sentences
	titles   []text // in place of series and noun
	measures string // "h9 d8 v300": letters of dimensions with cm or ml
	colours  string // a palette; "" has those of the series
	second   string // "wood", "cork" or "leather"; "" is a colour for decor
	finishes string // those it can have; "" has those a glaze can have
	sizes    string // a range of sizes, which the variants name; "" has one
	class    string // of tax; "" is standard
	single   bool   // no variants
	count    int    // how many products
	euros    int64  // about what it costs
	grams    int64
}

// size is a step of a range: its name, and how much more it costs and weighs.
type size struct {
	name, code string
	percent    int64
}

var ranges = map[string][]size{
	"plate": {{"20 cm", "20", 78}, {"26 cm", "26", 100}},
	"board": {{"M", "M", 100}, {"L", "L", 145}},
	"jar":   {{"0.6 l", "06", 80}, {"1.2 l", "12", 100}},
	"towel": {{"50 × 100 cm", "50", 100}, {"70 × 140 cm", "70", 170}},
	"pot":   {{"14 cm", "14", 85}, {"17 cm", "17", 100}, {"21 cm", "21", 140}},
}

// measured is one dimension of a product.
type measured struct {
	letter byte
	number string
}

// good is a product to be, with all that its rows and its picture need.
type good struct {
	kind     *kind
	series   series
	number   int // among its kind
	finish   string
	hues     []hue // of its variants
	second   uint32
	measures []measured
	draft    catalog.Draft
	prices   []map[string]money.Amount // by variant, by market
	weight   int                       // how often it is bought
}

// assortment returns every product, the same each time.
func assortment(now time.Time) []*good {
	var goods []*good
	for _, kinds := range [][]kind{tableKinds, kitchenKinds, homeKinds, deskKinds, outKinds} {
		for i := range kinds {
			for n := range kinds[i].count {
				goods = append(goods, newGood(&kinds[i], n, len(goods)))
			}
		}
	}
	dice := rand.New(rand.NewPCG(1, seed))
	for i, g := range goods {
		g.weight = 1 + dice.IntN(12)*dice.IntN(12)*20/(20+int(g.kind.euros))
		// A list shows the newest first: kinds are shuffled, so that it is a shop window.
		g.draft.ID = catalog.ProductID(newID("prd", now, 200+(i*67)%len(goods), dice))
	}
	for i, g := range goods {
		g.write(now, i, dice)
		g.stand(i)
	}
	relate(goods)
	return goods
}

func newGood(k *kind, n, total int) *good {
	s := allSeries[(n*5+len(k.code)+int(k.code[1])+total/11)%len(allSeries)]
	if k.count <= len(allSeries) { // a series has a kind once
		s = allSeries[(n+int(k.code[0])+int(k.code[2]))%len(allSeries)]
	}
	g := &good{kind: k, series: s, number: n, finish: finishOf(k, s, n)}
	g.hues = s.hues
	if p := palettes[k.colours]; p != nil {
		g.hues = make([]hue, min(1+(n+1)%3, len(p)))
		for i := range g.hues {
			g.hues[i] = p[(n+i)%len(p)]
		}
	}
	if k.single {
		g.hues = []hue{[]hue{salvia, curry, terracotta, indigo, oliva}[n%5]}
	}
	g.second = secondOf(k, g.hues[0], n)
	scale := []int{100, 95, 106, 100, 110, 92}[n%6]
	for m := range strings.FieldsSeq(k.measures) {
		v, _ := strconv.Atoi(m[1:])
		switch step := 10; {
		case m[0] == 'v':
			if v >= 500 {
				step = 50
			}
			v = (v*scale/100 + step/2) / step * step
		case v > 12 && (m[0] == 'h' || m[0] == 'd'):
			v = (v*scale + 50) / 100
		}
		g.measures = append(g.measures, measured{m[0], strconv.Itoa(v)})
	}
	return g
}

// finishOf is the series' finish if the kind can have it, else one it can have.
func finishOf(k *kind, s series, n int) string {
	can := strings.Fields(k.finishes)
	if len(can) == 0 {
		can = []string{"plain", "speckle", "dip", "band", "stripe"}
	}
	if slices.Contains(can, s.finish) {
		return s.finish
	}
	return can[n%len(can)]
}

func secondOf(k *kind, first hue, n int) uint32 {
	pick := func(p []hue) uint32 { return p[n%len(p)].rgb }
	switch k.second {
	case "wood":
		return pick(palettes["second"])
	case "cork":
		return pick(palettes["cork"])
	case "leather":
		return pick(palettes["hide"])
	}
	return against(first, n+int(k.code[0])).rgb
}

// spec is what the product's picture shows.
func (g *good) spec() picture.Spec {
	finish := g.finish
	if finish == "plain" {
		finish = picture.Plain
	}
	return picture.Spec{Shape: g.kind.shape, Color: g.hues[0].rgb, Second: g.second, Ground: grounds[g.kind.category],
		Finish: finish, Seed: uint64(g.number) + 1}
}

// seen says the finish of what a picture shows.
var seen = map[string]text{
	"speckle": {", speckled", ", gesprenkelt", ", pettyes"}, "dip": {", its lower part in a second colour", ", der untere Teil in einer zweiten Farbe", ", az alja másik színben"},
	"band": {", with a band", ", mit einem Band", ", csíkkal"}, "stripe": {", striped", ", gestreift", ", csíkos"}, "check": {", checked", ", kariert", ", kockás"},
}

// alt says what the picture shows.
func (g *good) alt() text {
	if g.kind.single {
		return text{g.title(english) + ": its front, seen from above", g.title(german) + ": Vorderseite, von oben", g.title(hungarian) + ": az eleje, felülről"}
	}
	var of text
	for lang := range languages {
		noun, _, several := strings.Cut(g.kind.name[lang], ", ")
		switch {
		case lang != english || several:
			noun = upper(noun)
		case strings.ContainsRune("aeiou", rune(noun[0])):
			noun = "An " + noun
		default:
			noun = "A " + noun
		}
		color := g.hues[0].name
		if words := valueWords[color]; words != (text{}) {
			color = words[lang]
		}
		of[lang] = fmt.Sprintf([]string{"%s in %s%s, on a plain tinted ground", "%s in %s%s, vor getöntem Grund", "%s, %s szín%s, színezett háttér előtt"}[lang], noun, color, seen[g.finish][lang])
	}
	return of
}

// shown is a picture of the studio with what it shows.
func shown(name string, alt text) catalog.Image {
	return catalog.Image{Blob: name, Alt: alt[english], Alts: map[string]string{"de": alt[german], "hu": alt[hungarian]}, Width: picture.Size, Height: picture.Size}
}

// write fills in the draft and the prices.
func (g *good) write(now time.Time, n int, dice *rand.Rand) {
	d := &g.draft
	d.Title, d.Description = g.title(english), g.describe(english)
	d.Slug = slug(d.Title, english)
	d.TaxClass, d.Source = g.kind.class, "demo"
	d.Tags = []string{g.kind.category, g.kind.material, []string{"all-year", "spring", "summer", "autumn", "winter"}[n%5]}
	d.Translations = map[string]catalog.Translation{}
	for _, lang := range []int{german, hungarian} {
		title := g.title(lang)
		d.Translations[languages[lang]] = catalog.Translation{Slug: slug(title, lang), Title: title, Description: g.describe(lang)}
	}
	base := (g.kind.euros*100 + 50) * []int64{100, 110, 92, 124, 104, 96}[g.number%6] / 100
	sizes := ranges[g.kind.sizes]
	if sizes == nil {
		sizes = []size{{percent: 100}}
	}
	for _, h := range g.hues {
		for _, s := range sizes {
			if len(d.Variants) == 4 {
				return
			}
			g.variant(h, s, base*s.percent/100, now, dice)
		}
	}
}

func (g *good) variant(h hue, s size, cents int64, now time.Time, dice *rand.Rand) {
	v := catalog.Variant{Options: map[string]string{}, WeightGrams: g.kind.grams * s.percent / 100,
		UnitCost: money.Of(cents*int64(34+dice.IntN(12))/119, "EUR")}
	sku := []string{g.kind.code, g.series.code}
	var names []string
	if g.kind.single {
		sku[1] = strconv.Itoa(g.number + 1)
	} else {
		sku, names, v.Options["color"] = append(sku, h.code), append(names, h.name), h.name
	}
	if s.name != "" {
		sku, names, v.Options["size"] = append(sku, s.code), append(names, s.name), s.name
	}
	v.SKU, v.Title = strings.Join(sku, "-"), strings.Join(names, ", ")
	v.ID = catalog.VariantID(newID("var", now, len(g.draft.Variants), dice))
	v.Barcode = barcode(dice)
	g.draft.Variants = append(g.draft.Variants, v)
	g.prices = append(g.prices, prices(cents))
}

// prices are what so many cents, tax included, come to on a price tag in each
// market: 18.90 €, 7 490 Ft, 18.95 $, 219 kr, 909 ₺.
func prices(cents int64) map[string]money.Amount {
	euros := max((cents+50)/100, 2)
	forints := max((cents*395/100+50)/100, 5) // hundreds
	dollars := max((cents*98/100+50)/100, 2)
	kronor := max((cents*115/1000+5)/10, 2) // tens
	liras := max((cents*480/1000+5)/10, 2)  // tens
	return map[string]money.Amount{
		"DE": money.Of(euros*100-10, "EUR"),
		"HU": money.Of((forints*100-10)*100, "HUF"),
		"US": money.Of(dollars*100-5, "USD"),
		"SE": money.Of((kronor*10-1)*100, "SEK"),
		"TR": money.Of((liras*10-1)*100, "TRY"),
	}
}

// barcode is an EAN-13 of the range 200–299, which shops use for themselves.
func barcode(dice *rand.Rand) string {
	digits := fmt.Sprintf("29%010d", dice.Int64N(10_000_000_000))
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * (1 + 2*(i%2))
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}

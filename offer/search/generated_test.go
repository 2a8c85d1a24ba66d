package search_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/value/money"
)

// Words that generated products are made of: a few stand in many titles, most
// in a handful, as in a shop.
var (
	adjectives = strings.Fields("red blue green black white wooden steel round soft light heavy modern classic warm cold small large portable outdoor kitchen garden travel office wool cotton linen leather glass ceramic bamboo oak copper brass vintage striped plain folding stackable waterproof")
	nouns      = strings.Fields("lamp table chair mug bottle backpack blanket pillow mirror clock vase bowl plate knife spoon pan kettle shelf cabinet sofa rug curtain towel soap candle frame basket box bag wallet belt hat scarf glove jacket shirt sock shoe boot tent")
	german     = strings.Fields("Lampe Tisch Stuhl Tasse Flasche Rucksack Decke Kissen Spiegel Uhr Vase Schüssel Teller Messer Löffel Pfanne Kessel Regal Schrank Sofa Teppich Vorhang Handtuch Seife Kerze Rahmen Korb Box Tasche Geldbörse Gürtel Hut Schal Handschuh Jacke Hemd Socke Schuh Stiefel Zelt")
	hungarian  = strings.Fields("lámpa asztal szék bögre palack hátizsák takaró párna tükör óra váza tál tányér kés kanál serpenyő vízforraló polc szekrény kanapé szőnyeg függöny törölköző szappan gyertya keret kosár doboz táska pénztárca öv kalap sál kesztyű kabát ing zokni cipő csizma sátor")
	colours    = strings.Fields("red blue green black white yellow brown grey pink orange")
	materials  = strings.Fields("wood steel wool cotton linen leather glass ceramic bamboo copper")
)

// generated returns n products in three languages, the same for every run.
func generated(n int) []search.Document { return slices.Collect(generate(n)) }

// generate makes the products one by one, so that a million are not held.
func generate(n int) iter.Seq[search.Document] {
	return func(yield func(search.Document) bool) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range n {
			if !yield(product(r, i)) {
				return
			}
		}
	}
}

func product(r *rand.Rand, i int) search.Document {
	noun := int(float64(len(nouns)) * r.Float64() * r.Float64())
	a, b := pick(r, adjectives), pick(r, adjectives)
	series := fmt.Sprintf("%s%s%s", pick(r, syllables), pick(r, syllables), pick(r, syllables))
	brand := fmt.Sprintf("brand %02d", int(60*r.Float64()*r.Float64()))
	colour, material := pick(r, colours), pick(r, materials)
	terms := []string{"cat " + nouns[noun], brand, colour, material}
	body := make([]string, 40)
	for j := range body {
		body[j] = pick(r, syllables) + pick(r, syllables)
	}
	text := strings.Join(body, " ")
	return search.Document{
		ID:   catalog.ProductID(fmt.Sprintf("prd_%08d", i)),
		Keys: []string{fmt.Sprintf("SKU-%06d", i)},
		Texts: map[string]search.Text{
			"en": {Title: strings.Join([]string{a, b, nouns[noun], series}, " "), Terms: terms, Body: text},
			"de": {Title: strings.Join([]string{a, "für", pick(r, german) + strings.ToLower(german[noun]), series}, " "), Terms: terms, Body: text},
			"hu": {Title: strings.Join([]string{b, hungarian[noun], series}, " "), Terms: terms, Body: text},
		},
		Categories: []string{"all", "cat " + nouns[noun]},
		Attributes: map[string][]string{"colour": {colour}, "material": {material}, "brand": {brand}, "size": {fmt.Sprint(r.IntN(8))}},
		Prices:     map[string]money.Amount{"DE": money.Of(100+r.Int64N(20_000), "EUR"), "HU": money.Of(100*(1+r.Int64N(90_000)), "HUF")},
		Variants:   []search.Stocked{{Variant: catalog.VariantID(fmt.Sprintf("var_%08d", i)), Available: r.IntN(10) > 0}},
		CreatedAt:  time.UnixMilli(1_700_000_000_000 - int64(i)), // as the catalog is read: newest first
	}
}

var syllables = strings.Fields("ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo vu za ze zi zo zu")

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"korzo/app/demo/picture"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/value/money"
)

// giftCards is the gift card that the shop sells.
var giftCards = set{slug: "gift-card", card: true, title: text{"Gift card", "Geschenkkarte", "Ajándékkártya"},
	about: text{"For somebody who would rather choose. It arrives by e-mail on the day you name, with a card to print; what is not spent stays on it.",
		"Für alle, die lieber selbst aussuchen. Sie kommt an dem Tag, den Sie nennen, per E-Mail, mit einer Karte zum Ausdrucken; was nicht ausgegeben wird, bleibt darauf.",
		"Annak, aki inkább maga választ. E-mailben érkezik a megadott napon, kinyomtatható kártyával; amit nem költenek el, rajta marad."}}

// cardValues are what the cards are worth in each market, in its currency's units.
var cardValues = []map[string]int64{
	{"DE": 25, "HU": 10_000, "US": 25, "SE": 250, "TR": 1_000},
	{"DE": 50, "HU": 20_000, "US": 50, "SE": 500, "TR": 2_500},
	{"DE": 100, "HU": 40_000, "US": 100, "SE": 1_000, "TR": 5_000},
}

// asCards makes a set the gift card: a variant for each value, taxed when it is
// spent.
func (s *set) asCards(now time.Time) {
	dice := rand.New(rand.NewPCG(11, seed))
	s.spec = picture.Spec{Shape: "giftcard", Color: 0x0b5d4e, Second: 0xe0b45c, Ground: 0xe9e4d6, Finish: picture.Plain, Seed: 7}
	s.draft.Kind, s.draft.TaxClass, s.draft.Tags, s.draft.Safety = catalog.KindGiftCard, "voucher", []string{"gift"}, catalog.Safety{}
	s.draft.Attributes = nil
	s.draft.Categories, s.draft.Variants = []taxonomy.CategoryID{categoryID("stationery")}, nil
	for i, name := range []string{"S", "M", "L"} {
		s.draft.Variants = append(s.draft.Variants, catalog.Variant{ID: catalog.VariantID(newID("var", now, 60+i, dice)), SKU: "GIFT-" + name})
	}
}

func priceCards(ctx context.Context, tx *db.Tx, p catalog.Product) error {
	for i, values := range cardValues {
		for _, m := range markets {
			info, _ := money.Find(m.Currency)
			if err := pricing.Set(ctx, tx, m.ID, p.Variants[i].ID, money.Of(values[m.ID]*info.MinorPerUnit(), m.Currency)); err != nil {
				return fmt.Errorf("price of a gift card: %w", err)
			}
		}
	}
	return nil
}

// alt says what the picture of a set shows.
func (s *set) alt() text {
	if s.card {
		return text{"A green gift card with a golden ribbon", "Eine grüne Geschenkkarte mit goldenem Band", "Zöld ajándékkártya arany szalaggal"}
	}
	title := func(lang int) string { return s.draft.Translations[languages[lang]].Title }
	return text{"One of the things in the set " + s.draft.Title, "Eines der Dinge im Set " + title(german), "A készlet egyik darabja: " + title(hungarian)}
}

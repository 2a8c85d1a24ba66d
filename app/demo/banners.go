package demo

import (
	"context"
	"fmt"

	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/platform/db"
)

// signs are what the shop says beside its goods: to everybody, to readers of its
// letter, and in the bag; the last is kept for an experiment on the first.
var signs = []struct {
	name    string
	place   banner.Place
	trigger string
	link    string
	kind    string // of the goods whose picture it bears; "set" for a set's, "" for none
	title   text
	words   text
	act     text
}{
	{"Mugs for every day", banner.Home, "", "/categories/mugs", "MUG", text{"The mug you reach for", "Der Becher, zu dem man greift", "A bögre, amelyért nyúlunk"},
		text{"Stoneware in colours that get on with each other, made for the dishwasher too.", "Steinzeug in Farben, die sich vertragen, auch für die Spülmaschine.", "Kőedény összeillő színekben, mosogatógépbe is."}, text{"To the mugs", "Zu den Bechern", "A bögrékhez"}},
	{"Readers of our letter", banner.Home, `visit.source == "newsletter"`, "/categories/sets", "set", text{"You read of them in our letter", "Sie haben im Newsletter davon gelesen", "A hírlevelünkben olvasott róluk"},
		text{"Sets for two and for six: cheaper together, and each piece can be had again by itself.", "Sets für zwei und für sechs: zusammen günstiger, und jedes Stück gibt es auch einzeln nach.", "Készletek két és hat főre: együtt olcsóbb, és minden darab külön is pótolható."}, text{"To the sets", "Zu den Sets", "A készletekhez"}},
	{"Something to go with it", banner.Cart, "", "/categories/kitchen-linen", "", text{"Something to go with it?", "Etwas dazu?", "Valami mellé?"},
		text{"Napkins and tea towels of linen travel in the same parcel.", "Servietten und Geschirrtücher aus Leinen reisen im selben Paket.", "A lenszalvéták és konyharuhák ugyanabban a csomagban utaznak."}, text{"To the linen", "Zum Leinen", "A lenáruhoz"}},
	{"Mugs as a present", banner.Nowhere, "", "/categories/mugs", "MUG", text{"A mug is a small present", "Ein Becher ist ein kleines Geschenk", "Egy bögre kis ajándék"},
		text{"We wrap it, and write your words on the card.", "Wir packen ihn ein und schreiben Ihre Worte auf die Karte.", "Becsomagoljuk, és a kártyára írjuk a szavait."}, text{"To the mugs", "Zu den Bechern", "A bögrékhez"}},
}

// writeBanners hangs the signs, and keeps a version of a message to be tried.
func (f *filling) writeBanners(ctx context.Context, tx *db.Tx) error {
	for i, s := range signs {
		d := banner.Draft{Name: s.name, Place: s.place, Position: int64(i), Trigger: s.trigger, Link: s.link, Picture: f.pictureOf(s.kind), Texts: map[string]banner.Text{}}
		for j, tag := range []string{english: "en", german: "de", hungarian: "hu"} {
			d.Texts[tag] = banner.Text{Title: s.title[j], Words: s.words[j], Act: s.act[j]}
		}
		if _, err := banner.Create(ctx, tx, d); err != nil {
			return fmt.Errorf("banner %s: %w", s.name, err)
		}
	}
	_, err := message.CreateWording(ctx, tx, message.WordingDraft{Kind: message.KindShipped, Name: "In one breath", Words: map[string]map[string]string{
		"en": {"subject": "On its way: {number}[, with you {promise}]"}, "de": {"subject": "Unterwegs: {number}[, bei Ihnen {promise}]"}, "hu": {"subject": "Úton van: {number}[, érkezés: {promise}]"}}})
	return err
}

// pictureOf is a picture of a kind of goods; "" where none was drawn.
func (f *filling) pictureOf(kind string) string {
	if kind == "set" && len(f.sets) > 0 && len(f.sets[0].draft.Images) > 0 {
		return f.sets[0].draft.Images[0].Blob
	}
	for _, g := range f.goods {
		if g.kind.code == kind && len(g.draft.Images) > 0 {
			return g.draft.Images[0].Blob
		}
	}
	return ""
}

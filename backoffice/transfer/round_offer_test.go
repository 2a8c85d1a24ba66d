package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"korzo/backoffice/transfer"
	"korzo/customer/group"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/calendar"
	"korzo/value/measure"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// offerKinds are the files that an offer is made of, in the order in which a shop is filled.
var offerKinds = []transfer.Kind{transfer.KindAttributes, transfer.KindCategories, transfer.KindProducts, transfer.KindPolicies, transfer.KindSafety,
	transfer.KindStock, transfer.KindPrices, transfer.KindGroups, transfer.KindPriceLists, transfer.KindListPrices, transfer.KindHistory}

// furnish fills a shop with everything an offer may have.
func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		var errs []error
		try := func(err error) { errs = append(errs, err) }
		_, err := taxonomy.CreateAttribute(ctx, tx, taxonomy.Attribute{Code: "glaze", Type: taxonomy.TypeOption, Facet: true, Several: true, Position: 2,
			Titles: map[string]string{"": "Glaze", "de": "Glasur, \"dick\""}, Options: []taxonomy.Option{
				{Code: "matt", Titles: map[string]string{"": "Matt", "hu": "Matt"}}, {Code: "gloss", Titles: map[string]string{"": "=Gloss"}}}})
		try(err)
		_, err = taxonomy.CreateAttribute(ctx, tx, taxonomy.Attribute{Code: "volume", Type: taxonomy.TypeNumber, Unit: "ml", Private: true, Everywhere: true,
			Titles: map[string]string{"": "Volume"}})
		try(err)
		home, err := taxonomy.CreateCategory(ctx, tx, taxonomy.Category{Slug: "home", Title: "Home", Description: "All\nfor the home", Position: 7,
			Translations: map[string]taxonomy.Text{"de": {Slug: "zuhause", Title: "Zuhause"}}})
		try(err)
		cups, err := taxonomy.CreateCategory(ctx, tx, taxonomy.Category{Parent: home.ID, Slug: "cups", Title: "Cups", Hidden: true, Attributes: []string{"glaze"}})
		try(err)
		_, err = taxonomy.CreateCategory(ctx, tx, taxonomy.Category{Slug: "all", Title: "All", Rule: `"=x|" in product.tags`})
		try(err)
		red, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "mug", Title: "Mug", Categories: []taxonomy.CategoryID{cups.ID, home.ID},
			Attributes: taxonomy.Values{"glaze": {"gloss", "matt"}, "volume": {"300.5"}},
			Options:    []catalog.Option{{Name: "Colour", Values: []catalog.OptionValue{{Value: "Red", Titles: map[string]string{"de": "Rot"}}, {Value: "Blue"}}, Titles: map[string]string{"de": "Farbe"}}},
			Safety: catalog.Safety{Manufacturer: catalog.Party{Name: "Pots AG", Address: "Gasse 1, Wien", Contact: "pots@example.com"},
				Responsible: catalog.Party{Name: "EU Rep", Address: "Rue 2", Contact: "https://rep.example"},
				Warnings:    map[string]string{"": "Hot.", "de": "Heiß."}},
			Images:       []catalog.Image{{Blob: "mug.png", Alt: "A mug", Width: 800, Height: 600, Sizes: []catalog.ImageSize{{Blob: "mug-s.png", Width: 400}}}},
			Translations: map[string]catalog.Translation{"de": {Slug: "becher", Title: "Becher", Description: "Groß"}, "hu": {Title: "Bögre"}},
			Variants: []catalog.Variant{{SKU: "MUG-R", Options: map[string]string{"Colour": "Red"}, Content: measure.Measure{Amount: 300, Unit: "ml"}, WeightGrams: 310, UnitCost: money.Of(299, "EUR")},
				{SKU: "MUG-B", Options: map[string]string{"Colour": "Blue"}}}})
		try(err)
		song, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "song", Title: "Song", Kind: catalog.KindDigital, Relations: []catalog.Relation{{Kind: catalog.RelationSimilar, Product: red.ID}},
			Variants: []catalog.Variant{{SKU: "SONG", File: catalog.File{Blob: "fil_1.mp3", Name: "Song.mp3", Bytes: 99, Limit: 3, Days: 30}}}})
		try(err)
		set, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "set", Title: "Set", Variants: []catalog.Variant{{SKU: "SET", PartsDiscountPPM: 100_000,
			Parts: []catalog.Part{{Variant: red.Variants[0].ID, Quantity: 2}, {Variant: red.Variants[1].ID, Quantity: 1}}}}})
		try(err)
		try(pricing.Set(ctx, tx, "DE", red.Variants[0].ID, money.Of(12_90, "EUR")))
		try(pricing.Set(ctx, tx, "HU", song.Variants[0].ID, money.Of(990_00, "HUF")))
		_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: red.Variants[0].ID, Location: "loc_berlin", Delta: 7, Reason: "found"})
		try(err)
		from := time.UnixMicro(19e14).UTC()
		sale, err := pricing.CreateList(ctx, tx, pricing.List{Name: "Sale, \"big\"", Market: "DE", Kind: pricing.Sale, Priority: 5, Starts: from, Ends: from.Add(time.Hour)})
		try(err)
		trade, err := pricing.CreateList(ctx, tx, pricing.List{Name: "=Trade", Market: "HU", Group: "grp_trade", Channel: "web", State: pricing.StateDraft})
		try(err)
		try(pricing.SetPrices(ctx, tx, sale.ID, []pricing.Entry{{Variant: red.Variants[0].ID, From: 1, Amount: money.Of(9_90, "EUR")}, {Variant: red.Variants[0].ID, From: 10, Amount: money.Of(8_90, "EUR")},
			{Variant: set.Variants[0].ID, From: 1, Amount: money.Of(20_00, "EUR")}}))
		try(pricing.SetPrices(ctx, tx, trade.ID, []pricing.Entry{{Variant: song.Variants[0].ID, From: 3, Amount: money.Of(500_00, "HUF")}}))
		_, err = group.Create(ctx, tx, "=Dealers, \"big\"")
		try(err)
		try(inventory.SavePolicy(ctx, tx, inventory.Policy{Variant: red.Variants[1].ID, Mode: inventory.Backorder, Limit: 9, Expected: day("2030-01-31"), Low: 2}))
		try(inventory.SavePolicy(ctx, tx, inventory.Policy{Variant: song.Variants[0].ID, Mode: inventory.Untracked, Low: -1}))
		try(inventory.SetSafety(ctx, tx, inventory.Safety{Channel: "pos", Units: 1}))
		try(inventory.SetSafety(ctx, tx, inventory.Safety{Channel: "pos", Variant: red.Variants[0].ID, Units: 3}))
		return errors.Join(errs...)
	})
	grow(t, d)
}

// grow gives a furnished shop a past: slugs of old, prices of old, stock that is
// sold out.
func grow(t *testing.T, d *db.DB) {
	t.Helper()
	ctx, began := context.Background(), d.Now()
	for i, minor := range []int64{9_90, 14_90, 11_90, 11_90} {
		d.Now = func() time.Time { return began.Add(time.Duration(i+1) * 48 * time.Hour) }
		dbtest.Write(t, d, func(tx *db.Tx) error {
			p, err := catalog.FindBySlug(ctx, tx, "mug", "", "")
			if err == nil {
				p, err = catalog.Find(ctx, tx, p.ID)
			}
			if err != nil {
				return err
			}
			p.Slug = fmt.Sprintf("mug-%d", i)
			_, err = catalog.Update(ctx, tx, p)
			tree, err2 := taxonomy.Load(ctx, tx)
			home, _ := tree.Lookup("home")
			home.Slug = fmt.Sprintf("home-%d", i)
			_, err3 := taxonomy.UpdateCategory(ctx, tx, home)
			v := p.Variants[0].ID
			_, err4 := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: p.Variants[1].ID, Location: "loc_berlin", Delta: int64(1 - i%2*2), Reason: "moved"})
			err5 := pricing.Set(ctx, tx, "DE", v, money.Of(minor, "EUR"))
			if i == 2 {
				err5 = errors.Join(err5, pricing.Remove(ctx, tx, "DE", v))
			}
			return errors.Join(err, err2, err3, err4, err5)
		})
	}
}

func day(text string) calendar.Date {
	d, err := calendar.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

// The law of TestAnExportGivesEverythingBack, for all that an offer has, from
// either database to the other.
func TestAWholeOfferGoesOutAndComesBack(t *testing.T) {
	for _, f := range []transfer.Format{transfer.FormatCSV, transfer.FormatJSON} {
		t.Run(string(f), func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				lite := dbtest.SQLite(t, schemas)
				began := d.Now()
				lite.Now = func() time.Time { return began.AddDate(0, 0, 30) }
				shop(t, d)
				shop(t, lite)
				furnish(t, d)
				backAndForth(t, d, lite, f, offerKinds...)
				other := dbtest.SQLite(t, schemas)
				other.Now = func() time.Time { return began.AddDate(0, 0, 60) }
				shop(t, other)
				backAndForth(t, lite, other, f, offerKinds...)
			})
		})
	}
}

func TestATaxonomyAndPricesWrittenByHand(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		furnish(t, d)
		for _, c := range []struct {
			name, text string
			kind       transfer.Kind
			want       transfer.Run
			column     string // of the one remark
		}{
			{"a category under another by its slug", "parent,title\ncups,Tea cups\n", transfer.KindCategories, transfer.Run{Created: 1}, ""},
			{"a category is moved and renamed", "slug,parent,title\ntea-cups,home,Tea bowls\n", transfer.KindCategories, transfer.Run{Changed: 1}, ""},
			{"a category under none that is there", "parent,title\nnowhere,Lost\n", transfer.KindCategories, transfer.Run{Failed: 1}, "slug"},
			{"a category under itself", "slug,parent\nhome,cups\n", transfer.KindCategories, transfer.Run{Failed: 1}, "slug"},
			{"a category that fills itself", "title,rule\nLinen,\"\"\"linen\"\" in product.tags\"\n", transfer.KindCategories, transfer.Run{Created: 1}, ""},
			{"a rule that cannot be read", "title,rule\nOdd,product.colour == 1\n", transfer.KindCategories, transfer.Run{Failed: 1}, "rule"},
			{"an attribute", "code,type,titles\nhandles,number,\"{\"\"\"\":\"\"Handles\"\"}\"\n", transfer.KindAttributes, transfer.Run{Created: 1}, ""},
			{"an attribute of another type", "code,type\nvolume,text\n", transfer.KindAttributes, transfer.Run{Failed: 1}, "type"},
			{"an attribute without a title", "code,type\nnameless,text\n", transfer.KindAttributes, transfer.Run{Failed: 1}, "code"},
			{"a price list", "name,market\nWinter,DE\n", transfer.KindPriceLists, transfer.Run{Created: 1}, ""},
			{"a price list that ends before it starts", "name,market,starts,ends\nOdd,DE,2030-01-02T00:00:00Z,2030-01-01T00:00:00Z\n", transfer.KindPriceLists, transfer.Run{Failed: 1}, "name"},
			{"a list moves to no other market", "name,market\nWinter,HU\n", transfer.KindPriceLists, transfer.Run{Failed: 1}, "market"},
			{"a price by the list's name", "price_list,sku,amount\nWinter,MUG-R,11.00\n", transfer.KindListPrices, transfer.Run{Changed: 1}, ""},
			{"the same price again", "price_list,sku,amount\nWinter,MUG-R,11.00\n", transfer.KindListPrices, transfer.Run{Same: 1}, ""},
			{"a price of no list", "price_list,sku,amount\nSummer,MUG-R,11.00\n", transfer.KindListPrices, transfer.Run{Failed: 1}, "price_list"},
			{"a price of no variant", "price_list,sku,amount\nWinter,NONE,11.00\n", transfer.KindListPrices, transfer.Run{Failed: 1}, "sku"},
			{"a price that is none", "price_list,sku,amount\nWinter,MUG-R,cheap\n", transfer.KindListPrices, transfer.Run{Failed: 1}, "amount"},
			{"a backorder", "sku,mode,limit\nMUG-R,backorder,5\n", transfer.KindPolicies, transfer.Run{Changed: 1}, ""},
			{"the same once more", "sku,mode,limit,location\nMUG-R,backorder,5,loc_berlin\n", transfer.KindPolicies, transfer.Run{Same: 1}, ""},
			{"a mode that is none", "sku,mode\nMUG-R,sometimes\n", transfer.KindPolicies, transfer.Run{Failed: 1}, "mode"},
			{"a day that is none", "sku,mode,expected\nMUG-R,preorder,soon\n", transfer.KindPolicies, transfer.Run{Failed: 1}, "expected"},
			{"a channel that is none", "channel,units\nmoon,4\n", transfer.KindSafety, transfer.Run{Failed: 1}, "channel"},
			{"units kept back", "channel,sku,units\npos,SONG,4\n", transfer.KindSafety, transfer.Run{Changed: 1}, ""},
			{"a price of the past", "price_list,sku,amount,from,to\nHU,SONG,880.00,2029-01-01T00:00:00Z,2029-02-01T00:00:00Z\n", transfer.KindHistory, transfer.Run{Changed: 1}, ""},
			{"another price at that time", "price_list,sku,amount,from,to\nHU,SONG,770.00,2029-01-15T00:00:00Z,2029-03-01T00:00:00Z\n", transfer.KindHistory, transfer.Run{Failed: 1}, "from"},
			{"a price said to hold that does not", "price_list,sku,amount,from\nHU,SONG,770.00,2028-01-15T00:00:00Z\n", transfer.KindHistory, transfer.Run{Failed: 1}, "from"},
			{"a past of no list", "price_list,sku,amount,from\nXX,SONG,770.00,2028-01-15T00:00:00Z\n", transfer.KindHistory, transfer.Run{Failed: 1}, "price_list"},
			{"a group", "name\nFriends\n", transfer.KindGroups, transfer.Run{Created: 1}, ""},
			{"the same group", "name\nFriends\n", transfer.KindGroups, transfer.Run{Same: 1}, ""},
			{"a group without a name", "id,name\ncgr_x,\n", transfer.KindGroups, transfer.Run{Failed: 1}, "name"},
			{"a member of no group", "group,customer\nFoes,cus_1\n", transfer.KindMembers, transfer.Run{Failed: 1}, "group"},
			{"a member who is nobody", "group,customer\nFriends,cus_1\n", transfer.KindMembers, transfer.Run{Failed: 1}, "customer"},
		} {
			run := imported(t, d, transfer.Request{Path: file(t, "hand.csv", c.text), Kind: c.kind})
			got := transfer.Run{Created: run.Created, Changed: run.Changed, Same: run.Same, Failed: run.Failed}
			remarks := report(t, d, run)
			if !cmp.Equal(got, c.want, cmpopts.IgnoreUnexported(transfer.Run{})) || (c.column == "") != (len(remarks) == 0) || len(remarks) > 0 && (remarks[0].Column != c.column || remarks[0].Reason == "") {
				t.Errorf("%s: %+v %+v", c.name, got, remarks)
			}
		}
	})
}

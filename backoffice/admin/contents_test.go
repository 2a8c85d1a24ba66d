package admin_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/measure"
	"korzo/value/money"
)

// made creates a product with one variant.
func (w *world) made(kind, title, sku string, cents int64) (p catalog.Product) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		p, err = catalog.Create(w.t.Context(), tx, catalog.Draft{Title: title, Slug: strings.ToLower(sku), Kind: kind, Variants: []catalog.Variant{{SKU: sku}}})
		if err == nil && cents > 0 {
			err = pricing.Set(w.t.Context(), tx, "DE", p.Variants[0].ID, money.Of(cents, "EUR"))
		}
		return err
	})
	facts := []string{"product.created"}
	if cents > 0 {
		facts = append(facts, "price.changed")
	}
	w.happened(facts, nil)
	return p
}

func TestABundleIsMadeOfOtherGoods(t *testing.T) {
	each(t, func(w *world) {
		w.made(catalog.KindGoods, "Cup", "CUP", 500)
		set := w.made(catalog.KindGoods, "Set", "SET", 0)
		page, row := "/admin/products/"+string(set.ID)+"/contents", "contents["+string(set.Variants[0].ID)+"]"
		w.is(w.post(page, page, row+".parts[0].sku", "MUG-RED", row+".parts[0].quantity", "2", row+".parts[1].sku", "MUG-RED", row+".parts[1].quantity", ""), http.StatusUnprocessableEntity, "MUG-RED is there twice")
		w.happened(nil, nil)
		w.is(w.post(page, page, row+".parts[0].sku", "MUG-RED", row+".parts[0].quantity", "2", row+".parts_discount", "10,5"), http.StatusSeeOther, "done=product_saved")
		w.happened([]string{"product.updated"}, []string{"product.update"})
		bundle := w.sku("SET")
		if len(bundle.Parts) != 1 || bundle.Parts[0] != (catalog.Part{Variant: w.mug.Variants[0].ID, Quantity: 2}) || bundle.PartsDiscountPPM != 105_000 {
			w.t.Errorf("%+v", bundle)
		}
		w.is(w.get(page), 200, "Bundle", "Mug – Red", "Now DE €23.09. What is in stock makes 5 of them.")
		w.is(w.post(page, page, row+".parts[1].sku", "CUP"), http.StatusSeeOther)
		if a := w.get(page); !strings.Contains(a.Body.String(), row+".parts[3].sku") || !strings.Contains(a.Body.String(), `value="10.5"`) {
			w.t.Error("there is no empty row left, or the percentage is gone")
		}
		grid := strings.TrimSuffix(page, "contents") + "variants"
		w.is(w.get(grid), 200, "SET", "Bundle")
		w.is(w.post(grid, grid, "variants[0].weight_grams", "900"), http.StatusSeeOther)
		if bundle = w.sku("SET"); len(bundle.Parts) != 2 || bundle.Parts[1].Quantity != 1 || bundle.WeightGrams != 900 {
			w.t.Errorf("the grid took parts away: %+v", bundle)
		}
		w.is(w.post(page, page, row+".parts[0].sku", "", row+".parts[0].quantity", "", row+".parts[1].sku", "", row+".parts[1].quantity", "", row+".parts_discount", ""), http.StatusSeeOther)
		if bundle = w.sku("SET"); len(bundle.Parts) != 0 || bundle.PartsDiscountPPM != 0 {
			w.t.Errorf("still a bundle: %+v", bundle)
		}
		if a := w.get(grid); strings.Contains(a.text, "Bundle") {
			w.t.Error("the grid calls it a bundle all the same")
		}
	})
}

func TestContentsThatAreWrongAreExplainedAndKeptAsTyped(t *testing.T) {
	each(t, func(w *world) {
		inner := w.made(catalog.KindGoods, "Pair", "PAIR", 0)
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			inner.Variants[0].Parts = []catalog.Part{{Variant: w.mug.Variants[0].ID, Quantity: 2}}
			_, err := catalog.Update(w.t.Context(), tx, inner)
			return err
		})
		w.happened([]string{"product.updated"}, nil)
		set := w.made(catalog.KindGoods, "Set", "SET", 0)
		page, row := "/admin/products/"+string(set.ID)+"/contents", "contents["+string(set.Variants[0].ID)+"]"
		for _, c := range []struct{ field, typed, says string }{
			{".parts[0].sku", "MUG-GREEN", "no variant on sale has the SKU MUG-GREEN"},
			{".parts[0].sku", "SET", "a bundle cannot hold itself"},
			{".parts[0].sku", "PAIR", "PAIR is a bundle itself"},
			{".parts[0].quantity", "2", "write the SKU of the part"},
			{".parts[1].quantity", "100", "write a whole number from 1 to 99"},
			{".parts[1].quantity", "0", "write a whole number from 1 to 99"},
			{".parts[1].quantity", "half", "write a whole number from 1 to 99"},
			{".parts_discount", "101", "write a percentage from 0 to 100"},
			{".amount", "much", "write an amount such as 0.75"},
			{".amount", "0.0005", "write an amount such as 0.75"},
			{".amount", "99999", "write an amount such as 0.75"},
			{".unit", "", "choose what it is counted in"},
		} {
			a := w.post(page, page, row+".parts[1].sku", "MUG-RED", row+".amount", "1", row+".unit", "kg", row+c.field, c.typed)
			w.is(a, http.StatusUnprocessableEntity, "SET – ", c.says)
			if !strings.Contains(a.Body.String(), `value="`+c.typed+`"`) {
				w.t.Errorf("%s %q is not kept as typed", c.field, c.typed)
			}
		}
		w.happened(nil, nil)
		w.is(w.post("/admin/products/"+string(w.mug.ID)+"/contents", "/admin/products/"+string(w.mug.ID)+"/contents",
			"contents["+string(w.mug.Variants[0].ID)+"].parts[0].sku", "SET"), http.StatusUnprocessableEntity, "part of a bundle and cannot be one")
		w.happened(nil, nil)
	})
}

func TestHowMuchIsInAThingIsSaidInTheUnitPeopleUse(t *testing.T) {
	each(t, func(w *world) {
		page, row := "/admin/products/"+string(w.mug.ID)+"/contents", "contents["+string(w.mug.Variants[0].ID)+"]"
		for _, c := range []struct {
			amount, unit string
			want         measure.Measure
			shown        string
		}{
			{"0,75", "l", measure.Measure{Amount: 750, Unit: measure.Millilitre}, "750 ml"},
			{"1.5", "kg", measure.Measure{Amount: 1500, Unit: measure.Gram}, "1.5 kg"},
			{"2", "m2", measure.Measure{Amount: 20_000, Unit: measure.SquareCentimetre}, "2 m²"},
			{"6", "piece", measure.Measure{Amount: 6, Unit: measure.Piece}, "6 pieces"},
			{"", "piece", measure.Measure{}, "How much is in it"},
		} {
			w.is(w.post(page, page, row+".amount", c.amount, row+".unit", c.unit), http.StatusSeeOther)
			if got := w.product().Variants[0].Content; got != c.want {
				w.t.Errorf("%s %s is kept as %v", c.amount, c.unit, got)
			}
			w.is(w.get(page), 200, c.shown)
		}
	})
}

func TestAFileIsSentForDigitalGoodsAndSaysHowOftenAndHowLong(t *testing.T) {
	each(t, func(w *world) {
		book := w.made(catalog.KindDigital, "Book", "BOOK", 900)
		at := "/admin/products/" + string(book.ID)
		page, row := at+"/contents", "contents["+string(book.Variants[0].ID)+"]"
		w.is(w.get(page), 200, "BOOK has no file yet")
		if a := w.get("/admin/products/" + string(w.mug.ID) + "/contents"); strings.Contains(a.text, "Add a file to download") {
			w.t.Error("goods are offered a file, which nobody would be handed")
		}
		of := []string{"variant", string(book.Variants[0].ID)}
		w.is(w.sendFiles(at+"/file", "file", nil, of...), http.StatusUnprocessableEntity, "Choose a file to upload")
		w.is(w.sendFiles(at+"/file", "file", map[string][]byte{"empty.pdf": nil}, of...), http.StatusUnprocessableEntity, "Choose a file to upload")
		w.is(w.sendFiles(at+"/file", "file", map[string][]byte{"b.pdf": []byte("x")}, "variant", string(w.mug.Variants[0].ID)), http.StatusUnprocessableEntity)
		w.happened(nil, nil)
		w.is(w.sendFiles(at+"/file", "file", map[string][]byte{"Book.pdf": []byte("first edition")}, of...), http.StatusSeeOther, "done=file_added")
		w.happened([]string{"product.updated"}, []string{"product.file"})
		if now := w.sku("BOOK").File; now.Limit != 5 || now.Days != 30 {
			w.t.Errorf("%+v: a first file is not handed out without end", now)
		}
		w.is(w.post(page, page, row+".downloads", "2000", row+".file_days", "soon", row+".file_name", ""), http.StatusUnprocessableEntity,
			"from 0 to 1,000", "from 0 to 3,650", "1 to 120 characters")
		w.happened(nil, nil)
		w.is(w.post(page, page, row+".downloads", "3", row+".file_days", "0", row+".file_name", "The Book.pdf"), http.StatusSeeOther)
		first := w.sku("BOOK").File
		if first.Name != "The Book.pdf" || first.Limit != 3 || first.Days != 0 || first.Bytes != 13 || w.stored(first.Blob) != "first edition" {
			w.t.Errorf("%+v", first)
		}
		w.is(w.sendFiles(at+"/file", "file", map[string][]byte{"Book.pdf": []byte("second")}, of...), http.StatusSeeOther)
		if now := w.sku("BOOK").File; now.Limit != 3 || now.Days != 0 || now.Blob == first.Blob || w.stored(now.Blob) != "second" || w.stored(first.Blob) != "first edition" {
			w.t.Errorf("%+v: who bought the first is still handed it, and how often stays", now)
		}
		w.is(w.post(page, page, row+".drop", "yes"), http.StatusSeeOther)
		if now := w.sku("BOOK").File; now != (catalog.File{}) {
			w.t.Errorf("%+v", now)
		}
	})
}

// stored is what the shop keeps under a name.
func (w *world) stored(name string) string {
	w.t.Helper()
	f, err := w.admin.Files.Open(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

package admin_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/taxonomy"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

var shirt = []string{"title", "Shirt", "options[0].name", "Colour", "options[0].values", "Red, Blue", "options[1].name", "Size", "options[1].values", "S,M",
	"price.DE", "12,90", "price.HU", "4 990", "units", "3", "at", "loc_berlin", "tags", "linen, gift , linen", "status", "active"}

func (w *world) sku(sku string) (v catalog.Variant) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		v, err = catalog.FindSKU(w.t.Context(), tx, sku)
		return err
	})
	return v
}

func TestAProductIsCreatedWithAVariantForEachCombination(t *testing.T) {
	each(t, func(w *world) {
		a := w.post("/admin/products/new", "/admin/products", shirt...)
		w.is(a, http.StatusSeeOther, "/variants?done=product_created")
		facts := []string{"product.created"}
		for range 4 {
			facts = append(facts, "price.changed", "price.changed", "stock.adjusted")
		}
		w.happened(facts, []string{"product.create"})
		w.is(w.get("/admin/products"), 200, "Shirt SHIRT-RED-S", "€12.90", "HUF 4,990")
		page := w.get(a.Header().Get("Location"))
		w.is(page, 200, "The product is saved", "Set many at once")
		if got := w.sku("SHIRT-BLUE-M"); got.Title != "Blue, M" || got.Options["Colour"] != "Blue" || got.Options["Size"] != "M" {
			w.t.Errorf("%+v", got)
		}
		if got := w.prices(w.sku("SHIRT-RED-M").ID)["HU"]; got != money.Of(499000, "HUF") {
			w.t.Errorf("price %v", got)
		}
	})
}

func TestAProductWithoutOptionsHasOneVariant(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("/admin/products/new", "/admin/products", "title", "Große Öse"), http.StatusSeeOther)
		w.happened([]string{"product.created"}, []string{"product.create"})
		if got := w.sku("GROSSE-OSE"); got.Options != nil {
			w.t.Errorf("%+v", got)
		}
	})
}

func TestAProductFormSentTwiceMakesOneProduct(t *testing.T) {
	each(t, func(w *world) {
		form := w.fields("/admin/products/new", "/admin/products")
		form.Set("title", "Cup")
		first := w.send("POST", "/admin/products", form)
		again := w.send("POST", "/admin/products", form)
		w.is(first, http.StatusSeeOther)
		w.is(again, http.StatusSeeOther, first.Header().Get("Location"))
		w.happened([]string{"product.created"}, []string{"product.create"})
		form.Set("title", "Another cup")
		w.is(w.send("POST", "/admin/products", form), http.StatusConflict, "An earlier version of this form was saved already")
		w.happened(nil, nil)
	})
}

func TestAProductThatIsWrongIsExplainedAndKeptAsTyped(t *testing.T) {
	for _, c := range []struct {
		name   string
		change []string
		status int
		says   string
	}{
		{"without a title", []string{"title", ""}, 422, "write a title"},
		{"with spaces in the slug", []string{"slug", "a cup"}, 422, "use a–z, 0–9 and hyphens"},
		{"with another's slug", []string{"slug", "mug"}, 409, "belongs to another product"},
		{"with another's SKU", []string{"options[0].name", "", "options[0].values", "", "options[1].name", "", "options[1].values", "", "sku", "MUG-RED"}, 409, "belongs to another variant"},
		{"with a price that is none", []string{"price.DE", "cheap"}, 422, "write an amount such as 12.90"},
		{"with half a forint", []string{"price.HU", "4990.50"}, 422, "cannot be charged exactly"},
		{"with thousands that could be decimals", []string{"price.DE", "1.290,00"}, 422, "write an amount"},
		{"with a negative price", []string{"price.DE", "-5"}, 422, "out of range"},
		{"with a weight in words", []string{"weight_grams", "light"}, 422, "write a whole number"},
		{"with an option without a name", []string{"options[0].name", ""}, 422, "write 1 to 40 characters"},
		{"with too many combinations", []string{"options[1].values", strings.Repeat("x,", 1) + numbers(99), "options[2].name", "Cut", "options[2].values", numbers(9)}, 422, "at most 250 variants"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(w *world) {
				a := w.post("/admin/products/new", "/admin/products", append(append([]string{}, shirt...), c.change...)...)
				w.is(a, c.status, c.says)
				w.happened(nil, nil)
				if !strings.Contains(a.Body.String(), `value="linen, gift , linen"`) {
					w.t.Error("what was typed is not kept")
				}
			})
		})
	}
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(string(rune('A'+i/26)) + string(rune('a'+i%26)) + ",")
	}
	return b.String()
}

func TestAnAssociateMayNotCreateOrChangeProducts(t *testing.T) {
	each(t, func(w *world) {
		w.as(auth.RoleAssociate)
		w.is(w.send("POST", "/admin/products", url.Values{"title": {"Cup"}, "key": {"1"}}), http.StatusForbidden, "Ask an owner")
		if a := w.get("/admin/products"); strings.Contains(a.text, "New product") {
			w.t.Error("it is offered what it may not do")
		}
		for _, tab := range []string{"", "/variants", "/contents", "/media", "/translations", "/sale"} {
			page := "/admin/products/" + string(w.mug.ID) + tab
			if a := w.get(page); tab != "/media" && !strings.Contains(a.Body.String(), "<fieldset class=\"stack\" disabled") {
				w.t.Errorf("%s: the fields are open", page)
			}
			w.is(w.send("POST", page, url.Values{"version": {"1"}, "title": {"Cup"}}), http.StatusForbidden, "Ask an owner")
		}
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"a.png": picture(1)}), http.StatusForbidden)
		w.is(w.sendFiles("/admin/products/"+string(w.mug.ID)+"/file", "file", map[string][]byte{"a.pdf": []byte("a book")}), http.StatusForbidden)
		w.happened(nil, nil)
	})
}

func TestTheGridChangesVariantsPricesAndStockTogether(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/variants"
		w.is(w.post(page, page, "variants[0].price.DE", "", "variants[0].price.HU", "5000", "variants[0].on_hand", "14", "at", "loc_berlin",
			"variants[0].was", "10", "variants[1].sku", "MUG-BLUE", "variants[1].barcode", "4006381333931"), http.StatusSeeOther, "done=product_saved")
		w.happened([]string{"product.updated", "price.changed", "price.changed", "stock.adjusted"}, []string{"product.update"})
		p := w.product()
		if len(p.Variants) != 2 || p.Variants[1].SKU != "MUG-BLUE" || p.Variants[1].Barcode != "4006381333931" || p.Version != 2 || p.Title != "Mug" || len(p.Tags) != 1 {
			w.t.Errorf("saved %+v", p)
		}
		if got := w.prices(p.Variants[0].ID); len(got) != 1 || got["HU"] != money.Of(500000, "HUF") {
			w.t.Errorf("prices %v, want 5000 HUF alone", got)
		}
		if n := w.onHand(); n != 14 {
			w.t.Errorf("%d on hand, want 14", n)
		}
		w.is(w.post(page, page, "variants[0].retire", "yes"), http.StatusSeeOther)
		if p := w.product(); len(p.Variants) != 1 || p.Variants[0].SKU != "MUG-BLUE" {
			w.t.Errorf("after taking one off sale: %+v", p.Variants)
		}
	})
}

func TestAGridSentTwiceMovesStockOnce(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/variants?at=loc_berlin"
		path, _, _ := strings.Cut(page, "?")
		form := w.fields(page, path)
		form.Set("variants[0].on_hand", "12")
		w.is(w.send("POST", path, form), http.StatusSeeOther)
		w.is(w.send("POST", path, form), http.StatusConflict, "Somebody else saved this product")
		if n := w.onHand(); n != 12 {
			w.t.Errorf("%d on hand, want 12", n)
		}
	})
}

func TestButtonsOfTheGridChangeTheFormAndSaveNothing(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/variants"
		a := w.post(page, page, "do", "combine", "options[0].name", "Colour", "options[0].values", "Red, Blue", "variants[0].options[0]", "Red")
		w.is(a, 200)
		if body := a.Body.String(); !strings.Contains(body, `value="MUG-RED-BLUE"`) || strings.Contains(body, `value="MUG-RED-RED"`) {
			w.t.Error("the missing combination has no row, or one that is there has another")
		}
		for _, c := range []struct{ column, value, want string }{
			{"price.DE", "+10 %", `value="14.19"`}, {"price.DE", "−5%", `value="12.26"`}, {"price.DE", "9.99", `value="9.99"`}, {"weight_grams", "250", `value="250"`},
		} {
			a := w.post(page, page, "do", "fill", "fill_column", c.column, "fill_value", c.value)
			if w.is(a, 200); !strings.Contains(a.Body.String(), c.want) {
				w.t.Errorf("%s %s: not %s", c.column, c.value, c.want)
			}
		}
		w.is(w.post(page, page, "do", "fill", "fill_column", "weight_grams", "fill_value", "+10%"), 200, "a percentage is for prices only")
		w.is(w.post(page, page, "do", "add"), 200)
		w.happened(nil, nil)
	})
}

func TestAStaleVersionIsExplainedAndNothingChanges(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID)
		mine := w.fields(page, page)
		w.is(w.post(page, page, "title", "Their mug"), http.StatusSeeOther)
		w.happened([]string{"product.updated"}, []string{"product.update"})
		mine.Set("title", "My mug")
		a := w.send("POST", page, mine)
		w.is(a, http.StatusConflict, "Somebody else saved this product", "What the other version says", "Their mug", "Replace theirs with mine")
		if !strings.Contains(a.Body.String(), `value="My mug"`) {
			w.t.Error("what was typed is not kept")
		}
		w.happened(nil, nil)
		if p := w.product(); p.Title != "Their mug" {
			w.t.Errorf("changed all the same: %s", p.Title)
		}
		mine.Set("version", "2")
		w.is(w.send("POST", page, mine), http.StatusSeeOther)
		if p := w.product(); p.Title != "My mug" {
			w.t.Errorf("replaced with %s", p.Title)
		}
	})
}

func TestAProductsStatusMoves(t *testing.T) {
	each(t, func(w *world) {
		path := "/admin/products/" + string(w.mug.ID) + "/status"
		w.is(w.post("", path, "to", "archived"), http.StatusSeeOther, "done=product_moved")
		w.is(w.post("", path, "to", "archived"), http.StatusSeeOther)
		w.happened([]string{"product.archived"}, []string{"product.move"})
		w.is(w.post("", path, "to", "sold"), http.StatusConflict, "cannot get that status")
		w.happened(nil, nil)
	})
}

func TestAProductStandsInCategoriesAndHasTheirAttributes(t *testing.T) {
	each(t, func(w *world) {
		var cups taxonomy.Category
		dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
			if _, err = taxonomy.CreateAttribute(w.t.Context(), tx, taxonomy.Attribute{Code: "volume", Type: taxonomy.TypeNumber, Unit: "ml", Titles: map[string]string{"": "Volume"}}); err == nil {
				cups, err = taxonomy.CreateCategory(w.t.Context(), tx, taxonomy.Category{Title: "Cups", Slug: "cups", Attributes: []string{"volume"}})
			}
			return err
		})
		page := "/admin/products/" + string(w.mug.ID)
		w.is(w.post(page, page, "home", string(cups.ID)), http.StatusSeeOther)
		w.is(w.get(page), 200, "Volume (ml)")
		w.is(w.post(page, page, "attributes.volume", "much"), http.StatusUnprocessableEntity, "Volume:")
		w.is(w.post(page, page, "attributes.volume", "330,0"), http.StatusSeeOther)
		if p := w.product(); p.Attributes["volume"][0] != "330" || p.Categories[0] != cups.ID {
			w.t.Errorf("%+v", p)
		}
	})
}

func TestTextsInTwoLanguagesStandSideBySide(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/translations"
		w.is(w.get(page), 200, "Deutsch 1 missing", "Magyar 1 missing", "Missing")
		w.is(w.post(page+"?beside=hu", page, "title.hu", "Bögre", "slug.hu", "bogre"), http.StatusSeeOther, "beside=hu")
		w.is(w.get(page+"?beside=hu"), 200, "Deutsch 1 missing")
		if p := w.product(); p.Translations["hu"].Title != "Bögre" || len(p.Translations) != 1 || p.Title != "Mug" {
			w.t.Errorf("%+v", p.Translations)
		}
		a := w.post(page+"?beside=de", page, "title.de", "Becher", "slug.de", "Ein Becher")
		w.is(a, http.StatusUnprocessableEntity, "use a–z, 0–9 and hyphens")
		if !strings.Contains(a.Body.String(), `value="Becher"`) {
			w.t.Error("what was typed is not kept")
		}
	})
}

func TestAProductIsSeenInChannelsAndLeadsToOthers(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("/admin/products/new", "/admin/products", "title", "Cup", "status", "active"), http.StatusSeeOther)
		page := "/admin/products/" + string(w.mug.ID) + "/sale"
		w.is(w.get(page), 200, "Not sold here", "1 of 1")
		w.is(w.post(page, page, "relation_of", "NOPE"), http.StatusUnprocessableEntity, "no product NOPE")
		w.is(w.post(page, page, "responsible.name", "Importer"), http.StatusUnprocessableEntity, "Responsible in the Union: give name, address")
		w.is(w.post(page, page, "publications[0].channel", "web", "publications[0].from", "2030-02-01T08:00", "publications[0].until", "2030-01-01T08:00"), http.StatusUnprocessableEntity, "must be later than from")
		w.is(w.post(page, page, "publications[0].channel", "web", "publications[0].from", "2030-02-01T08:00", "relation_kind", "similar", "relation_of", "CUP", "manufacturer.name", "Pottery", "manufacturer.address", "1 Mill Lane", "manufacturer.contact", "p@example.com"), http.StatusSeeOther)
		w.is(w.get(page), 200, "Cup Could be bought instead")
		p := w.product()
		if len(p.Publications) != 1 || p.Publications[0].From.UTC().Hour() != 7 || len(p.Relations) != 1 || p.Safety.Manufacturer.Name != "Pottery" {
			w.t.Errorf("%+v", p)
		}
		w.is(w.post(page, page, "relations[0].drop", "yes", "publications[0].channel", ""), http.StatusSeeOther)
		if p := w.product(); len(p.Publications)+len(p.Relations) != 0 {
			w.t.Errorf("%+v", p)
		}
	})
}

// picture is a small PNG; another shade is another picture.
func picture(shade uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 8, 8))
	m.Set(1, 1, color.RGBA{shade, shade, shade, 255})
	var b bytes.Buffer
	_ = png.Encode(&b, m) // a buffer takes all
	return b.Bytes()
}

func (w *world) sendPictures(id catalog.ProductID, files map[string][]byte) answer {
	w.t.Helper()
	return w.sendPicturesTo("/admin/products/"+string(id)+"/pictures", files)
}

func (w *world) sendPicturesTo(path string, files map[string][]byte) answer {
	w.t.Helper()
	return w.sendFiles(path, "files", files)
}

// sendFiles sends a form with files in one field, and texts in pairs.
func (w *world) sendFiles(path, field string, files map[string][]byte, texts ...string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(texts); i += 2 {
		_ = form.WriteField(texts[i], texts[i+1])
	}
	for name, content := range files {
		part, err := form.CreateFormFile(field, name)
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = form.Close()
	return w.sendBody("POST", path, &b, "Content-Type", form.FormDataContentType())
}

func TestAPictureStandsForAFilmUntilItIsTakenAway(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/media"
		path := "/admin/products/" + string(w.mug.ID) + "/video"
		film := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2")
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"a.png": picture(1), "b.png": picture(2)}), http.StatusSeeOther)
		second := w.product().Images[1].Blob
		w.is(w.sendFiles(path, "video", nil, "picture", second), http.StatusUnprocessableEntity, "Choose a film")
		w.is(w.sendFiles(path, "video", map[string][]byte{"a.mov.txt": []byte("no film at all")}, "picture", second), http.StatusUnprocessableEntity, "MP4 or WebM")
		w.is(w.sendFiles(path, "video", map[string][]byte{"a.mp4": film}, "picture", "another.png"), http.StatusUnprocessableEntity, "no such picture")
		if all := w.product().Images; all[0].Video+all[1].Video != "" {
			w.t.Fatalf("what was refused is there: %+v", all)
		}
		w.is(w.sendFiles(path, "video", map[string][]byte{"a.mp4": film}, "picture", second), http.StatusSeeOther, "done=video_added")
		if all := w.product().Images; all[0].Video != "" || all[1].VideoType() != "video/mp4" {
			w.t.Fatalf("%+v", all)
		}
		w.is(w.get(page), http.StatusOK, "Stands for a film")
		w.is(w.post(page, page, "media[1].alt", "The wheel turns"), http.StatusSeeOther)
		if m := w.product().Images[1]; m.Video == "" || m.Alt != "The wheel turns" {
			w.t.Errorf("a film is gone when its words are changed: %+v", m)
		}
		w.is(w.post(page, page, "media[1].still", "yes"), http.StatusSeeOther)
		if all := w.product().Images; len(all) != 2 || all[1].Video != "" {
			w.t.Errorf("%+v", all)
		}
	})
}

func TestPicturesAreAddedOrderedDescribedAndTakenAway(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID) + "/media"
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"a.png": picture(1), "b.png": picture(2), "c.png": picture(3)}), http.StatusSeeOther, "done=pictures_added")
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"again.png": picture(1)}), http.StatusSeeOther)
		was := w.product().Images
		if len(was) != 3 {
			w.t.Fatalf("%d pictures, want 3: one was sent twice", len(was))
		}
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"d.png": picture(4), "notes.txt": []byte("no picture")}), http.StatusUnprocessableEntity, "1 picture was added", "notes.txt – ")
		w.is(w.sendPictures(w.mug.ID, nil), http.StatusUnprocessableEntity, "choose 1 to 20 pictures")
		w.is(w.post(page, page, "move", "1:up", "media[1].alt", "Seen from above", "media[1].alt.hu", "Felülről", "media[2].drop", "yes"), http.StatusSeeOther)
		now := w.product().Images
		if len(now) != 3 || now[0].Blob != was[1].Blob || now[0].Alt != "Seen from above" || now[0].Alts["hu"] != "Felülről" || now[1].Blob != was[0].Blob {
			w.t.Errorf("%+v", now)
		}
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			all, err := catalog.Some(w.t.Context(), tx, []catalog.ProductID{w.mug.ID}, "hu-HU")
			if err == nil && all[0].Images[0].Alt != "Felülről" {
				w.t.Errorf("a reader of Hungarian is told %q", all[0].Images[0].Alt)
			}
			return err
		})
	})
}

func TestAProductHasFieldsOfTheMerchantsOwn(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID)
		w.is(w.post(page, page, "metadata", "care: by hand\nmaker"), http.StatusUnprocessableEntity, "a name, a colon and a value")
		w.is(w.post(page, page, "metadata", "care: by hand: gently\n\norigin: Meissen", "private_metadata", "shelf: 7"), http.StatusSeeOther)
		if p := w.product(); len(p.Metadata) != 2 || p.Metadata["care"] != "by hand: gently" || p.PrivateMetadata["shelf"] != "7" {
			t.Errorf("%v %v", p.Metadata, p.PrivateMetadata)
		}
		w.is(w.get(page), 200, "care: by hand: gently origin: Meissen", "shelf: 7")
		w.is(w.post(page, page, "title", "Mug"), http.StatusSeeOther)
		if p := w.product(); len(p.Metadata) != 2 || p.PrivateMetadata["shelf"] != "7" {
			t.Errorf("another change took %v %v", p.Metadata, p.PrivateMetadata)
		}
		w.is(w.post(page, page, "metadata", ""), http.StatusSeeOther)
		if p := w.product(); len(p.Metadata) != 0 || p.PrivateMetadata["shelf"] != "7" {
			t.Errorf("%v %v", p.Metadata, p.PrivateMetadata)
		}
	})
}

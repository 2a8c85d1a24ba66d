package storefront_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// wrote saves and publishes a page.
func (w *world) wrote(p content.Page) (id content.ID) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		if id, err = content.Save(w.t.Context(), tx, p); err == nil {
			err = content.Publish(w.t.Context(), tx, id, time.Time{})
		}
		return err
	})
	return id
}

func TestPagesOfTheMerchant(t *testing.T) {
	each(t, func(w *world) {
		id := w.wrote(content.Page{Kind: content.KindLegal, Draft: content.Texts{
			"en": {Slug: "imprint", Title: "Imprint", Body: "## Who we are\nKorzo **GmbH** <script>alert(1)</script>\n\n[mail](mailto:a@example.com) [bad](javascript:alert(1))"},
			"de": {Slug: "impressum", Title: "Impressum", Body: "## Wer wir sind"}}})
		b := w.browser("en")
		page := b.open("/pages/imprint").at(200, "/pages/imprint").says("Imprint", "Who we are", "<script>alert(1)</script>", "[bad](javascript:alert(1))")
		if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, `href="javascript`) || !strings.Contains(page.body, `href="mailto:a@example.com"`) {
			t.Errorf("what was written became more than words:\n%s", page.body)
		}
		b.open("/pages/impressum").at(200, "/pages/imprint") // its reader reads English
		w.browser("de").open("/pages/imprint").at(200, "/pages/impressum").says("Wer wir sind")
		w.browser("hu").open("/pages/imprint").at(200, "/pages/imprint").says("Who we are") // what there is
		if front := b.open("/"); !strings.Contains(front.body, `href="/pages/imprint"`) {
			t.Error("the footer leads to no imprint")
		}
		if body := b.open("/sitemap.xml").body; !strings.Contains(body, "/pages/imprint") {
			t.Error("the sitemap has no imprint")
		}
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			_, err := content.Save(t.Context(), tx, content.Page{ID: id, Kind: content.KindLegal, Draft: content.Texts{"en": {Slug: "imprint", Title: "Imprint", Body: "A new draft."}}})
			return err
		})
		b.open("/pages/imprint").silent("A new draft")
		key := content.Preview(w.keeper, id, w.d.Now().Add(time.Hour))
		b.open("/pages/"+string(id)+"/preview?key="+key).says("A new draft", "This is a draft")
		b.open("/pages/"+string(id)+"/preview?key=x").at(404, "/pages/"+string(id)+"/preview")
		b.open("/pages/nothing").at(404, "/pages/nothing")
	})
}

func TestTheFrontPageSaysWhatTheMerchantWrote(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.browser("en").open("/").silent("Made to last")
	w.wrote(content.Page{Kind: content.KindHome, Draft: content.Texts{"en": {Title: "Home", Body: "## Made to last\nThings for every day.\n@ nothing"}}})
	w.browser("en").open("/").says("Made to last", "Things for every day")
	w.browser("en").open("/?q=mug").silent("Made to last")
	if err := w.d.Read(t.Context(), func(tx *db.Tx) error { _, err := content.Home(context.Background(), tx); return err }); err != nil {
		t.Error(err)
	}
}

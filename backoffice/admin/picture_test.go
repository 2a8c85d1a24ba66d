package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func (w *world) keptPictures(f catalog.PictureFilter) (all []catalog.Picture) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = catalog.Pictures(w.t.Context(), tx, f)
		return err
	})
	return all
}

func TestAPictureIsChosenAgainAndDeletedOnlyWhenNobodyShowsIt(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.sendPictures(w.mug.ID, map[string][]byte{"front.png": picture(1)}), http.StatusSeeOther)
		w.is(w.sendPicturesTo("/admin/pictures", map[string][]byte{"spare.png": picture(2)}), http.StatusSeeOther, "done=pictures_kept")
		w.is(w.sendPicturesTo("/admin/pictures", map[string][]byte{"notes.txt": []byte("no picture")}), http.StatusUnprocessableEntity, "notes.txt – ")
		all := w.keptPictures(catalog.PictureFilter{})
		if len(all) != 2 || all[0].File != "spare.png" || all[0].Bytes == 0 {
			t.Fatalf("%+v", all)
		}
		spare, front := all[0].Blob, all[1].Blob
		w.is(w.get("/admin/pictures"), 200, "spare.png", "front.png", "8 × 8")
		if a := w.get("/admin/pictures?used=unused&q=SPARE"); !strings.Contains(a.text, "spare.png") || strings.Contains(a.text, "front.png") {
			t.Errorf("unused ones: %s", a.text)
		}
		w.is(w.post("/admin/pictures/"+spare, "/admin/pictures/"+spare, "alt", "A mug from behind", "alt.de", "Eine Tasse von hinten"), http.StatusSeeOther)

		// A product chooses it, and has its words.
		pick := "/admin/products/" + string(w.mug.ID) + "/pictures"
		w.is(w.get(pick+"?q=behind"), 200, "spare.png")
		w.is(w.send("POST", pick+"/choose", url.Values{}), http.StatusUnprocessableEntity, "Tick 1 to 24 pictures")
		w.is(w.send("POST", pick+"/choose", url.Values{"picture": {"nobody.png"}}), http.StatusNotFound, "there is no such picture")
		w.is(w.send("POST", pick+"/choose", url.Values{"picture": {spare, front}}), http.StatusSeeOther)
		if now := w.product().Images; len(now) != 2 || now[1].Blob != spare || now[1].Alt != "A mug from behind" || now[1].Alts["de"] != "Eine Tasse von hinten" {
			t.Errorf("%+v", now)
		}
		w.is(w.get("/admin/pictures/"+spare), 200, w.mug.Title)

		// What a product shows stays; what none shows goes, and can be had again.
		w.is(w.send("POST", "/admin/pictures/"+spare+"/delete", url.Values{}), http.StatusConflict, "products show this picture")
		page := "/admin/products/" + string(w.mug.ID) + "/media"
		w.is(w.post(page, page, "media[0].drop", "yes", "media[1].drop", "yes"), http.StatusSeeOther)
		plan := w.plan("pictures", "pictures.delete", spare, front)
		w.is(w.get(plan), 200, "spare.png There Deleted")
		w.is(w.do(plan, "run"), http.StatusSeeOther)
		if left := w.keptPictures(catalog.PictureFilter{}); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
		w.is(w.do(plan, "undo"), http.StatusSeeOther)
		w.is(w.send("POST", "/admin/pictures/"+front+"/delete", url.Values{}), http.StatusSeeOther)
		if left := w.keptPictures(catalog.PictureFilter{}); len(left) != 1 || left[0].Blob != spare {
			t.Errorf("left: %+v", left)
		}
		w.is(w.get("/admin/pictures/"+front), http.StatusNotFound)
	})
}

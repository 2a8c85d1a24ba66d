package admin_test

// offerPages are the pages of the offer, with who may open each.
func (w *world) offerPages(all, run []string) map[string][]string {
	w.t.Helper()
	mug := "/admin/products/" + string(w.mug.ID)
	w.is(w.sendPictures(w.mug.ID, map[string][]byte{"a.png": picture(1)}), 303)
	cups, volume := w.cups()
	list := w.list()
	promo := w.promo()
	return map[string][]string{
		"/admin/price-lists": all, "/admin/price-lists?status=archived": all, "/admin/price-lists/new": run, list: all, list + "/prices": all, "/admin/price-lists/DE/prices": all,
		promo: all, promo + "/codes": run, "/admin/codes": all, "/admin/codes?left=spent&q=none": all,
		"/admin/categories": all, "/admin/categories/new?parent=" + cups: run, "/admin/categories/" + cups: all,
		"/admin/attributes": all, "/admin/attributes/new": run, "/admin/attributes/" + volume: all,
		mug + "/variants": all, mug + "/variants?at=loc_budapest": all, mug + "/contents": all, mug + "/media": all, mug + "/translations": all,
		mug + "/translations?beside=hu": all, mug + "/sale": all,
	}
}

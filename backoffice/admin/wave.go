package admin

import (
	"net/http"
	"strconv"
	"strings"

	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

// walk is a wave on its page: the list that somebody walks by.
type walk struct {
	shipment.Wave
	place inventory.Location
	form  *form
}

// wavePages are those of what is picked together.
func (a *Admin) wavePages() []page {
	return []page{
		{"POST /admin/waves", "stock.write", "fulfilments", a.gatherWave},
		{"GET /admin/waves/{id}", "stock.read", "fulfilments", a.showWave},
		{"POST /admin/waves/{id}", "stock.write", "fulfilments", a.takeWave},
	}
}

// gatherWave begins to pick what was ticked in the queue together; where nothing
// was, the oldest that wait at the queue's location.
func (a *Admin) gatherWave(v *visit) error {
	f := v.form()
	var w shipment.Wave
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		var ids []shipment.ID
		for _, of := range f.all("of") {
			ids = append(ids, shipment.ID(of))
		}
		if len(ids) == 0 && f.has("location") {
			if ids, err = shipment.Ready(v.ctx(), tx, f.get("location")); err != nil {
				return err
			}
		}
		if w, err = shipment.Gather(v.ctx(), tx, ids, v.by(f)); err != nil {
			return err
		}
		return v.record(tx, "wave.gather", string(w.ID))
	})
	if err == nil {
		http.Redirect(v.w, v.r, Prefix+"/waves/"+string(w.ID), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerQueue(v, status, f)
}

func (a *Admin) showWave(v *visit) error { return a.answerWave(v, http.StatusOK, v.form()) }

func (a *Admin) answerWave(v *visit, status int, f *form) error {
	w := walk{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if w.Wave, err = shipment.FindWave(v.ctx(), tx, shipment.WaveID(v.r.PathValue("id"))); err == nil {
			w.place, err = inventory.FindLocation(v.ctx(), tx, w.Location)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.wavePage(w))
}

// takeWave notes what was scanned, one of it, or all that is left of a stop, and
// says into which boxes it goes.
func (a *Admin) takeWave(v *visit) error {
	f, of := v.form(), shipment.WaveID(v.r.PathValue("id"))
	var into []shipment.Share
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		w, err := shipment.FindWave(v.ctx(), tx, of)
		if err != nil {
			return err
		}
		variant, units := catalog.VariantID(f.get("variant")), f.whole("units")
		if variant == "" {
			units = 1
			if variant, err = w.Lacks(v.ctx(), tx, f.get("code")); err != nil {
				return err
			}
		}
		if into, err = shipment.Take(v.ctx(), tx, of, variant, units, v.by(f)); err != nil {
			return err
		}
		return v.record(tx, "wave.take", string(of), "variant", string(variant))
	})
	if err == nil {
		var boxes []string
		for _, s := range into {
			boxes = append(boxes, strconv.FormatInt(s.Box, 10))
		}
		http.Redirect(v.w, v.r, Prefix+"/waves/"+string(of)+"?into="+strings.Join(boxes, "."), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerWave(v, status, f)
}

// into are the boxes into which the last thing goes, as the address says; "" for
// none.
func (v *visit) into() string {
	var boxes []string
	for box := range strings.SplitSeq(v.query("into"), ".") {
		if n, err := strconv.ParseInt(box, 10, 64); err == nil && n > 0 && n <= shipment.MostInWave {
			boxes = append(boxes, v.Number(n))
		}
	}
	return strings.Join(boxes, ", ")
}

package admin

import (
	"net/http"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
)

// kept is what a channel is kept back: of a variant, and of all others.
type kept struct {
	market.Channel
	Rest int64 // of every variant without a rule of its own
	Own  int64
	Has  bool // the variant has a rule of its own
}

// keptBack is what channels are kept back of a variant; of "" of all.
func keptBack(v *visit, tx *db.Tx, variant catalog.VariantID) ([]kept, error) {
	channels, err := market.Channels(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	all := make([]kept, len(channels))
	at := map[string]int{}
	for i, c := range channels {
		all[i].Channel, at[c.ID] = c, i
	}
	rest, err := inventory.Safeties(v.ctx(), tx, "")
	if err != nil {
		return nil, err
	}
	for _, s := range rest {
		if i, ok := at[s.Channel]; ok {
			all[i].Rest = s.Units
		}
	}
	if variant == "" {
		return all, nil
	}
	own, err := inventory.Safeties(v.ctx(), tx, variant)
	for _, s := range own {
		if i, ok := at[s.Channel]; ok {
			all[i].Own, all[i].Has = s.Units, true
		}
	}
	return all, err
}

// safetyTable is the pages of what is kept back from channels.
func (a *Admin) safetyTable() []page {
	return []page{
		{"GET /admin/stock/safety", "stock.read", "stock", func(v *visit) error { return a.answerSafety(v, nil, http.StatusOK) }},
		{"POST /admin/stock/safety", "stock.write", "stock", a.saveSafety},
	}
}

func safetyName(channel string) string { return "keep." + channel }

// answerSafety shows what is kept back of every variant without a rule of its own.
func (a *Admin) answerSafety(v *visit, f *form, status int) error {
	var all []kept
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		all, err = keptBack(v, tx, "")
		return err
	})
	if err != nil {
		return err
	}
	if f == nil {
		f = v.newForm()
		for _, k := range all {
			f.setNumber(safetyName(k.ID), k.Rest)
		}
	}
	return v.show(status, v.safetyPage(all, f))
}

// saveSafety keeps units back from channels: of the variant the form names, or
// of every one without a rule of its own. An empty field of a variant drops its
// own rule.
func (a *Admin) saveSafety(v *visit) error {
	f := v.form()
	sku := f.get("sku")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		var variant catalog.VariantID
		if sku != "" {
			found, err := catalog.FindSKU(v.ctx(), tx, sku)
			if err != nil {
				return err
			}
			variant = found.ID
		}
		all, err := keptBack(v, tx, variant)
		if err != nil {
			return err
		}
		for _, k := range all {
			if err := v.keepBack(tx, f, k, variant); err != nil {
				return err
			}
		}
		if !f.ok() {
			return errMend
		}
		return v.record(tx, "stock.safety", string(variant))
	})
	if err == nil && sku != "" {
		return v.done(link(Prefix+"/stock", "sku", sku), "stock_safety")
	}
	if err == nil {
		return v.done(Prefix+"/stock/safety", "stock_safety")
	}
	if sku != "" {
		if !f.ok() {
			err = nil
		}
		return a.refuseStock(v, f, sku, err)
	}
	status := http.StatusUnprocessableEntity
	if f.ok() {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return a.answerSafety(v, f, status)
}

// keepBack brings one channel to what the form says, and writes only what is new.
func (v *visit) keepBack(tx *db.Tx, f *form, k kept, variant catalog.VariantID) error {
	name := safetyName(k.ID)
	f.label(name, k.Name)
	if variant != "" && !f.has(name) {
		if !k.Has {
			return nil
		}
		return inventory.DropSafety(v.ctx(), tx, k.ID, variant)
	}
	units := f.whole(name)
	if !f.ok() || variant == "" && units == k.Rest || variant != "" && k.Has && units == k.Own {
		return nil
	}
	return inventory.SetSafety(v.ctx(), tx, inventory.Safety{Channel: k.ID, Variant: variant, Units: units})
}

// setKept fills in what is kept back of a variant by rules of its own.
func (f *form) setKept(all []kept) {
	for _, k := range all {
		if k.Has {
			f.setNumber(safetyName(k.ID), k.Own)
		}
	}
}

// hasAny says whether the form has a field whose name begins so.
func (f *form) hasAny(prefix string) bool {
	for name := range f.values {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

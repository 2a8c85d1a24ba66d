package admin

import (
	"net/http"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

var shows = []string{string(inventory.ShowLow), string(inventory.ShowOut), string(inventory.ShowBackorder), string(inventory.ShowIncoming)}

var causes = []string{inventory.CauseReceived, inventory.CauseAdjusted, inventory.CauseReturned, inventory.CauseCounted, inventory.CauseSent,
	inventory.CauseArrived, inventory.CauseMissing, inventory.CauseHeld, inventory.CauseReleased, inventory.CauseExpired, inventory.CauseClaimed}

// levelsView is the list of stock by location.
type levelsView struct {
	levels []inventory.Level
	items  map[catalog.VariantID]catalog.Item
	places []inventory.Location
	next   string
}

// listLevels is every level that matches, variant by variant.
func (a *Admin) listLevels(v *visit) error {
	var l levelsView
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		f := inventory.Filter{Location: v.query("location"), Show: inventory.Show(v.query("show")), Limit: pageSize}
		if variant, location, ok := strings.Cut(v.query("after"), "@"); ok {
			f.After = inventory.Level{Variant: catalog.VariantID(variant), Location: location}
		}
		if l.levels, err = inventory.List(v.ctx(), tx, f); err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(l.levels))
		for i, one := range l.levels {
			vs[i] = one.Variant
		}
		if l.items, err = catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs); err != nil {
			return err
		}
		l.places, err = inventory.Locations(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	if n := len(l.levels); n == pageSize {
		l.next = string(l.levels[n-1].Variant) + "@" + l.levels[n-1].Location
	}
	return v.show(http.StatusOK, v.levelsPage(l))
}

// place is a location's name, or its id when it has none any more.
func (l levelsView) place(id string) string {
	for _, p := range l.places {
		if p.ID == id {
			return p.Name
		}
	}
	return id
}

// listMovements is everything that moved, newest first.
func (a *Admin) listMovements(v *visit) error {
	s := stock{Locations: map[string]inventory.Location{}}
	items := map[catalog.VariantID]catalog.Item{}
	before, _ := strconv.ParseInt(v.query("before"), 10, 64) // what is no number is the first page
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		f := inventory.HistoryFilter{Location: v.query("location"), Cause: v.query("cause"), Before: max(0, before), Limit: pageSize}
		if s.Moves, err = inventory.History(v.ctx(), tx, f); err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(s.Moves))
		for i, m := range s.Moves {
			vs[i] = m.Variant
		}
		if items, err = catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs); err != nil {
			return err
		}
		all, err := inventory.Locations(v.ctx(), tx)
		for _, l := range all {
			s.Locations[l.ID] = l
		}
		if err == nil {
			s.Names, err = names(v.ctx(), tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(s.Moves) == pageSize {
		s.Next = s.Moves[pageSize-1].Seq
	}
	return v.show(http.StatusOK, v.movementsPage(s, items))
}

// setPolicy says how a SKU is sold beyond its stock, and what channels do not see of it.
func (a *Admin) setPolicy(v *visit) error {
	f := v.form()
	p := inventory.Policy{Mode: inventory.Mode(f.get("mode")), Limit: f.whole("limit"), Expected: f.day("expected"), Location: f.get("arrives"), Low: -1}
	if f.has("low") {
		p.Low = f.whole("low")
	}
	sku := f.get("sku")
	if !f.ok() {
		return a.refuseStock(v, f, sku, nil)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		found, err := catalog.FindSKU(v.ctx(), tx, sku)
		if err != nil {
			return err
		}
		p.Variant = found.ID
		if err := inventory.SavePolicy(v.ctx(), tx, p); err != nil {
			return err
		}
		return v.record(tx, "stock.policy", string(found.ID), "mode", string(p.Mode))
	})
	if err != nil {
		return a.refuseStock(v, f, sku, err)
	}
	return v.done(link(Prefix+"/stock", "sku", sku), "stock_policy")
}

// setPolicyFields fills in the form as the policy stands.
func (f *form) setPolicyFields(p inventory.Policy) {
	f.set("mode", string(p.Mode))
	f.set("expected", p.Expected.String())
	f.set("arrives", p.Location)
	if p.Limit > 0 {
		f.setNumber("limit", p.Limit)
	}
	if p.Low >= 0 {
		f.setNumber("low", p.Low)
	}
}

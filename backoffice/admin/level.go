package admin

import (
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

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

package transfer

import (
	"context"
	"encoding/json"
	"errors"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// policyRecord is how a variant is sold beyond what lies there.
type policyRecord struct {
	SKU      string
	Mode     string
	Limit    int64
	Expected string
	Location string
	Low      int64
}

var policyFields = []field[policyRecord]{
	{column{name: "sku", keep: true}, func(p *policyRecord) any { return &p.SKU }},
	{column{name: "mode", keep: true}, func(p *policyRecord) any { return &p.Mode }},
	{column{name: "limit", form: asNumber, keep: true}, func(p *policyRecord) any { return &p.Limit }},
	{column{name: "expected"}, func(p *policyRecord) any { return &p.Expected }},
	{column{name: "location", keep: true}, func(p *policyRecord) any { return &p.Location }},
	{column{name: "low", form: asNumber, keep: true}, func(p *policyRecord) any { return &p.Low }},
}

// policyPage leaves out variants of which nothing was said: they are tracked.
func policyPage(ctx context.Context, tx *db.Tx, _ *Desk, after string) ([]json.RawMessage, string, error) {
	return ofProducts(ctx, tx, after, func(p catalog.Product) (all []json.RawMessage, err error) {
		for _, v := range p.Variants {
			has, err := inventory.FindPolicy(ctx, tx, v.ID)
			if err != nil {
				return nil, err
			}
			if has.Location != "" {
				all = append(all, object(members(policyFields, &policyRecord{v.SKU, string(has.Mode), has.Limit, has.Expected.String(), has.Location, max(has.Low, -1)})))
			}
		}
		return all, nil
	})
}

// policy makes a variant be sold as the file says.
func (e entry) policy(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	in := policyRecord{Location: r.run.Location, Low: -1}
	e.fields.into(places(policyFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, e.fields.text("sku"), reason) })
	day, err := calendar.Parse(in.Expected)
	if in.Expected != "" && err != nil {
		r.say(LevelError, e.row, "expected", in.SKU, "write the day as 2030-01-31, or leave it empty")
	}
	v, err := e.variant(ctx, tx, r, in.SKU)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	has, err := inventory.FindPolicy(ctx, tx, v.ID)
	if err != nil {
		return same, err
	}
	want := inventory.Policy{Variant: v.ID, Mode: inventory.Mode(in.Mode), Limit: in.Limit, Expected: day, Location: in.Location, Low: max(in.Low, -1)}
	has.Low = max(has.Low, -1)
	if has == want {
		return same, nil
	}
	return changed, e.settled(r, inventory.SavePolicy(ctx, tx, want), "mode", in.SKU)
}

// safetyRecord is what a channel does not see of a variant; SKU "" is every
// variant without a row of its own.
type safetyRecord struct {
	Channel string
	SKU     string
	Units   int64
}

var safetyFields = []field[safetyRecord]{
	{column{name: "channel", keep: true}, func(s *safetyRecord) any { return &s.Channel }},
	{column{name: "sku", keep: true}, func(s *safetyRecord) any { return &s.SKU }},
	{column{name: "units", form: asNumber, keep: true}, func(s *safetyRecord) any { return &s.Units }},
}

// safetyPage is what holds for all variants, then what holds for one.
func safetyPage(ctx context.Context, tx *db.Tx, _ *Desk, after string) (all []json.RawMessage, next string, err error) {
	rows := func(v catalog.VariantID, sku string) (some []json.RawMessage, err error) {
		found, err := inventory.Safeties(ctx, tx, v)
		for _, s := range found {
			some = append(some, object(members(safetyFields, &safetyRecord{s.Channel, sku, s.Units})))
		}
		return some, err
	}
	if after == "" {
		if all, err = rows("", ""); err != nil {
			return nil, "", err
		}
	}
	more, next, err := ofProducts(ctx, tx, after, func(p catalog.Product) (all []json.RawMessage, err error) {
		for _, v := range p.Variants {
			some, err := rows(v.ID, v.SKU)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	})
	return append(all, more...), next, err
}

// safety keeps from a channel what the file says.
func (e entry) safety(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	var in safetyRecord
	e.fields.into(places(safetyFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, e.fields.text("sku"), reason) })
	var v catalog.Variant
	var err error
	if in.SKU != "" {
		v, err = e.variant(ctx, tx, r, in.SKU)
	}
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	has, err := inventory.Safeties(ctx, tx, v.ID)
	if err != nil {
		return same, err
	}
	for _, s := range has {
		if s.Channel == in.Channel && s.Units == in.Units {
			return same, nil
		}
	}
	err = inventory.SetSafety(ctx, tx, inventory.Safety{Channel: in.Channel, Variant: v.ID, Units: in.Units})
	column := "units"
	if errors.Is(err, market.ErrChannelNotFound) {
		column = "channel"
	}
	return changed, e.settled(r, err, column, in.SKU)
}

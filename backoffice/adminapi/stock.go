package adminapi

import (
	"context"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/calendar"
)

var (
	errAfter = fault.New(fault.Invalid, "adminapi.after", "after is the next of the page before; leave it out for the first")
	errDay   = fault.New(fault.Invalid, "adminapi.day", "write a day as 2030-01-31")
)

type levelBody struct {
	SKU       string `json:"sku"`
	Location  string `json:"location"`
	OnHand    int64  `json:"on_hand"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available" doc:"On hand and promised to nobody; below zero: promised beyond it"`
	Incoming  int64  `json:"incoming" doc:"On the way here from another location"`
	Backorder int64  `json:"backorder" doc:"May be promised beyond what is on hand"`
}

func levelOf(sku string, l inventory.Level) levelBody {
	return levelBody{sku, l.Location, l.OnHand, l.Reserved, l.Available(), l.Incoming, l.Backorder}
}

// skusOf names variants by SKU: one statement.
func skusOf(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) (map[catalog.VariantID]string, error) {
	items, err := catalog.Sellable(ctx, tx, vs)
	skus := make(map[catalog.VariantID]string, len(items))
	for v, it := range items {
		skus[v] = it.SKU
	}
	return skus, err
}

type skuLine struct {
	SKU   string `json:"sku"`
	Units int64  `json:"units" minimum:"1" maximum:"100000"`
}

// linesOf finds the variants of SKUs: one statement.
func linesOf(ctx context.Context, tx *db.Tx, in []skuLine) ([]inventory.Line, error) {
	skus := make([]string, len(in))
	for i, l := range in {
		skus[i] = l.SKU
	}
	found, err := catalog.SKUs(ctx, tx, skus)
	if err != nil {
		return nil, err
	}
	lines := make([]inventory.Line, len(in))
	for i, l := range in {
		v, ok := found[l.SKU]
		if !ok {
			return nil, noSKU(l.SKU)
		}
		lines[i] = inventory.Line{Variant: v.ID, Units: l.Units}
	}
	return lines, nil
}

// noSKU says which SKU is not known.
func noSKU(sku string) error {
	return catalog.ErrSKUNotFound.With("no such SKU, " + sku + ": check its spelling, capitals count")
}

// dayOf reads a day that may be left out.
func dayOf(text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return d, errDay
	}
	return d, nil
}

type stockInput struct {
	SKU      string `query:"sku" maxLength:"64" doc:"Left out: all of them, page by page"`
	Location string `query:"location" maxLength:"50"`
	Show     string `query:"show" enum:"low,out,backorder,incoming" doc:"Left out: all"`
	PageInput
}

// listStock shows one SKU at every location, or the levels that match.
func (a *API) listStock(ctx context.Context, in *stockInput) (*list[levelBody], error) {
	var bodies []levelBody
	var next string
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if in.SKU != "" && in.Location == "" && in.Show == "" {
			bodies, err = levelsOf(ctx, tx, in.SKU)
			return err
		}
		bodies, next, err = findStock(ctx, tx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

func levelsOf(ctx context.Context, tx *db.Tx, sku string) (bodies []levelBody, err error) {
	v, err := catalog.FindSKU(ctx, tx, sku)
	if err != nil {
		return nil, err
	}
	levels, err := inventory.Levels(ctx, tx, v.ID)
	for _, l := range levels {
		bodies = append(bodies, levelOf(sku, l))
	}
	return bodies, err
}

func findStock(ctx context.Context, tx *db.Tx, in *stockInput) (bodies []levelBody, next string, err error) {
	f := inventory.Filter{Location: in.Location, Show: inventory.Show(in.Show), Limit: in.Limit}
	if in.SKU != "" {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return nil, "", err
		}
		f.Variants = []catalog.VariantID{v.ID}
	}
	if in.After != "" {
		variant, location, ok := strings.Cut(in.After, "@")
		if !ok {
			return nil, "", errAfter
		}
		f.After = inventory.Level{Variant: catalog.VariantID(variant), Location: location}
	}
	levels, err := inventory.List(ctx, tx, f)
	if err != nil {
		return nil, "", err
	}
	vs := make([]catalog.VariantID, len(levels))
	for i, l := range levels {
		vs[i] = l.Variant
	}
	skus, err := skusOf(ctx, tx, vs)
	for _, l := range levels {
		bodies = append(bodies, levelOf(skus[l.Variant], l))
	}
	if n := len(levels); n == in.Limit {
		next = string(levels[n-1].Variant) + "@" + levels[n-1].Location
	}
	return bodies, next, err
}

type movementsInput struct {
	SKU      string `query:"sku" maxLength:"64" doc:"Left out: of all"`
	Location string `query:"location" maxLength:"50"`
	Cause    string `query:"cause" maxLength:"20"`
	Before   int64  `query:"before" minimum:"0"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type movementBody struct {
	Seq      int64  `json:"seq"`
	SKU      string `json:"sku"`
	Location string `json:"location"`
	OnHand   int64  `json:"on_hand" doc:"By how much it changed"`
	Reserved int64  `json:"reserved" doc:"By how much it changed"`
	Incoming int64  `json:"incoming" doc:"By how much it changed"`
	Cause    string `json:"cause"`
	Reason   string `json:"reason,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Actor    string `json:"actor,omitempty"`
	At       string `json:"at" format:"date-time"`
}

func (a *API) listMovements(ctx context.Context, in *movementsInput) (*list[movementBody], error) {
	var bodies []movementBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		f := inventory.HistoryFilter{Location: in.Location, Cause: in.Cause, Before: in.Before, Limit: in.Limit}
		if in.SKU != "" {
			v, err := catalog.FindSKU(ctx, tx, in.SKU)
			if err != nil {
				return err
			}
			f.Variant = v.ID
		}
		moves, err := inventory.History(ctx, tx, f)
		if err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(moves))
		for i, m := range moves {
			vs[i] = m.Variant
		}
		skus, err := skusOf(ctx, tx, vs)
		for _, m := range moves {
			bodies = append(bodies, movementBody{m.Seq, skus[m.Variant], m.Location, m.OnHand, m.Reserved, m.Incoming, m.Cause, m.Reason, m.Ref, m.Actor, rfc3339(m.At)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type adjustInput struct {
	Key     string `header:"Idempotency-Key" doc:"Required: the same key and body is adjusted once"`
	RawBody []byte
	Body    struct {
		SKU      string `json:"sku"`
		Location string `json:"location" example:"loc_berlin"`
		Delta    int64  `json:"delta" doc:"Units to add, or to take away when negative"`
		Reason   string `json:"reason" example:"counted"`
	}
}

func (a *API) adjustStock(ctx context.Context, in *adjustInput) (*bytesOutput, error) {
	return a.once(ctx, "stock.adjust", in.Key, in.RawBody, func(tx *db.Tx) (any, error) {
		all, err := a.adjust(ctx, tx, in.Body.Reason, []adjustmentBody{{in.Body.SKU, in.Body.Location, in.Body.Delta}})
		if err != nil {
			return nil, err
		}
		return all[0], nil
	})
}

type adjustmentBody struct {
	SKU      string `json:"sku"`
	Location string `json:"location" example:"loc_berlin"`
	Delta    int64  `json:"delta" doc:"Units to add, or to take away when negative"`
}

type bulkInput struct {
	Key     string `header:"Idempotency-Key" doc:"Required: the same key and body is adjusted once"`
	RawBody []byte
	Body    struct {
		Reason      string           `json:"reason" example:"delivery note 4711"`
		Adjustments []adjustmentBody `json:"adjustments" minItems:"1" maxItems:"100"`
	}
}

// adjustMany makes all adjustments or none.
func (a *API) adjustMany(ctx context.Context, in *bulkInput) (*bytesOutput, error) {
	return a.once(ctx, "stock.bulk", in.Key, in.RawBody, func(tx *db.Tx) (any, error) {
		all, err := a.adjust(ctx, tx, in.Body.Reason, in.Body.Adjustments)
		return map[string]any{"data": all}, err
	})
}

func (a *API) adjust(ctx context.Context, tx *db.Tx, reason string, in []adjustmentBody) ([]levelBody, error) {
	skus := make([]skuLine, len(in))
	for i, one := range in {
		skus[i].SKU = one.SKU
	}
	lines, err := linesOf(ctx, tx, skus)
	if err != nil {
		return nil, err
	}
	actor := string(from(ctx).ID)
	all := make([]inventory.Adjustment, len(in))
	for i, one := range in {
		all[i] = inventory.Adjustment{Variant: lines[i].Variant, Location: one.Location, Delta: one.Delta, Reason: reason, Actor: actor}
	}
	levels, err := inventory.AdjustAll(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	bodies := make([]levelBody, len(in))
	for i, l := range levels {
		bodies[i] = levelOf(in[i].SKU, l)
		if err := audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "stock.adjust", Subject: string(l.Variant)}); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

// change writes, and records who did it.
func (a *API) change(ctx context.Context, action, subject string, do func(tx *db.Tx) error) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: subject})
	})
}

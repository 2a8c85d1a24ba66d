package catalog

import (
	"context"
	"fmt"
	"math"
	"slices"

	"korzo/platform/db"
	"korzo/value/money"
)

// Limits of a bundle.
const (
	MaxParts        = 20
	MaxPartQuantity = 99
)

// Part is a variant and how many of it one bundle holds.
type Part struct {
	Variant  VariantID `json:"variant"`
	Quantity int64     `json:"quantity"`
}

// PartIDs returns the variants that the parts of some bundles are, each once.
func PartIDs(bundles ...[]Part) (ids []VariantID) {
	for _, parts := range bundles {
		for _, p := range parts {
			if !slices.Contains(ids, p.Variant) {
				ids = append(ids, p.Variant)
			}
		}
	}
	return ids
}

// BundleAvailable returns how many bundles can be made of what there is of
// their parts: as many as the scarcest part allows. Parts that are missing in
// available are gone; a bundle without parts does not exist.
func BundleAvailable(parts []Part, available map[VariantID]int64) int64 {
	least := int64(math.MaxInt64)
	for _, p := range parts {
		least = min(least, max(available[p.Variant], 0)/p.Quantity)
	}
	if len(parts) == 0 {
		return 0
	}
	return least
}

// BundlePrice returns what a bundle costs: the price that it has itself, or
// else the sum of its parts less its discount, rounded to the charge step. ok
// is false when it has none and a part has none either, or is sold in another
// currency.
func BundlePrice(bundle VariantID, parts []Part, discountPPM int64, prices map[VariantID]money.Amount) (price money.Amount, ok bool) {
	if own, has := prices[bundle]; has {
		return own, true
	}
	for _, p := range parts {
		one, has := prices[p.Variant]
		if !has || price.Currency != "" && price.Currency != one.Currency {
			return money.Amount{}, false
		}
		price = price.Plus(one.Times(p.Quantity))
	}
	if len(parts) == 0 || price.Minor > money.MaxPrice {
		return money.Amount{}, false
	}
	info, _ := money.Find(price.Currency)
	return price.Minus(price.Share(discountPPM, max(info.ChargeStep, 1))), true
}

// SplitBundle shares a bundle's price out over its parts, by what they cost by
// themselves, to the charge step. What a part has no price for counts as
// nothing, unless none has one: then all count alike. The shares sum to price.
func SplitBundle(price money.Amount, parts []Part, prices map[VariantID]money.Amount) []money.Amount {
	weights := make([]int64, len(parts))
	var sum int64
	for i, p := range parts {
		if one, ok := prices[p.Variant]; ok && one.Currency == price.Currency {
			weights[i] = min(one.Minor, math.MaxInt32) * p.Quantity
		}
		sum += weights[i]
	}
	if sum == 0 {
		for i, p := range parts {
			weights[i] = p.Quantity
		}
	}
	info, _ := money.Find(price.Currency)
	step := max(info.ChargeStep, 1)
	if price.Minor%step != 0 {
		step = 1
	}
	return price.SplitStep(step, weights...)
}

// Bundles returns the bundles on sale that variants are part of: what changes
// with them.
func Bundles(ctx context.Context, tx *db.Tx, parts []VariantID) ([]VariantID, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	found, err := selectBundles(ctx, tx, parts)
	if err != nil {
		return nil, fmt.Errorf("find bundles of %d variants: %w", len(parts), err)
	}
	return found, nil
}

func (p *problems) parts(field string, v Variant) {
	p.unless(len(v.Parts) <= MaxParts, field+".parts", fmt.Sprintf("give at most %d", MaxParts))
	p.unless(v.PartsDiscountPPM >= 0 && v.PartsDiscountPPM <= money.Million, field+".parts_discount", "must be from 0 to 100 percent")
	for i, part := range v.Parts {
		p.unless(text(string(part.Variant), 1, maxID) && part.Variant != v.ID, field+".parts", "name another variant")
		p.unless(part.Quantity >= 1 && part.Quantity <= MaxPartQuantity, field+".parts", fmt.Sprintf("give a quantity from 1 to %d", MaxPartQuantity))
		p.unless(!slices.ContainsFunc(v.Parts[:i], func(b Part) bool { return b.Variant == part.Variant }), field+".parts", "is given twice: raise its quantity")
	}
}

// checkParts reports parts that are not there, or are bundles themselves: a
// bundle has goods for parts, so it cannot hold itself however many steps away.
func checkParts(ctx context.Context, tx *db.Tx, variants []Variant) error {
	var all [][]Part
	var bundles []VariantID
	for _, v := range variants {
		if len(v.Parts) > 0 {
			all, bundles = append(all, v.Parts), append(bundles, v.ID)
		}
	}
	ids := PartIDs(all...)
	if len(ids) == 0 {
		return nil
	}
	found, err := selectByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, v := range found {
		if len(v.Parts) > 0 || slices.Contains(bundles, v.ID) {
			return ErrInvalid.With(fmt.Sprintf("parts: %s is a bundle itself: name what is in it", v.SKU))
		}
	}
	if len(found) < len(ids) {
		return ErrVariantNotFound.With("parts: one of the variants is not there: use ids of variants on sale")
	}
	above, err := Bundles(ctx, tx, bundles)
	if err == nil && len(above) > 0 {
		err = ErrInvalid.With("parts: this variant is part of a bundle and cannot be one: take it out of that first")
	}
	return err
}

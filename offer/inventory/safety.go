package inventory

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
)

// Safety is units kept back from a channel, so that another may still sell them.
type Safety struct {
	Channel string
	Variant catalog.VariantID // "": every variant without one of its own
	Units   int64             // 0..1_000_000
}

const safetyMemory = "inventory_safety"

// rememberedSafety is what each channel is kept back of every variant. A channel
// that is not there is kept nothing back.
var rememberedSafety = remember.New(safetyMemory, func(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	all, err := selectSafety(ctx, tx, "")
	byChannel := make(map[string]int64, len(all))
	for _, s := range all {
		byChannel[s.Channel] = s.Units
	}
	return byChannel, err
})

const ownSafetyMemory = "inventory_safety_own"

// place is a variant as one channel sells it.
type place struct {
	channel string
	variant catalog.VariantID
}

// keptSafety is what channels are kept back of variants that were asked for of
// late; unset where a variant has no rule of its own.
var keptSafety = remember.NewShelf(ownSafetyMemory, 16_384, func(ctx context.Context, tx *db.Tx, keys []place) (map[place]int64, error) {
	all := make(map[place]int64, len(keys))
	byChannel := map[string][]catalog.VariantID{}
	for _, k := range keys {
		all[k] = unset
		byChannel[k.channel] = append(byChannel[k.channel], k.variant)
	}
	for channel, vs := range byChannel {
		for some := range slices.Chunk(vs, chunk) {
			own, err := selectKept(ctx, tx, channel, some)
			if err != nil {
				return nil, err
			}
			for _, one := range own {
				all[place{channel, one.Variant}] = one.Units
			}
		}
	}
	return all, nil
})

const unset = -1

// SetSafety keeps units back from a channel: of a variant, or with Variant ""
// of each that has none of its own. Zero of a variant keeps none of it back,
// whatever holds for the others. It returns ErrInvalid, catalog.ErrVariantNotFound
// and market.ErrChannelNotFound and may be repeated.
func SetSafety(ctx context.Context, tx *db.Tx, s Safety) error {
	if s.Units < 0 || s.Units > maxDelta {
		return ErrInvalid.With(fmt.Sprintf("units: use 0 to %d", maxDelta))
	}
	if _, err := market.FindChannel(ctx, tx, s.Channel); err != nil {
		return fmt.Errorf("set safety stock: %w", err)
	}
	if s.Variant != "" {
		if _, err := catalog.FindVariant(ctx, tx, s.Variant); err != nil {
			return fmt.Errorf("set safety stock: %w", err)
		}
	}
	if err := upsertSafety(ctx, tx, s); err != nil {
		return fmt.Errorf("set safety stock of %s: %w", s.Channel, err)
	}
	n := int64(1)
	var err error
	if s.Variant != "" {
		changed(tx, s.Variant)
		if err := remember.Touch(ctx, tx, ownSafetyMemory); err != nil {
			return err
		}
		n, err = insertGuarded(ctx, tx, s.Channel)
	}
	if err != nil || n == 0 {
		return err
	}
	return remember.Touch(ctx, tx, safetyMemory)
}

// DropSafety drops a variant's own rule: it is kept back from the channel like
// the others. It may be repeated.
func DropSafety(ctx context.Context, tx *db.Tx, channel string, v catalog.VariantID) error {
	if v == "" {
		return ErrInvalid.With("variant: the rule of all others is set to 0, not dropped")
	}
	if _, err := deleteSafety(ctx, tx, channel, v); err != nil {
		return fmt.Errorf("drop safety stock of %s: %w", channel, err)
	}
	changed(tx, v)
	return remember.Touch(ctx, tx, ownSafetyMemory)
}

// Safeties returns what is kept back of a variant from each channel that has a
// row for it; of "" what is kept back of every other variant.
func Safeties(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Safety, error) {
	all, err := selectSafety(ctx, tx, v)
	if err != nil {
		return nil, fmt.Errorf("safety stock of %s: %w", v, err)
	}
	return all, nil
}

// kept is what a channel is kept back of each variant without a row of its own,
// and the channel to ask for rows by: "" when there are none.
func kept(ctx context.Context, tx *db.Tx, channel string) (most int64, ask string, err error) {
	if channel == "" {
		return 0, "", nil
	}
	all, err := rememberedSafety.Get(ctx, tx)
	if err != nil {
		return 0, "", fmt.Errorf("safety stock of %s: %w", channel, err)
	}
	most, guarded := all[channel]
	if !guarded {
		channel = ""
	}
	return most, channel, nil
}

// keeping says how many units of each line's variant must be left; nil: none.
func keeping(lines []Line, most int64, own map[catalog.VariantID]int64) map[catalog.VariantID]int64 {
	if most == 0 && len(own) == 0 {
		return nil
	}
	keep := make(map[catalog.VariantID]int64, len(lines))
	for _, l := range lines {
		units, ok := own[l.Variant]
		if !ok {
			units = most
		}
		keep[l.Variant] = units
	}
	return keep
}

// witnesses adds to picks every other shelf of the variants of which something
// must be left: their rows are locked with the rest, so that what is left over
// all of them can be said for sure.
func witnesses(picks []pick, shelves []Shelf, keep map[catalog.VariantID]int64) []pick {
	if keep == nil {
		return picks
	}
	for i := range picks {
		picks[i].keep = keep[picks[i].Variant]
	}
	all := slices.Clone(picks)
	for _, p := range picks {
		for _, s := range shelves {
			at := Allocation{Location: s.Location, Variant: p.Variant}
			known := slices.ContainsFunc(all, func(o pick) bool { return byRow(o.Allocation, at) == 0 })
			if p.keep > 0 && s.all(p.Variant) > 0 && !known {
				all = append(all, pick{at, true, p.keep})
			}
		}
	}
	slices.SortFunc(all, func(a, b pick) int { return byRow(a.Allocation, b.Allocation) })
	return all
}

package shipment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
)

// MostInWave bounds what is picked in one go: the boxes that fit on a cart.
const MostInWave = 30

// The failures of waves.
var (
	ErrWave      = fault.New(fault.Conflict, "shipment.wave", fmt.Sprintf("pick 1 to %d fulfilments of one location together that wait there, and whose goods do: leave the others out", MostInWave))
	ErrNoWave    = fault.New(fault.NotFound, "shipment.wave_not_found", "there is no such wave; take one from the location's queue")
	ErrNotInWave = fault.New(fault.Invalid, "shipment.wave_units", "nothing of the wave lacks that, or not so many of it; look at the list again")
)

// WaveID names a wave.
type WaveID string

// Wave is fulfilments of a location that somebody picks in one walk: one list of
// goods, and a box for each fulfilment. What is packed, rejected or canceled
// meanwhile is no part of the walk any more.
type Wave struct {
	ID        WaveID
	Location  string
	Staff     string
	CreatedAt time.Time
	Parts     []Part
}

// Part is a fulfilment of a wave and its box on the cart, from 1.
type Part struct {
	Box int64
	Fulfilment
}

// Stop is a place on the walk: how many of one thing are taken, and for which boxes.
type Stop struct {
	Variant catalog.VariantID
	SKU     string
	Title   string
	Image   string
	Units   int64
	Picked  int64
	Boxes   []Share
}

// Share is what of a stop goes into a box.
type Share struct {
	Box    int64
	Label  string // of the fulfilment
	Units  int64
	Picked int64
}

// walked reports whether a fulfilment is picked in its wave.
func (p Part) walked() bool { return p.State == StatePicking }

// Stops are what is picked in a wave, by SKU: the order in which goods lie, where
// nobody has said otherwise.
func (w Wave) Stops() (all []Stop) {
	for _, p := range w.Parts {
		if !p.walked() {
			continue
		}
		for _, l := range p.Lines {
			if l.Units == 0 {
				continue
			}
			i := slices.IndexFunc(all, func(s Stop) bool { return s.Variant == l.Variant })
			if i < 0 {
				i, all = len(all), append(all, Stop{Variant: l.Variant, SKU: l.SKU, Title: l.Title, Image: l.Image})
			}
			s := &all[i]
			s.Units, s.Picked = s.Units+l.Units, s.Picked+l.Picked
			s.Boxes = append(s.Boxes, Share{p.Box, p.Label(), l.Units, l.Picked})
		}
	}
	slices.SortFunc(all, func(a, b Stop) int {
		return cmp.Or(strings.Compare(a.SKU, b.SKU), strings.Compare(string(a.Variant), string(b.Variant)))
	})
	return all
}

// Left is how many units are still to be picked.
func (w Wave) Left() (n int64) {
	for _, s := range w.Stops() {
		n += s.Units - s.Picked
	}
	return n
}

// Gather begins to pick fulfilments of one location together. Each must wait
// there, or be picked already, with its goods: else it is ErrWave and none is
// begun. Boxes are numbered as they are named; one that is in an older wave leaves it.
func Gather(ctx context.Context, tx *db.Tx, ids []ID, by By) (Wave, error) {
	box := map[ID]int64{}
	for _, of := range ids {
		if box[of] == 0 {
			box[of] = int64(len(box) + 1)
		}
	}
	if len(box) == 0 || len(box) > MostInWave {
		return Wave{}, ErrWave
	}
	w := Wave{ID: id.New[WaveID]("wav", tx.Now), Staff: by.Actor, CreatedAt: tx.Now}
	for _, of := range slices.Sorted(maps.Keys(box)) { // two waves lock orders in the same order
		f, err := Find(ctx, tx, of)
		if err != nil {
			return w, err
		}
		if w.Location == "" {
			w.Location = f.Location
			if err := insertWave(ctx, tx, w); err != nil {
				return w, fmt.Errorf("gather a wave at %s: %w", w.Location, err)
			}
		}
		waits := f.State == StateOpen || f.State == StateAccepted || f.State == StatePicking
		if f.Location != w.Location || !f.Sourced || !waits {
			return w, ErrWave.With(fmt.Sprintf("%s is not waiting at that location with its goods: leave it out", f.Label()))
		}
		if f.State != StatePicking {
			if _, err := Pick(ctx, tx, of, nil, by); err != nil {
				return w, err
			}
		}
		if err := upsertPart(ctx, tx, w.ID, of, box[of]); err != nil {
			return w, fmt.Errorf("gather a wave at %s: %w", w.Location, err)
		}
	}
	return FindWave(ctx, tx, w.ID)
}

// FindWave returns a wave with all that was gathered in it, or ErrNoWave.
func FindWave(ctx context.Context, tx *db.Tx, of WaveID) (Wave, error) {
	w, err := selectWave(ctx, tx, of)
	if errors.Is(err, db.ErrNoRow) {
		return w, ErrNoWave
	}
	if err == nil {
		w.Parts, err = selectParts(ctx, tx, of)
	}
	if err != nil {
		return w, fmt.Errorf("find wave %s: %w", of, err)
	}
	all := make([]Fulfilment, len(w.Parts))
	for i, p := range w.Parts {
		all[i] = p.Fulfilment
	}
	if err := fill(ctx, tx, all); err != nil {
		return w, fmt.Errorf("find wave %s: %w", of, err)
	}
	for i := range all {
		w.Parts[i].Fulfilment = all[i]
	}
	return w, nil
}

// Waves are those of a location in which something is still to be picked, the
// newest first, at most twenty.
func Waves(ctx context.Context, tx *db.Tx, location string) (all []Wave, err error) {
	ids, err := selectOpenWaves(ctx, tx, location, 20)
	for _, of := range ids {
		w, err := FindWave(ctx, tx, of)
		if err != nil {
			return nil, err
		}
		if w.Left() > 0 {
			all = append(all, w)
		}
	}
	return all, err
}

// Take notes units of a variant that lie in the hand, into the boxes that lack
// them, the first first, and returns where they go. It is ErrNotInWave when the
// boxes together lack fewer: then nothing is noted.
func Take(ctx context.Context, tx *db.Tx, of WaveID, variant catalog.VariantID, units int64, by By) (into []Share, err error) {
	w, err := FindWave(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	if err := w.lock(ctx, tx); err != nil {
		return nil, err
	}
	for _, p := range w.Parts {
		if !p.walked() {
			continue
		}
		for _, l := range p.Lines {
			n := min(units, l.Units-l.Picked)
			if l.Variant != variant || n < 1 {
				continue
			}
			if _, err := Pick(ctx, tx, p.ID, []Units{{l.Line, n}}, by); err != nil {
				return nil, err
			}
			units, into = units-n, append(into, Share{Box: p.Box, Label: p.Label(), Units: n})
		}
	}
	if units > 0 || len(into) == 0 {
		return nil, ErrNotInWave
	}
	return into, nil
}

// lock reads the parts of a wave anew, their orders locked: in one order, so that
// two who walk never wait for each other.
func (w *Wave) lock(ctx context.Context, tx *db.Tx) (err error) {
	slices.SortFunc(w.Parts, func(a, b Part) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for i := range w.Parts {
		if w.Parts[i].Fulfilment, _, err = lock(ctx, tx, w.Parts[i].ID); err != nil {
			return err
		}
	}
	slices.SortFunc(w.Parts, func(a, b Part) int { return cmp.Compare(a.Box, b.Box) })
	return nil
}

// Lacks finds which variant of a wave a code names that is still to be picked: a
// SKU as it was bought, or the bar code of the catalog. It returns ErrNotInWave.
func (w Wave) Lacks(ctx context.Context, tx *db.Tx, code string) (catalog.VariantID, error) {
	code = strings.TrimSpace(code)
	for _, s := range w.Stops() {
		if s.Picked >= s.Units {
			continue
		}
		if strings.EqualFold(s.SKU, code) {
			return s.Variant, nil
		}
		if v, err := catalog.FindVariant(ctx, tx, s.Variant); err == nil && v.Barcode != "" && v.Barcode == code {
			return s.Variant, nil
		}
	}
	return "", ErrNotInWave
}

// Ready names what waits at a location and may be picked together now: the oldest
// first, at most as many as fit in a wave.
func Ready(ctx context.Context, tx *db.Tx, location string) (ids []ID, err error) {
	if _, err := inventory.FindLocation(ctx, tx, location); err != nil {
		return nil, err
	}
	ids, err = selectGatherable(ctx, tx, location, MostInWave)
	if err != nil {
		return nil, fmt.Errorf("what waits at %s: %w", location, err)
	}
	return ids, nil
}

package demo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"

	"korzo/app/demo/picture"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/blob"
	"korzo/platform/db"

	"golang.org/x/sync/errgroup"
)

// draw makes and keeps a picture of every product, if there is where to.
func (f *filling) draw(ctx context.Context) error {
	if f.Media == nil {
		return nil
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // half of them wait for the disk
	var studio picture.Studio
	for _, g := range f.goods {
		work.Go(func() error {
			data, err := studio.Draw(g.spec())
			if err != nil {
				return err
			}
			name := blob.Name(data, picture.Ext)
			if err := f.Media.Put(ctx, name, bytes.NewReader(data)); err != nil {
				return err
			}
			g.draft.Images = []catalog.Image{shown(name, g.alt())}
			return nil
		})
	}
	for i := range f.sets {
		work.Go(func() error {
			data, err := studio.Draw(f.sets[i].spec)
			if err != nil {
				return err
			}
			name := blob.Name(data, picture.Ext)
			d := &f.sets[i].draft
			d.Images = []catalog.Image{shown(name, f.sets[i].alt())}
			return f.Media.Put(ctx, name, bytes.NewReader(data))
		})
	}
	return work.Wait()
}

func (f *filling) writeGoods(ctx context.Context, tx *db.Tx) error {
	for _, g := range f.goods {
		p, err := catalog.Create(ctx, tx, g.draft)
		if err != nil {
			return err
		}
		for i, v := range p.Variants {
			for _, m := range marketIDs {
				if err := pricing.Set(ctx, tx, m, v.ID, g.prices[i][m]); err != nil {
					return fmt.Errorf("price %s: %w", v.SKU, err)
				}
			}
		}
	}
	return nil
}

// writeStock fills the three stock rooms: mostly well, some shelves nearly
// empty, a few things sold out everywhere.
func (f *filling) writeStock(ctx context.Context, tx *db.Tx) error {
	dice := rand.New(rand.NewPCG(2, seed))
	for _, g := range f.goods {
		for _, v := range g.draft.Variants {
			level := dice.IntN(100)
			for i, at := range locations {
				units := 0
				switch {
				case level < 3: // sold out
				case level < 10: // the last ones
					units = dice.IntN(3)
				case dice.IntN(20) > 0:
					units = []int{14, 8, 5}[i] + dice.IntN([]int{70, 40, 30}[i])
				}
				if units == 0 {
					continue
				}
				if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: at.ID, Delta: int64(units),
					Cause: inventory.CauseReceived, Reason: "opening stock", Actor: "system", Ref: "DN-1001"}); err != nil {
					return fmt.Errorf("stock %s: %w", v.SKU, err)
				}
			}
		}
	}
	return nil
}

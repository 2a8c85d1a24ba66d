package admin

import (
	"context"
	"net/http"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

const (
	lowStock   = 5   // units from which the start page names a variant
	lowShown   = 8   // variants that it names
	lowPages   = 10  // of 100 products that it looks at
	headsShown = 100 // orders on hold that it counts
	// latestShown is how many of the newest orders it shows.
	latestShown = 6
)

// home is what to do next, and how it goes. A part that the reader's role may
// not see stays empty.
type home struct {
	Exceptions    int64
	Oldest        time.Duration
	OnHold        []order.Order
	MoreOnHold    bool
	Undecided     []exception.Exception
	Low           []inStock
	Todos         []waiting
	Latest        []sale
	Sales         []takings
	SalesCut      bool
	AnyOrder      bool
	AnyProduct    bool
	ShowsFigures  bool
	ShowsTroubles bool
}

// inStock is a variant with what may be bought of it.
type inStock struct {
	Product   catalog.Product
	Variant   catalog.Variant
	Available int64
}

// quiet says that nothing waits.
func (h home) quiet() bool {
	return h.Exceptions == 0 && len(h.OnHold) == 0 && len(h.Undecided) == 0 && len(h.Low) == 0 && len(h.Todos) == 0
}

func (a *Admin) showHome(v *visit) error {
	h := home{ShowsFigures: v.can("reports.read"), ShowsTroubles: v.can("exceptions.read")}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if h.Todos, err = a.todos(v, tx); err != nil {
			return err
		}
		latest, _, err := order.List(v.ctx(), tx, order.Filter{Limit: latestShown})
		if err != nil {
			return err
		}
		if h.Latest, err = a.withBuyers(v, tx, latest); err != nil {
			return err
		}
		return a.loadHome(v.ctx(), tx, &h)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.homePage(h))
}

func (a *Admin) loadHome(ctx context.Context, tx *db.Tx, h *home) (err error) {
	if h.ShowsTroubles {
		if h.Oldest, h.Exceptions, err = exception.Age(ctx, tx); err != nil {
			return err
		}
		h.Undecided, err = exception.List(ctx, tx, exception.Filter{Open: true, Oldest: true, Kind: payment.TroubleStale})
		if err != nil {
			return err
		}
	}
	var next order.ID
	if h.OnHold, next, err = order.List(ctx, tx, order.Filter{State: order.StateOnHold, Limit: headsShown}); err != nil {
		return err
	}
	h.MoreOnHold = next != ""
	h.AnyOrder = len(h.Latest) > 0
	if h.ShowsFigures {
		if h.Sales, h.SalesCut, err = a.sales.recent(ctx, tx); err != nil {
			return err
		}
	}
	h.Low, h.AnyProduct, err = findLow(ctx, tx)
	return err
}

// findLow looks at the newest products on sale for what is nearly gone, the
// scarcest first.
func findLow(ctx context.Context, tx *db.Tx) (low []inStock, any bool, err error) {
	after := ""
	for range lowPages {
		page, next, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, After: after, Limit: 100})
		if err != nil {
			return nil, false, err
		}
		any = any || len(page) > 0
		all, err := stockOf(ctx, tx, page)
		if err != nil {
			return nil, false, err
		}
		for _, s := range all {
			if s.Available <= lowStock && s.Product.Kind == catalog.KindGoods {
				low = append(low, s)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	slices.SortStableFunc(low, func(a, b inStock) int { return int(a.Available - b.Available) })
	return low[:min(len(low), lowShown)], any, nil
}

// stockOf returns every variant of a page of products with its stock.
func stockOf(ctx context.Context, tx *db.Tx, products []catalog.Product) (all []inStock, err error) {
	var ids []catalog.VariantID
	for _, p := range products {
		for _, variant := range p.Variants {
			ids = append(ids, variant.ID)
			all = append(all, inStock{Product: p, Variant: variant})
		}
	}
	units := map[catalog.VariantID]int64{}
	for chunk := range slices.Chunk(ids, 1000) {
		some, err := inventory.Available(ctx, tx, chunk)
		if err != nil {
			return nil, err
		}
		for id, n := range some {
			units[id] = n
		}
	}
	for i := range all {
		all[i].Available = units[all[i].Variant.ID]
	}
	return all, nil
}

package app

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/placement"
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/job"
)

// reactOffer has the search of every node read what changed. Stock is not among
// the facts: each node watches its own and sweeps for the others'.
func (a *App) reactOffer() {
	event.On(a.Bus, "search.created", func(ctx context.Context, tx *db.Tx, e catalog.Created) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.updated", func(ctx context.Context, tx *db.Tx, e catalog.Updated) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.archived", func(ctx context.Context, tx *db.Tx, e catalog.Archived) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.priced", func(ctx context.Context, tx *db.Tx, e pricing.Changed) error {
		bundles, err := catalog.Bundles(ctx, tx, []catalog.VariantID{e.Variant})
		if err != nil {
			return err
		}
		for _, v := range append(bundles, e.Variant) {
			if err := search.TouchVariant(ctx, tx, v); err != nil {
				return err
			}
		}
		return nil
	})
	event.On(a.Bus, "search.taxonomy", func(ctx context.Context, tx *db.Tx, e taxonomy.Changed) error {
		return job.Enqueue(ctx, tx, job.Job{Kind: reread, Key: e.Key(), Body: rereading{Category: e.Category}})
	})
	job.Do(a.Jobs, reread, a.reread)
	a.reactPlacement()
}

// reread is the kind of the jobs that have the search read anew what stands in
// a category, or has an attribute, that is called something else now.
const reread = "search.taxonomy"

// rereading is how far such a job has come. Without a category it is about all
// products.
type rereading struct {
	Category taxonomy.CategoryID `json:"category"`
	After    string              `json:"after"`
}

// reread goes through the products page by page, each in a transaction of its
// own. Broken off, it begins again, which does no harm.
func (a *App) reread(ctx context.Context, r rereading) error {
	for more := true; more; {
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			f := catalog.Filter{Status: catalog.StatusActive, After: r.After, Limit: catalog.MaxPage}
			if r.Category != "" {
				tree, err := taxonomy.Load(ctx, tx)
				if err != nil {
					return err
				}
				if f.Categories = tree.Within(r.Category); len(f.Categories) == 0 {
					more = false
					return nil
				}
			}
			ids, next, err := catalog.ListIDs(ctx, tx, f)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := search.Touch(ctx, tx, id); err != nil {
					return err
				}
			}
			r.After, more = next, next != ""
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// refill is the kind of the jobs that ask a category's rule about every product.
const refill = "placement.refill"

type refilling struct {
	Category taxonomy.CategoryID `json:"category"`
}

// reactPlacement keeps products in the categories whose rules they fulfil.
func (a *App) reactPlacement() {
	event.On(a.Bus, "placement.created", func(ctx context.Context, tx *db.Tx, e catalog.Created) error {
		return placement.Place(ctx, tx, e.Product)
	})
	event.On(a.Bus, "placement.updated", func(ctx context.Context, tx *db.Tx, e catalog.Updated) error {
		return placement.Place(ctx, tx, e.Product)
	})
	event.On(a.Bus, "placement.priced", placedByPrice)
	event.On(a.Bus, "placement.taxonomy", func(ctx context.Context, tx *db.Tx, e taxonomy.Changed) error {
		prefix := "attribute."
		if e.Category != "" {
			prefix = "product.categories"
			if err := refillOf(ctx, tx, e.Category); err != nil {
				return err
			}
		}
		return refillSpeaking(ctx, tx, prefix)
	})
	job.Do(a.Jobs, refill, func(ctx context.Context, r refilling) error { return placement.Refill(ctx, a.DB, r.Category) })
}

// placedByPrice places anew the product of a variant, and bundles that it is in,
// where a rule speaks of prices.
func placedByPrice(ctx context.Context, tx *db.Tx, e pricing.Changed) error {
	speaking, err := placement.Speaking(ctx, tx, "price.")
	if err != nil || len(speaking) == 0 {
		return err
	}
	bundles, err := catalog.Bundles(ctx, tx, []catalog.VariantID{e.Variant})
	if err != nil {
		return err
	}
	for _, id := range append(bundles, e.Variant) {
		v, err := catalog.FindVariant(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := placement.Place(ctx, tx, v.Product); err != nil {
			return err
		}
	}
	return nil
}

// refillOf has a category's rule asked about every product; one without a rule
// costs nothing.
func refillOf(ctx context.Context, tx *db.Tx, id taxonomy.CategoryID) error {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return err
	}
	if c, ok := tree.Find(id); !ok || c.Rule == "" {
		return nil
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: refill, Key: string(id), Body: refilling{id}})
}

// refillSpeaking does that for all whose rule speaks of something.
func refillSpeaking(ctx context.Context, tx *db.Tx, prefix string) error {
	all, err := placement.Speaking(ctx, tx, prefix)
	if err != nil {
		return err
	}
	for _, id := range all {
		if err := refillOf(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// refillAged has those categories filled anew whose rule asks how old a product is.
func refillAged(ctx context.Context, tx *db.Tx) error {
	return refillSpeaking(ctx, tx, "product.age_days")
}

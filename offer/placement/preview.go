package placement

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// Preview is what a rule would do, without doing it.
type Preview struct {
	Looked  int      // products it was asked about
	All     bool     // those are all there are
	Catches int      // of them
	Comes   int      // of the caught: not in the category now
	Goes    int      // in the category now, and not caught
	Sample  []Caught // the first 20 it catches, newest first, then the first 20 that would go
}

// Caught is a product of a preview.
type Caught struct {
	Product catalog.ProductID
	Title   string
	New     bool // it would come
	Goes    bool
}

const (
	// MaxLooked is how many products a preview asks about at most, the newest first.
	MaxLooked  = 20_000
	sampleSize = 20
)

// Try tells what a rule would catch for a category ("" for one to be), page by
// page, each at its own moment. It returns ErrRule.
func Try(ctx context.Context, d *db.DB, category taxonomy.CategoryID, source string) (Preview, error) {
	var out Preview
	var gone []Caught
	for after := ""; ; {
		err := d.Read(ctx, func(tx *db.Tx) error {
			r, program, err := compile(ctx, tx, source)
			if err != nil {
				return err
			}
			page, next, err := catalog.List(ctx, tx, catalog.Filter{After: after, Limit: catalog.MaxPage})
			if err != nil {
				return err
			}
			seen, err := r.look(ctx, tx, page)
			if err != nil {
				return err
			}
			for _, p := range page {
				if p.Status != catalog.StatusArchived {
					gone = out.count(p, category, standing{program: program}, seen(p), gone)
				}
			}
			after, out.All = next, next == ""
			return nil
		})
		if err != nil {
			return Preview{}, fmt.Errorf("try the rule of a category: %w", err)
		}
		if out.All || out.Looked >= MaxLooked {
			out.Sample = append(out.Sample, gone...)
			return out, nil
		}
	}
}

func (out *Preview) count(p catalog.Product, category taxonomy.CategoryID, s standing, facts map[string]any, gone []Caught) []Caught {
	out.Looked++
	is, _ := s.catches(facts)
	stands := slices.Contains(p.Categories, category)
	switch {
	case is:
		out.Catches++
		if !stands {
			out.Comes++
		}
		if len(out.Sample) < sampleSize {
			out.Sample = append(out.Sample, Caught{Product: p.ID, Title: p.Title, New: !stands})
		}
	case stands:
		out.Goes++
		if len(gone) < sampleSize {
			gone = append(gone, Caught{Product: p.ID, Title: p.Title, Goes: true})
		}
	}
	return gone
}

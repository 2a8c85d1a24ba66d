package adminapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

type countBody struct {
	ID          string `json:"id"`
	Location    string `json:"location"`
	Status      string `json:"status" enum:"open,posted,cancelled"`
	Note        string `json:"note,omitempty"`
	Created     string `json:"created_at" format:"date-time"`
	Closed      string `json:"closed_at,omitempty" format:"date-time"`
	Differences *int   `json:"differences,omitempty" doc:"How many lines were not as expected, when it is posted"`
}

func countOf(c inventory.Count) countBody {
	return countBody{ID: string(c.ID), Location: c.Location, Status: string(c.State), Note: c.Note, Created: rfc3339(c.CreatedAt), Closed: rfc3339(c.ClosedAt)}
}

type listCountsInput struct {
	Status   string `query:"status" enum:"open,posted,cancelled"`
	Location string `query:"location" maxLength:"50"`
	PageInput
}

func (a *API) listCounts(ctx context.Context, in *listCountsInput) (*list[countBody], error) {
	if err := in.behind("cnt"); err != nil {
		return nil, err
	}
	var bodies []countBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Counts(ctx, tx, inventory.CountFilter{State: inventory.CountState(in.Status), Location: in.Location, After: inventory.CountID(in.After), Limit: in.Limit})
		for _, c := range all {
			bodies = append(bodies, countOf(c))
		}
		if n := len(all); n == in.Limit {
			next = string(all[n-1].ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type startCountInput struct {
	Body struct {
		Location string `json:"location" example:"loc_berlin"`
		Note     string `json:"note,omitempty" maxLength:"200"`
	}
}

type countOutput struct {
	Body countBody
}

func (a *API) startCount(ctx context.Context, in *startCountInput) (*countOutput, error) {
	out := new(countOutput)
	err := a.change(ctx, "count.start", in.Body.Location, func(tx *db.Tx) error {
		c, err := inventory.StartCount(ctx, tx, in.Body.Location, in.Body.Note, string(from(ctx).ID))
		out.Body = countOf(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type countInput struct {
	ID inventory.CountID `path:"id"`
}

func (a *API) showCount(ctx context.Context, in *countInput) (*countOutput, error) {
	out := new(countOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := inventory.FindCount(ctx, tx, in.ID)
		out.Body = countOf(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type sheetInput struct {
	ID inventory.CountID `path:"id"`
	PageInput
}

// sheetBody is a line of the count sheet. What is expected is not told before
// it was counted: who knows the answer does not look.
type sheetBody struct {
	SKU      string `json:"sku"`
	Counted  *int64 `json:"counted,omitempty"`
	Expected *int64 `json:"expected,omitempty" doc:"On hand when it was counted"`
	Variance *int64 `json:"variance,omitempty"`
}

func (a *API) showSheet(ctx context.Context, in *sheetInput) (*list[sheetBody], error) {
	if err := in.behind("var"); err != nil {
		return nil, err
	}
	var bodies []sheetBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := inventory.FindCount(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		lines, err := inventory.Sheet(ctx, tx, c, catalog.VariantID(in.After), in.Limit)
		if err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(lines))
		for i, l := range lines {
			vs[i] = l.Variant
		}
		skus, err := skusOf(ctx, tx, vs)
		for _, l := range lines {
			bodies = append(bodies, sheetOf(skus[l.Variant], l.Line))
		}
		if n := len(lines); n == in.Limit {
			next = string(lines[n-1].Variant)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

func sheetOf(sku string, l *inventory.CountLine) sheetBody {
	if l == nil {
		return sheetBody{SKU: sku}
	}
	variance := l.Variance()
	return sheetBody{sku, &l.Counted, &l.Expected, &variance}
}

type countLineInput struct {
	ID   inventory.CountID `path:"id"`
	Body struct {
		SKU     string `json:"sku"`
		Counted int64  `json:"counted" minimum:"0" maximum:"1000000"`
	}
}

type countLineOutput struct {
	Body sheetBody
}

func (a *API) countLine(ctx context.Context, in *countLineInput) (*countLineOutput, error) {
	out := new(countLineOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.Body.SKU)
		if err != nil {
			return err
		}
		l, err := inventory.CountUnits(ctx, tx, in.ID, v.ID, in.Body.Counted, string(from(ctx).ID))
		out.Body = sheetOf(v.SKU, &l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type postCountInput struct {
	ID   inventory.CountID `path:"id"`
	Body struct {
		Reason string `json:"reason" example:"yearly count"`
	}
}

func (a *API) postCount(ctx context.Context, in *postCountInput) (*countOutput, error) {
	out := new(countOutput)
	err := a.change(ctx, "count.post", string(in.ID), func(tx *db.Tx) error {
		n, err := inventory.PostCount(ctx, tx, in.ID, string(from(ctx).ID), in.Body.Reason)
		if err != nil {
			return err
		}
		c, err := inventory.FindCount(ctx, tx, in.ID)
		out.Body = countOf(c)
		out.Body.Differences = &n
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) cancelCount(ctx context.Context, in *countInput) (*countOutput, error) {
	out := new(countOutput)
	err := a.change(ctx, "count.cancel", string(in.ID), func(tx *db.Tx) error {
		if err := inventory.CancelCount(ctx, tx, in.ID); err != nil {
			return err
		}
		c, err := inventory.FindCount(ctx, tx, in.ID)
		out.Body = countOf(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

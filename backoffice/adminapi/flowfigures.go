package adminapi

import (
	"context"
	"time"

	"korzo/insight/funnel"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

type funnelInput struct {
	ID      flow.ID `path:"id"`
	Version int64   `query:"version" doc:"Left out: all versions"`
	Days    int     `query:"days" minimum:"1" maximum:"366" default:"28" doc:"Checkouts that began in the last days"`
}

type funnelBody struct {
	Value         string           `json:"value,omitempty"`
	Visits        int64            `json:"visits"`
	Placed        int64            `json:"placed" doc:"Visits that ended in an order"`
	Conversion    float64          `json:"conversion"`
	Approval      float64          `json:"payment_approval" doc:"Of the tries to pay that ended"`
	OrderValue    float64          `json:"average_order_value" doc:"Of goods without tax, in minor units of currency"`
	PerVisit      float64          `json:"contribution_per_visit"`
	Lifetime      float64          `json:"lifetime_value" doc:"Of orders of known customers: contribution and what they are expected to bring"`
	MedianSeconds int64            `json:"median_seconds" doc:"From the beginning of the checkout to its order; 0 without orders"`
	Stopped       map[string]int64 `json:"stopped,omitempty" doc:"Visits without an order, by what was missing first when they were last looked at; nothing: nothing was"`
}

func funnelOf(f funnel.Figure) funnelBody {
	return funnelBody{f.Value, f.Visits, f.Placed, f.Conversion(), f.Approval(), f.OrderValue(), f.PerVisit(), f.LifetimeValue(), int64(f.Median() / time.Second), f.Stopped}
}

type wrongBody struct {
	Field  string `json:"field" example:"shipping_address.postal_code"`
	Visits int64  `json:"visits"`
}

type funnelOutput struct {
	Body struct {
		Currency string                  `json:"currency,omitempty"`
		All      funnelBody              `json:"all"`
		Versions []funnelBody            `json:"versions"`
		By       map[string][]funnelBody `json:"by" doc:"device, channel, market, visitor (new or returning)"`
		Wrong    []wrongBody             `json:"wrong_fields" doc:"Fields that were given and not right, the most frequent first"`
		Cut      bool                    `json:"cut,omitempty" doc:"There were more visits than are read: ask for fewer days"`
	}
}

// showFunnel says what became of a flow's checkouts.
func (a *API) showFunnel(ctx context.Context, in *funnelInput) (*funnelOutput, error) {
	var f funnel.Figures
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err = flow.Versions(ctx, tx, in.ID); err != nil {
			return err
		}
		f, err = funnel.Of(ctx, tx, in.ID, in.Version, tx.Now.Add(-time.Duration(in.Days)*24*time.Hour))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := new(funnelOutput)
	out.Body.Currency, out.Body.All, out.Body.Cut = f.Currency, funnelOf(f.All), f.Cut
	out.Body.Versions, out.Body.By, out.Body.Wrong = []funnelBody{}, map[string][]funnelBody{}, []wrongBody{}
	for _, one := range f.Versions {
		out.Body.Versions = append(out.Body.Versions, funnelOf(one))
	}
	for by, all := range f.By {
		for _, one := range all {
			out.Body.By[by] = append(out.Body.By[by], funnelOf(one))
		}
	}
	for _, w := range f.Wrong {
		out.Body.Wrong = append(out.Body.Wrong, wrongBody{w.Field, w.Visits})
	}
	return out, nil
}

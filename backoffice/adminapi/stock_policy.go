package adminapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

type policyBody struct {
	Mode     string `json:"mode" enum:"tracked,backorder,preorder,untracked"`
	Limit    int64  `json:"limit,omitempty" minimum:"0" maximum:"1000000" doc:"Units that may be sold beyond those on hand"`
	Expected string `json:"expected,omitempty" doc:"The day on which more come, or it comes out" example:"2030-01-31"`
	Location string `json:"location,omitempty" doc:"Where they come in; left out: the first that ships"`
	Low      *int64 `json:"low,omitempty" minimum:"0" maximum:"1000000" doc:"Shown as low from here down; left out: as the shop has it"`
}

func policyOf(p inventory.Policy) policyBody {
	b := policyBody{Mode: string(p.Mode), Limit: p.Limit, Location: p.Location, Expected: p.Expected.String()}
	if p.Low >= 0 {
		b.Low = &p.Low
	}
	return b
}

type showPolicyInput struct {
	SKU string `path:"sku" maxLength:"64"`
}

type policyOutput struct {
	Body policyBody
}

func (a *API) showPolicy(ctx context.Context, in *showPolicyInput) (*policyOutput, error) {
	out := new(policyOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		p, err := inventory.FindPolicy(ctx, tx, v.ID)
		out.Body = policyOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type policyInput struct {
	SKU  string `path:"sku" maxLength:"64"`
	Body policyBody
}

func (a *API) savePolicy(ctx context.Context, in *policyInput) (*policyOutput, error) {
	out := new(policyOutput)
	day, err := dayOf(in.Body.Expected)
	if err != nil {
		return nil, err
	}
	err = a.change(ctx, "stock.policy", in.SKU, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		p := inventory.Policy{Variant: v.ID, Mode: inventory.Mode(in.Body.Mode), Limit: in.Body.Limit, Expected: day, Location: in.Body.Location, Low: -1}
		if in.Body.Low != nil {
			p.Low = *in.Body.Low
		}
		if err := inventory.SavePolicy(ctx, tx, p); err != nil {
			return err
		}
		p, err = inventory.FindPolicy(ctx, tx, v.ID)
		out.Body = policyOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type safetyBody struct {
	Channel string `json:"channel"`
	Units   int64  `json:"units" minimum:"0" maximum:"1000000"`
	SKU     string `json:"sku,omitempty" doc:"Left out: every SKU without one of its own"`
}

type safetyInput struct {
	SKU string `query:"sku" maxLength:"64" doc:"Left out: what is kept back of every SKU without one of its own"`
}

func (a *API) listSafety(ctx context.Context, in *safetyInput) (*list[safetyBody], error) {
	var bodies []safetyBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := idOfSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		all, err := inventory.Safeties(ctx, tx, v)
		for _, s := range all {
			bodies = append(bodies, safetyBody{s.Channel, s.Units, in.SKU})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

// idOfSKU finds the variant of a SKU that may be left out.
func idOfSKU(ctx context.Context, tx *db.Tx, sku string) (catalog.VariantID, error) {
	if sku == "" {
		return "", nil
	}
	v, err := catalog.FindSKU(ctx, tx, sku)
	return v.ID, err
}

type setSafetyInput struct {
	Body safetyBody
}

type safetyOutput struct {
	Body safetyBody
}

func (a *API) setSafety(ctx context.Context, in *setSafetyInput) (*safetyOutput, error) {
	err := a.change(ctx, "stock.safety", in.Body.Channel, func(tx *db.Tx) error {
		v, err := idOfSKU(ctx, tx, in.Body.SKU)
		if err != nil {
			return err
		}
		return inventory.SetSafety(ctx, tx, inventory.Safety{Channel: in.Body.Channel, Variant: v, Units: in.Body.Units})
	})
	if err != nil {
		return nil, err
	}
	return &safetyOutput{in.Body}, nil
}

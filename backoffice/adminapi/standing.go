package adminapi

import (
	"context"
	"strings"

	"korzo/customer/profile"
	"korzo/customer/standing"
	"korzo/platform/audit"
	"korzo/platform/db"
)

type standingInput struct {
	ID   profile.CustomerID `path:"id"`
	Body struct {
		Tier *string   `json:"tier,omitempty" maxLength:"60" doc:"As the shop names its own; empty takes it away"`
		Tags *[]string `json:"tags,omitempty" maxItems:"50"`
	}
}

type standingOutput struct {
	Body struct {
		Tier string   `json:"tier"`
		Tags []string `json:"tags"`
	}
}

// setStanding replaces a customer's tier or tags, by which flows and experiments
// choose; what is left out stays.
func (a *API) setStanding(ctx context.Context, in *standingInput) (*standingOutput, error) {
	out := new(standingOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := profile.Find(ctx, tx, a.Keeper, in.ID); err != nil {
			return err
		}
		if in.Body.Tier != nil {
			if err := standing.SetTier(ctx, tx, string(in.ID), strings.TrimSpace(*in.Body.Tier)); err != nil {
				return err
			}
		}
		if in.Body.Tags != nil {
			if err := standing.SetTags(ctx, tx, string(in.ID), *in.Body.Tags); err != nil {
				return err
			}
		}
		now, err := standing.Of(ctx, tx, string(in.ID))
		if err != nil {
			return err
		}
		out.Body.Tier, out.Body.Tags = now.Tier, append([]string{}, now.Tags...)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "customer.groups", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

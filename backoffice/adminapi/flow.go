package adminapi

import (
	"context"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

type flowBody struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Live      int64  `json:"live_version" doc:"0: none is published"`
	Draft     int64  `json:"draft_version" doc:"0: none is being written"`
	UpdatedAt string `json:"updated_at" format:"date-time"`
}

func (a *API) listFlows(ctx context.Context, in *PageInput) (*list[flowBody], error) {
	var bodies []flowBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, err := flow.List(ctx, tx, flow.ID(in.After), in.Limit)
		for _, f := range page {
			bodies = append(bodies, flowBody{string(f.ID), f.Name, f.Live, f.Draft, rfc3339(f.UpdatedAt)})
		}
		if len(page) == in.Limit {
			next = string(page[len(page)-1].ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type saveFlowInput struct {
	Body struct {
		ID       string        `json:"id,omitempty" doc:"Left out: a new flow"`
		Document flow.Document `json:"document"`
	}
}

type versionOutput struct {
	Body struct {
		ID       string        `json:"id"`
		Version  int64         `json:"version"`
		Status   string        `json:"status"`
		Document flow.Document `json:"document"`
	}
}

func versionOf(v flow.Version) *versionOutput {
	out := new(versionOutput)
	out.Body.ID, out.Body.Version, out.Body.Status, out.Body.Document = string(v.Flow), v.Version, string(v.State), v.Document
	return out
}

func (a *API) saveFlow(ctx context.Context, in *saveFlowInput) (out *versionOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := flow.Save(ctx, tx, flow.ID(in.Body.ID), in.Body.Document)
		if err != nil {
			return err
		}
		out = versionOf(v)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "flow.save", Subject: string(v.Flow)})
	})
	return out, err
}

type publishFlowInput struct {
	ID   flow.ID `path:"id"`
	Body struct {
		Version int64 `json:"version" minimum:"1"`
	}
}

// publishFlow gives a draft to visitors, or an older version again.
func (a *API) publishFlow(ctx context.Context, in *publishFlowInput) (out *versionOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := flow.Find(ctx, tx, in.ID, in.Body.Version)
		if err != nil {
			return err
		}
		put := flow.Publish
		if v.State == flow.StateArchived {
			put = flow.Rollback
		}
		if err := put(ctx, tx, in.ID, in.Body.Version); err != nil {
			return err
		}
		if v, err = flow.Find(ctx, tx, in.ID, in.Body.Version); err != nil {
			return err
		}
		out = versionOf(v)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "flow.publish", Subject: string(in.ID)})
	})
	return out, err
}

type chooseFlowInput struct {
	Body struct {
		Visit struct {
			Market        string   `json:"market" example:"DE"`
			Channel       string   `json:"channel,omitempty"`
			Locale        string   `json:"locale,omitempty"`
			Device        string   `json:"device,omitempty"`
			Campaign      string   `json:"campaign,omitempty"`
			CartTotal     int64    `json:"cart_total,omitempty"`
			CartItems     int64    `json:"cart_items,omitempty"`
			CartTags      []string `json:"cart_tags,omitempty"`
			CustomerKnown bool     `json:"customer_known,omitempty"`
			Orders        int64    `json:"customer_orders,omitempty"`
		} `json:"visit"`
	}
}

type whyBody struct {
	Flow    string `json:"flow"`
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Matched bool   `json:"matched"`
	Chosen  bool   `json:"chosen"`
	Clause  string `json:"clause,omitempty" doc:"The part of the trigger that did not hold"`
}

type chooseFlowOutput struct {
	Body struct {
		Flow    string    `json:"flow"`
		Version int64     `json:"version"`
		Arm     string    `json:"arm,omitempty"`
		Why     []whyBody `json:"why"`
	}
}

// chooseFlow says which flow a visit gets, and for every other why not.
func (a *API) chooseFlow(ctx context.Context, in *chooseFlowInput) (*chooseFlowOutput, error) {
	v := in.Body.Visit
	visit := flow.Visit{Market: v.Market, Channel: v.Channel, Locale: v.Locale, Device: v.Device, Campaign: v.Campaign,
		CartTotal: v.CartTotal, CartItems: v.CartItems, CartTags: v.CartTags, CustomerKnown: v.CustomerKnown, Orders: v.Orders}
	out := new(chooseFlowOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		verdicts, err := flow.Explain(ctx, tx, visit)
		for _, w := range verdicts {
			if w.Chosen {
				out.Body.Flow, out.Body.Version = string(w.Flow), w.Version
			}
			out.Body.Why = append(out.Body.Why, whyBody{string(w.Flow), w.Version, w.Name, w.Matched, w.Chosen, w.Clause})
		}
		return err
	})
	if err == nil && out.Body.Flow == "" {
		err = flow.ErrNone
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

package adminapi

import (
	"context"

	"korzo/customer/group"
	"korzo/platform/audit"
	"korzo/platform/db"
)

type customerGroupBody struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Members int64  `json:"members"`
}

func (a *API) listGroups(ctx context.Context, _ *struct{}) (*list[customerGroupBody], error) {
	var bodies []customerGroupBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := group.List(ctx, tx)
		for _, g := range all {
			bodies = append(bodies, customerGroupBody{string(g.ID), g.Name, g.Members})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type customerGroupOutput struct {
	Body customerGroupBody
}

type createGroupInput struct {
	Body struct {
		Name string `json:"name" maxLength:"200"`
	}
}

func (a *API) createGroup(ctx context.Context, in *createGroupInput) (*customerGroupOutput, error) {
	out := new(customerGroupOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		g, err := group.Create(ctx, tx, in.Body.Name)
		if err != nil {
			return err
		}
		out.Body = customerGroupBody{string(g.ID), g.Name, 0}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "customer_group.create", Subject: string(g.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type changeMembersInput struct {
	ID   group.ID `path:"id"`
	Body struct {
		Add    []string `json:"add,omitempty" maxItems:"1000" doc:"Customers' ids"`
		Remove []string `json:"remove,omitempty" maxItems:"1000"`
	}
}

func (a *API) changeMembers(ctx context.Context, in *changeMembersInput) (*struct{}, error) {
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if len(in.Body.Add) > 0 || len(in.Body.Remove) == 0 {
			err = group.Add(ctx, tx, in.ID, in.Body.Add)
		}
		if err == nil && len(in.Body.Remove) > 0 {
			err = group.Remove(ctx, tx, in.ID, in.Body.Remove)
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "customer_group.members", Subject: string(in.ID)})
	})
	return nil, err
}

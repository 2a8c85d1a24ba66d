package adminapi

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/promotion"
)

// codeRoutes are the codes of all promotions, one by one.
func (a *API) codeRoutes(r routes) {
	add(r, "GET", "/codes", "Promotions", "List the codes of all promotions", "promotions.read", a.listAllCodes)
	add(r, "GET", "/codes/{code}", "Promotions", "Show a code", "promotions.read", a.showCode)
	add(r, "PATCH", "/codes/{code}", "Promotions", "Limit a code", "promotions.write", a.limitCode)
	add(r, "DELETE", "/codes/{code}", "Promotions", "Take back a code that nobody has used", "promotions.write", a.removeCode)
}

// issuedBody is a code with the promotion it belongs to.
type issuedBody struct {
	codeBody
	Promotion string `json:"promotion"`
}

func issuedOf(c promotion.Issued) issuedBody {
	return issuedBody{codeBody{c.Code, c.UsageLimit, c.Used, c.CreatedAt}, string(c.Promotion)}
}

type listAllCodesInput struct {
	Promotion promotion.ID `query:"promotion" maxLength:"100" doc:"Left out: of all"`
	Query     string       `query:"q" maxLength:"100" doc:"How the code begins"`
	Left      string       `query:"left" enum:",open,spent" doc:"open may still be used, spent has reached its own limit"`
	Limit     int          `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After     string       `query:"after" maxLength:"200"`
}

func (a *API) listAllCodes(ctx context.Context, in *listAllCodesInput) (*list[issuedBody], error) {
	var bodies []issuedBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := promotion.Codes(ctx, tx, promotion.CodeFilter{Promotion: in.Promotion, Query: in.Query, Left: promotion.Left(in.Left), After: in.After, Limit: in.Limit})
		bodies = nil
		for _, c := range page {
			bodies = append(bodies, issuedOf(c))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type codeInput struct {
	Code string `path:"code" maxLength:"100" doc:"Whatever its capitals"`
}

type codeOutput struct {
	Body issuedBody
}

func (a *API) showCode(ctx context.Context, in *codeInput) (*codeOutput, error) {
	out := new(codeOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := promotion.FindIssued(ctx, tx, in.Code)
		out.Body = issuedOf(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type limitCodeInput struct {
	Code string `path:"code" maxLength:"100" doc:"Whatever its capitals"`
	Body struct {
		UsageLimit int64 `json:"usage_limit" minimum:"0" doc:"Uses of this code, those from before counted in; 0: as its promotion limits it"`
	}
}

func (a *API) limitCode(ctx context.Context, in *limitCodeInput) (*codeOutput, error) {
	out := new(codeOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := promotion.FindIssued(ctx, tx, in.Code)
		if err == nil {
			err = promotion.LimitCode(ctx, tx, in.Code, in.Body.UsageLimit)
		}
		if err != nil {
			return err
		}
		after, err := promotion.FindIssued(ctx, tx, in.Code)
		if out.Body = issuedOf(after); err != nil || before.UsageLimit == after.UsageLimit {
			return err
		}
		return a.auditCode(ctx, tx, "promotion.code_limited", after, "from", fmt.Sprint(before.UsageLimit), "to", fmt.Sprint(after.UsageLimit))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) removeCode(ctx context.Context, in *codeInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := promotion.FindIssued(ctx, tx, in.Code)
		if err == nil {
			err = promotion.RemoveCode(ctx, tx, in.Code)
		}
		if err != nil {
			return err
		}
		return a.auditCode(ctx, tx, "promotion.code_removed", c)
	})
}

func (a *API) auditCode(ctx context.Context, tx *db.Tx, action string, c promotion.Issued, detail ...string) error {
	all := map[string]string{"code": c.Code}
	for pair := range slices.Chunk(detail, 2) {
		all[pair[0]] = pair[1]
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(c.Promotion), Detail: all})
}

package adminapi

import (
	"context"
	"errors"

	"korzo/customer/profile"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/ledger"
)

func isErased(err error) bool { return errors.Is(err, profile.ErrErased) }

type ledgerOutput struct {
	Body struct {
		Balanced    bool            `json:"balanced"`
		Postings    int64           `json:"postings"`
		ByCommodity []commodityBody `json:"by_commodity"`
		Problems    []string        `json:"problems"`
	}
}

type commodityBody struct {
	Commodity string `json:"commodity"`
	Sum       int64  `json:"sum"`
	Entries   int64  `json:"entries"`
}

func (a *API) checkLedger(ctx context.Context, _ *struct{}) (*ledgerOutput, error) {
	out := new(ledgerOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := ledger.Check(ctx, tx)
		out.Body.Balanced, out.Body.Postings, out.Body.Problems = r.Balanced, r.Postings, append([]string{}, r.Problems...)
		out.Body.ByCommodity = []commodityBody{}
		for _, c := range r.ByCommodity {
			out.Body.ByCommodity = append(out.Body.ByCommodity, commodityBody{c.Commodity, c.Sum, c.Entries})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type exceptionBody struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Ref        string `json:"ref"`
	Text       string `json:"text"`
	Count      int64  `json:"count"`
	Owner      string `json:"owner,omitempty"`
	Status     string `json:"status" doc:"open or resolved"`
	FirstAt    string `json:"first_at" format:"date-time"`
	LastAt     string `json:"last_at" format:"date-time"`
	ResolvedAt string `json:"resolved_at,omitempty" format:"date-time"`
	ResolvedBy string `json:"resolved_by,omitempty"`
	Note       string `json:"note,omitempty"`
}

func exceptionOf(e exception.Exception) exceptionBody {
	status := "resolved"
	if e.IsOpen() {
		status = "open"
	}
	return exceptionBody{e.ID, e.Kind, e.Ref, e.Text, e.Count, e.Owner, status, rfc3339(e.FirstAt), rfc3339(e.LastAt),
		rfc3339(e.ResolvedAt), e.ResolvedBy, e.Note}
}

type listExceptionsInput struct {
	PageInput
	All bool `query:"all" doc:"The resolved ones too"`
}

func (a *API) listExceptions(ctx context.Context, in *listExceptionsInput) (*list[exceptionBody], error) {
	if err := in.behind("exc"); err != nil {
		return nil, err
	}
	var bodies []exceptionBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, err := exception.List(ctx, tx, exception.Filter{Open: !in.All, After: in.After, Limit: in.Limit})
		for _, e := range page {
			bodies = append(bodies, exceptionOf(e))
		}
		if len(page) == in.Limit {
			next = page[len(page)-1].ID
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type resolveInput struct {
	ID   string `path:"id"`
	Body struct {
		Note string `json:"note" doc:"What was done"`
	}
}

type exceptionOutput struct {
	Body exceptionBody
}

func (a *API) resolveException(ctx context.Context, in *resolveInput) (*exceptionOutput, error) {
	out := new(exceptionOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		actor := string(from(ctx).ID)
		if err := exception.Resolve(ctx, tx, in.ID, actor, in.Body.Note); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "exception.resolve", Subject: in.ID}); err != nil {
			return err
		}
		e, err := exception.Find(ctx, tx, in.ID)
		out.Body = exceptionOf(e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

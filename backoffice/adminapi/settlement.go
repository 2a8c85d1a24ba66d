package adminapi

import (
	"bytes"
	"context"
	"encoding/json"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
)

// statementBody is a statement as the API promises it.
type statementBody struct {
	ID        string             `json:"id"`
	Source    string             `json:"source" doc:"A gateway, or bank"`
	Format    string             `json:"format"`
	Name      string             `json:"name"`
	Status    string             `json:"status" doc:"reading, read: being matched; matched"`
	Rows      int64              `json:"rows"`
	Known     int64              `json:"known" doc:"Rows that an earlier statement had"`
	From      string             `json:"from,omitempty" format:"date-time"`
	Until     string             `json:"until,omitempty" format:"date-time"`
	ReadAt    string             `json:"read_at" format:"date-time"`
	MatchedAt string             `json:"matched_at,omitempty" format:"date-time"`
	Again     bool               `json:"again,omitempty" doc:"The same file was read before; nothing was read twice"`
	Verdicts  []statementVerdict `json:"verdicts,omitempty"`
}

type statementVerdict struct {
	Verdict string     `json:"verdict" doc:"matched, undone, or a kind of difference; empty until it is matched"`
	Rows    int64      `json:"rows"`
	Gross   amountBody `json:"gross"`
	Fee     amountBody `json:"fee"`
}

func statementOf(f settlement.File) statementBody {
	return statementBody{ID: string(f.ID), Source: f.Source, Format: f.Format, Name: f.Name, Status: f.State, Rows: f.Rows, Known: f.Known,
		From: rfc3339(f.From), Until: rfc3339(f.Until), ReadAt: rfc3339(f.ReadAt), MatchedAt: rfc3339(f.MatchedAt)}
}

type uploadInput struct {
	Source  string `query:"source" required:"true" maxLength:"60" doc:"The gateway the report is of, or bank"`
	Format  string `query:"format" required:"true" enum:"stripe,paypal,camt053,remittance,generic" doc:"remittance is a carrier's list of cash it collected: reference (ours, or the order's number), amount, currency, remittance, date and perhaps fee"`
	Name    string `query:"name" maxLength:"200" doc:"The file's name"`
	Mapping string `query:"mapping" maxLength:"4000" doc:"Of a generic table or a remittance, as JSON: which column is id, amount, currency, at, kind, reference, fee, payout"`
	RawBody []byte `contentType:"text/csv" doc:"The file as it is, up to 1 MB; a larger one in parts, or on the admin's page"`
}

type statementOutput struct {
	Body statementBody
}

// uploadStatement reads a statement. The same file again changes nothing.
func (a *API) uploadStatement(ctx context.Context, in *uploadInput) (*statementOutput, error) {
	var m statement.Mapping
	if in.Mapping != "" {
		if err := json.Unmarshal([]byte(in.Mapping), &m); err != nil {
			return nil, statement.ErrFormat.With("the mapping is no JSON object of column names")
		}
	}
	actor := string(from(ctx).ID)
	f, again, err := a.Settle.Read(ctx, settlement.Upload{Source: in.Source, Format: in.Format, Name: in.Name, Text: bytes.NewReader(in.RawBody), Mapping: m, Actor: actor})
	if err != nil {
		return nil, err
	}
	if !again {
		if err := a.DB.Write(ctx, func(tx *db.Tx) error {
			return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "settlement.read", Subject: string(f.ID)})
		}); err != nil {
			return nil, err
		}
	}
	out := &statementOutput{statementOf(f)}
	out.Body.Again = again
	return out, nil
}

func (a *API) listStatements(ctx context.Context, in *PageInput) (*list[statementBody], error) {
	var bodies []statementBody
	next := settlement.ID("")
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		files, after, err := settlement.List(ctx, tx, settlement.ID(in.After), in.Limit)
		for _, f := range files {
			bodies = append(bodies, statementOf(f))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

type statementInput struct {
	ID settlement.ID `path:"id"`
}

func (a *API) showStatement(ctx context.Context, in *statementInput) (*statementOutput, error) {
	out := new(statementOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		f, err := settlement.Find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body = statementOf(f)
		counts, err := settlement.Counts(ctx, tx, in.ID)
		for _, c := range counts {
			out.Body.Verdicts = append(out.Body.Verdicts, statementVerdict{string(c.Verdict), c.Rows, amountOf(c.Gross), amountOf(c.Fee)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

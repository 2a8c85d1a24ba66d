package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
)

func (a *API) statementRoutes(r routes) {
	add(r, "GET", "/settlements", "Payments", "List statements", "ledger.read", a.listStatements)
	add(r, "POST", "/settlements", "Payments", "Read a statement", "payments.capture", a.uploadStatement)
	add(r, "POST", "/settlements/preview", "Payments", "Preview a statement", "payments.capture", a.previewStatement)
	add(r, "GET", "/settlements/{id}", "Payments", "Show a statement", "ledger.read", a.showStatement)
}

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
	Format  string `query:"format" required:"true" enum:"stripe,paypal,camt053,remittance,generic" doc:"remittance is a carrier's list of cash it collected: reference (ours, the order's number or the carrier's of the parcel), amount, currency, remittance, date and perhaps fee"`
	Name    string `query:"name" maxLength:"200" doc:"The file's name"`
	Mapping string `query:"mapping" maxLength:"4000" doc:"Of a generic table or a remittance, as JSON: which column is id, amount, currency, at, kind, reference, gateway_id, fee, payout, text; kinds (the file's word to ours), in (the currency of all rows), minor, comma and month_first say how it is written. What a table was read with is remembered for its source and taken when none is given"`
	RawBody []byte `contentType:"text/csv" doc:"The file as it is, up to 1 MB; a larger one in parts, or on the admin's page"`
}

type statementOutput struct {
	Body statementBody
}

// upload is the statement that was sent, by whom.
func (in *uploadInput) upload(ctx context.Context) (settlement.Upload, error) {
	u := settlement.Upload{Source: in.Source, Format: in.Format, Name: in.Name, Text: bytes.NewReader(in.RawBody), Actor: string(from(ctx).ID)}
	if in.Mapping != "" {
		if err := json.Unmarshal([]byte(in.Mapping), &u.Mapping); err != nil {
			return u, statement.ErrFormat.With("the mapping is no JSON object of column names")
		}
	}
	return u, nil
}

// uploadStatement reads a statement. The same file again changes nothing.
func (a *API) uploadStatement(ctx context.Context, in *uploadInput) (*statementOutput, error) {
	u, err := in.upload(ctx)
	if err != nil {
		return nil, err
	}
	f, again, err := a.Settle.Read(ctx, u)
	if err != nil {
		return nil, err
	}
	if !again {
		if err := a.DB.Write(ctx, func(tx *db.Tx) error {
			return audit.Record(ctx, tx, audit.Entry{Actor: u.Actor, Action: "settlement.read", Subject: string(f.ID)})
		}); err != nil {
			return nil, err
		}
	}
	out := &statementOutput{statementOf(f)}
	out.Body.Again = again
	return out, nil
}

// mappedBody is what reading a table would come to, as the API promises it.
type mappedBody struct {
	Columns    []string           `json:"columns" doc:"The file's"`
	Samples    [][]string         `json:"samples" doc:"The first rows"`
	Words      []string           `json:"words,omitempty" doc:"That stand in the column of kinds"`
	Mapping    statementMapping   `json:"mapping" doc:"As it was sent, else as it is remembered, else a guess"`
	Remembered bool               `json:"remembered"`
	Problem    *unfitBody         `json:"problem,omitempty" doc:"Why it cannot be read so"`
	Rows       int64              `json:"rows"`
	From       string             `json:"from,omitempty" format:"date-time"`
	Until      string             `json:"until,omitempty" format:"date-time"`
	Looked     int64              `json:"looked" doc:"How many of the first rows were held against the books"`
	Known      int64              `json:"known" doc:"Of these, rows that an earlier statement had"`
	Verdicts   []statementVerdict `json:"verdicts,omitempty" doc:"Of these"`
}

// statementMapping says which column is what, as the API promises it.
type statementMapping statement.Mapping

type unfitBody struct {
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field,omitempty" doc:"Of the mapping, that is to be said anew"`
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	Reason string `json:"reason" doc:"unset, column, empty, twice, amount, currency, time or kind"`
	Text   string `json:"text"`
}

type mappedOutput struct {
	Body mappedBody
}

// previewStatement says what a table would come to, and keeps nothing.
func (a *API) previewStatement(ctx context.Context, in *uploadInput) (*mappedOutput, error) {
	u, err := in.upload(ctx)
	if err != nil {
		return nil, err
	}
	if !settlement.Mapped(u.Format) {
		return nil, statement.ErrFormat.With("only a generic table or a remittance is previewed; the columns of other formats are known")
	}
	p, err := a.Settle.Preview(ctx, u)
	unfit, wrong := errors.AsType[*statement.Unfit](err)
	if err != nil && !wrong {
		return nil, err
	}
	out := &mappedOutput{mappedBody{Columns: p.Table.Columns, Samples: p.Table.Rows, Words: p.Table.Words, Mapping: statementMapping(p.Mapping), Remembered: p.Remembered,
		Rows: p.Rows, From: rfc3339(p.From), Until: rfc3339(p.Until), Looked: p.Looked, Known: p.Known}}
	if wrong {
		out.Body.Problem = &unfitBody{unfit.Line, unfit.Field, unfit.Column, unfit.Value, string(unfit.Reason), unfit.Error()}
	}
	for _, c := range p.Counts {
		out.Body.Verdicts = append(out.Body.Verdicts, statementVerdict{string(c.Verdict), c.Rows, amountOf(c.Gross), amountOf(c.Fee)})
	}
	return out, nil
}

func (a *API) listStatements(ctx context.Context, in *PageInput) (*list[statementBody], error) {
	if err := in.behind("stl"); err != nil {
		return nil, err
	}
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

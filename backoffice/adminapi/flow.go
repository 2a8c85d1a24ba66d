package adminapi

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/flaw"
	"korzo/platform/web"
	"korzo/purchase/flow"
)

func (a *API) flowRoutes(r routes) {
	add(r, "GET", "/flows", "Flows", "List flows", "flows.read", a.listFlows)
	add(r, "POST", "/flows", "Flows", "Save a flow's draft", "flows.write", a.saveFlow)
	add(r, "GET", "/flows/schema", "Flows", "Show the JSON Schema of a flow", "flows.read", a.flowSchema)
	add(r, "GET", "/flows/facts", "Flows", "List the facts a trigger may use", "flows.read", a.flowFacts)
	add(r, "POST", "/flows/choose", "Flows", "Explain which flow a visit gets", "flows.read", a.chooseFlow)
	add(r, "GET", "/flows/{id}/versions", "Flows", "List a flow's versions", "flows.read", a.listFlowVersions)
	add(r, "GET", "/flows/{id}/versions/{version}", "Flows", "Download a version as a file", "flows.read", a.exportFlow)
	add(r, "GET", "/flows/{id}/diff", "Flows", "Compare two versions", "flows.read", a.diffFlow)
	add(r, "POST", "/flows/{id}/simulate", "Flows", "Replay the latest visits against a draft", "flows.read", a.simulateFlow)
	add(r, "GET", "/flows/{id}/figures", "Flows", "Show what became of a flow's checkouts", "reports.read", a.showFunnel)
	add(r, "POST", "/flows/{id}/publish", "Flows", "Publish a flow, now or at a time", "flows.write", a.publishFlow)
}

type flowBody struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Live      int64  `json:"live_version" doc:"0: none is published"`
	Draft     int64  `json:"draft_version" doc:"0: none is being written"`
	UpdatedAt string `json:"updated_at" format:"date-time"`
}

func (a *API) listFlows(ctx context.Context, in *PageInput) (*list[flowBody], error) {
	if err := in.behind("flw"); err != nil {
		return nil, err
	}
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

// FlowReader is whose language the problems of what they wrote are told in.
type FlowReader struct {
	Language string `header:"Accept-Language" doc:"en, de or hu: the language in which problems are told" example:"de"`
}

// sayFlow is a failure with the problems of a flow's document in the caller's
// language, a field each with its stable code.
func (a *API) sayFlow(r FlowReader, err error) error {
	wrong, ok := errors.AsType[*flow.Invalid](err)
	if !ok {
		return err
	}
	l := a.Catalog.Locale(r.Language)
	fields := make([]web.Field, len(wrong.Problems))
	for i, p := range wrong.Problems {
		fields[i] = web.Field{Field: p.Field, Code: p.Code, Message: p.In(l)}
	}
	text := wrong.In(l)
	if l.Tag() == "en" {
		text = wrong.Error() // programs know the fields by their own names
	}
	return web.WithFields(flow.ErrInvalid.With(text), fields...)
}

// sayFlaws is a failure with what is wrong with each field in the caller's language.
func (a *API) sayFlaws(r FlowReader, err error) error {
	wrong, ok := errors.AsType[*flaw.Error](err)
	if !ok {
		return err
	}
	l := a.Catalog.Locale(r.Language)
	fields := make([]web.Field, len(wrong.Flaws))
	for i, f := range wrong.Flaws {
		fields[i] = web.Field{Field: f.Field, Code: f.ID, Message: f.In(l)}
	}
	return web.WithFields(wrong.Fault(l), fields...)
}

type saveFlowInput struct {
	FlowReader
	Body struct {
		ID       string          `json:"id,omitempty" doc:"Left out: a new flow"`
		Document json.RawMessage `json:"document" doc:"As GET /flows/schema says. A field that is not known there is refused by name."`
	}
}

type versionOutput struct {
	Body struct {
		ID        string        `json:"id"`
		Version   int64         `json:"version"`
		Status    string        `json:"status"`
		Document  flow.Document `json:"document"`
		PublishAt string        `json:"publish_at,omitempty" format:"date-time" doc:"When a draft publishes itself"`
	}
}

func versionOf(v flow.Version) *versionOutput {
	out := new(versionOutput)
	out.Body.ID, out.Body.Version, out.Body.Status, out.Body.Document = string(v.Flow), v.Version, string(v.State), v.Document
	if !v.PublishAt.IsZero() {
		out.Body.PublishAt = rfc3339(v.PublishAt)
	}
	return out
}

func (a *API) saveFlow(ctx context.Context, in *saveFlowInput) (out *versionOutput, err error) {
	doc, err := flow.Import(in.Body.Document)
	if err != nil {
		return nil, a.sayFlow(in.FlowReader, err)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := flow.Save(ctx, tx, flow.ID(in.Body.ID), doc)
		if err != nil {
			return err
		}
		out = versionOf(v)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "flow.save", Subject: string(v.Flow)})
	})
	return out, err
}

type publishFlowInput struct {
	FlowReader
	ID   flow.ID `path:"id"`
	Body struct {
		Version int64      `json:"version" minimum:"1"`
		At      *time.Time `json:"at,omitempty" doc:"When the draft is to publish itself; left out: now" example:"2030-12-01T00:00:00Z"`
	}
}

// publishFlow gives a draft to visitors, now or at a time, or an older version again.
func (a *API) publishFlow(ctx context.Context, in *publishFlowInput) (out *versionOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := flow.Find(ctx, tx, in.ID, in.Body.Version)
		if err != nil {
			return err
		}
		put := flow.Publish
		switch {
		case in.Body.At != nil:
			put = func(ctx context.Context, tx *db.Tx, id flow.ID, version int64) error {
				return flow.PublishAt(ctx, tx, id, version, *in.Body.At)
			}
		case v.State == flow.StateArchived:
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
	return out, a.sayFlow(in.FlowReader, err)
}

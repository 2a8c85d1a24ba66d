package adminapi

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

type simulateFlowInput struct {
	FlowReader
	ID   flow.ID `path:"id" doc:"A flow; new stands for one there is not yet"`
	Body struct {
		Version  int64           `json:"version,omitempty" doc:"Which version of it; left out: its draft, or else the newest"`
		Document json.RawMessage `json:"document,omitempty" doc:"Instead of a version: a document that was not saved"`
		Visits   int             `json:"visits,omitempty" minimum:"1" maximum:"2000" default:"500" doc:"How many of the latest visits are replayed"`
	}
}

type fateBody struct {
	Flow     string `json:"flow"`
	Name     string `json:"name"`
	Priority int64  `json:"priority"`
	Draft    bool   `json:"draft" doc:"It is the document that is simulated"`
	Before   int    `json:"before" doc:"Visits it gets today"`
	After    int    `json:"after"`
	Matched  int    `json:"matched" doc:"Visits its trigger is true for, whoever gets them"`
	Reach    string `json:"reach" enum:"reached,silent,shadowed,unreachable" doc:"silent: true for no visit; shadowed: always taken by another; unreachable: a flow for everyone is asked before it"`
	By       string `json:"by,omitempty" doc:"The name of the flow that takes its visits"`
}

type passBody struct {
	From    string            `json:"from,omitempty" doc:"Left out: no flow"`
	To      string            `json:"to,omitempty"`
	Visits  int               `json:"visits"`
	Changes []fieldChangeBody `json:"changes,omitempty" doc:"What they would see differently"`
}

type simulateFlowOutput struct {
	Body struct {
		Visits int        `json:"visits" doc:"That were replayed"`
		Got    int        `json:"got" doc:"That would be given the document"`
		Nobody int        `json:"nobody" doc:"That no flow would take"`
		Flows  []fateBody `json:"flows" doc:"In the order they would be asked"`
		Moves  []passBody `json:"moves" doc:"Visits that would be given something else, the largest group first"`
		Facts  []string   `json:"facts" doc:"That the document's trigger speaks of"`
	}
}

// simulateFlow changes nothing.
func (a *API) simulateFlow(ctx context.Context, in *simulateFlowInput) (*simulateFlowOutput, error) {
	var s flow.Simulation
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		id, doc, err := in.document(ctx, tx)
		if err != nil {
			return err
		}
		visits, err := checkout.Replays(ctx, tx, in.Body.Visits)
		if err != nil {
			return err
		}
		s, err = flow.Simulate(ctx, tx, id, doc, visits)
		return err
	})
	if err != nil {
		return nil, a.sayFlow(in.FlowReader, err)
	}
	out := new(simulateFlowOutput)
	out.Body.Visits, out.Body.Got, out.Body.Nobody, out.Body.Facts = s.Visits, s.Got, s.Nobody, append([]string{}, s.Asked...)
	out.Body.Flows, out.Body.Moves = []fateBody{}, []passBody{}
	for _, f := range s.Fates {
		reach := string(f.Reach)
		if reach == "" {
			reach = "reached"
		}
		out.Body.Flows = append(out.Body.Flows, fateBody{string(f.Flow), f.Name, f.Priority, f.Draft, f.Before, f.After, f.Matched, reach, f.By})
	}
	for _, m := range s.Moves {
		b := passBody{From: string(m.From.Flow), To: string(m.To.Flow), Visits: m.Visits}
		for _, c := range m.Changes {
			b.Changes = append(b.Changes, fieldChangeBody{c.Field, json.RawMessage(c.Before), json.RawMessage(c.After)})
		}
		out.Body.Moves = append(out.Body.Moves, b)
	}
	return out, nil
}

// document is what is simulated, and as which flow.
func (in *simulateFlowInput) document(ctx context.Context, tx *db.Tx) (flow.ID, flow.Document, error) {
	id := in.ID
	if id == "new" {
		id = ""
	}
	if len(in.Body.Document) > 0 {
		doc, err := flow.Import(in.Body.Document)
		return id, doc, err
	}
	n := in.Body.Version
	if n == 0 {
		all, err := flow.Versions(ctx, tx, in.ID)
		if err != nil {
			return "", flow.Document{}, err
		}
		n = all[0].Version
	}
	v, err := flow.Find(ctx, tx, in.ID, n)
	return id, v.Document, err
}

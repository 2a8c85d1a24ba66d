package adminapi

import (
	"context"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/dispute"
)

// disputeBody is a dispute as the API promises it.
type disputeBody struct {
	ID       string         `json:"id"`
	Gateway  string         `json:"gateway"`
	Theirs   string         `json:"gateway_id" doc:"The gateway's own name"`
	Payment  string         `json:"payment"`
	Order    string         `json:"order,omitempty"`
	Status   string         `json:"status" doc:"open, answered, won, lost"`
	Reason   string         `json:"reason,omitempty"`
	Amount   amountBody     `json:"amount"`
	Taken    bool           `json:"taken" doc:"The money has left the shop's account at the gateway"`
	DueAt    string         `json:"due_at,omitempty" format:"date-time"`
	OpenedAt string         `json:"opened_at" format:"date-time"`
	ClosedAt string         `json:"closed_at,omitempty" format:"date-time"`
	Evidence []evidenceBody `json:"evidence,omitempty"`
}

type evidenceBody struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	File  string `json:"file,omitempty"`
	Actor string `json:"actor"`
	At    string `json:"at" format:"date-time"`
}

func disputeOf(d dispute.Dispute) disputeBody {
	return disputeBody{ID: string(d.ID), Gateway: d.Gateway, Theirs: d.Theirs, Payment: string(d.Payment), Order: string(d.Order), Status: string(d.State),
		Reason: d.Reason, Amount: amountOf(d.Amount), Taken: d.Taken, DueAt: rfc3339(d.DueAt), OpenedAt: rfc3339(d.OpenedAt), ClosedAt: rfc3339(d.ClosedAt)}
}

type listDisputesInput struct {
	PageInput
	Status string `query:"status" enum:"open,answered,won,lost"`
}

func (a *API) listDisputes(ctx context.Context, in *listDisputesInput) (*list[disputeBody], error) {
	if err := in.behind("dsp"); err != nil {
		return nil, err
	}
	var bodies []disputeBody
	next := dispute.ID("")
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := dispute.List(ctx, tx, dispute.State(in.Status), dispute.ID(in.After), in.Limit)
		for _, d := range page {
			bodies = append(bodies, disputeOf(d))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

type disputeInput struct {
	ID dispute.ID `path:"id"`
}

type disputeOutput struct{ Body disputeBody }

func (a *API) showDispute(ctx context.Context, in *disputeInput) (*disputeOutput, error) {
	out := new(disputeOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = loadDispute(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func loadDispute(ctx context.Context, tx *db.Tx, id dispute.ID) (disputeBody, error) {
	d, err := dispute.Find(ctx, tx, id)
	if err != nil {
		return disputeBody{}, err
	}
	b := disputeOf(d)
	all, err := dispute.AllEvidence(ctx, tx, id)
	for _, e := range all {
		b.Evidence = append(b.Evidence, evidenceBody{e.ID, e.Text, e.File, e.Actor, rfc3339(e.At)})
	}
	return b, err
}

type evidenceInput struct {
	ID   dispute.ID `path:"id"`
	Body struct {
		Text    string `json:"text" minLength:"1" maxLength:"5000"`
		File    string `json:"file,omitempty" maxLength:"200" doc:"A file's name"`
		Content []byte `json:"content,omitempty" doc:"The file, in base64"`
	}
}

func (a *API) addEvidence(ctx context.Context, in *evidenceInput) (*disputeOutput, error) {
	return a.actOnDispute(ctx, in.ID, "dispute.evidence", func(tx *db.Tx) error {
		_, err := dispute.AddEvidence(ctx, tx, dispute.Evidence{Dispute: in.ID, Actor: string(from(ctx).ID), Text: in.Body.Text, File: in.Body.File, Content: in.Body.Content})
		return err
	})
}

type decideInput struct {
	ID   dispute.ID `path:"id"`
	Body struct {
		Status string `json:"status" enum:"answered,won,lost" doc:"answered: the evidence was given; won, lost: how the bank decided, of a gateway that does not tell"`
	}
}

func (a *API) decideDispute(ctx context.Context, in *decideInput) (*disputeOutput, error) {
	return a.actOnDispute(ctx, in.ID, "dispute."+in.Body.Status, func(tx *db.Tx) error {
		if in.Body.Status == string(dispute.StateAnswered) {
			return dispute.Answered(ctx, tx, in.ID)
		}
		return dispute.Close(ctx, tx, in.ID, dispute.State(in.Body.Status))
	})
}

func (a *API) actOnDispute(ctx context.Context, id dispute.ID, action string, act func(tx *db.Tx) error) (*disputeOutput, error) {
	out := new(disputeOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err = act(tx); err != nil {
			return err
		}
		if out.Body, err = loadDispute(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(id)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

package adminapi

import (
	"context"

	"korzo/engagement/message"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// wordingRoutes are those of messages in a merchant's own words.
func (a *API) wordingRoutes(r routes) {
	add(r, "GET", "/wordings", "Content", "List versions of messages", "messages.read", a.listWordings)
	add(r, "POST", "/wordings", "Content", "Write a version of a message", "messages.write", a.createWording)
	add(r, "POST", "/wordings/{id}/status", "Content", "Write a version to everybody, give our own words back, or retire it", "messages.write", a.moveWording)
}

// wordingDraft is a draft under a name of its own.
type wordingDraft message.WordingDraft

type wordingBody struct {
	ID     string       `json:"id"`
	Status string       `json:"status" enum:"kept,standing,retired"`
	MadeAt string       `json:"made_at" format:"date-time"`
	Draft  wordingDraft `json:"wording"`
}

func wordingOf(w message.Wording) wordingBody {
	return wordingBody{string(w.ID), w.State, rfc3339(w.MadeAt), wordingDraft(w.WordingDraft)}
}

type wordingOutput struct{ Body wordingBody }

func (a *API) listWordings(ctx context.Context, _ *struct{}) (*list[wordingBody], error) {
	bodies := []wordingBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := message.Wordings(ctx, tx)
		for _, w := range all {
			bodies = append(bodies, wordingOf(w))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type createWordingInput struct {
	FlowReader
	Body wordingDraft
}

// createWording keeps a version; an experiment's arm names it as {"wording": id}.
func (a *API) createWording(ctx context.Context, in *createWordingInput) (*wordingOutput, error) {
	out, err := a.keepWording(ctx, "create", func(tx *db.Tx) (message.WordingID, error) {
		return message.CreateWording(ctx, tx, message.WordingDraft(in.Body))
	})
	return out, a.sayFlaws(in.FlowReader, err)
}

type moveWordingInput struct {
	ID   message.WordingID `path:"id"`
	Body struct {
		Action string `json:"action" enum:"stand,reset,retire" doc:"reset gives our own words of the same message back"`
	}
}

func (a *API) moveWording(ctx context.Context, in *moveWordingInput) (*wordingOutput, error) {
	return a.keepWording(ctx, in.Body.Action, func(tx *db.Tx) (message.WordingID, error) {
		w, err := message.FindWording(ctx, tx, in.ID)
		if err != nil {
			return "", err
		}
		switch in.Body.Action {
		case "stand":
			err = message.Stand(ctx, tx, w.ID)
		case "reset":
			err = message.Reset(ctx, tx, w.Kind)
		default:
			err = message.Retire(ctx, tx, w.ID)
		}
		return w.ID, err
	})
}

// keepWording runs a verb with its line in the audit.
func (a *API) keepWording(ctx context.Context, action string, verb func(tx *db.Tx) (message.WordingID, error)) (out *wordingOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := verb(tx)
		if err != nil {
			return err
		}
		w, err := message.FindWording(ctx, tx, id)
		if err != nil {
			return err
		}
		out = &wordingOutput{wordingOf(w)}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "wording." + action, Subject: string(id)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

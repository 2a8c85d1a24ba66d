package adminapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/audit"
	"korzo/platform/db"
)

type transferBody struct {
	ID       string             `json:"id"`
	From     string             `json:"from"`
	To       string             `json:"to"`
	Status   string             `json:"status" enum:"draft,in_transit,received,cancelled"`
	Expected string             `json:"expected,omitempty"`
	Note     string             `json:"note,omitempty"`
	Created  string             `json:"created_at" format:"date-time"`
	Sent     string             `json:"sent_at,omitempty" format:"date-time"`
	Closed   string             `json:"closed_at,omitempty" format:"date-time"`
	Lines    []transferLineBody `json:"lines,omitempty" doc:"Left out in lists"`
}

type transferLineBody struct {
	SKU      string `json:"sku"`
	Units    int64  `json:"units"`
	Received int64  `json:"received"`
	Missing  int64  `json:"missing"`
	Left     int64  `json:"in_transit" doc:"Still on the way, or to be sent"`
}

func transferOf(t inventory.Transfer, skus map[catalog.VariantID]string) transferBody {
	b := transferBody{ID: string(t.ID), From: t.From, To: t.To, Status: string(t.State), Expected: t.Expected.String(), Note: t.Note,
		Created: rfc3339(t.CreatedAt), Sent: rfc3339(t.SentAt), Closed: rfc3339(t.ClosedAt)}
	for _, l := range t.Lines {
		b.Lines = append(b.Lines, transferLineBody{skus[l.Variant], l.Units, l.Received, l.Missing, l.Left()})
	}
	return b
}

// fullTransfer is a transfer with its lines by SKU.
func fullTransfer(ctx context.Context, tx *db.Tx, t inventory.Transfer) (transferBody, error) {
	vs := make([]catalog.VariantID, len(t.Lines))
	for i, l := range t.Lines {
		vs[i] = l.Variant
	}
	skus, err := skusOf(ctx, tx, vs)
	return transferOf(t, skus), err
}

type listTransfersInput struct {
	Status   string `query:"status" enum:"draft,in_transit,received,cancelled"`
	Location string `query:"location" maxLength:"50" doc:"Where it leaves or comes to"`
	PageInput
}

func (a *API) listTransfers(ctx context.Context, in *listTransfersInput) (*list[transferBody], error) {
	if err := in.behind("trf"); err != nil {
		return nil, err
	}
	var bodies []transferBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Transfers(ctx, tx, inventory.TransferFilter{State: inventory.TransferState(in.Status), Location: in.Location, After: inventory.TransferID(in.After), Limit: in.Limit})
		for _, t := range all {
			bodies = append(bodies, transferOf(t, nil))
		}
		if n := len(all); n == in.Limit {
			next = string(all[n-1].ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type transferPlanBody struct {
	From     string    `json:"from" example:"loc_berlin"`
	To       string    `json:"to" example:"loc_york"`
	Expected string    `json:"expected,omitempty" example:"2030-01-31"`
	Note     string    `json:"note,omitempty" maxLength:"200"`
	Lines    []skuLine `json:"lines" minItems:"1" maxItems:"200"`
}

func (b transferPlanBody) plan(ctx context.Context, tx *db.Tx) (p inventory.TransferPlan, err error) {
	p = inventory.TransferPlan{From: b.From, To: b.To, Note: b.Note, Actor: string(from(ctx).ID)}
	if p.Expected, err = dayOf(b.Expected); err == nil {
		p.Lines, err = linesOf(ctx, tx, b.Lines)
	}
	return p, err
}

type createTransferInput struct {
	Body transferPlanBody
}

type transferOutput struct {
	Body transferBody
}

func (a *API) createTransfer(ctx context.Context, in *createTransferInput) (*transferOutput, error) {
	return a.transfer(ctx, "transfer.create", func(tx *db.Tx) (t inventory.Transfer, err error) {
		p, err := in.Body.plan(ctx, tx)
		if err != nil {
			return t, err
		}
		return inventory.CreateTransfer(ctx, tx, p)
	})
}

// transfer does something with a transfer and shows it.
func (a *API) transfer(ctx context.Context, action string, do func(tx *db.Tx) (inventory.Transfer, error)) (*transferOutput, error) {
	out := new(transferOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = a.moved(ctx, tx, action, do)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) moved(ctx context.Context, tx *db.Tx, action string, do func(tx *db.Tx) (inventory.Transfer, error)) (transferBody, error) {
	t, err := do(tx)
	if err != nil {
		return transferBody{}, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(t.ID)}); err != nil {
		return transferBody{}, err
	}
	return fullTransfer(ctx, tx, t)
}

type transferInput struct {
	ID inventory.TransferID `path:"id"`
}

func (a *API) showTransfer(ctx context.Context, in *transferInput) (*transferOutput, error) {
	out := new(transferOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := inventory.FindTransfer(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body, err = fullTransfer(ctx, tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type changeTransferInput struct {
	ID   inventory.TransferID `path:"id"`
	Body transferPlanBody
}

func (a *API) changeTransfer(ctx context.Context, in *changeTransferInput) (*transferOutput, error) {
	return a.transfer(ctx, "transfer.change", func(tx *db.Tx) (t inventory.Transfer, err error) {
		p, err := in.Body.plan(ctx, tx)
		if err != nil {
			return t, err
		}
		return inventory.ChangeTransfer(ctx, tx, in.ID, p)
	})
}

func (a *API) sendTransfer(ctx context.Context, in *transferInput) (*transferOutput, error) {
	return a.transfer(ctx, "transfer.send", func(tx *db.Tx) (inventory.Transfer, error) {
		return inventory.SendTransfer(ctx, tx, in.ID, string(from(ctx).ID))
	})
}

func (a *API) cancelTransfer(ctx context.Context, in *transferInput) (*transferOutput, error) {
	return a.transfer(ctx, "transfer.cancel", func(tx *db.Tx) (inventory.Transfer, error) {
		if err := inventory.CancelTransfer(ctx, tx, in.ID); err != nil {
			return inventory.Transfer{}, err
		}
		return inventory.FindTransfer(ctx, tx, in.ID)
	})
}

type receiveInput struct {
	ID      inventory.TransferID `path:"id"`
	Key     string               `header:"Idempotency-Key" doc:"Required: the same key and body is received once"`
	RawBody []byte
	Body    struct {
		Lines []skuLine `json:"lines" minItems:"1" maxItems:"200" doc:"What came, whole or in part"`
	}
}

func (a *API) receiveTransfer(ctx context.Context, in *receiveInput) (*bytesOutput, error) {
	return a.once(ctx, "transfer.receive "+string(in.ID), in.Key, in.RawBody, func(tx *db.Tx) (any, error) {
		return a.moved(ctx, tx, "transfer.receive", func(tx *db.Tx) (t inventory.Transfer, err error) {
			lines, err := linesOf(ctx, tx, in.Body.Lines)
			if err != nil {
				return t, err
			}
			return inventory.ReceiveTransfer(ctx, tx, in.ID, lines, string(from(ctx).ID))
		})
	})
}

type closeTransferInput struct {
	ID   inventory.TransferID `path:"id"`
	Body struct {
		Reason string `json:"reason" doc:"What became of the units that did not come"`
	}
}

func (a *API) closeTransfer(ctx context.Context, in *closeTransferInput) (*transferOutput, error) {
	return a.transfer(ctx, "transfer.close", func(tx *db.Tx) (inventory.Transfer, error) {
		return inventory.CloseTransfer(ctx, tx, in.ID, string(from(ctx).ID), in.Body.Reason)
	})
}

package adminapi

import (
	"context"
	"encoding/json"

	"korzo/backoffice/webhook"
	"korzo/platform/audit"
	"korzo/platform/db"
)

type deliveryBody struct {
	ID        string          `json:"id" doc:"The webhook-id that the receiver sees, the same at each try"`
	Webhook   string          `json:"webhook"`
	Kind      string          `json:"kind"`
	Status    string          `json:"status" doc:"pending, delivered, given_up"`
	Attempts  int64           `json:"attempts"`
	DueAt     string          `json:"due_at,omitempty" format:"date-time" doc:"Of the next try"`
	CreatedAt string          `json:"created_at" format:"date-time"`
	DoneAt    string          `json:"done_at,omitempty" format:"date-time"`
	Message   json.RawMessage `json:"message" doc:"As it is sent"`
	Tries     []tryBody       `json:"tries,omitempty"`
}

type tryBody struct {
	At           string `json:"at" format:"date-time"`
	Microseconds int64  `json:"microseconds"`
	Status       int64  `json:"status" doc:"Of HTTP; 0 when there was no answer"`
	Answer       string `json:"answer,omitempty" doc:"Its first 500 bytes, or why there was none"`
}

func deliveryOf(d webhook.Delivery) deliveryBody {
	b := deliveryBody{ID: string(d.ID), Webhook: string(d.Endpoint), Kind: d.Kind, Status: string(d.State), Attempts: d.Attempts, CreatedAt: rfc3339(d.CreatedAt),
		Message: json.RawMessage(d.Body)}
	if d.State == webhook.Pending {
		b.DueAt = rfc3339(d.DueAt)
	} else {
		b.DoneAt = rfc3339(d.DoneAt)
	}
	return b
}

type deliveryOutput struct{ Body deliveryBody }

type deliveryInput struct {
	ID webhook.DeliveryID `path:"id"`
}

type listDeliveriesInput struct {
	ID webhook.ID `path:"id"`
	PageInput
	Status webhook.Outcome `query:"status" enum:"pending,delivered,given_up" doc:"Only these"`
}

func (a *API) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*list[deliveryBody], error) {
	if err := in.behind("msg"); err != nil {
		return nil, err
	}
	var bodies []deliveryBody
	var next webhook.DeliveryID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		bodies = nil
		if _, err := webhook.Find(ctx, tx, in.ID); err != nil {
			return err
		}
		all, more, err := webhook.Deliveries(ctx, tx, in.ID, in.Status, webhook.DeliveryID(in.After), in.Limit)
		for _, d := range all {
			bodies = append(bodies, deliveryOf(d))
		}
		next = more
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

func (a *API) showDelivery(ctx context.Context, in *deliveryInput) (*deliveryOutput, error) {
	out := new(deliveryOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		d, err := webhook.FindDelivery(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body = deliveryOf(d)
		tries, err := webhook.Attempts(ctx, tx, in.ID)
		for _, t := range tries {
			out.Body.Tries = append(out.Body.Tries, tryBody{rfc3339(t.At), t.Took.Microseconds(), t.Status, t.Answer})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// writeDelivery does what sends something and writes down who did it.
func (a *API) writeDelivery(ctx context.Context, action string, verb func(tx *db.Tx) (webhook.Delivery, error)) (*deliveryOutput, error) {
	var d webhook.Delivery
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if d, err = verb(tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "webhook." + action, Subject: string(d.Endpoint),
			Detail: map[string]string{"delivery": string(d.ID)}})
	})
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{deliveryOf(d)}, nil
}

func (a *API) replayDelivery(ctx context.Context, in *deliveryInput) (*deliveryOutput, error) {
	return a.writeDelivery(ctx, "replay", func(tx *db.Tx) (webhook.Delivery, error) { return webhook.Replay(ctx, tx, in.ID) })
}

// tryWebhook sends a message of the kind webhook.test.
func (a *API) tryWebhook(ctx context.Context, in *webhookInput) (*deliveryOutput, error) {
	return a.writeDelivery(ctx, "test", func(tx *db.Tx) (webhook.Delivery, error) { return webhook.Try(ctx, tx, in.ID) })
}

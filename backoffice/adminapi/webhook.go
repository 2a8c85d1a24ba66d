package adminapi

import (
	"context"
	"time"

	"korzo/backoffice/webhook"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// webhookRoutes are those of who is told what happened.
func (a *API) webhookRoutes(r routes) {
	add(r, "GET", "/webhook-kinds", "Webhooks", "List the facts a webhook may be told of", "webhooks.read", a.listWebhookKinds)
	add(r, "GET", "/webhooks", "Webhooks", "List webhooks", "webhooks.read", a.listWebhooks)
	add(r, "POST", "/webhooks", "Webhooks", "Create a webhook", "webhooks.write", a.createWebhook)
	add(r, "GET", "/webhooks/{id}", "Webhooks", "Show a webhook", "webhooks.read", a.showWebhook)
	add(r, "PUT", "/webhooks/{id}", "Webhooks", "Change a webhook", "webhooks.write", a.updateWebhook)
	add(r, "DELETE", "/webhooks/{id}", "Webhooks", "Delete a webhook with its deliveries", "webhooks.write", a.deleteWebhook)
	add(r, "POST", "/webhooks/{id}/pause", "Webhooks", "Pause a webhook", "webhooks.write", a.pauseWebhook)
	add(r, "POST", "/webhooks/{id}/resume", "Webhooks", "Resume a webhook", "webhooks.write", a.resumeWebhook)
	add(r, "POST", "/webhooks/{id}/secret", "Webhooks", "Draw a webhook's secret anew", "webhooks.write", a.rotateWebhook)
	add(r, "POST", "/webhooks/{id}/test", "Webhooks", "Send a webhook a test", "webhooks.write", a.tryWebhook)
	add(r, "POST", "/webhooks/{id}/recover", "Webhooks", "Tell a webhook what it missed", "webhooks.write", a.recoverWebhook)
	add(r, "GET", "/webhooks/{id}/deliveries", "Webhooks", "List a webhook's deliveries", "webhooks.read", a.listDeliveries)
	add(r, "GET", "/webhook-deliveries/{id}", "Webhooks", "Show a delivery with its tries", "webhooks.read", a.showDelivery)
	add(r, "POST", "/webhook-deliveries/{id}/replay", "Webhooks", "Send a delivery once more", "webhooks.write", a.replayDelivery)
}

type webhookBody struct {
	ID           string   `json:"id"`
	URL          string   `json:"url"`
	Description  string   `json:"description,omitempty"`
	Kinds        []string `json:"kinds"`
	Status       string   `json:"status" doc:"active, paused"`
	Why          string   `json:"why,omitempty" doc:"Why it is paused: person, gone (it answered 410), failing (it took nothing for three days)"`
	Secret       string   `json:"secret,omitempty" doc:"Only when it was drawn just now: keep it; messages are signed with it as Standard Webhooks has it"`
	BeforeUntil  string   `json:"secret_before_until,omitempty" format:"date-time" doc:"Until then the secret before signs too"`
	FailingSince string   `json:"failing_since,omitempty" format:"date-time"`
	Version      int64    `json:"version"`
	CreatedAt    string   `json:"created_at" format:"date-time"`
	UpdatedAt    string   `json:"updated_at" format:"date-time"`
}

func webhookOf(e webhook.Endpoint) webhookBody {
	b := webhookBody{ID: string(e.ID), URL: e.URL, Description: e.Description, Kinds: e.Kinds, Status: string(e.State), Why: e.Why, Version: e.Version,
		CreatedAt: rfc3339(e.CreatedAt), UpdatedAt: rfc3339(e.UpdatedAt)}
	if !e.BeforeUntil.IsZero() {
		b.BeforeUntil = rfc3339(e.BeforeUntil)
	}
	if !e.FailingSince.IsZero() {
		b.FailingSince = rfc3339(e.FailingSince)
	}
	return b
}

type webhookOutput struct{ Body webhookBody }

// WebhookFields are what is decided about a webhook.
type WebhookFields struct {
	URL         string   `json:"url" maxLength:"2000" doc:"Where facts are posted to: https, a public address"`
	Kinds       []string `json:"kinds" minItems:"1" maxItems:"100" doc:"Facts it is told of: order.placed, order.* or *"`
	Description string   `json:"description,omitempty" maxLength:"200"`
}

type webhookInput struct {
	ID webhook.ID `path:"id"`
}

// writeWebhook does what changes a webhook and writes down who did it.
func (a *API) writeWebhook(ctx context.Context, action string, fresh bool, verb func(tx *db.Tx) (webhook.Endpoint, error)) (*webhookOutput, error) {
	var e webhook.Endpoint
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if e, err = verb(tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "webhook." + action, Subject: string(e.ID)})
	})
	if err != nil {
		return nil, err
	}
	out := &webhookOutput{webhookOf(e)}
	if fresh {
		out.Body.Secret = e.Secret(a.Keeper)
	}
	return out, nil
}

type webhookKinds struct {
	Kinds []string `json:"data"`
}

func (a *API) listWebhookKinds(context.Context, *struct{}) (*struct{ Body webhookKinds }, error) {
	return &struct{ Body webhookKinds }{webhookKinds{webhook.Kinds}}, nil
}

func (a *API) listWebhooks(ctx context.Context, _ *struct{}) (*list[webhookBody], error) {
	var bodies []webhookBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		bodies = nil
		all, err := webhook.List(ctx, tx)
		for _, e := range all {
			bodies = append(bodies, webhookOf(e))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type createWebhookInput struct{ Body WebhookFields }

func (a *API) createWebhook(ctx context.Context, in *createWebhookInput) (*webhookOutput, error) {
	return a.writeWebhook(ctx, "create", true, func(tx *db.Tx) (webhook.Endpoint, error) {
		return webhook.Create(ctx, tx, webhook.Endpoint{URL: in.Body.URL, Kinds: in.Body.Kinds, Description: in.Body.Description}, a.Private)
	})
}

func (a *API) showWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	var e webhook.Endpoint
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		e, err = webhook.Find(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &webhookOutput{webhookOf(e)}, nil
}

type updateWebhookInput struct {
	ID   webhook.ID `path:"id"`
	Body struct {
		WebhookFields
		Version int64 `json:"version" minimum:"1" doc:"The version that was read"`
	}
}

func (a *API) updateWebhook(ctx context.Context, in *updateWebhookInput) (*webhookOutput, error) {
	return a.writeWebhook(ctx, "update", false, func(tx *db.Tx) (webhook.Endpoint, error) {
		return webhook.Update(ctx, tx, webhook.Endpoint{ID: in.ID, URL: in.Body.URL, Kinds: in.Body.Kinds, Description: in.Body.Description, Version: in.Body.Version}, a.Private)
	})
}

func (a *API) deleteWebhook(ctx context.Context, in *webhookInput) (*struct{}, error) {
	_, err := a.writeWebhook(ctx, "delete", false, func(tx *db.Tx) (webhook.Endpoint, error) {
		return webhook.Endpoint{ID: in.ID}, webhook.Delete(ctx, tx, in.ID)
	})
	return nil, err
}

func (a *API) pauseWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return a.writeWebhook(ctx, "pause", false, func(tx *db.Tx) (webhook.Endpoint, error) {
		return webhook.Pause(ctx, tx, in.ID, webhook.WhyPerson)
	})
}

func (a *API) resumeWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return a.writeWebhook(ctx, "resume", false, func(tx *db.Tx) (webhook.Endpoint, error) { return webhook.Activate(ctx, tx, in.ID) })
}

func (a *API) rotateWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return a.writeWebhook(ctx, "rotate", true, func(tx *db.Tx) (webhook.Endpoint, error) { return webhook.Rotate(ctx, tx, in.ID) })
}

type recoverWebhookInput struct {
	ID   webhook.ID `path:"id"`
	Body struct {
		Since time.Time `json:"since" doc:"Facts since then; they are kept for thirty days"`
	}
}

type recoverWebhookOutput struct {
	Body struct {
		Noted int64 `json:"noted" doc:"How many are sent now; ask again until it is 0"`
	}
}

func (a *API) recoverWebhook(ctx context.Context, in *recoverWebhookInput) (*recoverWebhookOutput, error) {
	out := new(recoverWebhookOutput)
	_, err := a.writeWebhook(ctx, "recover", false, func(tx *db.Tx) (e webhook.Endpoint, err error) {
		e.ID = in.ID
		out.Body.Noted, err = webhook.Recover(ctx, tx, in.ID, in.Body.Since)
		return e, err
	})
	return out, err
}

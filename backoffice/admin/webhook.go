package admin

import (
	"net/http"
	"slices"
	"time"

	"korzo/backoffice/webhook"
	"korzo/platform/db"
)

// webhookTable is the pages of who is told what happened.
func (a *Admin) webhookTable() []page {
	return slices.Concat(listPages(a, a.webhookList()), listPages(a, a.deliveryLog()), []page{
		{"POST /admin/webhooks", "webhooks.write", "webhooks", a.createWebhook},
		{"GET /admin/webhooks/{id}", "webhooks.read", "webhooks", a.showWebhook},
		{"POST /admin/webhooks/{id}", "webhooks.write", "webhooks", a.updateWebhook},
		{"POST /admin/webhooks/{id}/do", "webhooks.write", "webhooks", a.moveWebhook},
		{"POST /admin/webhooks/{id}/secret", "webhooks.write", "webhooks", a.revealWebhook},
		{"GET /admin/webhooks/{id}/deliveries/{delivery}", "webhooks.read", "webhooks", a.showDelivery},
		{"POST /admin/webhooks/{id}/deliveries/{delivery}", "webhooks.write", "webhooks", a.replayDelivery},
	})
}

// webhookFields reads an endpoint's form.
func webhookFields(f *form) webhook.Endpoint {
	return webhook.Endpoint{URL: f.get("url"), Description: f.get("description"), Kinds: slices.DeleteFunc(f.all("kinds"), func(k string) bool { return k == "" })}
}

func (a *Admin) createWebhook(v *visit) error {
	f := v.form()
	var e webhook.Endpoint
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if e, err = webhook.Create(v.ctx(), tx, webhookFields(f), a.PrivateWebhooks); err != nil {
			return err
		}
		return v.record(tx, "webhook.create", string(e.ID))
	})
	if err == nil {
		return v.done(Prefix+"/webhooks/"+string(e.ID), "webhook_created")
	}
	status, err := v.refusedForm(f, err)
	if err != nil {
		return err
	}
	return showList(a, v, a.webhookList(), shownList{Foot: v.newWebhook(f)}, status)
}

// refusedForm is refused, with what is wrong with fields beside them.
func (v *visit) refusedForm(f *form, err error) (int, error) {
	status, rest := v.refused(err)
	if rest == nil {
		v.blameFields(f, err)
	}
	return status, rest
}

// receiver is all that the page of an endpoint shows.
type receiver struct {
	webhook.Endpoint
	Secret     string // only when it was asked for
	Deliveries []webhook.Delivery
	next       string
	form       *form
}

func (a *Admin) showWebhook(v *visit) error { return a.answerWebhook(v, http.StatusOK, nil, false) }

func (a *Admin) answerWebhook(v *visit, status int, f *form, reveal bool) error {
	p := receiver{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Endpoint, err = webhook.Find(v.ctx(), tx, webhook.ID(v.r.PathValue("id"))); err != nil {
			return err
		}
		var next webhook.DeliveryID
		p.Deliveries, next, err = webhook.Deliveries(v.ctx(), tx, p.ID, webhook.Outcome(v.query("status")), webhook.DeliveryID(v.query("after")), pageSize)
		p.next = string(next)
		return err
	})
	if err != nil {
		return err
	}
	if f == nil {
		p.form = v.form()
		p.form.set("url", p.URL)
		p.form.set("description", p.Description)
		p.form.values["kinds"] = p.Kinds
	}
	if reveal {
		p.Secret = p.Endpoint.Secret(a.Keeper)
	}
	return v.show(status, v.webhookPage(p))
}

func (a *Admin) updateWebhook(v *visit) error {
	f := v.form()
	return a.afterWebhook(v, f, "webhook_saved", a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		e, err := webhook.Find(v.ctx(), tx, webhook.ID(v.r.PathValue("id")))
		if err != nil {
			return err
		}
		next := webhookFields(f)
		next.ID, next.Version = e.ID, e.Version
		if _, err := webhook.Update(v.ctx(), tx, next, a.PrivateWebhooks); err != nil {
			return err
		}
		return v.record(tx, "webhook.update", string(e.ID))
	}))
}

// moveWebhook does what a button of the page says.
func (a *Admin) moveWebhook(v *visit) error {
	id, what := webhook.ID(v.r.PathValue("id")), v.r.PostForm.Get("do")
	ctx := v.ctx()
	verbs := map[string]func(tx *db.Tx) error{
		"pause":   func(tx *db.Tx) error { _, err := webhook.Pause(ctx, tx, id, webhook.WhyPerson); return err },
		"resume":  func(tx *db.Tx) error { _, err := webhook.Activate(ctx, tx, id); return err },
		"rotate":  func(tx *db.Tx) error { _, err := webhook.Rotate(ctx, tx, id); return err },
		"test":    func(tx *db.Tx) error { _, err := webhook.Try(ctx, tx, id); return err },
		"recover": func(tx *db.Tx) error { _, err := webhook.Recover(ctx, tx, id, time.Time{}); return err },
		"delete":  func(tx *db.Tx) error { return webhook.Delete(ctx, tx, id) },
	}
	verb, ok := verbs[what]
	if !ok {
		return errForm
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := verb(tx); err != nil {
			return err
		}
		return v.record(tx, "webhook."+what, string(id))
	})
	if err == nil && what == "delete" {
		return v.done(Prefix+"/webhooks", "webhook_deleted")
	}
	return a.afterWebhook(v, nil, "webhook_"+what, err)
}

// revealWebhook shows the secret once more, and who looked is written down.
func (a *Admin) revealWebhook(v *visit) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "webhook.reveal", v.r.PathValue("id")) })
	if err != nil {
		return err
	}
	return a.answerWebhook(v, http.StatusOK, nil, true)
}

func (a *Admin) afterWebhook(v *visit, f *form, what string, err error) error {
	if err == nil {
		return v.done(Prefix+"/webhooks/"+v.r.PathValue("id"), what)
	}
	status, err := v.refusedForm(f, err)
	if err != nil {
		return err
	}
	return a.answerWebhook(v, status, f, false)
}

func (a *Admin) showDelivery(v *visit) error { return a.answerDelivery(v, http.StatusOK) }

func (a *Admin) answerDelivery(v *visit, status int) error {
	var d webhook.Delivery
	var tries []webhook.Attempt
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if d, err = webhook.FindDelivery(v.ctx(), tx, webhook.DeliveryID(v.r.PathValue("delivery"))); err != nil {
			return err
		}
		tries, err = webhook.Attempts(v.ctx(), tx, d.ID)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.deliveryPage(d, tries))
}

func (a *Admin) replayDelivery(v *visit) error {
	id := webhook.DeliveryID(v.r.PathValue("delivery"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		d, err := webhook.Replay(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		return v.record(tx, "webhook.replay", string(d.Endpoint), "delivery", string(id))
	})
	if err == nil {
		return v.done(Prefix+"/webhooks/"+v.r.PathValue("id")+"/deliveries/"+string(id), "webhook_replayed")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerDelivery(v, status)
}

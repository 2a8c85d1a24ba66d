package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/backoffice/webhook"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

func webhookPath(id webhook.ID) string { return Prefix + "/webhooks/" + string(id) }

func deliveryPath(d webhook.Delivery) string {
	return webhookPath(d.Endpoint) + "/deliveries/" + string(d.ID)
}

// webhookList describes the list of who is told what happened.
func (a *Admin) webhookList() list[webhook.Endpoint] {
	columns := []column[webhook.Endpoint]{
		{name: "url", title: "admin.field.url", fixed: true, sorts: true, cell: func(v *visit, e webhook.Endpoint) templ.Component { return v.webhookCell(e) },
			text: func(_ *visit, e webhook.Endpoint) string { return e.URL }},
		{name: "status", title: "admin.col.status", cell: func(v *visit, e webhook.Endpoint) templ.Component { return v.webhookState(e) },
			text: func(_ *visit, e webhook.Endpoint) string { return string(e.State) }},
		plainColumn("kinds", "admin.field.kinds", func(_ *visit, e webhook.Endpoint) string { return strings.Join(e.Kinds, ", ") }),
	}
	return list[webhook.Endpoint]{
		name: "webhooks", path: Prefix + "/webhooks", read: "webhooks.read", lead: "admin.webhook.lead",
		columns: columns, changes: webhookChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("hookstate", "admin.all", string(webhook.StateActive), string(webhook.StatePaused)), nil
		}}},
		page: whole[webhook.Endpoint]{
			all:  func(v *visit, tx *db.Tx) ([]webhook.Endpoint, error) { return webhook.List(v.ctx(), tx) },
			keep: map[string]func(*visit, webhook.Endpoint, string) bool{"status": func(_ *visit, e webhook.Endpoint, s string) bool { return string(e.State) == s }},
		}.page(columns),
		key:   func(e webhook.Endpoint) string { return string(e.ID) },
		label: func(e webhook.Endpoint) string { return e.URL },
		none:  "admin.webhook.none",
		head:  func(v *visit) templ.Component { return v.deliveriesLink() },
		foot:  func(v *visit) templ.Component { return v.newWebhook(v.form()) },
	}
}

// webhookChanges pause receivers and have them told again.
func webhookChanges() []listChange {
	change := func(name, label string, to webhook.State) listChange {
		return listChange{verb: webhookVerb(name, to), action: "webhooks.write", label: label,
			tell: telling(func(v *visit, state json.RawMessage) string { return v.word("hookstate", said[string](state)) })}
	}
	return []listChange{change("webhooks.pause", "admin.webhook.pause", webhook.StatePaused), change("webhooks.resume", "admin.webhook.resume", webhook.StateActive)}
}

func webhookVerb(name string, to webhook.State) listing.Verb {
	move := func(ctx context.Context, tx *db.Tx, id webhook.ID, to webhook.State) (webhook.Endpoint, error) {
		e, err := webhook.Find(ctx, tx, id)
		switch {
		case err != nil || e.State == to:
			return e, err
		case to == webhook.StatePaused:
			return webhook.Pause(ctx, tx, id, webhook.WhyPerson)
		}
		return webhook.Activate(ctx, tx, id)
	}
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			old, err := webhook.Find(ctx, tx, webhook.ID(subject))
			if err != nil {
				return o, err
			}
			after, err := move(ctx, tx, old.ID, to)
			return listing.Outcome{Title: old.URL, Old: keep(old.State), New: keep(after.State)}, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := webhook.Find(ctx, tx, webhook.ID(subject))
			if err != nil {
				return err
			}
			if now.State != said[webhook.State](o.New) {
				return listing.ErrMoved
			}
			_, err = move(ctx, tx, now.ID, said[webhook.State](o.Old))
			return err
		}}
}

// dispatch is a message to a receiver, with where that is.
type dispatch struct {
	webhook.Delivery
	URL string
}

// deliveryLog describes the log of all that receivers were told.
func (a *Admin) deliveryLog() list[dispatch] {
	columns := []column[dispatch]{
		{name: "kind", title: "admin.webhook.fact", fixed: true, cell: func(v *visit, d dispatch) templ.Component { return v.dispatchCell(d) },
			text: func(_ *visit, d dispatch) string { return d.Kind }},
		{name: "receiver", title: "admin.webhook.title", cell: plainCell(func(_ *visit, d dispatch) string { return d.URL }), text: func(_ *visit, d dispatch) string { return d.URL }},
		{name: "about", title: "admin.exception.about", cell: func(v *visit, d dispatch) templ.Component { return v.aboutCell(d.Key) }, text: func(_ *visit, d dispatch) string { return d.Key }},
		{name: "status", title: "admin.col.status", cell: func(v *visit, d dispatch) templ.Component { return v.told(d.Delivery) },
			text: func(_ *visit, d dispatch) string { return string(d.State) }},
		{name: "tries", title: "admin.webhook.tries", number: true, cell: plainCell(func(v *visit, d dispatch) string { return v.Number(d.Attempts) }),
			text: func(_ *visit, d dispatch) string { return strconv.FormatInt(d.Attempts, 10) }},
		{name: "when", title: "admin.col.when", extra: true, cell: func(v *visit, d dispatch) templ.Component { return v.moment(d.CreatedAt) },
			text: func(_ *visit, d dispatch) string { return stamp(d.CreatedAt) }},
	}
	return list[dispatch]{
		name: "webhook_deliveries", in: "webhooks", path: Prefix + "/webhooks/deliveries", read: "webhooks.read", lead: "admin.webhook.log_lead",
		columns: columns, filters: deliveryFilters(), tabs: "status", changes: []listChange{{verb: replayVerb, action: "webhooks.write", label: "admin.webhook.replay",
			tell: telling(func(v *visit, state json.RawMessage) string { return v.word("told", said[string](state)) })}},
		page:  dispatchPage,
		key:   func(d dispatch) string { return string(d.ID) },
		label: func(d dispatch) string { return d.Kind + " " + d.Key },
		none:  "admin.webhook.nothing",
	}
}

func deliveryFilters() []listFilter {
	return []listFilter{
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("told", "admin.all", string(webhook.Pending), string(webhook.Delivered), string(webhook.GivenUp)), nil
		}},
		{name: "to", label: "admin.webhook.title", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := webhook.List(v.ctx(), tx)
			return append([]ui.Option{{Label: v.T("admin.all")}}, optionsOf(all, func(e webhook.Endpoint) (string, string) { return string(e.ID), e.URL })...), err
		}},
		{name: "kind", label: "admin.webhook.fact", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return append([]ui.Option{{Label: v.T("admin.all")}}, same(append([]string{webhook.Test}, webhook.Kinds...))...), nil
		}},
		{name: "about", label: "admin.exception.about"},
	}
}

func dispatchPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []dispatch, next string, err error) {
	endpoints, err := webhook.List(v.ctx(), tx)
	if err != nil {
		return nil, "", err
	}
	urls := make(map[webhook.ID]string, len(endpoints))
	for _, e := range endpoints {
		urls[e.ID] = e.URL
	}
	all, after, err := webhook.Log(v.ctx(), tx, webhook.Filter{Endpoint: webhook.ID(at.Filter("to")), State: webhook.Outcome(at.Filter("status")), Kind: at.Filter("kind"), Key: at.Filter("about"),
		After: webhook.DeliveryID(at.After), Limit: limit})
	for _, d := range all {
		rows = append(rows, dispatch{d, urls[d.Endpoint]})
	}
	return rows, string(after), err
}

// replayVerb sends messages that ended once more.
var replayVerb = listing.Verb{Name: "webhooks.replay", Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
	old, err := webhook.FindDelivery(ctx, tx, webhook.DeliveryID(subject))
	if err != nil {
		return o, err
	}
	after, err := webhook.Replay(ctx, tx, old.ID)
	return listing.Outcome{Title: strings.TrimSpace(old.Kind + " " + old.Key), Old: keep(old.State), New: keep(after.State)}, err
}}

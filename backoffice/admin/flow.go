package admin

import (
	"context"
	"errors"
	"net/http"

	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// flowTable is the pages of checkout flows.
func (a *Admin) flowTable() []page {
	list := listPages(a, a.flowList())
	list[0].serve = a.listFlows
	return append(list, []page{
		{"GET /admin/flows/new", "flows.write", "flows", a.newFlow},
		{"POST /admin/flows/new", "flows.write", "flows", a.createFlow},
		{"POST /admin/flows/import", "flows.write", "flows", a.importFlow},
		{"GET /admin/flows/{id}", "flows.read", "flows", a.showFlow},
		{"POST /admin/flows/{id}", "flows.write", "flows", a.saveFlow},
		{"POST /admin/flows/{id}/preview", "flows.read", "flows", a.previewFlow},
		{"GET /admin/flows/{id}/simulate", "flows.read", "flows", a.simulateFlow},
		{"GET /admin/flows/{id}/figures", "reports.read", "flows", a.showFlowFigures},
		{"GET /admin/flows/{id}/history", "flows.read", "flows", a.showFlowHistory},
		{"GET /admin/flows/{id}/file", "flows.read", "flows", a.exportFlow},
		{"POST /admin/flows/{id}/publish", "flows.write", "flows", a.publishFlow},
		{"POST /admin/flows/{id}/stage", "flows.write", "flows", a.stageFlow},
		{"POST /admin/flows/{id}/archive", "flows.write", "flows", a.archiveFlow},
	}...)
}

// devices are what visitors may hold, as triggers know it.
var devices = []string{"phone", "tablet", "desktop", "till", "agent"}

// described is a visit that somebody describes below the list of flows, and which
// flow it would get.
type described struct {
	Markets  []market.Market
	Channels []market.Channel
	Asked    bool // the form was sent: Verdicts answer it
	Verdicts []flow.Verdict
}

// sharesOf is over how many of the latest visits shares of traffic are told.
const sharesOf = 1000

// listFlows shows the flows and, when a visit is described in the address,
// which flow it would get and why no other.
func (a *Admin) listFlows(v *visit) error {
	var all described
	f := v.form()
	f.values = v.r.URL.Query()
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if all.Markets, err = market.All(v.ctx(), tx); err != nil {
			return err
		}
		if all.Channels, err = market.Channels(v.ctx(), tx); err != nil {
			return err
		}
		return all.explain(v.ctx(), tx, f)
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !f.ok() {
		status = http.StatusUnprocessableEntity
	}
	l := a.flowList()
	return showList(a, v, l, shownList{At: l.shape().Read(v.r.URL.Query()), Foot: v.explanation(all, f)}, status)
}

func (all *described) explain(ctx context.Context, tx *db.Tx, f *form) error {
	if !f.has("market") {
		return nil
	}
	m, err := market.Find(ctx, tx, f.get("market"))
	if errors.Is(err, market.ErrNotFound) {
		f.blame("market", "admin.problem.market")
		return nil
	}
	if err != nil {
		return err
	}
	total, _ := f.amount("cart_total", m.Currency)
	visit := flow.Visit{Market: m.ID, Channel: f.get("channel"), Locale: m.Locale, Device: visitor.Device{Kind: f.get("device")},
		Path: visitor.Path{Campaign: f.get("campaign")}, Cart: visitor.Basket{Total: total.Minor, Items: f.whole("cart_items")},
		Customer: visitor.Buyer{Known: f.has("customer_known"), Orders: f.whole("customer_orders")}}
	if !f.ok() {
		return nil
	}
	all.Asked = true
	all.Verdicts, err = flow.Explain(ctx, tx, visit)
	return err
}

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// devices are what visitors may hold, as triggers know it.
var devices = []string{"phone", "tablet", "desktop", "till", "agent"}

// flows is all that the list of flows and the explanation show.
type flows struct {
	Page     []flow.Flow
	Next     string
	Markets  []market.Market
	Channels []market.Channel
	Asked    bool // the form was sent: Verdicts answer it
	Verdicts []flow.Verdict
}

// listFlows shows the flows and, when a visit is described in the address,
// which flow it would get and why no other.
func (a *Admin) listFlows(v *visit) error {
	var all flows
	f := v.form()
	f.values = v.r.URL.Query()
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if all.Page, err = flow.List(v.ctx(), tx, flow.ID(v.query("after")), pageSize); err != nil {
			return err
		}
		if len(all.Page) == pageSize {
			all.Next = string(all.Page[pageSize-1].ID)
		}
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
	return v.show(status, v.flowsPage(all, f))
}

func (all *flows) explain(ctx context.Context, tx *db.Tx, f *form) error {
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

// versions is one flow with the version that is looked at.
type versions struct {
	All   []flow.Version
	Shown flow.Version
	Text  string // the document as it is stored
}

func (a *Admin) showFlow(v *visit) error { return a.answerFlow(v, http.StatusOK) }

func (a *Admin) answerFlow(v *visit, status int) error {
	var f versions
	id := flow.ID(v.r.PathValue("id"))
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if f.All, err = flow.Versions(v.ctx(), tx, id); err != nil {
			return err
		}
		f.Shown = f.All[0]
		for _, one := range f.All {
			if one.State == flow.StatePublished {
				f.Shown = one
			}
		}
		if n, err := strconv.ParseInt(v.query("version"), 10, 64); err == nil {
			f.Shown, err = flow.Find(v.ctx(), tx, id, n)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(f.Shown.Document, "", "  ")
	if err != nil {
		return err
	}
	f.Text = string(text)
	return v.show(status, v.flowPage(f))
}

// publishFlow gives a draft to visitors, or an older version again.
func (a *Admin) publishFlow(v *visit) error {
	id := flow.ID(v.r.PathValue("id"))
	f := v.form()
	n := f.whole("version")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		version, err := flow.Find(v.ctx(), tx, id, n)
		if err != nil {
			return err
		}
		put := flow.Publish
		if version.State == flow.StateArchived {
			put = flow.Rollback
		}
		if err := put(v.ctx(), tx, id, n); err != nil {
			return err
		}
		return v.record(tx, "flow.publish", string(id), "version", strconv.FormatInt(n, 10))
	})
	if err == nil {
		return v.done(Prefix+"/flows/"+string(id), "flow_published")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerFlow(v, status)
}

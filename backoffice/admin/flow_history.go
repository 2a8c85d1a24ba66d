package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/purchase/flow"
)

// flowHistory is a flow's versions, and what differs between two of them.
type flowHistory struct {
	Flow    flow.ID
	All     []flow.Version
	Live    int64
	From    flow.Version
	To      flow.Version
	Changes []flow.Change
}

// showFlowHistory lists the versions of a flow and compares two: those the
// address names, or the newest with the one before.
func (a *Admin) showFlowHistory(v *visit) error { return a.answerFlowHistory(v, http.StatusOK) }

func (a *Admin) answerFlowHistory(v *visit, status int) error {
	h := flowHistory{Flow: flow.ID(v.r.PathValue("id"))}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if h.All, err = flow.Versions(v.ctx(), tx, h.Flow); err != nil {
			return err
		}
		h.To, h.From = h.All[0], h.All[min(1, len(h.All)-1)]
		for _, one := range h.All {
			if one.State == flow.StatePublished {
				h.Live = one.Version
			}
			if strconv.FormatInt(one.Version, 10) == v.query("to") {
				h.To = one
			}
			if strconv.FormatInt(one.Version, 10) == v.query("from") {
				h.From = one
			}
		}
		h.Changes, err = flow.Diff(h.From.Document, h.To.Document)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.flowHistoryPage(h))
}

// publishFlow gives a version to visitors: a draft, or an older one again.
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
		return v.done(Prefix+"/flows/"+string(id)+"/history", "flow_published")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerFlowHistory(v, status)
}

// archiveFlow takes a flow from visitors.
func (a *Admin) archiveFlow(v *visit) error {
	id := flow.ID(v.r.PathValue("id"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := flow.Archive(v.ctx(), tx, id); err != nil {
			return err
		}
		return v.record(tx, "flow.archive", string(id))
	})
	if err == nil {
		return v.done(Prefix+"/flows", "flow_archived")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerFlowHistory(v, status)
}

// stageFlow freezes a draft, so that an experiment can give it to some.
func (a *Admin) stageFlow(v *visit) error {
	id := flow.ID(v.r.PathValue("id"))
	n := v.form().whole("version")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := flow.Stage(v.ctx(), tx, id, n); err != nil {
			return err
		}
		return v.record(tx, "flow.stage", string(id), "version", strconv.FormatInt(n, 10))
	})
	if err == nil {
		return v.done(Prefix+"/flows/"+string(id)+"/history", "flow_staged")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerFlowHistory(v, status)
}

// fieldWords are the kinds of words that a document's fields are told in.
var fieldWords = map[string]string{"layout": "layout", "pickup": "pickup", "steps": "step", "hold_from": "flow_hold", "tax": "flow_tax",
	"asks.shipping_address": "ask", "asks.billing_address": "ask", "asks.phone": "ask", "asks.company": "ask"}

// changeText says a field's value, which is JSON, as people would: a word, or
// several in their order; what is neither stays as it is.
func (v *visit) changeText(field, value string) string {
	var one string
	var all []string
	if json.Unmarshal([]byte(value), &one) == nil {
		all = []string{one}
	} else if json.Unmarshal([]byte(value), &all) != nil || all == nil {
		return value
	}
	if kind := fieldWords[field]; kind != "" {
		for i, w := range all {
			all[i] = v.word(kind, w)
		}
	}
	return strings.Join(all, ", ")
}

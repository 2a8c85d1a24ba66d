package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/purchase/payment/route"
)

// ruling is a rule being written, with its versions and what it would do.
type ruling struct {
	ID       string // "new" for none yet
	Versions []route.Rule
	Gateways []string
	Facts    []rule.Fact
	Report   *simulated
	form     *form
}

// newRule stands for the id of a rule that is not saved yet.
const newRule = "new"

func (a *Admin) ruling(v *visit, f *form) (r ruling, err error) {
	r = ruling{ID: v.r.PathValue("id"), Gateways: a.Payments.Names(), Facts: route.FactsOf(), form: f}
	if r.ID == newRule {
		return r, nil
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		r.Versions, err = route.Versions(v.ctx(), tx, route.RuleID(r.ID))
		return err
	})
	return r, err
}

func (a *Admin) showRule(v *visit) error {
	f := v.newForm()
	r, err := a.ruling(v, f)
	if err != nil {
		return err
	}
	if len(r.Versions) > 0 {
		newest := r.Versions[0]
		f.set("name", newest.Name)
		f.setNumber("priority", newest.Priority)
		f.set("condition", newest.Condition)
		f.fillOutcome(newest.Outcome, nil)
	} else {
		f.setNumber("priority", 0)
		f.fillOutcome(route.Outcome{}, r.Gateways)
	}
	return v.show(http.StatusOK, v.rulePage(r))
}

// draftOf reads a rule from its form.
func (f *form) draftOf(id string, gateways []string) route.Rule {
	d := route.Rule{Name: f.get("name"), Priority: f.whole("priority"), Condition: f.get("condition"), Outcome: f.outcome(gateways)}
	if id != newRule {
		d.ID = route.RuleID(id)
	}
	return d
}

func (a *Admin) saveRule(v *visit) error {
	f := v.form()
	id, status, err := a.put(v, f, "route.save", func(tx *db.Tx) (string, error) {
		saved, err := a.Router.Save(v.ctx(), tx, f.draftOf(v.r.PathValue("id"), a.Payments.Names()))
		return string(saved.ID), err
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/routing/rules/"+id, "saved")
	}
	r, err := a.ruling(v, f)
	if err != nil {
		return err
	}
	return v.show(status, v.rulePage(r))
}

// tryRule shows what the rule as it stands in the form would have changed
// yesterday. Nothing is saved.
func (a *Admin) tryRule(v *visit) error {
	f := v.form()
	r, err := a.ruling(v, f)
	if err != nil {
		return err
	}
	draft := f.draftOf(r.ID, r.Gateways)
	s := simulated{Hours: 24, Names: map[route.RuleID]string{}, Drafts: 1}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		rules, err := route.Live(v.ctx(), tx)
		if err != nil {
			return err
		}
		rules = append(slices.DeleteFunc(slices.Clone(rules), func(o route.Rule) bool { return o.ID == draft.ID && draft.ID != "" }), draft)
		for _, o := range rules {
			s.Names[o.ID] = o.Name
		}
		s.Names["draft_"+route.RuleID(strconv.Itoa(len(rules)))] = draft.Name
		s.Report, err = a.Router.Simulate(v.ctx(), tx, rules, v.now.Add(-24*time.Hour))
		return err
	})
	status := http.StatusOK
	if err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	} else {
		r.Report = &s
	}
	return v.show(status, v.rulePage(r))
}

func (a *Admin) publishRule(v *visit) error {
	id := v.r.PathValue("id")
	return a.ruled(v, "route.publish", id, func(tx *db.Tx) error {
		return a.Router.Publish(v.ctx(), tx, route.RuleID(id), v.form().whole("version"))
	})
}

func (a *Admin) archiveRule(v *visit) error {
	id := v.r.PathValue("id")
	return a.ruled(v, "route.archive", id, func(tx *db.Tx) error { return route.Archive(v.ctx(), tx, route.RuleID(id)) })
}

func (a *Admin) ruled(v *visit, action, id string, verb func(tx *db.Tx) error) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := verb(tx); err != nil {
			return err
		}
		return v.record(tx, action, id)
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/routing/rules/"+id, "saved")
}

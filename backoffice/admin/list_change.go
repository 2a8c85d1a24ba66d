package admin

import (
	"encoding/json"
	"net/http"
	"slices"

	"korzo/backoffice/listing"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/ui"
)

// listChange is a change that a list offers of many rows at once.
type listChange struct {
	verb     listing.Verb
	action   string // whose role may
	label    string // message
	settings []changeSetting
	// tell returns what says in words what was so before or is so after.
	tell func(v *visit, tx *db.Tx) (func(state json.RawMessage) string, error)
}

// changeSetting is what a change must know: a field of its form.
type changeSetting struct {
	name    string
	label   string                                         // message
	hint    string                                         // message; "" for none
	options func(v *visit, tx *db.Tx) ([]ui.Option, error) // nil takes words
	mode    string                                         // inputmode
	kind    string                                         // of the input; "" for text
	free    bool                                           // may stay empty
}

// change is what its page shows.
type changePage struct {
	listing.Change
	Of       listChange
	Known    bool
	List     string
	Path     string
	Items    []listing.Item
	Troubles []listing.Item
	Fields   []ui.Input
	Who      string
	Asked    bool // its settings are complete
	tell     func(state json.RawMessage) string
}

func (s changeSetting) input(v *visit, tx *db.Tx, value, problem string) (in ui.Input, err error) {
	in = ui.Input{Name: s.name, Label: v.T(s.label), Value: value, Error: problem, Mode: s.mode, Type: s.kind, Required: !s.free, Width: ui.Half, MaxLength: 200}
	if s.hint != "" {
		in.Hint = v.T(s.hint)
	}
	if s.options != nil {
		in.Options, err = s.options(v, tx)
	}
	return in, err
}

// planChange writes down what is to be changed and goes where it is previewed.
func planChange[T any](a *Admin, v *visit, l list[T]) error {
	f := v.form()
	at := l.stateOf(f)
	again := shownList{At: at, Picked: f.all("pick"), All: f.get("all") != "", Verb: f.get("verb")}
	i := slices.IndexFunc(l.changes, func(c listChange) bool { return c.verb.Name == again.Verb })
	if i < 0 {
		v.refusal = v.faultText(listing.ErrVerb)
		return showList(a, v, l, again, http.StatusUnprocessableEntity)
	}
	if err := v.staff.Can(l.changes[i].action); err != nil {
		return err
	}
	keys := again.Picked
	if again.All {
		var err error
		if keys, err = allKeys(v.ctx(), a, v, l, at); err != nil {
			return err
		}
	}
	var c listing.Change
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		c, err = a.Changes.Plan(v.ctx(), tx, listing.Change{List: l.name, Verb: again.Verb, Settings: listing.Settings{"": at.Query().Encode()}, Actor: v.staff.Subject}, keys)
		return err
	})
	if err == nil {
		http.Redirect(v.w, v.r, changePath(l.name, c.ID), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return showList(a, v, l, again, status)
}

func changePath(list string, id listing.ChangeID) string {
	return listBase(list) + "/changes/" + string(id)
}

// back is the address of the list as it was when the change was planned.
func (c changePage) back() string {
	if q := c.Settings[""]; q != "" {
		return c.Path + "?" + q
	}
	return c.Path
}

// loadChange reads a change of a list with the fields of its form.
func (a *Admin) loadChange(v *visit, list, path string, of []listChange, f *form) (p changePage, err error) {
	p.List, p.Path = list, path
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Change, err = listing.Find(v.ctx(), tx, listing.ChangeID(v.r.PathValue("id"))); err != nil {
			return err
		}
		if p.Change.List != list {
			return listing.ErrNotFound
		}
		i := slices.IndexFunc(of, func(c listChange) bool { return c.verb.Name == p.Verb })
		if p.Known = i >= 0; p.Known {
			p.Of = of[i]
		}
		if p.Of.tell != nil {
			if p.tell, err = p.Of.tell(v, tx); err != nil {
				return err
			}
		}
		p.Asked = true
		for _, s := range p.Of.settings {
			value, problem := p.Settings[s.name], ""
			if f != nil {
				value, problem = f.get(s.name), f.error(s.name)
			}
			in, err := s.input(v, tx, value, problem)
			if err != nil {
				return err
			}
			p.Fields = append(p.Fields, in)
			p.Asked = p.Asked && (s.free || p.Settings[s.name] != "") && problem == ""
		}
		if p.Troubles, err = listing.Items(v.ctx(), tx, p.ID, listing.ItemFailed, -1, listing.PreviewLength); err != nil {
			return err
		}
		kept, err := listing.Items(v.ctx(), tx, p.ID, listing.ItemKept, -1, listing.PreviewLength)
		if err != nil {
			return err
		}
		p.Troubles = append(p.Troubles, kept...)
		if p.State != listing.StatePlanned {
			state := listing.ItemChanged
			if p.State == listing.StateUndone {
				state = listing.ItemRestored
			}
			if p.Items, err = listing.Items(v.ctx(), tx, p.ID, state, -1, listing.PreviewLength); err != nil {
				return err
			}
		}
		all, err := names(v.ctx(), tx)
		p.Who = v.who(all, p.BegunBy)
		return err
	})
	return p, err
}

func (a *Admin) showChange(v *visit, list, path string, of []listChange) error {
	p, err := a.loadChange(v, list, path, of, nil)
	if err != nil {
		return err
	}
	return a.answerChange(v, p, http.StatusOK)
}

// answerChange shows a change; of a plan that lacks nothing the preview.
func (a *Admin) answerChange(v *visit, p changePage, status int) error {
	if p.State == listing.StatePlanned && p.Asked && p.Known && v.can(p.Of.action) {
		var err error
		if p.Items, err = a.Changes.Preview(v.ctx(), p.ID); err != nil {
			return err
		}
	}
	return v.show(status, v.changePage(p))
}

// moveChange does what a change's form asks: settle its settings, run it, or undo it.
func (a *Admin) moveChange(v *visit, list, path string, of []listChange) error {
	f := v.form()
	p, err := a.loadChange(v, list, path, of, nil)
	if err != nil {
		return err
	}
	if !p.Known {
		return listing.ErrVerb
	}
	if err := v.staff.Can(p.Of.action); err != nil {
		return err
	}
	if auth.Sensitive(p.Of.action) && !v.staff.Fresh(v.now) {
		return v.show(http.StatusForbidden, v.provePage(v.r.URL.RequestURI(), v.r.PostForm))
	}
	switch f.get("do") {
	case "settle":
		return a.settleChange(v, p, of, f)
	case "run":
		err = a.Changes.Start(v.ctx(), p.ID, v.staff.Subject)
	case "undo":
		err = a.Changes.Undo(v.ctx(), p.ID, v.staff.Subject)
	default:
		return errForm
	}
	if err == nil {
		if p, err = a.loadChange(v, list, path, of, nil); err != nil {
			return err
		}
		if p.State == listing.StateDone && len(p.Troubles) == 0 {
			http.Redirect(v.w, v.r, p.doneAt(), http.StatusSeeOther)
			return nil
		}
		http.Redirect(v.w, v.r, changePath(list, p.ID), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerChange(v, p, status)
}

// doneAt is the list with the news of what was changed.
func (c changePage) doneAt() string {
	separator := "?"
	if c.Settings[""] != "" {
		separator = "&"
	}
	return c.back() + separator + "change=" + string(c.ID)
}

// settleChange keeps what the form of a plan says, and previews.
func (a *Admin) settleChange(v *visit, p changePage, of []listChange, f *form) error {
	settings := listing.Settings{"": p.Settings[""]}
	for _, s := range p.Of.settings {
		if settings[s.name] = f.get(s.name); !s.free && !f.has(s.name) {
			f.blame(s.name, "admin.problem.needed")
		}
	}
	if f.ok() {
		err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return a.Changes.Settle(v.ctx(), tx, p.ID, settings) })
		if err != nil {
			return err
		}
		http.Redirect(v.w, v.r, changePath(p.List, p.ID), http.StatusSeeOther)
		return nil
	}
	p, err := a.loadChange(v, p.List, p.Path, of, f)
	if err != nil {
		return err
	}
	return a.answerChange(v, p, http.StatusUnprocessableEntity)
}

// begun is a change in the list of them.
type begun struct {
	listing.Change
	Label, Who string
}

// listChanges is what was changed in a list, the latest first.
func (a *Admin) listChanges(v *visit, list, path string, of []listChange) error {
	var all []begun
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		changes, err := listing.Recent(v.ctx(), tx, list, pageSize)
		if err != nil {
			return err
		}
		who, err := names(v.ctx(), tx)
		for _, c := range changes {
			b := begun{Change: c, Label: c.Verb, Who: v.who(who, c.Actor)}
			if i := slices.IndexFunc(of, func(l listChange) bool { return l.verb.Name == c.Verb }); i >= 0 {
				b.Label = v.T(of[i].label)
			}
			all = append(all, b)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.changesPage(list, path, all))
}

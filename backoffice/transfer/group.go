package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/platform/db"
)

var groupFields = []field[group.Group]{
	{column{name: "id", keep: true}, func(g *group.Group) any { return &g.ID }},
	{column{name: "name", keep: true}, func(g *group.Group) any { return &g.Name }},
}

// memberRecord says that a customer is in a group.
type memberRecord struct{ Group, Customer string }

var memberFields = []field[memberRecord]{
	{column{name: "group", keep: true}, func(m *memberRecord) any { return &m.Group }},
	{column{name: "customer", keep: true}, func(m *memberRecord) any { return &m.Customer }},
}

// groupPage is all of them: there are at most 500.
func groupPage(ctx context.Context, tx *db.Tx, _ *Desk, _ string) (all []json.RawMessage, next string, err error) {
	groups, err := group.List(ctx, tx)
	for _, g := range groups {
		all = append(all, object(members(groupFields, &g)))
	}
	return all, "", err
}

// group applies a customer group of a file, known by its id, else its name.
func (e entry) group(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	var in group.Group
	e.fields.into(places(groupFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, in.Name, reason) })
	has, found, err := existingGroup(ctx, tx, string(in.ID), in.Name)
	if err != nil || failed(r.rows) > 0 || found && has.Name == in.Name {
		return same, err
	}
	if found {
		return changed, e.settled(r, group.Rename(ctx, tx, has.ID, in.Name), "name", in.Name)
	}
	_, err = group.Restore(ctx, tx, in)
	return created, e.settled(r, err, "name", in.Name)
}

func existingGroup(ctx context.Context, tx *db.Tx, id, name string) (group.Group, bool, error) {
	all, err := group.List(ctx, tx)
	for _, g := range all {
		if string(g.ID) == id || id == "" && g.Name == name {
			return g, true, err
		}
	}
	return group.Group{}, false, err
}

// memberPage is a page of one group's members; after is the group, and the
// member before. Those who were erased are left out: nobody brings them back.
func memberPage(ctx context.Context, tx *db.Tx, d *Desk, after string) (all []json.RawMessage, next string, err error) {
	groups, err := group.List(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	at, last, _ := strings.Cut(after, "/")
	for i, g := range groups {
		if string(g.ID) < at {
			continue
		}
		if string(g.ID) != at {
			last = ""
		}
		page, err := group.MembersAfter(ctx, tx, g.ID, last, customersAtOnce)
		if err != nil {
			return nil, "", err
		}
		for _, c := range page {
			switch _, err := profile.Find(ctx, tx, d.keeper, profile.CustomerID(c)); {
			case errors.Is(err, profile.ErrErased), errors.Is(err, profile.ErrNotFound):
				continue
			case err != nil:
				return nil, "", err
			}
			all = append(all, object(members(memberFields, &memberRecord{string(g.ID), c})))
		}
		switch {
		case len(page) == customersAtOnce:
			next = string(g.ID) + "/" + page[len(page)-1]
		case i+1 < len(groups):
			next = string(groups[i+1].ID) + "/"
		}
		return all, next, nil
	}
	return nil, "", nil
}

// member puts a customer into a group, which is named by its id or its name.
func (e entry) member(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	var in memberRecord
	e.fields.into(places(memberFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, e.fields.text("customer"), reason) })
	g, found, err := existingGroup(ctx, tx, in.Group, "")
	if err == nil && !found {
		g, found, err = existingGroup(ctx, tx, "", in.Group)
	}
	if err == nil && !found {
		r.say(LevelError, e.row, "group", in.Customer, "there is no such customer group: import the groups first, or name one by its id or name")
	}
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	if _, err = profile.Find(ctx, tx, r.desk.keeper, profile.CustomerID(in.Customer)); err != nil {
		return same, r.refused(err, e.row, "customer", in.Customer)
	}
	inside, err := group.Of(ctx, tx, in.Customer)
	if err != nil {
		return same, err
	}
	for _, id := range inside {
		if id == string(g.ID) {
			return same, nil
		}
	}
	return changed, e.settled(r, group.Add(ctx, tx, g.ID, []string{in.Customer}), "customer", in.Customer)
}

package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"korzo/backoffice/listing"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/standing"
	"korzo/platform/db"
)

// customerChanges are the changes of many customers at once.
func (a *Admin) customerChanges() []listChange {
	in := changeSetting{name: "group", label: "admin.customer.group", options: groupChoices("admin.list.choose")}
	tag := changeSetting{name: "tag", label: "admin.list.tag"}
	words := telling(func(_ *visit, state json.RawMessage) string { return strings.Join(said[[]string](state), ", ") })
	return []listChange{
		{verb: a.groupVerb("customers.group", true), action: "customers.write", label: "admin.change.group", settings: []changeSetting{in}, tell: tellGroups},
		{verb: a.groupVerb("customers.ungroup", false), action: "customers.write", label: "admin.change.ungroup", settings: []changeSetting{in}, tell: tellGroups},
		{verb: a.customerTagVerb("customers.tag", addOne), action: "customers.write", label: "admin.change.tag", settings: []changeSetting{tag}, tell: words},
		{verb: a.customerTagVerb("customers.untag", dropOne), action: "customers.write", label: "admin.change.untag", settings: []changeSetting{tag}, tell: words},
	}
}

func tellGroups(v *visit, tx *db.Tx) (func(json.RawMessage) string, error) {
	names, err := groupNames(v, tx)
	return func(state json.RawMessage) string {
		var all []string
		for _, id := range said[[]string](state) {
			all = append(all, names[id])
		}
		return strings.Join(all, ", ")
	}, err
}

// titled is what a customer is called in a change. It keeps no name: a change is
// kept longer than a person may be.
func (a *Admin) titled(ctx context.Context, tx *db.Tx, id string) (string, error) {
	c, err := profile.Find(ctx, tx, a.Keeper, profile.CustomerID(id))
	return string(c.ID), err
}

func (a *Admin) groupVerb(name string, add bool) listing.Verb {
	move := func(ctx context.Context, tx *db.Tx, id, customer string, add bool) error {
		if add {
			return group.Add(ctx, tx, group.ID(id), []string{customer})
		}
		return group.Remove(ctx, tx, group.ID(id), []string{customer})
	}
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			if o.Title, err = a.titled(ctx, tx, subject); err != nil {
				return o, err
			}
			old, err := group.Of(ctx, tx, subject)
			if err != nil {
				return o, err
			}
			if err := move(ctx, tx, s["group"], subject, add); err != nil {
				return o, err
			}
			after, err := group.Of(ctx, tx, subject)
			o.Old, o.New = keep(old), keep(after)
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := group.Of(ctx, tx, subject)
			if err != nil {
				return err
			}
			old := said[[]string](o.Old)
			if !slices.Equal(now, said[[]string](o.New)) {
				return listing.ErrMoved
			}
			for _, id := range append(slices.Clone(now), old...) {
				if slices.Contains(now, id) != slices.Contains(old, id) {
					if err := move(ctx, tx, id, subject, !add); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

func (a *Admin) customerTagVerb(name string, edit func(all []string, one string) []string) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			if o.Title, err = a.titled(ctx, tx, subject); err != nil {
				return o, err
			}
			now, err := standing.Of(ctx, tx, subject)
			if err != nil {
				return o, err
			}
			after := edit(slices.Clone(now.Tags), strings.TrimSpace(s["tag"]))
			o.Old, o.New = keep(now.Tags), keep(after)
			return o, standing.SetTags(ctx, tx, subject, after)
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := standing.Of(ctx, tx, subject)
			if err != nil {
				return err
			}
			if !slices.Equal(now.Tags, said[[]string](o.New)) {
				return listing.ErrMoved
			}
			return standing.SetTags(ctx, tx, subject, said[[]string](o.Old))
		},
	}
}

package group_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"korzo/customer/group"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestCustomersAreInTheGroupsTheyWerePutInto(t *testing.T) {
	dbtest.Each(t, []fs.FS{group.Schema}, func(t *testing.T, d *db.DB) {
		var dealers, friends group.Group
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			dealers, err = group.Create(t.Context(), tx, " Dealers ")
			if err == nil {
				friends, err = group.Create(t.Context(), tx, "Friends")
			}
			return errors.Join(err,
				group.Add(t.Context(), tx, dealers.ID, []string{"cus_1", "cus_2"}),
				group.Add(t.Context(), tx, dealers.ID, []string{"cus_1"}), // again
				group.Add(t.Context(), tx, friends.ID, []string{"cus_1"}),
				group.Remove(t.Context(), tx, dealers.ID, []string{"cus_2"}),
				group.Remove(t.Context(), tx, dealers.ID, []string{"cus_2"}))
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for customer, want := range map[string][]string{"cus_1": {string(dealers.ID), string(friends.ID)}, "cus_2": nil, "cus_3": nil, "": nil} {
				got, err := group.Of(t.Context(), tx, customer)
				slices.Sort(got) // ids of one moment have no order
				slices.Sort(want)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%q is in %v, %v; want %v", customer, got, err, want)
				}
			}
			all, err := group.List(t.Context(), tx)
			if len(all) != 2 || !slices.ContainsFunc(all, func(g group.Group) bool { return g.Name == "Dealers" && g.Members == 1 }) {
				t.Errorf("%+v", all)
			}
			return err
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error { return group.Add(t.Context(), tx, "cgr_none", []string{"cus_1"}) })
		if !errors.Is(err, group.ErrNotFound) {
			t.Errorf("a group that is not: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return group.Add(t.Context(), tx, dealers.ID, nil) })
		if !errors.Is(err, group.ErrMembers) {
			t.Errorf("nobody: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := group.Create(t.Context(), tx, "  "); return err })
		if !errors.Is(err, group.ErrName) {
			t.Errorf("no name: %v", err)
		}
	})
}

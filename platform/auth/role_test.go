package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAMerchantsOwnRoleAllowsWhatItListsAndNothingElse(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ada := staff(t, d, "ada@example.com", auth.RoleAssociate)
		var packer auth.Role
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			packer, err = auth.SaveRole(t.Context(), tx, auth.Role{Name: " Packers ", Actions: []string{"stock.write", "orders.read", "stock.write"}})
			if err == nil {
				err = auth.SetRole(t.Context(), tx, ada.ID, packer.ID)
			}
			return err
		})
		token := begins(t, d, ada)
		can := func() (list []string) {
			s, err := session(t, d, auth.RealmStaff, token)
			if err != nil || s.RoleName != "Packers" {
				t.Fatalf("%+v %v", s, err)
			}
			for _, action := range append(auth.Actions(), "unheard.of") {
				if s.Can(action) == nil {
					list = append(list, action)
				}
			}
			return list
		}
		if got := can(); len(got) != 2 || got[0] != "orders.read" || got[1] != "stock.write" {
			t.Errorf("packers may %v", got)
		}
		packer.Actions = []string{"orders.read"}
		dbtest.Write(t, d, func(tx *db.Tx) (err error) { _, err = auth.SaveRole(t.Context(), tx, packer); return err })
		if got := can(); len(got) != 1 {
			t.Errorf("in an open session packers still may %v", got)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			want(t, "while somebody has it", auth.DeleteRole(t.Context(), tx, packer.ID), auth.ErrRoleHeld)
			want(t, "an own role that gives rights", save(t, tx, auth.Role{Name: "Kings", Actions: []string{"staff.write"}}), auth.ErrActions)
			want(t, "an action that is not", save(t, tx, auth.Role{Name: "Kings", Actions: []string{"all"}}), auth.ErrActions)
			want(t, "no name", save(t, tx, auth.Role{Name: " "}), auth.ErrRoleName)
			want(t, "one of ours", save(t, tx, auth.Role{ID: auth.RoleOwner, Name: "Owner"}), auth.ErrNotFound)
			want(t, "a role that is none", auth.SetRole(t.Context(), tx, ada.ID, "rol_none"), auth.ErrRole)
			want(t, "back to ours", auth.SetRole(t.Context(), tx, ada.ID, auth.RoleSupport), nil)
			want(t, "when nobody has it", auth.DeleteRole(t.Context(), tx, packer.ID), nil)
			want(t, "twice", auth.DeleteRole(t.Context(), tx, packer.ID), auth.ErrNotFound)
			roles, err := auth.Roles(t.Context(), tx)
			if len(roles) != 4 || roles[0].ID != auth.RoleOwner || !roles[0].Allows("staff.write") || roles[3].Allows("orders.write") {
				t.Errorf("roles: %+v", roles)
			}
			return err
		})
	})
}

func save(t *testing.T, tx *db.Tx, r auth.Role) error {
	t.Helper()
	_, err := auth.SaveRole(t.Context(), tx, r)
	return err
}

func invite(t *testing.T, d *db.DB, email string) (s auth.Staff, token string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		s, token, err = auth.Invite(t.Context(), tx, auth.Staff{Email: email, Role: auth.RoleSupport})
		return err
	})
	return s, token
}

func TestAnInvitationMakesOnePassword(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		argon.Lock()
		defer argon.Unlock()
		clock := dbtest.Clock(d)
		staff(t, d, "ada@example.com", auth.RoleOwner)
		hash, err := auth.HashPassword(t.Context(), good)
		if err != nil {
			t.Fatal(err)
		}
		join := func(token string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := auth.Join(t.Context(), tx, token, "Bob", hash)
				return err
			})
		}
		bob, token := invite(t, d, " Bob@example.com")
		want(t, "before it is used", signIn(t, d, "bob@example.com", good, address), auth.ErrSignIn)
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := auth.Invite(t.Context(), tx, auth.Staff{Email: "bob@example.com", Role: auth.RoleSupport})
			return err
		})
		want(t, "inviting twice", err, auth.ErrLoginTaken)
		clock.Advance(71 * time.Hour)
		var in atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := join(token); err == nil {
					in.Add(1)
				} else {
					want(t, "the others", err, auth.ErrInvite)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d joined by one invitation", in.Load())
		}
		want(t, "after it", signIn(t, d, "bob@example.com", good, address), nil)

		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.Dismiss(t.Context(), tx, bob.ID) })
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			_, token, err = auth.InviteAgain(t.Context(), tx, bob.ID)
			return err
		})
		want(t, "with the old password", signIn(t, d, "bob@example.com", good, address), auth.ErrSignIn)
		clock.Advance(72 * time.Hour)
		want(t, "after three days", join(token), auth.ErrInvite)
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			_, token, err = auth.InviteAgain(t.Context(), tx, bob.ID)
			if err == nil {
				err = auth.Dismiss(t.Context(), tx, bob.ID)
			}
			return err
		})
		want(t, "who has left meanwhile", join(token), auth.ErrInvite)
	})
}

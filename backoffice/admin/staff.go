package admin

import (
	"net/http"
	"slices"
	"strings"

	"korzo/engagement/message"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/ui"
)

// team is what the forms below the list of staff need.
type team struct {
	Roles    []auth.Role
	Required bool
	form     *form
}

// colleague is one of them, with what they did lately.
type colleague struct {
	auth.Staff
	Roles []auth.Role
	Deeds []audit.Recorded
	Names map[string]string
	form  *form
}

// staffPages are those of who works here and what they may do.
func (a *Admin) staffPages() []page {
	return append(listPages(a, a.staffList()), []page{
		{"POST /admin/staff", "staff.write", "staff", a.inviteStaff},
		{"POST /admin/staff/policy", "staff.write", "staff", a.setPolicySecond},
		{"GET /admin/staff/{id}", "staff.read", "staff", a.showStaff},
		{"POST /admin/staff/{id}", "staff.write", "staff", a.changeStaff},
		{"GET /admin/roles", "staff.read", "roles", a.showRoles},
		{"GET /admin/roles/new", "staff.write", "roles", a.newRole},
		{"GET /admin/roles/{id}", "staff.write", "roles", a.editRole},
		{"POST /admin/roles", "staff.write", "roles", a.saveRole},
		{"POST /admin/roles/{id}", "staff.write", "roles", a.saveRole},
	}...)
}

// inviteStaff adds somebody and mails them the link to begin by.
func (a *Admin) inviteStaff(v *visit) error {
	f := v.form()
	var made auth.Staff
	token := ""
	_, status, err := a.put(v, f, "staff.invite", func(tx *db.Tx) (_ string, err error) {
		made, token, err = auth.Invite(v.ctx(), tx, auth.Staff{Name: f.get("name"), Email: f.get("email"), Role: f.get("role")})
		return string(made.ID), err
	})
	if err != nil {
		return err
	}
	if status != 0 {
		return showList(a, v, a.staffList(), shownList{Foot: a.staffForms(v, f)}, status)
	}
	return a.invited(v, made, token)
}

// invited mails an invitation that is made already: who is not reached is told
// so, and may be asked again.
func (a *Admin) invited(v *visit, to auth.Staff, token string) error {
	err := a.sendLink(v, to, message.StaffLink{By: v.staff.Name, URL: a.BaseURL + link(Prefix+"/join", "token", token)})
	page := Prefix + "/staff/" + string(to.ID)
	if err != nil {
		return v.done(page, "invite_unsent")
	}
	return v.done(page, "invited")
}

func (a *Admin) setPolicySecond(v *visit) error {
	required := v.form().get("required") == "yes"
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		before, err := auth.SecondRequired(v.ctx(), tx)
		if err != nil {
			return err
		}
		if err := auth.RequireSecond(v.ctx(), tx, required); err != nil {
			return err
		}
		return v.record(tx, "staff.policy", "", "second.before", yes(before), "second.after", yes(required))
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/staff", "policy_saved")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (a *Admin) showStaff(v *visit) error { return a.answerColleague(v, http.StatusOK, v.form()) }

func (a *Admin) answerColleague(v *visit, status int, f *form) error {
	c := colleague{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if c.Staff, err = auth.FindStaff(v.ctx(), tx, auth.StaffID(v.r.PathValue("id"))); err != nil {
			return err
		}
		if c.Roles, err = auth.Roles(v.ctx(), tx); err != nil {
			return err
		}
		if v.can("audit.read") {
			if c.Deeds, err = audit.List(v.ctx(), tx, audit.Filter{Actor: string(c.ID), Limit: 20}); err != nil {
				return err
			}
		}
		c.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	if !f.has("role") {
		f.set("role", c.Role)
	}
	return v.show(status, v.colleaguePage(c))
}

// changeStaff gives somebody another role, lets them in no more, or invites them again.
func (a *Admin) changeStaff(v *visit) error {
	f := v.form()
	who := auth.StaffID(v.r.PathValue("id"))
	var again auth.Staff
	token, done := "", ""
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		before, err := auth.FindStaff(v.ctx(), tx, who)
		if err != nil {
			return err
		}
		switch f.get("do") {
		case "role":
			done = "role_given"
			if err := auth.SetRole(v.ctx(), tx, who, f.get("role")); err != nil {
				return err
			}
			return v.record(tx, "staff.role", string(who), "role.before", before.Role, "role.after", f.get("role"))
		case "dismiss":
			done = "dismissed"
			if err := auth.Dismiss(v.ctx(), tx, who); err != nil {
				return err
			}
			if err := passkey.Forget(v.ctx(), tx, auth.RealmStaff, string(who)); err != nil {
				return err
			}
			return v.record(tx, "staff.dismiss", string(who))
		case "invite":
			if again, token, err = auth.InviteAgain(v.ctx(), tx, who); err != nil {
				return err
			}
			if err := passkey.Forget(v.ctx(), tx, auth.RealmStaff, string(who)); err != nil {
				return err
			}
			return v.record(tx, "staff.invite", string(who))
		}
		return errForm
	})
	if err != nil {
		status, rest := v.refused(err)
		if rest != nil {
			return rest
		}
		return a.answerColleague(v, status, f)
	}
	if token != "" {
		return a.invited(v, again, token)
	}
	return v.done(Prefix+"/staff/"+string(who), done)
}

// matrix is every right, and which role has it.
type matrix struct {
	Roles []auth.Role
	Areas []area
	Staff map[string]int // active ones, by role
}

// area is the rights of one part of the shop: "orders" with orders.read, orders.write.
type area struct {
	Name    string
	Actions []string
}

// areas groups every action there is.
func areas() (all []area) {
	for _, action := range auth.Actions() {
		name, _, _ := strings.Cut(action, ".")
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, area{Name: name})
		}
		last := &all[len(all)-1]
		last.Actions = append(last.Actions, action)
	}
	return all
}

func (a *Admin) showRoles(v *visit) error {
	m := matrix{Areas: areas(), Staff: map[string]int{}}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if m.Roles, err = auth.Roles(v.ctx(), tx); err != nil {
			return err
		}
		all, err := auth.ListStaff(v.ctx(), tx)
		for _, s := range all {
			if s.Active {
				m.Staff[s.Role]++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.rolesPage(m))
}

func (a *Admin) newRole(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	return v.show(http.StatusOK, v.rolePage(auth.Role{Own: true}, f))
}

// findRole returns a role of the merchant's own: ours are not edited.
func (a *Admin) findRole(v *visit) (found auth.Role, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := auth.Roles(v.ctx(), tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r auth.Role) bool { return r.Own && r.ID == v.r.PathValue("id") })
		if i < 0 {
			return auth.ErrNotFound
		}
		found = all[i]
		return nil
	})
	return found, err
}

func (a *Admin) editRole(v *visit) error {
	r, err := a.findRole(v)
	if err != nil {
		return err
	}
	f := v.form()
	f.set("name", r.Name)
	f.setAll("actions", r.Actions)
	return v.show(http.StatusOK, v.rolePage(r, f))
}

// saveRole makes, changes or deletes a role of the merchant's own.
func (a *Admin) saveRole(v *visit) error {
	f := v.form()
	r := auth.Role{ID: v.r.PathValue("id"), Name: f.get("name"), Actions: slices.Clone(f.all("actions")), Own: true}
	if f.get("do") == "delete" {
		return a.deleteRole(v, r, f)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		before := ""
		if all, err := auth.Roles(v.ctx(), tx); err != nil {
			return err
		} else if i := slices.IndexFunc(all, func(o auth.Role) bool { return o.ID == r.ID }); i >= 0 {
			before = strings.Join(all[i].Actions, " ")
		}
		saved, err := auth.SaveRole(v.ctx(), tx, r)
		if err != nil {
			return err
		}
		return v.record(tx, "role.save", saved.ID, "actions.before", before, "actions.after", strings.Join(saved.Actions, " "))
	})
	if err != nil {
		return a.refuseRole(v, r, f, err)
	}
	return v.done(Prefix+"/roles", "role_saved")
}

func (a *Admin) deleteRole(v *visit, r auth.Role, f *form) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := auth.DeleteRole(v.ctx(), tx, r.ID); err != nil {
			return err
		}
		return v.record(tx, "role.delete", r.ID)
	})
	if err != nil {
		return a.refuseRole(v, r, f, err)
	}
	return v.done(Prefix+"/roles", "role_deleted")
}

func (a *Admin) refuseRole(v *visit, r auth.Role, f *form, err error) error {
	status, rest := v.refused(err)
	if rest != nil {
		return rest
	}
	return v.show(status, v.rolePage(r, f))
}

// roleName is what a role is called: ours by their word, others by their own name.
func (v *visit) roleName(roles []auth.Role, id string) string {
	for _, r := range roles {
		if r.ID == id && r.Own {
			return r.Name
		}
	}
	return v.word("role", id)
}

func (v *visit) roleOptions(roles []auth.Role) (all []ui.Option) {
	for _, r := range roles {
		all = append(all, ui.Option{Value: r.ID, Label: v.roleName(roles, r.ID)})
	}
	return all
}

package admin

import (
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// member is somebody of staff in the list, with the roles there are.
type member struct {
	auth.Staff
	Roles []auth.Role
}

// staffList describes the list of who works here.
func (a *Admin) staffList() list[member] {
	columns := staffColumns()
	return list[member]{
		name: "staff", path: Prefix + "/staff", read: "staff.read", lead: "admin.staff.lead",
		columns: columns, filters: staffFilters(), tabs: "status",
		page: whole[member]{all: everybody, keep: map[string]func(*visit, member, string) bool{
			"role":   func(_ *visit, m member, role string) bool { return m.Role == role },
			"status": func(_ *visit, m member, state string) bool { return staffState(m.Staff) == state },
			"second": func(_ *visit, m member, has string) bool { return yes(m.Second) == has },
		}, by: map[string]func(a, b member) int{"seen": func(a, b member) int { return a.SeenAt.Compare(b.SeenAt) }}}.page(columns),
		key:   func(m member) string { return string(m.ID) },
		label: func(m member) string { return m.Name },
		none:  "admin.staff.none",
		head:  func(v *visit) templ.Component { return v.rolesLink() },
		foot:  func(v *visit) templ.Component { return a.staffForms(v, v.newForm()) },
	}
}

func everybody(v *visit, tx *db.Tx) (all []member, err error) {
	roles, err := auth.Roles(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	staff, err := auth.ListStaff(v.ctx(), tx)
	for _, s := range staff {
		all = append(all, member{s, roles})
	}
	return all, err
}

// staffState is where somebody stands: invited, at work, or gone.
func staffState(s auth.Staff) string {
	switch {
	case !s.Active:
		return "left"
	case !s.Joined:
		return "invited"
	}
	return "active"
}

func staffColumns() []column[member] {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return stamp(t)
	}
	return []column[member]{
		{name: "name", title: "admin.col.who", fixed: true, sorts: true, cell: func(v *visit, m member) templ.Component { return v.memberCell(m) },
			text: func(_ *visit, m member) string { return m.Name }},
		{name: "email", title: "admin.field.email", extra: true, sorts: true, cell: plainCell(func(_ *visit, m member) string { return m.Email }),
			text: func(_ *visit, m member) string { return m.Email }},
		plainColumn("role", "admin.col.role", func(v *visit, m member) string { return v.roleName(m.Roles, m.Role) }),
		{name: "second", title: "admin.staff.second", cell: plainCell(func(v *visit, m member) string { return v.T("admin." + yes(m.Second)) }),
			text: func(_ *visit, m member) string { return yes(m.Second) }},
		{name: "status", title: "admin.col.status", cell: func(v *visit, m member) templ.Component { return v.staffState(m.Staff) },
			text: func(_ *visit, m member) string { return staffState(m.Staff) }},
		{name: "seen", title: "admin.staff.seen", extra: true, sorts: true, cell: plainCell(func(v *visit, m member) string {
			if m.SeenAt.IsZero() {
				return ""
			}
			return v.time(m.SeenAt)
		}), text: func(_ *visit, m member) string { return moment(m.SeenAt) }},
		{name: "since", title: "admin.customer.since", extra: true, cell: plainCell(func(v *visit, m member) string { return v.Date(m.CreatedAt, v.zone) }),
			text: func(_ *visit, m member) string { return moment(m.CreatedAt) }},
	}
}

func staffFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.list.search", kind: "search"},
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return []ui.Option{{Label: v.T("admin.all")}, {Value: "active", Label: v.T("admin.staff.active")}, {Value: "invited", Label: v.T("admin.staff.invited")},
				{Value: "left", Label: v.T("admin.staff.left")}}, nil
		}},
		{name: "role", label: "admin.col.role", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := auth.Roles(v.ctx(), tx)
			return append([]ui.Option{{Label: v.T("admin.all")}}, v.roleOptions(all)...), err
		}},
		{name: "second", label: "admin.staff.second", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return []ui.Option{{Label: v.T("admin.all")}, {Value: "yes", Label: v.T("admin.yes")}, {Value: "no", Label: v.T("admin.no")}}, nil
		}},
	}
}

// staffForms invite somebody, and say whether all must have a second factor.
func (a *Admin) staffForms(v *visit, f *form) templ.Component {
	t := team{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if t.Roles, err = auth.Roles(v.ctx(), tx); err != nil {
			return err
		}
		t.Required, err = auth.SecondRequired(v.ctx(), tx)
		return err
	})
	if err != nil {
		return templ.NopComponent
	}
	return v.staffForms(t)
}

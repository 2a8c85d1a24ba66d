package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// keyView is an API key with what was done to it and by it lately.
type keyView struct {
	auth.Key
	Secret string // of one that was made just now: it is never shown again
	Deeds  []audit.Recorded
	Names  map[string]string
}

// keyList describes the list of API keys.
func (a *Admin) keyList() list[auth.Key] {
	columns := keyColumns()
	return list[auth.Key]{
		name: "keys", in: "settings", path: Prefix + "/keys", read: "keys.write", lead: "admin.settings_say.keys",
		columns: columns, tabs: "status", changes: []listChange{{verb: revokeVerb, action: "keys.write", label: "admin.keys.revoke",
			tell: telling(func(v *visit, state json.RawMessage) string { return v.T("admin.keys." + said[string](state)) })}},
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return []ui.Option{{Label: v.T("admin.all")}, {Value: "good", Label: v.T("admin.keys.good")}, {Value: "revoked", Label: v.T("admin.keys.revoked")}}, nil
			}},
			{name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("keykind", "admin.all", auth.Secret, auth.Publishable), nil
			}},
		},
		page: whole[auth.Key]{all: allKeysOf, keep: map[string]func(*visit, auth.Key, string) bool{
			"status": func(_ *visit, k auth.Key, state string) bool { return keyState(k) == state },
			"kind":   func(_ *visit, k auth.Key, kind string) bool { return k.Kind == kind },
		}, by: map[string]func(a, b auth.Key) int{"used": func(a, b auth.Key) int { return a.LastUsedAt.Compare(b.LastUsedAt) }}}.page(columns),
		key:   func(k auth.Key) string { return string(k.ID) },
		label: func(k auth.Key) string { return k.Name },
		none:  "admin.keys.none",
		head:  func(v *visit) templ.Component { return v.keysHead() },
	}
}

func keyState(k auth.Key) string {
	if k.RevokedAt.IsZero() {
		return "good"
	}
	return "revoked"
}

func keyColumns() []column[auth.Key] {
	return []column[auth.Key]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, k auth.Key) templ.Component { return v.keyCell(k) },
			text: func(_ *visit, k auth.Key) string { return k.Name }},
		plainColumn("opens", "admin.keys.opens", func(v *visit, k auth.Key) string { return v.opens(k) }),
		plainColumn("ends", "admin.keys.ends", func(_ *visit, k auth.Key) string { return "…" + k.Hint }),
		plainColumn("used", "admin.keys.used", func(v *visit, k auth.Key) string { return v.used(k) }),
		{name: "made", title: "admin.keys.made", extra: true, cell: plainCell(func(v *visit, k auth.Key) string { return v.time(k.CreatedAt) }),
			text: func(_ *visit, k auth.Key) string { return stamp(k.CreatedAt) }},
		{name: "status", title: "admin.col.status", cell: func(v *visit, k auth.Key) templ.Component { return v.keyState(k) },
			text: func(_ *visit, k auth.Key) string { return keyState(k) }},
	}
}

// allKeysOf are the keys; those that open nothing any more come last.
func allKeysOf(v *visit, tx *db.Tx) ([]auth.Key, error) {
	all, err := auth.ListKeys(v.ctx(), tx)
	slices.SortStableFunc(all, func(a, b auth.Key) int { return cmp.Compare(keyState(a), keyState(b)) })
	return all, err
}

// revokeVerb makes keys open nothing any more; there is no way back, because a
// key that was told to a stranger once is told for ever.
var revokeVerb = listing.Verb{Name: "keys.revoke", Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
	all, err := auth.ListKeys(ctx, tx)
	if err != nil {
		return o, err
	}
	i := slices.IndexFunc(all, func(k auth.Key) bool { return string(k.ID) == subject })
	if i < 0 {
		return o, auth.ErrNotFound
	}
	o = listing.Outcome{Title: all[i].Name, Old: keep(keyState(all[i])), New: keep("revoked")}
	if !all[i].RevokedAt.IsZero() {
		return o, nil
	}
	return o, auth.RevokeKey(ctx, tx, all[i].ID)
}}

func (a *Admin) newKeyPage(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("kind", auth.Secret)
	return a.answerNewKey(v, http.StatusOK, f)
}

func (a *Admin) answerNewKey(v *visit, status int, f *form) error {
	var channels []market.Channel
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		channels, err = market.Channels(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.newKey(channels, f))
}

// createKey makes a key and shows its secret, this once: it is kept nowhere, so
// a form that is sent again leads to the key and not to its secret.
func (a *Admin) createKey(v *visit) error {
	f := v.form()
	n := auth.NewKey{Kind: f.get("kind"), Name: f.get("name"), Channel: f.get("channel"), Scopes: f.all("scopes")}
	if f.has("everything") {
		n.Scopes = []string{auth.ScopeAll}
	}
	var made keyView
	id, status, err := a.put(v, f, "key.create", func(tx *db.Tx) (_ string, err error) {
		if !v.goodKey(f, n) {
			return "", nil
		}
		made.Key, made.Secret, err = auth.CreateKey(v.ctx(), tx, n)
		return string(made.ID), err
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return a.answerNewKey(v, status, f)
	case made.Secret == "":
		return v.done(Prefix+"/keys/"+id, "key_made")
	}
	return v.show(http.StatusCreated, v.keyPage(made))
}

// goodKey blames what is missing: a key without a name is one that nobody dares
// to revoke.
func (v *visit) goodKey(f *form, n auth.NewKey) bool {
	if n.Name == "" {
		f.blame("name", "admin.problem.key_name")
	}
	if n.Kind != auth.Publishable && len(n.Scopes) == 0 {
		f.blame("scopes", "admin.problem.scopes")
	}
	if n.Kind == auth.Publishable && n.Channel == "" {
		f.blame("channel", "admin.problem.key_channel")
	}
	return f.ok()
}

func (a *Admin) showKey(v *visit) error {
	k := keyView{}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		all, err := auth.ListKeys(v.ctx(), tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(k auth.Key) bool { return string(k.ID) == v.r.PathValue("id") })
		if i < 0 {
			return auth.ErrNotFound
		}
		k.Key = all[i]
		if k.Names, err = names(v.ctx(), tx); err != nil {
			return err
		}
		made, err := audit.List(v.ctx(), tx, audit.Filter{Subject: string(k.ID), Limit: 20})
		if err != nil {
			return err
		}
		did, err := audit.List(v.ctx(), tx, audit.Filter{Actor: string(k.ID), Limit: 20})
		k.Deeds = slices.Concat(did, made)
		slices.SortStableFunc(k.Deeds, func(a, b audit.Recorded) int { return int(b.Seq - a.Seq) })
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.keyPage(k))
}

func (a *Admin) revokeKey(v *visit) error {
	id := auth.KeyID(v.r.PathValue("id"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := auth.RevokeKey(v.ctx(), tx, id); err != nil {
			return err
		}
		return v.record(tx, "key.revoke", string(id))
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/keys/"+string(id), "key_revoked")
}

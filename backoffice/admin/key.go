package admin

import (
	"net/http"
	"slices"

	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
)

// keyView is an API key with what was done to it and by it lately.
type keyView struct {
	auth.Key
	Secret string // of one that was made just now: it is never shown again
	Deeds  []audit.Recorded
	Names  map[string]string
}

func (a *Admin) listKeys(v *visit) error {
	var all []auth.Key
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		all, err = auth.ListKeys(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b auth.Key) int { // those that open nothing any more come last
		switch {
		case a.RevokedAt.IsZero() == b.RevokedAt.IsZero():
			return 0
		case a.RevokedAt.IsZero():
			return -1
		}
		return 1
	})
	return v.show(http.StatusOK, v.keysPage(all))
}

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

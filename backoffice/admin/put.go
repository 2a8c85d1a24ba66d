package admin

import (
	"errors"
	"net/http"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/idempotency"
)

// put does what a form asks in one transaction and records it under action: once
// per key, where the form has one. status is 0 when it is done; else the status
// to show the form again with, for what is to be mended is in the form or the
// page's refusal.
func (a *Admin) put(v *visit, f *form, action string, verb func(tx *db.Tx) (subject string, err error)) (id string, status int, err error) {
	recorded := func(tx *db.Tx) (string, error) {
		subject, err := verb(tx)
		if err == nil && !f.ok() {
			err = errMend
		}
		if err != nil {
			return "", err
		}
		return subject, v.record(tx, action, subject)
	}
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if !f.has("key") {
			id, err = recorded(tx)
			return err
		}
		id, err = v.once(tx, "admin."+action, func() (string, error) { return recorded(tx) })
		return err
	})
	switch {
	case err == nil:
		return id, 0, nil
	case errors.Is(err, errMend):
		return "", http.StatusUnprocessableEntity, nil
	case errors.Is(err, idempotency.ErrReused):
		f.set("key", newKey())
	}
	status, rest := v.refused(err)
	if rest == nil {
		v.blameFields(f, err)
	}
	return "", status, rest
}

// blameFields puts a refusal beside the fields it names: domains write them in
// one line, "code: …; usage_limit: …". Fields that the page does not know leave
// the refusal where it is.
func (v *visit) blameFields(f *form, err error) {
	if fault.KindOf(err) != fault.Invalid {
		return
	}
	if e, ok := errors.AsType[*flaw.Error](err); ok {
		for _, one := range e.Flaws {
			f.wrong(one.Field, one.In(v.Locale))
		}
		v.refusal = ""
		return
	}
	blamed := 0
	parts := strings.Split(fault.TextOf(err), "; ")
	for _, part := range parts {
		field, text, found := strings.Cut(part, ": ")
		if !found || !v.Has("admin.field."+plain(field)) {
			continue
		}
		if key := "admin.problem." + plain(field); v.Has(key) {
			text = v.T(key)
		}
		f.wrong(field, text)
		blamed++
	}
	if blamed == len(parts) {
		v.refusal = ""
	}
}

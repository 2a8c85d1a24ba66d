package admin

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"path"

	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/dispute"
)

// quarrel is all that the page of a dispute shows.
type quarrel struct {
	dispute.Dispute
	Evidence []dispute.Evidence
	Names    map[string]string
	form     *form
}

func (a *Admin) showDispute(v *visit) error { return a.answerDispute(v, http.StatusOK, v.form()) }

func (a *Admin) answerDispute(v *visit, status int, f *form) error {
	q := quarrel{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		id := dispute.ID(v.r.PathValue("id"))
		if q.Dispute, err = dispute.Find(v.ctx(), tx, id); err != nil {
			return err
		}
		if q.Evidence, err = dispute.AllEvidence(v.ctx(), tx, id); err != nil {
			return err
		}
		q.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.disputePage(q))
}

// addEvidence keeps a note, with a file if one was chosen.
func (a *Admin) addEvidence(v *visit) error {
	web.Widen(v.w, v.r, dispute.MaxFile+1<<20)
	if err := v.r.ParseMultipartForm(1 << 20); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		return errForm
	}
	defer func() { _ = v.r.MultipartForm.RemoveAll() }()
	id, f := dispute.ID(v.r.PathValue("id")), v.form()
	e := dispute.Evidence{Dispute: id, Actor: v.staff.Subject, Text: f.get("note")}
	if file, head, err := v.r.FormFile("file"); err == nil {
		defer func() { _ = file.Close() }()
		e.File = path.Base(head.Filename)
		if e.Content, err = io.ReadAll(file); err != nil {
			return errForm
		}
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if _, err := dispute.AddEvidence(v.ctx(), tx, e); err != nil {
			return err
		}
		return v.record(tx, "dispute.evidence", string(id))
	})
	return a.afterDispute(v, err, f)
}

// decideDispute notes that the evidence was given, or how the bank decided.
func (a *Admin) decideDispute(v *visit) error {
	id, to := dispute.ID(v.r.PathValue("id")), dispute.State(v.r.PostForm.Get("to"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		verb := func() error { return dispute.Close(v.ctx(), tx, id, to) }
		if to == dispute.StateAnswered {
			verb = func() error { return dispute.Answered(v.ctx(), tx, id) }
		}
		if err := verb(); err != nil {
			return err
		}
		return v.record(tx, "dispute."+string(to), string(id))
	})
	return a.afterDispute(v, err, v.form())
}

func (a *Admin) afterDispute(v *visit, err error, f *form) error {
	if err == nil {
		return v.done(Prefix+"/disputes/"+v.r.PathValue("id"), "dispute_noted")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerDispute(v, status, f)
}

// showEvidence hands out a file as something to keep, never to show.
func (a *Admin) showEvidence(v *visit) error {
	var e dispute.Evidence
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		e, err = dispute.ReadFile(v.ctx(), tx, dispute.ID(v.r.PathValue("id")), v.r.PathValue("file"))
		return err
	})
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/octet-stream")
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.File}))
	v.w.Header().Set("Cache-Control", "private, no-store")
	_, _ = v.w.Write(e.Content)
	return nil
}

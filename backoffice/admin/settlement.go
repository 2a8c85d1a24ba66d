package admin

import (
	"errors"
	"net/http"
	"path"

	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
)

// statements is what the form for another statement shows.
type statements struct {
	Sources []string
	form    *form
}

// answerStatements shows the list with what was typed.
func (a *Admin) answerStatements(v *visit, status int, f *form) error {
	return showList(a, v, a.statementList(), shownList{Note: a.statementNote(v, f)}, status)
}

// uploadStatement reads a statement from a file. A file that was read before
// leads to what came of it then, a table of unknown columns to a question.
func (a *Admin) uploadStatement(v *visit) error {
	web.Widen(v.w, v.r, statement.MaxBytes+1<<20)
	if err := v.r.ParseMultipartForm(8 << 20); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		return errForm
	}
	defer func() { _ = v.r.MultipartForm.RemoveAll() }()
	f := v.form()
	file, head, err := v.r.FormFile("file")
	if err != nil {
		f.blame("file", "admin.problem.file")
		return a.answerStatements(v, http.StatusUnprocessableEntity, f)
	}
	defer func() { _ = file.Close() }()
	u := settlement.Upload{Source: f.get("source"), Format: f.get("format"), Name: path.Base(head.Filename), Text: file, Actor: v.staff.Subject}
	at, err := a.askStatement(v, f, u)
	if err == nil && at != "" {
		http.Redirect(v.w, v.r, at, http.StatusSeeOther)
		return nil
	}
	if err == nil {
		var read settlement.File
		var again bool
		if read, again, err = a.Settle.Read(v.ctx(), u); err == nil {
			return a.statementRead(v, read, again)
		}
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerStatements(v, status, f)
}

// reading is a statement with what became of its rows.
type reading struct {
	settlement.File
	Counts []settlement.Count
}

func (a *Admin) showStatement(v *visit) error {
	var s reading
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		id := settlement.ID(v.r.PathValue("id"))
		if s.File, err = settlement.Find(v.ctx(), tx, id); err != nil {
			return err
		}
		s.Counts, err = settlement.Counts(v.ctx(), tx, id)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.statementPage(s))
}

// matchStatement holds a statement against the books again.
func (a *Admin) matchStatement(v *visit) error {
	id := settlement.ID(v.r.PathValue("id"))
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "settlement.match", string(id)) }); err != nil {
		return err
	}
	if _, err := a.Settle.Match(v.ctx(), id); err != nil {
		return err
	}
	return v.done(Prefix+"/settlements/"+string(id), "statement_matched")
}

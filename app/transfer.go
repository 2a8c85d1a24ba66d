package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"korzo/backoffice/transfer"
	"korzo/platform/db"
)

// reportPage is how many rows of a report are told at a time.
const reportPage = 500

// transfers are the command line's requests about imports and exports. An
// import is taken step by step: the command asks for each, so that it can show
// how far it is, and a command that ends stops the import where it is.
func (l *local) transfers() map[string]localHandler {
	return map[string]localHandler{
		"POST /imports": l.beginImport, "POST /imports/{id}/steps": l.stepImport, "GET /imports/{id}/rows": l.importRows,
		"GET /imports/{id}/tallies": l.importTallies,
		"POST /imports/{id}/next":   l.nextImport, "GET /exports/{kind}": l.exportPage, "POST /archives": l.writeArchive,
	}
}

func (l *local) beginImport(r *http.Request) (any, error) {
	in, err := read[transfer.Request](r)
	if err != nil {
		return nil, err
	}
	desk, err := l.desk()
	if err != nil {
		return nil, err
	}
	run, err := desk.Begin(r.Context(), in)
	if err != nil {
		return nil, err
	}
	return run, l.do(r.Context(), "import.begin", func(*db.Tx) (string, error) { return string(run.ID), nil })
}

func (l *local) stepImport(r *http.Request) (any, error) {
	desk, err := l.desk()
	if err != nil {
		return nil, err
	}
	return desk.Step(r.Context(), transfer.RunID(r.PathValue("id")))
}

// nextImport begins what comes after a run of an archive; its answer has no id
// after the last.
func (l *local) nextImport(r *http.Request) (any, error) {
	desk, err := l.desk()
	if err != nil {
		return nil, err
	}
	run, err := desk.Find(r.Context(), transfer.RunID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	next, err := desk.Next(r.Context(), run)
	if err != nil || next.ID == "" {
		return next, err
	}
	return next, l.do(r.Context(), "import.begin", func(*db.Tx) (string, error) { return string(next.ID), nil })
}

// Archive asks for everything to be written to a file of this machine.
type Archive struct {
	Path   string          `json:"path"`
	Format transfer.Format `json:"format"` // of the tables
}

// writeArchive writes the archive under its name once it is whole, and answers
// what is in it.
func (l *local) writeArchive(r *http.Request) (any, error) {
	in, err := read[Archive](r)
	if err != nil {
		return nil, err
	}
	desk, err := l.desk()
	if err != nil {
		return nil, err
	}
	err = l.do(r.Context(), "export.begin", func(*db.Tx) (string, error) { return string(transfer.KindEverything), nil })
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(in.Path), ".export-*")
	if err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	err = errors.Join(desk.Archive(r.Context(), f, in.Format), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), in.Path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return transfer.LookArchive(in.Path)
}

// importTallies is what a run of orders came to by month.
func (l *local) importTallies(r *http.Request) (any, error) {
	all := []transfer.Tally{}
	return &all, l.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = transfer.Tallies(r.Context(), tx, transfer.RunID(r.PathValue("id")))
		return err
	})
}

func (l *local) importRows(r *http.Request) (any, error) {
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64) // what is no number begins at the start
	rows := []transfer.Row{}
	return &rows, l.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		rows, err = transfer.Report(r.Context(), tx, transfer.RunID(r.PathValue("id")), after, reportPage)
		return err
	})
}

func (l *local) exportPage(r *http.Request) (any, error) {
	desk, err := l.desk()
	if err != nil {
		return nil, err
	}
	var page transfer.Page
	return &page, l.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		page, err = desk.Export(r.Context(), tx, transfer.Kind(r.PathValue("kind")), r.FormValue("after"))
		return err
	})
}

package admin

import (
	"archive/zip"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/platform/db"
)

// everything is the file that holds all kinds.
const everything = "everything"

func (a *Admin) showExports(v *visit) error { return v.show(http.StatusOK, v.exportsPage()) }

// downloadExport is one kind as a file, or all of them in one archive, each read
// as it comes: nothing is held in memory.
func (a *Admin) downloadExport(v *visit) error {
	name, ending, _ := strings.Cut(v.r.PathValue("file"), ".")
	kind, format := transfer.Kind(name), transfer.Format(ending)
	if name == everything {
		format = transfer.Format(strings.TrimSuffix(ending, ".zip"))
	}
	if format != transfer.FormatCSV && format != transfer.FormatJSON {
		return transfer.ErrFormat
	}
	if name != everything && !slices.Contains(transfer.Kinds, kind) {
		return transfer.ErrKind
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "export.begin", name) })
	if err != nil {
		return err
	}
	if name == everything {
		v.attach("application/zip", "korzo-"+string(format)+".zip")
		return a.exportAll(v, format)
	}
	v.attach(map[transfer.Format]string{transfer.FormatCSV: "text/csv; charset=utf-8", transfer.FormatJSON: "application/json"}[format], name+"."+string(format))
	return a.Desk.Save(v.ctx(), v.w, kind, format)
}

func (a *Admin) exportAll(v *visit, f transfer.Format) error {
	out := zip.NewWriter(v.w)
	for i, kind := range transfer.Kinds {
		w, err := out.Create(fmt.Sprintf("%02d-%s.%s", i+1, kind, f)) // the number is the order of reading them in
		if err != nil {
			return err
		}
		if err := a.Desk.Save(v.ctx(), w, kind, f); err != nil {
			return err
		}
	}
	return out.Close()
}

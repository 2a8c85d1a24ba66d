package admin

import (
	"net/http"
	"slices"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/platform/db"
)

func (a *Admin) showExports(v *visit) error { return v.show(http.StatusOK, v.exportsPage()) }

// downloadExport is one kind as a file, or all of them in one archive, each read
// as it comes: nothing is held in memory.
func (a *Admin) downloadExport(v *visit) error {
	name, ending, _ := strings.Cut(v.r.PathValue("file"), ".")
	kind, format := transfer.Kind(name), transfer.Format(ending)
	if kind == transfer.KindEverything {
		format = transfer.Format(strings.TrimSuffix(ending, ".zip"))
	}
	if format != transfer.FormatCSV && format != transfer.FormatJSON {
		return transfer.ErrFormat
	}
	if kind != transfer.KindEverything && !slices.Contains(transfer.Kinds, kind) {
		return transfer.ErrKind
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "export.begin", name) })
	if err != nil {
		return err
	}
	if kind == transfer.KindEverything {
		v.attach("application/zip", "korzo-"+string(format)+".zip")
		return a.Desk.Archive(v.ctx(), v.w, format)
	}
	v.attach(map[transfer.Format]string{transfer.FormatCSV: "text/csv; charset=utf-8", transfer.FormatJSON: "application/json"}[format], name+"."+string(format))
	return a.Desk.Save(v.ctx(), v.w, kind, format)
}

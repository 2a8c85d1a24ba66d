package admin

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/value/money"
)

const (
	lookRows   = 8        // of a file, and entities made of it, that a preview shows
	shownRows  = 200      // remarks of a run on its page; the table to download has all
	maxSetting = 10 << 10 // bytes of a field that comes before a file
)

var errNoFile = fault.New(fault.Invalid, "admin.no_file", "choose a file to send: CSV or JSON, at most 200 MB")

// transferTable is the pages of files in and out.
func (a *Admin) transferTable() []page {
	return append(listPages(a, a.importList()), []page{
		{"POST /admin/imports/files", "transfers.write", "imports", a.receiveImport},
		{"GET /admin/imports/new", "transfers.write", "imports", a.newImport},
		{"POST /admin/imports/new", "transfers.write", "imports", a.lookImport},
		{"POST /admin/imports", "transfers.write", "imports", a.startImport},
		{"GET /admin/imports/{id}", "transfers.read", "imports", a.showImport},
		{"GET /admin/imports/{id}/events", "transfers.read", "imports", a.streamOf("id")},
		{"GET /admin/imports/{id}/report.csv", "transfers.read", "imports", a.downloadReport},
		{"POST /admin/imports/{id}/resume", "transfers.write", "imports", a.resumeImport},
		{"POST /admin/imports/{id}/again", "transfers.write", "imports", a.repeatImport},
		{"GET /admin/exports", "transfers.read", "exports", a.showExports},
		{"GET /admin/exports/{file}", "transfers.read", "exports", a.downloadExport},
	}...)
}

// imports is what the form that begins a run needs.
type imports struct {
	Markets   []market.Market
	Locations []inventory.Location
}

// answerImports shows the list of runs with the form as it was typed.
func (a *Admin) answerImports(v *visit, f *form, status int) error {
	return showList(a, v, a.importList(), shownList{Note: a.importForm(v, f)}, status)
}

func (p *imports) findPlaces(v *visit, tx *db.Tx) (err error) {
	if p.Markets, err = market.All(v.ctx(), tx); err != nil {
		return err
	}
	p.Locations, err = inventory.Locations(v.ctx(), tx)
	return err
}

// receiveImport keeps a file as it comes; nothing of it is held in memory. The
// fields come before the file, as they stand in the form.
func (a *Admin) receiveImport(v *visit) error {
	web.Widen(v.w, v.r, transfer.MaxArchive+1<<20)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return errForm
	}
	f := v.newForm()
	name := ""
	for name == "" {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errForm
		}
		if part.FileName() == "" {
			text, err := io.ReadAll(io.LimitReader(part, maxSetting))
			if err != nil {
				return errForm
			}
			f.set(part.FormName(), strings.TrimSpace(string(text)))
			continue
		}
		f.set("name", path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")))
		if name, err = a.keepFile(v, part); err != nil {
			status, err := v.refused(err)
			if err != nil {
				return err
			}
			return a.answerImports(v, f, status)
		}
	}
	if name == "" {
		status, _ := v.refused(errNoFile)
		return a.answerImports(v, f, status)
	}
	q := url.Values{"file": {name}}
	for _, field := range []string{"name", "kind", "market", "location"} {
		if f.has(field) {
			q.Set(field, f.get(field))
		}
	}
	http.Redirect(v.w, v.r, Prefix+"/imports/new?"+q.Encode(), http.StatusSeeOther)
	return nil
}

func (a *Admin) keepFile(v *visit, part *multipart.Part) (name string, err error) {
	format := transfer.FormatCSV
	switch strings.ToLower(path.Ext(part.FileName())) {
	case ".json":
		format = transfer.FormatJSON
	case ".zip":
		format = transfer.FormatZIP
	}
	return a.Desk.Receive(v.ctx(), format, part)
}

// newRun is an import before it begins: the file, what can be seen of it, and
// how its columns become ours.
type newRun struct {
	imports
	File, Name string
	Kind       transfer.Kind
	Seen       transfer.Preview
	Mapping    transfer.Mapping
	Columns    []transfer.Column
	Missing    []string // columns that are needed and that nothing fills
}

// shopify says that the file is read as it is, by its own rules.
func (n newRun) shopify() bool { return n.Kind == transfer.KindShopify }

// mapped says that the file is another system's and needs a mapping.
func (n newRun) mapped() bool { return !n.Seen.Own && !n.shopify() }

// importKinds are the kinds of files that can be read.
var importKinds = append([]transfer.Kind{transfer.KindShopify}, transfer.Kinds...)

func (a *Admin) newImport(v *visit) error {
	f := v.newForm()
	for _, name := range []string{"file", "name", "kind", "market", "location"} {
		f.set(name, v.query(name))
	}
	return a.answerNewImport(v, f, transfer.Mapping{}, http.StatusOK)
}

// lookImport shows what the mapping that was chosen makes of the file.
func (a *Admin) lookImport(v *visit) error {
	f := v.form()
	m, err := f.mapping()
	if err != nil {
		status, err := v.refused(err)
		if err != nil {
			return err
		}
		return a.answerNewImport(v, f, m, status)
	}
	return a.answerNewImport(v, f, m, http.StatusOK)
}

func (a *Admin) answerNewImport(v *visit, f *form, m transfer.Mapping, status int) error {
	n := newRun{File: f.get("file"), Name: f.get("name"), Kind: transfer.Kind(f.get("kind"))}
	at, err := a.Desk.Received(n.File)
	if err != nil {
		return err
	}
	if path.Ext(n.File) == ".zip" {
		return a.answerArchive(v, n, at, status)
	}
	m.Kind = n.Kind
	if !slices.Contains(importKinds, n.Kind) {
		m.Kind = ""
	}
	if n.shopify() {
		m = transfer.Mapping{}
	}
	n.Seen, err = transfer.Look(at, m, lookRows)
	if len(m.Columns) == 0 && err == nil && len(n.Seen.Guess.Columns) > 0 && !n.Seen.Own {
		m = n.Seen.Guess
		seen, lookErr := transfer.Look(at, m, lookRows)
		if lookErr == nil {
			n.Seen = seen
		}
	}
	if err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	n.Mapping, n.Columns = m, transfer.Columns(n.Kind)
	for _, c := range n.Columns {
		if c.Needed && !slices.ContainsFunc(m.Columns, func(r transfer.Rule) bool { return r.To == c.Name }) {
			n.Missing = append(n.Missing, c.Name)
		}
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error { return n.findPlaces(v, tx) })
	if err != nil {
		return err
	}
	return v.show(status, v.newImportPage(n, f))
}

// answerArchive shows what is in an archive before it is imported.
func (a *Admin) answerArchive(v *visit, n newRun, at string, status int) error {
	held, err := transfer.LookArchive(at)
	if err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	n.Kind = transfer.KindEverything
	return v.show(status, v.newArchivePage(n, held))
}

// startImport begins a run and has the shop's jobs take it to its end.
func (a *Admin) startImport(v *visit) error {
	f := v.form()
	at, err := a.Desk.Received(f.get("file"))
	if err != nil {
		return err
	}
	in := transfer.Request{Path: at, Name: f.get("name"), Kind: transfer.Kind(f.get("kind")), Market: f.get("market"), Location: f.get("location"), Dry: f.get("dry") != ""}
	if f.has("mapping") {
		if in.Mapping, err = transfer.ParseMapping([]byte(f.get("mapping"))); err != nil {
			return a.refuseImport(v, f, in.Mapping, err)
		}
	}
	id, err := a.beginRun(v, in)
	if err != nil {
		return a.refuseImport(v, f, in.Mapping, err)
	}
	http.Redirect(v.w, v.r, importPath(id), http.StatusSeeOther)
	return nil
}

func (a *Admin) refuseImport(v *visit, f *form, m transfer.Mapping, err error) error {
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerNewImport(v, f, m, status)
}

// beginRun opens a run and hands it to the jobs.
func (a *Admin) beginRun(v *visit, in transfer.Request) (transfer.RunID, error) {
	run, err := a.Desk.Begin(v.ctx(), in)
	if err != nil {
		return "", err
	}
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "import.begin", string(run.ID)) }); err != nil {
		return "", err
	}
	return run.ID, a.Desk.Start(v.ctx(), run.ID)
}

func importPath(id transfer.RunID) string { return Prefix + "/imports/" + string(id) }

// oneRun is a run with what was said of its rows.
type oneRun struct {
	transfer.Run
	Remarks []transfer.Row
	Tallies []transfer.Tally
}

func (a *Admin) showImport(v *visit) error { return a.answerImport(v, http.StatusOK) }

func (a *Admin) answerImport(v *visit, status int) error {
	id := transfer.RunID(v.r.PathValue("id"))
	run, err := a.Desk.Find(v.ctx(), id)
	if err != nil {
		return err
	}
	p := oneRun{Run: run}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Remarks, err = transfer.Report(v.ctx(), tx, id, 0, shownRows); err != nil {
			return err
		}
		p.Tallies, err = transfer.Tallies(v.ctx(), tx, id)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.importPage(p))
}

// downloadReport is all that was said of a run's rows, as a table.
func (a *Admin) downloadReport(v *visit) error {
	id := transfer.RunID(v.r.PathValue("id"))
	if _, err := a.Desk.Find(v.ctx(), id); err != nil {
		return err
	}
	var rows []transfer.Row
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		rows, err = transfer.Report(v.ctx(), tx, id, 0, transfer.MaxRows)
		return err
	})
	if err != nil {
		return err
	}
	v.attach("text/csv; charset=utf-8", "import-report.csv")
	return transfer.WriteReport(csv.NewWriter(v.w), rows)
}

// attach says that the answer is a file to be kept.
func (v *visit) attach(kind, name string) {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.Header().Set("Cache-Control", "private, no-store")
}

// resumeImport has a run go on that was cut short.
func (a *Admin) resumeImport(v *visit) error {
	id := transfer.RunID(v.r.PathValue("id"))
	if _, err := a.Desk.Find(v.ctx(), id); err != nil {
		return err
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "import.resume", string(id)) })
	if err == nil {
		err = a.Desk.Start(v.ctx(), id)
	}
	if err != nil {
		return err
	}
	return v.done(importPath(id), "import_resumed")
}

// repeatImport does in earnest what a dry run tried.
func (a *Admin) repeatImport(v *visit) error {
	run, err := a.Desk.Find(v.ctx(), transfer.RunID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	id, err := a.beginRun(v, run.Again())
	if err == nil {
		http.Redirect(v.w, v.r, importPath(id), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerImport(v, status)
}

// mappingText is a mapping as the form carries it.
func mappingText(m transfer.Mapping) string {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(text)
}

// tallied is an amount that rows came to; of a currency that nobody names
// nothing can be said.
func (v *visit) tallied(t transfer.Tally) string {
	if t.Currency == "" {
		return ""
	}
	return v.Money(money.Of(t.Amount, money.Currency(t.Currency)))
}

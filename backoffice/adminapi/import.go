package adminapi

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"korzo/backoffice/transfer"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/web"
)

// transferRoutes are files in and out. A file is sent first, as it is, and then
// imported by its name; the answer to a question about the run tells how far it is.
func (a *API) transferRoutes(mux *http.ServeMux, r routes) {
	a.raw(mux, "POST /imports/files", "transfers.write", a.receiveFile)
	describe(r, "POST", "/imports/files", "Transfers", "Send a file to import", "transfers.write",
		"The body is the file as it is, a table of at most 200 MB or an archive of everything of at most 2 GB: nothing of it is held in memory. Import it by the name that is answered.",
		&huma.Operation{Parameters: []*huma.Param{inQuery("format", "csv, json or zip; left out: by the Content-Type")}, RequestBody: fileBody("text/csv", "application/json", "application/zip"),
			Responses: map[string]*huma.Response{"201": jsonText("The name to import it by", "file"), "413": {Description: "More than 200 MB, or an archive of more than 2 GB"}}})
	a.raw(mux, "GET /exports/everything.zip", "transfers.read", a.exportArchive)
	describe(r, "GET", "/exports/everything.zip", "Transfers", "Export everything as one archive", "transfers.read",
		"A ZIP file with a table of each kind, and the pictures and files that products name. Sent back and imported it changes nothing.",
		&huma.Operation{Parameters: []*huma.Param{inQuery("format", "csv or json, of the tables; left out: csv")},
			Responses: map[string]*huma.Response{"200": {Description: "The archive", Content: map[string]*huma.MediaType{"application/zip": {}}}}})
	a.raw(mux, "GET /imports/{id}/report", "transfers.read", a.importReport)
	describe(r, "GET", "/imports/{id}/report", "Transfers", "Download what was said of an import", "transfers.read", "Every remark that was kept, as a table.",
		&huma.Operation{Parameters: []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
			Responses: map[string]*huma.Response{"200": {Description: "The report", Content: map[string]*huma.MediaType{"text/csv": {}}}, "404": {Description: "There is no such import"}}})
	add(r, "POST", "/imports/previews", "Transfers", "Look into a sent file", "transfers.write", a.previewFile)
	add(r, "GET", "/imports", "Transfers", "List imports", "transfers.read", a.listImports)
	add(r, "POST", "/imports", "Transfers", "Start an import", "transfers.write", a.startImport)
	add(r, "GET", "/imports/{id}", "Transfers", "Show an import", "transfers.read", a.showImport)
	add(r, "GET", "/imports/{id}/rows", "Transfers", "List the remarks of an import", "transfers.read", a.importRows)
	add(r, "GET", "/imports/{id}/months", "Transfers", "Show what an import of orders came to", "transfers.read", a.importMonths)
	add(r, "GET", "/exports/{kind}", "Transfers", "Export a page of records", "transfers.read", a.exportPage)
}

// raw is a route whose body is a file, which no JSON can hold.
func (a *API) raw(mux *http.ServeMux, pattern, scope string, h func(w http.ResponseWriter, r *http.Request, k auth.Key) error) {
	method, path, _ := strings.Cut(pattern, " ")
	mux.Handle(method+" "+Prefix+path, web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		secret, ok := web.Bearer(r.Header.Get("Authorization"))
		if !ok {
			return errKey
		}
		key, err := a.gate.Key(r.Context(), secret)
		switch {
		case err != nil:
			return err
		case key.Kind != auth.Secret:
			return errKey
		case !key.Allows(scope):
			return auth.ErrScope
		}
		return h(w, r, key)
	}))
}

// receiveFile keeps a file as it comes: nothing of it is held in memory.
func (a *API) receiveFile(w http.ResponseWriter, r *http.Request, _ auth.Key) error {
	web.Widen(w, r, transfer.MaxArchive+1)
	format := transfer.Format(r.URL.Query().Get("format"))
	if format == "" {
		format = sentFormat(r.Header.Get("Content-Type"))
	}
	name, err := a.Desk.Receive(r.Context(), format, r.Body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(map[string]string{"file": name})
}

// sentFormat is the format that a Content-Type tells.
func sentFormat(kind string) transfer.Format {
	switch {
	case strings.HasPrefix(kind, "application/json"):
		return transfer.FormatJSON
	case strings.HasPrefix(kind, "application/zip"):
		return transfer.FormatZIP
	}
	return transfer.FormatCSV
}

// exportArchive writes everything as it is read: nothing is held in memory.
func (a *API) exportArchive(w http.ResponseWriter, r *http.Request, k auth.Key) error {
	format := transfer.Format(r.URL.Query().Get("format"))
	if format == "" {
		format = transfer.FormatCSV
	}
	if format != transfer.FormatCSV && format != transfer.FormatJSON {
		return transfer.ErrFormat
	}
	err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		return audit.Record(r.Context(), tx, audit.Entry{Actor: string(k.ID), Action: "export.begin", Subject: string(transfer.KindEverything)})
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="korzo-`+string(format)+`.zip"`)
	return a.Desk.Archive(r.Context(), w, format)
}

func (a *API) importReport(w http.ResponseWriter, r *http.Request, _ auth.Key) error {
	id := transfer.RunID(r.PathValue("id"))
	if _, err := a.Desk.Find(r.Context(), id); err != nil {
		return err
	}
	var rows []transfer.Row
	if err := a.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		rows, err = transfer.Report(r.Context(), tx, id, 0, transfer.MaxRows)
		return err
	}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="import-report.csv"`)
	return transfer.WriteReport(csv.NewWriter(w), rows)
}

type importInput struct {
	Body struct {
		File     string           `json:"file" doc:"The name that sending the file to /imports/files answered; of an archive nothing else is needed"`
		Kind     transfer.Kind    `json:"kind,omitempty" enum:"attributes,categories,products,policies,safety_stock,stock,prices,customer_groups,price_lists,list_prices,price_history,customers,group_members,orders,shopify"`
		Market   string           `json:"market,omitempty" doc:"Whose prices and orders these are, where the file does not say"`
		Location string           `json:"location,omitempty" doc:"Where the stock lies, where the file does not say"`
		DryRun   bool             `json:"dry_run,omitempty" doc:"Say what would happen and change nothing"`
		Mapping  transfer.Mapping `json:"mapping,omitempty" doc:"How a table of another system becomes ours"`
	}
}

type runOutput struct{ Body transfer.Run }

func (a *API) startImport(ctx context.Context, in *importInput) (*runOutput, error) {
	path, err := a.Desk.Received(in.Body.File)
	if err != nil {
		return nil, err
	}
	run, err := a.Desk.Begin(ctx, transfer.Request{Path: path, Kind: in.Body.Kind, Market: in.Body.Market, Location: in.Body.Location,
		Dry: in.Body.DryRun, Mapping: in.Body.Mapping})
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "import.begin", Subject: string(run.ID)})
	})
	if err == nil {
		err = a.Desk.Start(ctx, run.ID)
	}
	return &runOutput{run}, err
}

type previewInput struct {
	Body struct {
		File    string           `json:"file"`
		Kind    transfer.Kind    `json:"kind,omitempty" enum:"attributes,categories,products,policies,safety_stock,stock,prices,customer_groups,price_lists,list_prices,price_history,customers,group_members,orders"`
		Mapping transfer.Mapping `json:"mapping,omitempty" doc:"What to try; without columns one is guessed from the file's"`
	}
}

type previewOutput struct{ Body transfer.Preview }

const previewRows = 10

func (a *API) previewFile(_ context.Context, in *previewInput) (*previewOutput, error) {
	path, err := a.Desk.Received(in.Body.File)
	if err != nil {
		return nil, err
	}
	m := in.Body.Mapping
	if m.Kind == "" {
		m.Kind = in.Body.Kind
	}
	p, err := transfer.Look(path, m, previewRows)
	return &previewOutput{p}, err
}

type runID struct {
	ID string `path:"id"`
}

func (a *API) showImport(ctx context.Context, in *runID) (*runOutput, error) {
	run, err := a.Desk.Find(ctx, transfer.RunID(in.ID))
	return &runOutput{run}, err
}

func (a *API) listImports(ctx context.Context, in *PageInput) (*list[transfer.Run], error) {
	if err := in.behind("imp"); err != nil {
		return nil, err
	}
	var all []transfer.Run
	if err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = transfer.List(ctx, tx, transfer.RunID(in.After), in.Limit)
		return err
	}); err != nil {
		return nil, err
	}
	next := ""
	if len(all) == in.Limit {
		next = string(all[in.Limit-1].ID)
	}
	return listOf(all, next), nil
}

type importRowsInput struct {
	ID    string `path:"id"`
	After int64  `query:"after" minimum:"0" doc:"The seq of the last remark that is known"`
}

func (a *API) importRows(ctx context.Context, in *importRowsInput) (*list[transfer.Row], error) {
	if _, err := a.Desk.Find(ctx, transfer.RunID(in.ID)); err != nil {
		return nil, err
	}
	var rows []transfer.Row
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = transfer.Report(ctx, tx, transfer.RunID(in.ID), in.After, 100)
		return err
	})
	return listOf(rows, ""), err
}

func (a *API) importMonths(ctx context.Context, in *runID) (*list[transfer.Tally], error) {
	if _, err := a.Desk.Find(ctx, transfer.RunID(in.ID)); err != nil {
		return nil, err
	}
	var all []transfer.Tally
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = transfer.Tallies(ctx, tx, transfer.RunID(in.ID))
		return err
	})
	return listOf(all, ""), err
}

type exportInput struct {
	Kind  transfer.Kind `path:"kind"`
	After string        `query:"after"`
}

func (a *API) exportPage(ctx context.Context, in *exportInput) (*list[json.RawMessage], error) {
	var page transfer.Page
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		page, err = a.Desk.Export(ctx, tx, in.Kind, in.After)
		return err
	})
	return listOf(page.Records, page.Next), err
}

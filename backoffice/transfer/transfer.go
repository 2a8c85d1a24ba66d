// Package transfer brings goods, customers and orders into the shop from files
// and writes them out again: another shop's export, any table by a mapping, and
// the shop's own CSV and JSON.
//
// An import is a run: a row that says which file, how far, and what came of
// it. Step reads a few entities (a product with its variants, a price, a
// level), writes each whole or not at all, and moves the run forward in the
// same transaction. So a process may die at any moment; who asks for the same
// file again goes on where the last commit ended, and who runs a finished file
// again changes nothing, because each entity is compared with what is there.
//
// A row that cannot be taken is reported with its number, its column and the
// remedy, and the run goes on. An import adds and changes; it never takes away
// what the file does not name. Files are read as a stream: memory does not grow
// with them. A dry run does the same work and undoes it, entity by entity.
//
// Orders come in as imported: records of their own time, of which one fact tells
// and from which nothing follows. Rows that give something back are linked to
// what was bought where that can be proved, and reported where not; each row of
// the file is in one sum of its month (Tallies). What tells who somebody is is
// sealed under a key of their own, and whoever was erased is not brought back.
//
// What is exported is exact: read into an empty shop with the same markets and
// locations, in the order of Kinds, it gives the same export, byte for byte.
// An export names pictures and files of digital goods; an archive of everything
// (Archive) holds them, too, and is read like any other file: first what it
// holds of them, then its tables, each a run of its own that begins when the one
// before has ended (Next).
// What an export cannot give back is what other machines hold: payments, and what
// stored value paid. Orders come back as records of themselves.
package transfer

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/order"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// What callers can act on.
var (
	ErrKind     = fault.New(fault.Invalid, "transfer.kind", "this kind of file is not known: use shopify, attributes, categories, products, policies, safety_stock, stock, prices, customer_groups, price_lists, list_prices, price_history, customers, group_members or orders")
	ErrFormat   = fault.New(fault.Invalid, "transfer.format", "this format is not known: use csv, json or, for an archive, zip; or end the file's name with it")
	ErrFile     = fault.New(fault.Invalid, "transfer.file", "the file cannot be read: check its path and that the shop's server may read it")
	ErrHeading  = fault.New(fault.Invalid, "transfer.heading", "the first row must name the columns: export a file to see them")
	ErrMarket   = fault.New(fault.Invalid, "transfer.market", "the file has prices without a currency: say for which market they are, such as --market DE")
	ErrNotFound = fault.New(fault.NotFound, "transfer.not_found", "there is no such import: list them, or start it again")
	ErrChanged  = fault.New(fault.Conflict, "transfer.changed", "the file was changed while it was imported: import it again, what is done is not done twice")
	ErrBusy     = fault.New(fault.Conflict, "transfer.busy", "the same import runs in another place: wait until it ends")
	ErrLongRow  = fault.New(fault.Invalid, "transfer.long_row", "a row is longer than a megabyte: look for a quotation mark that is opened and not closed")
)

// RunID names a run: imp_….
type RunID string

// Kind is what a file holds.
type Kind string

// The kinds of files. Shopify is its product export and can only be read.
const (
	KindShopify Kind = "shopify"
	// KindAttributes and KindCategories are what products are sorted by.
	KindAttributes Kind = "attributes"
	KindCategories Kind = "categories"
	KindProducts   Kind = "products"
	KindStock      Kind = "stock"
	KindPrices     Kind = "prices" // of markets
	// KindPolicies say how variants are sold beyond what lies there, KindSafety
	// what channels do not see of them.
	KindPolicies Kind = "policies"
	KindSafety   Kind = "safety_stock"
	// KindGroups are those that the merchant put customers into, KindMembers who is in them.
	KindGroups  Kind = "customer_groups"
	KindMembers Kind = "group_members"
	// KindHistory is which prices held from when to when, as the law on
	// reductions asks for.
	KindHistory Kind = "price_history"
	// KindPriceLists are the lists beside the markets' own, KindListPrices what stands in them.
	KindPriceLists Kind = "price_lists"
	KindListPrices Kind = "list_prices"
	// KindCustomers are people who buy; what tells who they are is sealed under
	// a key of each of their own, here as everywhere.
	KindCustomers Kind = "customers"
	// KindOrders are read as orders that were placed elsewhere or before.
	KindOrders Kind = "orders"
	// KindEverything is an archive of all kinds, with the files that products name.
	KindEverything Kind = "everything"
)

// Format is how a file is written.
type Format string

// The formats of files. A JSON file has one object per entity, in an array or
// not; a ZIP file is an archive of everything.
const (
	FormatCSV  Format = "csv"
	FormatJSON Format = "json"
	FormatZIP  Format = "zip"
)

// State says whether a run has ended.
type State string

// The life of a run. It fails only when its file cannot be read to the end;
// bad rows do not end it.
const (
	StateRunning State = "running"
	StateDone    State = "done"
	StateFailed  State = "failed"
)

// Request asks for a file to be imported.
type Request struct {
	Path     string `json:"path"`
	Name     string `json:"name,omitempty"` // what people call the file; "" for the path's end
	Kind     Kind   `json:"kind"`
	Format   Format `json:"format"`   // "" by the name's ending
	Market   string `json:"market"`   // whose prices these are; for files that do not say
	Location string `json:"location"` // where the stock lies; for files that do not say
	Dry      bool   `json:"dry_run"`  // say what would happen and change nothing

	// Mapping makes a table of another's one of ours; the zero Mapping is none.
	Mapping Mapping `json:"mapping,omitzero"`

	archive string // path of the archive that the file was in
}

// Run is one reading of one file.
type Run struct {
	ID        RunID     `json:"id"`
	Kind      Kind      `json:"kind"`
	Format    Format    `json:"format"`
	State     State     `json:"state"`
	Dry       bool      `json:"dry_run"`
	File      string    `json:"file"`
	Market    string    `json:"market,omitempty"`
	Location  string    `json:"location,omitempty"`
	Size      int64     `json:"size"` // bytes
	At        int64     `json:"at"`   // bytes read
	Rows      int64     `json:"rows"` // read so far, headings apart
	Created   int64     `json:"created"`
	Changed   int64     `json:"changed"`
	Same      int64     `json:"same"`
	Failed    int64     `json:"failed"` // entities or rows that were not taken
	Warnings  int64     `json:"warnings"`
	Images    Images    `json:"images"`
	Encoding  string    `json:"encoding,omitempty"`  // as it was detected or said; of a table
	Separator string    `json:"separator,omitempty"` // between the cells of a table
	Mapped    bool      `json:"mapped"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`

	path     string
	archive  string // path of the archive that it belongs to; "" for none
	mapping  Mapping
	digest   string
	modified time.Time
}

// Topic is what live.Watch is asked for to be told which runs moved; their ids
// are the keys.
const Topic = "transfer"

// Again asks for the file of a run once more, as the run was asked for, and no
// longer dry. Begin tells whether the file is still there.
func (r Run) Again() Request {
	return Request{Path: r.path, Name: r.File, Kind: r.Kind, Format: r.Format, Market: r.Market, Location: r.Location, Mapping: r.mapping}
}

// Images counts the pictures of a run.
type Images struct {
	Waiting int64 `json:"waiting"`
	Fetched int64 `json:"fetched"`
	Failed  int64 `json:"failed"`
}

// Levels of what is reported. An error's entity was not taken.
const (
	LevelError   = "error"
	LevelWarning = "warning"
	LevelNote    = "note"
)

// Row is something reported of a row.
type Row struct {
	Seq     int64  `json:"seq"`
	Level   string `json:"level"`
	Row     int64  `json:"row"`              // as a spreadsheet counts: the heading is 1; the number of the object in JSON; 0 for the whole file
	Column  string `json:"column,omitempty"` // as the file calls it
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason"` // names the remedy
}

// MaxRows is how many rows a run keeps of its report; all are counted.
const MaxRows = 10_000

// Desk takes files in and gives them out.
type Desk struct {
	db      *db.DB
	keeper  *seal.Keeper
	numbers order.Numbers
	folder  string           // of files that were sent
	files   map[string]Files // by the folder of an archive
}

// New returns the desk of a shop. Personal data of imports are sealed by k.
func New(d *db.DB, k *seal.Keeper) *Desk { return &Desk{db: d, keeper: k} }

// Begin finds the run of a file that was cut short, or starts one. Nothing is
// imported before Step. It returns ErrKind, ErrFormat, ErrFile, ErrHeading,
// ErrMapping, ErrMarket, market.ErrNotFound or inventory.ErrLocationNotFound.
func (d *Desk) Begin(ctx context.Context, in Request) (Run, error) {
	run, err := in.plan()
	if err != nil {
		return Run{}, err
	}
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := in.places(ctx, tx); err != nil {
			return err
		}
		old, err := selectUnfinished(ctx, tx, run)
		if err == nil {
			run.ID, run.At, run.Rows = old.ID, old.At, old.Rows
			return updateFile(ctx, tx, run)
		}
		if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		run.ID, run.State, run.StartedAt = id.New[RunID]("imp", tx.Now), StateRunning, tx.Now
		return insertRun(ctx, tx, run)
	})
	if err != nil {
		return Run{}, fmt.Errorf("begin import of %s: %w", run.File, err)
	}
	return d.Find(ctx, run.ID)
}

// plan reads what can be known of a file before the first row.
func (in Request) plan() (Run, error) {
	if in.Format == "" {
		in.Format = formatOf(in.Path)
	}
	if in.Format == FormatZIP {
		return in.planArchive()
	}
	if in.Mapping.Kind != "" || len(in.Mapping.Columns) > 0 {
		in.Kind = Kind(orElse(string(in.Mapping.Kind), string(in.Kind)))
		in.Mapping.Kind = in.Kind
		if err := in.Mapping.check(); err != nil {
			return Run{}, err
		}
	}
	if _, ok := kinds[in.Kind]; !ok && in.Kind != KindShopify {
		return Run{}, ErrKind
	}
	if in.Format != FormatCSV && (in.Format != FormatJSON || in.Kind == KindShopify) {
		return Run{}, ErrFormat
	}
	if in.Format != FormatCSV && in.Mapping.Kind != "" {
		return Run{}, ErrFormat.With("a mapping is for a table: give a CSV file")
	}
	if in.Kind == KindShopify && in.Market == "" {
		return Run{}, ErrMarket
	}
	run := Run{Kind: in.Kind, Format: in.Format, Dry: in.Dry, Market: in.Market, Location: in.Location, File: plain(orElse(in.Name, filepath.Base(in.Path))), path: in.Path, archive: in.archive,
		mapping: in.Mapping, Mapped: in.Mapping.Kind != "", Separator: in.Mapping.Separator}
	if err := fingerprint(&run); err != nil {
		return Run{}, err
	}
	s, err := open(run)
	if err != nil {
		return Run{}, err
	}
	if t, ok := s.(interface{ separatedBy() string }); ok {
		run.Separator = t.separatedBy()
	}
	return run, s.Close()
}

// planArchive reads what is in an archive. It is the archive of its own run.
func (in Request) planArchive() (Run, error) {
	if in.Dry {
		return Run{}, ErrArchive.With("an archive cannot be tried, because its tables need each other: take them out of it and try them one by one")
	}
	if _, err := LookArchive(in.Path); err != nil {
		return Run{}, err
	}
	run := Run{Kind: KindEverything, Format: FormatZIP, File: plain(orElse(in.Name, filepath.Base(in.Path))), path: in.Path, archive: in.Path}
	return run, fingerprint(&run)
}

// formatOf is the format that the ending of a file's name tells.
func formatOf(path string) Format {
	return Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."))
}

// places checks the market and the location.
func (in Request) places(ctx context.Context, tx *db.Tx) error {
	if in.Market != "" {
		if _, err := market.Find(ctx, tx, in.Market); err != nil {
			return err
		}
	}
	if in.Location != "" {
		if _, err := inventory.FindLocation(ctx, tx, in.Location); err != nil {
			return err
		}
	}
	return nil
}

// Find returns a run, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, run RunID) (r Run, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) (err error) {
		if r, err = selectRun(ctx, tx, run); err != nil {
			return err
		}
		r.Images, err = countImages(ctx, tx, run)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Run{}, fmt.Errorf("find import %.40q: %w", run, err)
	}
	return r, nil
}

// Report returns what was reported of a run's rows, in the order of the file,
// after a Seq (0 for the first), at most limit.
func Report(ctx context.Context, tx *db.Tx, run RunID, after int64, limit int) ([]Row, error) {
	all, err := selectRows(ctx, tx, run, after, limit)
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", run, err)
	}
	return all, nil
}

// plain makes text fit both databases.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}

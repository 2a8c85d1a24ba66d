package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"korzo/app"
	"korzo/backoffice/transfer"
)

type importCommand struct {
	place
	File     string `arg:"" help:"The file. Its name ends with .csv, .json or, for an archive of everything, .zip; or --format says which it is."`
	Kind     string `enum:"attributes,categories,products,policies,safety_stock,stock,prices,customer_groups,price_lists,list_prices,price_history,customers,group_members,orders,shopify" default:"products" env:"-" help:"What the file holds: ${enum}. shopify is Shopify's product export (CSV)."`
	Format   string `enum:"csv,json,zip," default:"" env:"-" help:"csv, json or zip; by the file's name if left out."`
	Market   string `placeholder:"ID" env:"-" help:"For which market the prices are, where the file does not say: DE."`
	Location string `placeholder:"ID" env:"-" help:"Where the stock lies, where the file does not say: loc_berlin."`
	DryRun   bool   `env:"-" help:"Say what would happen and change nothing."`
	Mapping  string `placeholder:"FILE" env:"-" help:"How a table of another system becomes ours (JSON); docs/mappings shows some."`
	Guess    bool   `env:"-" help:"Print a mapping guessed from the file's column names, to begin with, and import nothing."`
	Report   string `placeholder:"FILE" env:"-" help:"Write every remark to a CSV file: level, row, column, subject, reason."`
	JSON     bool   `name:"json" env:"-" help:"Print JSON, with every remark."`
}

// Help is shown below the flags.
func (importCommand) Help() string {
	return `Each product, level or price is taken whole or not at all, and a row that cannot be taken is told with its column and the remedy. An import that was cut short goes on when the same file is imported again; a file that was imported already changes nothing. What a file does not name stays as it is. Export shows the columns of each kind. Of an archive (korzo export shop.zip) the pictures and files are kept first, then its tables are imported in their order, each as if it were imported by itself.`
}

// Run imports the file step by step.
func (c *importCommand) Run(ctx context.Context, t *terminal) error {
	path, err := filepath.Abs(c.File)
	if err != nil {
		return fmt.Errorf("find the file: %w", err)
	}
	if c.Guess {
		return guess(t.out, path, transfer.Kind(c.Kind))
	}
	in, err := c.request(path)
	if err != nil {
		return err
	}
	var all []imported
	err = c.use(ctx, func(s *shop) (err error) {
		all, err = c.take(ctx, t, s, in)
		return err
	})
	if err != nil {
		return err
	}
	if c.Report != "" {
		if err := writeRemarks(c.Report, all); err != nil {
			return err
		}
	}
	switch {
	case c.JSON && len(all) == 1:
		err = writeJSON(t.out, all[0])
	case c.JSON:
		err = writeJSON(t.out, map[string]any{"imports": all})
	default:
		for _, r := range all {
			err = errors.Join(err, tell(t.out, r.Run, r.Remarks), tellMonths(t.out, r.Months))
		}
	}
	for _, r := range all {
		if err == nil && (r.Run.Failed > 0 || r.Run.State != transfer.StateDone) {
			err = errTold
		}
	}
	return err
}

// imported is a run that has ended, with all that was said of it.
type imported struct {
	Run     transfer.Run     `json:"import"`
	Remarks []transfer.Row   `json:"remarks"`
	Months  []transfer.Tally `json:"months"`
}

// take imports a file step by step, and of an archive one table after another.
func (c *importCommand) take(ctx context.Context, t *terminal, s *shop, in transfer.Request) (all []imported, err error) {
	var run transfer.Run
	if err := s.ask(ctx, http.MethodPost, "/imports", in, &run); err != nil {
		return nil, err
	}
	show := barOn(t.err, !c.JSON)
	defer show.end()
	for run.ID != "" {
		at := "/imports/" + string(run.ID)
		for run.State == transfer.StateRunning {
			if err := s.ask(ctx, http.MethodPost, at+"/steps", struct{}{}, &run); err != nil {
				return nil, fmt.Errorf("%w\nThe import stopped at row %d: run it again to go on from there", err, run.Rows)
			}
			show.at(run.At, run.Size, fmt.Sprintf("%d rows", run.Rows))
		}
		of := imported{Run: run}
		if of.Remarks, err = remarks(ctx, s, run); err == nil && run.Kind == transfer.KindOrders {
			err = s.ask(ctx, http.MethodGet, at+"/tallies", nil, &of.Months)
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, of); in.Dry {
			return all, nil
		}
		run = transfer.Run{}
		if err := s.ask(ctx, http.MethodPost, at+"/next", struct{}{}, &run); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// remarks reads the whole report of a run.
func remarks(ctx context.Context, s *shop, run transfer.Run) ([]transfer.Row, error) {
	all := []transfer.Row{}
	for after := int64(0); ; {
		var page []transfer.Row
		if err := s.ask(ctx, http.MethodGet, fmt.Sprintf("/imports/%s/rows?after=%d", run.ID, after), nil, &page); err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return all, nil
		}
		all, after = append(all, page...), page[len(page)-1].Seq
	}
}

// shownRemarks is how many remarks of each level a person is shown.
const shownRemarks = 20

// tell says what came of an import: errors first.
func tell(w io.Writer, run transfer.Run, rows []transfer.Row) error {
	out := bufio.NewWriter(w)
	for _, level := range []string{transfer.LevelError, transfer.LevelWarning, transfer.LevelNote} {
		n := 0
		for _, r := range rows {
			if r.Level != level {
				continue
			}
			if n++; n <= shownRemarks {
				fmt.Fprintf(out, "%s: %s\n", level, describe(r))
			}
		}
		if n > shownRemarks {
			fmt.Fprintf(out, "… and %d more of level %s: --report FILE writes all\n", n-shownRemarks, level)
		}
	}
	if run.Encoding != "" {
		fmt.Fprintf(out, "Read as a table in %s, separated by %q.\n", run.Encoding, run.Separator)
	}
	begin := "Imported"
	if run.Dry {
		begin = "Nothing was changed. This would be imported of"
	}
	fmt.Fprintf(out, "%s %s: %d rows, %d created, %d changed, %d the same, %d not taken.\n", begin, run.File, run.Rows, run.Created, run.Changed, run.Same, run.Failed)
	if m := run.Images; m.Waiting+m.Fetched+m.Failed > 0 {
		fmt.Fprintf(out, "Pictures: %d wait for the running shop to fetch them, %d are there, %d did not come.\n", m.Waiting, m.Fetched, m.Failed)
	}
	return out.Flush()
}

// describe is a remark as one line.
func describe(r transfer.Row) string {
	var parts []string
	if r.Row > 0 {
		parts = append(parts, "row "+strconv.FormatInt(r.Row, 10))
	}
	for _, s := range []string{r.Column, r.Subject} {
		if s != "" {
			parts = append(parts, strconv.Quote(s))
		}
	}
	return strings.Join(parts, ", ") + ": " + r.Reason
}

type exportCommand struct {
	place
	File   string `arg:"" help:"Where to write: a file, or - for standard output."`
	Kind   string `enum:"attributes,categories,products,policies,safety_stock,stock,prices,customer_groups,price_lists,list_prices,price_history,customers,group_members,orders" default:"products" env:"-" help:"What to write: ${enum}. A file whose name ends with .zip becomes an archive of all of them, with pictures and files."`
	Format string `enum:"csv,json," default:"" env:"-" help:"csv or json; by the file's name if left out, csv in an archive."`
}

// Run writes the file: under its name once it is whole.
func (c *exportCommand) Run(ctx context.Context, t *terminal) error {
	format := transfer.Format(c.Format)
	if strings.HasSuffix(strings.ToLower(c.File), ".zip") {
		return c.archive(ctx, t, format)
	}
	if format == "" {
		format = transfer.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), "."))
	}
	return c.use(ctx, func(s *shop) error {
		if c.File == "-" {
			_, err := c.write(ctx, s, t.out, format, barOn(t.err, false))
			return err
		}
		f, err := os.CreateTemp(filepath.Dir(c.File), ".export-*")
		if err != nil {
			return fmt.Errorf("write the file: %w", err)
		}
		n, err := c.write(ctx, s, f, format, barOn(t.err, true))
		if err = errors.Join(err, f.Close()); err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		if err := os.Rename(f.Name(), c.File); err != nil {
			return fmt.Errorf("write the file: %w", err)
		}
		fmt.Fprintf(t.err, "Exported %d records to %s.\n", n, c.File)
		return nil
	})
}

// archive has the shop write everything into one file.
func (c *exportCommand) archive(ctx context.Context, t *terminal, format transfer.Format) error {
	path, err := filepath.Abs(c.File)
	if err != nil {
		return fmt.Errorf("find the file: %w", err)
	}
	if format == "" {
		format = transfer.FormatCSV
	}
	return c.use(ctx, func(s *shop) error {
		var held transfer.Contents
		if err := s.ask(ctx, http.MethodPost, "/archives", app.Archive{Path: path, Format: format}, &held); err != nil {
			return err
		}
		fmt.Fprintf(t.err, "Exported everything to %[4]s: tables %[1]d, pictures %[2]d, files %[3]d; %[5]d bytes.\n", len(held.Kinds), held.Pictures, held.Files, c.File, held.Size)
		return nil
	})
}

// write asks for page after page.
func (c *exportCommand) write(ctx context.Context, s *shop, to io.Writer, format transfer.Format, show *bar) (n int64, err error) {
	defer show.end()
	w, err := transfer.NewWriter(to, transfer.Kind(c.Kind), format)
	if err != nil {
		return 0, err
	}
	for after := ""; ; {
		var page transfer.Page
		if err := s.ask(ctx, http.MethodGet, "/exports/"+c.Kind+"?after="+url.QueryEscape(after), nil, &page); err != nil {
			return n, err
		}
		for _, r := range page.Records {
			if err := w.Write(r); err != nil {
				return n, err
			}
			n++
		}
		show.at(0, 0, fmt.Sprintf("%d records", n))
		if after = page.Next; after == "" {
			return n, w.Close()
		}
	}
}

// bar shows on a terminal how far something is; elsewhere it is silent.
type bar struct {
	w     io.Writer // nil: silent
	shown bool
}

func barOn(w io.Writer, wanted bool) *bar {
	f, ok := w.(*os.File)
	if !ok || !wanted {
		return new(bar)
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return new(bar)
	}
	return &bar{w: w}
}

// at draws the bar; without a whole only the words.
func (b *bar) at(done, whole int64, words string) {
	if b.w == nil {
		return
	}
	b.shown = true
	const width = 30
	drawn := ""
	if whole > 0 {
		full := int(min(done, whole) * width / whole)
		drawn = fmt.Sprintf("[%s%s] %3d %% ", strings.Repeat("#", full), strings.Repeat(".", width-full), min(done, whole)*100/whole)
	}
	fmt.Fprintf(b.w, "\r%s%s\x1b[K", drawn, words)
}

// end clears the line.
func (b *bar) end() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

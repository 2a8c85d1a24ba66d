package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"text/tabwriter"

	"korzo/app"
)

type verifyCommand struct {
	place
	JSON bool `name:"json" env:"-" help:"Print JSON."`
}

// Help is shown below the flags.
func (verifyCommand) Help() string {
	return `Reads everything on one snapshot, beside a running server or without one: seconds on a small shop, minutes on a large one. Exit code 0: the books agree. 3: they do not, and what is wrong is printed.`
}

// Run proves the books.
func (c *verifyCommand) Run(ctx context.Context, t *terminal) error {
	var findings []app.Finding
	err := c.use(ctx, func(s *shop) error { return s.ask(ctx, http.MethodGet, "/verify", nil, &findings) })
	if err != nil {
		return err
	}
	wrong := 0
	for _, f := range findings {
		wrong += len(f.Wrong)
	}
	if c.JSON {
		err = writeJSON(t.out, map[string]any{"agree": wrong == 0, "findings": findings})
	} else {
		err = t.printFindings(findings, wrong)
	}
	if err == nil && wrong > 0 {
		err = errBooks
	}
	return err
}

// shownFindings bounds what is printed of one part; --json has all.
const shownFindings = 20

func (t *terminal) printFindings(findings []app.Finding, wrong int) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		if len(f.Wrong) == 0 {
			fmt.Fprintf(w, "%s\tok\t\n", f.Part)
		}
		for i, text := range f.Wrong {
			if i == shownFindings {
				fmt.Fprintf(w, "%s\tWRONG\tand %d more: see --json\n", f.Part, len(f.Wrong)-i)
				break
			}
			fmt.Fprintf(w, "%s\tWRONG\t%s\n", f.Part, text)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if wrong == 0 {
		_, err := fmt.Fprintln(t.out, "\nThe books agree.")
		return err
	}
	_, err := fmt.Fprintf(t.out, "\nThe books do not agree: %d findings. Stop selling what they name, keep a copy of the database, and look at each.\n", wrong)
	return err
}

type doctorCommand struct {
	place
	BaseURL string   `placeholder:"URL" help:"As for serve; what follows is used when no server runs."`
	Gateway []string `placeholder:"URL" sep:" " help:"As for serve; used when no server runs."`
	Mail    string   `default:"kept:" help:"As for serve; used when no server runs."`
	JSON    bool     `name:"json" env:"-" help:"Print JSON."`
}

// Help is shown below the flags.
func (doctorCommand) Help() string {
	return `Asks the running server, or looks itself. Changes nothing. Exit code 0: nothing is wrong (there may be warnings). 1: something is.`
}

// Run looks at everything and prints a line for each.
func (c *doctorCommand) Run(ctx context.Context, t *terminal) error {
	checks, err := c.look(ctx)
	if err != nil {
		return err
	}
	wrong := false
	for _, k := range checks {
		wrong = wrong || k.State == app.CheckWrong
	}
	if c.JSON {
		err = writeJSON(t.out, map[string]any{"well": !wrong, "checks": checks})
	} else {
		err = t.printChecks(checks)
	}
	if err == nil && wrong {
		err = errTold
	}
	return err
}

func (c *doctorCommand) look(ctx context.Context) (checks []app.Check, err error) {
	config := c.config()
	config.BaseURL, config.Gateways, config.Mail = c.BaseURL, c.Gateway, c.Mail
	s, err := c.reach(ctx, config)
	if err != nil {
		checks = append(checks, app.Check{Name: "database", State: app.CheckWrong, Text: err.Error(), Remedy: "see the text"})
		return append(checks, app.Doctor(ctx, nil, config)...), nil
	}
	checks = append(checks, app.Check{Name: "server", State: app.CheckWarning, Text: "none runs on " + c.Data, Remedy: "start one with korzo serve; what follows is about the flags given here"})
	if s.server {
		checks[0] = app.Check{Name: "server", State: app.CheckOK, Text: "it runs on " + c.Data}
	}
	var found []app.Check
	err = s.ask(ctx, http.MethodGet, "/doctor", nil, &found)
	return append(checks, found...), errors.Join(err, s.close())
}

func (t *terminal) printChecks(checks []app.Check) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, k := range checks {
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.State, k.Name, k.Text)
		if k.Remedy != "" {
			fmt.Fprintf(w, "\t\t-> %s\n", k.Remedy)
		}
	}
	return w.Flush()
}

type migrateCommand struct {
	place
	DryRun bool `env:"-" help:"Only list what would run."`
	JSON   bool `name:"json" env:"-" help:"Print JSON."`
}

// Help is shown below the flags.
func (migrateCommand) Help() string {
	return `Each file runs once, whole, in a transaction of its own. Serve and demo do the same when they start. Make a backup first.`
}

// Run lists what has not run and, unless it is only asked, runs it.
func (c *migrateCommand) Run(ctx context.Context, t *terminal) error {
	all, err := c.work(ctx)
	if err != nil {
		return err
	}
	waiting := []string{}
	for _, m := range all {
		if !m.Applied {
			waiting = append(waiting, m.Name)
		}
	}
	if c.JSON {
		return writeJSON(t.out, map[string]any{"migrations": waiting, "applied": !c.DryRun})
	}
	verb := "ran"
	if c.DryRun {
		verb = "would run"
	}
	for _, name := range waiting {
		fmt.Fprintf(t.out, "%s %s\n", verb, name)
	}
	if len(waiting) == 0 {
		_, err = fmt.Fprintf(t.out, "The schema is up to date: all %d files have run.\n", len(all))
	}
	return err
}

// work lists the migrations as they were, and runs those that wait. A server
// has run everything when it started.
func (c *migrateCommand) work(ctx context.Context) (all []app.Migration, err error) {
	if s := c.server(); s != nil {
		err := s.ask(ctx, http.MethodGet, "/migrations", nil, &all)
		return all, errors.Join(err, s.close())
	}
	if file := c.file(); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && c.DryRun {
			return nil, fmt.Errorf("there is no database at %s: without --dry-run it is made, with every file", file)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	}
	d, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	all, err = app.Migrations(ctx, d)
	if err == nil && !c.DryRun {
		err = d.Migrate(ctx, app.Schemas()...)
	}
	return all, errors.Join(err, d.Close())
}

type versionCommand struct {
	JSON bool `name:"json" env:"-" help:"Print JSON."`
}

// version is what was built, and from what.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"` // built from files that were not committed
	Go      string `json:"go"`
	SQLite  string `json:"sqlite"`
}

// Run prints the version.
func (c *versionCommand) Run(ctx context.Context, t *terminal) error {
	v := builtFrom()
	var err error
	if v.SQLite, err = app.SQLiteVersion(ctx); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, v)
	}
	commit := v.Commit
	if v.Changed {
		commit += ", with changes"
	}
	if commit != "" {
		commit = " (" + commit + ")"
	}
	_, err = fmt.Fprintf(t.out, "korzo %s%s\n%s, SQLite %s\n", v.Version, commit, v.Go, v.SQLite)
	return err
}

func builtFrom() version {
	v := version{Version: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version, v.Go = info.Main.Version, info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Changed = s.Value == "true"
		}
	}
	return v
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"korzo/app"
)

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

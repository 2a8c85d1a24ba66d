package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"korzo/app"
)

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

package main

import (
	"context"
	"fmt"
	"net/http"
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

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"text/tabwriter"

	"korzo/app"
)

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

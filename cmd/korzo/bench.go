package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"korzo/cmd/korzo/bench"
)

type benchCommand struct {
	Database    string        `default:"sqlite" env:"-" help:"sqlite, or postgres://USER@HOST/NAME of a server where a database of its own may be made."`
	Scenario    []string      `default:"browse,browse_uncached,product,product_uncached,purchase" placeholder:"NAME" env:"-" help:"What to measure: browse, product (a Zipf mix with 1 % writes), browse_uncached, product_uncached, purchase. All if left out."`
	Concurrency []int         `default:"1,8,32" env:"-" help:"How many clients at once."`
	Duration    time.Duration `default:"5s" env:"-" help:"Of each measurement."`
	Rate        float64       `placeholder:"N" env:"-" help:"Operations a second that arrive in the open loop. 70 % of what the closed loop reached if left out."`
	Products    int           `placeholder:"N" env:"-" help:"How many products there are; those of the demo if left out."`
	JSON        string        `name:"json" placeholder:"FILE" env:"-" help:"Write everything to a file as JSON; - is standard output."`
	Profile     string        `placeholder:"DIR" env:"-" help:"Write a CPU profile of the server for each measurement."`
}

// Help is shown below the flags.
func (benchCommand) Help() string {
	return `Opens a shop of its own in a temporary folder, with server, bank and load in separate processes. The closed loop finds how much the shop can do; in the open loop operations arrive by the clock, and their time counts from when they should have begun, so that a stall is seen. Beside each stands this machine's own limit, measured in the same run: for pages a bare net/http handler that writes the same bytes, for purchases the same statements and commits, run again on a copy of the database without HTTP and logic.`
}

// Run measures and prints.
func (c *benchCommand) Run(ctx context.Context, t *terminal) error {
	t.atLeast(slog.LevelWarn)
	report, err := bench.Run(ctx, bench.Config{Database: c.Database, Scenarios: c.Scenario, Concurrency: c.Concurrency,
		Duration: c.Duration, Rate: c.Rate, Products: c.Products, Profiles: c.Profile,
		Progress: func(text string) { fmt.Fprintln(t.err, text) }})
	if err != nil {
		return err
	}
	if c.JSON == "-" {
		return writeJSON(t.out, report)
	}
	if c.JSON != "" {
		if err := writeReport(c.JSON, report); err != nil {
			return err
		}
	}
	return report.Print(t.out)
}

func writeReport(path string, r bench.Report) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := writeJSON(f, r); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// benchPartCommand is a process that bench starts.
type benchPartCommand struct {
	Bare   benchBare   `cmd:"" help:"Answer every request with the bytes on standard input."`
	Replay benchReplay `cmd:"" help:"Run again what purchases asked of a database."`
}

type benchBare struct{}

// Run answers until it is told to stop.
func (c *benchBare) Run(ctx context.Context, t *terminal) error { return bench.Bare(ctx, t.in, t.out) }

type benchReplay struct{}

// Run runs the trace that standard input names.
func (c *benchReplay) Run(ctx context.Context, t *terminal) error {
	return bench.Replay(ctx, t.in, t.out)
}

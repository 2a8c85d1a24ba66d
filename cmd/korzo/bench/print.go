package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// Print writes the report for people.
func (r Report) Print(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %d MB, %s, %s, %s\n", m.CPU, m.Cores, m.MemoryBytes>>20, m.System, m.FileSystem, m.Go)
	fmt.Fprintf(w, "%s, %d products; %.0f fsyncs a second; load before: %s\n", r.Database, r.Products, m.FsyncPerSecond, m.LoadBefore)
	fmt.Fprintf(w, "A purchase is %s.\n\n", r.Plan)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tat once\tops/s\tof limit\tCPU ms/op\tdb CPU\tleast\tlimit ops/s\tlimit CPU\tleast\tCPU ×\tallocs/op\tRSS MB\terrors\t")
	for _, x := range r.Results {
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.0f %% (%.0f–%.0f)\t%.3f\t%.3f\t%.3f\t%.0f\t%.3f\t%.3f\t%.1f (%.1f–%.1f)\t%.0f\t%d\t%d\t\n", x.Scenario, x.Concurrency, x.Closed.PerSecond,
			100*x.Throughput.Median, 100*x.Throughput.Least, 100*x.Throughput.Most, x.Closed.ServerCPU, x.Closed.BaseCPU, x.Closed.LeastCPU, x.Limit.PerSecond, x.Limit.cpu(), x.Limit.LeastCPU,
			x.CPU.Median, x.CPU.Least, x.CPU.Most, x.Allocations, x.RSSBytes>>20,
			x.Closed.Errors+x.Open.Errors)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nOpen loop: times in milliseconds, counted from when an operation should have begun.")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tat once\tarrivals/s\tops/s\tp50\tp90\tp99\tp99.9\tmax\tCPU ms/op\tdb CPU\t")
	for _, x := range r.Results {
		o := x.Open
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.3f\t%.3f\t\n", x.Scenario, x.Concurrency, o.Rate, o.PerSecond,
			o.P50, o.P90, o.P99, o.P999, o.Max, o.ServerCPU, o.BaseCPU)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, x := range r.Results {
		if e := x.Closed.FirstError + x.Open.FirstError; e != "" {
			fmt.Fprintf(w, "\n%s at %d: %d failed, the first with: %s\n", x.Scenario, x.Concurrency, x.Closed.Errors+x.Open.Errors, e)
		}
	}
	_, err := fmt.Fprintln(w, "\nThe closed loop and the limit are measured in "+strconv.Itoa(rounds)+" rounds, in turn: medians, and of ratios the least and the most in one round. Least is the processor time of the round that was disturbed least.\n"+
		"A purchase's time includes its facts and jobs, which are waited for; invoices are issued later, by the clock.\nLimits: pages beside a bare net/http handler that writes the same bytes; purchases beside the same statements\n"+
		"and commits on a copy of the shop's database, without HTTP and logic. CPU is the server's; db CPU is PostgreSQL's backends'.")
	return err
}

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"korzo/platform/db"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// replaying is what a replaying process is to do.
type replaying struct {
	Database string // as it was before the trace
	Backends string
	Trace    string // the file
	Groups   int    // of a round
}

// Replay runs a round of a trace for each word that stands on in after what is
// to be done, and prints on out what was found, after a word that it is ready.
func Replay(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	var r replaying
	commands, answers := json.NewDecoder(in), json.NewEncoder(out)
	if err := commands.Decode(&r); err != nil {
		return err
	}
	trace, err := readTrace(r.Trace)
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, r.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := answers.Encode(map[string]bool{"ready": true}); err != nil {
		return err
	}
	p := replayer{db: d, queries: trace.Queries}
	for {
		var word string
		if err := commands.Decode(&word); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(trace.Groups) < r.Groups {
			return errors.New("the trace is over")
		}
		load, err := r.run(ctx, &p, trace.Groups[:r.Groups])
		if err != nil {
			return err
		}
		trace.Groups = trace.Groups[r.Groups:]
		if err := answers.Encode(load); err != nil {
			return err
		}
	}
}

// run replays some groups and measures them.
func (r replaying) run(ctx context.Context, p *replayer, groups []Group) (Load, error) {
	p.times = hdrhistogram.New(1, longest.Microseconds(), 3)
	server, base := cpuOf(os.Getpid()), cpuOfBackends(r.Backends)
	began := time.Now()
	if err := p.groups(ctx, groups); err != nil {
		return Load{}, fmt.Errorf("replay: %w", err)
	}
	l := summary([]*tally{{times: p.times}}, time.Since(began))
	if l.Operations > 0 {
		l.ServerCPU = (cpuOf(os.Getpid()) - server).Seconds() * 1000 / float64(l.Operations)
		l.BaseCPU = (cpuOfBackends(r.Backends) - base).Seconds() * 1000 / float64(l.Operations)
	}
	return l, nil
}

// replayer runs transactions again.
type replayer struct {
	db      *db.DB
	queries []string

	mu    sync.Mutex
	times *hdrhistogram.Histogram
}

// groups runs the purchases of a group at once, and its facts and jobs beside
// the purchases of the next one, as a server does.
func (p *replayer) groups(ctx context.Context, all []Group) error {
	var later sync.WaitGroup
	var behind error
	for _, g := range all {
		err := p.purchases(ctx, g.Purchases)
		later.Wait()
		if err := errors.Join(err, behind); err != nil {
			return err
		}
		later.Go(func() { behind = p.transactions(ctx, g.Later) })
	}
	later.Wait()
	return behind
}

func (p *replayer) purchases(ctx context.Context, all [][]Transaction) error {
	var running sync.WaitGroup
	errs := make([]error, len(all))
	for i, one := range all {
		running.Go(func() {
			began := time.Now()
			if errs[i] = p.transactions(ctx, one); errs[i] == nil {
				p.mu.Lock()
				defer p.mu.Unlock()
				errs[i] = p.times.RecordValue(min(time.Since(began), longest).Microseconds())
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

func (p *replayer) transactions(ctx context.Context, all []Transaction) error {
	for _, t := range all {
		run := p.db.Write
		if t.Reads {
			run = p.db.Read
		}
		if err := run(ctx, func(tx *db.Tx) error { return p.statements(ctx, tx, t.Statements) }); err != nil {
			return err
		}
	}
	return nil
}

func (p *replayer) statements(ctx context.Context, tx *db.Tx, all []Statement) error {
	for _, s := range all {
		for i, a := range s.Args {
			s.Args[i] = given(a)
		}
		if err := tx.Again(ctx, db.Statement{Query: p.queries[s.Query], Args: s.Args, Rows: s.Rows, Sent: s.Sent}); err != nil {
			return fmt.Errorf("%s: %w", p.queries[s.Query], err)
		}
	}
	return nil
}

// given is an argument as it was before plain: a gob makes nothing of no bytes.
func given(arg any) any {
	switch v := arg.(type) {
	case absent:
		return nil
	case []byte:
		if v == nil {
			return []byte{}
		}
	}
	return arg
}

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// replaying is what a replaying process is to do.
type replaying struct {
	Database    string
	Backends    string
	Plan        Plan
	Concurrency int
}

const (
	rowsEach  = 500 // rows that each client reads and changes
	bodyBytes = 200
)

// Replay runs a plan over and over, for each duration that stands on in after
// the plan, and prints on out what was found, after a word that it is ready.
// Each client has rows of its own, so none waits for another.
func Replay(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	var r replaying
	commands, answers := json.NewDecoder(in), json.NewEncoder(out)
	if err := commands.Decode(&r); err != nil {
		return err
	}
	d, err := db.Open(ctx, r.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	clients, err := r.clients(ctx, d)
	if err != nil {
		return err
	}
	if err := answers.Encode(map[string]bool{"ready": true}); err != nil {
		return err
	}
	for {
		var d time.Duration
		if err := commands.Decode(&d); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		load, err := r.run(ctx, clients, d)
		if err != nil {
			return err
		}
		if err := answers.Encode(load); err != nil {
			return err
		}
	}
}

func (r replaying) clients(ctx context.Context, d *db.DB) ([]*replayer, error) {
	if err := d.Migrate(ctx, Schema); err != nil {
		return nil, err
	}
	clients := make([]*replayer, r.Concurrency)
	for i := range clients {
		c, err := newReplayer(ctx, d, r.Plan)
		if err != nil {
			return nil, err
		}
		clients[i] = c
	}
	return clients, nil
}

func (r replaying) run(ctx context.Context, clients []*replayer, d time.Duration) (Load, error) {
	for _, c := range clients {
		c.times.Reset()
	}
	server, base := cpuOf(os.Getpid()), cpuOfBackends(r.Backends)
	began := time.Now()
	if err := together(ctx, clients, d); err != nil {
		return Load{}, err
	}
	took := time.Since(began)
	tallies := make([]*tally, len(clients))
	for i, c := range clients {
		tallies[i] = &tally{times: c.times}
	}
	l := summary(tallies, took)
	if l.Operations > 0 {
		l.ServerCPU = (cpuOf(os.Getpid()) - server).Seconds() * 1000 / float64(l.Operations)
		l.BaseCPU = (cpuOfBackends(r.Backends) - base).Seconds() * 1000 / float64(l.Operations)
	}
	return l, nil
}

// together has all clients replay until the time is over.
func together(ctx context.Context, clients []*replayer, d time.Duration) error {
	var running sync.WaitGroup
	errs := make([]error, len(clients))
	end := time.Now().Add(d)
	for i, c := range clients {
		running.Go(func() {
			for errs[i] == nil && ctx.Err() == nil && time.Now().Before(end) {
				errs[i] = c.purchase(ctx)
			}
		})
	}
	running.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// replayer is one client with its rows.
type replayer struct {
	db    *db.DB
	plan  Plan
	owner string
	body  string
	times *hdrhistogram.Histogram
}

func newReplayer(ctx context.Context, d *db.DB, p Plan) (*replayer, error) {
	r := &replayer{d, p, id.New[string]("own", time.Now()), strings.Repeat("x", bodyBytes), hdrhistogram.New(1, longest.Microseconds(), 3)}
	return r, d.Write(ctx, func(tx *db.Tx) error {
		for i := range rowsEach {
			if err := insertRow(ctx, tx, row{r.row(i), r.owner, r.body}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *replayer) row(i int) string { return r.owner + strconv.Itoa(i) }

// purchase runs the plan once.
func (r *replayer) purchase(ctx context.Context) error {
	began := time.Now()
	for _, t := range r.plan.Transactions {
		run := r.db.Read
		if t.Write {
			run = r.db.Write
		}
		if err := run(ctx, func(tx *db.Tx) error { return r.statements(ctx, tx, t.Statements) }); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
	}
	return r.times.RecordValue(min(time.Since(began), longest).Microseconds())
}

func (r *replayer) statements(ctx context.Context, tx *db.Tx, kinds []string) (err error) {
	for _, kind := range kinds {
		one := r.row(rand.IntN(rowsEach))
		switch kind {
		case "insert":
			err = insertRow(ctx, tx, row{id.New[string]("row", tx.Now), r.owner, r.body})
		case "update":
			err = updateRow(ctx, tx, one)
		case "delete":
			err = deleteRow(ctx, tx, one+"-absent")
		default:
			_, err = selectRow(ctx, tx, one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

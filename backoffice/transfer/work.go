package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/platform/live"
)

// MaxUpload is the size of the largest file that is taken from outside, in bytes.
const MaxUpload = 200 << 20

// ErrTooLarge reports a file that is too large to be sent.
var ErrTooLarge = fault.New(fault.TooLarge, "transfer.too_large", "a file that is sent has at most 200 MB: split it, or import it on the server with korzo import")

// errName reports a name of a sent file that Receive did not give.
var errName = fault.New(fault.Invalid, "transfer.upload", "there is no such sent file: send it first, and give the name that the answer tells")

// runJob has a run taken to its end.
type runJob struct {
	Run RunID `json:"run"`
}

// KeepIn says in which folder files that were sent lie until they are imported.
// Nodes that share the work share the folder. It is called once, before use.
func (d *Desk) KeepIn(folder string) *Desk {
	d.folder = folder
	return d
}

// Register has a pool take runs to their end that Start began.
func (d *Desk) Register(p *job.Pool) { job.Do(p, "transfer.run", d.work) }

// Receive keeps a file that somebody sends, as it comes, and returns its name.
// It returns ErrTooLarge.
func (d *Desk) Receive(_ context.Context, f Format, r io.Reader) (name string, err error) {
	most := int64(MaxUpload)
	switch f {
	case FormatCSV, FormatJSON:
	case FormatZIP:
		most = MaxArchive
	default:
		return "", ErrFormat
	}
	name = id.New[string]("upl", time.Now()) + "." + string(f)
	return name, d.store(name, &bounded{r, most})
}

// bounded fails when more comes than it may.
type bounded struct {
	io.Reader
	left int64
}

// Read reads within the bound.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}

// store writes a file into the folder of sent files: whole or not at all.
func (d *Desk) store(name string, r io.Reader) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return fmt.Errorf("keep a sent file: %w", err)
	}
	out, err := os.CreateTemp(d.folder, ".coming-*")
	if err != nil {
		return fmt.Errorf("keep a sent file: %w", err)
	}
	_, err = io.Copy(out, r)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return os.Rename(out.Name(), filepath.Join(d.folder, name))
}

// Received is the path of a file that was sent. It returns an error for a name
// that Receive did not give.
func (d *Desk) Received(name string) (string, error) {
	body, ext, _ := strings.Cut(name, ".")
	if !id.Valid("upl", body) || !slices.Contains([]Format{FormatCSV, FormatJSON, FormatZIP}, Format(ext)) {
		return "", errName
	}
	path := filepath.Join(d.folder, name)
	if _, err := os.Stat(path); err != nil {
		return "", errName
	}
	return path, nil
}

// Forget removes a file that was sent. One that is gone is no failure.
func (d *Desk) Forget(name string) error {
	at, err := d.Received(name)
	if errors.Is(err, errName) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.remove(at)
}

// keepSent is how long a file that was sent lies and nobody imports it: what was
// tried on a Friday is imported on a Monday.
const keepSent = 7 * 24 * time.Hour

// Sweep removes files that were sent and that nobody has imported for a week,
// such as one that was looked at and left. What a run still reads stays.
func (d *Desk) Sweep(ctx context.Context) error {
	var now time.Time
	var busy []string
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		busy, err = selectBusy(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep sent files: %w", err)
	}
	all, err := os.ReadDir(d.folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, f := range all {
		at := filepath.Join(d.folder, f.Name())
		about, gone := f.Info()
		if gone != nil || about.IsDir() || now.Sub(about.ModTime()) < keepSent || slices.Contains(busy, f.Name()) {
			continue
		}
		err = errors.Join(err, d.remove(at))
	}
	return err
}

// Start has a run taken to its end by the jobs of the shop. Starting what goes
// on already changes nothing.
func (d *Desk) Start(ctx context.Context, run RunID) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		return job.Enqueue(ctx, tx, job.Job{Kind: "transfer.run", Key: string(run), Body: runJob{run}})
	})
}

// workSteps is how many steps one job takes before others have their turn.
const workSteps = 200

// work steps a run, and comes again while something is left. A file that is no
// longer what it was ends its run.
func (d *Desk) work(ctx context.Context, j runJob) error {
	for range workSteps {
		run, err := d.Step(ctx, j.Run)
		switch {
		case errors.Is(err, ErrBusy):
			return nil // somebody else steps it
		case errors.Is(err, ErrFile), errors.Is(err, ErrChanged), errors.Is(err, ErrHeading):
			if err := d.fail(ctx, j.Run, err); err != nil {
				return err
			}
		case err != nil:
			return err
		case run.State != StateRunning:
			return d.leave(ctx, run)
		}
	}
	return d.Start(ctx, j.Run)
}

// leave puts away a run that has ended and starts what comes after it.
func (d *Desk) leave(ctx context.Context, run Run) error {
	next, err := d.Next(ctx, run)
	if err != nil || next.ID == "" {
		return err
	}
	return d.Start(ctx, next.ID)
}

func (d *Desk) fail(ctx context.Context, run RunID, why error) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n, err := updateFailed(ctx, tx, run)
		if err != nil || n == 0 {
			return err
		}
		live.Changed(tx, Topic, string(run))
		return insertRows(ctx, tx, run, []Row{{Level: LevelError, Reason: fault.TextOf(why)}})
	})
}

// forget removes a sent file that was imported. After a dry run it is still
// wanted, and so is an archive before its last table.
func (d *Desk) forget(run Run) error {
	if run.Dry || run.Kind == KindEverything {
		return nil
	}
	return d.remove(run.path)
}

// remove removes a file from the folder of sent files, and no other.
func (d *Desk) remove(path string) error {
	if d.folder == "" || filepath.Dir(path) != filepath.Clean(d.folder) {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the imported file: %w", err)
	}
	return nil
}

// List returns a page of runs, newest first, after a run's id ("" for the first).
func List(ctx context.Context, tx *db.Tx, after RunID, limit int) ([]Run, error) {
	all, err := selectRuns(ctx, tx, after, max(1, min(limit, 100)))
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return all, nil
}

// Package job does the work that nobody waits for: mails, calls to gateways
// and carriers, clean-up.
//
// Enqueue writes a job in the transaction of the change that wants it, so a
// job exists exactly when the change does. A Pool runs due jobs outside any
// transaction, because foreign calls happen here. A job is leased while it
// runs; when its process dies the lease ends and another takes it over. So a
// job's effect may be begun more than once and must bear that (a key for the
// foreign machine), but it is finished once: only the lease's holder can. Jobs
// that are done are deleted some milliseconds later, together with the next
// lease: one transaction for many.
//
// A job that fails is run again after a pause that doubles, up to a limit;
// then it is dead, kept, and OnDead raises the alarm. Every runs work
// periodically on one node at a time.
package job

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"korzo/platform/db"
)

// Schema holds the tables of jobs and periods.
//
//go:embed schema/*.sql
var Schema embed.FS

// topic wakes Run after a commit with a job in it.
const topic = "job"

// Job is work to be done by the function that a Pool has for its Kind.
type Job struct {
	Kind string
	// Key makes a job unique while it waits: enqueuing it again changes
	// nothing but may bring it forward. "" is no key. A job that runs no longer
	// waits, so work that comes up meanwhile is not lost.
	Key  string
	Body any       // stored as JSON: ids, not copies of what can be looked up
	At   time.Time // not before; zero: now
}

// Waiting is a job as it is stored.
type Waiting struct {
	Seq       int64
	Kind      string
	Key       string
	Body      json.RawMessage
	At        time.Time // enqueued
	RunAt     time.Time // not run before
	Attempts  int64
	DeadAt    time.Time // zero: alive
	LastError string

	lease string
}

// Enqueue writes j in tx. It is run after the commit.
func Enqueue(ctx context.Context, tx *db.Tx, j Job) error {
	body, err := json.Marshal(j.Body)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", j.Kind, err)
	}
	runAt := j.At
	if runAt.IsZero() {
		runAt = tx.Now
	}
	w := Waiting{Kind: j.Kind, Key: j.Key, Body: body, At: tx.Now, RunAt: runAt}
	if err := insertJob(ctx, tx, w); err != nil {
		return fmt.Errorf("enqueue %s: %w", j.Kind, err)
	}
	if !runAt.After(tx.Now) {
		tx.Notify(topic)
	}
	return nil
}

// Age is how long the job that is due longest has waited; doors export it as a gauge.
func Age(ctx context.Context, tx *db.Tx) (time.Duration, error) {
	due, err := oldestDue(ctx, tx)
	if err != nil || due.IsZero() {
		return 0, err
	}
	return tx.Now.Sub(due), nil
}

// Unfinished is how many jobs are due or being run.
func Unfinished(ctx context.Context, tx *db.Tx) (int64, error) {
	return countUnfinished(ctx, tx)
}

// Dead returns the jobs that were given up, oldest first, at most a thousand.
func Dead(ctx context.Context, tx *db.Tx) ([]Waiting, error) {
	return listDead(ctx, tx)
}

// Pending returns jobs of kind that wait or run, oldest first, at most limit.
func Pending(ctx context.Context, tx *db.Tx, kind string, limit int) ([]Waiting, error) {
	return listPending(ctx, tx, kind, limit)
}

// Retry gives a dead job all its attempts again. Retrying a job that is alive,
// or whose key has a job waiting, changes nothing.
func Retry(ctx context.Context, tx *db.Tx, seq int64) error {
	if err := reviveJob(ctx, tx, seq); err != nil {
		return fmt.Errorf("retry job %d: %w", seq, err)
	}
	tx.Notify(topic)
	return nil
}

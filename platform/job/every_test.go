package job_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestFrequentWorkWaitsSecondsNotMinutesForANodeThatDied(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dead, alive := newPool(d), newPool(d)
		began, leave := make(chan struct{}), make(chan struct{})
		dead.Every("resume", time.Second, func(context.Context) error { close(began); <-leave; return nil })
		var l log
		alive.Every("resume", time.Second, func(context.Context) error { l.add("resumed"); return nil })
		var stuck sync.WaitGroup
		stuck.Go(func() { dead.RunOnce(context.WithoutCancel(t.Context())) })
		<-began
		dbtest.Clock(d).Advance(19 * time.Second)
		runOnce(t, alive, 0)
		l.want(t)
		dbtest.Clock(d).Advance(time.Second)
		runOnce(t, alive, 1)
		l.want(t, "resumed")
		close(leave)
		stuck.Wait()
	})
}

package transfer_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/platform/db/dbtest"
)

// A file of 32 MB is read in steps of a megabyte; nothing of it is kept.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	shop(t, d)
	path := filepath.Join(t.TempDir(), "large.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	_, err = w.WriteString("sku,location,on_hand\n")
	filler := make([]byte, 500_000)
	for i := range filler {
		filler[i] = 'x'
	}
	for i := range 64 {
		_, more := fmt.Fprintf(w, "NONE-%d%s,loc_berlin,%d\n", i, filler, i)
		err = errors.Join(err, more)
	}
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	run, err := desk(t, d).Begin(t.Context(), transfer.Request{Path: path, Kind: transfer.KindStock})
	var peak uint64
	for err == nil && run.State == transfer.StateRunning {
		run, err = desk(t, d).Step(t.Context(), run.ID)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	if err != nil || run.Rows != 64 || run.Failed != 64 {
		t.Fatal(run, err)
	}
	if t.Logf("%d MB at most", peak>>20); peak > 100<<20 {
		t.Errorf("%d MB are in use", peak>>20)
	}
}

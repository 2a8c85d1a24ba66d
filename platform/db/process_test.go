package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// child names what this test binary does when it is run as another process.
const child = "KORZO_DB_TEST_CHILD"

func TestMain(m *testing.M) {
	url := os.Getenv(child + "_URL")
	switch os.Getenv(child) {
	case "open":
		d, err := db.Open(context.Background(), url)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		d.Close()
	case "write":
		writeUntilKilled(url)
	default:
		os.Exit(m.Run())
	}
}

func childProcess(t *testing.T, what, url string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), child+"="+what, child+"_URL="+url)
	return c
}

func TestASecondProcessIsRefusedAndToldWhy(t *testing.T) {
	url := dbtest.SQLiteURL(t, things)
	d := dbtest.Open(t, url)
	out, err := childProcess(t, "open", url).CombinedOutput()
	if err == nil {
		t.Error("a second process opened the database")
	}
	for _, want := range []string{"another process", "stop that process", fmt.Sprintf("process %d ", os.Getpid())} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in: %s", want, out)
		}
	}
	if _, err := db.Open(t.Context(), url); !errors.Is(err, db.ErrLocked) {
		t.Errorf("a second Open in this process: %v", err)
	}
	dbtest.Write(t, d, func(tx *db.Tx) error { return insert(t.Context(), tx, "a") })
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := childProcess(t, "open", url).CombinedOutput(); err != nil {
		t.Errorf("after Close: %s", out)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://localhost/shop":                      "sqlite:",
		"sqlite:":                                     "needs a file",
		"sqlite::memory:":                             "needs a file",
		"sqlite:/no/such/folder/shop.db":              "/no/such/folder",
		"postgres://%zz":                              "cannot be read",
		"postgres://127.0.0.1:1/x?connect_timeout=1":  "connect",
		"sqlite:" + filepath.Dir(os.Args[0]) + "/../": "",
	} {
		d, err := db.Open(t.Context(), url)
		if err == nil {
			d.Close()
			t.Errorf("%s was opened", url)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% off? #1 ö.db")
	d := dbtest.Open(t, "sqlite:"+path)
	if err := d.Migrate(t.Context(), things...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// writeUntilKilled writes rows from several goroutines and prints the name of each that Write has acknowledged.
func writeUntilKilled(url string) {
	ctx := context.Background()
	d, err := db.Open(ctx, url)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	run := rand.Uint64()
	var mu sync.Mutex
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%x-%d-%d", run, g, i)
				err := d.Write(ctx, func(tx *db.Tx) error {
					if err := insert(ctx, tx, name); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE thing_rows SET n = n + 1 WHERE name = $1`, name)
					return err
				})
				if err != nil {
					return
				}
				mu.Lock()
				os.Stdout.WriteString(name + "\n")
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

// What Write has answered is there after a crash, whole, whenever the process is killed.
func TestAKilledProcessLosesNothingAcknowledged(t *testing.T) {
	urls := map[string]string{"sqlite": dbtest.SQLiteURL(t, things)}
	if os.Getenv("KORZO_TEST_POSTGRES") != "" {
		urls["postgres"] = dbtest.PostgresURL(t, things)
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acknowledged := map[string]bool{}
			for range 30 {
				for _, name := range killOne(t, url) {
					acknowledged[name] = true
				}
			}
			d := dbtest.Open(t, url)
			there := map[string]bool{}
			for _, name := range names(t, d) {
				there[name] = true
			}
			for name := range acknowledged {
				if !there[name] {
					t.Errorf("%s was acknowledged and is lost", name)
				}
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				torn, err := db.One(t.Context(), tx, scanInt, `SELECT COUNT(*) FROM thing_rows WHERE n <> 1`)
				if torn != 0 {
					t.Errorf("%d rows are half written", torn)
				}
				return err
			})
			if len(acknowledged) < 100 {
				t.Errorf("only %d rows were acknowledged", len(acknowledged))
			}
			t.Logf("%d acknowledged, %d there", len(acknowledged), len(there))
		})
	}
}

// killOne starts a writer, kills it after some rows, and returns the names it had printed.
func killOne(t *testing.T, url string) (printed []string) {
	t.Helper()
	c := childProcess(t, "write", url)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	enough := 1 + rand.IntN(60)
	for lines.Scan() {
		printed = append(printed, lines.Text())
		if len(printed) == enough {
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, func() { c.Process.Kill() })
		}
	}
	c.Wait()
	if len(printed) < enough {
		t.Fatalf("the writer ended by itself: %q", printed)
	}
	return printed
}

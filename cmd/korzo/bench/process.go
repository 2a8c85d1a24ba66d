package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// process is another korzo that this one started and stops.
type process struct {
	command *exec.Cmd
	stdout  io.ReadCloser
	decoder *json.Decoder
}

// drainTime bounds how long a process may take to end.
const drainTime = 30 * time.Second

// start starts korzo with args and reads the first JSON it prints.
func start(ctx context.Context, stdin io.Reader, out any, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Args[0] = "korzo"
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = drainTime
	c.Stdin, c.Stderr, c.Env = stdin, os.Stderr, withoutOurs(os.Environ())
	p := &process{command: c}
	if p.stdout, err = c.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	p.decoder = json.NewDecoder(p.stdout)
	if err := p.decoder.Decode(out); err != nil {
		return nil, errors.Join(fmt.Errorf("it did not open: %w", err), p.stop())
	}
	return p, nil
}

// withoutOurs leaves an operator's own settings out: no mail is sent from here.
func withoutOurs(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "KORZO_") })
}

func (p *process) pid() int { return p.command.Process.Pid }

// stop ends the process and waits for it.
func (p *process) stop() error {
	_ = p.command.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, p.stdout)
	err := p.command.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && !exit.Exited() {
		return nil // ended by the signal, before it listened to it
	}
	return err
}

// tick is the unit of processor time in /proc: a hundredth of a second on
// every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpuOf is the processor time a process has used, 0 where /proc does not tell.
func cpuOf(pid int) time.Duration {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), ") ") // the name may hold anything
	f := strings.Fields(after)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * tick
}

// cpuOfBackends is the processor time of PostgreSQL's processes that serve a
// database. Those that write behind serve all databases and are left out.
func cpuOfBackends(database string) (sum time.Duration) {
	titles, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0
	}
	for _, title := range titles {
		b, err := os.ReadFile(title)
		if err != nil || !strings.HasPrefix(string(b), "postgres:") || !strings.Contains(string(b), " "+database+" ") {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(title)))
		if err == nil {
			sum += cpuOf(pid)
		}
	}
	return sum
}

// rssOf is the memory a process holds, 0 where /proc does not tell.
func rssOf(pid int) int64 {
	return kilobytes("/proc/"+strconv.Itoa(pid)+"/status", "VmRSS:") << 10
}

// kilobytes reads a figure of a file in the manner of /proc/meminfo.
func kilobytes(file, name string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, name); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

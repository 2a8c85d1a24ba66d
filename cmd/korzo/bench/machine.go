package bench

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Machine is where a figure comes from.
type Machine struct {
	CPU            string  `json:"cpu"`
	Cores          int     `json:"cores"`
	MemoryBytes    int64   `json:"memory_bytes"`
	System         string  `json:"system"`
	Go             string  `json:"go"`
	FileSystem     string  `json:"file_system"`
	FsyncPerSecond float64 `json:"fsync_per_second"` // of 4 kB appended to a file, one after another
	LoadBefore     string  `json:"load_before"`      // of the last 1, 5 and 15 minutes: others may be at work
}

func machineOf(dir string) Machine {
	return Machine{
		CPU: cpuName(), Cores: runtime.NumCPU(), MemoryBytes: kilobytes("/proc/meminfo", "MemTotal:") << 10,
		System: system(), Go: runtime.Version(), FileSystem: fileSystem(dir), FsyncPerSecond: fsyncs(dir), LoadBefore: words("/proc/loadavg", 3),
	}
}

func cpuName() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for l := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func system() string {
	if kernel := words("/proc/sys/kernel/osrelease", 1); kernel != "" {
		return runtime.GOOS + " " + kernel
	}
	return runtime.GOOS
}

// words returns the first n words of a file.
func words(file string, n int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	f := strings.Fields(string(b))
	return strings.Join(f[:min(n, len(f))], " ")
}

// fileSystem is the kind of file system that holds dir, as far as Linux tells.
func fileSystem(dir string) string {
	b, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return ""
	}
	kind, longest := "", -1
	for l := range strings.Lines(string(b)) {
		f := strings.Fields(l)
		if len(f) < 3 || len(f[1]) <= longest {
			continue
		}
		if rel, err := filepath.Rel(f[1], dir); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}

// fsyncs is how often the disk confirms a small append, in a second.
func fsyncs(dir string) float64 {
	f, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	block := make([]byte, 4096)
	began, n := time.Now(), 0
	for time.Since(began) < time.Second {
		if _, err := f.Write(block); err != nil {
			return 0
		}
		if err := f.Sync(); err != nil {
			return 0
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds()
}

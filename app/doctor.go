package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/purchase/payment/gateway"
)

// The verdicts of a Check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning"
	CheckWrong   = "wrong"
)

// Check is one thing Doctor looked at. Remedy is empty when it is well.
type Check struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

const (
	leastSQLite   = "3.51.3"        // older ones may corrupt a WAL database
	leastPostgres = "14"            // older ones are no longer cared for
	fewBytes      = 1 << 30         // of disk: enough for a warning
	noBytes       = 100 << 20       // of disk: too little for a busy hour
	slowFacts     = 1 * time.Minute // the outbox empties in seconds
	stuckFacts    = 10 * time.Minute
	exceptionAim  = 24 * time.Hour // none is older
	clockApart    = 2 * time.Second
	probeTime     = 5 * time.Second
)

// Doctor looks at everything a shop needs. It changes nothing. d is nil when
// the database could not be opened: what needs it is left out.
func Doctor(ctx context.Context, d *db.DB, c Config) (checks []Check) {
	c = withDefaults(c)
	checks = append(checks, checkBase(c), checkFolder(c.Data), checkKeyFile(filepath.Join(c.Data, "shop.key")), checkDisk(c.Data), checkBuildTime())
	checks = append(checks, checkGateways(ctx, c.Gateways)...)
	checks = append(checks, checkMail(ctx, d, c.Mail))
	if d != nil {
		checks = append(checks, checkDatabase(ctx, d)...)
	}
	return checks
}

func ok(name, text string, args ...any) Check {
	return Check{name, CheckOK, fmt.Sprintf(text, args...), ""}
}
func warn(name, remedy, text string, args ...any) Check {
	return Check{name, CheckWarning, fmt.Sprintf(text, args...), remedy}
}
func wrong(name, remedy, text string, args ...any) Check {
	return Check{name, CheckWrong, fmt.Sprintf(text, args...), remedy}
}

func checkBase(c Config) Check {
	const name = "configuration"
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return wrong(name, "write --base-url as https://shop.example", "the base URL %q is no address of a shop", c.BaseURL)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return warn(name, "put a proxy with a certificate in front and set --base-url to its https:// address", "shoppers reach the shop unencrypted at %s", c.BaseURL)
	}
	return ok(name, "the shop is reached at %s", c.BaseURL)
}

func checkFolder(dir string) Check {
	const name = "data folder"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return warn(name, "start the shop once, or name the right folder with --data", "%s is not there yet", dir)
	case err != nil:
		return wrong(name, "let the shop's user read it", "%s cannot be read: %v", dir, err)
	case !info.IsDir():
		return wrong(name, "name a folder with --data", "%s is no folder", dir)
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return warn(name, "run: chmod 700 "+dir, "%s may be opened by others on this machine (mode %04o)", dir, info.Mode().Perm())
	}
	return ok(name, "%s", dir)
}

func checkKeyFile(path string) Check {
	const name = "key file"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return warn(name, "it is made when the shop first starts; if the shop has data already, put it back from your backup", "%s is not there", path)
	case err != nil:
		return wrong(name, "let the shop's user read it", "%s cannot be read: %v", path, err)
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return wrong(name, "run: chmod 600 "+path, "others on this machine may read %s (mode %04o)", path, info.Mode().Perm())
	}
	return ok(name, "%s is its owner's only; keep a copy away from this machine", path)
}

func checkDisk(dir string) Check {
	const name = "disk space"
	for { // the folder may not be there yet: look at the nearest one that is
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, err := freeBytes(dir)
	switch {
	case err != nil:
		return warn(name, "look at it by hand", "cannot be read: %v", err)
	case free < noBytes:
		return wrong(name, "make room now: a full disk stops every sale", "%s free", inMegabytes(free))
	case free < fewBytes:
		return warn(name, "make room soon", "%s free", inMegabytes(free))
	}
	return ok(name, "%s free", inMegabytes(free))
}

func inMegabytes(n uint64) string { return strconv.FormatUint(n>>20, 10) + " MB" }

// checkBuildTime finds a clock that stands before this program was made.
func checkBuildTime() Check {
	const name = "clock"
	now := time.Now()
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, s := range info.Settings {
			made, err := time.Parse(time.RFC3339, s.Value)
			if s.Key == "vcs.time" && err == nil && now.Before(made.Add(-time.Hour)) {
				return wrong(name, "set the clock and let it be kept by NTP", "it is %s here, but this program was made at %s", now.Format(time.RFC3339), s.Value)
			}
		}
	}
	return ok(name, "%s", now.Format(time.RFC3339))
}

// checkGateways asks each gateway for a payment that nobody made.
func checkGateways(ctx context.Context, addresses []string) (checks []Check) {
	if len(addresses) == 0 {
		return []Check{warn("gateway", "name one with --gateway", "there is none: nobody can pay")}
	}
	gateways, err := gateway.Open(addresses...)
	if err != nil {
		return []Check{wrong("gateway", "correct --gateway", "%v", err)}
	}
	for _, g := range gateways {
		name := "gateway " + g.Name()
		probe, cancel := context.WithTimeout(ctx, probeTime)
		_, err := g.Lookup(probe, id.New[string]("doctor", time.Now()))
		cancel()
		if err != nil {
			checks = append(checks, wrong(name, "start it, or correct its address and secret in --gateway", "%v", err))
			continue
		}
		checks = append(checks, ok(name, "it answers"))
	}
	return checks
}

// checkMail looks at the mail server that is set in the admin, else at the one
// the shop is started with. A database that cannot tell is for other checks.
func checkMail(ctx context.Context, d *db.DB, address string) Check {
	const name, place = "mail", "choose another in the admin at Settings: Who writes, and how it is sent"
	var set sender.Server
	if d != nil {
		_ = d.Read(ctx, func(tx *db.Tx) (err error) {
			set, err = new(sender.Office).Server(ctx, tx, message.ByMail)
			return err
		})
	}
	switch set.Way {
	case sender.AsStarted:
	case sender.Keep:
		return warn(name, place, "mails are kept and shown, not sent")
	default:
		port := strconv.FormatInt(set.Port, 10)
		if set.Port == 0 {
			port = mailPorts[set.Way == sender.Encrypted]
		}
		return knock(ctx, name, set.Host, port, "start the mail server, or "+place)
	}
	u, err := url.Parse(address)
	if err == nil {
		_, err = sender.Open(address, sender.Means{})
	}
	if err != nil {
		return wrong(name, "correct --mail", "the address of the mail server cannot be used")
	}
	if u.Hostname() == "" {
		return warn(name, "name a mail server with --mail smtp://user:password@host:587", "mails are kept and shown, not sent")
	}
	return knock(ctx, name, u.Hostname(), cmp.Or(u.Port(), mailPorts[u.Scheme == "smtps"]), "start the mail server, or correct --mail")
}

// mailPorts are the usual ports of servers that are encrypted from the first byte, and of others.
var mailPorts = map[bool]string{true: "465", false: "587"}

// knock looks whether a server takes connections.
func knock(ctx context.Context, name, host, port, remedy string) Check {
	dialer := net.Dialer{Timeout: probeTime}
	line, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return wrong(name, remedy, "%v", err)
	}
	_ = line.Close()
	return ok(name, "%s answers", net.JoinHostPort(host, port))
}

func checkDatabase(ctx context.Context, d *db.DB) []Check {
	checks := checkServer(ctx, d)
	applied, all, err := d.Migrations(ctx, Schemas()...)
	switch {
	case err != nil:
		return append(checks, wrong("schema", "see the error", "%v", err))
	case applied < all:
		return append(checks, wrong("schema", "run: korzo migrate", "%d of %d schema files have run", applied, all))
	}
	checks = append(checks, ok("schema", "all %d schema files have run", all))
	err = d.Read(ctx, func(tx *db.Tx) error {
		for _, check := range []func(context.Context, *db.Tx) (Check, error){checkMarkets, checkOutbox, checkJobs, checkExceptions} {
			c, err := check(ctx, tx)
			if err != nil {
				return err
			}
			checks = append(checks, c)
		}
		return nil
	})
	if err != nil {
		checks = append(checks, wrong("database", "see the error", "%v", err))
	}
	return checks
}

// checkServer looks at the database's version and, on PostgreSQL, at the
// settings that keep a commit through a power cut.
func checkServer(ctx context.Context, d *db.DB) (checks []Check) {
	err := d.Read(ctx, func(tx *db.Tx) error {
		version, err := databaseVersion(ctx, tx, d.Postgres())
		if err != nil {
			return err
		}
		what, least := "SQLite", leastSQLite
		if d.Postgres() {
			what, least = "PostgreSQL", leastPostgres
		}
		number, _, _ := strings.Cut(version, " ")
		if olderThan(number, least) {
			checks = append(checks, wrong("database", "upgrade it", "%s %s is older than %s", what, version, least))
		} else {
			checks = append(checks, ok("database", "%s %s", what, version))
		}
		if !d.Postgres() {
			return nil
		}
		return checkPostgres(ctx, tx, &checks)
	})
	if err != nil {
		checks = append(checks, wrong("database", "see the error", "%v", err))
	}
	return checks
}

func checkPostgres(ctx context.Context, tx *db.Tx, checks *[]Check) error {
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		value, err := setting(ctx, tx, name)
		if err != nil {
			return err
		}
		if value == "off" {
			*checks = append(*checks, wrong("database setting", "set "+name+" = on in postgresql.conf and reload", "%s is off: a power cut loses orders that were paid", name))
		}
	}
	theirs, err := databaseTime(ctx, tx)
	if apart := tx.Now.Sub(theirs).Abs(); err == nil && apart > clockApart {
		*checks = append(*checks, warn("clock", "let both machines' clocks be kept by NTP", "the database's clock is %s apart", apart.Round(time.Millisecond)))
	}
	return err
}

// olderThan compares dotted numbers, as far as they are numbers.
func olderThan(version, least string) bool {
	have, want := strings.Split(version, "."), strings.Split(least, ".")
	for i, w := range want {
		n, _ := strconv.Atoi(w)
		m := 0
		if i < len(have) {
			m, _ = strconv.Atoi(have[i])
		}
		if m != n {
			return m < n
		}
	}
	return false
}

func checkOutbox(ctx context.Context, tx *db.Tx) (Check, error) {
	const name = "outbox"
	suspended, err := event.Suspended(ctx, tx)
	if err != nil {
		return Check{}, err
	}
	age, err := event.Age(ctx, tx)
	age = age.Round(time.Second)
	switch {
	case err != nil:
		return Check{}, err
	case len(suspended) > 0:
		return wrong(name, "see the exceptions in the admin: mend the cause, then resume them", "%d facts could not be acted on", len(suspended)), nil
	case age > stuckFacts:
		return wrong(name, "see that a server is running, and its log", "the oldest fact has waited for %s", age), nil
	case age > slowFacts:
		return warn(name, "see that a server is running", "the oldest fact has waited for %s", age), nil
	}
	return ok(name, "nothing waits long"), nil
}

func checkJobs(ctx context.Context, tx *db.Tx) (Check, error) {
	const name = "jobs"
	dead, err := job.Dead(ctx, tx)
	if err != nil {
		return Check{}, err
	}
	age, err := job.Age(ctx, tx)
	age = age.Round(time.Second)
	switch {
	case err != nil:
		return Check{}, err
	case len(dead) > 0:
		return wrong(name, "see the exceptions in the admin: mend the cause, then retry them", "%d jobs were given up", len(dead)), nil
	case age > stuckFacts:
		return warn(name, "see that a server is running, and its log", "the oldest job is %s late", age), nil
	}
	return ok(name, "nothing waits long"), nil
}

func checkExceptions(ctx context.Context, tx *db.Tx) (Check, error) {
	const name = "exceptions"
	oldest, open, err := exception.Age(ctx, tx)
	switch {
	case err != nil:
		return Check{}, err
	case oldest > exceptionAim:
		return wrong(name, "resolve them in the admin", "%d wait for a person, the oldest for %s", open, oldest.Round(time.Hour)), nil
	case open > 0:
		return warn(name, "resolve them in the admin", "%d wait for a person", open), nil
	}
	return ok(name, "none is open"), nil
}

// SQLiteVersion is that of the SQLite in this program.
func SQLiteVersion(ctx context.Context) (version string, err error) {
	dir, err := os.MkdirTemp("", "korzo-version-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "x.db"))
	if err != nil {
		return "", err
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		version, err = databaseVersion(ctx, tx, false)
		return err
	})
	return version, errors.Join(err, d.Close())
}

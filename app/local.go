package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"korzo/backoffice/transfer"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/platform/web"
)

// LocalActor is who the audit names for what the command line did.
const LocalActor = "command line"

var errBody = fault.New(fault.Invalid, "local.body", "this request cannot be read: the command and the server are of different versions; use the same binary for both")

// Local answers the command line on this machine: setup, keys, staff, and
// whether the shop is well. A server offers it on a socket that only its owner may open,
// so it asks for no key. Without a server a command answers itself with it.
func Local(d *db.DB, c Config) http.Handler {
	l := &local{db: d, config: withDefaults(c), since: time.Now()}
	l.desk = sync.OnceValues(func() (*transfer.Desk, error) {
		keeper, err := seal.Load(filepath.Join(l.config.Data, "shop.key"))
		if err != nil {
			return nil, err
		}
		pictures, goods := stores(l.config.Data)
		return transfer.New(d, keeper).KeepIn(filepath.Join(l.config.Data, "imports")).Holds(pictures, goods), nil
	})
	mux := http.NewServeMux()
	for pattern, h := range map[string]localHandler{
		"GET /status": l.status, "GET /migrations": l.migrations, "GET /verify": l.verify, "GET /doctor": l.doctor,
		"GET /keys": l.listKeys, "POST /keys": l.createKey, "DELETE /keys/{id}": l.revokeKey, "POST /staff": l.addStaff, "POST /setup": l.found,
	} {
		mux.Handle(pattern, h)
	}
	for pattern, h := range l.transfers() {
		mux.Handle(pattern, h)
	}
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.MaxBytesHandler(mux, 1<<16)
}

// Local is the command line's door to this shop.
func (a *App) Local() http.Handler { return Local(a.DB, a.config) }

type local struct {
	db     *db.DB
	config Config
	since  time.Time
	desk   func() (*transfer.Desk, error) // opened when it is first needed
}

// localHandler answers with a value as JSON. Its errors are told whole: who
// may open the socket may read the log as well.
type localHandler func(r *http.Request) (any, error)

func (h localHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := h(r)
	status := http.StatusOK
	if err != nil {
		status, v = web.Status(fault.KindOf(err)), LocalProblem{fault.CodeOf(err), err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// LocalProblem is how Local says no.
type LocalProblem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p LocalProblem) Error() string { return p.Detail }

// Status is what a running server is and has used so far.
type Status struct {
	PID         int       `json:"pid"`
	StartedAt   time.Time `json:"started_at"`
	BaseURL     string    `json:"base_url"`
	Goroutines  int       `json:"goroutines"`
	HeapBytes   uint64    `json:"heap_bytes"`
	Allocations uint64    `json:"allocations"` // objects, since the start
	Allocated   uint64    `json:"allocated_bytes"`
	Settled     bool      `json:"settled"` // no fact waits, and no job is due or being run
}

func (l *local) status(r *http.Request) (any, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := Status{os.Getpid(), l.since, l.config.BaseURL, runtime.NumGoroutine(), m.HeapAlloc, m.Mallocs, m.TotalAlloc, false}
	err := l.db.Read(r.Context(), func(tx *db.Tx) error {
		facts, err := event.Age(r.Context(), tx)
		if err != nil {
			return err
		}
		jobs, err := job.Unfinished(r.Context(), tx)
		s.Settled = facts == 0 && jobs == 0
		return err
	})
	return s, err
}

// Migration is a schema file, and whether it has run.
type Migration struct {
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func (l *local) migrations(r *http.Request) (any, error) { return Migrations(r.Context(), l.db) }

// Migrations lists every schema file of this version in the order they run.
func Migrations(ctx context.Context, d *db.DB) (all []Migration, err error) {
	own, _, err := d.Migrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	for _, schema := range append([]fs.FS{db.Schema}, Schemas()...) {
		names, err := fs.Glob(schema, "schema/*.sql")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			applied, of, err := d.Migrations(ctx, oneFile{schema, name})
			if err != nil {
				return nil, fmt.Errorf("list migrations: %w", err)
			}
			all = append(all, Migration{strings.TrimPrefix(name, "schema/"), applied > own || of == 1 && own == 1})
		}
	}
	return all, nil
}

// oneFile is a schema with all its files but one left out.
type oneFile struct {
	fs.FS
	name string
}

// Glob finds the one file.
func (f oneFile) Glob(string) ([]string, error) { return []string{f.name}, nil }

func (l *local) verify(r *http.Request) (any, error) { return Verify(r.Context(), l.db) }

func (l *local) doctor(r *http.Request) (any, error) { return Doctor(r.Context(), l.db, l.config), nil }

// Key is an API key as a command shows it.
type Key struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Name       string    `json:"name"`
	Channel    string    `json:"channel,omitempty"`
	Scopes     []string  `json:"scopes"`
	Hint       string    `json:"hint"`
	Secret     string    `json:"secret,omitempty"` // only where it was made
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

func keyOf(k auth.Key, secret string) Key {
	return Key{string(k.ID), k.Kind, k.Name, k.Channel, append([]string{}, k.Scopes...), k.Hint, secret, k.CreatedAt, k.LastUsedAt, k.RevokedAt}
}

func (l *local) listKeys(r *http.Request) (any, error) {
	keys := []Key{}
	err := l.db.Read(r.Context(), func(tx *db.Tx) error {
		all, err := auth.ListKeys(r.Context(), tx)
		for _, k := range all {
			keys = append(keys, keyOf(k, ""))
		}
		return err
	})
	return keys, err
}

// NewKey asks for a key.
type NewKey struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Channel string   `json:"channel"`
	Scopes  []string `json:"scopes"`
}

func (l *local) createKey(r *http.Request) (any, error) {
	in, err := read[NewKey](r)
	if err != nil {
		return nil, err
	}
	var made Key
	return &made, l.do(r.Context(), "key.create", func(tx *db.Tx) (string, error) {
		if in.Kind == auth.Publishable {
			if err := sells(r.Context(), tx, in.Channel); err != nil {
				return "", err
			}
		}
		k, secret, err := auth.CreateKey(r.Context(), tx, auth.NewKey{Kind: in.Kind, Name: in.Name, Channel: in.Channel, Scopes: in.Scopes})
		made = keyOf(k, secret)
		return made.ID, err
	})
}

// sells says no to a channel that is not there; it names those that are.
func sells(ctx context.Context, tx *db.Tx, channel string) error {
	_, err := market.FindChannel(ctx, tx, channel)
	if !errors.Is(err, market.ErrChannelNotFound) {
		return err
	}
	all, err := market.Channels(ctx, tx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return market.ErrChannelNotFound.With("this shop sells in no channel yet: a key could buy nothing")
	}
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.ID
	}
	return market.ErrChannelNotFound.With(fmt.Sprintf("there is no channel %q: take one of this shop's with --channel: %s", channel, strings.Join(names, ", ")))
}

func (l *local) revokeKey(r *http.Request) (any, error) {
	key := r.PathValue("id")
	return struct{}{}, l.do(r.Context(), "key.revoke", func(tx *db.Tx) (string, error) {
		return key, auth.RevokeKey(r.Context(), tx, auth.KeyID(key))
	})
}

// NewStaff asks for somebody to be let into the back office. Without a
// password one is drawn.
type NewStaff struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Password string `json:"password,omitempty"`
}

// Staff is somebody who was let in. Password is told only when it was drawn.
type Staff struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Password string `json:"password,omitempty"`
}

// drawnLength is that of a drawn password: 100 random bits.
const drawnLength = 20

func (l *local) addStaff(r *http.Request) (any, error) {
	in, err := read[NewStaff](r)
	if err != nil {
		return nil, err
	}
	drawn := ""
	if in.Password == "" {
		drawn = id.Secret("")[:drawnLength]
		in.Password = drawn
	}
	hash, err := auth.HashPassword(r.Context(), in.Password)
	if err != nil {
		return nil, err
	}
	var made Staff
	return &made, l.do(r.Context(), "staff.create", func(tx *db.Tx) (string, error) {
		s, err := auth.CreateStaff(r.Context(), tx, auth.Staff{Name: in.Name, Email: in.Email, Role: in.Role}, hash)
		made = Staff{string(s.ID), s.Name, s.Email, s.Role, drawn}
		return made.ID, err
	})
}

// do runs a verb that returns whom it changed, and has the audit remember it.
func (l *local) do(ctx context.Context, action string, verb func(tx *db.Tx) (subject string, err error)) error {
	return l.db.Write(ctx, func(tx *db.Tx) error {
		subject, err := verb(tx)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: LocalActor, Action: action, Subject: subject})
	})
}

func read[T any](r *http.Request) (in T, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, errBody
	}
	return in, nil
}

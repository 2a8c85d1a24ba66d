package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"korzo/platform/db"
)

const (
	keyTTL     = 5 * time.Second
	keysKept   = 4096
	noteEvery  = time.Minute
	notesKept  = 100_000
	flushBatch = 1000
)

// memory is what this process remembers of one database: keys found lately,
// and who was seen since the last Flush. It holds hashes, not secrets.
type memory struct {
	mu       sync.Mutex
	keys     map[[32]byte]kept
	revised  int64
	used     map[KeyID]time.Time
	sessions map[[32]byte]seen
}

type kept struct {
	key     Key
	revised int64
	until   time.Time
}

type seen struct {
	realm Realm
	at    time.Time
}

type memoryKey struct{}

func memoryOf(tx *db.Tx) *memory {
	if m, ok := tx.Shared().Load(memoryKey{}); ok {
		return m.(*memory)
	}
	m, _ := tx.Shared().LoadOrStore(memoryKey{}, &memory{
		keys: map[[32]byte]kept{}, used: map[KeyID]time.Time{}, sessions: map[[32]byte]seen{},
	})
	return m.(*memory)
}

func (m *memory) find(secret string, now time.Time) (Key, bool) {
	hash := sha256.Sum256([]byte(secret))
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[hash]
	if !ok || k.revised != m.revised || now.After(k.until) {
		return Key{}, false
	}
	m.noteKey(k.key, now)
	return k.key, true
}

func (m *memory) revision() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revised
}

func (m *memory) keep(secret string, k Key, revised int64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.keys) >= keysKept {
		clear(m.keys)
	}
	m.keys[sha256.Sum256([]byte(secret))] = kept{k, revised, now.Add(keyTTL)}
	m.noteKey(k, now)
}

// forget makes every kept key be read again.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revised++
	clear(m.keys)
}

// noteKey is called with the lock held.
func (m *memory) noteKey(k Key, now time.Time) {
	if now.Sub(k.LastUsedAt) >= noteEvery && len(m.used) < notesKept {
		m.used[k.ID] = now
	}
}

func (m *memory) noteSession(hash [32]byte, realm Realm, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) < notesKept {
		m.sessions[hash] = seen{realm, now}
	}
}

// take returns what was noted, and begins anew.
func (m *memory) take() (map[KeyID]time.Time, map[[32]byte]seen) {
	m.mu.Lock()
	defer m.mu.Unlock()
	used, sessions := m.used, m.sessions
	m.used, m.sessions = map[KeyID]time.Time{}, map[[32]byte]seen{}
	return used, sessions
}

// Flush writes down which keys and sessions were seen since the last Flush.
// Call it about once a minute: a session lives on by it, and no request waits
// for the write.
func Flush(ctx context.Context, d *db.DB) error {
	var m *memory
	if err := d.Read(ctx, func(tx *db.Tx) error { m = memoryOf(tx); return nil }); err != nil {
		return err
	}
	used, sessions := m.take()
	var writes []func(tx *db.Tx) error
	for key, at := range used {
		writes = append(writes, func(tx *db.Tx) error { return updateKeyUsed(ctx, tx, key, at) })
	}
	for hash, s := range sessions {
		writes = append(writes, func(tx *db.Tx) error { return updateSeen(ctx, tx, hash[:], s.at, s.at.Add(lives[s.realm].idle)) })
	}
	for len(writes) > 0 {
		batch := writes[:min(len(writes), flushBatch)]
		writes = writes[len(batch):]
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, write := range batch {
				if err := write(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("note who was seen: %w", err)
		}
	}
	return nil
}

// Gate finds keys without a transaction where the memory suffices: most
// requests of a program cost no statement.
type Gate struct {
	db     *db.DB
	memory atomic.Pointer[memory]
}

// NewGate returns a Gate on d.
func NewGate(d *db.DB) *Gate { return &Gate{db: d} }

// Key is FindKey in a transaction of its own, if it needs one.
func (g *Gate) Key(ctx context.Context, secret string) (k Key, err error) {
	if m := g.memory.Load(); m != nil && looksLikeKey(secret) {
		if k, ok := m.find(secret, g.db.Now()); ok {
			return k, nil
		}
	}
	err = g.db.Read(ctx, func(tx *db.Tx) (err error) {
		g.memory.Store(memoryOf(tx))
		k, err = FindKey(ctx, tx, secret)
		return err
	})
	return k, err
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// KeyID names a key; it is no secret.
type KeyID string

// The kinds of key. A publishable key may stand in a page: it opens the store
// API of its channel and nothing else. A secret key belongs on a server.
const (
	Publishable = "publishable"
	Secret      = "secret"
)

// ScopeStore is the scope of every publishable key. ScopeAll is every action.
const (
	ScopeStore = "store"
	ScopeAll   = "*"
)

// Key is an API key without its secret.
type Key struct {
	ID         KeyID
	Kind       string
	Name       string
	Channel    string
	Scopes     []string
	Hint       string // the last four characters of the secret
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute or so; zero: never
	RevokedAt  time.Time // zero: good
}

// Allows says whether the key may do an action. Publishable keys may only do
// what the store API asks for.
func (k Key) Allows(action string) bool {
	if k.Kind == Publishable {
		return action == ScopeStore
	}
	wing, _, _ := strings.Cut(action, ".")
	return slices.Contains(k.Scopes, action) || slices.Contains(k.Scopes, ScopeAll) || slices.Contains(k.Scopes, wing+".*")
}

// NewKey is what CreateKey needs. A secret key without scopes may do nothing.
type NewKey struct {
	Kind    string
	Name    string
	Channel string
	Scopes  []string
}

// CreateKey makes a key and returns its secret, which is shown this once.
func CreateKey(ctx context.Context, tx *db.Tx, n NewKey) (Key, string, error) {
	prefix := "sk_"
	if n.Kind == Publishable {
		prefix, n.Scopes = "pk_", []string{ScopeStore}
	}
	for _, s := range n.Scopes {
		if !knownScope(s) {
			return Key{}, "", ErrScopes.With(fmt.Sprintf("there is no scope %q; take actions such as orders.read, or *", s))
		}
	}
	secret := id.Secret(prefix)
	k := Key{
		ID: id.New[KeyID]("key", tx.Now), Kind: n.Kind, Name: n.Name, Channel: n.Channel,
		Scopes: n.Scopes, Hint: secret[len(secret)-4:], CreatedAt: tx.Now,
	}
	if err := insertKey(ctx, tx, k, digest(secret)); err != nil {
		return Key{}, "", fmt.Errorf("create key: %w", err)
	}
	return k, secret, nil
}

func knownScope(s string) bool {
	if wing, ok := strings.CutSuffix(s, ".*"); ok {
		return slices.ContainsFunc(Actions(), func(a string) bool { return strings.HasPrefix(a, wing+".") })
	}
	return s == ScopeAll || s == ScopeStore || len(allowed[s]) > 0
}

// FindKey returns the key of a secret, or ErrKey. It costs one statement, or
// none if the key was found in the last five seconds; a key revoked in this
// process is refused at once, one revoked on another node within that time.
func FindKey(ctx context.Context, tx *db.Tx, secret string) (Key, error) {
	if !looksLikeKey(secret) {
		return Key{}, ErrKey
	}
	m := memoryOf(tx)
	if k, ok := m.find(secret, tx.Now); ok {
		return k, nil
	}
	at := m.revision() // before the row is read: what is revoked meanwhile is not kept
	k, err := selectKey(ctx, tx, digest(secret))
	if errors.Is(err, db.ErrNoRow) {
		return Key{}, ErrKey
	}
	if err != nil {
		return Key{}, fmt.Errorf("find key: %w", err)
	}
	m.keep(secret, k, at, tx.Now)
	return k, nil
}

func looksLikeKey(secret string) bool {
	return len(secret) == len("pk_")+52 && (strings.HasPrefix(secret, "pk_") || strings.HasPrefix(secret, "sk_"))
}

// RevokeKey ends a key for good. Revoking it again changes nothing.
func RevokeKey(ctx context.Context, tx *db.Tx, key KeyID) error {
	n, err := updateRevoked(ctx, tx, key)
	if err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	m := memoryOf(tx)
	m.forget()
	tx.After(m.forget)
	return nil
}

// ListKeys returns the newest keys, revoked ones included, 200 at most.
func ListKeys(ctx context.Context, tx *db.Tx) ([]Key, error) { return selectKeys(ctx, tx, 200) }

package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// argon2id's parameters: OWASP's second choice, small enough for a small shop.
// A stored hash carries its own, so they may be raised.
const (
	argonTime   = 2
	argonMemory = 19 * 1024 // KiB
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

const (
	minPassword = 8    // characters
	maxPassword = 1024 // bytes: hashing is no way to keep us busy
	patience    = 5 * time.Second
)

// slots bounds how many hashes are computed at once, and so their memory.
var slots = make(chan struct{}, 2)

// runs counts argon2 computations: tests compare the work of two paths by it.
var runs atomic.Int64

//go:embed passwords.txt
var worstText string

// worst are the passwords that are tried first.
var worst = func() map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(worstText) {
		m[word] = true
	}
	return m
}()

// HashPassword returns what SetPassword and CreateStaff store, or ErrWeak. It
// takes tens of milliseconds: call it outside any transaction.
func HashPassword(ctx context.Context, password string) (string, error) {
	password = norm.NFKC.String(password)
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return "", ErrWeak.With("the password is too short; take 8 characters or more")
	case len(password) > maxPassword:
		return "", ErrWeak.With("the password is too long; 1000 characters will do")
	case worst[strings.ToLower(password)] || isRun(password):
		return "", ErrWeak.With("this password is among the first that are tried; take one that nobody else would")
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := argon(ctx, password, salt, argonTime, argonMemory, argonLanes, argonKey)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// isRun reports one character repeated: "aaaaaaaa".
func isRun(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(first)) == ""
}

// nobody is what a password is checked against when there is no such account:
// the same work, and the answer is always no.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// fits says whether a password has the hash.
func fits(ctx context.Context, password, hash string) (bool, error) {
	var version, memory, passes, lanes int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false, errors.New("a stored password hash has another form")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("read a stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read a stored salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read a stored password hash: %w", err)
	}
	if len(password) > maxPassword {
		password = "" // no password is so long; the work stays the same
	}
	got, err := argon(ctx, norm.NFKC.String(password), salt, passes, memory, lanes, len(want))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// argon computes one hash when a slot is free, or returns ErrBusy.
func argon(ctx context.Context, password string, salt []byte, passes, memory, lanes, size int) ([]byte, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, ErrBusy
	}
	defer func() { <-slots }()
	runs.Add(1)
	return argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(size)), nil
}

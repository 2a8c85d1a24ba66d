// Package seal keeps secrets and personal data unreadable at rest.
//
// There is one master key, in a file beside the database and never in it.
// Each person has a data key of their own, drawn at random, which is stored
// only wrapped: sealed under the master key. What is known of the person is
// sealed under their data key. To erase a person is to destroy one wrapped key;
// every copy and backup of their data is noise from then on.
//
// Look-ups by e-mail and the tokens in links are HMAC-SHA256 with a purpose:
// who steals the database alone cannot try names against them.
//
// Everything is AES-256-GCM with random nonces. A data key seals far fewer
// than the 2^32 messages that random nonces allow. Unwrapped keys are not kept:
// unwrapping costs less than a microsecond (BenchmarkSealOpen), which is no
// reason to hold plain keys in memory.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"

	"korzo/platform/fault"
)

var (
	// ErrDestroyed reports that the data key is gone because the person was
	// erased. What it sealed can never be read again.
	ErrDestroyed = fault.New(fault.NotFound, "seal.destroyed", "this person's data were erased for good; show the record without them")
	// ErrBroken reports that something sealed was changed, or that another key sealed it.
	ErrBroken = fault.New(fault.Internal, "seal.broken", "sealed data cannot be opened: they were changed, or the key file is not this database's; put back the key file that belongs to it")
	// ErrKey reports a master key of the wrong length.
	ErrKey = fault.New(fault.Internal, "seal.key", "the master key must be 32 bytes")
)

// KeySize is the length of a master key and of a data key in bytes.
const KeySize = 32

// masterID is the first byte of every wrapped key: it names the master key
// that wrapped it, so that a second master key can be told from the first.
const masterID = 1

// sealedID is the first byte of everything sealed: AES-256-GCM, 12 byte nonce.
const sealedID = 1

const tokenSize = 20 // bytes: 160 bits

var text = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Keeper seals and opens under one master key. It is safe for concurrent use.
type Keeper struct {
	wrap        cipher.AEAD
	hash, token []byte
	fingerprint string
}

// Open returns the Keeper of a master key of 32 bytes, or ErrKey.
func Open(key []byte) (*Keeper, error) {
	if len(key) != KeySize {
		return nil, ErrKey
	}
	wrapKey, err := derive(key, "wrap")
	if err != nil {
		return nil, err
	}
	wrap, err := newAEAD(wrapKey)
	if err != nil {
		return nil, err
	}
	k := &Keeper{wrap: wrap}
	if k.hash, err = derive(key, "hash"); err != nil {
		return nil, err
	}
	if k.token, err = derive(key, "token"); err != nil {
		return nil, err
	}
	name, err := derive(key, "fingerprint")
	if err != nil {
		return nil, err
	}
	k.fingerprint = text.EncodeToString(name[:tokenSize])
	return k, nil
}

// Fingerprint names the master key without telling anything of it. A shop that
// stores it in its database can refuse to start with the wrong key file.
func (k *Keeper) Fingerprint() string { return k.fingerprint }

// NewKey draws a data key for one person and returns it wrapped, to be stored.
func (k *Keeper) NewKey() (wrapped []byte) {
	key := make([]byte, KeySize)
	rand.Read(key)
	return seal(k.wrap, masterID, key)
}

// Seal makes plain unreadable to all who cannot unwrap the data key. It returns
// ErrDestroyed when wrapped is empty, ErrBroken when it is not ours.
func (k *Keeper) Seal(wrapped, plain []byte) ([]byte, error) {
	a, err := k.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	return seal(a, sealedID, plain), nil
}

// Open returns what Seal was given under the same wrapped key. It returns
// ErrDestroyed when wrapped is empty, ErrBroken when either was changed.
func (k *Keeper) Open(wrapped, sealed []byte) ([]byte, error) {
	a, err := k.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	return open(a, sealedID, sealed)
}

// Hash is a keyed hash of text, for look-ups: equal texts of one purpose have
// equal hashes. The caller folds case and trims before.
func (k *Keeper) Hash(purpose, s string) string {
	return text.EncodeToString(sum(k.hash, purpose, s))
}

// Token is the 160-bit token that proves knowledge of a link made for id: it
// is derived, so it needs no storage, and only the master key can make it.
func (k *Keeper) Token(purpose, id string) string {
	return text.EncodeToString(sum(k.token, purpose, id)[:tokenSize])
}

// CheckToken reports whether token is id's for this purpose, in constant time.
func (k *Keeper) CheckToken(purpose, id, token string) bool {
	return hmac.Equal([]byte(k.Token(purpose, id)), []byte(token))
}

func (k *Keeper) unwrap(wrapped []byte) (cipher.AEAD, error) {
	if len(wrapped) == 0 {
		return nil, ErrDestroyed
	}
	key, err := open(k.wrap, masterID, wrapped)
	if err != nil {
		return nil, err
	}
	if len(key) != KeySize {
		return nil, ErrBroken
	}
	return newAEAD(key)
}

// seal returns id, a nonce and the sealed text. The id is authenticated too.
func seal(a cipher.AEAD, id byte, plain []byte) []byte {
	out := make([]byte, 1+a.NonceSize(), 1+a.NonceSize()+len(plain)+a.Overhead())
	out[0] = id
	nonce := out[1:]
	rand.Read(nonce)
	return a.Seal(out, nonce, plain, out[:1])
}

func open(a cipher.AEAD, id byte, sealed []byte) ([]byte, error) {
	start := 1 + a.NonceSize()
	if len(sealed) < start+a.Overhead() || sealed[0] != id {
		return nil, ErrBroken
	}
	plain, err := a.Open(nil, sealed[1:start], sealed[start:], sealed[:1])
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// derive returns the key of one use, so that no two uses share a key.
func derive(master []byte, use string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "korzo seal "+use, KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive %s key: %w", use, err)
	}
	return key, nil
}

// sum hashes the purpose's length before it, so that ("ab", "c") is not ("a", "bc").
func sum(key []byte, purpose, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(purpose))))
	h.Write([]byte(purpose))
	h.Write([]byte(s))
	return h.Sum(nil)
}

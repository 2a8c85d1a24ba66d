// Package id makes identifiers: of rows, and of secrets.
//
// A row's id is a prefix that tells a reader what it names, an underscore and
// 26 characters: 48 bits of milliseconds since 1970, then 80 random bits, in
// Crockford's base32 in lower case. Ids made in a later millisecond sort later,
// so a new row goes to the end of its index; within one millisecond the order
// is random. 80 bits cannot be guessed, so an id may serve as a capability,
// but it tells when it was made: what must tell nothing is a Secret.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

const (
	alphabet   = "0123456789abcdefghjkmnpqrstvwxyz" // without i, l, o, u: nobody misreads one for another
	bodyLength = 26
)

var isDigit = func() (set [256]bool) {
	for i := range len(alphabet) {
		set[alphabet[i]] = true
	}
	return set
}()

// New returns a new id of type T, such as "ord_01k9x…". The prefix is two to
// five lower-case letters. A time before 1970 counts as 1970.
func New[T ~string](prefix string, now time.Time) T {
	var random [10]byte
	rand.Read(random[:])
	millis := uint64(max(now.UnixMilli(), 0)) & (1<<48 - 1)
	high := millis<<16 | uint64(binary.BigEndian.Uint16(random[:2]))
	low := binary.BigEndian.Uint64(random[2:])

	var body [bodyLength]byte
	for i := bodyLength - 1; i >= 0; i-- {
		body[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	var room [64]byte
	return T(append(append(append(room[:0], prefix...), '_'), body[:]...))
}

// Floor returns the lowest id of prefix that New could have made at now: rows
// made from then on have ids that are not lower.
func Floor[T ~string](prefix string, now time.Time) T {
	bits := uint64(max(now.UnixMilli(), 0)) & (1<<48 - 1)
	var body [bodyLength]byte
	for i := range body {
		body[i] = '0'
	}
	for i := 9; i >= 0; i-- { // 48 bits are the first ten digits, two of them spare
		body[i] = alphabet[bits&31]
		bits >>= 5
	}
	return T(prefix + "_" + string(body[:]))
}

// Valid says that id has the shape New gives to ids of prefix. A door asks it
// of foreign ids, so that nonsense never reaches a query; that the row exists
// is another question.
func Valid[T ~string](prefix string, id T) bool {
	body, ok := strings.CutPrefix(string(id), prefix)
	if !ok || len(body) != 1+bodyLength || body[0] != '_' || body[1] > '7' {
		return false
	}
	for i := range bodyLength {
		if !isDigit[body[1+i]] {
			return false
		}
	}
	return true
}

// Secret returns prefix and 52 characters with 256 random bits: API keys,
// session tokens. It tells nothing of when it was made. Store its hash only.
func Secret(prefix string) string {
	var random [32]byte
	rand.Read(random[:])
	var room [96]byte
	text := append(room[:0], prefix...)
	var bits uint32
	var have int
	for _, b := range random {
		bits, have = bits<<8|uint32(b), have+8
		for ; have >= 5; have -= 5 {
			text = append(text, alphabet[bits>>(have-5)&31])
		}
	}
	return string(append(text, alphabet[bits<<(5-have)&31]))
}

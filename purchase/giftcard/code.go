package giftcard

import (
	"crypto/rand"
	"encoding/binary"
	"strings"

	"korzo/platform/seal"
)

// A code is 80 random bits in sixteen characters of Crockford's base32 and a
// check character. Who guesses a million codes an hour against a million live
// cards meets one in a hundred million years.
const (
	randomLength = 16
	codeLength   = randomLength + 1
	lastShown    = 4
)

// An imported code is what the old shop printed.
const (
	minForeign = 8
	maxForeign = 64
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O, U: nobody misreads one for another

// newCode draws a code, folded.
func newCode() string {
	var random [10]byte
	rand.Read(random[:])
	high, low := uint64(binary.BigEndian.Uint16(random[:2])), binary.BigEndian.Uint64(random[2:])
	var digits [randomLength]byte
	for i := range digits {
		digits[i] = byte(low & 31)
		low = low>>5 | high<<59
		high >>= 5
	}
	text := make([]byte, 0, codeLength)
	for _, d := range append(digits[:], double(syndrome(digits[:]))) {
		text = append(text, alphabet[d])
	}
	return string(text)
}

// syndrome reads digits as a polynomial over the field of 32 elements, at a
// root of x⁵+x²+1. It is 0 for a whole code. Because the root has order 31,
// more than a code is long, no change of one character and no swap of two
// leaves it 0.
func syndrome(digits []byte) (s byte) {
	for _, d := range digits {
		s = double(s) ^ d
	}
	return s
}

func double(s byte) byte {
	if s <<= 1; s > 31 {
		s ^= 0b100101
	}
	return s
}

// IsCode reports whether text is written as the shop's own codes are, their
// check included: a field may take it and other codes alike.
func IsCode(text string) bool {
	folded, err := parse(text)
	return err == nil && len(folded) == codeLength
}

// parse folds a code as people type it: case, spaces and hyphens do not count,
// O is 0, I and L are 1. It returns ErrMistyped, with nothing looked up, for
// what cannot be a code: anybody can compute that, so it tells no secret.
func parse(text string) (folded string, err error) {
	if len(text) > 2*maxForeign {
		return "", ErrMistyped
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch {
		case r == ' ' || r == '-' || r == '\u00a0' || r == '\t':
		case r == 'O':
			b.WriteByte('0')
		case r == 'I' || r == 'L':
			b.WriteByte('1')
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			b.WriteByte(byte(r))
		default:
			return "", ErrMistyped
		}
	}
	folded = b.String()
	if len(folded) == codeLength && !checks(folded) || len(folded) < minForeign || len(folded) > maxForeign {
		return "", ErrMistyped
	}
	return folded, nil
}

// checks says whether a folded code of our length is one of ours.
func checks(folded string) bool {
	var digits [codeLength]byte
	for i := range digits {
		d := strings.IndexByte(alphabet, folded[i])
		if d < 0 {
			return false
		}
		digits[i] = byte(d)
	}
	return syndrome(digits[:]) == 0
}

// grouped is a folded code as people read it: in groups of four, the last one
// with the check character. An imported code stays as it is.
func grouped(folded string) string {
	if len(folded) != codeLength {
		return folded
	}
	return folded[:4] + "-" + folded[4:8] + "-" + folded[8:12] + "-" + folded[12:]
}

func last4(folded string) string { return folded[len(folded)-lastShown:] }

// hash is how a code is stored: keyed, so that the database alone is no help.
func hash(k *seal.Keeper, folded string) string { return k.Hash("giftcard.code", folded) }

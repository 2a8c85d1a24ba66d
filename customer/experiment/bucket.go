package experiment

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
)

// Hash names how a unit is turned into a number.
type Hash string

// The hashes.
const (
	SHA256     Hash = "sha256"     // the shop's own: no two experiments know of each other
	GrowthBook Hash = "growthbook" // version 2 of that SDK's, so that its programs bucket as we do
)

// bucket is where a unit stands in [0, 1) under a salt. It depends on nothing
// else, so every node and every year gives the same.
func (h Hash) bucket(salt, unit string) float64 {
	if h == GrowthBook {
		return growthBook2(salt, unit)
	}
	sum := sha256.Sum256([]byte(salt + "." + unit))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

// fnv32 is FNV-1a over a text's UTF-16 units, as a browser's program sees it.
func fnv32(text string) uint32 {
	h := uint32(0x811c9dc5)
	for _, unit := range utf16.Encode([]rune(text)) {
		h = (h ^ uint32(unit)) * 0x01000193
	}
	return h
}

// growthBook2 has 10,000 places.
func growthBook2(seed, unit string) float64 {
	inner := strconv.FormatUint(uint64(fnv32(seed+unit)), 10)
	return float64(fnv32(inner)%10_000) / 10_000
}

// Range is where an arm's units stand: From is in it, To is not.
type Range struct{ From, To float64 }

func (r Range) holds(n float64) bool { return n >= r.From && n < r.To }

// ranges gives every arm its place and covers a part of it from its beginning,
// so that a larger coverage never moves a unit from one arm to another.
func ranges(coverage float64, weights []float64) []Range {
	all := make([]Range, len(weights))
	from := 0.0
	for i, weight := range weights {
		all[i] = Range{round(from), round(from + coverage*weight)}
		from += weight
	}
	return all
}

// round takes away what adding fractions left over.
func round(f float64) float64 { return math.Round(f*1e9) / 1e9 }

// pick is the place that holds n; -1 for none.
func pick(n float64, all []Range) int {
	for i, r := range all {
		if r.holds(n) {
			return i
		}
	}
	return -1
}

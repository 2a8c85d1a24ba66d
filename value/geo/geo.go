// Package geo knows roughly where a postal code is, and how far two places are
// apart.
//
// It is for choosing: which of some shops is near, which warehouse is nearer.
// An area is known by the beginning of its postal codes, the longest beginning
// that is in the table, so it is right to within some twenty kilometres where
// codes have two digits of area, and coarser elsewhere; nobody is told a
// distance in metres. The table in data/areas.tsv is our own: a town in the
// middle of each area.
//
// Never true: a price or a tax that depends on a distance.
package geo

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
)

// Point is a place on earth, in thousandths of a degree. The zero Point, in the
// sea off Africa, is no place.
type Point struct {
	Lat int // north is positive
	Lon int // east is positive
}

// IsZero says that p is no place.
func (p Point) IsZero() bool { return p == Point{} }

// Km is how many kilometres p and q are apart, as the crow flies.
func (p Point) Km(q Point) int {
	const earth, degree = 6371, math.Pi / 180_000
	a, b := float64(p.Lat)*degree, float64(q.Lat)*degree
	s, t := math.Sin((b-a)/2), math.Sin(float64(q.Lon-p.Lon)*degree/2)
	return int(math.Round(2 * earth * math.Asin(math.Sqrt(s*s+math.Cos(a)*math.Cos(b)*t*t))))
}

//go:embed data/areas.tsv
var text string

// areas are points by country and beginning of the postal code: "DE 10".
var areas = sync.OnceValue(func() map[string]Point {
	all := map[string]Point{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		lat, _ := strconv.ParseFloat(fields[2], 64)
		lon, _ := strconv.ParseFloat(fields[3], 64)
		at := Point{int(math.Round(lat * 1000)), int(math.Round(lon * 1000))}
		for prefix := range strings.SplitSeq(fields[1], ",") {
			all[fields[0]+" "+prefix] = at
		}
	}
	return all
})

// Locate returns about where a postal code is; without one, or where the code
// is not known, the middle of the country. A country's letters
// before it do not matter. It is false for a country that is not in the table.
func Locate(country, postalCode string) (Point, bool) {
	code := strings.TrimLeftFunc(postalCode, func(r rune) bool { return r < '0' || r > '9' })
	for n := min(len(code), 3); n >= 0; n-- {
		if p, ok := areas()[country+" "+code[:n]]; ok {
			return p, true
		}
	}
	return Point{}, false
}

package widget

import (
	"cmp"
	"slices"
)

// alike counts the characters with which two postal codes begin alike: in most
// countries the longer, the nearer.
func alike(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// nearest puts the points with the most alike postal code first, the others in
// the order they had.
func nearest(all []Point) {
	slices.SortStableFunc(all, func(a, b Point) int { return cmp.Compare(b.near, a.near) })
}

package catalog

import "slices"

// Size is the box that one unit takes when it is packed, in millimetres, 0 to
// 100 metres a side. The zero Size is not known: then it takes no room.
type Size struct {
	Length int64 `json:"length"`
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

// maxSide bounds a side in millimetres.
const maxSide = 100_000

// valid reports whether all sides are known or none is.
func (s Size) valid() bool {
	least, most := min(s.Length, s.Width, s.Height), s.Longest()
	return s == Size{} || least > 0 && most <= maxSide
}

// Longest is the longest side.
func (s Size) Longest() int64 { return max(s.Length, s.Width, s.Height) }

// Volume is the room it takes in cubic centimetres, a begun one whole.
func (s Size) Volume() int64 {
	return (s.Length*s.Width*s.Height + 999) / 1000
}

// sorted is the same box with its longest side first.
func (s Size) sorted() Size {
	sides := []int64{s.Length, s.Width, s.Height}
	slices.Sort(sides)
	return Size{sides[2], sides[1], sides[0]}
}

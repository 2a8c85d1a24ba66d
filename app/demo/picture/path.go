package picture

import "math"

// pt is a point; x grows to the right, y downwards.
type pt struct{ x, y float32 }

func (p pt) plus(q pt) pt          { return pt{p.x + q.x, p.y + q.y} }
func (p pt) minus(q pt) pt         { return pt{p.x - q.x, p.y - q.y} }
func (p pt) times(f float32) pt    { return pt{p.x * f, p.y * f} }
func (p pt) to(q pt, t float32) pt { return p.plus(q.minus(p).times(t)) }

// seg is a step of a path: to one point straight, over two as a quadratic and
// over three as a cubic Bézier curve.
type seg struct {
	p      [3]pt
	n      int
	begins bool
}

// path is one outline or several.
type path []seg

func (p path) move(x, y float32) path { return append(p, seg{[3]pt{{x, y}}, 1, true}) }
func (p path) line(x, y float32) path { return append(p, seg{[3]pt{{x, y}}, 1, false}) }
func (p path) quad(ax, ay, x, y float32) path {
	return append(p, seg{[3]pt{{ax, ay}, {x, y}}, 2, false})
}
func (p path) cube(ax, ay, bx, by, x, y float32) path {
	return append(p, seg{[3]pt{{ax, ay}, {bx, by}, {x, y}}, 3, false})
}

func polygon(points ...pt) path {
	p := path{}.move(points[0].x, points[0].y)
	for _, q := range points[1:] {
		p = p.line(q.x, q.y)
	}
	return p
}

func box(x, y, w, h float32) path {
	return polygon(pt{x, y}, pt{x + w, y}, pt{x + w, y + h}, pt{x, y + h})
}

// rounded is a box with round corners.
func rounded(x, y, w, h, r float32) path {
	r = min(r, w/2, h/2)
	k := r * (1 - .5523)
	return path{}.move(x+r, y).line(x+w-r, y).cube(x+w-k, y, x+w, y+k, x+w, y+r).
		line(x+w, y+h-r).cube(x+w, y+h-k, x+w-k, y+h, x+w-r, y+h).
		line(x+r, y+h).cube(x+k, y+h, x, y+h-k, x, y+h-r).
		line(x, y+r).cube(x, y+k, x+k, y, x+r, y)
}

// ellipse is a circle seen at an angle.
func ellipse(cx, cy, rx, ry float32) path {
	kx, ky := rx*.5523, ry*.5523
	return path{}.move(cx+rx, cy).cube(cx+rx, cy+ky, cx+kx, cy+ry, cx, cy+ry).cube(cx-kx, cy+ry, cx-rx, cy+ky, cx-rx, cy).
		cube(cx-rx, cy-ky, cx-kx, cy-ry, cx, cy-ry).cube(cx+kx, cy-ry, cx+rx, cy-ky, cx+rx, cy)
}

// ring is an ellipse with an elliptic hole.
func ring(cx, cy, rx, ry, hx, hy float32) path {
	hole := path{}.move(cx+hx, cy)
	kx, ky := hx*.5523, hy*.5523
	hole = hole.cube(cx+hx, cy-ky, cx+kx, cy-hy, cx, cy-hy).cube(cx-kx, cy-hy, cx-hx, cy-ky, cx-hx, cy).
		cube(cx-hx, cy+ky, cx-kx, cy+hy, cx, cy+hy).cube(cx+kx, cy+hy, cx+hx, cy+ky, cx+hx, cy)
	return append(ellipse(cx, cy, rx, ry), hole...)
}

// archway is a doorway with a round top.
func archway(x, y, w, h float32) path {
	r := w / 2
	k := r * (1 - .5523)
	return path{}.move(x, y+h).line(x, y+r).cube(x, y+k, x+k, y, x+r, y).cube(x+w-k, y, x+w, y+k, x+w, y+r).line(x+w, y+h)
}

// smooth returns points along a curve through all of those given.
func smooth(points ...pt) []pt {
	const steps = 10
	curve := make([]pt, 0, len(points)*steps)
	for i := range len(points) - 1 {
		a, b, c, d := points[max(i-1, 0)], points[i], points[i+1], points[min(i+2, len(points)-1)]
		for s := range steps {
			t := float32(s) / steps
			curve = append(curve, spline(a, b, c, d, t))
		}
	}
	return append(curve, points[len(points)-1])
}

// spline is the Catmull-Rom curve from b to c.
func spline(a, b, c, d pt, t float32) pt {
	f := func(a, b, c, d float32) float32 {
		return .5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
	}
	return pt{f(a.x, b.x, c.x, d.x), f(a.y, b.y, c.y, d.y)}
}

// tube is a line of some width along points, from thick to thin, with round ends.
func tube(thick, thin float32, points ...pt) path {
	var left, right []pt
	last := len(points) - 1
	for i, p := range points {
		along := points[min(i+1, last)].minus(points[max(i-1, 0)])
		length := float32(math.Hypot(float64(along.x), float64(along.y)))
		if length == 0 {
			continue
		}
		half := (thick + (thin-thick)*float32(i)/float32(max(last, 1))) / 2
		side := pt{-along.y, along.x}.times(half / length)
		left, right = append(left, p.plus(side)), append(right, p.minus(side))
	}
	outline := make([]pt, 0, 2*len(left))
	outline = append(outline, left...)
	for i := range right {
		outline = append(outline, right[len(right)-1-i])
	}
	p := polygon(outline...)
	return append(append(p, turned(ellipse(points[0].x, points[0].y, thick/2, thick/2), outline)...),
		turned(ellipse(points[last].x, points[last].y, thin/2, thin/2), outline)...)
}

// turned returns a closed path wound the way an outline is, so that the two
// together cover what either covers.
func turned(p path, outline []pt) path {
	var area float32
	for i, a := range outline {
		b := outline[(i+1)%len(outline)]
		area += a.x*b.y - b.x*a.y
	}
	if area >= 0 {
		return p
	}
	points := make([]pt, 0, 1+3*len(p))
	for _, s := range p {
		points = append(points, s.p[:s.n]...)
	}
	n := len(points)
	back := path{}.move(points[n-1].x, points[n-1].y)
	for i := n - 2; i >= 2; i -= 3 {
		back = back.cube(points[i].x, points[i].y, points[i-1].x, points[i-1].y, points[i-2].x, points[i-2].y)
	}
	return back
}

// tilt is how much of a circle's height is seen from where we stand.
const tilt = .17

// lathe is the outline of a turned thing about x: radii from top to bottom,
// given as {radius, y}; a point given twice is a corner. flat is how round its
// ends look: tilt for what is seen a little from above.
func lathe(x, flat float32, profile ...pt) path {
	side := smooth(profile...)
	top, bottom := side[0], side[len(side)-1]
	p := path{}.move(x+top.x, top.y)
	for _, s := range side[1:] {
		p = p.line(x+s.x, s.y)
	}
	h := bottom.x * flat * 1.333
	p = p.cube(x+bottom.x, bottom.y+h, x-bottom.x, bottom.y+h, x-bottom.x, bottom.y)
	for i := len(side) - 2; i >= 0; i-- {
		p = p.line(x-side[i].x, side[i].y)
	}
	h = top.x * flat * 1.333
	return p.cube(x-top.x, top.y-h, x+top.x, top.y-h, x+top.x, top.y)
}

// hoop is the part of a turned thing between two heights, as a band around it:
// both edges bend as its circles do.
func hoop(x, radius, y0, y1 float32) path {
	r := radius * 1.05
	h := radius * tilt * 1.333
	return path{}.move(x-r, y0).cube(x-r, y0+h, x+r, y0+h, x+r, y0).line(x+r, y1).cube(x+r, y1+h, x-r, y1+h, x-r, y1)
}

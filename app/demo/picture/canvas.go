package picture

import (
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// canvas is an opaque picture that paths are painted on, anti-aliased.
type canvas struct {
	image  *image.RGBA
	raster vector.Rasterizer
	mask   []uint8 // of the path
	clip   []uint8 // of the path it must stay in
	to     affine  // from drawing to pixels
}

// affine maps (x, y) to (a·x + b·y + c, d·x + e·y + f).
type affine struct{ a, b, c, d, e, f float32 }

func newCanvas() *canvas {
	c := &canvas{image: image.NewRGBA(image.Rect(0, 0, Size, Size)), mask: make([]uint8, Size*Size), clip: make([]uint8, Size*Size)}
	for i := 3; i < len(c.image.Pix); i += 4 {
		c.image.Pix[i] = 255
	}
	return c
}

func (c *canvas) reset() { c.to = affine{a: 1, e: 1} }

// turnAbout scales and turns all that is painted from now on, on top of what
// was set before, about a point in the middle of the picture's width.
func (c *canvas) turnAbout(y, scale, degrees float32) {
	const x = Size / 2
	sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
	s, k := float32(sin)*scale, float32(cos)*scale
	n := affine{k, -s, x - k*x + s*y, s, k, y - s*x - k*y}
	o := c.to
	c.to = affine{
		o.a*n.a + o.b*n.d, o.a*n.b + o.b*n.e, o.a*n.c + o.b*n.f + o.c,
		o.d*n.a + o.e*n.d, o.d*n.b + o.e*n.e, o.d*n.c + o.e*n.f + o.f,
	}
}

func (m affine) at(p pt) pt { return pt{m.a*p.x + m.b*p.y + m.c, m.d*p.x + m.e*p.y + m.f} }

func (m affine) inverse() affine {
	det := m.a*m.e - m.b*m.d
	a, b, d, e := m.e/det, -m.b/det, -m.d/det, m.a/det
	return affine{a, b, -(a*m.c + b*m.f), d, e, -(d*m.c + e*m.f)}
}

// fill paints a path.
func (c *canvas) fill(p path, k paint) {
	r := c.bounds(p)
	if r.Empty() {
		return
	}
	c.rasterize(p, c.mask, r)
	c.blend(r, k)
}

// fillIn paints the part of a path that lies within another.
func (c *canvas) fillIn(within, p path, k paint) {
	r := c.bounds(p).Intersect(c.bounds(within))
	if r.Empty() {
		return
	}
	c.rasterize(p, c.mask, r)
	c.rasterize(within, c.clip, r)
	mask := c.mask[:r.Dx()*r.Dy()]
	for i, cover := range c.clip[:len(mask)] {
		mask[i] = uint8(uint32(mask[i]) * (uint32(cover) + uint32(cover)>>7) >> 8)
	}
	c.blend(r, k)
}

// bounds returns the pixels a path may touch.
func (c *canvas) bounds(p path) image.Rectangle {
	if len(p) == 0 {
		return image.Rectangle{}
	}
	lo, hi := pt{4 * Size, 4 * Size}, pt{-4 * Size, -4 * Size}
	for i := range p {
		s := &p[i]
		for _, q := range s.p[:s.n] {
			q = c.to.at(q)
			lo, hi = pt{min(lo.x, q.x), min(lo.y, q.y)}, pt{max(hi.x, q.x), max(hi.y, q.y)}
		}
	}
	return image.Rect(int(lo.x)-1, int(lo.y)-1, int(hi.x)+2, int(hi.y)+2).Intersect(c.image.Rect)
}

// rasterize writes how much of each pixel of r a path covers, row by row.
func (c *canvas) rasterize(p path, into []uint8, r image.Rectangle) {
	c.raster.Reset(r.Dx(), r.Dy())
	c.raster.DrawOp = draw.Src
	ox, oy := float32(r.Min.X), float32(r.Min.Y)
	for i := range p {
		s := &p[i]
		var q [3]pt
		for i := range s.n {
			q[i] = c.to.at(s.p[i])
			q[i].x, q[i].y = q[i].x-ox, q[i].y-oy
		}
		switch {
		case s.begins:
			c.raster.ClosePath()
			c.raster.MoveTo(q[0].x, q[0].y)
		case s.n == 1:
			c.raster.LineTo(q[0].x, q[0].y)
		case s.n == 2:
			c.raster.QuadTo(q[0].x, q[0].y, q[1].x, q[1].y)
		default:
			c.raster.CubeTo(q[0].x, q[0].y, q[1].x, q[1].y, q[2].x, q[2].y)
		}
	}
	c.raster.ClosePath()
	mask := &image.Alpha{Pix: into[:r.Dx()*r.Dy()], Stride: r.Dx(), Rect: image.Rect(0, 0, r.Dx(), r.Dy())}
	c.raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
}

// blend paints where the mask says.
func (c *canvas) blend(r image.Rectangle, k paint) {
	k = k.through(c.to.inverse())
	w := r.Dx()
	for y := range r.Dy() {
		at := ((r.Min.Y+y)*Size + r.Min.X) * 4
		k.row(float32(r.Min.X)+.5, float32(r.Min.Y+y)+.5, c.mask[y*w:(y+1)*w], c.image.Pix[at:at+w*4])
	}
}

// row paints one row of pixels, of which the first has its middle at (x, y).
func (k *paint) row(x, y float32, mask, pix []uint8) {
	switch {
	case k.weave != nil:
		k.rowWoven(x, y, mask, pix)
	case k.single:
		t := k.ramp[0]
		for i, m := range mask {
			if m != 0 {
				t.on(pix[i*4:i*4+4:i*4+4], uint32(m))
			}
		}
	case k.round:
		for i, m := range mask {
			if m != 0 {
				k.ramp[k.index(x+float32(i), y)].on(pix[i*4:i*4+4:i*4+4], uint32(m))
			}
		}
	default:
		t, step := (k.on.a*x+k.on.b*y+k.on.c)*255+.5, k.on.a*255
		for i, m := range mask {
			if m != 0 {
				at := min(max(int(t+step*float32(i)), 0), 255)
				k.ramp[at].on(pix[i*4:i*4+4:i*4+4], uint32(m))
			}
		}
	}
}

func (k *paint) rowWoven(x, y float32, mask, pix []uint8) {
	for i, m := range mask {
		if m == 0 {
			continue
		}
		t := k.ramp[k.index(x+float32(i), y)]
		q := k.back.at(pt{x + float32(i), y})
		light := k.weave(q.x, q.y)
		t.r, t.g, t.b = lighter(t.r, light), lighter(t.g, light), lighter(t.b, light)
		t.on(pix[i*4:i*4+4:i*4+4], uint32(m))
	}
}

// on lays the colour on a pixel of which the path covers so much of 255.
func (t *texel) on(p []uint8, cover uint32) {
	_ = p[3]
	cover = cover * t.a >> 8 // of 256
	if cover >= 255 {
		p[0], p[1], p[2] = uint8(t.r), uint8(t.g), uint8(t.b)
		return
	}
	p[0] = over(p[0], t.r, cover)
	p[1] = over(p[1], t.g, cover)
	p[2] = over(p[2], t.b, cover)
}

// over lays colour v on what is there; it covers so much of 256.
func over(there uint8, v, cover uint32) uint8 {
	return uint8((uint32(there)*(256-cover) + v*cover + 128) >> 8)
}

// lighter is v in more light, or less, by so much of 256.
func lighter(v uint32, light int32) uint32 {
	return uint32(min(max(int32(v)+int32(v)*light>>8, 0), 255))
}

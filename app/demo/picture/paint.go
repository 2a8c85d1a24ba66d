package picture

import "math"

// colour is light as red, green and blue from 0 to 255.
type colour struct{ r, g, b float32 }

func hex(c uint32) colour {
	return colour{float32(c >> 16 & 255), float32(c >> 8 & 255), float32(c & 255)}
}

func (c colour) mix(d colour, t float32) colour {
	return colour{c.r + (d.r-c.r)*t, c.g + (d.g-c.g)*t, c.b + (d.b-c.b)*t}
}

// lit is c in more light, which is warm.
func (c colour) lit(t float32) colour { return c.mix(colour{255, 250, 241}, t) }

// shade is c in less light: darker and a little fuller.
func (c colour) shade(t float32) colour { return c.mix(colour{c.r * .22, c.g * .19, c.b * .22}, t) }

// dark says whether a colour needs light lines on it rather than dark ones.
func (c colour) dark() bool { return c.r*.3+c.g*.59+c.b*.11 < 110 }

// bright says whether paper would not be seen on a colour.
func (c colour) bright() bool { return c.r*.3+c.g*.59+c.b*.11 > 185 }

// The materials that have a colour of their own.
var (
	beech   = hex(0xd9b88f)
	walnut  = hex(0x7c5640)
	brass   = hex(0xc9a35a)
	steel   = hex(0xb9bcbd)
	leather = hex(0x9a6240)
	paper   = hex(0xf6f0e4)
	wax     = hex(0xf3e9d3)
	leaf    = hex(0x6f8560)
	ink     = hex(0x2e2a28)
)

// stop is a colour on a ramp, from 0 to 1, that covers by a.
type stop struct {
	t float32
	c colour
	a float32
}

func at(t float32, c colour) stop               { return stop{t, c, 1} }
func faint(t float32, c colour, a float32) stop { return stop{t, c, a} }

// texel is a colour of 0 to 255 a channel that covers by a, of 257.
type texel struct{ r, g, b, a uint32 }

// paint is a ramp of colours laid along a line or about a point. Its line
// coordinate is a·x + b·y + c; about a point it is the distance of that and
// d·x + e·y + f.
type paint struct {
	on     affine
	round  bool
	single bool
	ramp   *[256]texel
	weave  func(x, y float32) int32 // lighter or darker, of 256; nil is smooth
	back   affine                   // from pixels to drawing, for weave
}

func ramp(stops []stop) *[256]texel {
	all := new([256]texel)
	j := 0
	for i := range all {
		t := float32(i) / 255
		for j < len(stops)-2 && t > stops[j+1].t {
			j++
		}
		a, b := stops[j], stops[min(j+1, len(stops)-1)]
		u := float32(0)
		if b.t > a.t {
			u = min(max((t-a.t)/(b.t-a.t), 0), 1)
		}
		c := a.c.mix(b.c, u)
		all[i] = texel{uint32(c.r + .5), uint32(c.g + .5), uint32(c.b + .5), uint32((a.a+(b.a-a.a)*u)*257 + .5)}
	}
	return all
}

func flat(c colour) paint { return paint{single: true, ramp: ramp([]stop{at(0, c), at(1, c)})} }

func veil(c colour, a float32) paint {
	return paint{single: true, ramp: ramp([]stop{faint(0, c, a), faint(1, c, a)})}
}

// along runs from one point to another.
func along(from, to pt, stops ...stop) paint {
	d := to.minus(from)
	n := d.x*d.x + d.y*d.y
	return paint{on: affine{a: d.x / n, b: d.y / n, c: -(from.x*d.x + from.y*d.y) / n}, ramp: ramp(stops)}
}

func across(x0, x1 float32, stops ...stop) paint { return along(pt{x0, 0}, pt{x1, 0}, stops...) }
func down(y0, y1 float32, stops ...stop) paint   { return along(pt{0, y0}, pt{0, y1}, stops...) }

// glow runs from a point to an ellipse about it.
func glow(cx, cy, rx, ry float32, stops ...stop) paint {
	return paint{round: true, on: affine{1 / rx, 0, -cx / rx, 0, 1 / ry, -cy / ry}, ramp: ramp(stops)}
}

// with adds a texture.
func (k paint) with(weave func(x, y float32) int32) paint {
	k.weave = weave
	return k
}

// through returns the paint as it reads in pixels.
func (k paint) through(m affine) paint {
	o := k.on
	k.on = affine{
		o.a*m.a + o.b*m.d, o.a*m.b + o.b*m.e, o.a*m.c + o.b*m.f + o.c,
		o.d*m.a + o.e*m.d, o.d*m.b + o.e*m.e, o.d*m.c + o.e*m.f + o.f,
	}
	k.back = m
	return k
}

// index is the place on the ramp of a pixel.
func (k *paint) index(x, y float32) int {
	t := k.on.a*x + k.on.b*y + k.on.c
	if k.round {
		u := k.on.d*x + k.on.e*y + k.on.f
		t = float32(math.Sqrt(float64(t*t + u*u)))
	}
	return min(max(int(t*255+.5), 0), 255)
}

// turnedIn shades a turned, matt thing from x0 to x1.
func turnedIn(c colour, x0, x1 float32) paint {
	return across(x0, x1, at(0, c.shade(.30)), at(.07, c.shade(.14)), at(.28, c.lit(.20)), at(.42, c.lit(.06)),
		at(.62, c.shade(.08)), at(.88, c.shade(.32)), at(.96, c.shade(.38)), at(1, c.shade(.30)))
}

// metalIn shades polished metal from x0 to x1.
func metalIn(c colour, x0, x1 float32) paint {
	return across(x0, x1, at(0, c.shade(.45)), at(.08, c.shade(.12)), at(.2, c.lit(.65)), at(.32, c.lit(.1)), at(.5, c.shade(.22)),
		at(.68, c.shade(.05)), at(.82, c.lit(.35)), at(.93, c.shade(.35)), at(1, c.shade(.5)))
}

// woven is cloth: threads both ways.
func woven(coarse float32) func(x, y float32) int32 {
	return func(x, y float32) int32 {
		u, v := int32(x/coarse), int32(y/coarse)
		if (u+v)&1 == 0 {
			return 3
		}
		return -3
	}
}

// grained is wood along x (or along y): long soft lines that wander.
func grained(seed uint64, upright bool) func(x, y float32) int32 {
	phase := float64(seed%97) * .37
	return func(x, y float32) int32 {
		if upright {
			x, y = y, x
		}
		v := float64(y)*.23 + 2.2*math.Sin(float64(x)*.009+phase) + .8*math.Sin(float64(x)*.031+phase*2)
		v -= math.Floor(v)
		return int32((v*v - .3) * 20)
	}
}

package picture

// What the shapes share: shadows, glazes, cloth and stitches.

// shadow is what a standing thing of half width rx casts on the floor.
func (k *scene) shadow(x, y, rx float32) {
	dark := k.ground.shade(.86)
	k.fill(ellipse(x+rx*.36, y, rx*1.5, rx*.30), glow(x+rx*.36, y, rx*1.5, rx*.30,
		faint(0, dark, .40), faint(.45, dark, .22), faint(.8, dark, .05), faint(1, dark, 0)))
	k.fill(ellipse(x+rx*.03, y, rx*1.1, rx*.235), glow(x+rx*.03, y, rx*1.1, rx*.235,
		faint(0, dark, .6), faint(.8, dark, .40), faint(1, dark, 0)))
}

// drop is the shadow of a lying thing, as high above the table as lift.
func (k *scene) drop(p path, lift float32) {
	dark := k.ground.shade(.85)
	for i, a := range []float32{.16, .13, .10, .06} {
		d := lift * (.2 + .26*float32(i))
		k.fill(p.moved(d*.75, d), veil(dark, a))
	}
}

// moved is the path elsewhere.
func (p path) moved(dx, dy float32) path {
	q := make(path, len(p))
	for i, s := range p {
		for j := range s.n {
			s.p[j] = s.p[j].plus(pt{dx, dy})
		}
		q[i] = s
	}
	return q
}

// sheen is the light of a window on a turned, glossy thing.
func (k *scene) sheen(body path, x, r, strength float32) {
	white := hex(0xffffff)
	k.fillIn(body, box(x-r*.66, 0, r*.34, Size), across(x-r*.66, x-r*.32,
		faint(0, white, 0), faint(.45, white, strength), faint(.7, white, strength*.8), faint(1, white, 0)))
}

// decor puts the finish on a turned thing between two heights.
func (k *scene) decor(body path, x, r, y0, y1 float32) {
	h := y1 - y0
	other := turnedIn(k.second, x-r, x+r)
	switch k.Finish {
	case Dip:
		k.fillIn(body, hoop(x, r, y0+h*.60, y1+120), other)
	case Band:
		k.fillIn(body, append(hoop(x, r, y0+h*.17, y0+h*.17+7), hoop(x, r, y0+h*.17+14, y0+h*.17+18)...), other)
	case Stripe, Check:
		var p path
		for y := y0 + 12; y < y1+20; y += 26 {
			p = append(p, hoop(x, r, y, y+9)...)
		}
		k.fillIn(body, p, other)
	case Speckle:
		k.grains(body, x-r, y0, 2*r, h+30, 150)
	}
}

// grains are fine dark spots within a path.
func (k *scene) grains(body path, x, y, w, h float32, count int) {
	var p path
	for range count {
		r := 1.0 + 1.7*k.dice.Float32()*k.dice.Float32()
		p = append(p, ellipse(x+w*k.dice.Float32(), y+h*k.dice.Float32(), r*1.1, r)...)
	}
	c := ink
	if k.base.dark() {
		c = hex(0xf5ead8)
	}
	k.fillIn(body, p, veil(c, .42))
}

// cup is an open, glossy turned thing: its outside, its lip and what is inside.
func (k *scene) cup(x float32, outside, inside colour, profile ...pt) {
	body := lathe(x, tilt, profile...)
	r := float32(0)
	for _, p := range profile {
		r = max(r, p.x)
	}
	k.fill(body, turnedIn(outside, x-r, x+r))
	k.decor(body, x, r, profile[0].y, profile[len(profile)-1].y)
	k.sheen(body, x, r, .22)
	k.mouth(x, profile[0].y, profile[0].x, outside, inside)
}

// mouth is the opening of a turned thing.
func (k *scene) mouth(x, y, r float32, outside, inside colour) {
	h := r * tilt
	k.fill(ellipse(x, y, r, h), across(x-r, x+r, at(0, outside.lit(.12)), at(.35, outside.lit(.42)), at(1, outside.lit(.05))))
	ir, ih := r-8, h-4.2
	k.fill(ellipse(x, y+1, ir, ih), across(x-ir, x+ir, at(0, inside.shade(.50)), at(.35, inside.shade(.34)), at(.85, inside.shade(.04)), at(1, inside.shade(.12))))
	k.fillIn(ellipse(x, y+1, ir, ih), box(x-ir, y-ih, 2*ir, 2*ih+4), down(y-ih, y+ih, faint(0, ink, .22), faint(.5, ink, 0), faint(1, ink, 0)))
}

// rod is a turned stick along points: a lamp's stem, a handle.
func (k *scene) rod(c colour, thick, thin float32, points ...pt) {
	const steps = 6
	lifted := make([]pt, len(points))
	for n := range steps {
		t := float32(n) / (steps - 1)
		for i, p := range points {
			lifted[i] = p.plus(pt{-thick * .17 * t, -thick * .16 * t})
		}
		k.fill(tube(thick*(1-.76*t), thin*(1-.76*t), lifted...), flat(c.shade(.34).mix(c.lit(.24), t)))
	}
}

// ribbon is a flat strap along points.
func (k *scene) ribbon(c colour, width float32, points ...pt) {
	k.fill(tube(width, width, points...), flat(c.shade(.16)))
	k.fill(tube(width-4, width-4, points...), flat(c))
}

// stitches are short threads along a line.
func (k *scene) stitches(from, to pt, c colour) {
	d := to.minus(from)
	n := max(int((abs(d.x)+abs(d.y))/13), 2)
	var p path
	for i := range n {
		a := from.to(to, float32(i)/float32(n))
		p = append(p, tube(2.2, 2.2, a, a.plus(d.times(.55/float32(n))))...)
	}
	k.fill(p, veil(c, .75))
}

// cloth fills a path as woven stuff lit from the upper left, with the finish
// as a pattern.
func (k *scene) cloth(p path, c colour, x, y, w, h float32) {
	k.fill(p, along(pt{x, y}, pt{x + w*.6, y + h}, at(0, c.lit(.14)), at(.5, c), at(1, c.shade(.13))).with(woven(3)))
	k.pattern(p, x, y, w, h)
}

// pattern is the finish on cloth or paper.
func (k *scene) pattern(p path, x, y, w, h float32) {
	lines := func(step, width float32, upright bool) path {
		var all path
		for d := step * .5; d < h && !upright; d += step {
			all = append(all, box(x-20, y+d, w+40, width)...)
		}
		for d := step * .5; d < w && upright; d += step {
			all = append(all, box(x+d, y-20, width, h+40)...)
		}
		return all
	}
	switch k.Finish {
	case Stripe:
		k.fillIn(p, lines(34, 11, false), veil(k.second, .9))
	case Check:
		k.fillIn(p, lines(46, 21, false), veil(k.second, .5))
		k.fillIn(p, lines(46, 21, true), veil(k.second, .5))
	case Band:
		k.fillIn(p, append(box(x-20, y+h-64, w+40, 20), box(x-20, y+h-34, w+40, 7)...), veil(k.second, .92))
	case Dip:
		k.fillIn(p, box(x-20, y+h*.62, w+40, h), veil(k.second, .94))
	case Speckle:
		k.grains(p, x, y, w, h, 260)
	}
}

func abs(v float32) float32 { return max(v, -v) }

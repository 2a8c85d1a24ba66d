package picture

import "math"

// Pots, tools and what grows.

// sprig is a stem with leaves on both sides.
func (k *scene) sprig(c colour, size float32, stem ...pt) {
	line := smooth(stem...)
	k.fill(tube(6, 2.5, line...), flat(c.shade(.3)))
	for i := 6; i < len(line)-1; i += 5 {
		p, d := line[i], line[i+1].minus(line[i-1])
		angle := math.Atan2(float64(d.y), float64(d.x))
		for side := -1.0; side <= 1; side += 2 {
			s := size * (1 - .45*float32(i)/float32(len(line)))
			k.leaf(c, p, angle+side*.85, s, side < 0)
		}
	}
	tip, d := line[len(line)-1], line[len(line)-1].minus(line[len(line)-3])
	k.leaf(c, tip, math.Atan2(float64(d.y), float64(d.x)), size*.6, true)
}

func (k *scene) leaf(c colour, p pt, angle float64, size float32, bright bool) {
	sin, cos := math.Sincos(angle)
	u, v := pt{float32(cos), float32(sin)}, pt{-float32(sin), float32(cos)}
	on := func(along, aside float32) pt { return p.plus(u.times(along * size)).plus(v.times(aside * size)) }
	a, b, tip, e, f := on(.25, .34), on(.75, .3), on(1, 0), on(.75, -.3), on(.25, -.34)
	shape := path{}.move(p.x, p.y).cube(a.x, a.y, b.x, b.y, tip.x, tip.y).cube(e.x, e.y, f.x, f.y, p.x, p.y)
	if bright {
		c = c.lit(.16)
	}
	k.fill(shape, along(on(.5, -.3), on(.5, .3), at(0, c.lit(.14)), at(.5, c), at(.52, c.shade(.12)), at(1, c.shade(.26))))
}

func planter(k *scene) {
	k.shadow(360, floor, 122)
	k.sprig(leaf.shade(.16), 62, pt{352, 400}, pt{300, 300}, pt{236, 236})
	k.sprig(leaf.shade(.10), 62, pt{368, 400}, pt{420, 290}, pt{488, 232})
	k.sprig(leaf, 64, pt{360, 404}, pt{352, 280}, pt{366, 150})
	body := lathe(360, tilt, pt{136, 408}, pt{136, 408}, pt{124, 500}, pt{104, floor}, pt{104, floor})
	k.fill(body, turnedIn(k.base, 224, 496))
	k.decor(body, 360, 136, 440, floor)
	k.sheen(body, 360, 128, .12)
	front := path{}.move(216, 394).cube(216, 432, 504, 432, 504, 394).line(502, 426).cube(498, 462, 222, 462, 218, 426)
	k.fill(front, turnedIn(k.base.lit(.06), 216, 504))
	k.fill(path{}.move(216, 394).cube(216, 432, 504, 432, 504, 394).cube(490, 424, 230, 424, 216, 394), across(216, 504, at(0, k.base.lit(.1)), at(.35, k.base.lit(.4)), at(1, k.base)))
}

func wateringcan(k *scene) {
	k.shadow(380, floor, 140)
	k.rod(k.base, 15, 15, smooth(pt{476, 400}, pt{566, 372}, pt{588, 452}, pt{556, 528}, pt{486, 536})...)
	k.rod(k.base, 14, 14, smooth(pt{316, 360}, pt{340, 284}, pt{400, 262}, pt{452, 300}, pt{470, 366})...)
	spout := path{}.move(290, 560).line(290, 506).cube(230, 470, 190, 400, 152, 316).line(126, 328).cube(160, 440, 200, 540, 290, 560)
	k.fill(spout, along(pt{160, 440}, pt{235, 400}, at(0, k.base.shade(.3)), at(.5, k.base.lit(.22)), at(1, k.base.shade(.15))))
	k.fill(path{}.move(102, 318).line(168, 288).line(176, 312).line(120, 340), flat(k.second))
	k.fill(tube(13, 13, pt{102, 318}, pt{168, 288}), flat(k.second.lit(.2)))
	body := lathe(386, tilt, pt{92, 366}, pt{92, 366}, pt{104, 440}, pt{112, 540}, pt{112, floor}, pt{112, floor})
	k.fill(body, turnedIn(k.base, 274, 498))
	k.decor(body, 386, 112, 366, floor)
	k.sheen(body, 386, 106, .3)
	k.mouth(386, 366, 92, k.base, k.base.shade(.2))
	k.fillIn(body, append(hoop(386, 112, 410, 415), hoop(386, 112, 545, 550)...), veil(k.base.shade(.55), .45))
}

func trowel(k *scene) {
	k.turnAbout(360, 1, 38)
	blade := path{}.move(304, 330).cube(304, 300, 416, 300, 416, 330).cube(424, 400, 420, 520, 360, 618).cube(300, 520, 296, 400, 304, 330)
	grip := path{}.move(336, 84).cube(342, 62, 378, 62, 384, 84).cube(394, 130, 376, 170, 382, 222).line(338, 222).cube(344, 170, 326, 130, 336, 84)
	k.drop(append(append(append(path{}, blade...), grip...), box(350, 220, 20, 90)...), 24)
	k.fill(rounded(349, 210, 22, 110, 6), metalIn(steel, 349, 371))
	k.fill(blade, across(300, 420, at(0, steel.shade(.25)), at(.2, steel.lit(.4)), at(.49, steel.lit(.15)), at(.51, steel.shade(.22)), at(.8, steel.lit(.10)), at(1, steel.lit(.45))))
	k.fillIn(blade, box(290, 560, 140, 80), down(560, 610, faint(0, hex(0x6b5442), 0), faint(1, hex(0x6b5442), .25)))
	k.fill(grip, across(330, 390, at(0, k.base.shade(.18)), at(.3, k.base.lit(.26)), at(1, k.base.shade(.36))).with(grained(k.Seed, true)))
	k.fill(rounded(334, 204, 52, 24, 5), metalIn(brass, 334, 386))
	k.fill(tube(5, 5, smooth(pt{360, 78}, pt{340, 50}, pt{352, 24}, pt{376, 34}, pt{366, 74})...), flat(leather))
}

func birdhouse(k *scene) {
	k.shadow(360, floor, 136)
	k.fill(polygon(pt{484, 300}, pt{520, 282}, pt{520, 560}, pt{484, 580}), flat(k.base.shade(.42)))
	front := polygon(pt{236, 300}, pt{360, 190}, pt{484, 300}, pt{484, 580}, pt{236, 580})
	k.fill(front, along(pt{236, 200}, pt{484, 580}, at(0, k.base.lit(.22)), at(.5, k.base), at(1, k.base.shade(.10))).with(grained(k.Seed, true)))
	if k.Finish == Dip || k.Finish == Band {
		k.fillIn(front, box(230, 500, 260, 90), flat(k.second))
	}
	for _, x := range []float32{318, 402} {
		k.fillIn(front, box(x, 180, 2.5, 420), veil(k.base.shade(.75), .35))
	}
	k.fill(ellipse(360, 362, 46, 46), along(pt{330, 330}, pt{390, 400}, at(0, ink), at(1, hex(0x54453a))))
	k.fill(ring(360, 362, 50, 50, 44, 44), along(pt{320, 320}, pt{400, 410}, at(0, k.base.shade(.5)), at(1, k.base.lit(.4))))
	k.fill(ellipse(360, 452, 14, 14), glow(356, 448, 18, 18, at(0, beech.lit(.4)), at(1, beech.shade(.5))))
	k.fill(polygon(pt{360, 164}, pt{396, 148}, pt{548, 282}, pt{512, 308}), along(pt{400, 160}, pt{530, 300}, at(0, k.second.shade(.10)), at(1, k.second.shade(.3))))
	k.fill(polygon(pt{360, 164}, pt{372, 188}, pt{222, 322}, pt{198, 306}), along(pt{220, 300}, pt{360, 170}, at(0, k.second.lit(.05)), at(1, k.second.lit(.26))))
	k.fill(polygon(pt{360, 164}, pt{512, 308}, pt{498, 326}, pt{360, 196}), flat(k.second.shade(.42)))
}

func seeds(k *scene) {
	k.turnAbout(360, 1, -6)
	packet := rounded(212, 112, 296, 480, 5)
	k.drop(packet, 18)
	k.fill(packet, along(pt{212, 112}, pt{508, 592}, at(0, paper.lit(.3)), at(1, paper.shade(.08))))
	k.fillIn(packet, box(212, 112, 296, 66), flat(k.base))
	k.stitches(pt{222, 130}, pt{498, 130}, paper)
	k.fill(rounded(250, 204, 220, 15, 3), flat(k.base.shade(.2)))
	k.fill(rounded(296, 232, 128, 8, 3), veil(ink, .45))
	k.sprig(k.base, 58, pt{360, 556}, pt{352, 420}, pt{366, 286})
	k.sprig(k.base.shade(.12), 44, pt{352, 540}, pt{306, 460}, pt{288, 380})
	k.sprig(k.base.lit(.12), 44, pt{366, 540}, pt{414, 450}, pt{434, 366})
	k.fillIn(packet, box(212, 560, 296, 32), flat(k.second))
}

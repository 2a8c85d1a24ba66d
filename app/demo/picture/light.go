package picture

// Lamps and candles.

// halo is the light of a lamp on the wall behind it.
func (k *scene) halo(x, y, r, strength float32) {
	warm := hex(0xfff1cf)
	k.fill(ellipse(x, y, r, r), glow(x, y, r, r, faint(0, warm, strength), faint(.5, warm, strength*.4), faint(1, warm, 0)))
}

func tablelamp(k *scene) {
	k.halo(360, 280, 300, .75)
	k.shadow(360, floor, 92)
	k.rod(k.second, 15, 15, pt{360, 330}, pt{360, 470})
	foot := lathe(360, tilt, pt{16, 446}, pt{16, 446}, pt{60, 476}, pt{84, 520}, pt{78, floor}, pt{78, floor})
	k.fill(foot, turnedIn(k.second, 276, 444))
	k.sheen(foot, 360, 80, .25)
	shade := path{}.move(276, 150).cube(300, 136, 420, 136, 444, 150).line(516, 350).cube(480, 372, 240, 372, 204, 350)
	k.fill(shade, across(204, 516, at(0, k.base.shade(.20)), at(.22, k.base.lit(.20)), at(.5, k.base.lit(.62)), at(.78, k.base.lit(.16)), at(1, k.base.shade(.26))).with(woven(3)))
	k.fillIn(shade, box(190, 140, 340, 240), down(140, 372, faint(0, hex(0xfff1cf), .05), faint(.6, hex(0xfff1cf), .26), faint(1, hex(0xfff1cf), .58)))
	k.fill(path{}.move(276, 150).cube(300, 164, 420, 164, 444, 150).cube(420, 136, 300, 136, 276, 150), flat(k.base.shade(.25)))
	k.fill(path{}.move(288, 150).cube(306, 159, 414, 159, 432, 150).cube(414, 141, 306, 141, 288, 150), flat(hex(0xfff3d8)))
	if k.Finish == Stripe || k.Finish == Band {
		k.fillIn(shade, path{}.move(190, 330).cube(240, 352, 480, 352, 530, 330).line(530, 342).cube(480, 364, 240, 364, 190, 342), veil(k.second, .8))
	}
}

func pendant(k *scene) {
	k.halo(360, 440, 310, .85)
	k.fill(box(358, 0, 4, 208), flat(k.second.shade(.35)))
	k.fill(rounded(346, 192, 28, 42, 8), metalIn(brass, 346, 374))
	dome := path{}.move(326, 228).cube(340, 220, 380, 220, 394, 228).cube(470, 256, 532, 330, 540, 414).cube(500, 446, 220, 446, 180, 414).cube(188, 330, 250, 256, 326, 228)
	k.fill(dome, turnedIn(k.base, 180, 540))
	k.sheen(dome, 360, 150, .30)
	if k.Finish == Band || k.Finish == Dip {
		k.fillIn(dome, path{}.move(170, 380).cube(220, 414, 500, 414, 550, 380).line(550, 460).line(170, 460), turnedIn(k.second, 180, 540))
	}
	k.fill(ellipse(360, 414, 180, 26), across(180, 540, at(0, k.base.shade(.3)), at(.4, k.base.lit(.3)), at(1, k.base.shade(.35))))
	k.fill(ellipse(360, 415, 170, 22), glow(360, 415, 170, 22, at(0, hex(0xfffaf0)), at(.5, hex(0xffedc4)), at(1, k.base.mix(hex(0xf6d9a0), .7))))
	k.fill(ellipse(360, 424, 46, 26), glow(360, 426, 46, 30, at(0, hex(0xffffff)), at(.7, hex(0xfff6dc)), faint(1, hex(0xffedc4), .6)))
	k.fill(ellipse(360, floor+40, 250, 44), glow(360, floor+40, 250, 44, faint(0, hex(0xfff3d6), .8), faint(1, hex(0xfff3d6), 0)))
}

// flame is a candle's, with its wick.
func (k *scene) flame(x, y float32) {
	k.halo(x, y-34, 150, .6)
	k.fill(tube(3, 2, pt{x, y}, pt{x + 1, y - 17}), flat(ink))
	k.fill(path{}.move(x, y-74).cube(x+22, y-40, x+19, y-10, x, y-8).cube(x-19, y-10, x-20, y-40, x, y-74),
		down(y-74, y-6, at(0, hex(0xffc45a)), at(.5, hex(0xffe39a)), at(.85, hex(0xfffbe6)), at(1, hex(0xf3b45c))))
}

func candlestick(k *scene) {
	for i, x := range []float32{282, 446} {
		top := float32(340 + 74*i)
		k.shadow(x, floor-float32(22-22*i), 58)
		base := float32(floor - 22 + 22*i)
		taper := path{}.move(x-14, top+6).line(x-13, top-150).cube(x-10, top-158, x+10, top-158, x+13, top-150).line(x+14, top+6)
		c := k.second
		k.flame(x, top-152)
		k.fill(taper, across(x-14, x+14, at(0, c.shade(.16)), at(.35, c.lit(.30)), at(1, c.shade(.28))))
		stick := lathe(x, tilt, pt{25, top}, pt{25, top}, pt{20, top + 24}, pt{10, top + 44}, pt{11, base - 60}, pt{30, base - 24}, pt{56, base - 8}, pt{58, base}, pt{58, base})
		k.fill(stick, metalIn(k.base, x-58, x+58))
		k.fill(ellipse(x, top, 25, 5), across(x-25, x+25, at(0, k.base.shade(.3)), at(.3, k.base.lit(.4)), at(1, k.base.shade(.3))))
		k.fill(path{}.move(x-14, top-4).line(x+14, top-4).line(x+14, top).cube(x+8, top+4, x-8, top+4, x-14, top), across(x-14, x+14, at(0, c.shade(.2)), at(.4, c.lit(.2)), at(1, c.shade(.3))))
	}
}

func jarcandle(k *scene) {
	k.shadow(360, floor, 112)
	k.cup(360, k.base, k.base.shade(.1), pt{116, 386}, pt{116, 386}, pt{118, 480}, pt{112, floor}, pt{112, floor})
	k.fill(ellipse(360, 390, 102, 14), glow(360, 390, 102, 16, at(0, hex(0xfff4d2)), at(.5, wax), at(1, wax.shade(.14))))
	k.flame(360, 388)
	label := rounded(302, 450, 116, 74, 5)
	k.fill(label, across(302, 418, at(0, paper.shade(.08)), at(.4, paper), at(1, paper.shade(.10))))
	k.fill(append(append(box(324, 472, 72, 3.5), box(336, 487, 48, 3)...), box(342, 500, 36, 3)...), veil(ink, .55))
}

func lantern(k *scene) {
	k.halo(360, 420, 250, .55)
	k.shadow(360, floor, 120)
	k.rod(k.base, 10, 10, smooth(pt{284, 262}, pt{300, 150}, pt{360, 118}, pt{420, 150}, pt{436, 262})...)
	k.fill(path{}.move(252, 280).line(318, 224).line(402, 224).line(468, 280), across(252, 468, at(0, k.base.shade(.3)), at(.3, k.base.lit(.2)), at(1, k.base.shade(.35))))
	k.fill(rounded(330, 204, 60, 24, 6), metalIn(k.base, 330, 390))
	pane := box(266, 280, 188, 260)
	k.fill(pane, across(266, 454, faint(0, hex(0xffedc8), .75), faint(.5, hex(0xfff8e6), .9), faint(1, hex(0xf3dfb4), .75)))
	k.fill(lathe(360, tilt, pt{40, 440}, pt{40, 440}, pt{40, 534}, pt{40, 534}), across(320, 400, at(0, wax.shade(.12)), at(.35, wax.lit(.3)), at(1, wax.shade(.2))))
	k.fill(ellipse(360, 440, 40, 7), flat(wax.lit(.45)))
	k.flame(360, 440)
	k.fill(path{}.move(288, 284).line(330, 284).line(282, 420).line(282, 300), veil(hex(0xffffff), .38))
	for _, x := range []float32{258, 446} {
		k.fill(box(x, 276, 16, 272), metalIn(k.base, x, x+16))
	}
	k.fill(append(box(354, 280, 5, 40), box(354, 500, 5, 40)...), flat(k.base.shade(.2)))
	k.fill(rounded(240, 274, 240, 16, 4), down(274, 290, at(0, k.base.lit(.3)), at(1, k.base.shade(.3))))
	k.fill(rounded(236, 536, 248, 42, 7), along(pt{236, 536}, pt{484, 580}, at(0, k.base.lit(.22)), at(.4, k.base), at(1, k.base.shade(.38))))
}

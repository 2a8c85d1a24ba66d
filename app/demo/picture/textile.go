package picture

// Cloth: folded, stacked, hung.

func teatowel(k *scene) {
	k.turnAbout(360, 1, -5)
	sheet := path{}.move(226, 132).cube(300, 126, 420, 126, 494, 132).cube(502, 300, 498, 480, 508, 622).cube(430, 632, 300, 630, 216, 624).cube(224, 470, 218, 300, 226, 132)
	k.drop(sheet, 18)
	k.cloth(sheet, k.base, 214, 128, 294, 500)
	for i, x := range []float32{318, 404} {
		k.fillIn(sheet, box(x-16, 100, 32, 560), across(x-16, x+16, faint(0, hex(0xffffff), 0), faint(.45, hex(0xffffff), .26),
			faint(.55, ink, .16-.03*float32(i)), faint(1, ink, 0)))
	}
	k.fill(tube(7, 7, smooth(pt{352, 132}, pt{346, 98}, pt{360, 84}, pt{374, 98}, pt{368, 132})...), flat(k.second.shade(.1)))
	k.stitches(pt{232, 146}, pt{488, 146}, k.second)
	k.stitches(pt{226, 612}, pt{498, 612}, k.second)
}

func towels(k *scene) {
	k.shadow(360, floor, 190)
	for i := range 4 {
		y := float32(floor-4) - float32(i+1)*60
		w := float32(372 - 10*(i%2) - 6*i)
		x := 360 - w/2 + float32(i%2)*5
		c := k.base
		if i == 1 || i == 3 && k.Finish == Check {
			c = k.second
		}
		fold := path{}.move(x+20, y).line(x+w-6, y+2).cube(x+w+8, y+14, x+w+8, y+46, x+w-6, y+59).line(x+20, y+60).cube(x-14, y+60, x-14, y, x+20, y)
		k.fill(fold, down(y, y+62, at(0, c.lit(.28)), at(.3, c.lit(.06)), at(.8, c.shade(.14)), at(1, c.shade(.34))).with(woven(4)))
		k.fillIn(fold, box(x+w-40, y-4, 60, 70), across(x+w-40, x+w+8, faint(0, ink, 0), faint(1, ink, .20)))
		k.fill(tube(2.5, 2.5, smooth(pt{x + 26, y + 20}, pt{x + w*.5, y + 22}, pt{x + w - 4, y + 21})...), veil(c.shade(.6), .35))
		k.fill(tube(2.5, 2.5, smooth(pt{x + 26, y + 40}, pt{x + w*.5, y + 42}, pt{x + w - 4, y + 41})...), veil(c.shade(.6), .35))
		if k.Finish == Band || k.Finish == Stripe {
			k.fillIn(fold, append(box(x+56, y-2, 14, 66), box(x+78, y-2, 5, 66)...), veil(k.second.lit(.1), .7))
		}
	}
}

func throw(k *scene) {
	k.shadow(360, floor, 200)
	var fringe path
	for x := float32(176); x < 546; x += 11 {
		fringe = append(fringe, tube(5, 3, pt{x, 548}, pt{x + 3*k.dice.Float32() - 1.5, 584 + 8*k.dice.Float32()})...)
	}
	k.fill(fringe, flat(k.base.shade(.22)))
	body := path{}.move(196, 368).cube(300, 352, 420, 352, 528, 366).cube(560, 372, 562, 548, 548, 560).cube(430, 568, 290, 568, 172, 560).cube(158, 548, 162, 374, 196, 368)
	k.cloth(body, k.base, 160, 356, 400, 210)
	for _, y := range []float32{432, 500} {
		k.fillIn(body, path{}.move(150, y).cube(290, y+12, 440, y+10, 570, y-2).line(570, y+30).cube(440, y+42, 290, y+44, 150, y+32), down(y, y+40, faint(0, ink, .34), faint(.3, ink, .12), faint(1, ink, 0)))
		k.fillIn(body, path{}.move(150, y-16).cube(290, y-4, 440, y-6, 570, y-18).line(570, y).cube(440, y+12, 290, y+14, 150, y+2), veil(hex(0xffffff), .16))
	}
	k.fillIn(body, box(150, 350, 90, 230), across(158, 236, faint(0, ink, .22), faint(1, ink, 0)))
	k.fillIn(body, box(490, 350, 90, 230), across(490, 560, faint(0, ink, 0), faint(1, ink, .26)))
}

func cushion(k *scene) {
	k.shadow(360, floor, 178)
	shape := path{}.move(182, 266).cube(190, 236, 222, 244, 250, 252).cube(320, 268, 400, 268, 470, 252).cube(498, 244, 530, 236, 538, 266).
		cube(524, 360, 526, 460, 544, 548).cube(546, 582, 516, 588, 486, 582).cube(400, 572, 320, 572, 234, 582).cube(204, 588, 174, 582, 176, 548).cube(194, 460, 196, 360, 182, 266)
	k.cloth(shape, k.base, 176, 244, 368, 340)
	k.fillIn(shape, box(150, 220, 420, 400), glow(320, 380, 250, 240, faint(0, hex(0xffffff), .22), faint(.5, hex(0xffffff), 0), faint(.7, ink, .02), faint(1, ink, .30)))
	for _, f := range [][]pt{{{196, 270}, {250, 320}, {276, 372}}, {{526, 270}, {474, 318}, {450, 366}}, {{190, 566}, {244, 520}, {270, 470}}, {{530, 566}, {482, 520}, {456, 476}}} {
		k.fillIn(shape, tube(15, 1, smooth(f...)...), veil(ink, .10))
	}
	k.stitches(pt{262, 574}, pt{458, 574}, k.second)
}

func napkins(k *scene) {
	for i, a := range []float32{-15, 3} {
		c := *k
		inner := &c
		old := k.to
		k.turnAbout(372, 1, a)
		sheet := rounded(196, 208, 328, 328, 7)
		k.drop(sheet, 14)
		if i == 0 {
			inner.base, inner.second = k.second, k.base
		}
		inner.cloth(sheet, inner.base, 196, 208, 328, 328)
		k.fillIn(sheet, path{}.move(196, 208).line(524, 536).line(196, 536), along(pt{300, 440}, pt{364, 376}, faint(0, ink, .06), faint(1, ink, .12)))
		k.fill(tube(2.5, 2.5, pt{198, 210}, pt{522, 534}), veil(inner.base.shade(.7), .35))
		k.stitches(pt{206, 220}, pt{206, 526}, inner.base.lit(.4))
		k.stitches(pt{206, 526}, pt{516, 526}, inner.base.lit(.4))
		k.to = old
	}
}

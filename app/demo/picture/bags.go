package picture

// Bags and baskets.

func tote(k *scene) {
	k.ribbon(k.second.shade(.12), 21, smooth(pt{296, 270}, pt{300, 150}, pt{360, 104}, pt{420, 150}, pt{424, 270})...)
	bag := path{}.move(192, 250).cube(280, 242, 440, 242, 528, 250).line(552, 610).cube(552, 630, 540, 640, 520, 640).cube(400, 648, 320, 648, 200, 640).cube(180, 640, 168, 630, 168, 610)
	k.drop(bag, 26)
	k.cloth(bag, k.base, 168, 244, 384, 400)
	for _, f := range [][]pt{{{230, 300}, {246, 420}, {222, 560}}, {{480, 290}, {470, 400}, {498, 540}}, {{360, 420}, {352, 520}, {372, 620}}} {
		k.fillIn(bag, tube(26, 4, smooth(f...)...), veil(ink, .055))
	}
	k.ribbon(k.second, 21, smooth(pt{282, 330}, pt{284, 190}, pt{360, 132}, pt{436, 190}, pt{438, 330})...)
	for _, x := range []float32{282, 438} {
		k.stitches(pt{x - 8, 326}, pt{x + 8, 310}, paper)
		k.stitches(pt{x - 8, 310}, pt{x + 8, 326}, paper)
	}
	k.stitches(pt{198, 264}, pt{522, 264}, k.base.lit(.55))
	k.fill(rounded(396, 566, 92, 44, 3), flat(k.second))
	k.fill(append(box(412, 582, 60, 3), box(424, 593, 36, 3)...), veil(paper, .85))
}

func backpack(k *scene) {
	k.shadow(360, floor, 150)
	k.rod(k.base.shade(.3), 14, 14, smooth(pt{326, 208}, pt{332, 166}, pt{360, 156}, pt{388, 166}, pt{394, 208})...)
	body := path{}.move(222, 320).cube(222, 230, 280, 190, 360, 190).cube(440, 190, 498, 230, 498, 320).line(510, 560).cube(510, 584, 496, 592, 474, 592).line(246, 592).cube(224, 592, 210, 584, 210, 560)
	k.fill(body, across(210, 510, at(0, k.base.shade(.28)), at(.12, k.base), at(.35, k.base.lit(.14)), at(.7, k.base.shade(.05)), at(1, k.base.shade(.36))).with(woven(3)))
	flap := path{}.move(222, 330).cube(222, 230, 280, 190, 360, 190).cube(440, 190, 498, 230, 498, 330).cube(500, 372, 470, 392, 430, 396).line(290, 396).cube(250, 392, 220, 372, 222, 330)
	k.fill(flap.moved(3, 10), veil(ink, .24))
	k.fill(flap, along(pt{240, 200}, pt{460, 400}, at(0, k.base.lit(.24)), at(.5, k.base.lit(.04)), at(1, k.base.shade(.16))).with(woven(3)))
	pocket := rounded(262, 440, 196, 128, 18)
	k.fill(pocket.moved(3, 6), veil(ink, .22))
	k.fill(pocket, along(pt{262, 440}, pt{440, 568}, at(0, k.base.lit(.14)), at(1, k.base.shade(.14))).with(woven(3)))
	k.stitches(pt{276, 452}, pt{444, 452}, k.base.lit(.4))
	for _, x := range []float32{306, 414} {
		k.fill(rounded(x-13, 340, 26, 116, 5), across(x-13, x+13, at(0, k.second.lit(.12)), at(1, k.second.shade(.24))))
		k.fill(append(rounded(x-19, 412, 38, 30, 4), path{}...), metalIn(brass, x-19, x+19))
		k.fill(rounded(x-11, 419, 22, 16, 2), flat(k.second.shade(.3)))
	}
}

func pouch(k *scene) {
	k.turnAbout(360, 1, -7)
	shape := rounded(136, 236, 448, 272, 26)
	k.drop(shape, 20)
	k.cloth(shape, k.base, 136, 236, 448, 272)
	k.fillIn(shape, box(136, 236, 448, 34), veil(k.second, .92))
	var teeth path
	for x := float32(152); x < 568; x += 9 {
		teeth = append(teeth, box(x, 249, 5, 8)...)
	}
	k.fill(teeth, flat(brass.lit(.25)))
	k.fill(rounded(528, 242, 30, 22, 5), down(242, 264, at(0, brass.lit(.5)), at(1, brass.shade(.3))))
	k.rod(leather, 13, 9, smooth(pt{548, 254}, pt{584, 276}, pt{590, 330})...)
	k.stitches(pt{150, 284}, pt{570, 284}, k.base.lit(.5))
	k.fill(rounded(178, 440, 70, 36, 3), flat(leather))
	k.fill(box(192, 456, 42, 3), veil(paper, .7))
}

func basket(k *scene) {
	k.shadow(360, floor, 168)
	k.rod(k.second, 19, 19, smooth(pt{212, 372}, pt{238, 250}, pt{360, 196}, pt{482, 250}, pt{508, 372})...)
	body := lathe(360, tilt, pt{182, 386}, pt{182, 386}, pt{178, 470}, pt{150, floor}, pt{150, floor})
	k.fill(ellipse(360, 386, 182, 31), across(178, 542, at(0, k.base.shade(.6)), at(.6, k.base.shade(.36)), at(1, k.base.shade(.2))))
	k.fill(body, turnedIn(k.base, 178, 542))
	k.fill(ellipse(360, 386, 182, 31), across(178, 542, at(0, k.base.shade(.62)), at(.6, k.base.shade(.42)), at(1, k.base.shade(.24))))
	var dark, light path
	for i := range 9 {
		y := 398 + float32(i)*23
		for j := range 19 {
			x := 184 + float32(j)*20 + float32(i%2)*10
			bend := (1 - (x-360)*(x-360)/(200*200)) * 30
			dark = append(dark, ellipse(x, y+bend+3, 11, 10)...)
			light = append(light, ellipse(x-1, y+bend-1, 9, 7)...)
		}
	}
	front := path{}.move(178, 386).cube(178, 427, 542, 427, 542, 386).line(510, floor).cube(500, 612, 220, 612, 210, floor)
	k.fillIn(front, dark, veil(k.base.shade(.7), .34))
	k.fillIn(front, light, veil(k.base.lit(.5), .42))
	if k.Finish == Dip || k.Finish == Band {
		k.fillIn(front, hoop(360, 182, 480, 700), veil(k.second, .55))
	}
	k.fill(path{}.move(178, 386).cube(178, 427, 542, 427, 542, 386).line(542, 400).cube(542, 441, 178, 441, 178, 400), across(178, 542, at(0, k.second.shade(.2)), at(.3, k.second.lit(.2)), at(1, k.second.shade(.3))))
	k.rod(k.second, 19, 19, pt{212, 392}, pt{211, 366})
	k.rod(k.second, 19, 19, pt{508, 392}, pt{509, 366})
}

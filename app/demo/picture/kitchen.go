package picture

// What one cooks with.

func knife(k *scene) {
	k.turnAbout(360, 1, -34)
	blade := path{}.move(84, 372).cube(160, 318, 300, 306, 452, 308).line(452, 404).cube(330, 412, 190, 404, 84, 372)
	grip := path{}.move(452, 322).line(476, 320).cube(540, 330, 600, 322, 640, 330).cube(662, 336, 662, 384, 640, 390).cube(590, 396, 520, 372, 476, 380).line(452, 384)
	k.drop(append(append(path{}, blade...), grip...), 26)
	k.fill(blade, down(306, 410, at(0, steel.shade(.20)), at(.10, steel.lit(.25)), at(.45, steel.lit(.55)), at(.52, steel.lit(.1)), at(.80, steel.lit(.35)), at(1, steel.lit(.75))))
	k.fillIn(blade, path{}.move(84, 374).cube(190, 396, 330, 400, 452, 392).line(452, 420).line(84, 420), veil(hex(0xffffff), .45))
	k.fill(rounded(446, 314, 24, 76, 6), down(314, 390, at(0, brass.lit(.4)), at(.5, brass), at(1, brass.shade(.4))))
	k.fill(grip, down(318, 396, at(0, k.base.lit(.26)), at(.4, k.base), at(1, k.base.shade(.38))).with(grained(k.Seed, false)))
	for _, x := range []float32{506, 558, 610} {
		k.fill(ellipse(x, 354, 8, 8), glow(x-3, 350, 10, 10, at(0, brass.lit(.6)), at(1, brass.shade(.25))))
	}
}

func board(k *scene) {
	k.turnAbout(360, 1, 14)
	shape := append(rounded(206, 236, 308, 384, 46), path{}.move(318, 250).cube(326, 190, 322, 160, 322, 128).cube(322, 84, 398, 84, 398, 128).cube(398, 160, 394, 190, 402, 250)...)
	k.drop(shape, 30)
	k.fill(shape.moved(3, 7), flat(k.base.shade(.34)))
	k.fill(shape, along(pt{206, 120}, pt{514, 620}, at(0, k.base.lit(.20)), at(.5, k.base), at(1, k.base.shade(.10))).with(grained(k.Seed, true)))
	if k.Finish == Dip || k.Finish == Band {
		k.fillIn(shape, box(190, 520, 340, 120), flat(k.second))
	}
	if k.Finish == Stripe || k.Finish == Check {
		for i, x := range []float32{262, 326, 390, 454} {
			k.fillIn(shape, box(x, 80, 30, 560), veil(walnut, .7-.1*float32(i%2)))
		}
	}
	k.fill(ellipse(360, 134, 17, 17), flat(k.ground.shade(.22)))
	k.fill(ellipse(363, 138, 14, 14), flat(k.ground.lit(.04)))
}

func pan(k *scene) {
	k.shadow(330, floor, 170)
	k.rod(k.second, 26, 32, pt{490, 452}, pt{560, 436}, pt{654, 410})
	k.fill(rounded(474, 440, 38, 24, 8), flat(steel.shade(.25)))
	body := lathe(325, tilt, pt{168, 420}, pt{168, 420}, pt{166, 520}, pt{150, 566}, pt{140, floor}, pt{140, floor})
	k.fill(body, turnedIn(k.base, 157, 493))
	k.decor(body, 325, 168, 420, floor)
	k.sheen(body, 325, 168, .34)
	k.fill(ellipse(325, 420, 174, 32), metalIn(steel, 151, 499))
	k.fill(ellipse(325, 410, 164, 29), across(161, 489, at(0, k.base.shade(.05)), at(.3, k.base.lit(.30)), at(1, k.base.shade(.22))))
	k.fill(ellipse(325, 404, 110, 17), across(215, 435, faint(0, k.base.lit(.5), 0), faint(.3, k.base.lit(.5), .5), faint(1, k.base.lit(.4), 0)))
	k.fill(rounded(316, 384, 18, 18, 4), flat(steel.shade(.2)))
	k.fill(ellipse(325, 374, 26, 17), glow(317, 367, 36, 26, at(0, k.second.lit(.4)), at(.6, k.second), at(1, k.second.shade(.4))))
}

func spoons(k *scene) {
	k.shadow(360, floor, 92)
	wood := k.second
	k.rod(wood, 15, 13, pt{330, 480}, pt{268, 214})
	k.fill(ellipse(258, 172, 34, 50), glow(248, 152, 56, 76, at(0, wood.lit(.30)), at(.6, wood), at(1, wood.shade(.35))))
	k.rod(wood.shade(.1), 15, 13, pt{380, 480}, pt{428, 232})
	spat := path{}.move(410, 236).line(400, 142).cube(410, 120, 450, 118, 474, 140).line(448, 238)
	k.fill(spat, along(pt{400, 130}, pt{470, 230}, at(0, wood.lit(.16)), at(1, wood.shade(.26))).with(grained(k.Seed, true)))
	k.rod(wood.shade(.22), 14, 12, pt{356, 480}, pt{352, 190})
	k.fill(ring(351, 150, 31, 46, 15, 26), along(pt{325, 110}, pt{380, 190}, at(0, wood.lit(.1)), at(1, wood.shade(.4))))
	k.cup(360, k.base, k.base, pt{92, 392}, pt{92, 392}, pt{94, 490}, pt{90, floor}, pt{90, floor})
	// The spoons stand in it: what is in front of them is painted again.
	k.rod(wood, 15, 15, pt{324, 456 - 60}, pt{312, 404 - 40})
	k.rod(wood.shade(.22), 14, 14, pt{356, 402}, pt{354, 360})
	k.rod(wood.shade(.1), 15, 15, pt{394, 402}, pt{402, 364})
	k.fill(path{}.move(268, 392).cube(268, 418, 452, 418, 452, 392).cube(440, 408, 280, 408, 268, 392), across(268, 452, at(0, k.base.lit(.05)), at(.3, k.base.lit(.42)), at(1, k.base.lit(.05))))
}

func jar(k *scene) {
	k.shadow(360, floor, 112)
	body := lathe(360, tilt, pt{108, 312}, pt{108, 312}, pt{114, 350}, pt{114, 520}, pt{108, floor}, pt{108, floor})
	k.fill(body, turnedIn(k.base, 246, 474))
	k.decor(body, 360, 114, 312, floor)
	k.sheen(body, 360, 114, .24)
	label := path{}.move(292, 424).cube(310, 436, 410, 436, 428, 424).line(428, 492).cube(410, 504, 310, 504, 292, 492)
	k.fill(label, across(292, 428, at(0, paper.shade(.10)), at(.4, paper), at(1, paper.shade(.14))))
	k.fill(append(tube(3, 3, smooth(pt{314, 456}, pt{360, 461}, pt{406, 456})...), tube(3, 3, smooth(pt{330, 474}, pt{360, 478}, pt{390, 474})...)...), veil(ink, .55))
	lid := lathe(360, tilt, pt{116, 272}, pt{116, 272}, pt{116, 306}, pt{116, 306})
	k.fill(lid, turnedIn(k.second, 244, 476).with(grained(k.Seed, false)))
	k.fill(ellipse(360, 272, 116, 116*tilt), along(pt{244, 255}, pt{476, 290}, at(0, k.second.lit(.34)), at(1, k.second.shade(.02))).with(grained(k.Seed, false)))
	k.fill(ellipse(360, 258, 20, 15), glow(354, 251, 28, 22, at(0, k.second.lit(.4)), at(.6, k.second), at(1, k.second.shade(.4))))
}

func mill(k *scene) {
	k.shadow(360, floor, 66)
	body := lathe(360, tilt, pt{46, 318}, pt{46, 318}, pt{34, 366}, pt{42, 430}, pt{62, 500}, pt{66, floor}, pt{66, floor})
	k.fill(body, turnedIn(k.base, 294, 426).with(grained(k.Seed, true)))
	k.decor(body, 360, 66, 330, floor)
	k.sheen(body, 360, 58, .22)
	k.fill(lathe(360, tilt, pt{44, 306}, pt{44, 306}, pt{44, 320}, pt{44, 320}), metalIn(steel, 316, 404))
	head := lathe(360, tilt, pt{12, 216}, pt{44, 236}, pt{54, 272}, pt{46, 308}, pt{46, 308})
	k.fill(head, turnedIn(k.second, 306, 414).with(grained(k.Seed+1, true)))
	k.fill(ellipse(360, 202, 15, 15), glow(355, 196, 20, 20, at(0, brass.lit(.6)), at(.5, brass), at(1, brass.shade(.4))))
}

func apron(k *scene) {
	k.ribbon(k.second, 15, smooth(pt{292, 176}, pt{300, 96}, pt{360, 64}, pt{420, 96}, pt{428, 176})...)
	k.ribbon(k.second, 13, smooth(pt{196, 366}, pt{140, 388}, pt{118, 440}, pt{134, 500})...)
	k.ribbon(k.second, 13, smooth(pt{524, 366}, pt{580, 388}, pt{602, 440}, pt{586, 500})...)
	shape := path{}.move(276, 168).line(444, 168).cube(452, 268, 474, 330, 534, 354).line(546, 648).cube(470, 656, 250, 656, 174, 648).line(186, 354).cube(246, 330, 268, 268, 276, 168)
	k.drop(shape, 22)
	k.cloth(shape, k.base, 174, 168, 372, 484)
	for _, x := range []float32{270, 420, 480} {
		k.fillIn(shape, path{}.move(x, 400).cube(x-6, 480, x+16, 580, x+4, 670).cube(x+34, 580, x+20, 480, x, 400), veil(k.base.shade(.7), .16))
	}
	pocket := path{}.move(262, 428).line(458, 428).line(454, 530).cube(454, 546, 446, 552, 432, 552).line(288, 552).cube(274, 552, 266, 546, 266, 530)
	k.fill(pocket.moved(4, 6), veil(k.base.shade(.75), .3))
	k.fill(pocket, along(pt{262, 428}, pt{420, 560}, at(0, k.base.lit(.12)), at(1, k.base.shade(.08))).with(woven(3)))
	thread := k.base.lit(.5)
	k.stitches(pt{268, 440}, pt{452, 440}, thread)
	k.stitches(pt{360, 444}, pt{360, 548}, thread)
	k.stitches(pt{284, 180}, pt{436, 180}, thread)
}

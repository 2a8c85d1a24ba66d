package picture

// Plates, bowls and what else stands on a laid table.

func plate(k *scene) {
	// A plate stands upright against the wall, so that its face is seen.
	k.shadow(364, floor+4, 84)
	k.fill(ellipse(384, 400, 186, 186), glow(384, 400, 186, 186, faint(0, ink, .34), faint(.86, ink, .22), faint(1, ink, 0)))
	k.fill(ellipse(360, 392, 188, 188), along(pt{230, 260}, pt{500, 530}, at(0, k.base.lit(.34)), at(.5, k.base.shade(.04)), at(1, k.base.shade(.36))))
	face := ellipse(358, 390, 184, 184)
	k.fill(face, along(pt{230, 260}, pt{500, 530}, at(0, k.base.lit(.16)), at(.5, k.base.lit(.04)), at(1, k.base.shade(.10))))
	switch k.Finish {
	case Band:
		k.fill(append(ring(358, 390, 180, 180, 170, 170), ring(358, 390, 162, 162, 158, 158)...), flat(k.second))
	case Dip:
		k.fillIn(face, box(160, 455, 400, 200), along(pt{230, 260}, pt{500, 530}, at(0, k.second.lit(.15)), at(1, k.second.shade(.12))))
	case Stripe, Check:
		var p path
		for r := float32(178); r > 122; r -= 15 {
			p = append(p, ring(358, 390, r, r, r-5, r-5)...)
		}
		k.fill(p, flat(k.second))
	}
	k.fill(ring(358, 390, 124, 124, 116, 116), along(pt{270, 300}, pt{450, 480}, at(0, k.base.shade(.28)), at(.5, k.base.shade(.05)), at(1, k.base.lit(.55))))
	if k.Finish == Speckle {
		k.grains(face, 174, 206, 368, 368, 300)
	}
	k.fillIn(face, ellipse(290, 300, 150, 120), glow(290, 300, 150, 120, faint(0, hex(0xffffff), .26), faint(1, hex(0xffffff), 0)))
}

func bowl(k *scene) {
	k.shadow(360, floor, 138)
	k.cup(360, k.base, k.base.lit(.2), pt{180, 416}, pt{180, 416}, pt{168, 478}, pt{118, 548}, pt{80, 566}, pt{80, floor}, pt{80, floor})
}

func platter(k *scene) {
	k.shadow(360, floor-4, 190)
	k.cup(360, k.base, k.base.lit(.2), pt{222, 498}, pt{222, 498}, pt{208, 524}, pt{150, 556}, pt{120, 568}, pt{120, 568})
	for i, f := range []struct {
		x, y, r float32
		c       uint32
	}{{284, 478, 43, 0xd9a441}, {372, 466, 46, 0xc8553d}, {440, 486, 40, 0xd9a441}, {334, 497, 40, 0xb9c06a}} {
		c := hex(f.c)
		k.fill(ellipse(f.x, f.y, f.r, f.r*.95), glow(f.x-f.r*.3, f.y-f.r*.35, f.r*1.35, f.r*1.35, at(0, c.lit(.45)), at(.55, c), at(1, c.shade(.42))))
		k.rod(walnut, 5, 3, pt{f.x + 3, f.y - f.r*.8}, pt{f.x + 7 + float32(i), f.y - f.r*1.12})
	}
	front := path{}.move(138, 498).cube(138, 552, 582, 552, 582, 498).cube(566, 540, 154, 540, 138, 498)
	k.fill(front, across(138, 582, at(0, k.base.lit(.05)), at(.3, k.base.lit(.42)), at(1, k.base.lit(.03))))
}

func jug(k *scene) {
	k.shadow(345, floor, 112)
	k.rod(k.base, 24, 21, smooth(pt{424, 298}, pt{506, 282}, pt{532, 356}, pt{504, 452}, pt{434, 482})...)
	body := lathe(345, tilt, pt{82, 262}, pt{82, 262}, pt{74, 310}, pt{104, 410}, pt{116, 490}, pt{92, floor}, pt{92, floor})
	k.fill(body, turnedIn(k.base, 229, 461))
	k.decor(body, 345, 116, 290, floor)
	lip := path{}.move(262, 266).cube(236, 250, 224, 240, 208, 242).cube(222, 272, 250, 310, 272, 330)
	k.fill(lip, along(pt{215, 240}, pt{275, 320}, at(0, k.base.lit(.18)), at(1, k.base.shade(.10))))
	k.mouth(345, 262, 82, k.base, k.base.lit(.15))
	k.fill(path{}.move(268, 258).cube(244, 246, 226, 240, 208, 242).cube(224, 254, 246, 264, 274, 270), flat(k.base.lit(.26)))
	k.sheen(body, 345, 110, .2)
}

func butterdish(k *scene) {
	k.shadow(360, floor, 190)
	tray := rounded(168, 548, 384, 30, 15)
	k.fill(tray, across(168, 552, at(0, k.second.shade(.2)), at(.3, k.second.lit(.2)), at(1, k.second.shade(.25))).with(grained(k.Seed, false)))
	lid := path{}.move(206, 550).line(206, 458).cube(206, 424, 226, 412, 258, 412).line(462, 412).cube(494, 412, 514, 424, 514, 458).line(514, 550)
	k.fill(lid, across(206, 514, at(0, k.base.shade(.22)), at(.06, k.base.shade(.04)), at(.3, k.base.lit(.16)), at(.7, k.base), at(.95, k.base.shade(.16)), at(1, k.base.shade(.3))))
	k.fillIn(lid, box(206, 412, 308, 26), down(412, 440, faint(0, hex(0xffffff), .35), faint(1, hex(0xffffff), 0)))
	switch k.Finish {
	case Band:
		k.fillIn(lid, append(box(200, 520, 320, 8), box(200, 507, 320, 4)...), flat(k.second))
	case Dip:
		k.fillIn(lid, box(200, 490, 320, 70), flat(k.second))
	case Stripe, Check:
		k.fillIn(lid, append(append(box(200, 462, 320, 10), box(200, 492, 320, 10)...), box(200, 522, 320, 10)...), flat(k.second))
	case Speckle:
		k.grains(lid, 206, 412, 308, 138, 120)
	}
	k.fill(ellipse(360, 398, 26, 19), glow(352, 390, 36, 28, at(0, k.base.lit(.45)), at(.6, k.base), at(1, k.base.shade(.4))))
}

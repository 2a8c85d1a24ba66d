package picture

// Cups, pots and glasses.

func mug(k *scene) {
	k.shadow(345, floor, 120)
	handle := smooth(pt{440, 392}, pt{505, 378}, pt{542, 425}, pt{522, 490}, pt{436, 522})
	k.rod(k.base, 27, 24, handle...)
	k.cup(340, k.base, k.base.lit(.25), pt{118, 342}, pt{118, 342}, pt{118, 480}, pt{112, 545}, pt{96, floor}, pt{96, floor})
}

func espresso(k *scene) {
	k.shadow(360, floor+6, 190)
	saucer := lathe(360, .2, pt{188, 545}, pt{188, 545}, pt{150, 566}, pt{84, 578}, pt{84, 578})
	k.fill(saucer, turnedIn(k.base.shade(.06), 172, 548))
	k.fill(ellipse(360, 545, 188, 37), across(172, 548, at(0, k.base.shade(.10)), at(.3, k.base.lit(.30)), at(1, k.base.shade(.10))))
	k.fill(ellipse(360, 548, 176, 33), across(172, 548, at(0, k.base.shade(.16)), at(.5, k.base.lit(.08)), at(1, k.base.lit(.12))))
	k.fill(ellipse(372, 552, 104, 19), glow(372, 552, 104, 19, faint(0, ink, .5), faint(.6, ink, .32), faint(1, ink, 0)))
	k.rod(k.base, 19, 17, smooth(pt{436, 432}, pt{486, 424}, pt{506, 462}, pt{484, 500}, pt{424, 512})...)
	k.cup(355, k.base, k.base.lit(.25), pt{96, 402}, pt{96, 402}, pt{94, 460}, pt{78, 520}, pt{54, 548}, pt{54, 548})
	coffee := hex(0x5a3a26)
	k.fill(ellipse(355, 407, 82, 11), across(272, 438, at(0, coffee.shade(.3)), at(.6, coffee), at(1, coffee.lit(.22))))
}

func teapot(k *scene) {
	k.shadow(352, floor, 160)
	k.rod(k.base, 26, 22, smooth(pt{478, 388}, pt{560, 372}, pt{594, 430}, pt{566, 500}, pt{486, 520})...)
	spout := path{}.move(250, 430).cube(190, 440, 176, 390, 138, 348).line(112, 356).cube(150, 430, 160, 500, 252, 530)
	k.fill(spout, along(pt{150, 380}, pt{225, 500}, at(0, k.base.lit(.16)), at(.5, k.base), at(1, k.base.shade(.34))))
	k.fill(ellipse(125, 352, 14, 5), flat(k.base.shade(.55)))
	body := lathe(352, tilt, pt{76, 352}, pt{76, 352}, pt{130, 392}, pt{150, 462}, pt{130, 540}, pt{92, floor}, pt{92, floor})
	k.fill(body, turnedIn(k.base, 202, 502))
	k.decor(body, 352, 150, 372, floor)
	k.sheen(body, 352, 150, .22)
	k.fill(ellipse(352, 352, 78, 14), flat(k.base.shade(.42)))
	lid := lathe(352, tilt, pt{10, 316}, pt{44, 326}, pt{72, 350}, pt{72, 350})
	k.fill(lid, turnedIn(k.base.lit(.05), 280, 424))
	k.fill(ellipse(352, 304, 21, 20), glow(345, 297, 30, 30, at(0, k.second.lit(.35)), at(.6, k.second), at(1, k.second.shade(.4))))
}

// glass paints a thin, clear turned thing.
func (k *scene) glass(x float32, tint colour, fill float32, profile ...pt) {
	body := lathe(x, tilt, profile...)
	top, bottom := profile[0], profile[len(profile)-1]
	r := float32(0)
	for _, p := range profile {
		r = max(r, p.x)
	}
	white := hex(0xffffff)
	k.fill(ellipse(x, top.y, top.x, top.x*tilt), veil(tint.shade(.3), .16))
	k.fill(body, across(x-r, x+r, faint(0, tint.shade(.42), .66), faint(.07, tint.shade(.1), .40), faint(.2, tint.lit(.5), .24), faint(.5, tint, .26),
		faint(.86, tint.shade(.05), .34), faint(.95, tint.shade(.35), .58), faint(1, tint.shade(.45), .66)))
	if fill > 0 {
		k.fillIn(body, hoop(x, r, fill, bottom.y+80), veil(tint.shade(.10), .30))
		k.fillIn(body, ellipse(x, fill, r*.985, r*tilt), veil(tint.lit(.45), .38))
	}
	k.fillIn(body, hoop(x, r, bottom.y-13, bottom.y+60), across(x-r, x+r, faint(0, tint.shade(.5), .6), faint(.4, white, .42), faint(1, tint.shade(.4), .55)))
	k.fillIn(body, box(x-r*.74, 0, r*.13, Size), veil(white, .46))
	k.fillIn(body, box(x-r*.54, 0, r*.05, Size), veil(white, .30))
	k.fill(ring(x, top.y, top.x, top.x*tilt, top.x-4, top.x*tilt-2.2), across(x-top.x, x+top.x, faint(0, tint.shade(.3), .8), faint(.3, white, .95), faint(1, tint.shade(.25), .8)))
	switch k.Finish {
	case Band, Stripe:
		k.fillIn(body, append(hoop(x, r, top.y+34, top.y+40), hoop(x, r, top.y+48, top.y+51)...), veil(k.second, .85))
	case Dip:
		k.fillIn(body, hoop(x, r, bottom.y-70, bottom.y+80), veil(k.second, .55))
	}
}

func carafe(k *scene) {
	k.shadow(360, floor, 104)
	k.glass(360, k.base, 420, pt{58, 196}, pt{58, 196}, pt{47, 250}, pt{52, 310}, pt{96, 392}, pt{108, 480}, pt{104, 556}, pt{96, floor}, pt{96, floor})
	cork := lathe(360, tilt, pt{45, 158}, pt{45, 158}, pt{42, 206}, pt{42, 206})
	k.fill(cork, turnedIn(k.second, 315, 405).with(grained(k.Seed, true)))
	k.fill(ellipse(360, 158, 45, 8), flat(k.second.lit(.22)))
}

func tumbler(k *scene) {
	k.shadow(300, floor-26, 84)
	k.glass(296, k.base.lit(.12), 430, pt{92, 336}, pt{92, 336}, pt{84, 460}, pt{76, floor - 26}, pt{76, floor - 26})
	k.shadow(428, floor, 88)
	k.glass(424, k.base, 468, pt{96, 352}, pt{96, 352}, pt{88, 480}, pt{80, floor}, pt{80, floor})
}

package picture

// Paper and what writes on it.

func notebook(k *scene) {
	k.turnAbout(360, 1, -9)
	cover := rounded(206, 116, 314, 486, 12)
	k.drop(cover, 24)
	k.fill(rounded(214, 122, 314, 486, 10), flat(paper.shade(.22)))
	k.fill(rounded(211, 119, 314, 486, 10), flat(paper))
	k.fill(cover, along(pt{206, 116}, pt{460, 602}, at(0, k.base.lit(.16)), at(.4, k.base), at(1, k.base.shade(.12))).with(woven(2)))
	k.pattern(cover, 206, 116, 314, 486)
	k.fillIn(cover, box(206, 116, 46, 486), veil(k.second, .95))
	k.fillIn(cover, box(250, 116, 7, 486), across(250, 257, faint(0, ink, .3), faint(1, ink, 0)))
	k.fill(rounded(310, 214, 150, 88, 4), flat(paper.lit(.1)))
	k.fill(append(box(330, 244, 110, 3), box(330, 266, 76, 3)...), veil(ink, .5))
	k.fill(box(486, 116, 9, 486), across(486, 495, at(0, k.second.lit(.15)), at(1, k.second.shade(.3))))
	k.fill(path{}.move(300, 600).line(316, 600).line(314, 646).line(307, 638).line(298, 648), flat(k.second.shade(.12)))
}

func pencils(k *scene) {
	k.turnAbout(360, 1, 24)
	tones := []colour{k.base, k.second, k.base.lit(.35), k.base.shade(.3), k.second.lit(.3)}
	for i, c := range tones {
		y := float32(196 + i*70)
		x := float32(150 + (i*53)%64)
		whole := rounded(x, y, 420, 34, 3)
		k.drop(append(append(path{}, whole...), polygon(pt{x, y}, pt{x - 62, y + 17}, pt{x, y + 34})...), 15)
		k.fill(whole, down(y, y+34, at(0, c.lit(.22)), at(.30, c.lit(.22)), at(.34, c), at(.68, c), at(.72, c.shade(.24)), at(1, c.shade(.24))))
		wood := path{}.move(x+4, y).quad(x-8, y+5, x+3, y+11).quad(x-9, y+17, x+3, y+23).quad(x-8, y+29, x+4, y+34).line(x-62, y+17)
		k.fill(wood, down(y, y+34, at(0, beech.lit(.25)), at(.5, beech), at(1, beech.shade(.28))))
		k.fill(polygon(pt{x - 38, y + 10.4}, pt{x - 62, y + 17}, pt{x - 38, y + 23.6}), flat(c.shade(.35)))
		k.fill(box(x+372, y, 18, 34), down(y, y+34, at(0, brass.lit(.5)), at(.5, brass), at(1, brass.shade(.4))))
		k.fill(box(x+60, y+15, 104, 3), veil(c.lit(.8), .6))
	}
}

func cards(k *scene) {
	old := k.to
	k.turnAbout(360, 1, 12)
	env := rounded(140, 236, 420, 292, 5)
	k.drop(env, 16)
	k.fill(env, along(pt{140, 236}, pt{560, 528}, at(0, k.second.lit(.18)), at(1, k.second.shade(.08))))
	k.fill(path{}.move(140, 238).line(350, 404).line(560, 238), along(pt{350, 238}, pt{350, 404}, at(0, k.second.lit(.10)), at(1, k.second.shade(.12))))
	k.to = old
	k.turnAbout(360, 1, -8)
	card := rounded(196, 178, 300, 402, 4)
	k.drop(card, 14)
	k.fill(card, along(pt{196, 178}, pt{496, 580}, at(0, paper.lit(.5)), at(1, paper.shade(.03))))
	k.fillIn(card, ellipse(346, 352, 92, 92), flat(k.base))
	k.fillIn(card, path{}.move(196, 470).cube(270, 400, 330, 460, 392, 424).cube(440, 396, 470, 420, 496, 410).line(496, 580).line(196, 580), flat(k.base.mix(k.second, .55)))
	k.fillIn(card, path{}.move(196, 520).cube(280, 470, 360, 520, 496, 474).line(496, 580).line(196, 580), flat(k.base.shade(.35)))
	k.fill(box(286, 214, 120, 4), veil(ink, .6))
	k.fill(box(310, 228, 72, 3), veil(ink, .4))
}

func calendar(k *scene) {
	sheet := rounded(186, 120, 348, 500, 4)
	k.drop(sheet, 18)
	k.fill(sheet, along(pt{186, 120}, pt{534, 620}, at(0, paper.lit(.5)), at(1, paper.shade(.03))))
	k.fillIn(sheet, box(186, 150, 348, 226), flat(k.base.lit(.35)))
	k.fillIn(box(186, 150, 348, 226), ellipse(440, 232, 46, 46), flat(k.second.lit(.15)))
	k.fillIn(box(186, 150, 348, 226), path{}.move(180, 340).cube(260, 220, 320, 300, 380, 262).cube(440, 230, 500, 300, 550, 280).line(550, 400).line(180, 400), flat(k.base))
	k.fillIn(box(186, 150, 348, 226), path{}.move(180, 372).cube(280, 320, 420, 372, 550, 326).line(550, 400).line(180, 400), flat(k.base.shade(.38)))
	var days, sundays path
	for i := range 31 {
		x, y := 214+float32((i+3)%7)*46, 430+float32((i+3)/7)*34
		if (i+3)%7 == 6 {
			sundays = append(sundays, rounded(x, y, 15, 12, 3)...)
			continue
		}
		days = append(days, rounded(x, y, 15, 12, 3)...)
	}
	k.fill(days, veil(ink, .62))
	k.fill(sundays, flat(k.second))
	k.fill(box(214, 398, 120, 7), veil(ink, .8))
	k.fill(box(186, 120, 348, 26), down(120, 146, at(0, k.second.lit(.2)), at(1, k.second.shade(.16))))
	k.rod(brass, 9, 9, smooth(pt{346, 122}, pt{342, 92}, pt{360, 76}, pt{378, 92}, pt{374, 122})...)
}

func book(k *scene) {
	k.turnAbout(360, 1, 7)
	cover := rounded(196, 106, 328, 500, 6)
	k.drop(cover, 32)
	k.fill(rounded(204, 114, 330, 502, 5), flat(k.base.shade(.4)))
	k.fill(rounded(206, 112, 322, 496, 3), across(500, 528, at(0, paper), at(1, paper.shade(.22))))
	k.fill(cover, along(pt{196, 106}, pt{480, 606}, at(0, k.base.lit(.14)), at(.5, k.base), at(1, k.base.shade(.14))))
	k.fillIn(cover, box(216, 100, 9, 520), across(216, 225, faint(0, ink, .28), faint(.6, hex(0xffffff), .22), faint(1, hex(0xffffff), 0)))
	k.fill(ellipse(374, 372, 104, 104), flat(k.second))
	fork := paper
	if k.second.bright() {
		fork = k.base
	}
	k.fill(ring(374, 372, 84, 84, 80, 80), veil(fork, .8))
	k.rod(fork, 9, 9, pt{336, 420}, pt{366, 330})
	k.fill(ellipse(370, 316, 15, 24), flat(fork.shade(.04)))
	k.rod(fork, 9, 9, pt{412, 420}, pt{394, 346})
	var tines path
	for i := range 4 {
		tines = append(tines, tube(4.5, 4, pt{382 + float32(i)*7.5, 344 - float32(i)}, pt{376 + float32(i)*7.5, 304 - float32(i)*1.6})...)
	}
	k.fill(tines, flat(fork.shade(.02)))
	title := paper
	k.fill(append(rounded(276, 170, 196, 13, 3), rounded(304, 196, 140, 13, 3)...), flat(title))
	k.fill(box(330, 548, 88, 5), veil(title, .8))
}

// giftcard is a card with a ribbon and a bow.
func giftcard(k *scene) {
	k.turnAbout(360, 1, -7)
	card := rounded(150, 228, 420, 264, 20)
	k.drop(card, 20)
	k.fill(card, along(pt{150, 228}, pt{570, 492}, at(0, k.base.lit(.16)), at(1, k.base.shade(.12))))
	k.fillIn(card, box(430, 228, 34, 264), along(pt{430, 228}, pt{464, 228}, at(0, k.second.lit(.25)), at(1, k.second.shade(.1))))
	k.fillIn(card, box(150, 318, 420, 34), down(318, 352, at(0, k.second.lit(.25)), at(1, k.second.shade(.1))))
	k.fill(path{}.move(447, 335).cube(400, 262, 340, 286, 372, 330).cube(390, 350, 420, 346, 447, 335), flat(k.second.lit(.08)))
	k.fill(path{}.move(447, 335).cube(494, 262, 554, 286, 522, 330).cube(504, 350, 474, 346, 447, 335), flat(k.second.shade(.06)))
	k.fill(ellipse(447, 335, 17, 15), flat(k.second.shade(.2)))
	k.fill(rounded(184, 262, 120, 13, 4), flat(paper.lit(.2)))
	k.fill(rounded(184, 434, 170, 10, 3), veil(paper, .55))
	k.fill(rounded(184, 456, 110, 8, 3), veil(paper, .4))
}

// Package picture draws the demo shop's goods.
//
// A picture is a still life: one thing on one tinted ground, lit from the upper
// left, with a soft shadow to its right. Things that stand are seen a little
// from above, in front of the arch that is the shop's mark; things that lie are
// seen straight from above. A Spec says what is shown and in which colours, and
// the same Spec gives the same bytes on every machine of one kind.
//
// Shapes are Bézier paths filled with ramps of colour (canvas.go, path.go,
// paint.go); each file of shapes holds one category. Nothing is read from disk
// and nothing was taken from anyone: there is no photograph behind these.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

// Size is the width and height of every picture in pixels.
const Size = 720

// Ext is the ending of a picture's name.
const Ext = "jpg"

// quality is where soft gradients stay smooth; a picture has about 15 kB.
const quality = 66

// ErrShape reports a shape that nobody has drawn.
var ErrShape = errors.New("there is no such shape: use one of Shapes")

// Finishes of a surface. What a shape cannot bear it leaves out.
const (
	Plain   = ""
	Speckle = "speckle" // fine dark grains in the glaze
	Dip     = "dip"     // the lower part in the second colour
	Band    = "band"    // two lines around
	Stripe  = "stripe"  // many stripes
	Check   = "check"   // stripes both ways
)

// Spec says what is shown. Colours are 0xRRGGBB.
type Spec struct {
	Shape  string
	Color  uint32 // of the thing
	Second uint32 // of its decor or its other material
	Ground uint32 // of the backdrop
	Finish string
	Scale  float64 // 1 is the usual size; 0 counts as 1
	Seed   uint64  // grains and grain of wood fall by it
}

// Shapes lists what can be drawn.
func Shapes() []string { return slices.Sorted(maps.Keys(shapes)) }

// Studio draws pictures and keeps the backdrops it has painted, 2 MB each: let
// go of it when the last picture is drawn. The zero Studio is ready; it is safe
// for concurrent use.
type Studio struct {
	canvases  sync.Pool
	mu        sync.Mutex
	backdrops map[backdrop][]uint8
}

type backdrop struct {
	ground uint32
	lies   bool
}

// Draw returns a JPEG of Size × Size. It returns ErrShape.
func (t *Studio) Draw(s Spec) ([]byte, error) {
	shape, known := shapes[s.Shape]
	if !known {
		return nil, fmt.Errorf("draw %q: %w", s.Shape, ErrShape)
	}
	if s.Scale == 0 {
		s.Scale = 1
	}
	c, _ := t.canvases.Get().(*canvas)
	if c == nil {
		c = newCanvas()
	}
	defer t.canvases.Put(c)
	k := &scene{canvas: c, Spec: s, base: hex(s.Color), second: hex(s.Second), ground: hex(s.Ground),
		dice: rand.New(rand.NewPCG(s.Seed, 0x6b6f727a6f))}
	k.reset()
	t.behind(k, shape.lies)
	if zoom := float32(s.Scale) * max(shape.zoom, 1); shape.lies {
		k.turnAbout(360, zoom, 0)
	} else {
		k.turnAbout(floor, zoom, 0)
	}
	shape.draw(k)
	var out bytes.Buffer
	out.Grow(40 << 10)
	if err := jpeg.Encode(&out, c.image, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("draw %s: %w", s.Shape, err)
	}
	return out.Bytes(), nil
}

// behind paints the backdrop, once for all pictures that share it.
func (t *Studio) behind(k *scene, lies bool) {
	key := backdrop{k.Ground, lies}
	t.mu.Lock()
	painted := t.backdrops[key]
	t.mu.Unlock()
	if painted != nil {
		copy(k.image.Pix, painted)
		return
	}
	if lies {
		k.table()
	} else {
		k.niche()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.backdrops == nil {
		t.backdrops = map[backdrop][]uint8{}
	}
	t.backdrops[key] = slices.Clone(k.image.Pix)
}

// floor is where things stand.
const floor = 575

// scene is a picture in the making.
type scene struct {
	*canvas
	Spec
	base, second, ground colour
	dice                 *rand.Rand
}

// shape is one kind of thing.
type shape struct {
	draw func(*scene)
	lies bool    // seen from above
	zoom float32 // fills the picture as others do; 0 is 1
}

var shapes = map[string]shape{
	"mug": {draw: mug, zoom: 1.22}, "espresso": {draw: espresso, zoom: 1.22}, "teapot": {draw: teapot}, "carafe": {draw: carafe}, "tumbler": {draw: tumbler, zoom: 1.2},
	"plate": {draw: plate}, "bowl": {draw: bowl, zoom: 1.14}, "platter": {draw: platter, zoom: 1.06}, "jug": {draw: jug, zoom: 1.05}, "butterdish": {draw: butterdish, zoom: 1.12},
	"knife": {draw: knife, lies: true, zoom: 1.12}, "board": {draw: board, lies: true}, "pan": {draw: pan, zoom: 1.06}, "spoons": {draw: spoons},
	"jar": {draw: jar, zoom: 1.08}, "mill": {draw: mill, zoom: 1.12}, "apron": {draw: apron, lies: true},
	"teatowel": {draw: teatowel, lies: true}, "towels": {draw: towels, zoom: 1.08}, "throw": {draw: throw, zoom: 1.1}, "cushion": {draw: cushion}, "napkins": {draw: napkins, lies: true, zoom: 1.1},
	"tablelamp": {draw: tablelamp}, "pendant": {draw: pendant}, "candlestick": {draw: candlestick}, "jarcandle": {draw: jarcandle, zoom: 1.25}, "lantern": {draw: lantern},
	"notebook": {draw: notebook, lies: true}, "pencils": {draw: pencils, lies: true, zoom: 1.06}, "cards": {draw: cards, lies: true, zoom: 1.1},
	"calendar": {draw: calendar, lies: true}, "book": {draw: book, lies: true}, "giftcard": {draw: giftcard, lies: true},
	"tote": {draw: tote, lies: true}, "backpack": {draw: backpack}, "pouch": {draw: pouch, lies: true, zoom: 1.05}, "basket": {draw: basket},
	"planter": {draw: planter}, "wateringcan": {draw: wateringcan}, "trowel": {draw: trowel, lies: true, zoom: 1.05}, "birdhouse": {draw: birdhouse}, "seeds": {draw: seeds, lies: true},
}

// niche is the backdrop of what stands: a wall with an arch, and a floor.
func (k *scene) niche() {
	wall, deep := k.ground, k.ground.shade(.10)
	k.fill(box(0, 0, Size, Size), along(pt{0, 0}, pt{Size, Size}, at(0, wall.lit(.10)), at(.6, wall), at(1, wall.shade(.05))))
	arch := archway(146, 96, 428, 700)
	k.fill(arch, across(146, 574, at(0, deep.shade(.10)), at(.10, deep), at(.55, wall.lit(.16)), at(1, wall.lit(.26))))
	k.fill(box(0, floor-28, Size, Size), down(floor-28, Size, at(0, wall.lit(.30)), at(.25, wall.lit(.38)), at(1, wall.lit(.22))))
	k.fill(box(0, floor-29, Size, 3), flat(wall.lit(.5)))
}

// table is the backdrop of what lies: a surface with light from the upper left.
func (k *scene) table() {
	g := k.ground
	k.fill(box(0, 0, Size, Size), glow(250, 230, 720, 720, at(0, g.lit(.30)), at(.45, g.lit(.12)), at(1, g.shade(.07))))
}

package picture_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image/jpeg"
	"testing"

	"korzo/app/demo/picture"
)

const budget = 40_000 // bytes a picture may have

var finishes = []string{picture.Plain, picture.Speckle, picture.Dip, picture.Band, picture.Stripe, picture.Check}

func spec(shape, finish string) picture.Spec {
	return picture.Spec{Shape: shape, Color: 0xc4704c, Second: 0x3d5673, Ground: 0xe6d3c3, Finish: finish, Seed: 7}
}

func TestEveryShapeAndEveryFinishIsASmallPicture(t *testing.T) {
	var studio picture.Studio
	seen := map[[32]byte]string{}
	if len(picture.Shapes()) < 40 {
		t.Errorf("only %d shapes", len(picture.Shapes()))
	}
	for i, shape := range picture.Shapes() {
		for j, finish := range finishes {
			if (i+j)%3 != 0 { // each shape in two, each finish on many
				continue
			}
			data, err := studio.Draw(spec(shape, finish))
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > budget {
				t.Errorf("%s %s has %d bytes", shape, finish, len(data))
			}
			c, err := jpeg.DecodeConfig(bytes.NewReader(data))
			if err != nil || c.Width != picture.Size || c.Height != picture.Size {
				t.Errorf("%s %s: %+v, %v", shape, finish, c, err)
			}
			sum := sha256.Sum256(data)
			if other := seen[sum]; other != "" && other != shape {
				t.Errorf("%s looks like %s", shape, other)
			}
			seen[sum] = shape
		}
	}
}

func TestTheSameSpecGivesTheSameBytes(t *testing.T) {
	var once, again picture.Studio
	for _, shape := range picture.Shapes() {
		a, err := once.Draw(spec(shape, picture.Speckle))
		if err != nil {
			t.Fatal(err)
		}
		b, err := again.Draw(spec(shape, picture.Speckle))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from itself, %v", shape, err)
		}
	}
	a, _ := once.Draw(spec("mug", picture.Dip))
	b, _ := once.Draw(spec("mug", picture.Plain))
	if bytes.Equal(a, b) {
		t.Error("a dipped mug looks like a plain one")
	}
}

func TestAnUnknownShapeIsRefused(t *testing.T) {
	if data, err := new(picture.Studio).Draw(spec("spaceship", picture.Plain)); !errors.Is(err, picture.ErrShape) || data != nil {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
}

func BenchmarkDraw(b *testing.B) {
	var studio picture.Studio
	shapes := picture.Shapes()
	for i := 0; b.Loop(); i++ {
		if _, err := studio.Draw(spec(shapes[i%len(shapes)], picture.Band)); err != nil {
			b.Fatal(err)
		}
	}
}

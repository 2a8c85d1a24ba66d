package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"sync"
	"testing"

	"korzo/offer/media"
	"korzo/platform/blob"
)

// painted is a picture whose left half is red and whose right half is blue.
func painted(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{200, 30, 30, 255}
			if x >= w/2 {
				c = color.NRGBA{30, 30, 200, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, m image.Image, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	default:
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turned writes into a JPEG that the camera was held upright, and where.
func turned(jpeg []byte) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00Budapest, at home")
	exif := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return slices.Concat(jpeg[:2], segment, jpeg[2:])
}

// bomb is a PNG of few bytes that says it is w × h pixels.
func bomb(w, h uint32) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, 8, 6, 0, 0, 0)
	all := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	all = append(all, head...)
	return binary.BigEndian.AppendUint32(all, crc32.ChecksumIEEE(head))
}

func TestAPictureIsKeptInItsSizes(t *testing.T) {
	store := blob.Folder(t.TempDir())
	p := media.New(store)
	for _, tt := range []struct {
		name          string
		content       []byte
		width, height int
		sizes         []int
		format        string
	}{
		{"a large one in five", encoded(t, painted(2000, 1000), "jpeg"), 2000, 1000, []int{160, 480, 960, 1600}, "jpeg"},
		{"one that is larger than a page", encoded(t, painted(3000, 300), "png"), 2400, 240, []int{160, 480, 960, 1600}, "jpeg"},
		{"a small one as it is", encoded(t, painted(120, 90), "gif"), 120, 90, nil, "jpeg"},
		{"one as wide as a size, once", encoded(t, painted(480, 480), "png"), 480, 480, []int{160}, "jpeg"},
		{"one that was held upright, upright", turned(encoded(t, painted(300, 200), "jpeg")), 200, 300, []int{160}, "jpeg"},
		{"one to be seen through, as PNG", encoded(t, image.NewNRGBA(image.Rect(0, 0, 200, 200)), "png"), 200, 200, []int{160}, "png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.Keep(t.Context(), tt.content)
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			for _, s := range got.Sizes {
				sizes = append(sizes, s.Width)
				if w := read(t, store, s.Blob).Width; w != s.Width {
					t.Errorf("the size of %d is %d wide", s.Width, w)
				}
			}
			head := read(t, store, got.Blob)
			if got.Width != tt.width || got.Height != tt.height || head.Width != tt.width || head.Format != tt.format || !slices.Equal(sizes, tt.sizes) {
				t.Errorf("%+v, %+v", got, head)
			}
			again, err := p.Keep(t.Context(), tt.content)
			if err != nil || again.Blob != got.Blob {
				t.Errorf("kept again as %s, %v", again.Blob, err)
			}
		})
	}
}

func read(t *testing.T, store *blob.FolderStore, name string) media.Head {
	t.Helper()
	f, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("Exif")) || bytes.Contains(content, []byte("Budapest")) {
		t.Errorf("%s still says where it was taken", name)
	}
	head, err := media.Look(content)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func TestAHostileFileIsRefusedAndNothingKept(t *testing.T) {
	whole := encoded(t, painted(400, 300), "jpeg")
	for _, tt := range []struct {
		name    string
		content []byte
		want    error
	}{
		{"nothing", nil, media.ErrType},
		{"a web page", []byte("<html><script>alert(1)</script>"), media.ErrType},
		{"a drawing with a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), media.ErrType},
		{"a picture's first bytes alone", whole[:3], media.ErrType},
		{"half a picture", encoded(t, painted(400, 300), "png")[:300], media.ErrBroken},
		{"a bomb of few bytes", bomb(19_000, 19_000), media.ErrPixels},
		{"a bomb of one line", bomb(2_000_000_000, 1), media.ErrPixels},
		{"pixels that are not there", bomb(500, 500), media.ErrBroken},
		{"too many bytes", append(slices.Clone(whole), make([]byte, media.MaxBytes)...), media.ErrLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &counting{}
			if _, err := media.New(store).Keep(t.Context(), tt.content); !errors.Is(err, tt.want) || store.n != 0 {
				t.Errorf("%v, %d files kept; want %v and none", err, store.n, tt.want)
			}
		})
	}
}

// counting is a store that keeps nothing and counts.
type counting struct {
	mu sync.Mutex
	n  int
}

// Put counts.
func (c *counting) Put(context.Context, string, io.Reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil
}

func TestManyAtOnceWaitForTheirTurn(t *testing.T) {
	store := &counting{}
	p := media.New(store)
	content := encoded(t, painted(500, 100), "jpeg")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.Keep(t.Context(), content); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if store.n != 8*3 {
		t.Errorf("%d files put, want 24", store.n)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Keep(gone, content); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
}

// Whatever bytes come, looking neither fails nor lets more pixels pass than are
// allowed.
func FuzzLook(f *testing.F) {
	f.Add(encoded(f, painted(20, 10), "jpeg"))
	f.Add(encoded(f, painted(20, 10), "png"))
	f.Add(encoded(f, painted(20, 10), "gif"))
	f.Add(bomb(100_000, 100_000))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := media.Look(content)
		if err == nil && (h.Width < 1 || h.Height < 1 || h.Width*h.Height > media.MaxPixels) {
			t.Errorf("%+v was let in", h)
		}
	})
}

// Package media makes pictures of goods fit for a shop: looked at before they
// are opened, turned the right way up, freed of what the camera wrote into
// them, and kept in the sizes that pages need.
//
// A picture is a stranger's file until it has been decoded and written anew. So
// its head is read first, and what is too large, too many pixels, or no picture
// is refused before a byte of it is unpacked; one at a time is then unpacked,
// whatever the number of uploads, because a picture of few bytes may be a
// hundred megabytes of pixels. What is kept was encoded here: where and with
// which camera it was taken is nobody's business any more.
//
// A film is kept as it is, once its first bytes say that it is one: a product
// shows a picture in its place until somebody plays it.
//
// Kept files are named by their content, so they never change and may be
// remembered by browsers for ever. Keeping a picture twice keeps it once.
package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/fault"

	"github.com/disintegration/imaging"

	_ "image/gif" // read, its first frame; written as PNG or JPEG

	_ "golang.org/x/image/webp" // read only, too
)

// Limits of one picture, looked at before it is decoded.
const (
	MaxBytes  = blob.MaxBytes
	MaxPixels = 30_000_000
	MaxSide   = 20_000 // pixels

	largest = 2400 // pixels a kept picture is wide at most
	quality = 84   // of JPEG
)

// Widths are the sizes a picture is kept in beside its largest, as far as it is
// wider than them.
var Widths = []int{160, 480, 960, 1600}

// What a sender can act on.
var (
	ErrLarge  = fault.New(fault.TooLarge, "media.too_large", "the file has more than 20 MB: make it smaller")
	ErrPixels = fault.New(fault.Invalid, "media.pixels", "the picture has more than 30 million pixels, or a side of more than 20000: make it smaller")
	ErrType   = fault.New(fault.Invalid, "media.type", "this is no picture in JPEG, PNG, GIF or WebP: save it as one of these")
	ErrVideo  = fault.New(fault.Invalid, "media.video", "this is no film in MP4 or WebM: save it as one of these")
	ErrBroken = fault.New(fault.Invalid, "media.broken", "the picture is damaged or not whole: save it anew and send it again")
)

// Store keeps files under names made of their content: blob.FolderStore.
type Store interface {
	Put(ctx context.Context, name string, r io.Reader) error
}

// Pipeline makes pictures fit. Make one with New; it is safe for concurrent use.
type Pipeline struct {
	store Store
	turn  chan struct{} // whoever has it may unpack a picture
}

// New returns a pipeline that keeps pictures in a store.
func New(s Store) *Pipeline { return &Pipeline{s, make(chan struct{}, 1)} }

// Head is what a picture says of itself before it is decoded.
type Head struct {
	Format        string // "jpeg", "png", "gif", "webp"
	Width, Height int    // pixels, as stored: a camera may have been held upright
}

// Look reads a picture's head and refuses what would not be kept: ErrLarge,
// ErrType or ErrPixels.
func Look(content []byte) (Head, error) {
	if len(content) > MaxBytes {
		return Head{}, ErrLarge
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return Head{}, ErrType
	}
	switch format {
	case "jpeg", "png", "gif", "webp":
	default:
		return Head{}, ErrType
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxSide || c.Height > MaxSide || c.Width > MaxPixels/c.Height {
		return Head{}, ErrPixels
	}
	return Head{format, c.Width, c.Height}, nil
}

// Keep keeps a picture in all its sizes and returns what the catalog notes of
// it, without words. It returns what Look does, or ErrBroken; it waits for its
// turn, and gives up when ctx ends.
func (p *Pipeline) Keep(ctx context.Context, content []byte) (catalog.Image, error) {
	if _, err := Look(content); err != nil {
		return catalog.Image{}, err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return catalog.Image{}, ctx.Err()
	}
	picture, err := imaging.Decode(bytes.NewReader(content), imaging.AutoOrientation(true))
	if err != nil {
		return catalog.Image{}, ErrBroken
	}
	if picture.Bounds().Dx() > largest {
		picture = imaging.Resize(picture, largest, 0, imaging.Lanczos)
	}
	kept := catalog.Image{Width: picture.Bounds().Dx(), Height: picture.Bounds().Dy()}
	encode := encoderOf(picture)
	if kept.Blob, err = p.put(ctx, picture, encode); err != nil {
		return catalog.Image{}, err
	}
	for _, width := range Widths {
		if width >= kept.Width {
			break
		}
		name, err := p.put(ctx, imaging.Resize(picture, width, 0, imaging.Lanczos), encode)
		if err != nil {
			return catalog.Image{}, err
		}
		kept.Sizes = append(kept.Sizes, catalog.ImageSize{Blob: name, Width: width})
	}
	return kept, nil
}

// encoder writes pictures in one format.
type encoder struct {
	ext   string
	write func(w io.Writer, m image.Image) error
}

// encoderOf chooses JPEG, or PNG for what one can see through.
func encoderOf(m image.Image) encoder {
	if o, ok := m.(interface{ Opaque() bool }); ok && !o.Opaque() {
		return encoder{"png", png.Encode}
	}
	return encoder{"jpg", func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: quality}) }}
}

// KeepVideo keeps a film as it is, and returns its name. It is not encoded anew:
// what the camera wrote into it stays in it. It returns ErrLarge or ErrVideo.
func (p *Pipeline) KeepVideo(ctx context.Context, content []byte) (string, error) {
	if len(content) > MaxBytes {
		return "", ErrLarge
	}
	ext := videoForm(content)
	if ext == "" {
		return "", ErrVideo
	}
	name := blob.Name(content, ext)
	if err := p.store.Put(ctx, name, bytes.NewReader(content)); err != nil {
		return "", fmt.Errorf("keep film: %w", err)
	}
	return name, nil
}

// videoForm tells by its first bytes what a film is: the box ftyp of ISO/IEC
// 14496-12, or the head of EBML (RFC 8794) with the document type webm.
func videoForm(content []byte) string {
	switch {
	case len(content) > 12 && string(content[4:8]) == "ftyp":
		return "mp4"
	case bytes.HasPrefix(content, []byte{0x1A, 0x45, 0xDF, 0xA3}) && bytes.Contains(content[:min(len(content), 64)], []byte("webm")):
		return "webm"
	}
	return ""
}

func (p *Pipeline) put(ctx context.Context, m image.Image, e encoder) (string, error) {
	var b bytes.Buffer
	if err := e.write(&b, m); err != nil {
		return "", fmt.Errorf("encode picture: %w", err)
	}
	name := blob.Name(b.Bytes(), e.ext)
	if err := p.store.Put(ctx, name, &b); err != nil {
		return "", fmt.Errorf("keep picture: %w", err)
	}
	return name, nil
}

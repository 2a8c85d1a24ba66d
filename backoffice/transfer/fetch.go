package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"net/http"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/fault"
	"korzo/platform/outbound"

	_ "image/gif"  // for their heads
	_ "image/jpeg" // …
	_ "image/png"  // …

	_ "golang.org/x/image/webp" // …
)

const (
	fetchTime   = 30 * time.Second
	maxPixels   = 50_000_000
	maxRedirect = 3
)

// errNever marks what is the same when it is asked for again.
var errNever = errors.New("this will not change by itself")

// fetched is a picture that came.
type fetched struct {
	name    string
	content []byte
	width   int
	height  int
	image   catalog.Image // once it is kept
}

// client asks public hosts only, and follows a redirect to where a picture may be.
func (f *Fetcher) client() *http.Client {
	c := outbound.Client(fetchTime, f.Private)
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirect || wrongAddress(r.URL.String()) != "" {
			return fmt.Errorf("it leads on to where no picture is asked for: %w", errNever)
		}
		return nil
	}
	return c
}

// get asks for a picture. What comes is bounded before it is looked at, and
// only its head is decoded.
func (f *Fetcher) get(ctx context.Context, url string) (fetched, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fetched{}, errors.Join(err, errNever)
	}
	r.Header.Set("Accept", "image/webp,image/png,image/jpeg,image/gif")
	w, err := f.client().Do(r)
	if errors.Is(err, outbound.ErrPrivate) {
		err = errors.Join(err, errNever)
	}
	if err != nil {
		return fetched{}, err
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode != http.StatusOK {
		if w.StatusCode >= 400 && w.StatusCode < 500 && w.StatusCode != http.StatusTooManyRequests {
			return fetched{}, fmt.Errorf("its host answers %d: %w", w.StatusCode, errNever)
		}
		return fetched{}, fmt.Errorf("its host answers %d", w.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(w.Body, blob.MaxBytes+1))
	if err != nil {
		return fetched{}, err
	}
	if len(content) > blob.MaxBytes {
		return fetched{}, fmt.Errorf("it is larger than %d bytes: %w", blob.MaxBytes, errNever)
	}
	return look(content)
}

// endings are those of the formats that browsers show.
var endings = map[string]string{"jpeg": "jpg", "png": "png", "gif": "gif", "webp": "webp"}

// look reads a picture's head.
func look(content []byte) (fetched, error) {
	head, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || endings[format] == "" {
		return fetched{}, fmt.Errorf("it is no picture in JPEG, PNG, GIF or WebP: %w", errNever)
	}
	if head.Width <= 0 || head.Height <= 0 || head.Width > maxPixels/head.Height {
		return fetched{}, fmt.Errorf("it has %d × %d pixels, which is too many: %w", head.Width, head.Height, errNever)
	}
	return fetched{name: blob.Name(content, endings[format]), content: content, width: head.Width, height: head.Height}, nil
}

// store keeps a picture in the sizes that pages need.
func (f *Fetcher) store(ctx context.Context, got *fetched) error {
	kept, err := f.media.Keep(ctx, got.content)
	if fault.KindOf(err) == fault.Invalid || fault.KindOf(err) == fault.TooLarge {
		return fmt.Errorf("%s: %w", fault.TextOf(err), errNever)
	}
	if err != nil {
		return err
	}
	got.image, got.name, got.content = kept, kept.Blob, nil
	return nil
}

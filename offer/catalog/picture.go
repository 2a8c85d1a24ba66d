package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/fault"
)

var (
	// ErrPicture reports that the shop has no such picture.
	ErrPicture = fault.New(fault.NotFound, "catalog.no_picture", "there is no such picture: it may have been deleted meanwhile")
	// ErrPictureUsed reports a picture that products show.
	ErrPictureUsed = fault.New(fault.Conflict, "catalog.picture_used", "products show this picture: take it off them before you delete it")
)

// Picture is one that the shop keeps, whether a product shows it or not. A
// product that takes it up copies its words, and may change them for itself.
type Picture struct {
	Image           // without a variant
	File     string // as it was called when it was sent; "" when nobody knows
	Bytes    int64  // as it was sent; 0 when nobody knows
	Uses     int64  // products that show it
	At       time.Time
	Position int64 // where it stands among all, for After
}

// Usage says whether products show a picture.
type Usage string

// The usages that pictures are asked for by.
const (
	UsageAny  Usage = ""
	UsageUsed Usage = "used"
	UsageNone Usage = "unused"
)

// PictureFilter chooses a page of pictures, the newest first.
type PictureFilter struct {
	Query string // part of what the file is called, or of the words, whatever its capitals; "" for all
	Usage Usage
	After int64 // Position of the last one of the page before
	Limit int   // 1 to MaxPage; 0 is MaxPage
}

// maxFileName is the longest name of a sent file that is kept, in letters.
const maxFileName = 200

// KeepPicture notes a picture that lies in the store. One that is known keeps
// what is known of it; one that was deleted is there again.
func KeepPicture(ctx context.Context, tx *db.Tx, m Image, file string, bytes int64) error {
	for utf8.RuneCountInString(file) > maxFileName {
		_, n := utf8.DecodeRuneInString(file)
		file = file[n:]
	}
	if err := upsertPictures(ctx, tx, []Picture{{Image: m, File: file, Bytes: max(0, bytes)}}); err != nil {
		return fmt.Errorf("note picture %s: %w", m.Blob, err)
	}
	return nil
}

// Pictures returns a page of the shop's pictures.
func Pictures(ctx context.Context, tx *db.Tx, f PictureFilter) ([]Picture, error) {
	if f.Limit < 1 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	all, err := selectPictures(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list pictures: %w", err)
	}
	return all, nil
}

// FindPicture returns a picture, or ErrPicture.
func FindPicture(ctx context.Context, tx *db.Tx, blob string) (Picture, error) {
	p, err := selectPicture(ctx, tx, blob)
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrPicture
	}
	if err != nil {
		return p, fmt.Errorf("find picture %s: %w", blob, err)
	}
	return p, nil
}

// ShownBy returns the products that show a picture, at most MaxPage, with their
// titles only.
func ShownBy(ctx context.Context, tx *db.Tx, blob string) ([]Product, error) {
	all, err := selectShowing(ctx, tx, blob)
	if err != nil {
		return nil, fmt.Errorf("find who shows %s: %w", blob, err)
	}
	return all, nil
}

// DescribePicture says what is seen on a picture, for who cannot see it, and
// the same by locale. Products that show it keep their own words. It returns
// ErrPicture or ErrInvalid.
func DescribePicture(ctx context.Context, tx *db.Tx, blob, alt string, alts map[string]string) error {
	var wrong problems
	wrong.images([]Image{{Blob: blob, Alt: alt, Alts: alts}})
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	was, err := FindPicture(ctx, tx, blob)
	if err != nil {
		return err
	}
	was.Alt, was.Alts = alt, alts
	n, err := updatePictureWords(ctx, tx, was)
	if err == nil && n == 0 {
		return ErrPicture
	}
	return err
}

// RemovePicture deletes a picture that no product shows. Its files are left to
// Discard, so that it can be had again for a while: see KeepPicture. It returns
// ErrPicture or ErrPictureUsed.
func RemovePicture(ctx context.Context, tx *db.Tx, blob string) error {
	n, err := markPictureRemoved(ctx, tx, blob)
	if err != nil || n > 0 {
		return err
	}
	if _, err := FindPicture(ctx, tx, blob); err != nil {
		return err
	}
	return ErrPictureUsed
}

// RestorePicture has a picture there again that was deleted, as long as Discard
// has not forgotten it: then it returns ErrPicture.
func RestorePicture(ctx context.Context, tx *db.Tx, blob string) error {
	n, err := unmarkPictureRemoved(ctx, tx, blob)
	if err == nil && n == 0 {
		return ErrPicture
	}
	return err
}

// picturesOf returns what the shop notes of a product's pictures, each once.
func picturesOf(images []Image) (all []Picture) {
	for _, m := range images {
		if !slices.ContainsFunc(all, func(had Picture) bool { return had.Blob == m.Blob }) {
			all = append(all, Picture{Image: m})
		}
	}
	return all
}

// words are what a picture is looked for by.
func (p Picture) words() string {
	all := fold(p.File + " " + p.Alt)
	for _, locale := range slices.Sorted(maps.Keys(p.Alts)) {
		all = append(all, fold(p.Alts[locale])...)
	}
	return strings.Join(all, " ")
}

// remorse is how long the files of a deleted picture are left.
const remorse = 24 * time.Hour

// Deleted returns the pictures that were deleted a day ago and that no product
// shows: who has sold with them says of these which to keep, see Discard.
func Deleted(ctx context.Context, tx *db.Tx) ([]string, error) {
	blobs, err := selectDeletedPictures(ctx, tx, tx.Now.Add(-remorse))
	if err != nil {
		return nil, fmt.Errorf("list deleted pictures: %w", err)
	}
	return blobs, nil
}

// Discard forgets pictures of which Deleted told, and returns the names of their
// files that no other picture has: the caller deletes them when the transaction
// is through. One that a product shows again stays, and so does one that is held,
// such as by an order: Deleted tells of it again after another day.
func Discard(ctx context.Context, tx *db.Tx, deleted, held []string) (files []string, err error) {
	if err := restoreUsedPictures(ctx, tx); err != nil {
		return nil, fmt.Errorf("discard pictures: %w", err)
	}
	for _, blob := range deleted {
		if slices.Contains(held, blob) {
			if err := postponePicture(ctx, tx, blob); err != nil {
				return nil, fmt.Errorf("discard picture %s: %w", blob, err)
			}
			continue
		}
		gone, err := deletePicture(ctx, tx, blob, tx.Now.Add(-remorse))
		if errors.Is(err, db.ErrNoRow) {
			continue // it was taken up again
		}
		if err != nil {
			return nil, fmt.Errorf("discard picture %s: %w", blob, err)
		}
		some, err := orphans(ctx, tx, gone)
		if err != nil {
			return nil, fmt.Errorf("discard picture %s: %w", blob, err)
		}
		files = append(files, some...)
	}
	return files, nil
}

// orphans are the files of a picture that no other has.
func orphans(ctx context.Context, tx *db.Tx, m Image) (files []string, err error) {
	names := []string{m.Blob}
	for _, size := range m.Sizes {
		names = append(names, size.Blob)
	}
	if m.Video != "" {
		names = append(names, m.Video)
	}
	for _, name := range names {
		held, err := countPicturesWith(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		if held == 0 {
			files = append(files, name)
		}
	}
	return files, nil
}

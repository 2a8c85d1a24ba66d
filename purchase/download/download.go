// Package download hands out digital goods: files that an order has paid for.
//
// A Right is given for each line with a file once the order is paid, with the
// file as it was then, how often it may be downloaded and until when. It is
// used through a link that is signed and ends soon; whoever may see the order
// gets a new one at any time, so a link that was passed on is worth little.
// Counting a download is one guarded update: of two that come for the last one,
// one gets it.
//
// Files of goods lie apart from the shop's pictures, in a store that no address
// leads into. Whether an order's money went back since is not kept here: the
// checkout, which knows, looks each time.
//
// Never true: a right of an order that was not paid; more downloads than
// allowed; a file served by its name.
package download

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// Schema holds the table of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "download.not_found", "this link opens no download: open your order and take the link from there")
	ErrLink     = fault.New(fault.Forbidden, "download.link_ended", "this link has ended: open your order and take a new one")
	ErrEnded    = fault.New(fault.Forbidden, "download.ended", "the time to download this has ended: write to the shop if you still need it")
	ErrUsedUp   = fault.New(fault.Forbidden, "download.used_up", "this was downloaded as often as it may be: write to the shop if you need it again")
	ErrRevoked  = fault.New(fault.Forbidden, "download.revoked", "this download was taken back, because the order was refunded or canceled")
	ErrHeld     = fault.New(fault.Forbidden, "download.held", "somebody at the shop looks at this order first: try again when it has gone on")
	ErrName     = fault.New(fault.Invalid, "download.name", "give the file a name of 1 to 120 characters without slashes and quotes")
)

// ID names a right.
type ID string

// State is whether a right may be used now.
type State string

// The states of a right.
const (
	StateReady   State = "ready"
	StateUsedUp  State = "used_up"
	StateEnded   State = "ended"
	StateRevoked State = "revoked"
	StateHeld    State = "held"
)

// Refusal is the error of a state that may not be used; nil when it may.
func (s State) Refusal() error {
	switch s {
	case StateUsedUp:
		return ErrUsedUp
	case StateEnded:
		return ErrEnded
	case StateRevoked:
		return ErrRevoked
	case StateHeld:
		return ErrHeld
	}
	return nil
}

// Resumes is how long after it began a download may be taken up where it broke
// off without counting again.
const Resumes = time.Hour

// Grant is a file that a line of an order paid for.
type Grant struct {
	Order string
	Line  string
	File  catalog.File
	Units int64 // each allows the file's Limit of downloads
}

// Right is a file that may be downloaded.
type Right struct {
	ID        ID
	Order     string
	Line      string
	Blob      string
	Name      string
	Bytes     int64
	Allowed   int64 // downloads; 0 without end
	Used      int64
	EndsAt    time.Time // zero: never
	BegunAt   time.Time // the last download; zero: none yet
	RevokedAt time.Time // zero: not
	GrantedAt time.Time
}

// State is what the right itself says at a time.
func (r Right) State(now time.Time) State {
	switch {
	case !r.RevokedAt.IsZero():
		return StateRevoked
	case !r.EndsAt.IsZero() && !now.Before(r.EndsAt):
		return StateEnded
	case r.Allowed > 0 && r.Used >= r.Allowed:
		return StateUsedUp
	}
	return StateReady
}

// Left is how many downloads are left; -1 without end.
func (r Right) Left() int64 {
	if r.Allowed == 0 {
		return -1
	}
	return r.Allowed - r.Used
}

// Give gives rights, one a line; a line that has one keeps it. It returns how
// many are new.
func Give(ctx context.Context, tx *db.Tx, grants []Grant) (int, error) {
	n := 0
	for _, g := range grants {
		r := Right{ID: id.New[ID]("dwn", tx.Now), Order: g.Order, Line: g.Line, Blob: g.File.Blob, Name: g.File.Name, Bytes: g.File.Bytes,
			Allowed: g.File.Limit * max(g.Units, 1), GrantedAt: tx.Now}
		if g.File.Days > 0 {
			r.EndsAt = tx.Now.Add(time.Duration(g.File.Days) * 24 * time.Hour)
		}
		made, err := insertRight(ctx, tx, r)
		if err != nil {
			return n, fmt.Errorf("give the download of line %s: %w", g.Line, err)
		}
		n += int(made)
	}
	return n, nil
}

// OfOrder returns an order's rights in the order they were given, at most 200.
func OfOrder(ctx context.Context, tx *db.Tx, order string) ([]Right, error) {
	return selectOfOrder(ctx, tx, order)
}

// Find returns a right, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, right ID) (Right, error) {
	r, err := selectRight(ctx, tx, right)
	if errors.Is(err, db.ErrNoRow) {
		return r, ErrNotFound
	}
	return r, err
}

// Use counts a download. It returns why there is none: ErrUsedUp, ErrEnded,
// ErrRevoked or ErrNotFound.
func Use(ctx context.Context, tx *db.Tx, right ID) error {
	n, err := useRight(ctx, tx, right)
	if err != nil || n == 1 {
		return err
	}
	r, err := Find(ctx, tx, right)
	if err != nil {
		return err
	}
	if err := r.State(tx.Now).Refusal(); err != nil {
		return err
	}
	return ErrUsedUp
}

// Resume reports whether a download that began a while ago may be taken up. It
// returns ErrRevoked, ErrEnded or ErrUsedUp.
func Resume(r Right, now time.Time) error {
	if s := r.State(now); s == StateRevoked || s == StateEnded {
		return s.Refusal()
	}
	if r.BegunAt.IsZero() || now.Sub(r.BegunAt) > Resumes {
		return ErrUsedUp
	}
	return nil
}

// Renew lets a right be used anew, from none, for as many days from now, with
// the file that the line's variant has today. 0 days is without end.
func Renew(ctx context.Context, tx *db.Tx, right ID, f catalog.File) error {
	r, err := Find(ctx, tx, right)
	if err != nil {
		return err
	}
	r.Blob, r.Name, r.Bytes, r.EndsAt = f.Blob, f.Name, f.Bytes, time.Time{}
	if f.Days > 0 {
		r.EndsAt = tx.Now.Add(time.Duration(f.Days) * 24 * time.Hour)
	}
	return updateRight(ctx, tx, r)
}

// Revoke takes an order's rights back, whatever its money does.
func Revoke(ctx context.Context, tx *db.Tx, order string) error {
	if err := revokeRights(ctx, tx, order); err != nil {
		return fmt.Errorf("revoke the downloads of %s: %w", order, err)
	}
	return nil
}

// purpose is what the tokens of links are for.
const purpose = "download"

// Path is the address of a right's file within the shop, good until a time.
func Path(k *seal.Keeper, right ID, until time.Time) string {
	at := strconv.FormatInt(until.Unix(), 10)
	return "/downloads/" + string(right) + "?until=" + at + "&token=" + k.Token(purpose, string(right)+":"+at)
}

// Opens returns nil for a link as Path made it that has not ended, ErrLink for
// one that has, and ErrNotFound for any other.
func Opens(k *seal.Keeper, right ID, until, token string, now time.Time) error {
	at, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !k.CheckToken(purpose, string(right)+":"+until, token) {
		return ErrNotFound
	}
	if now.Unix() >= at {
		return ErrLink
	}
	return nil
}

// ending is what a file's name ends in, as a store takes it; "bin" for none.
func ending(name string) string {
	dot := strings.LastIndexByte(name, '.')
	ext := strings.ToLower(name[dot+1:])
	if dot < 0 || ext == "" || len(ext) > 8 || strings.ContainsFunc(ext, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return "bin"
	}
	return ext
}

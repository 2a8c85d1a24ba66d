// Package point knows where carriers keep parcels until somebody collects them:
// lockers and shops, near a postal code.
//
// The points are the carriers' own. Near asks for them outside of any
// transaction, at most once an hour for a postal code, and writes down what it
// was told; whoever chooses one afterwards is answered by Find from what is
// written, so that choosing calls nobody. A carrier that does not answer is left
// alone for half a minute, and what it told before stands in, however old.
//
// Never true: a purchase that waits for a carrier, or is stopped by one: other
// ways of delivery do not know this package. A point that no carrier told of.
package point

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/carrier"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrUnknown reports a point that no carrier told of, or of which nobody has
// heard for a month.
var ErrUnknown = fault.New(fault.NotFound, "point.unknown", "there is no such pick-up point; ask for those near a postal code and take one of them")

const (
	// fresh is how long an answer stands before the carrier is asked again.
	fresh = time.Hour
	// pause is how long a silent carrier is left alone.
	pause = 30 * time.Second
	// patience is how long a shopper waits for a carrier, whatever its traits say.
	patience = 1500 * time.Millisecond
	// kept is how long a point is remembered of which nobody hears any more.
	kept = 30 * 24 * time.Hour
	most = 20
)

// Point is a point with its carrier. Its JSON is stored: fields are added, never
// renamed. The zero Point is none.
type Point struct {
	Carrier string `json:"carrier"`
	carriage.Point
}

// IsZero reports whether it is no point.
func (p Point) IsZero() bool { return p.Code == "" }

// Km is how far it is from where it was asked for, rounded; -1 is not known.
func (p Point) Km() int {
	if p.Metres < 0 {
		return -1
	}
	return (p.Metres + 500) / 1000
}

// Found is what is known of the points near a postal code.
type Found struct {
	Points []Point // the nearest first, at most 20
	Silent bool    // the carrier does not answer: the points are what it told before, or none
}

// Directory asks the carriers of a shop for their points.
type Directory struct {
	DB       *db.DB
	Carriers carrier.Fleet
}

// Near returns the points of a carrier near a place, of which country and postal
// code are asked for. A carrier without points has none, and so has one that
// refuses. Silence is no error: Found says so. A carrier that is not in the
// fleet is carrier.ErrUnknown.
func (d *Directory) Near(ctx context.Context, name string, q carriage.PointQuery) (f Found, err error) {
	c, err := d.Carriers.Find(name)
	if err != nil {
		return f, err
	}
	network, ok := c.(carriage.Network)
	q.Country, q.PostalCode = strings.ToUpper(q.Country), strings.ToUpper(strings.TrimSpace(q.PostalCode))
	if !ok || q.Country == "" || q.PostalCode == "" || len(q.PostalCode) > 12 {
		return f, nil
	}
	var asked search
	now := time.Time{}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		asked, f.Points, err = recall(ctx, tx, name, q)
		return err
	})
	switch {
	case err != nil:
		return f, fmt.Errorf("points of %s near %s %s: %w", name, q.Country, q.PostalCode, err)
	case now.Sub(asked.answered) < fresh:
		return f, nil
	case now.Sub(asked.asked) < pause:
		f.Silent = true
		return f, nil
	}
	q.Most = most
	calling, stop := context.WithTimeout(ctx, min(patience, c.Traits().Timeout))
	all, err := network.Points(calling, q)
	stop()
	switch carriage.Read(err) {
	case carriage.Silence:
		f.Silent = true
		err = d.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return upsertAsked(ctx, tx, name, q) })
	default:
		f.Points = named(name, all)
		err = d.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return keep(ctx, tx, name, q, f.Points) })
	}
	if err != nil {
		return f, fmt.Errorf("points of %s near %s %s: %w", name, q.Country, q.PostalCode, err)
	}
	return f, nil
}

func named(carrier string, all []carriage.Point) []Point {
	points := make([]Point, 0, min(len(all), most))
	for _, p := range all[:min(len(all), most)] {
		if p.Code != "" {
			points = append(points, Point{carrier, p})
		}
	}
	return points
}

// recall reads what was told before.
func recall(ctx context.Context, tx *db.Tx, name string, q carriage.PointQuery) (s search, points []Point, err error) {
	s, err = selectSearch(ctx, tx, name, q)
	if errors.Is(err, db.ErrNoRow) {
		return search{}, nil, nil
	}
	if err != nil || len(s.codes) == 0 {
		return s, nil, err
	}
	known, err := selectPoints(ctx, tx, name, s.codes)
	for _, near := range s.codes {
		if p, ok := known[near.Code]; ok {
			p.Metres = near.Metres
			points = append(points, p)
		}
	}
	return s, points, err
}

// keep writes down what a carrier told. Rows are written in the order of their
// codes, so that two answers never wait for each other.
func keep(ctx context.Context, tx *db.Tx, name string, q carriage.PointQuery, points []Point) error {
	byCode := slices.Clone(points)
	slices.SortFunc(byCode, func(a, b Point) int { return cmp.Compare(a.Code, b.Code) })
	for _, p := range byCode {
		if err := upsertPoint(ctx, tx, p); err != nil {
			return err
		}
	}
	return upsertAnswered(ctx, tx, name, q, points)
}

// Find returns a point of which a carrier told, or ErrUnknown. It calls nobody.
func Find(ctx context.Context, tx *db.Tx, carrier, code string) (Point, error) {
	known, err := selectPoints(ctx, tx, carrier, []distance{{Code: code}})
	p, ok := known[code]
	if err == nil && !ok {
		err = ErrUnknown
	}
	if err != nil {
		return Point{}, fmt.Errorf("find point %s of %s: %w", code, carrier, err)
	}
	return p, nil
}

// Forget drops what nobody asked for in a month, at most limit rows of a kind,
// and returns how many.
func Forget(ctx context.Context, tx *db.Tx, limit int) (int64, error) {
	return deleteOld(ctx, tx, tx.Now.Add(-kept), limit)
}

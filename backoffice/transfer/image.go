package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/media"
	"korzo/platform/db"
	"korzo/platform/job"
)

// imageJob is the kind of the jobs that fetch pictures.
const imageJob = "transfer.image"

// imageAttempts is how often a picture is asked for; the pauses between are a
// minute, four and sixteen.
const imageAttempts = 4

// picture is one that a file names by its address.
type picture struct {
	Product  catalog.ProductID
	URL      string
	Position int64
	Alt      string
	Run      RunID
	State    string // waiting, fetched, failed
	Attempts int64
	Blob     string
	Problem  string
}

const (
	imageWaiting = "waiting"
	imageFetched = "fetched"
	imageFailed  = "failed"
)

// wrongAddress says why a picture cannot be asked for; "" when it can.
func wrongAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(address) > 2000 {
		return fmt.Sprintf("%.100q is no address of a picture: it must begin with https:// or http:// and name a host; the product comes without it", address)
	}
	return ""
}

// imageTask is what a job knows.
type imageTask struct {
	Product catalog.ProductID `json:"product"`
	URL     string            `json:"url"`
}

func (t imageTask) enqueue(ctx context.Context, tx *db.Tx, at time.Time) error {
	sum := sha256.Sum256([]byte(t.URL))
	return job.Enqueue(ctx, tx, job.Job{Kind: imageJob, Key: string(t.Product) + "/" + hex.EncodeToString(sum[:8]), Body: t, At: at})
}

// keepImages notes the pictures of a product and has those fetched that are
// new, or failed before.
func keepImages(ctx context.Context, tx *db.Tx, r *reporter, p catalog.ProductID, all []picture) error {
	for _, m := range all {
		m.Product, m.Run = p, r.run.ID
		n, err := upsertImage(ctx, tx, m)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if err := (imageTask{p, m.URL}).enqueue(ctx, tx, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// Fetcher gets the pictures that imports name. A picture that cannot be had is
// a warning in the report of its run and changes nothing else.
type Fetcher struct {
	// Private lets pictures come from private addresses: this machine, this
	// network. For tests, and shops whose pictures lie in the house.
	Private bool

	db    *db.DB
	media *media.Pipeline
}

// NewFetcher returns a fetcher that keeps pictures by a pipeline.
func NewFetcher(d *db.DB, pictures *media.Pipeline) *Fetcher { return &Fetcher{db: d, media: pictures} }

// Register has a pool fetch pictures.
func (f *Fetcher) Register(p *job.Pool) { job.Do(p, imageJob, f.fetch) }

// fetch asks for one picture and writes down what came of it. It fails only
// when the database does.
func (f *Fetcher) fetch(ctx context.Context, t imageTask) error {
	m, err := f.waiting(ctx, t)
	if err != nil || m.State != imageWaiting {
		return err
	}
	got, bad := f.get(ctx, m.URL)
	if bad == nil {
		bad = f.store(ctx, &got)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return f.db.Write(ctx, func(tx *db.Tx) error {
		if bad != nil {
			return missed(ctx, tx, t, m, bad)
		}
		return attach(ctx, tx, m, got)
	})
}

func (f *Fetcher) waiting(ctx context.Context, t imageTask) (m picture, err error) {
	err = f.db.Read(ctx, func(tx *db.Tx) error {
		all, err := selectImages(ctx, tx, t.Product)
		if i := slices.IndexFunc(all, func(m picture) bool { return m.URL == t.URL }); i >= 0 {
			m = all[i]
		}
		return err
	})
	return m, err
}

// missed notes that a picture did not come, and has it asked for again unless
// that is of no use.
func missed(ctx context.Context, tx *db.Tx, t imageTask, m picture, bad error) error {
	m.Attempts, m.Problem = m.Attempts+1, bad.Error()
	final := m.Attempts >= imageAttempts || errors.Is(bad, errNever)
	if final {
		m.State = imageFailed
	}
	n, err := updateImage(ctx, tx, m)
	if err != nil || n == 0 {
		return err
	}
	if !final {
		pause := time.Minute << (2 * (m.Attempts - 1))
		if err := t.enqueue(ctx, tx, tx.Now.Add(pause)); err != nil || m.Attempts > 1 {
			return err
		}
	}
	reason := fmt.Sprintf("the picture %s did not come: %v; it is asked for again", m.URL, bad)
	if final {
		reason = fmt.Sprintf("the picture %s did not come: %v; add it in the admin, or import the file again", m.URL, bad)
	}
	if err := addWarning(ctx, tx, m.Run); err != nil {
		return err
	}
	return insertRows(ctx, tx, m.Run, []Row{{Level: LevelWarning, Column: shopifyImage, Subject: string(m.Product), Reason: reason}})
}

// attach puts a picture in its place among those of the product. Pictures that
// somebody took away meanwhile do not come back.
func attach(ctx context.Context, tx *db.Tx, m picture, got fetched) error {
	m.State, m.Attempts, m.Blob = imageFetched, m.Attempts+1, got.name
	n, err := updateImage(ctx, tx, m)
	if err != nil || n == 0 {
		return err
	}
	p, err := catalog.Find(ctx, tx, m.Product)
	if err != nil {
		return err
	}
	all, err := selectImages(ctx, tx, m.Product)
	if err != nil {
		return err
	}
	there := func(blob string) int {
		return slices.IndexFunc(p.Images, func(i catalog.Image) bool { return i.Blob == blob })
	}
	if there(m.Blob) >= 0 {
		return nil
	}
	var images []catalog.Image
	for _, o := range all {
		i := there(o.Blob)
		switch {
		case o.URL == m.URL:
			got.image.Alt = m.Alt
			images = append(images, got.image)
		case o.State == imageFetched && i >= 0:
			images = append(images, p.Images[i])
			p.Images = slices.Delete(p.Images, i, i+1)
		}
	}
	if p.Images = append(images, p.Images...); len(p.Images) > catalog.MaxImages {
		return nil
	}
	_, err = catalog.Update(ctx, tx, p)
	return err
}

package sandbox

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"korzo/delivery/carriage"
	"korzo/platform/db"
)

// signature is the header a notice is signed in: HMAC-SHA256 of the body.
const signature = "Sandbox-Signature"

func eventID(seq int64) string { return strconv.FormatInt(seq, 10) }

// Find looks a reference up.
func (c *Carrier) Find(ctx context.Context, reference string) (b carriage.Booked, err error) {
	err = c.play(ctx, "find", func() error {
		p, err := c.parcel(ctx, reference)
		b = p.booked()
		return err
	})
	if err != nil {
		return carriage.Booked{}, err
	}
	return b, nil
}

func (c *Carrier) parcel(ctx context.Context, reference string) (p parcel, err error) {
	err = c.db.Read(ctx, func(tx *db.Tx) error {
		p, err = selectParcel(ctx, tx, reference)
		return err
	})
	return p, unbooked(err)
}

func unbooked(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return carriage.ErrUnbooked
	}
	return err
}

// Track tells what happened: that it was booked, and then what it was told.
func (c *Carrier) Track(ctx context.Context, number string) (all []carriage.Event, err error) {
	err = c.play(ctx, "track", func() error {
		return unbooked(c.db.Read(ctx, func(tx *db.Tx) error {
			p, err := selectNumber(ctx, tx, number)
			if err != nil {
				return err
			}
			all, err = selectEvents(ctx, tx, number)
			all = append([]carriage.Event{announced(p)}, all...)
			return err
		}))
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b carriage.Event) int { return a.At.Compare(b.At) })
	return all, nil
}

func announced(p parcel) carriage.Event {
	return carriage.Event{ID: eventID(0), At: p.at, Status: carriage.StatusPreTransit, Code: "ANNOUNCED", Text: "The parcel was announced electronically."}
}

// Cancel takes a booking back, until something happened to the parcel.
func (c *Carrier) Cancel(ctx context.Context, reference string) error {
	return c.play(ctx, "cancel", func() error {
		return unbooked(c.db.Write(ctx, func(tx *db.Tx) error {
			if _, err := selectParcel(ctx, tx, reference); err != nil {
				return err
			}
			n, err := updateCancelled(ctx, tx, reference)
			if err == nil && n == 0 {
				err = carriage.Refused("the parcel is on its way already")
			}
			return err
		}))
	})
}

// told is what a status usually reads like.
var told = map[carriage.Status]struct{ code, text string }{
	carriage.StatusPreTransit:     {"ANNOUNCED", "The parcel was announced electronically."},
	carriage.StatusInTransit:      {"SCAN", "The parcel was processed in the depot."},
	carriage.StatusOutForDelivery: {"OUT", "The parcel is in the delivery vehicle."},
	carriage.StatusAvailable:      {"READY", "The parcel waits to be collected."},
	carriage.StatusDelivered:      {"POD", "The parcel was delivered."},
	carriage.StatusReturn:         {"RTS", "The parcel goes back to the sender."},
	carriage.StatusFailure:        {"FAIL", "The parcel could not be delivered."},
	carriage.StatusUnknown:        {"NOTE", "There is news of the parcel."},
}

// notice is how the carrier calls in.
type notice struct {
	Number string    `json:"number"`
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Status string    `json:"status"`
	Code   string    `json:"code"`
	Text   string    `json:"text"`
	Place  string    `json:"place"`
	Pin    string    `json:"pin,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// Tell makes something happen to a parcel: now, and in the carrier's usual
// words, where e does not say.
func (c *Carrier) Tell(ctx context.Context, number string, e carriage.Event) (header http.Header, body []byte, err error) {
	usual, known := told[e.Status]
	if !known {
		e.Status, usual = carriage.StatusUnknown, told[carriage.StatusUnknown]
	}
	e.Code, e.Text = cmp.Or(e.Code, usual.code), cmp.Or(e.Text, usual.text)
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		p, err := selectNumberLocked(ctx, tx, number)
		if err != nil {
			return err
		}
		if e.At.IsZero() {
			e.At = tx.Now
		}
		p.box(&e)
		seq, err := insertEvent(ctx, tx, number, e)
		e.ID = eventID(seq)
		return err
	})
	if err != nil {
		return nil, nil, unbooked(err)
	}
	body, err = json.Marshal(notice{number, e.ID, e.At, string(e.Status), e.Code, e.Text, e.Place, e.Pin, e.Until})
	return http.Header{signature: {c.sign(body)}}, body, err
}

func (c *Carrier) sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Read checks a notice.
func (c *Carrier) Read(header http.Header, body []byte) ([]carriage.Notice, error) {
	var n notice
	if !hmac.Equal([]byte(header.Get(signature)), []byte(c.sign(body))) || json.Unmarshal(body, &n) != nil {
		return nil, carriage.ErrForged
	}
	e := carriage.Event{ID: n.ID, At: n.At, Status: carriage.Status(n.Status), Code: n.Code, Text: n.Text, Place: n.Place, Pin: n.Pin, Until: n.Until}
	if !slices.Contains(carriage.Statuses, e.Status) {
		e.Status = carriage.StatusUnknown
	}
	return []carriage.Notice{{Number: n.Number, Events: []carriage.Event{e}}}, nil
}

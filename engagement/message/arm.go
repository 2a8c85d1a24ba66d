package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/db"
)

// Arm is what an experiment's arm says of a message: in which words it is. The
// zero Arm leaves it as it stands.
type Arm struct {
	Wording WordingID `json:"wording,omitempty"`
}

// Point is where arms of experiments on a kind of message differ.
func Point(k Kind) experiment.Point {
	return experiment.Point{Kind: experiment.PointMessage, Key: string(k)}
}

// Reader is who a message goes to as experiments know them. One without a Visitor
// takes part in none.
type Reader struct {
	visitor.Visit
	Customer string // "" for a guest
}

const armShape = `{"wording": "wrd_…"}`

// ParseArm reads an arm's value; none at all is the zero Arm.
func ParseArm(value json.RawMessage) (Arm, error) { return experiment.ParseArm[Arm](value, armShape) }

// CheckArms returns experiment.ErrInvalid for an experiment on a message that is
// told in these words only, or whose arms name what could not be sent. Call it
// before the experiment starts.
func CheckArms(ctx context.Context, tx *db.Tx, d experiment.Draft) error {
	if d.Point.Kind != experiment.PointMessage {
		return nil
	}
	if !slices.Contains(Open(), Kind(d.Point.Key)) {
		return experiment.Refuse("point", "experiment.flaw.closed", "Kind", d.Point.Key)
	}
	return experiment.CheckArms(d, armShape, func(arm Arm, blame func(id string, args ...any)) error {
		if arm.Wording == "" {
			return nil
		}
		w, err := FindWording(ctx, tx, arm.Wording)
		if errors.Is(err, ErrNoWording) || err == nil && (w.State == WordingRetired || string(w.Kind) != d.Point.Key) {
			blame("experiment.flaw.arm_unknown", "Version", arm.Wording)
			return nil
		}
		return err
	})
}

// Keep makes what an arm said what everybody is written; an arm without words of
// its own changes nothing.
func Keep(ctx context.Context, tx *db.Tx, value json.RawMessage) error {
	arm, err := ParseArm(value)
	if err != nil || arm.Wording == "" {
		return err
	}
	w, err := FindWording(ctx, tx, arm.Wording)
	if err == nil {
		err = stand(ctx, tx, w)
	}
	return err
}

// Traffic is how many messages of a kind were written since a time.
func Traffic(ctx context.Context, tx *db.Tx, k Kind, since time.Time) (int64, error) {
	return countSince(ctx, tx, k, since)
}

// choose finds the words of a message that is sent for the first time and writes
// them on its row: its reader's arm, or what stands. The exposure is written down
// with it, before the mail leaves, because silence may be a mail that arrived.
// What tells of a part of an order says so in our words.
func (m *Mailer) choose(ctx context.Context, tx *db.Tx, s *Sent) error {
	if s.Tries > 1 || s.part() {
		return nil
	}
	stands, err := Standing(ctx, tx, s.Kind)
	if err != nil {
		return err
	}
	s.Wording = stands.ID
	a, err := m.expose(ctx, tx, *s)
	if err != nil {
		return fmt.Errorf("give %s its arm: %w", s.ID, err)
	}
	arm, err := ParseArm(a.Value)
	if err != nil {
		return err
	}
	if arm.Wording != "" {
		s.Wording = arm.Wording
	}
	if s.Arm = a.Pin(); s.Arm == "" && s.Wording == "" {
		return nil
	}
	return pinArm(ctx, tx, *s)
}

// expose gives a message's reader their arm; the zero Assignment is none.
func (m *Mailer) expose(ctx context.Context, tx *db.Tx, s Sent) (experiment.Assignment, error) {
	if m.Reader == nil {
		return experiment.Assignment{}, nil
	}
	runs, err := experiment.Running(ctx, tx, Point(s.Kind))
	if err != nil || !runs {
		return experiment.Assignment{}, err
	}
	who, err := m.Reader(ctx, tx, s)
	if err != nil {
		return experiment.Assignment{}, err
	}
	return experiment.Expose(ctx, tx, Point(s.Kind), who.Visit, who.Customer)
}

// part reports whether a message tells of a part of an order.
func (s Sent) part() bool {
	var of struct {
		Part bool `json:"part"`
	}
	return json.Unmarshal(s.data, &of) == nil && of.Part
}

// wordsOf is the wording that a message bears; the zero one is ours.
func wordsOf(ctx context.Context, tx *db.Tx, s Sent) (Wording, error) {
	if s.Wording == "" {
		return Wording{}, nil
	}
	return FindWording(ctx, tx, s.Wording)
}

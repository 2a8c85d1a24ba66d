package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/engagement/banner"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// An experiment on a banner gives the better arm more when somebody says so, on
// numbers of this phase only; who had an arm keeps it; nothing else follows.
func TestTheWeightsOfABannerFollowItsNumbersAndNothingElseDoes(t *testing.T) {
	dbtest.Each(t, append(schemas[:len(schemas):len(schemas)], banner.Schema), func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		refused := func(id experiment.ID, why string) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := trial.Follow(t.Context(), tx, id, "test"); return err })
			if !errors.Is(err, experiment.ErrState) || !strings.Contains(err.Error(), why) {
				t.Errorf("%v, want that %s", err, why)
			}
		}
		refused(b.id, "banners only")
		at := experiment.Point{}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			text := map[string]banner.Text{"en": {Title: "Hello"}}
			id, err := banner.Create(ctx, tx, banner.Draft{Name: "Hello", Place: banner.Home, Texts: text})
			if err != nil {
				return err
			}
			at = banner.Point(id)
			e, err := experiment.Create(ctx, tx, experiment.Draft{Key: "hello", Name: "Hello", Point: at, Arms: []experiment.Arm{{Key: "old", Weight: 500_000}, {Key: "new", Weight: 500_000, Value: json.RawMessage(`{"hidden":true}`)}}})
			if err == nil {
				_, err = trial.Start(ctx, tx, e.ID)
			}
			b.id = e.ID
			return err
		})
		refused(b.id, "compute again")
		b.point = at
		b.come(160, map[string]int{"old": 10, "new": 8}, "EUR")
		b.look()
		refused(b.id, "a hundred visitors")
		b.come(600, map[string]int{"old": 10, "new": 8}, "EUR")
		r, _ := b.look()
		first := experiment.Assignment{}
		b.do(func(ctx context.Context, tx *db.Tx) (err error) {
			if first, err = experiment.Expose(ctx, tx, at, visitor.Visit{Visitor: "vis_1"}, ""); err != nil {
				return err
			}
			_, err = trial.Follow(ctx, tx, b.id, "test")
			return err
		})
		e := b.find()
		if e.Phase != 2 || e.Arms[0].Weight+e.Arms[1].Weight != 1_000_000 || e.Arms[1].Weight <= e.Arms[0].Weight || e.Arms[0].Weight < 10_000 {
			t.Errorf("%s: of %+v follow the weights %+v of phase %d", r.Verdict, r.Arms, e.Arms, e.Phase)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			again, err := experiment.Expose(ctx, tx, at, visitor.Visit{Visitor: "vis_1"}, "")
			if again.Arm != first.Arm || first.Arm == "" {
				t.Errorf("who had %q is given %q", first.Arm, again.Arm)
			}
			return err
		})
		refused(b.id, "compute again") // numbers of the phase before
	})
}

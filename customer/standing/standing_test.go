package standing_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"korzo/customer/standing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestEachAuthorReplacesOnlyTheirOwn(t *testing.T) {
	dbtest.Each(t, []fs.FS{standing.Schema}, func(t *testing.T, d *db.DB) {
		of := func(customer string) (s standing.Standing) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				s, err = standing.Of(t.Context(), tx, customer)
				return err
			})
			return s
		}
		if s := of("cus_1"); s.Predicted != 0 || s.Tier != "" || s.Tags != nil {
			t.Errorf("somebody of whom nothing is known has %+v", s)
		}
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				return errors.Join(
					standing.SetTags(t.Context(), tx, "cus_1", []string{"vip", "press", "vip"}),
					standing.SetTier(t.Context(), tx, "cus_1", "gold"),
					standing.Predict(t.Context(), tx, []standing.Prediction{{Customer: "cus_1", Predicted: 3629, AlivePPM: 726580}}))
			})
		}
		s := of("cus_1")
		if s.Predicted != 3629 || s.AlivePPM != 726580 || s.Tier != "gold" || !slices.Equal(s.Tags, []string{"press", "vip"}) {
			t.Errorf("%+v", s)
		}
		for _, tags := range [][]string{{""}, {strings.Repeat("x", 61)}} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return standing.SetTags(t.Context(), tx, "cus_1", tags) })
			if !errors.Is(err, standing.ErrTag) {
				t.Errorf("tags %q: %v, want ErrTag", tags, err)
			}
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return standing.SetTier(t.Context(), tx, "cus_1", strings.Repeat("x", 61)) }); !errors.Is(err, standing.ErrTier) {
			t.Errorf("a tier of 61 characters: %v", err)
		}
		if after := of("cus_1"); !slices.Equal(after.Tags, s.Tags) || of("").Tier != "" {
			t.Errorf("a refusal left %+v", after)
		}
	})
}

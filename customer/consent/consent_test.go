package consent_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
)

var schemas = []fs.FS{event.Schema, profile.Schema, consent.Schema}

func TestTheLastAnswerHoldsAndAllAreKept(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), dbtest.Clock(d)
		say := func(given bool, words string) (err error) {
			t.Helper()
			clock.Advance(time.Minute)
			dbtest.Write(t, d, func(tx *db.Tx) error {
				err = consent.Say(ctx, tx, "cus_1", consent.Answer{Purpose: consent.Figures, Given: given, Words: words, Locale: "en", Source: "account"})
				return nil
			})
			return err
		}
		for _, step := range []struct {
			name  string
			given bool
			words string
			err   error
			now   bool
			kept  int
		}{
			{"a yes without words is none", true, " ", consent.ErrWords, false, 0},
			{"a yes", true, "Follow my visits", nil, true, 1},
			{"the same again adds nothing", true, "Follow my visits", nil, true, 1},
			{"a no takes it back", false, "Follow my visits", nil, false, 2},
			{"and may be taken back in turn", true, "Follow all my visits", nil, true, 3},
		} {
			if err := say(step.given, step.words); !errors.Is(err, step.err) {
				t.Errorf("%s: %v", step.name, err)
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := consent.History(ctx, tx, "cus_1")
				if err != nil {
					return err
				}
				if len(all) != step.kept || step.kept > 0 && (all[0].Words != step.words || !all[0].SaidAt.Equal(d.Now()) && step.name != "the same again adds nothing") {
					t.Errorf("%s: %+v", step.name, all)
				}
				if ok, err := consent.Allows(ctx, tx, "cus_1", consent.Figures); ok != step.now || err != nil {
					t.Errorf("%s: allowed %v, %v", step.name, ok, err)
				}
				ok, err := consent.Allows(ctx, tx, "cus_2", consent.Figures)
				if ok {
					t.Errorf("%s: somebody else allows it", step.name)
				}
				return err
			})
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := consent.Say(ctx, tx, "cus_1", consent.Answer{Purpose: "everything", Given: true, Words: "x"}); !errors.Is(err, consent.ErrPurpose) {
				t.Errorf("an unknown purpose: %v", err)
			}
			return consent.Forget(ctx, tx, "cus_1")
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := consent.History(ctx, tx, "cus_1")
			if len(all) != 0 {
				t.Errorf("after forgetting %+v", all)
			}
			return err
		})
	})
}

func TestWhatHoldsIsCountedByTheLastAnswers(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		for _, said := range []struct {
			who     profile.CustomerID
			purpose consent.Purpose
			given   bool
		}{{"cus_1", consent.Figures, true}, {"cus_2", consent.Figures, true}, {"cus_2", consent.Figures, false}, {"cus_3", consent.Figures, false}, {"cus_3", consent.Figures, true}, {"cus_1", consent.Reviews, false}} {
			clock.Advance(time.Minute)
			dbtest.Write(t, d, func(tx *db.Tx) error {
				return consent.Say(t.Context(), tx, said.who, consent.Answer{Purpose: said.purpose, Given: said.given, Words: "May we?", Locale: "en", Source: "account"})
			})
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := consent.Tallies(t.Context(), tx)
			want := []consent.Tally{{Purpose: consent.Offers}, {Purpose: consent.Reviews, No: 1}, {Purpose: consent.Figures, Yes: 2, No: 1}}
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			return err
		})
	})
}

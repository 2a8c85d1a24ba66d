package pricing_test

import (
	"errors"
	"testing"
	"time"

	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// What another shop has kept of a price counts here as the law asks: a reduction
// names the lowest of the thirty days before, wherever the price was then.
func TestAPriceOfThePastIsWrittenDownOnceAndCounts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		now := d.Now()
		days := func(n int) time.Time { return now.AddDate(0, 0, n).UTC().Truncate(time.Microsecond) }
		eur := func(minor int64) money.Amount { return money.Of(minor, "EUR") }
		span := func(minor int64, from, to time.Time) pricing.Span {
			return pricing.Span{List: "DE", Applied: pricing.Applied{Amount: eur(minor), From: from, To: to}}
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return pricing.Set(t.Context(), tx, "DE", v, eur(1500)) })
		restore := func(s pricing.Span) (is bool, err error) {
			t.Helper()
			err = d.Write(t.Context(), func(tx *db.Tx) (err error) {
				is, err = pricing.Restore(t.Context(), tx, v, s)
				return err
			})
			return is, err
		}
		for _, c := range []struct {
			name string
			span pricing.Span
			is   bool
			want error
		}{
			{"what is in force began earlier", span(1500, days(-10), time.Time{}), true, nil},
			{"known already", span(1500, days(-10), time.Time{}), false, nil},
			{"over before that", span(900, days(-20), days(-10)), true, nil},
			{"known already", span(900, days(-20), days(-10)), false, nil},
			{"beside another price", span(800, days(-25), days(-15)), false, pricing.ErrOverlap},
			{"another in force", span(700, days(-40), time.Time{}), false, pricing.ErrOverlap},
			{"still to end", span(700, days(-60), days(5)), false, pricing.ErrOverlap},
			{"ends before it begins", span(700, days(-60), days(-70)), false, pricing.ErrSpan},
			{"of a list that is none", pricing.Span{List: "XX", Applied: pricing.Applied{Amount: eur(1), From: days(-9), To: days(-8)}}, false, pricing.ErrListNotFound},
			{"of a market that never sold it", pricing.Span{List: "HU", Applied: pricing.Applied{Amount: money.Of(100, "HUF"), From: days(-9), To: days(-8)}}, true, nil},
		} {
			if is, err := restore(c.span); is != c.is || !errors.Is(err, c.want) {
				t.Errorf("%s: %t %v", c.name, is, err)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			past, err := pricing.PriorAt(t.Context(), tx, pricing.Query{Market: "DE"}, v)
			if err != nil || len(past) != 2 || !past[1].Lowest || past[1].Amount != eur(900) {
				t.Errorf("%+v %v", past, err)
			}
			all, err := pricing.Spans(t.Context(), tx, v)
			if len(all) != 3 || all[0].Amount != eur(900) || all[1].From != days(-10) {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

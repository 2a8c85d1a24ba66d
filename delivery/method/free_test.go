package method_test

import (
	"encoding/json"
	"errors"
	"testing"

	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestFreeDeliveryBeginsAtTheLeastSumAnyMethodNames(t *testing.T) {
	outgrown := func(id, country string, from string) method.Method {
		return with(func(m *method.Method) {
			m.ID, m.Rule, m.Countries = id, "free_from", []string{country}
			m.Settings = json.RawMessage(`{"amount":490,"from":` + from + `}`)
		})
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, append(shop(), outgrown("de_a", "DE", "5000"), outgrown("de_b", "DE", "4000"), outgrown("at_gift", "AT", "0"))...)
		for _, c := range []struct {
			name  string
			query method.Query
			want  int64
		}{
			{"the least of two, and collecting does not count", method.Query{Market: "DE", Country: "DE"}, 4000},
			{"where it is always free there is no sum to reach", method.Query{Market: "DE", Country: "AT"}, 0},
			{"where it never is there is none either", method.Query{Market: "HU", Country: "HU"}, 0},
			{"what is not allowed does not count", method.Query{Market: "DE", Country: "DE", Allowed: []string{"de_a"}}, 5000},
		} {
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				from, ok, err := method.FreeFrom(t.Context(), tx, c.query)
				if from.Minor != c.want || ok != (c.want > 0) {
					t.Errorf("%s: %v, %v", c.name, from, ok)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, _, err := method.FreeFrom(t.Context(), tx, method.Query{Market: "XX"})
			return err
		})
		if !errors.Is(err, market.ErrNotFound) {
			t.Errorf("an unknown market: %v", err)
		}
	})
}

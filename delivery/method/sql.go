package method

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
	"korzo/value/money"
)

// row is a method as it is stored, with the currency of its market.
type row struct {
	Method
	currency money.Currency
}

func upsertMethod(ctx context.Context, tx *db.Tx, r row) error {
	names, err := json.Marshal(r.Name)
	if err != nil {
		return err
	}
	countries, err := json.Marshal(r.Countries)
	if err != nil {
		return err
	}
	groups, err := json.Marshal(r.Groups)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO method_methods (id, market, currency, kind, names, countries, rule, settings, location,
			cut_off, lead_days, transit_min, transit_max, dispatch_week, delivery_week, position, active, customer_groups, by_parcel, points)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (id) DO UPDATE SET market = excluded.market, currency = excluded.currency,
			kind = excluded.kind, names = excluded.names, countries = excluded.countries,
			rule = excluded.rule, settings = excluded.settings, location = excluded.location,
			cut_off = excluded.cut_off, lead_days = excluded.lead_days,
			transit_min = excluded.transit_min, transit_max = excluded.transit_max,
			dispatch_week = excluded.dispatch_week, delivery_week = excluded.delivery_week,
			position = excluded.position, active = excluded.active,
			customer_groups = excluded.customer_groups, by_parcel = excluded.by_parcel, points = excluded.points`,
		r.ID, r.Market, r.currency, r.Kind, string(names), string(countries), r.Rule, string(r.Settings), r.Location,
		int64(r.CutOff), r.LeadDays, r.TransitMin, r.TransitMax, int64(r.DispatchWeek), int64(r.DeliveryWeek), r.Position, r.Active, string(groups), r.ByParcel, r.Points)
	return err
}

func selectMethods(ctx context.Context, tx *db.Tx) ([]row, error) {
	return db.All(ctx, tx, func(at db.Row) (r row, err error) {
		var names, countries, settings, groups string
		if err := at.Scan(&r.ID, &r.Market, &r.currency, &r.Kind, &names, &countries, &r.Rule, &settings, &r.Location,
			&r.CutOff, &r.LeadDays, &r.TransitMin, &r.TransitMax, &r.DispatchWeek, &r.DeliveryWeek, &r.Position, &r.Active, &groups, &r.ByParcel, &r.Points); err != nil {
			return r, err
		}
		r.Settings = json.RawMessage(settings)
		if err := json.Unmarshal([]byte(names), &r.Name); err != nil {
			return r, err
		}
		if err := json.Unmarshal([]byte(groups), &r.Groups); err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(countries), &r.Countries)
	}, `
		SELECT id, market, currency, kind, names, countries, rule, settings, location,
			cut_off, lead_days, transit_min, transit_max, dispatch_week, delivery_week, position, active, customer_groups, by_parcel, points
		FROM method_methods ORDER BY id`)
}

package market

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

func upsertEntity(ctx context.Context, tx *db.Tx, e Entity) error {
	at, err := json.Marshal(e.Address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO market_entities (id, name, vat_id, address, series, email, register) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, vat_id = excluded.vat_id,
			address = excluded.address, series = excluded.series, email = excluded.email, register = excluded.register`,
		e.ID, e.Name, e.VATID, string(at), e.Series, e.Email, e.Register)
	return err
}

// upsertMarket changes nothing and returns 0 when the currency would change.
func upsertMarket(ctx context.Context, tx *db.Tx, m Market) (int64, error) {
	countries, err := json.Marshal(m.Countries)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		INSERT INTO market_markets (id, name, currency, countries, country, locale, zone,
			tax_included, tax_rounding, tax_shipping, entity, return_days, return_paid_by, return_how)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, countries = excluded.countries,
			country = excluded.country, locale = excluded.locale, zone = excluded.zone,
			tax_included = excluded.tax_included, tax_rounding = excluded.tax_rounding,
			tax_shipping = excluded.tax_shipping, entity = excluded.entity,
			return_days = excluded.return_days, return_paid_by = excluded.return_paid_by, return_how = excluded.return_how
		WHERE market_markets.currency = excluded.currency`,
		m.ID, m.Name, m.Currency, string(countries), m.Country, m.Locale, m.Zone,
		m.TaxIncluded, m.TaxRounding, m.TaxShipping, m.Entity, m.Returns.Days, m.Returns.PaidBy, m.Returns.How)
}

func upsertChannel(ctx context.Context, tx *db.Tx, c Channel) error {
	markets, err := json.Marshal(c.Markets)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO market_channels (id, name, kind, markets, default_market, theme) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
			markets = excluded.markets, default_market = excluded.default_market, theme = excluded.theme`,
		c.ID, c.Name, c.Kind, string(markets), c.DefaultMarket, c.Theme)
	return err
}

func selectEntities(ctx context.Context, tx *db.Tx) ([]Entity, error) {
	return db.All(ctx, tx, func(row db.Row) (e Entity, err error) {
		var at string
		if err := row.Scan(&e.ID, &e.Name, &e.VATID, &at, &e.Series, &e.Email, &e.Register); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(at), &e.Address)
	}, `SELECT id, name, vat_id, address, series, email, register FROM market_entities ORDER BY id`)
}

func selectMarkets(ctx context.Context, tx *db.Tx) ([]Market, error) {
	return db.All(ctx, tx, func(row db.Row) (m Market, err error) {
		var countries string
		if err := row.Scan(&m.ID, &m.Name, &m.Currency, &countries, &m.Country, &m.Locale, &m.Zone,
			&m.TaxIncluded, &m.TaxRounding, &m.TaxShipping, &m.Entity, &m.Returns.Days, &m.Returns.PaidBy, &m.Returns.How); err != nil {
			return m, err
		}
		return m, json.Unmarshal([]byte(countries), &m.Countries)
	}, `
		SELECT id, name, currency, countries, country, locale, zone, tax_included, tax_rounding, tax_shipping, entity,
			return_days, return_paid_by, return_how
		FROM market_markets ORDER BY id`)
}

func selectChannels(ctx context.Context, tx *db.Tx) ([]Channel, error) {
	return db.All(ctx, tx, func(row db.Row) (c Channel, err error) {
		var markets string
		if err := row.Scan(&c.ID, &c.Name, &c.Kind, &markets, &c.DefaultMarket, &c.Theme); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(markets), &c.Markets)
	}, `SELECT id, name, kind, markets, default_market, theme FROM market_channels ORDER BY id`)
}

-- The seller of record: who stands on the invoice.
CREATE TABLE market_entities (
	id      TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	vat_id  TEXT NOT NULL,
	address TEXT NOT NULL, -- JSON
	series  TEXT NOT NULL, -- prefix of its document numbers
	email   TEXT NOT NULL,
	register TEXT NOT NULL
);
CREATE TABLE market_markets (
	id           TEXT PRIMARY KEY,
	name         TEXT NOT NULL,
	currency     CHAR(3) NOT NULL,
	countries    TEXT NOT NULL, -- JSON array of ISO 3166 codes
	country      CHAR(2) NOT NULL,
	locale       TEXT NOT NULL,
	zone         TEXT NOT NULL,
	tax_included BIGINT NOT NULL CHECK (tax_included IN (0, 1)),
	tax_rounding TEXT NOT NULL CHECK (tax_rounding IN ('line', 'total')),
	tax_shipping BIGINT NOT NULL CHECK (tax_shipping IN (0, 1)),
	entity       TEXT NOT NULL REFERENCES market_entities (id)
);
CREATE TABLE market_channels (
	id             TEXT PRIMARY KEY,
	name           TEXT NOT NULL,
	kind           TEXT NOT NULL,
	markets        TEXT NOT NULL, -- JSON array of market ids
	default_market TEXT NOT NULL REFERENCES market_markets (id),
	theme          TEXT NOT NULL -- values of design tokens, as ui.Theme writes them
);

-- A merchant's word about a way to pay in a market. Amounts are minor units of
-- the market's currency, which never changes.
CREATE TABLE paymethod_settings (
	market    TEXT NOT NULL,
	method    TEXT NOT NULL,
	enabled   BIGINT NOT NULL CHECK (enabled IN (0, 1)),
	position  BIGINT NOT NULL CHECK (position BETWEEN 0 AND 1000),
	min_minor BIGINT NOT NULL CHECK (min_minor >= 0),
	max_minor BIGINT NOT NULL CHECK (max_minor >= 0), -- 0 for no limit of the merchant's own
	fee_minor BIGINT NOT NULL CHECK (fee_minor >= 0),
	fee_ppm   BIGINT NOT NULL CHECK (fee_ppm BETWEEN 0 AND 100000),
	capture   TEXT NOT NULL DEFAULT '' CHECK (capture IN ('', 'now', 'shipment', 'hand')), -- when the money is taken; '' is with the order
	PRIMARY KEY (market, method),
	CHECK (max_minor = 0 OR max_minor >= min_minor)
);

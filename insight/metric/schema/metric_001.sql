-- What each order was worth, restated as things become known.
CREATE TABLE metric_orders (
	order_id  TEXT PRIMARY KEY,
	visitor   TEXT NOT NULL,
	customer  TEXT NOT NULL,
	market    TEXT NOT NULL,
	payment   TEXT NOT NULL,
	currency  CHAR(3) NOT NULL,
	placed_at BIGINT NOT NULL,
	revenue   BIGINT NOT NULL, -- minor units of currency, as all amounts here
	cost      BIGINT NOT NULL,
	subsidy   BIGINT NOT NULL,
	fee       BIGINT NOT NULL DEFAULT 0,
	refunded  BIGINT NOT NULL DEFAULT 0, -- without tax
	points    BIGINT NOT NULL DEFAULT 0, -- what points paid and did not get back
	uncosted  BIGINT NOT NULL CHECK (uncosted IN (0, 1)),
	canceled  BIGINT NOT NULL DEFAULT 0 CHECK (canceled IN (0, 1)),
	total     BIGINT NOT NULL,
	tax       BIGINT NOT NULL
);
CREATE INDEX metric_orders_by_payment ON metric_orders (payment) WHERE payment <> '';
CREATE INDEX metric_orders_by_customer ON metric_orders (customer, order_id) WHERE customer <> '';
CREATE INDEX metric_orders_by_time ON metric_orders (placed_at, order_id);
-- append-only: metric_refunds
CREATE TABLE metric_refunds (
	ref      TEXT PRIMARY KEY,
	order_id TEXT NOT NULL,
	gross    BIGINT NOT NULL,
	at       BIGINT NOT NULL
);

-- A checkout that began, as figures count it.
CREATE TABLE funnel_visits (
	session  TEXT PRIMARY KEY,
	flow     TEXT NOT NULL,
	version  BIGINT NOT NULL,
	device   TEXT NOT NULL,
	channel  TEXT NOT NULL,
	market   TEXT NOT NULL,
	is_new   BIGINT NOT NULL CHECK (is_new IN (0, 1)),
	customer TEXT NOT NULL,
	arm      TEXT NOT NULL, -- of the experiment it was in, as pinned; '' outside
	began_at BIGINT NOT NULL,
	needs    TEXT NOT NULL DEFAULT '', -- what was missing when it was last looked at, with commas
	needs_at BIGINT NOT NULL DEFAULT 0 -- when that was
);
CREATE INDEX funnel_visits_by_flow ON funnel_visits (flow, began_at);
CREATE INDEX funnel_visits_by_arm ON funnel_visits (arm) WHERE arm <> '';
-- A try to place an order, with how it ended.
CREATE TABLE funnel_tries (
	try_id   TEXT PRIMARY KEY,
	session  TEXT NOT NULL,
	order_id TEXT NOT NULL, -- '' while none was placed
	state    TEXT NOT NULL,
	ended_at BIGINT NOT NULL
);
CREATE INDEX funnel_tries_by_session ON funnel_tries (session);
-- A field in which a shopper erred, counted once a checkout.
CREATE TABLE funnel_errors (
	session TEXT NOT NULL,
	field   TEXT NOT NULL,
	PRIMARY KEY (session, field)
);

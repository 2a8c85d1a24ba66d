-- Points of carriers, as they were last told. A cart, an order and a label keep
-- their own copy: a row may be forgotten at any time.
CREATE TABLE point_points (
	carrier TEXT NOT NULL,
	code    TEXT NOT NULL, -- the carrier's
	point   TEXT NOT NULL, -- JSON
	seen_at BIGINT NOT NULL,
	PRIMARY KEY (carrier, code)
);
CREATE INDEX point_points_by_age ON point_points (seen_at);
-- Where points were asked for, and what the carrier said.
CREATE TABLE point_searches (
	carrier     TEXT NOT NULL,
	country     TEXT NOT NULL,
	postal_code TEXT NOT NULL,
	codes       TEXT NOT NULL, -- JSON: the nearest first, with their metres
	asked_at    BIGINT NOT NULL, -- when it was last asked
	answered_at BIGINT NOT NULL, -- 0: never
	PRIMARY KEY (carrier, country, postal_code)
);
CREATE INDEX point_searches_by_age ON point_searches (asked_at);

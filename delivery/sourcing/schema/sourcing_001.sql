-- The rules that choose where goods come from, in their order. None: the first
-- location by priority that has everything.
CREATE TABLE sourcing_rules (
	position BIGINT PRIMARY KEY CHECK (position > 0),
	kind     TEXT NOT NULL,
	settings TEXT NOT NULL -- JSON
);
-- What is known of a location beside its address. No row: it packs as much as
-- it is given, and nobody knows what a parcel from it costs.
CREATE TABLE sourcing_locations (
	location TEXT PRIMARY KEY,
	capacity BIGINT NOT NULL CHECK (capacity >= -1), -- parcels a day; -1: no limit
	home     BIGINT NOT NULL CHECK (home >= 0),      -- what a parcel costs us within the country, and beyond it
	abroad   BIGINT NOT NULL CHECK (abroad >= 0),
	currency TEXT NOT NULL -- '' when nobody knows
);
-- Parcels given to a location on a day of its own clock; the counter guards,
-- the rows tell whose they are.
CREATE TABLE sourcing_days (
	location TEXT NOT NULL,
	day      TEXT NOT NULL, -- 2030-01-31
	parcels  BIGINT NOT NULL CHECK (parcels >= 0),
	PRIMARY KEY (location, day)
);
CREATE TABLE sourcing_loads (
	holder   TEXT NOT NULL,
	location TEXT NOT NULL,
	day      TEXT NOT NULL,
	PRIMARY KEY (holder, location)
);
-- Every choice, with every candidate and why it was or was not taken, in words.
CREATE TABLE sourcing_decisions (
	id       TEXT PRIMARY KEY,
	order_id TEXT NOT NULL,
	holder   TEXT NOT NULL,
	country  TEXT NOT NULL,    -- where it went; '' is not known
	chosen   TEXT NOT NULL,    -- JSON: the locations
	split    BIGINT NOT NULL CHECK (split IN (0, 1)),
	log      TEXT NOT NULL,    -- JSON
	at       BIGINT NOT NULL
);
CREATE INDEX sourcing_decisions_by_order ON sourcing_decisions (order_id, id);

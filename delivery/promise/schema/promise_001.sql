-- What became of each promise: one row for what arrived or was ready, from a
-- fact of the fulfilment. Days late is below zero where it came before the last
-- day that was promised.
CREATE TABLE promise_scores (
	ref       TEXT PRIMARY KEY, -- the fulfilment, and the parcel where there is one
	order_id  TEXT NOT NULL,
	method    TEXT NOT NULL,
	location  TEXT NOT NULL, -- where it came from or was collected
	lane      TEXT NOT NULL, -- "DE-AT carrier"; "collected at" for what is collected
	promised  TEXT NOT NULL, -- 2030-01-31: the last day that was promised
	arrived   TEXT NOT NULL,
	late_days BIGINT NOT NULL,
	from_country TEXT NOT NULL, -- '' when it was collected
	to_country   TEXT NOT NULL,
	transit_days BIGINT NOT NULL, -- delivery days on the way; -1 is not known
	scored_at BIGINT NOT NULL
);
CREATE INDEX promise_scores_by_day ON promise_scores (arrived, location, lane);

-- How a place works. No row: it needs no time to pick, nobody waits, and it is
-- closed on holidays only.
CREATE TABLE promise_places (
	location     TEXT PRIMARY KEY,
	pick_minutes BIGINT NOT NULL CHECK (pick_minutes BETWEEN 0 AND 1440),
	per_day      BIGINT NOT NULL CHECK (per_day >= 0), -- orders it sends off on a dispatch day; 0 is not known
	waiting      BIGINT NOT NULL CHECK (waiting >= 0), -- orders there, as they were last counted
	closed       TEXT NOT NULL, -- 2030-01-31,2030-02-01
	open         TEXT NOT NULL  -- days worked in spite of week and holidays
);
-- How long parcels take, by lane.
CREATE TABLE promise_lanes (
	from_country TEXT NOT NULL,
	to_country   TEXT NOT NULL,
	method       TEXT NOT NULL,
	mode         TEXT NOT NULL CHECK (mode IN ('measured', 'fixed', 'off')),
	p50          BIGINT NOT NULL CHECK (p50 >= 0), -- delivery days within which half of them came, and nine in ten
	p90          BIGINT NOT NULL,
	arrivals     BIGINT NOT NULL CHECK (arrivals >= 0), -- parcels behind the two
	measured_on  TEXT NOT NULL, -- '' when never
	PRIMARY KEY (from_country, to_country, method),
	CHECK (p50 <= p90)
);

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
	scored_at BIGINT NOT NULL
);
CREATE INDEX promise_scores_by_day ON promise_scores (arrived, location, lane);

-- append-only: trial_results
-- What was known of an experiment whenever it was looked at.
CREATE TABLE trial_results (
	experiment TEXT NOT NULL,
	at         BIGINT NOT NULL,
	verdict    TEXT NOT NULL,
	result     TEXT NOT NULL, -- JSON
	PRIMARY KEY (experiment, at)
);

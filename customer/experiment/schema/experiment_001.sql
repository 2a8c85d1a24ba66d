CREATE TABLE experiment_experiments (
	id         TEXT PRIMARY KEY,
	key        TEXT NOT NULL UNIQUE,
	state      TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'rolled_back', 'released', 'stopped')),
	document   TEXT NOT NULL, -- JSON
	phase      BIGINT NOT NULL DEFAULT 0,
	salt       TEXT NOT NULL DEFAULT '',
	stage      BIGINT NOT NULL DEFAULT 0,
	reason     TEXT NOT NULL DEFAULT '', -- why it is in its state
	started_at BIGINT NOT NULL DEFAULT 0,
	ended_at   BIGINT NOT NULL DEFAULT 0,
	phase_at   BIGINT NOT NULL DEFAULT 0,
	created_at BIGINT NOT NULL,
	version    BIGINT NOT NULL
);
CREATE INDEX experiment_experiments_by_state ON experiment_experiments (state, id);
CREATE TABLE experiment_phases (
	experiment TEXT NOT NULL REFERENCES experiment_experiments (id),
	phase      BIGINT NOT NULL CHECK (phase > 0),
	stage      BIGINT NOT NULL,
	salt       TEXT NOT NULL,
	weights    TEXT NOT NULL, -- JSON: parts per million, by arm
	began_at   BIGINT NOT NULL,
	PRIMARY KEY (experiment, phase, stage)
);
-- Who was shown which arm, once. The phase is the one they entered in.
CREATE TABLE experiment_exposures (
	experiment TEXT NOT NULL REFERENCES experiment_experiments (id),
	visitor    TEXT NOT NULL,
	phase      BIGINT NOT NULL,
	arm        TEXT NOT NULL,
	bucket     BIGINT NOT NULL CHECK (bucket BETWEEN 0 AND 1000000), -- parts per million
	customer   TEXT NOT NULL, -- '' while nobody has signed in
	known      BIGINT NOT NULL DEFAULT 0 CHECK (known IN (0, 1)), -- the customer was known when it was shown
	device     TEXT NOT NULL,
	channel    TEXT NOT NULL,
	market     TEXT NOT NULL,
	is_new     BIGINT NOT NULL CHECK (is_new IN (0, 1)),
	exposed_at BIGINT NOT NULL,
	PRIMARY KEY (experiment, visitor)
);
CREATE INDEX experiment_exposures_by_visitor ON experiment_exposures (visitor);
CREATE INDEX experiment_exposures_by_customer ON experiment_exposures (customer, experiment) WHERE customer <> '';
CREATE INDEX experiment_exposures_by_time ON experiment_exposures (experiment, exposed_at);
CREATE TABLE experiment_layers (
	name    TEXT PRIMARY KEY,
	salt    TEXT NOT NULL,
	holdout BIGINT NOT NULL CHECK (holdout BETWEEN 0 AND 500000), -- parts per million
	since   BIGINT NOT NULL -- when the holdout was set to this
);
-- A feature is a value that may differ by visitor.
CREATE TABLE experiment_features (
	key        TEXT PRIMARY KEY,
	document   TEXT NOT NULL, -- JSON
	updated_at BIGINT NOT NULL
);

-- Visitors whom something of ours failed after they were shown their arm, once each.
CREATE TABLE experiment_failures (
	experiment TEXT NOT NULL REFERENCES experiment_experiments (id),
	visitor    TEXT NOT NULL,
	what       TEXT NOT NULL, -- the first that failed: "page", "widget", "gateway"
	failed_at  BIGINT NOT NULL,
	PRIMARY KEY (experiment, visitor)
);

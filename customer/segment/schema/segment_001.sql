-- Rules over what is known of a customer. Who fulfils one is not kept.
CREATE TABLE segment_segments (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	rule       TEXT NOT NULL,
	changed_at BIGINT NOT NULL,
	version    BIGINT NOT NULL
);

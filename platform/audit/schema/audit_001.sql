CREATE TABLE audit_entries (
	seq     BIGINT PRIMARY KEY CHECK (seq > 0), -- without gaps
	at      BIGINT NOT NULL,
	actor   TEXT NOT NULL CHECK (actor <> ''),
	action  TEXT NOT NULL CHECK (action <> ''),
	subject TEXT NOT NULL,
	detail  TEXT NOT NULL, -- JSON object, keys sorted
	hash    BYTEA NOT NULL
);
-- append-only: audit_entries
CREATE INDEX audit_entries_subject ON audit_entries (subject, seq);
CREATE TABLE audit_head (
	id   BIGINT PRIMARY KEY CHECK (id = 1),
	seq  BIGINT NOT NULL,
	hash BYTEA
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, NULL);

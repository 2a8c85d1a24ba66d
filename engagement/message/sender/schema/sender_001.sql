CREATE TABLE sender_servers (
	medium     TEXT PRIMARY KEY CHECK (medium IN ('mail', 'text')),
	settings   TEXT NOT NULL, -- JSON without the secret
	wrapped    BYTEA NOT NULL,
	secret     BYTEA NOT NULL, -- sealed; empty: none
	changed_at BIGINT NOT NULL
);

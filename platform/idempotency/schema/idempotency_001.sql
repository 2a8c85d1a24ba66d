CREATE TABLE idempotency_keys (
	principal  TEXT NOT NULL,
	route      TEXT NOT NULL,
	key        TEXT NOT NULL,
	body_hash  TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('in_flight', 'done')),
	status     BIGINT NOT NULL, -- of HTTP; 0 while in flight
	body       BYTEA NOT NULL,
	at         BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (principal, route, key),
	CHECK ((state = 'done') = (status <> 0))
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

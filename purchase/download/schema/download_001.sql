-- The right of an order's buyer to download what a line of it bought.
CREATE TABLE download_rights (
	id         TEXT PRIMARY KEY,
	order_id   TEXT NOT NULL,
	line_id    TEXT NOT NULL UNIQUE,
	blob       TEXT NOT NULL, -- the file, as it was when it was paid for
	name       TEXT NOT NULL, -- as it is saved
	bytes      BIGINT NOT NULL CHECK (bytes >= 0),
	allowed    BIGINT NOT NULL CHECK (allowed >= 0), -- downloads; 0: without end
	used       BIGINT NOT NULL CHECK (used >= 0),
	ends_at    BIGINT NOT NULL, -- µs; 0: never
	begun_at   BIGINT NOT NULL, -- the last download, µs; 0: none yet
	revoked_at BIGINT NOT NULL, -- µs; 0: not
	granted_at BIGINT NOT NULL,
	CHECK (allowed = 0 OR used <= allowed)
);
CREATE INDEX download_rights_order ON download_rights (order_id);

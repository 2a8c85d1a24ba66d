CREATE TABLE db_migrations (
	name     TEXT PRIMARY KEY,
	checksum TEXT NOT NULL,  -- SHA-256 of the file as it was applied
	at       BIGINT NOT NULL -- microseconds since 1970
);

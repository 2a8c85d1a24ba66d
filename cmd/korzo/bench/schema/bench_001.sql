-- Rows as long as most of a shop's, for the replay of a purchase's statements.
CREATE TABLE bench_rows (
	id      TEXT PRIMARY KEY,
	owner   TEXT NOT NULL,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL,
	at      BIGINT NOT NULL
);
CREATE INDEX bench_rows_owner ON bench_rows (owner);

-- What was fitted each day, and how what was expected before came true.
CREATE TABLE lifetime_reports (
	at     BIGINT PRIMARY KEY,
	report TEXT NOT NULL -- JSON
);

CREATE TABLE exception_problems (
	id          TEXT PRIMARY KEY,
	kind        TEXT NOT NULL,
	ref         TEXT NOT NULL,
	text        TEXT NOT NULL,
	count       BIGINT NOT NULL CHECK (count > 0),
	owner       TEXT NOT NULL,
	first_at    BIGINT NOT NULL,
	last_at     BIGINT NOT NULL,
	resolved_at BIGINT NOT NULL, -- 0 while open
	resolved_by TEXT NOT NULL,
	note        TEXT NOT NULL,
	CHECK (last_at >= 0 AND resolved_at >= 0)
);
CREATE UNIQUE INDEX exception_problems_one_open ON exception_problems (kind, ref) WHERE resolved_at = 0;
CREATE INDEX exception_problems_open ON exception_problems (id) WHERE resolved_at = 0;
CREATE INDEX exception_problems_by_ref ON exception_problems (ref);

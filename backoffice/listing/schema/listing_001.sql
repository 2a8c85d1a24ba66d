-- A list as somebody likes to see it: the query of its address under a name.
CREATE TABLE listing_views (
	id         TEXT PRIMARY KEY,
	list       TEXT NOT NULL,
	staff      TEXT NOT NULL, -- whose it is; '' is everybody's
	name       TEXT NOT NULL,
	query      TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX listing_views_by_name ON listing_views (list, staff, name);

-- One change asked for of many things at once.
CREATE TABLE listing_changes (
	id         TEXT PRIMARY KEY,
	list       TEXT NOT NULL,
	verb       TEXT NOT NULL,
	settings   TEXT NOT NULL, -- JSON object
	state      TEXT NOT NULL CHECK (state IN ('planned', 'running', 'done', 'undoing', 'undone')),
	actor      TEXT NOT NULL, -- who planned it
	begun_by   TEXT NOT NULL, -- who had it do, or undo, what it does
	total      BIGINT NOT NULL CHECK (total > 0),
	created_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL -- 0 while it goes on
);
CREATE INDEX listing_changes_by_state ON listing_changes (state, created_at);

-- Each thing of a change, with what was there before and what is there after.
CREATE TABLE listing_items (
	change    TEXT NOT NULL REFERENCES listing_changes (id),
	position  BIGINT NOT NULL,
	subject   TEXT NOT NULL,
	state     TEXT NOT NULL CHECK (state IN ('waiting', 'changed', 'same', 'failed', 'restored', 'kept')),
	title     TEXT NOT NULL,
	old       TEXT NOT NULL, -- JSON, '' before its turn
	new       TEXT NOT NULL,
	code      TEXT NOT NULL, -- of the fault that it failed or was kept by
	reason    TEXT NOT NULL, -- its text
	PRIMARY KEY (change, position)
);
CREATE INDEX listing_items_by_state ON listing_items (change, state, position);

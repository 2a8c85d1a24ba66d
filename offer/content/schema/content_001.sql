-- A page as its editor left it, as shoppers see it, and as they will from a time.
CREATE TABLE content_pages (
	id         TEXT PRIMARY KEY,
	kind       TEXT NOT NULL CHECK (kind IN ('page', 'legal', 'home')),
	position   BIGINT NOT NULL, -- in the footer; the lowest first
	draft      TEXT NOT NULL,   -- JSON: what each language says
	live       TEXT,            -- JSON; NULL: shoppers see nothing
	due        TEXT,            -- JSON that takes live's place at due_at; NULL: nothing is due
	due_at     BIGINT NOT NULL, -- 0: nothing is due
	changed_at BIGINT NOT NULL,
	version    BIGINT NOT NULL,
	CHECK ((due IS NULL) = (due_at = 0))
);
CREATE UNIQUE INDEX content_pages_home ON content_pages (kind) WHERE kind = 'home';

-- Every address a page ever had leads to it.
CREATE TABLE content_slugs (
	slug TEXT PRIMARY KEY,
	page TEXT NOT NULL REFERENCES content_pages (id)
);

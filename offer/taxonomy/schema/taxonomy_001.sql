CREATE TABLE taxonomy_categories (
	id          TEXT PRIMARY KEY,
	parent      TEXT REFERENCES taxonomy_categories (id), -- NULL at the top
	slug        TEXT NOT NULL,
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	position    BIGINT NOT NULL,
	hidden      BIGINT NOT NULL CHECK (hidden IN (0, 1)),
	attributes  TEXT NOT NULL, -- JSON array of codes, in order
	rule        TEXT NOT NULL, -- which products stand in it; '' for those put in by hand
	version     BIGINT NOT NULL CHECK (version > 0),
	updated_at  BIGINT NOT NULL,
	CHECK (parent <> id)
);
CREATE TABLE taxonomy_translations (
	category    TEXT NOT NULL REFERENCES taxonomy_categories (id),
	locale      TEXT NOT NULL,
	slug        TEXT NOT NULL, -- '' falls back, as title and description do
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	PRIMARY KEY (category, locale)
);
-- A slug belongs to one category in every language. It is kept when it is
-- changed, so that old links lead on, and given back when the category goes.
CREATE TABLE taxonomy_slugs (
	slug     TEXT PRIMARY KEY,
	category TEXT NOT NULL REFERENCES taxonomy_categories (id)
);
CREATE INDEX taxonomy_slugs_by_category ON taxonomy_slugs (category);

CREATE TABLE taxonomy_attributes (
	code       TEXT PRIMARY KEY,
	type       TEXT NOT NULL CHECK (type IN ('text', 'number', 'bool', 'option', 'date')),
	unit       TEXT NOT NULL, -- of a number: "ml"; '' for none
	facet      BIGINT NOT NULL CHECK (facet IN (0, 1)),
	private    BIGINT NOT NULL CHECK (private IN (0, 1)),
	everywhere BIGINT NOT NULL CHECK (everywhere IN (0, 1)),
	several    BIGINT NOT NULL CHECK (several IN (0, 1)),
	titles     TEXT NOT NULL, -- JSON object: locale → title, '' for the base
	options    TEXT NOT NULL, -- JSON array of {code, titles}, in order
	position   BIGINT NOT NULL,
	version    BIGINT NOT NULL CHECK (version > 0),
	CHECK (facet = 0 OR private = 0)
);

-- Which column of a source's tables is what, as somebody said it last.
CREATE TABLE settlement_mappings (
	source  TEXT NOT NULL,
	format  TEXT NOT NULL,
	mapping TEXT NOT NULL, -- JSON
	actor   TEXT NOT NULL,
	at      BIGINT NOT NULL,
	PRIMARY KEY (source, format)
);

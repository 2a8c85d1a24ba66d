CREATE TABLE flow_flows (
	id           TEXT PRIMARY KEY,
	last_version BIGINT NOT NULL,
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL
);

-- A version's document never changes once it left the state draft: sessions
-- and orders have pinned it.
CREATE TABLE flow_versions (
	flow         TEXT NOT NULL REFERENCES flow_flows (id),
	version      BIGINT NOT NULL CHECK (version > 0),
	state        TEXT NOT NULL CHECK (state IN ('draft', 'staged', 'published', 'archived')),
	name         TEXT NOT NULL,                                     -- copied out of the document for lists
	is_default   BIGINT NOT NULL CHECK (is_default IN (0, 1)),      -- it has no trigger
	document     TEXT NOT NULL,                                     -- JSON
	saved_at     BIGINT NOT NULL,
	published_at BIGINT NOT NULL DEFAULT 0,
	publish_at   BIGINT NOT NULL DEFAULT 0 CHECK (publish_at = 0 OR state = 'draft'), -- when it publishes itself
	PRIMARY KEY (flow, version)
);
CREATE UNIQUE INDEX flow_versions_live ON flow_versions (flow) WHERE state = 'published';
CREATE UNIQUE INDEX flow_versions_draft ON flow_versions (flow) WHERE state = 'draft';
CREATE INDEX flow_versions_due ON flow_versions (publish_at) WHERE publish_at > 0;

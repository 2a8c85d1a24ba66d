CREATE TABLE privacy_exports (
	id         TEXT PRIMARY KEY,
	customer   TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('asked', 'ready')),
	sealed     BYTEA,           -- the file, under the person's key; NULL until it is made
	bytes      BIGINT NOT NULL, -- of the file, in clear
	created_at BIGINT NOT NULL,
	ends_at    BIGINT NOT NULL, -- the file is deleted then; 0: not made yet
	CHECK ((state = 'ready') = (sealed IS NOT NULL))
);
CREATE INDEX privacy_exports_of ON privacy_exports (customer, id);
CREATE INDEX privacy_exports_ends ON privacy_exports (ends_at) WHERE ends_at > 0;
CREATE UNIQUE INDEX privacy_exports_asked ON privacy_exports (customer) WHERE state = 'asked';

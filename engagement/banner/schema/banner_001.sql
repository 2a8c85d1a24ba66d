-- What the shop shows beside its goods.
CREATE TABLE banner_banners (
	id         TEXT PRIMARY KEY,
	document   TEXT NOT NULL, -- JSON
	changed_at BIGINT NOT NULL,
	version    BIGINT NOT NULL
);

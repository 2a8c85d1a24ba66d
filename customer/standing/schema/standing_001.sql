-- What higher floors worked out about a customer; each column has one author.
CREATE TABLE standing_standings (
	customer   TEXT PRIMARY KEY,
	predicted  BIGINT NOT NULL DEFAULT 0, -- minor units of the shop's currency, within a year
	alive_ppm  BIGINT NOT NULL DEFAULT 0 CHECK (alive_ppm BETWEEN 0 AND 1000000),
	tier       TEXT NOT NULL DEFAULT '',
	tags       TEXT NOT NULL DEFAULT '[]', -- JSON
	updated_at BIGINT NOT NULL
);

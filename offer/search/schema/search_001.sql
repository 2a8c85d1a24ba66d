-- The number given out last. Whoever takes one locks this row until he
-- commits, so numbers become visible in their order.
CREATE TABLE search_counter (
	id   BIGINT PRIMARY KEY CHECK (id = 1),
	last BIGINT NOT NULL
);
-- For each product, and for the rules, the number of its last change: what a
-- node reads from where it stopped. Never longer than the catalog.
CREATE TABLE search_changes (
	subject TEXT PRIMARY KEY, -- a product's id, or 'rules'
	seq     BIGINT NOT NULL UNIQUE
);

CREATE TABLE search_synonyms (
	id       TEXT PRIMARY KEY,
	language TEXT NOT NULL, -- '' for all
	one_way  BIGINT NOT NULL CHECK (one_way IN (0, 1)),
	words    TEXT NOT NULL  -- JSON array; one way: the first also finds the others
);
CREATE TABLE search_redirects (
	language TEXT NOT NULL, -- '' for all
	query    TEXT NOT NULL, -- normalised
	target   TEXT NOT NULL,
	PRIMARY KEY (language, query)
);
CREATE TABLE search_rankings (
	language TEXT NOT NULL, -- '' for all
	query    TEXT NOT NULL, -- normalised
	product  TEXT NOT NULL,
	position BIGINT NOT NULL CHECK (position >= 0), -- 0: not pinned
	boost    BIGINT NOT NULL CHECK (boost BETWEEN -100 AND 900), -- percent
	PRIMARY KEY (language, query, product)
);

-- What was looked for, by day: no person, no time, no order of queries.
CREATE TABLE search_queries (
	day      TEXT NOT NULL, -- 2030-01-02, UTC
	market   TEXT NOT NULL,
	language TEXT NOT NULL,
	query    TEXT NOT NULL, -- normalised
	searches BIGINT NOT NULL,
	zero     BIGINT NOT NULL, -- of them found nothing
	clicks   BIGINT NOT NULL,
	results  BIGINT NOT NULL, -- found the last time
	PRIMARY KEY (day, market, language, query)
);
-- What was chosen among what a query found, by day: no person either.
CREATE TABLE search_choices (
	day      TEXT NOT NULL, -- 2030-01-02, UTC
	market   TEXT NOT NULL,
	language TEXT NOT NULL,
	query    TEXT NOT NULL, -- normalised
	product  TEXT NOT NULL,
	clicks   BIGINT NOT NULL,
	PRIMARY KEY (day, market, language, query, product)
);

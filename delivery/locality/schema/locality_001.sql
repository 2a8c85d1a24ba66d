-- Places that enough people live in to name nobody.
CREATE TABLE locality_places (
	country  CHAR(2) NOT NULL,
	code     TEXT NOT NULL, -- as the country writes it: "111 22"
	code_key TEXT NOT NULL, -- letters and digits alone, as it is looked for
	city     TEXT NOT NULL,
	city_key TEXT NOT NULL, -- folded, as it is looked for
	region   TEXT NOT NULL, -- '' where the country's addresses have none
	known_at BIGINT NOT NULL, -- microseconds since 1970
	PRIMARY KEY (country, code_key, city_key)
);
-- Who had something delivered to a place that is not known yet: a keyed hash of
-- the person and the place, so that no two rows can be told to be of one person.
-- They go when the place is known, and after a time in any case.
CREATE TABLE locality_voices (
	country  CHAR(2) NOT NULL,
	code_key TEXT NOT NULL,
	city_key TEXT NOT NULL,
	voice    TEXT NOT NULL,
	heard_at BIGINT NOT NULL,
	PRIMARY KEY (country, code_key, city_key, voice)
);

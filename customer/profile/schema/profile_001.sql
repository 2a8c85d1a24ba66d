-- A person is a key. Whoever must be forgotten loses it, and with it every
-- sealed row turns into noise, in backups of the other tables too.
CREATE TABLE profile_people (
	id         TEXT PRIMARY KEY,
	wrapped    BYTEA,                        -- the person's key, wrapped by the shop's; NULL once erased
	created_at BIGINT NOT NULL,
	erased_at  BIGINT NOT NULL DEFAULT 0,
	CHECK ((wrapped IS NULL) = (erased_at > 0))
);

CREATE TABLE profile_contacts (
	id         TEXT PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES profile_people (id),
	email_hash TEXT,                         -- keyed hash of the folded address; NULL when unknown or erased
	sealed     BYTEA NOT NULL,               -- JSON under the person's key
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE INDEX profile_contacts_person ON profile_contacts (person);
CREATE INDEX profile_contacts_email ON profile_contacts (email_hash);

CREATE TABLE profile_customers (
	id              TEXT PRIMARY KEY,
	person          TEXT NOT NULL UNIQUE REFERENCES profile_people (id),
	contact         TEXT NOT NULL UNIQUE REFERENCES profile_contacts (id),
	email_hash      TEXT UNIQUE,             -- NULL once erased, so that the address may register again
	external_id     TEXT UNIQUE,             -- what another system calls them; NULL for nothing, and once erased
	locale          TEXT NOT NULL,
	market          TEXT NOT NULL,
	default_address TEXT NOT NULL DEFAULT '',
	created_at      BIGINT NOT NULL
);

CREATE TABLE profile_addresses (
	id         TEXT PRIMARY KEY,
	customer   TEXT NOT NULL REFERENCES profile_customers (id),
	sealed     BYTEA NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX profile_addresses_customer ON profile_addresses (customer);

-- What staff wrote down about a person.
CREATE TABLE profile_notes (
	id         TEXT PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES profile_people (id),
	actor      TEXT NOT NULL,
	sealed     BYTEA NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX profile_notes_person ON profile_notes (person, id);

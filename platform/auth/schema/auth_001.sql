CREATE TABLE auth_keys (
	id           TEXT PRIMARY KEY,
	hash         BYTEA NOT NULL UNIQUE, -- SHA-256 of the secret
	kind         TEXT NOT NULL CHECK (kind IN ('publishable', 'secret')),
	name         TEXT NOT NULL,
	channel      TEXT NOT NULL,
	scopes       TEXT NOT NULL, -- separated by blanks
	hint         TEXT NOT NULL, -- the secret's last characters, to tell keys apart
	created_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL, -- to the minute or so; 0: never
	revoked_at   BIGINT NOT NULL  -- 0: good
);
CREATE TABLE auth_staff (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	email      TEXT NOT NULL,
	role       TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'associate', 'support')),
	active     BIGINT NOT NULL CHECK (active IN (0, 1)),
	created_at BIGINT NOT NULL
);
CREATE TABLE auth_credentials (
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject    TEXT NOT NULL,
	login      TEXT NOT NULL, -- staff: the address in lower case; customers: a keyed hash of it
	password   TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (realm, subject),
	UNIQUE (realm, login)
);
CREATE TABLE auth_sessions (
	hash       BYTEA PRIMARY KEY, -- SHA-256 of the token
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject    TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL, -- to the minute or so
	idle_at    BIGINT NOT NULL, -- ends then, unless seen again
	ends_at    BIGINT NOT NULL, -- ends then, whatever happens
	device     TEXT NOT NULL DEFAULT '' -- as its owner knows it again
);
CREATE INDEX auth_sessions_subject ON auth_sessions (realm, subject);
CREATE INDEX auth_sessions_idle ON auth_sessions (idle_at);
CREATE TABLE auth_tokens (
	hash       BYTEA PRIMARY KEY,
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'magic')),
	subject    TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL, -- 0: not yet
	ticket     BYTEA,           -- SHA-256 of what the browser has that asked; NULL for any browser
	code       BYTEA,           -- SHA-256 of the ticket and what may be typed instead of opening the link
	tries      BIGINT NOT NULL DEFAULT 0 -- how often a code was typed
);
CREATE INDEX auth_tokens_subject ON auth_tokens (realm, subject);
CREATE INDEX auth_tokens_ticket ON auth_tokens (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX auth_tokens_expiry ON auth_tokens (expires_at);
CREATE TABLE auth_tries (
	realm   TEXT NOT NULL,
	account TEXT NOT NULL, -- SHA-256 of the login; empty: all accounts together
	origin  TEXT NOT NULL, -- the address the tries came from, or its network
	tries   BIGINT NOT NULL CHECK (tries >= 0),
	since   BIGINT NOT NULL,
	PRIMARY KEY (realm, account, origin)
);
CREATE INDEX auth_tries_since ON auth_tries (since);

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
	role       TEXT NOT NULL, -- one of ours, or the id of a row of auth_roles
	active     BIGINT NOT NULL CHECK (active IN (0, 1)),
	created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX auth_staff_email ON auth_staff (email) WHERE active = 1;
CREATE TABLE auth_roles (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	actions    TEXT NOT NULL, -- separated by blanks
	created_at BIGINT NOT NULL
);
CREATE TABLE auth_policy (
	id              BIGINT PRIMARY KEY CHECK (id = 1),
	second_required BIGINT NOT NULL CHECK (second_required IN (0, 1))
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
	proved_at  BIGINT NOT NULL, -- when a second factor, or a password without one, was last shown; 0: not yet
	device     TEXT NOT NULL DEFAULT '' -- as its owner knows it again
);
CREATE INDEX auth_sessions_subject ON auth_sessions (realm, subject);
CREATE INDEX auth_sessions_idle ON auth_sessions (idle_at);
CREATE TABLE auth_tokens (
	hash       BYTEA PRIMARY KEY,
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'magic', 'invite')),
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
CREATE TABLE auth_factors (
	id         TEXT PRIMARY KEY,
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject    TEXT NOT NULL,
	kind       TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
	name       TEXT NOT NULL,
	wrapped    BYTEA NOT NULL, -- the data key of an app's secret
	sealed     BYTEA NOT NULL, -- that secret under it
	confirmed  BIGINT NOT NULL CHECK (confirmed IN (0, 1)),
	last_step  BIGINT NOT NULL, -- the step of the last code that was taken: no code is taken twice
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL -- 0: never
);
CREATE INDEX auth_factors_subject ON auth_factors (realm, subject);
CREATE UNIQUE INDEX auth_factors_passkey ON auth_factors (realm, subject) WHERE kind = 'passkey'; -- that there are some; the keys are passkey's
CREATE TABLE auth_recovery (
	hash    TEXT PRIMARY KEY, -- keyed: a stolen backup cannot be searched for codes
	realm   TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject TEXT NOT NULL,
	used_at BIGINT NOT NULL -- 0: good
);
CREATE INDEX auth_recovery_subject ON auth_recovery (realm, subject);

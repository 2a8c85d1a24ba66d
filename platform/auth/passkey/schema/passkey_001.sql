CREATE TABLE passkey_keys (
	id         TEXT PRIMARY KEY,
	credential TEXT NOT NULL UNIQUE, -- what the device calls it, in base64url
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject    TEXT NOT NULL,
	name       TEXT NOT NULL,  -- as its owner tells it from others
	data       TEXT NOT NULL,  -- JSON: the public key and what the device said of itself
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL -- 0: never
);
CREATE INDEX passkey_keys_subject ON passkey_keys (realm, subject);

-- What a device was asked to sign, until it answers.
CREATE TABLE passkey_challenges (
	hash       BYTEA PRIMARY KEY, -- SHA-256 of the browser's ticket
	realm      TEXT NOT NULL CHECK (realm IN ('staff', 'customer')),
	subject    TEXT NOT NULL,     -- who makes a key; '' for who signs in
	data       TEXT NOT NULL,     -- JSON
	expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);

-- A way to pay that a customer agreed to keep: never a number, only what the
-- gateway that keeps it calls it, and what it is recognised by.
CREATE TABLE vault_cards (
	id          TEXT PRIMARY KEY, -- the reference that the gateway keeps it under
	customer    TEXT NOT NULL,
	gateway     TEXT NOT NULL, -- that keeps it, and where alone it pays
	method      TEXT NOT NULL,
	attempt_id  TEXT UNIQUE, -- that was paid with it when the customer agreed; NULL when it was kept by itself
	state       TEXT NOT NULL CHECK (state IN ('asked', 'kept', 'refused', 'leaving')),
	instrument  TEXT NOT NULL, -- the token: what it was asked with, then what is kept
	brand       TEXT NOT NULL,
	last        TEXT NOT NULL, -- four digits
	expires     BIGINT NOT NULL DEFAULT 0 CHECK (expires = 0 OR expires BETWEEN 200001 AND 299912), -- the last good month, 202704; 0 when the gateway does not tell
	warned      BIGINT NOT NULL DEFAULT 0, -- the expiry that the customer was warned of; 0 for none
	code        TEXT NOT NULL, -- why it was refused
	action_url  TEXT NOT NULL, -- where the customer proves who they are
	return_url  TEXT NOT NULL,
	favourite   BIGINT NOT NULL CHECK (favourite IN (0, 1)), -- offered first
	off_session BIGINT NOT NULL CHECK (off_session IN (0, 1)), -- may be charged while the customer is away
	consent     TEXT NOT NULL, -- the version of the words that were agreed to
	agreed_at   BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	CHECK (favourite = 0 OR state = 'kept')
);
CREATE INDEX vault_cards_expiring ON vault_cards (expires) WHERE state = 'kept' AND expires > 0;
CREATE INDEX vault_cards_of ON vault_cards (customer, state);
CREATE UNIQUE INDEX vault_cards_favourite ON vault_cards (customer) WHERE favourite = 1;

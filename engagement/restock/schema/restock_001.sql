-- Who wants to be told once a variant can be bought again.
CREATE TABLE restock_wishes (
	id       TEXT PRIMARY KEY,
	variant  TEXT NOT NULL,
	channel  TEXT NOT NULL,
	market   TEXT NOT NULL,
	title    TEXT NOT NULL, -- of what is meant, as the reader saw it
	contact  TEXT NOT NULL, -- where the mail goes
	own      BIGINT NOT NULL CHECK (own IN (0, 1)), -- the contact is a customer's own and stays
	reader   TEXT NOT NULL, -- keyed hash of the address: one mail each
	customer TEXT NOT NULL, -- '' for a guest
	words    TEXT NOT NULL, -- what they agreed to
	locale   TEXT NOT NULL,
	asked_at BIGINT NOT NULL,
	told_at  BIGINT NOT NULL -- 0: not yet
);
CREATE UNIQUE INDEX restock_wishes_waiting ON restock_wishes (variant, reader) WHERE told_at = 0;
CREATE INDEX restock_wishes_told ON restock_wishes (told_at) WHERE told_at > 0;
CREATE INDEX restock_wishes_customer ON restock_wishes (customer) WHERE customer <> '';

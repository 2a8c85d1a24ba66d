-- What a consumer declared. The words of a person (name, address) are a contact's.
CREATE TABLE withdrawal_declarations (
	id       TEXT PRIMARY KEY,
	order_id TEXT NOT NULL, -- '' while nobody knows which it is
	number   TEXT NOT NULL, -- of the order, as it was declared
	contact  TEXT NOT NULL, -- who declared it, and where the confirmation goes
	lines    TEXT NOT NULL, -- JSON: ids of the order's lines; [] for the whole contract
	locale   TEXT NOT NULL,
	said_at  BIGINT NOT NULL
);
CREATE INDEX withdrawal_declarations_order ON withdrawal_declarations (order_id) WHERE order_id <> '';

CREATE TABLE cart_carts (
	id          TEXT PRIMARY KEY,
	market      TEXT NOT NULL,
	channel     TEXT NOT NULL,
	currency    CHAR(3) NOT NULL,
	locale      TEXT NOT NULL,
	customer    TEXT NOT NULL,                    -- '' for a guest's
	state       TEXT NOT NULL CHECK (state IN ('open', 'locked', 'ordered', 'merged')),
	version     BIGINT NOT NULL CHECK (version > 0), -- one more with every change of content or owner
	locked_by   TEXT NOT NULL DEFAULT '',         -- who holds the lock, or held it last
	order_id    TEXT UNIQUE,                      -- one order per cart, one cart per order
	merged_into TEXT NOT NULL DEFAULT '',
	gift_cards  BIGINT NOT NULL DEFAULT 0 CHECK (gift_cards >= 0), -- how many are to pay for it
	held_until  BIGINT NOT NULL DEFAULT 0, -- till when stock is held for it before it is paid; 0: it never was
	created_at  BIGINT NOT NULL,
	updated_at  BIGINT NOT NULL,
	CHECK (state <> 'locked' OR locked_by <> ''),
	CHECK ((state = 'ordered') = (order_id IS NOT NULL)),
	CHECK ((state = 'merged') = (merged_into <> ''))
);
CREATE INDEX cart_carts_open ON cart_carts (customer, market) WHERE state = 'open' AND customer <> '';

CREATE TABLE cart_lines (
	id       TEXT PRIMARY KEY,
	cart_id  TEXT NOT NULL REFERENCES cart_carts (id),
	variant  TEXT NOT NULL,
	quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
	position BIGINT NOT NULL,
	UNIQUE (cart_id, variant)
);

CREATE TABLE cart_codes (
	cart_id  TEXT NOT NULL REFERENCES cart_carts (id),
	code     TEXT NOT NULL, -- folded, so that SPRING and spring are one
	written  TEXT NOT NULL, -- as the shopper typed it
	position BIGINT NOT NULL, -- when it was added
	PRIMARY KEY (cart_id, code)
);

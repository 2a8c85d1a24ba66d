CREATE TABLE wishlist_items (
	list     TEXT NOT NULL,
	product  TEXT NOT NULL,
	added_at BIGINT NOT NULL,
	PRIMARY KEY (list, product)
);
CREATE INDEX wishlist_items_old ON wishlist_items (added_at);

CREATE TABLE wishlist_lists (
	id         TEXT PRIMARY KEY,
	customer   TEXT NOT NULL,
	name       BYTEA NOT NULL,
	share      TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX wishlist_lists_customer ON wishlist_lists (customer);
CREATE UNIQUE INDEX wishlist_lists_share ON wishlist_lists (share) WHERE share <> '';

CREATE TABLE wishlist_saved (
	owner    TEXT NOT NULL,
	variant  TEXT NOT NULL,
	quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
	saved_at BIGINT NOT NULL,
	PRIMARY KEY (owner, variant)
);
CREATE INDEX wishlist_saved_old ON wishlist_saved (saved_at);

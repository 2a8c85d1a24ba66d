CREATE TABLE wishlist_items (
	owner    TEXT NOT NULL,
	product  TEXT NOT NULL,
	added_at BIGINT NOT NULL,
	PRIMARY KEY (owner, product)
);
CREATE INDEX wishlist_items_old ON wishlist_items (added_at);

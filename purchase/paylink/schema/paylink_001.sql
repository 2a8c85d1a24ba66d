-- A request for money that staff make and somebody pays on a page of the shop.
CREATE TABLE paylink_links (
	id         TEXT PRIMARY KEY,
	market     TEXT NOT NULL,
	channel    TEXT NOT NULL,
	locale     TEXT NOT NULL,
	order_id   TEXT NOT NULL, -- whose rest is paid; '' for an amount by itself
	contact    TEXT NOT NULL, -- who gets the mail; '' when it is handed over otherwise
	held_by    TEXT NOT NULL DEFAULT '', -- what a checkout holds for the payer of a cart; '' for none, or let go
	edit       TEXT NOT NULL DEFAULT '', -- the edit of the order that waits for it; '' for none
	text       TEXT NOT NULL, -- what it is for, as the payer reads it
	currency   CHAR(3) NOT NULL,
	amount     BIGINT NOT NULL CHECK (amount > 0), -- minor units, fixed until it ends
	state      TEXT NOT NULL CHECK (state IN ('open', 'paying', 'paid', 'canceled')),
	payment_id TEXT NOT NULL, -- of the last try; '' before the first
	failure    TEXT NOT NULL, -- why the last try failed: a code for the payer, '' for nothing
	expires_at BIGINT NOT NULL, -- microseconds since 1970
	actor      TEXT NOT NULL, -- who made it
	created_at BIGINT NOT NULL,
	paid_at    BIGINT,
	CHECK (state NOT IN ('paying', 'paid') OR payment_id <> ''),
	CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
-- An order's rest is asked for once at a time.
CREATE UNIQUE INDEX paylink_links_order ON paylink_links (order_id) WHERE order_id <> '' AND state IN ('open', 'paying');
-- What is held for carts, by when it is let go.
CREATE INDEX paylink_links_held ON paylink_links (expires_at) WHERE held_by <> '' AND state = 'open';
CREATE UNIQUE INDEX paylink_links_payment ON paylink_links (payment_id) WHERE payment_id <> '';

CREATE TABLE order_orders (
	id            TEXT PRIMARY KEY,
	number        TEXT NOT NULL UNIQUE, -- for people
	cart_id       TEXT NOT NULL UNIQUE, -- one cart is placed once
	market        TEXT NOT NULL,
	channel       TEXT NOT NULL,
	entity        TEXT NOT NULL, -- the legal entity that sells
	locale        TEXT NOT NULL,
	customer      TEXT NOT NULL, -- '' for a guest
	contact       TEXT NOT NULL, -- a row under the person's key
	flow          TEXT NOT NULL,
	flow_version  BIGINT NOT NULL,
	arm           TEXT NOT NULL,
	payment_id    TEXT NOT NULL, -- '' when nothing had to be paid
	state         TEXT NOT NULL CHECK (state IN ('placed', 'on_hold', 'completed', 'canceled')),
	hold_reason   TEXT NOT NULL,
	currency      CHAR(3) NOT NULL,
	exchange_ppm  BIGINT NOT NULL CHECK (exchange_ppm > 0), -- to the merchant's currency, when booked
	tax_included  BIGINT NOT NULL CHECK (tax_included IN (0, 1)),
	tax_reason    TEXT NOT NULL DEFAULT '', -- why no tax was charged; '' when it was
	subtotal      BIGINT NOT NULL CHECK (subtotal >= 0),
	discount      BIGINT NOT NULL CHECK (discount >= 0 AND discount <= subtotal),
	shipping      BIGINT NOT NULL CHECK (shipping >= 0),
	tax           BIGINT NOT NULL CHECK (tax >= 0),
	total         BIGINT NOT NULL CHECK (total = subtotal - discount + shipping + (1 - tax_included) * tax),
	source        TEXT NOT NULL, -- 'checkout', 'imported' …
	is_test       BIGINT NOT NULL CHECK (is_test IN (0, 1)),
	imported      BIGINT NOT NULL CHECK (imported IN (0, 1)), -- placed elsewhere or before: nothing is owed, shipped or booked
	metadata      TEXT NOT NULL, -- JSON, visible to the owner
	private_metadata TEXT NOT NULL, -- JSON, staff and systems
	external_ids  TEXT NOT NULL, -- JSON
	version       BIGINT NOT NULL,
	tenders       TEXT NOT NULL DEFAULT '', -- JSON: what stored value pays; '' for nothing
	extras        TEXT NOT NULL DEFAULT '', -- JSON: what was asked for beside the goods; '' for nothing
	due           BIGINT NOT NULL CHECK (due >= 0 AND due <= total), -- left for a payment
	added         BIGINT NOT NULL DEFAULT 0 CHECK (added >= 0 AND added <= total), -- of total: what edits added since it was placed
	placed_at     BIGINT NOT NULL, -- microseconds since 1970
	updated_at    BIGINT NOT NULL,
	CHECK (imported = 0 OR payment_id = '')
);
CREATE INDEX order_orders_imported ON order_orders (id) WHERE imported = 1;
CREATE INDEX order_orders_by_customer ON order_orders (customer, id) WHERE customer <> '';
CREATE INDEX order_orders_by_contact ON order_orders (contact) WHERE contact <> '';
CREATE INDEX order_orders_by_state ON order_orders (state, id);
CREATE TABLE order_groups (
	id           TEXT PRIMARY KEY,
	order_id     TEXT NOT NULL REFERENCES order_orders (id),
	kind         TEXT NOT NULL CHECK (kind IN ('ship', 'pickup')),
	method       TEXT NOT NULL,
	name         TEXT NOT NULL, -- as shown to the shopper
	location     TEXT NOT NULL, -- where a pick-up waits
	price        BIGINT NOT NULL CHECK (price >= 0),
	discount     BIGINT NOT NULL CHECK (discount >= 0 AND discount <= price),
	tax          BIGINT NOT NULL CHECK (tax >= 0),
	promise_from TEXT NOT NULL, -- civil dates
	promise_to   TEXT NOT NULL,
	position     BIGINT NOT NULL DEFAULT 0,
	promised     TEXT NOT NULL DEFAULT '', -- JSON: what the dates were computed from; '' when nobody wrote it down
	added        TEXT NOT NULL DEFAULT '', -- the edit that added it, as a charge for delivery alone; '' when placed with the order
	point        TEXT NOT NULL DEFAULT '' -- JSON: the carrier's point where it waits; '' for the door or a place of ours
);
CREATE INDEX order_groups_by_order ON order_groups (order_id, id);
CREATE TABLE order_lines (
	id          TEXT PRIMARY KEY,
	order_id    TEXT NOT NULL REFERENCES order_orders (id),
	position    BIGINT NOT NULL,
	group_id    TEXT NOT NULL REFERENCES order_groups (id),
	parent_id   TEXT NOT NULL, -- of a bundle's part
	kind        TEXT NOT NULL,
	product     TEXT NOT NULL,
	variant     TEXT NOT NULL,
	sku         TEXT NOT NULL, -- a label, as it was
	title       TEXT NOT NULL,
	image       TEXT NOT NULL,
	seller      TEXT NOT NULL,
	properties  TEXT NOT NULL, -- JSON
	quantity    BIGINT NOT NULL CHECK (quantity > 0), -- in steps of 10^-scale
	scale       BIGINT NOT NULL CHECK (scale BETWEEN 0 AND 3),
	unit_price  BIGINT NOT NULL CHECK (unit_price >= 0),
	unit_cost   BIGINT NOT NULL CHECK (unit_cost >= 0),
	cost_currency TEXT NOT NULL, -- '' when no cost is known
	tax_class   TEXT NOT NULL,
	subtotal    BIGINT NOT NULL CHECK (subtotal >= 0),
	discount    BIGINT NOT NULL CHECK (discount >= 0 AND discount <= subtotal),
	tax         BIGINT NOT NULL CHECK (tax >= 0),
	total       BIGINT NOT NULL CHECK (total = subtotal - discount),
	shipped     BIGINT NOT NULL CHECK (shipped BETWEEN 0 AND quantity),
	returned    BIGINT NOT NULL CHECK (returned BETWEEN 0 AND shipped),
	refunded    BIGINT NOT NULL CHECK (refunded >= 0), -- minor units given back
	sources     TEXT NOT NULL DEFAULT '', -- JSON: the locations its units were claimed from when it was placed; '' for none
	added       TEXT NOT NULL DEFAULT '', -- the edit that added it; '' when placed with the order
	UNIQUE (order_id, position)
);
-- What each discount took off each line, and each tax on it, as frozen when placed.
CREATE TABLE order_shares (
	line_id   TEXT NOT NULL REFERENCES order_lines (id),
	position  BIGINT NOT NULL,
	promotion TEXT NOT NULL,
	code      TEXT NOT NULL,
	amount    BIGINT NOT NULL CHECK (amount > 0),
	PRIMARY KEY (line_id, position)
);
CREATE TABLE order_taxes (
	owner_id TEXT NOT NULL, -- a line or a group
	position BIGINT NOT NULL,
	name     TEXT NOT NULL,
	country  TEXT NOT NULL,
	region   TEXT NOT NULL,
	ppm      BIGINT NOT NULL CHECK (ppm BETWEEN 0 AND 1000000),
	base     BIGINT NOT NULL,
	amount   BIGINT NOT NULL,
	PRIMARY KEY (owner_id, position)
);
CREATE TABLE order_blocks (
	name TEXT PRIMARY KEY,
	last BIGINT NOT NULL
);
INSERT INTO order_blocks (name, last) VALUES ('order', 10000);
-- What came back of imported orders, by the document that told of it.
CREATE TABLE order_returns (
	ref         TEXT NOT NULL,
	position    BIGINT NOT NULL, -- in the document
	line_id     TEXT NOT NULL REFERENCES order_lines (id),
	order_id    TEXT NOT NULL REFERENCES order_orders (id),
	quantity    BIGINT NOT NULL CHECK (quantity > 0),
	amount      BIGINT NOT NULL CHECK (amount >= 0),
	returned_at BIGINT NOT NULL,
	PRIMARY KEY (ref, position, line_id)
);
CREATE INDEX order_returns_by_order ON order_returns (order_id);
-- Numbers that the shop's own series passed over, because imported orders have them.
CREATE TABLE order_skipped (
	low  BIGINT PRIMARY KEY,
	high BIGINT NOT NULL CHECK (high >= low)
);
CREATE INDEX order_skipped_by_high ON order_skipped (high);

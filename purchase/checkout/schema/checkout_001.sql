CREATE TABLE checkout_sessions (
	id           TEXT PRIMARY KEY,
	cart_id      TEXT NOT NULL,
	market       TEXT NOT NULL,
	channel      TEXT NOT NULL,
	locale       TEXT NOT NULL,
	customer     TEXT NOT NULL, -- '' for a guest
	contact      TEXT NOT NULL, -- '' until an e-mail or an address is given
	flow         TEXT NOT NULL, -- pinned when the session began
	flow_version BIGINT NOT NULL,
	arm          TEXT NOT NULL,
	visitor      TEXT NOT NULL, -- whose visit it was: the unit of experiments; '' where unknown
	visit        TEXT NOT NULL DEFAULT '{}', -- JSON: what was known when the flow was chosen, for simulations and figures
	groups       TEXT NOT NULL, -- JSON: which lines travel how; one group without lines is all of them
	method       TEXT NOT NULL, -- of payment
	instrument   TEXT NOT NULL, -- the gateway's token
	saved        TEXT NOT NULL DEFAULT '', -- the kept card that the instrument is of
	keep         BIGINT NOT NULL DEFAULT 0 CHECK (keep IN (0, 1)), -- the card is to be kept for later, as the customer agreed
	credit       BIGINT NOT NULL CHECK (credit IN (0, 1)), -- store credit is to pay, as far as it goes
	widgets      TEXT NOT NULL DEFAULT '', -- JSON: what was said to the flow's widgets, and the facts their conditions speak of; '' for nothing
	shown        TEXT NOT NULL DEFAULT '', -- JSON: the dates of arrival that were shown last, and what they were computed from; '' for none
	state        TEXT NOT NULL CHECK (state IN ('open', 'paying', 'placed', 'canceled')),
	placing_id   TEXT NOT NULL, -- the last try at placing the order
	order_id     TEXT NOT NULL,
	failure      TEXT NOT NULL, -- JSON: why the last try failed, as a message
	version      BIGINT NOT NULL,
	created_at   BIGINT NOT NULL, -- microseconds since 1970
	updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX checkout_sessions_live ON checkout_sessions (cart_id) WHERE state <> 'canceled';
-- A placing is one try at turning a cart into an order: it holds the stock and
-- the coupons, and owns the payment.
CREATE TABLE checkout_placings (
	id         TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES checkout_sessions (id),
	cart_id    TEXT NOT NULL,
	order_id   TEXT NOT NULL, -- the id the order will have
	draft      TEXT NOT NULL, -- JSON: the order, frozen
	state      TEXT NOT NULL CHECK (state IN ('open', 'placed', 'failed')),
	redeemed   BIGINT NOT NULL CHECK (redeemed IN (0, 1)), -- it holds uses of promotions
	action_url TEXT NOT NULL, -- where the shopper must go to finish
	principal  TEXT NOT NULL, -- the idempotency key the answer belongs to
	route      TEXT NOT NULL,
	key        TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	closed_at  BIGINT
);
-- One live try a cart; once placed, none again.
CREATE UNIQUE INDEX checkout_placings_live ON checkout_placings (cart_id) WHERE state <> 'failed';
-- Orders whose gift cards and files wait for their payment.
CREATE TABLE checkout_awaited (
	order_id   TEXT PRIMARY KEY,
	payment_id TEXT NOT NULL UNIQUE
);
-- Taps of one-click checkouts: placed at their time unless undone before.
CREATE TABLE checkout_taps (
	session_id TEXT PRIMARY KEY REFERENCES checkout_sessions (id),
	state      TEXT NOT NULL CHECK (state IN ('waiting', 'begun', 'undone')),
	currency   CHAR(3) NOT NULL,
	expected   BIGINT NOT NULL CHECK (expected >= 0), -- the total that was agreed to
	due        BIGINT NOT NULL CHECK (due >= 0 AND due <= expected),
	key        TEXT NOT NULL, -- of the idempotency of its try
	place_at   BIGINT NOT NULL -- microseconds since 1970
);

-- What was asked of a gateway after the money was held, written before it is asked.
ALTER TABLE payment_payments ADD COLUMN market TEXT NOT NULL DEFAULT '';
ALTER TABLE payment_payments ADD COLUMN voided BIGINT NOT NULL DEFAULT 0 CHECK (voided >= 0); -- once held, let go
-- under way, and so spoken for: captures and voids, and refunds
ALTER TABLE payment_payments ADD COLUMN moving BIGINT NOT NULL DEFAULT 0 CHECK (moving >= 0 AND captured + moving <= authorized);
ALTER TABLE payment_payments ADD COLUMN refunding BIGINT NOT NULL DEFAULT 0 CHECK (refunding >= 0 AND refunded + refunding <= captured);
ALTER TABLE payment_attempts ADD COLUMN captured BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0 AND captured <= amount);
ALTER TABLE payment_attempts ADD COLUMN refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= captured);
-- What is held and not taken, by age.
CREATE INDEX payment_payments_held ON payment_payments (created_at) WHERE authorized > captured;
UPDATE payment_attempts SET captured = amount WHERE state = 'captured';
CREATE TABLE payment_movements (
	id           TEXT PRIMARY KEY, -- the key it is asked under, for good
	payment_id   TEXT NOT NULL REFERENCES payment_payments (id),
	attempt_id   TEXT NOT NULL REFERENCES payment_attempts (id),
	kind         TEXT NOT NULL CHECK (kind IN ('capture', 'void', 'refund')),
	key          TEXT NOT NULL, -- of who asked for it: the same key is the same movement
	currency     CHAR(3) NOT NULL,
	amount       BIGINT NOT NULL CHECK (amount > 0),
	state        TEXT NOT NULL CHECK (state IN ('written', 'unknown', 'done', 'failed')),
	actor        TEXT NOT NULL,
	reason       TEXT NOT NULL,
	decline_code TEXT NOT NULL,
	looks        BIGINT NOT NULL, -- how often the gateway was asked again
	look_at      BIGINT, -- when to ask next; NULL when it is settled
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	UNIQUE (payment_id, kind, key)
);
CREATE INDEX payment_movements_open ON payment_movements (look_at) WHERE look_at IS NOT NULL;

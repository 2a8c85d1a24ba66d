-- What a gateway kept for a payment, as its statements tell; a correction is a row of its own.
-- append-only: payment_fees
CREATE TABLE payment_fees (
	attempt_id TEXT NOT NULL REFERENCES payment_attempts (id),
	key        TEXT NOT NULL, -- of the statement's row: the same fee is learned once
	currency   CHAR(3) NOT NULL,
	amount     BIGINT NOT NULL CHECK (amount <> 0), -- minor units, positive was kept
	at         BIGINT NOT NULL,
	PRIMARY KEY (attempt_id, key)
);
CREATE INDEX payment_attempts_by_gateway_id ON payment_attempts (gateway, gateway_id) WHERE gateway_id <> '';

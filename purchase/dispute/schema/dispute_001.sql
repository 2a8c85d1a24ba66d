CREATE TABLE dispute_disputes (
	id         TEXT PRIMARY KEY,
	gateway    TEXT NOT NULL,
	theirs     TEXT NOT NULL, -- the gateway's own name of the dispute
	attempt_id TEXT NOT NULL,
	payment_id TEXT NOT NULL,
	order_id   TEXT NOT NULL, -- '' when the payment is of no order
	state      TEXT NOT NULL CHECK (state IN ('open', 'answered', 'won', 'lost')),
	reason     TEXT NOT NULL, -- as the gateway says it
	currency   CHAR(3) NOT NULL,
	amount     BIGINT NOT NULL CHECK (amount > 0),
	taken      BIGINT NOT NULL CHECK (taken IN (0, 1)), -- the money left the gateway's account with us
	due_at     BIGINT NOT NULL, -- when evidence is due; 0 when nobody said
	opened_at  BIGINT NOT NULL,
	closed_at  BIGINT NOT NULL, -- 0 while open
	UNIQUE (gateway, theirs)
);
CREATE INDEX dispute_disputes_by_attempt ON dispute_disputes (attempt_id);
CREATE INDEX dispute_disputes_by_payment ON dispute_disputes (payment_id);
CREATE INDEX dispute_disputes_by_state ON dispute_disputes (state, id);
-- append-only: dispute_evidence
CREATE TABLE dispute_evidence (
	id         TEXT PRIMARY KEY,
	dispute_id TEXT NOT NULL REFERENCES dispute_disputes (id),
	actor      TEXT NOT NULL,
	text       TEXT NOT NULL,
	file_name  TEXT NOT NULL, -- '' without a file
	content    BYTEA, -- of the file
	at         BIGINT NOT NULL
);
CREATE INDEX dispute_evidence_by_dispute ON dispute_evidence (dispute_id, id);

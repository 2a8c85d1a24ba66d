CREATE TABLE bank_payments (
	reference    TEXT PRIMARY KEY, -- the merchant's
	id           TEXT NOT NULL UNIQUE, -- ours, and the capability of the challenge page
	account      TEXT NOT NULL,
	kind         TEXT NOT NULL, -- of the method, '' when the merchant did not say
	page         TEXT NOT NULL, -- where a person has to act, '' for nowhere
	instrument   TEXT NOT NULL,
	currency     TEXT NOT NULL,
	amount       BIGINT NOT NULL CHECK (amount >= 0),
	captured     BIGINT NOT NULL CHECK (captured BETWEEN 0 AND amount),
	refunded     BIGINT NOT NULL CHECK (refunded BETWEEN 0 AND captured),
	state        TEXT NOT NULL CHECK (state IN ('pending', 'action_required', 'authorized', 'captured', 'declined', 'voided')),
	decline_code TEXT NOT NULL,
	proof        TEXT NOT NULL, -- that the cardholder gave, '' for none
	return_url   TEXT NOT NULL,
	capture      BIGINT NOT NULL CHECK (capture IN (0, 1)),
	due_at       BIGINT, -- when an undecided payment decides itself
	created_at   BIGINT NOT NULL
);
CREATE INDEX bank_payments_due ON bank_payments (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE bank_changes (
	key       TEXT PRIMARY KEY, -- the merchant's: a change is made once
	reference TEXT NOT NULL,
	kind      TEXT NOT NULL CHECK (kind IN ('capture', 'refund')),
	amount    BIGINT NOT NULL CHECK (amount > 0),
	at        BIGINT NOT NULL
);
CREATE TABLE bank_notices (
	id        TEXT PRIMARY KEY,
	reference TEXT NOT NULL,
	kind      TEXT NOT NULL,
	copies    BIGINT NOT NULL, -- how often it is still to be sent
	tries     BIGINT NOT NULL,
	send_at   BIGINT NOT NULL
);
CREATE INDEX bank_notices_due ON bank_notices (send_at) WHERE copies > 0;
-- What an issuer will say to one new reference after the other.
CREATE TABLE bank_scripts (
	id       TEXT PRIMARY KEY,
	outcomes TEXT NOT NULL, -- JSON array of names
	said     BIGINT NOT NULL CHECK (said >= 0)
);

-- Codes that people show on their phones for a till to scan.
CREATE TABLE bank_codes (
	code       TEXT PRIMARY KEY,
	currency   TEXT NOT NULL,
	most       BIGINT NOT NULL CHECK (most > 0), -- what it pays at most, in minor units
	does       TEXT NOT NULL, -- an outcome
	reference  TEXT NOT NULL, -- of the payment that it was shown for, '' for none
	expires_at BIGINT NOT NULL
);

-- What was held and let go, so that no more of it is taken.
ALTER TABLE bank_payments ADD COLUMN released BIGINT NOT NULL DEFAULT 0 CHECK (released >= 0 AND captured + released <= amount);

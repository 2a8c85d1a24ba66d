-- Of to_payment, what was but promised: it does not go back, it is not asked for any more.
ALTER TABLE amend_amendments ADD COLUMN waived BIGINT NOT NULL DEFAULT 0 CHECK (waived >= 0 AND waived <= to_payment);

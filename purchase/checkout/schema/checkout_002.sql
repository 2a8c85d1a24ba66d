-- How many of the customer's points are to pay, as far as they go; -1: as many as possible.
ALTER TABLE checkout_sessions ADD COLUMN points BIGINT NOT NULL DEFAULT 0 CHECK (points >= -1);

-- Of the amount, what is not asked for any more: taken out of an order before it was paid, or paid another way.
ALTER TABLE payment_payments ADD COLUMN waived BIGINT NOT NULL DEFAULT 0 CHECK (waived >= 0 AND captured + moving + waived <= amount);

-- On which terms goods come back without a reason: days after delivery (0: as many as the law gives), who pays, how.
ALTER TABLE market_markets ADD COLUMN return_days BIGINT NOT NULL DEFAULT 0 CHECK (return_days BETWEEN 0 AND 365);
ALTER TABLE market_markets ADD COLUMN return_paid_by TEXT NOT NULL DEFAULT 'buyer' CHECK (return_paid_by IN ('buyer', 'shop'));
ALTER TABLE market_markets ADD COLUMN return_how TEXT NOT NULL DEFAULT 'parcel' CHECK (return_how IN ('parcel', 'label', 'hand'));

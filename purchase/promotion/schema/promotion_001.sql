CREATE TABLE promotion_promotions (
	id           TEXT PRIMARY KEY,
	name         TEXT NOT NULL,
	name_key     TEXT NOT NULL, -- the name without regard to case and accents, to look for it and to sort
	code         TEXT NOT NULL, -- the one it was created with, as written; '' without
	by_code      BIGINT NOT NULL CHECK (by_code IN (0, 1)), -- 0 applies by itself
	benefit      TEXT NOT NULL,
	settings     TEXT NOT NULL, -- JSON, of the benefit
	items        TEXT NOT NULL, -- JSON: the goods it is for
	conditions   TEXT NOT NULL, -- JSON: kinds with settings
	market       TEXT NOT NULL, -- '' for all
	priority     BIGINT NOT NULL,
	exclusive    BIGINT NOT NULL CHECK (exclusive IN (0, 1)),
	usage_limit  BIGINT NOT NULL CHECK (usage_limit >= 0), -- 0 is without limit, as below
	used         BIGINT NOT NULL CHECK (used >= 0),
	per_customer BIGINT NOT NULL CHECK (per_customer >= 0),
	period       TEXT NOT NULL CHECK (period IN ('', 'day', 'week', 'month')),
	per_period   BIGINT NOT NULL CHECK (per_period >= 0),
	budget       BIGINT NOT NULL CHECK (budget >= 0),
	currency     TEXT NOT NULL, -- of the budget; '' without
	spent        BIGINT NOT NULL CHECK (spent >= 0),
	starts       BIGINT NOT NULL,
	ends         BIGINT NOT NULL, -- 0 for never
	state        TEXT NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'ended')),
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	CHECK (usage_limit = 0 OR used <= usage_limit),
	CHECK (budget = 0 OR spent <= budget),
	CHECK ((budget > 0) = (currency <> '')),
	CHECK ((per_period > 0) = (period <> '')),
	CHECK (ends = 0 OR starts < ends)
);
CREATE INDEX promotion_automatic ON promotion_promotions (priority DESC, id) WHERE by_code = 0 AND state = 'active';

-- Every code there is, as it is compared: one look-up answers for all.
CREATE TABLE promotion_codes (
	folded      TEXT PRIMARY KEY,
	code        TEXT NOT NULL, -- as written
	promotion   TEXT NOT NULL REFERENCES promotion_promotions (id),
	usage_limit BIGINT NOT NULL CHECK (usage_limit >= 0), -- 0: only the promotion's own limits
	used        BIGINT NOT NULL CHECK (used >= 0), -- counted only with a limit
	created_at  BIGINT NOT NULL,
	CHECK (used <= usage_limit)
);
CREATE INDEX promotion_codes_of ON promotion_codes (promotion, folded);

-- Uses by one customer, or in one period, of promotions that limit those. It and
-- the next table name promotions without a reference: that is a lock many share
-- on the very row whose counter each then changes, one after the other.
CREATE TABLE promotion_counters (
	promotion TEXT NOT NULL, -- of promotion_promotions
	scope     TEXT NOT NULL CHECK (scope IN ('customer', 'period')),
	name      TEXT NOT NULL, -- a customer's id, the keyed hash of an e-mail address, 2030-03-01, 2030-W09, 2030-03
	used      BIGINT NOT NULL CHECK (used >= 0),
	most      BIGINT NOT NULL, -- the limit when it was last counted up
	PRIMARY KEY (promotion, scope, name),
	CHECK (used <= most)
);

-- One use of one promotion by one holder: the truth that all counters count.
CREATE TABLE promotion_redemptions (
	promotion  TEXT NOT NULL, -- of promotion_promotions
	holder     TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('held', 'released', 'claimed')),
	order_id   TEXT NOT NULL, -- '' before it is claimed
	amount     BIGINT NOT NULL CHECK (amount >= 0), -- what was taken off
	currency   TEXT NOT NULL,
	code       TEXT NOT NULL, -- folded; '' without
	limited    BIGINT NOT NULL CHECK (limited IN (0, 1)), -- the code's own uses are counted
	period     TEXT NOT NULL, -- '' where no period is counted
	customer   TEXT NOT NULL, -- the counters of the customer, '' where none are counted
	email      TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	UNIQUE (promotion, holder),
	CHECK ((state = 'claimed') = (order_id <> ''))
);
CREATE INDEX promotion_redemptions_order ON promotion_redemptions (order_id) WHERE state = 'claimed';
CREATE INDEX promotion_redemptions_holder ON promotion_redemptions (holder);

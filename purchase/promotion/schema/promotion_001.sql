CREATE TABLE promotion_promotions (
	id          TEXT PRIMARY KEY,
	name        TEXT NOT NULL,
	code        TEXT NOT NULL, -- as written; '' applies by itself
	folded      TEXT NOT NULL, -- as compared
	kind        TEXT NOT NULL CHECK (kind IN ('percent', 'fixed')),
	ppm         BIGINT NOT NULL CHECK (ppm BETWEEN 0 AND 1000000),
	amount      BIGINT NOT NULL CHECK (amount >= 0),
	currency    TEXT NOT NULL, -- '' of a percentage
	market      TEXT NOT NULL, -- '' for all
	usage_limit BIGINT NOT NULL CHECK (usage_limit >= 0), -- 0 is without limit
	used        BIGINT NOT NULL CHECK (used >= 0),
	starts      BIGINT NOT NULL,
	ends        BIGINT NOT NULL, -- 0 for never
	state       TEXT NOT NULL CHECK (state IN ('draft', 'active', 'ended')),
	created_at  BIGINT NOT NULL,
	CHECK (usage_limit = 0 OR used <= usage_limit),
	CHECK (ends = 0 OR starts < ends)
);
CREATE UNIQUE INDEX promotion_codes ON promotion_promotions (folded) WHERE folded <> '';
CREATE INDEX promotion_automatic ON promotion_promotions (id) WHERE folded = '' AND state = 'active';

-- One use of one promotion by one holder: the truth that used counts.
CREATE TABLE promotion_redemptions (
	promotion  TEXT NOT NULL REFERENCES promotion_promotions (id),
	holder     TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('held', 'released', 'claimed')),
	order_id   TEXT NOT NULL, -- '' before it is claimed
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	UNIQUE (promotion, holder),
	CHECK ((state = 'claimed') = (order_id <> ''))
);
CREATE INDEX promotion_redemptions_holder ON promotion_redemptions (holder);

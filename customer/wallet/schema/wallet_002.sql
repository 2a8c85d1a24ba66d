-- Points stand beside the currencies, as PTS. What is held of them pays an
-- amount of money, and gets that back; 0 and '' for a hold of credit.
ALTER TABLE wallet_holds ADD COLUMN worth_in CHAR(3) NOT NULL DEFAULT '';
ALTER TABLE wallet_holds ADD COLUMN worth BIGINT NOT NULL DEFAULT 0 CHECK ((worth > 0) = (currency = 'PTS') AND (worth > 0) = (worth_in <> ''));
ALTER TABLE wallet_holds ADD COLUMN worth_back BIGINT NOT NULL DEFAULT 0 CHECK (worth_back BETWEEN 0 AND worth);

-- What points paid and got back, in money; amount of them may be none.
CREATE TABLE wallet_points_refunds (
	refund_key TEXT PRIMARY KEY,
	order_id   TEXT NOT NULL,
	currency   CHAR(3) NOT NULL,
	worth      BIGINT NOT NULL CHECK (worth > 0),
	amount     BIGINT NOT NULL CHECK (amount >= 0),
	at         BIGINT NOT NULL
);
-- append-only: wallet_points_refunds
CREATE INDEX wallet_points_refunds_order ON wallet_points_refunds (order_id);

-- What staff took of a customer's points: once under a key.
CREATE TABLE wallet_takes (
	take_key TEXT PRIMARY KEY,
	customer TEXT NOT NULL,
	amount   BIGINT NOT NULL CHECK (amount > 0),
	at       BIGINT NOT NULL
);
-- append-only: wallet_takes

-- What points are worth in a currency. Without a row they are not spent in it.
CREATE TABLE wallet_worths (
	currency   CHAR(3) PRIMARY KEY,
	points     BIGINT NOT NULL CHECK (points > 0),
	minor      BIGINT NOT NULL CHECK (minor > 0), -- that so many points are worth
	least      BIGINT NOT NULL CHECK (least >= 0), -- points of one order
	share      BIGINT NOT NULL CHECK (share BETWEEN 1 AND 100), -- percent of an order
	updated_at BIGINT NOT NULL
);

CREATE TABLE amend_amendments (
	id         TEXT PRIMARY KEY,
	order_id   TEXT NOT NULL,
	key        TEXT NOT NULL, -- of who asked: the same key is the same amendment
	kind       TEXT NOT NULL CHECK (kind IN ('cancel', 'refund', 'edit')),
	state      TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'done', 'failed', 'declined', 'awaiting')),
	currency   CHAR(3) NOT NULL,
	goods      BIGINT NOT NULL CHECK (goods >= 0), -- of the lines, as frozen when placed
	shipping   BIGINT NOT NULL CHECK (shipping >= 0),
	goodwill   BIGINT NOT NULL CHECK (goodwill >= 0), -- for no line of the order
	to_cards   BIGINT NOT NULL CHECK (to_cards >= 0),
	to_credit  BIGINT NOT NULL CHECK (to_credit >= 0),
	to_payment BIGINT NOT NULL CHECK (to_payment >= 0),
	restock    BIGINT NOT NULL CHECK (restock IN (0, 1)),
	reason     TEXT NOT NULL,
	actor      TEXT NOT NULL,
	approver   TEXT NOT NULL, -- '' when none was needed
	failure    TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	added      BIGINT NOT NULL DEFAULT 0 CHECK (added >= 0), -- by an edit, with tax
	to_pay     BIGINT NOT NULL DEFAULT 0 CHECK (to_pay >= 0), -- by the buyer, for an edit
	plan       TEXT NOT NULL DEFAULT '', -- JSON: what an edit adds; '' for what is none
	contact    TEXT NOT NULL DEFAULT '', -- where an edit sends the order; '' where it went
	link       TEXT NOT NULL DEFAULT '', -- by which to_pay is paid
	CHECK (goods + shipping + goodwill + to_pay = to_cards + to_credit + to_payment + added),
	CHECK (approver <> actor),
	UNIQUE (order_id, key)
);
CREATE INDEX amend_amendments_open ON amend_amendments (updated_at) WHERE state = 'approved';
CREATE INDEX amend_amendments_awaiting ON amend_amendments (order_id) WHERE state = 'awaiting';
CREATE TABLE amend_limits ( -- above which a second person approves
	currency CHAR(3) PRIMARY KEY,
	most     BIGINT NOT NULL CHECK (most >= 0)
);
CREATE TABLE amend_lines (
	amendment_id TEXT NOT NULL REFERENCES amend_amendments (id),
	line_id      TEXT NOT NULL,
	units        BIGINT NOT NULL CHECK (units > 0),
	amount       BIGINT NOT NULL CHECK (amount >= 0),
	PRIMARY KEY (amendment_id, line_id)
);
CREATE INDEX amend_lines_by_line ON amend_lines (line_id);

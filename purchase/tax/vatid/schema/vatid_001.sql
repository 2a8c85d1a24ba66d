-- What a tax office said of the VAT id in a contact. The id itself is only in
-- the contact, under its person's key.
CREATE TABLE vatid_checks (
	contact     TEXT PRIMARY KEY,
	mark        TEXT NOT NULL,   -- tells whether the contact's id is still the one that was asked about
	state       TEXT NOT NULL CHECK (state IN ('pending', 'valid', 'invalid')),
	order_id    TEXT NOT NULL,   -- that was placed without tax on the strength of it; '' for none
	reference   TEXT NOT NULL,   -- the office's own, as proof; '' where it gave none
	asked_at    BIGINT NOT NULL,
	answered_at BIGINT NOT NULL, -- 0 before
	attempts    BIGINT NOT NULL CHECK (attempts >= 0)
);
CREATE INDEX vatid_checks_by_order ON vatid_checks (order_id) WHERE order_id <> '';

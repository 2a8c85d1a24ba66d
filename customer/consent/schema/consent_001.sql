-- What somebody said, in the order they said it: nothing is changed, and it goes
-- only with the person. Whoever answers by mail has an address; whoever has an
-- account is a customer.
CREATE TABLE consent_answers (
	id       TEXT PRIMARY KEY,
	customer TEXT NOT NULL,
	contact  TEXT NOT NULL, -- whose mailbox said so; '' where none had to
	address  TEXT NOT NULL, -- keyed hash of that address
	purpose  TEXT NOT NULL,
	given    BIGINT NOT NULL CHECK (given IN (0, 1)),
	words    TEXT NOT NULL, -- what they were asked, as they read it
	version  TEXT NOT NULL, -- what names these words; '' for none
	locale   TEXT NOT NULL,
	source   TEXT NOT NULL, -- where: "account", "registration", "banner", "page", "checkout", "mail", "api"
	ref      TEXT NOT NULL, -- what it stood on, such as an order
	asked_at BIGINT NOT NULL, -- the box was ticked; the mailbox said so at said_at
	said_at  BIGINT NOT NULL,
	CHECK (customer <> '' OR contact <> ''),
	CHECK ((contact = '') = (address = ''))
);
CREATE INDEX consent_answers_of ON consent_answers (customer, purpose, id);
CREATE INDEX consent_answers_at ON consent_answers (address, purpose, id);
CREATE INDEX consent_answers_contact ON consent_answers (contact);

-- A yes that its mailbox has not confirmed: it allows nothing.
CREATE TABLE consent_wishes (
	id           TEXT PRIMARY KEY,
	customer     TEXT NOT NULL,
	contact      TEXT NOT NULL,
	address      TEXT NOT NULL,
	purpose      TEXT NOT NULL,
	words        TEXT NOT NULL,
	version      TEXT NOT NULL,
	locale       TEXT NOT NULL,
	source       TEXT NOT NULL,
	ref          TEXT NOT NULL,
	made         BIGINT NOT NULL CHECK (made IN (0, 1)), -- the contact was made for it and goes with it
	asked_at     BIGINT NOT NULL,
	confirmed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX consent_wishes_at ON consent_wishes (address, purpose, asked_at);
CREATE INDEX consent_wishes_old ON consent_wishes (asked_at);
CREATE INDEX consent_wishes_contact ON consent_wishes (contact);

-- What somebody said, in the order they said it: nothing is changed or taken out.
CREATE TABLE consent_answers (
	id       TEXT PRIMARY KEY,
	customer TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	given    BIGINT NOT NULL CHECK (given IN (0, 1)),
	words    TEXT NOT NULL, -- what they were asked, as they read it
	locale   TEXT NOT NULL,
	source   TEXT NOT NULL, -- where: "account", "registration", "banner"
	said_at  BIGINT NOT NULL
);
CREATE INDEX consent_answers_of ON consent_answers (customer, purpose, id);

-- What the sandbox carrier remembers. No name and no address: a label is drawn
-- again from the booking whoever asks for it brings.
CREATE TABLE sandbox_parcels (
	reference TEXT PRIMARY KEY,
	number    TEXT NOT NULL UNIQUE,
	service   TEXT NOT NULL,
	content   TEXT NOT NULL, -- a hash of the booking: another one under the same reference is refused
	cost      BIGINT NOT NULL CHECK (cost >= 0),
	currency  CHAR(3) NOT NULL,
	cancelled BIGINT NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
	booked_at BIGINT NOT NULL
);
CREATE TABLE sandbox_events (
	number TEXT NOT NULL REFERENCES sandbox_parcels (number),
	seq    BIGINT NOT NULL CHECK (seq > 0),
	at     BIGINT NOT NULL,
	status TEXT NOT NULL,
	code   TEXT NOT NULL,
	text   TEXT NOT NULL,
	place  TEXT NOT NULL,
	pin    TEXT NOT NULL, -- what opens the box; '' for none
	until  BIGINT NOT NULL, -- how long it waits there; 0 is not said
	PRIMARY KEY (number, seq)
);

CREATE TABLE message_messages (
	id         TEXT PRIMARY KEY,
	kind       TEXT NOT NULL,
	medium     TEXT NOT NULL CHECK (medium IN ('mail', 'text')),
	ref        TEXT NOT NULL,
	locale     TEXT NOT NULL,
	contact    TEXT NOT NULL, -- whose address is looked up when the mail is sent
	data       TEXT NOT NULL, -- JSON without personal data
	state      TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
	reason     TEXT NOT NULL, -- why it is not sent yet, or never will be
	tries      BIGINT NOT NULL CHECK (tries >= 0),
	busy_until BIGINT NOT NULL, -- nobody else sends it before
	server_id  TEXT NOT NULL, -- what the mail server called it
	created_at BIGINT NOT NULL,
	sent_at    BIGINT NOT NULL, -- 0: not yet
	UNIQUE (kind, ref, medium),
	CHECK ((state = 'sent') = (sent_at <> 0))
);
CREATE INDEX message_messages_contact ON message_messages (contact, id);
CREATE INDEX message_messages_open ON message_messages (state, id) WHERE state <> 'sent';
CREATE TABLE message_letterheads (
	market    TEXT NOT NULL, -- '': any
	locale    TEXT NOT NULL, -- a language; '': any
	name      TEXT NOT NULL,
	email     TEXT NOT NULL,
	reply_to  TEXT NOT NULL, -- '': to the address itself
	text_from TEXT NOT NULL, -- whom a phone names; '': the gateway's own
	PRIMARY KEY (market, locale)
);

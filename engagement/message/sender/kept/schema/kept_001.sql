CREATE TABLE kept_mails (
	message_id TEXT PRIMARY KEY,
	contact    TEXT NOT NULL,
	at         BIGINT NOT NULL,
	wrapped    BYTEA NOT NULL, -- the key of sealed
	sealed     BYTEA NOT NULL  -- the whole mail, as JSON
);
CREATE INDEX kept_mails_at ON kept_mails (at);
CREATE INDEX kept_mails_contact ON kept_mails (contact);

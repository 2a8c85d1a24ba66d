-- Words of the merchant's in place of ours.
CREATE TABLE message_wordings (
	id       TEXT PRIMARY KEY,
	kind     TEXT NOT NULL,
	document TEXT NOT NULL, -- JSON
	state    TEXT NOT NULL CHECK (state IN ('kept', 'standing', 'retired')),
	made_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX message_wordings_standing ON message_wordings (kind) WHERE state = 'standing';
-- The arm that a message was given when it was first sent, and whose words it is in.
ALTER TABLE message_messages ADD COLUMN arm TEXT NOT NULL DEFAULT '';
ALTER TABLE message_messages ADD COLUMN wording TEXT NOT NULL DEFAULT '';

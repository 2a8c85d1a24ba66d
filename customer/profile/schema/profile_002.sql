-- A contact that says when somebody was born, which is not kept for long.
ALTER TABLE profile_contacts ADD COLUMN born BIGINT NOT NULL DEFAULT 0;
CREATE INDEX profile_contacts_born ON profile_contacts (updated_at) WHERE born = 1;

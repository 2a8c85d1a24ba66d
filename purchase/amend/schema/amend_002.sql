-- The contact, under the buyer's key, with the account that money goes to which cannot go back as it came.
ALTER TABLE amend_amendments ADD COLUMN payee TEXT NOT NULL DEFAULT '';

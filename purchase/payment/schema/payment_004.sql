-- What is known of the card behind an attempt: from its token, or from the gateway's answer. JSON; '' for nothing.
ALTER TABLE payment_attempts ADD COLUMN card TEXT NOT NULL DEFAULT '';
-- Its brand once more, for figures: '' for no card, 'other' for a brand without a name here.
ALTER TABLE payment_attempts ADD COLUMN brand TEXT NOT NULL DEFAULT '';

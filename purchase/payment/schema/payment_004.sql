-- What is known of the card behind an attempt: from its token, or from the gateway's answer. JSON; '' for nothing.
ALTER TABLE payment_attempts ADD COLUMN card TEXT NOT NULL DEFAULT '';

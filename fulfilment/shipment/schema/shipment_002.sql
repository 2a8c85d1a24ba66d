-- What a fulfilment's days were computed from where they are not its group's, as
-- of what is sent instead of being collected: JSON; '' for the group's.
ALTER TABLE shipment_fulfilments ADD COLUMN promised TEXT NOT NULL DEFAULT '';

-- Of which order a parcel is: a location gives it back when that is canceled or
-- sent from elsewhere, whether or not there was something to decide.
ALTER TABLE sourcing_loads ADD COLUMN order_id TEXT NOT NULL DEFAULT '';
UPDATE sourcing_loads SET order_id = COALESCE((SELECT MAX(d.order_id) FROM sourcing_decisions d WHERE d.holder = sourcing_loads.holder), '');
CREATE INDEX sourcing_loads_by_order ON sourcing_loads (order_id, location);

-- What the carrier is to collect from the receiver; 0 is nothing.
ALTER TABLE sandbox_parcels ADD COLUMN collect BIGINT NOT NULL DEFAULT 0 CHECK (collect >= 0);
ALTER TABLE sandbox_parcels ADD COLUMN collect_currency TEXT NOT NULL DEFAULT '';

-- What the carrier collects at the door for a parcel, frozen while it is booked
-- under one reference; 0 is nothing.
ALTER TABLE shipment_parcels ADD COLUMN collect BIGINT NOT NULL DEFAULT 0 CHECK (collect >= 0);
ALTER TABLE shipment_parcels ADD COLUMN collect_currency TEXT NOT NULL DEFAULT '';

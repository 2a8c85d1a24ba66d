-- Whether money is taken at the counter for what is collected there.
ALTER TABLE inventory_locations ADD COLUMN till BIGINT NOT NULL DEFAULT 0 CHECK (till IN (0, 1));

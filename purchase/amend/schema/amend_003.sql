-- Of to_credit, what goes back as points.
ALTER TABLE amend_amendments ADD COLUMN to_points BIGINT NOT NULL DEFAULT 0 CHECK (to_points BETWEEN 0 AND to_credit);

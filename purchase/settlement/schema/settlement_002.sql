-- Cash that a carrier has collected at a door and not remitted yet.
CREATE TABLE settlement_awaited (
	attempt_id TEXT PRIMARY KEY,
	source     TEXT NOT NULL, -- the gateway that is paid at the door
	at         BIGINT NOT NULL -- when the last parcel was handed over
);
CREATE INDEX settlement_awaited_by_age ON settlement_awaited (at);

-- By which number a carrier knows a parcel whose cash it has collected.
CREATE TABLE settlement_numbers (
	source     TEXT NOT NULL, -- the gateway that is paid at the door
	number     TEXT NOT NULL, -- the carrier's; one that is given anew is of the parcel that has it now
	attempt_id TEXT NOT NULL,
	PRIMARY KEY (source, number)
);

-- A way of delivery in one market. Orders name it, so it is never deleted.
CREATE TABLE method_methods (
	id            TEXT PRIMARY KEY,
	market        TEXT NOT NULL,
	currency      CHAR(3) NOT NULL, -- the market's, which never changes
	kind          TEXT NOT NULL CHECK (kind IN ('ship', 'pickup')),
	names         TEXT NOT NULL, -- JSON object by locale
	countries     TEXT NOT NULL, -- JSON array, empty for all of the market
	rule          TEXT NOT NULL,
	settings      TEXT NOT NULL, -- JSON, the rule's own
	location      TEXT NOT NULL, -- '' for none
	cut_off       BIGINT NOT NULL CHECK (cut_off BETWEEN 0 AND 1439), -- minutes after midnight
	lead_days     BIGINT NOT NULL CHECK (lead_days BETWEEN 0 AND 365),
	transit_min   BIGINT NOT NULL CHECK (transit_min >= 0),
	transit_max   BIGINT NOT NULL CHECK (transit_max <= 365),
	dispatch_week BIGINT NOT NULL, -- a bit for each weekday, Sunday the lowest; 0 for Monday to Friday
	delivery_week BIGINT NOT NULL,
	position      BIGINT NOT NULL,
	active        BIGINT NOT NULL CHECK (active IN (0, 1)),
	customer_groups TEXT NOT NULL, -- JSON array of who may choose it, empty for everyone
	by_parcel     BIGINT NOT NULL CHECK (by_parcel IN (0, 1)), -- only what travels in it counts towards a free delivery
	points        TEXT NOT NULL DEFAULT '', -- the carrier at whose points it waits; '' for the door
	CHECK (transit_min <= transit_max),
	CHECK (kind <> 'pickup' OR location <> '')
);

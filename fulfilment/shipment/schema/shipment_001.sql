-- Work for one location: what of one delivery group of an order it must send or
-- hand over.
CREATE TABLE shipment_fulfilments (
	id           TEXT PRIMARY KEY,
	order_id     TEXT NOT NULL,
	number       TEXT NOT NULL, -- the order's, for people
	position     BIGINT NOT NULL, -- within the order, from 1
	group_id     TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('ship', 'pickup')),
	location     TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('open', 'on_hold', 'accepted', 'picking', 'packed', 'ready', 'shipped', 'delivered',
		'rejected', 'moved', 'expired', 'canceled')),
	reason       TEXT NOT NULL, -- why it is held, rejected or canceled
	sourced      BIGINT NOT NULL CHECK (sourced IN (0, 1)), -- its open units are claimed at its location
	method       TEXT NOT NULL,
	name         TEXT NOT NULL, -- of the method, as the shopper saw it
	promise_from TEXT NOT NULL, -- civil dates, '' for none
	promise_to   TEXT NOT NULL,
	origin       TEXT NOT NULL, -- the fulfilment it was split from or sent on by; '' for none
	tries        BIGINT NOT NULL CHECK (tries >= 0), -- how often a location has rejected it
	avoid        TEXT NOT NULL, -- the locations that have, with commas
	staff        TEXT NOT NULL, -- who has it in hand
	late_at      BIGINT NOT NULL, -- 0: it is not known to be late
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	UNIQUE (order_id, position)
);
CREATE INDEX shipment_fulfilments_queue ON shipment_fulfilments (location, state, id)
	WHERE state IN ('open', 'on_hold', 'accepted', 'picking', 'packed', 'ready');
CREATE INDEX shipment_fulfilments_by_state ON shipment_fulfilments (state, id);

-- What of an order's line is in a fulfilment. Units of a line are conserved:
-- over all fulfilments of an order, units + canceled are what was bought.
CREATE TABLE shipment_lines (
	fulfilment TEXT NOT NULL REFERENCES shipment_fulfilments (id),
	line_id    TEXT NOT NULL, -- of the order
	position   BIGINT NOT NULL,
	variant    TEXT NOT NULL,
	sku        TEXT NOT NULL, -- labels, as they were when it was bought
	title      TEXT NOT NULL,
	image      TEXT NOT NULL,
	scale      BIGINT NOT NULL CHECK (scale BETWEEN 0 AND 3),
	units      BIGINT NOT NULL, -- to be sent, those that have left included
	picked     BIGINT NOT NULL,
	packed     BIGINT NOT NULL, -- in parcels, or set aside for collection
	shipped    BIGINT NOT NULL, -- left, or handed over
	canceled   BIGINT NOT NULL CHECK (canceled >= 0),
	PRIMARY KEY (fulfilment, line_id),
	CHECK (shipped >= 0 AND shipped <= packed AND packed <= picked AND picked <= units)
);
CREATE INDEX shipment_lines_by_line ON shipment_lines (line_id);

CREATE TABLE shipment_parcels (
	id           TEXT PRIMARY KEY,
	fulfilment   TEXT NOT NULL REFERENCES shipment_fulfilments (id),
	order_id     TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('packed', 'shipped', 'delivered', 'canceled')),
	weight_grams BIGINT NOT NULL CHECK (weight_grams >= 0), -- 0: not known
	carrier      TEXT NOT NULL, -- '' while nobody is chosen
	service      TEXT NOT NULL,
	label        TEXT NOT NULL CHECK (label IN ('none', 'asked', 'made', 'refused')),
	label_text   TEXT NOT NULL, -- why it was refused
	reference    TEXT NOT NULL, -- ours, under which the carrier knows it; '' while nobody was asked
	number       TEXT NOT NULL, -- the carrier's
	url          TEXT NOT NULL,
	status       TEXT NOT NULL, -- the carrier's story: data, never a guard
	status_at    BIGINT NOT NULL, -- of the newest event; 0 for none
	polled_at    BIGINT NOT NULL,
	promise_to   TEXT NOT NULL,
	late_at      BIGINT NOT NULL,
	packed_at    BIGINT NOT NULL,
	shipped_at   BIGINT NOT NULL, -- 0: not yet
	delivered_at BIGINT NOT NULL
);
CREATE INDEX shipment_parcels_by_order ON shipment_parcels (order_id, id);
CREATE INDEX shipment_parcels_by_fulfilment ON shipment_parcels (fulfilment, id);
CREATE INDEX shipment_parcels_by_number ON shipment_parcels (carrier, number) WHERE number <> '';
CREATE INDEX shipment_parcels_away ON shipment_parcels (polled_at) WHERE state = 'shipped';
CREATE INDEX shipment_parcels_asked ON shipment_parcels (polled_at) WHERE label = 'asked';
CREATE TABLE shipment_parcel_lines (
	parcel  TEXT NOT NULL REFERENCES shipment_parcels (id),
	line_id TEXT NOT NULL,
	units   BIGINT NOT NULL CHECK (units > 0),
	PRIMARY KEY (parcel, line_id)
);
CREATE TABLE shipment_labels (
	parcel TEXT PRIMARY KEY REFERENCES shipment_parcels (id),
	pdf    BYTEA NOT NULL
);

-- What the carrier told, as it told it.
CREATE TABLE shipment_events (
	parcel TEXT NOT NULL REFERENCES shipment_parcels (id),
	event  TEXT NOT NULL, -- the carrier's id of it
	at     BIGINT NOT NULL,
	status TEXT NOT NULL,
	code   TEXT NOT NULL,
	text   TEXT NOT NULL,
	place  TEXT NOT NULL,
	until  BIGINT NOT NULL DEFAULT 0, -- how long it waits to be collected; 0 is not said
	PRIMARY KEY (parcel, event)
);

-- Fulfilments of one location that somebody picks together.
CREATE TABLE shipment_waves (
	id         TEXT PRIMARY KEY,
	location   TEXT NOT NULL,
	staff      TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX shipment_waves_by_location ON shipment_waves (location, id);

-- A fulfilment is picked in one wave; gathered again, the later one has it.
CREATE TABLE shipment_wave_parts (
	fulfilment TEXT PRIMARY KEY REFERENCES shipment_fulfilments (id),
	wave       TEXT NOT NULL REFERENCES shipment_waves (id),
	position   BIGINT NOT NULL -- its box on the cart, from 1
);
CREATE INDEX shipment_wave_parts_by_wave ON shipment_wave_parts (wave, position);

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

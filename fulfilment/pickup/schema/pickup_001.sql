-- When a location hands out, and how long it waits. No row: from Monday to
-- Saturday, 10 to 19, and the usual times.
CREATE TABLE pickup_places (
	location       TEXT PRIMARY KEY,
	kind           TEXT NOT NULL CHECK (kind IN ('store', 'locker')),
	note           TEXT NOT NULL, -- how to find it
	hours          TEXT NOT NULL, -- JSON: for weekdays (a bit for each, Sunday the lowest) when it opens and closes, in minutes after midnight
	accept_minutes BIGINT NOT NULL CHECK (accept_minutes BETWEEN 1 AND 10000), -- of opening hours
	remind_days    TEXT NOT NULL, -- '2,5': days after it was ready
	expire_days    BIGINT NOT NULL CHECK (expire_days BETWEEN 1 AND 365)
);

-- What is collected: one row for each fulfilment of that kind, beside it.
CREATE TABLE pickup_tasks (
	fulfilment TEXT PRIMARY KEY,
	order_id   TEXT NOT NULL,
	location   TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'over')),
	salt       BIGINT NOT NULL, -- of the code, which is made from it and never stored
	code_hash  TEXT NOT NULL, -- '' before it is ready
	accept_by  BIGINT NOT NULL,
	overdue    BIGINT NOT NULL CHECK (overdue IN (0, 1)),
	ready_at   BIGINT NOT NULL, -- 0: not yet
	reminded   BIGINT NOT NULL CHECK (reminded >= 0), -- reminders sent
	due_at     BIGINT NOT NULL, -- the next reminder or the end; 0 for none
	expire_at  BIGINT NOT NULL, -- 0 before it is ready
	created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX pickup_tasks_code ON pickup_tasks (location, code_hash) WHERE state = 'ready';
CREATE INDEX pickup_tasks_due ON pickup_tasks (due_at) WHERE state = 'ready';
CREATE INDEX pickup_tasks_waiting ON pickup_tasks (accept_by) WHERE state = 'waiting' AND overdue = 0;
CREATE INDEX pickup_tasks_by_order ON pickup_tasks (order_id);

-- Who gave what to whom. It names staff and never the buyer.
CREATE TABLE pickup_handovers (
	id         TEXT PRIMARY KEY,
	fulfilment TEXT NOT NULL,
	at         BIGINT NOT NULL,
	staff      TEXT NOT NULL,
	proxy      BIGINT NOT NULL CHECK (proxy IN (0, 1)), -- somebody else came with the code
	lines      TEXT NOT NULL -- JSON
);
CREATE INDEX pickup_handovers_by_fulfilment ON pickup_handovers (fulfilment, id);

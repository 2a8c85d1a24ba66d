CREATE TABLE webhook_endpoints (
	id            TEXT PRIMARY KEY,
	url           TEXT NOT NULL,
	description   TEXT NOT NULL,
	kinds         TEXT NOT NULL, -- JSON: facts it is told of, such as order.placed, order.* or *
	state         TEXT NOT NULL CHECK (state IN ('active', 'paused')),
	why           TEXT NOT NULL CHECK (why IN ('', 'person', 'gone', 'failing')), -- why it is paused
	turn          BIGINT NOT NULL CHECK (turn > 0), -- of its secret: how often that was drawn
	before_until  BIGINT NOT NULL, -- until when the secret before signs too; 0 for not
	failing_since BIGINT NOT NULL, -- 0 when the last answer was a good one
	lease         TEXT NOT NULL, -- who sends to it
	leased_until  BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	updated_at    BIGINT NOT NULL,
	CHECK ((state = 'active') = (why = ''))
);
-- What an endpoint is to be told, or was.
CREATE TABLE webhook_deliveries (
	id          TEXT PRIMARY KEY,
	endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
	fact        TEXT NOT NULL, -- the fact's id
	kind        TEXT NOT NULL,
	key         TEXT NOT NULL, -- what the fact is about
	seq         BIGINT NOT NULL, -- the fact's place among all
	body        TEXT NOT NULL, -- as it is sent, byte for byte
	state       TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
	attempts    BIGINT NOT NULL CHECK (attempts >= 0), -- since it was noted or replayed
	due_at      BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	done_at     BIGINT NOT NULL, -- 0 while pending
	UNIQUE (endpoint_id, fact),
	CHECK ((state = 'pending') = (done_at = 0))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, seq) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_untried ON webhook_deliveries (endpoint_id, key, seq) WHERE state = 'pending' AND attempts = 0;
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (done_at) WHERE state <> 'pending';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, id);
CREATE TABLE webhook_attempts (
	id          TEXT PRIMARY KEY,
	delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
	at          BIGINT NOT NULL,
	took        BIGINT NOT NULL, -- microseconds
	status      BIGINT NOT NULL, -- of HTTP; 0 for no answer
	answer      TEXT NOT NULL -- its beginning, or why there was none
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);

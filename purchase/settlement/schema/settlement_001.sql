-- A gateway's report or a bank's statement, as it was given to us.
CREATE TABLE settlement_files (
	id            TEXT PRIMARY KEY,
	source        TEXT NOT NULL, -- the gateway's name, or "bank"
	format        TEXT NOT NULL,
	name          TEXT NOT NULL, -- as it was uploaded
	checksum      TEXT NOT NULL,
	rows          BIGINT NOT NULL CHECK (rows >= 0),
	known         BIGINT NOT NULL CHECK (known >= 0), -- rows that an earlier file had
	from_at       BIGINT NOT NULL,
	until_at      BIGINT NOT NULL,
	state         TEXT NOT NULL CHECK (state IN ('reading', 'read', 'matched')),
	actor         TEXT NOT NULL,
	read_at       BIGINT NOT NULL,
	matched_at    BIGINT NOT NULL, -- 0: not yet
	UNIQUE (source, checksum)
);
CREATE TABLE settlement_rows (
	source     TEXT NOT NULL,
	kind       TEXT NOT NULL,
	row_id     TEXT NOT NULL, -- the gateway's own
	file_id    TEXT NOT NULL REFERENCES settlement_files (id),
	line       BIGINT NOT NULL,
	attempt_id TEXT NOT NULL, -- ours; '' when it is none
	reference  TEXT NOT NULL, -- as the file has it
	gateway_id TEXT NOT NULL,
	currency   CHAR(3) NOT NULL, -- what the customer saw
	amount     BIGINT NOT NULL,
	settled    CHAR(3) NOT NULL, -- the currency of gross, fee and net
	gross      BIGINT NOT NULL,
	fee        BIGINT NOT NULL,
	net        BIGINT NOT NULL CHECK (net = gross - fee),
	payout     TEXT NOT NULL,
	text       TEXT NOT NULL,
	at         BIGINT NOT NULL,
	verdict    TEXT NOT NULL, -- '' until it is matched
	PRIMARY KEY (source, kind, row_id)
);
CREATE INDEX settlement_rows_by_file ON settlement_rows (file_id, line);
CREATE INDEX settlement_rows_by_attempt ON settlement_rows (attempt_id) WHERE attempt_id <> '';
CREATE INDEX settlement_rows_open ON settlement_rows (source, attempt_id)
	WHERE verdict NOT IN ('', 'matched', 'undone', 'unknown'); -- differences
CREATE INDEX settlement_rows_by_payout ON settlement_rows (source, payout) WHERE payout <> '';
-- What a gateway says it sent to the bank.
CREATE TABLE settlement_payouts (
	source    TEXT NOT NULL,
	id        TEXT NOT NULL,
	file_id   TEXT NOT NULL REFERENCES settlement_files (id),
	currency  CHAR(3) NOT NULL,
	amount    BIGINT NOT NULL,
	at        BIGINT NOT NULL,
	account   TEXT NOT NULL, -- where it arrived; '' until then
	entry_id  TEXT NOT NULL,
	arrived   BIGINT NOT NULL, -- minor units
	PRIMARY KEY (source, id)
);
CREATE INDEX settlement_payouts_open ON settlement_payouts (at) WHERE account = '';
CREATE TABLE settlement_entries (
	account   TEXT NOT NULL,
	entry_id  TEXT NOT NULL, -- the bank's own
	file_id   TEXT NOT NULL REFERENCES settlement_files (id),
	line      BIGINT NOT NULL,
	currency  CHAR(3) NOT NULL,
	amount    BIGINT NOT NULL, -- positive came in
	reference TEXT NOT NULL,
	text      TEXT NOT NULL,
	at        BIGINT NOT NULL,
	verdict   TEXT NOT NULL,
	about     TEXT NOT NULL, -- the payout or the attempt it turned out to be
	PRIMARY KEY (account, entry_id)
);
CREATE INDEX settlement_entries_by_file ON settlement_entries (file_id, line);

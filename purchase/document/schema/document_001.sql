-- Where each seller's numbers of each kind stand. Who issues locks the row until
-- the commit, so that numbers have no gap and stand in the order of issue.
CREATE TABLE document_series (
	entity TEXT NOT NULL,
	kind   TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
	last   BIGINT NOT NULL CHECK (last >= 0),
	PRIMARY KEY (entity, kind)
);
-- The key under which a seller's documents of a year are sealed. It is destroyed
-- (emptied) when the law asks for them no longer.
CREATE TABLE document_keys (
	entity  TEXT NOT NULL,
	year    BIGINT NOT NULL,
	wrapped BYTEA NOT NULL,
	PRIMARY KEY (entity, year)
);
CREATE TABLE document_documents (
	id        TEXT PRIMARY KEY,
	number    TEXT NOT NULL UNIQUE, -- for people
	kind      TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
	entity    TEXT NOT NULL,
	seq       BIGINT NOT NULL CHECK (seq > 0),
	ref       TEXT NOT NULL UNIQUE, -- what it was issued for, once
	order_id  TEXT NOT NULL,
	corrects  TEXT NOT NULL, -- the invoice a credit note takes back
	year      BIGINT NOT NULL,
	currency  CHAR(3) NOT NULL,
	net       BIGINT NOT NULL CHECK (net >= 0),
	tax       BIGINT NOT NULL CHECK (tax >= 0),
	total     BIGINT NOT NULL CHECK (total = net + tax),
	sealed    BYTEA NOT NULL, -- the content, under the year's key
	issued_at BIGINT NOT NULL, -- microseconds since 1970
	UNIQUE (entity, kind, seq)
);
-- append-only: document_documents
CREATE INDEX document_documents_by_order ON document_documents (order_id, kind, seq);
-- What has still to be issued. A row goes in the transaction that issues.
CREATE TABLE document_due (
	ref      TEXT PRIMARY KEY,
	order_id TEXT NOT NULL,
	kind     TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
	body     TEXT NOT NULL, -- JSON: what is credited; '{}' for an invoice
	due_at   BIGINT NOT NULL
);
CREATE INDEX document_due_by_time ON document_due (due_at, ref);

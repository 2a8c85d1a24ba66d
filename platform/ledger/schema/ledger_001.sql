CREATE TABLE ledger_transactions (
	id   TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	ref  TEXT NOT NULL,
	key  TEXT NOT NULL UNIQUE,
	at   BIGINT NOT NULL
);
-- append-only: ledger_transactions
CREATE TABLE ledger_entries (
	transaction_id TEXT NOT NULL REFERENCES ledger_transactions (id),
	line           BIGINT NOT NULL,
	account        TEXT NOT NULL, -- kind:owner
	commodity      TEXT NOT NULL, -- a currency, or points
	amount         BIGINT NOT NULL CHECK (amount <> 0),
	PRIMARY KEY (transaction_id, line)
);
-- append-only: ledger_entries
CREATE INDEX ledger_entries_account ON ledger_entries (account, transaction_id, line);
CREATE TABLE ledger_balances ( -- of guarded accounts only
	account   TEXT NOT NULL,
	commodity TEXT NOT NULL,
	balance   BIGINT NOT NULL,
	floor     BIGINT NOT NULL,
	PRIMARY KEY (account, commodity),
	CHECK (balance >= floor)
);

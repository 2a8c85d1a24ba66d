package ledger

import (
	"context"

	"korzo/platform/db"
)

// insertTransaction changes nothing and returns 0 when the key was posted
// before. On PostgreSQL it waits for another that is posting the same key.
func insertTransaction(ctx context.Context, tx *db.Tx, id string, t Transaction) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO ledger_transactions (id, kind, ref, key, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key) DO NOTHING`,
		id, t.Kind, t.Ref, t.Key, db.Micros(tx.Now))
}

func insertEntries(ctx context.Context, tx *db.Tx, transaction string, lines []Entry) error {
	const columns = 5
	args := make([]any, 0, columns*len(lines))
	for i, e := range lines {
		args = append(args, transaction, int64(i+1), e.Account, string(e.Amount.Currency), e.Amount.Minor)
	}
	return tx.Send(ctx, nil, `
		INSERT INTO ledger_entries (transaction_id, line, account, commodity, amount)
		VALUES `+db.Values(len(lines), columns, 1), args...)
}

// updateBalance changes nothing and returns 0 when the balance would fall
// below the floor, or when the account is not open.
func updateBalance(ctx context.Context, tx *db.Tx, e Entry) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE ledger_balances SET balance = balance + $1
		WHERE account = $2 AND commodity = $3 AND balance + $1 >= floor`,
		e.Amount.Minor, e.Account, string(e.Amount.Currency))
}

// upsertFloor changes nothing and returns 0 when the balance is below the floor.
func upsertFloor(ctx context.Context, tx *db.Tx, account, commodity string, floor int64) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO ledger_balances (account, commodity, balance, floor) VALUES ($1, $2, 0, $3)
		ON CONFLICT (account, commodity) DO UPDATE SET floor = excluded.floor
		WHERE ledger_balances.balance >= excluded.floor`,
		account, commodity, floor)
}

func scanInt(row db.Row) (n int64, err error) { return n, row.Scan(&n) }

func selectBalance(ctx context.Context, tx *db.Tx, account, commodity string) (int64, error) {
	return db.One(ctx, tx, scanInt, `
		SELECT balance FROM ledger_balances WHERE account = $1 AND commodity = $2`, account, commodity)
}

func sumEntries(ctx context.Context, tx *db.Tx, account, commodity string) (int64, error) {
	return db.One(ctx, tx, scanInt, `
		SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries
		WHERE account = $1 AND commodity = $2`, account, commodity)
}

// selectPosting returns what was posted under key, its entries in their order.
func selectPosting(ctx context.Context, tx *db.Tx, key string) (t Transaction, err error) {
	t.Key = key
	t.Entries, err = db.All(ctx, tx, func(row db.Row) (e Entry, err error) {
		return e, row.Scan(&t.Kind, &t.Ref, &e.Account, &e.Amount.Currency, &e.Amount.Minor)
	}, `
		SELECT t.kind, t.ref, e.account, e.commodity, e.amount
		FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
		WHERE t.key = $1 ORDER BY e.line`, key)
	return t, err
}

// selectEntries returns the first page when before is zero.
func selectEntries(ctx context.Context, tx *db.Tx, account string, before Posted, limit int) ([]Posted, error) {
	return db.All(ctx, tx, func(row db.Row) (p Posted, err error) {
		var at int64
		err = row.Scan(&p.Transaction, &p.Kind, &p.Ref, &p.Line, &p.Amount.Currency, &p.Amount.Minor, &at)
		p.At = db.Time(at)
		return p, err
	}, `
		SELECT t.id, t.kind, t.ref, e.line, e.commodity, e.amount, t.at
		FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
		WHERE e.account = $1 AND ($2 = '' OR (e.transaction_id, e.line) < ($2, $3))
		ORDER BY e.transaction_id DESC, e.line DESC LIMIT $4`,
		account, before.Transaction, before.Line, limit)
}

func countTransactions(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanInt, `SELECT COUNT(*) FROM ledger_transactions`)
}

func selectTotals(ctx context.Context, tx *db.Tx) ([]Total, error) {
	return db.All(ctx, tx, func(row db.Row) (c Total, err error) {
		return c, row.Scan(&c.Commodity, &c.Sum, &c.Entries)
	}, `
		SELECT commodity, CAST(SUM(amount) AS BIGINT), COUNT(*) FROM ledger_entries
		GROUP BY commodity ORDER BY commodity`)
}

// finding is a row that should not be there.
type finding struct {
	name, commodity     string
	sum, balance, floor int64
}

func selectUnbalanced(ctx context.Context, tx *db.Tx, limit int) ([]finding, error) {
	return db.All(ctx, tx, func(row db.Row) (f finding, err error) {
		return f, row.Scan(&f.name, &f.commodity, &f.sum)
	}, `
		SELECT transaction_id, commodity, CAST(SUM(amount) AS BIGINT) FROM ledger_entries
		GROUP BY transaction_id, commodity HAVING SUM(amount) <> 0
		ORDER BY transaction_id, commodity LIMIT $1`, limit)
}

// selectSums returns one row per key that was posted: its name and sum. The sum
// is asked for by key: SQLite would join from the account's side, and read all
// that was ever posted there for every page of keys.
func selectSums(ctx context.Context, tx *db.Tx, account string, keys []string) ([]finding, error) {
	args := make([]any, 1, 1+len(keys))
	args[0] = account
	for _, k := range keys {
		args = append(args, k)
	}
	return db.All(ctx, tx, func(row db.Row) (f finding, err error) { return f, row.Scan(&f.name, &f.sum) }, `
		SELECT t.key, (
			SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e
			WHERE e.account = $1 AND e.transaction_id = t.id)
		FROM ledger_transactions t WHERE t.key IN `+db.Values(1, len(keys), 2), args...)
}

func selectEmpty(ctx context.Context, tx *db.Tx, limit int) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (id string, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM ledger_transactions t
		WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.transaction_id = t.id)
		ORDER BY id LIMIT $1`, limit)
}

func selectWrongBalances(ctx context.Context, tx *db.Tx, limit int) ([]finding, error) {
	return db.All(ctx, tx, func(row db.Row) (f finding, err error) {
		return f, row.Scan(&f.name, &f.commodity, &f.balance, &f.floor, &f.sum)
	}, `
		SELECT account, commodity, balance, floor, total
		FROM (
			SELECT b.account, b.commodity, b.balance, b.floor, (
				SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e
				WHERE e.account = b.account AND e.commodity = b.commodity) AS total
			FROM ledger_balances b) AS checked
		WHERE balance <> total OR balance < floor
		ORDER BY account, commodity LIMIT $1`, limit)
}

// selectUnopened finds accounts whose name begins with prefix and that have entries but no balance.
func selectUnopened(ctx context.Context, tx *db.Tx, prefix string, limit int) ([]finding, error) {
	return db.All(ctx, tx, func(row db.Row) (f finding, err error) {
		return f, row.Scan(&f.name, &f.commodity)
	}, `
		SELECT DISTINCT e.account, e.commodity FROM ledger_entries e
		WHERE substr(e.account, 1, $1) = $2 AND NOT EXISTS (
			SELECT 1 FROM ledger_balances b WHERE b.account = e.account AND b.commodity = e.commodity)
		ORDER BY e.account, e.commodity LIMIT $3`, len(prefix), prefix, limit)
}

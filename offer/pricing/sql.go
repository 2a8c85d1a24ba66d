package pricing

import (
	"context"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// insertList opens the market's list, which has the market's id, if there is none.
func insertList(ctx context.Context, tx *db.Tx, m market.Market) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_lists (id, market, currency) VALUES ($1, $1, $2)
		ON CONFLICT (id) DO NOTHING`, m.ID, m.Currency)
	return err
}

// upsertEntry changes nothing and returns 0 when that is the price already.
func upsertEntry(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, minor int64) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO pricing_entries (list, variant, minor) VALUES ($1, $2, $3)
		ON CONFLICT (list, variant, min_quantity) DO UPDATE SET minor = excluded.minor
		WHERE pricing_entries.minor <> excluded.minor`, list, v, minor)
}

func deleteEntry(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM pricing_entries WHERE list = $1 AND variant = $2`, list, v)
}

// closeApplied ends the interval in force and returns when, or db.ErrNoRow. An
// interval never ends before it began, even if another node's clock, or a
// transaction that began earlier, says so.
func closeApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID) (time.Time, error) {
	return db.One(ctx, tx, func(row db.Row) (time.Time, error) {
		var to int64
		err := row.Scan(&to)
		return db.Time(to), err
	}, `
		UPDATE pricing_applied SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END
		WHERE list = $1 AND variant = $2 AND to_at = 0 RETURNING to_at`, list, v, db.Micros(tx.Now))
}

func insertApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, minor int64, from time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_applied (list, variant, minor, from_at, to_at) VALUES ($1, $2, $3, $4, 0)`,
		list, v, minor, db.Micros(from))
	return err
}

type price struct {
	variant catalog.VariantID
	amount  money.Amount
}

func selectPrices(ctx context.Context, tx *db.Tx, marketID string, vs []catalog.VariantID) ([]price, error) {
	in, args := catalog.OneOf(2, vs)
	return db.All(ctx, tx, func(row db.Row) (p price, err error) {
		return p, row.Scan(&p.variant, &p.amount.Minor, &p.amount.Currency)
	}, `
		SELECT e.variant, e.minor, l.currency
		FROM pricing_lists l JOIN pricing_entries e ON e.list = l.id
		WHERE l.id = $1 AND e.variant IN (`+in+`)`, append([]any{marketID}, args...)...)
}

// selectInMarkets asks each list, of which there is one a market.
func selectInMarkets(ctx context.Context, tx *db.Tx, v catalog.VariantID) (map[string]money.Amount, error) {
	all := map[string]money.Amount{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var marketID string
		var a money.Amount
		err = row.Scan(&marketID, &a.Minor, &a.Currency)
		all[marketID] = a
		return none, err
	}, `
		SELECT l.market, e.minor, l.currency
		FROM pricing_lists l JOIN pricing_entries e ON e.list = l.id
		WHERE e.variant = $1 AND l.kind = 'base'`, v)
	return all, err
}

func selectApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, limit int) ([]Applied, error) {
	return db.All(ctx, tx, func(row db.Row) (a Applied, err error) {
		var from, to int64
		err = row.Scan(&a.Amount.Minor, &a.Amount.Currency, &from, &to)
		a.From, a.To = db.Time(from), db.Time(to)
		return a, err
	}, `
		SELECT p.minor, l.currency, p.from_at, p.to_at
		FROM pricing_applied p JOIN pricing_lists l ON l.id = p.list
		WHERE p.list = $1 AND p.variant = $2 ORDER BY p.from_at DESC, p.seq DESC LIMIT $3`, list, v, limit)
}

func selectLists(ctx context.Context, tx *db.Tx) ([]List, error) {
	return db.All(ctx, tx, func(row db.Row) (l List, err error) {
		var starts, ends, created int64
		err = row.Scan(&l.ID, &l.Name, &l.Market, &l.Currency, &l.Kind, &l.Channel, &l.Group, &l.Priority, &starts, &ends, &l.State, &created)
		l.Starts, l.Ends, l.CreatedAt = db.Time(starts), db.Time(ends), db.Time(created)
		return l, err
	}, `
		SELECT id, name, market, currency, kind, channel, people, priority, starts, ends, state, created_at
		FROM pricing_lists WHERE kind <> 'base' ORDER BY id LIMIT $1`, maxLists)
}

func insertSpecial(ctx context.Context, tx *db.Tx, l List) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_lists (id, name, market, currency, kind, channel, people, priority, starts, ends, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		l.ID, l.Name, l.Market, l.Currency, l.Kind, l.Channel, l.Group, l.Priority, db.Micros(l.Starts), db.Micros(l.Ends), l.State, db.Micros(l.CreatedAt))
	return err
}

func updateSpecial(ctx context.Context, tx *db.Tx, l List) error {
	_, err := tx.Exec(ctx, `
		UPDATE pricing_lists SET name = $2, kind = $3, channel = $4, people = $5, priority = $6, starts = $7, ends = $8, state = $9
		WHERE id = $1 AND kind <> 'base'`,
		l.ID, l.Name, l.Kind, l.Channel, l.Group, l.Priority, db.Micros(l.Starts), db.Micros(l.Ends), l.State)
	return err
}

func scanVariant(row db.Row) (v catalog.VariantID, err error) { return v, row.Scan(&v) }

// upsertEntries returns the variants of which a price is another now.
func upsertEntries(ctx context.Context, tx *db.Tx, list ListID, entries []Entry) ([]catalog.VariantID, error) {
	args := make([]any, 0, 4*len(entries))
	for _, e := range entries {
		args = append(args, list, e.Variant, e.Amount.Minor, e.From)
	}
	return db.All(ctx, tx, scanVariant, `
		INSERT INTO pricing_entries (list, variant, minor, min_quantity) VALUES `+db.Values(len(entries), 4, 1)+`
		ON CONFLICT (list, variant, min_quantity) DO UPDATE SET minor = excluded.minor
		WHERE pricing_entries.minor <> excluded.minor RETURNING variant`, args...)
}

func deleteEntries(ctx context.Context, tx *db.Tx, list ListID, vs []catalog.VariantID) error {
	in, args := catalog.OneOf(2, vs)
	_, err := tx.Exec(ctx, `DELETE FROM pricing_entries WHERE list = $1 AND variant IN (`+in+`)`, append([]any{list}, args...)...)
	return err
}

func scanEntry(row db.Row) (e listed, err error) {
	return e, row.Scan(&e.list, &e.Variant, &e.From, &e.Amount.Minor, &e.Amount.Currency)
}

func listEntries(ctx context.Context, tx *db.Tx, list ListID, variant, from string, limit int) (page []Entry, err error) {
	units, _ := strconv.ParseInt(from, 10, 64)
	all, err := db.All(ctx, tx, scanEntry, `
		SELECT e.list, e.variant, e.min_quantity, e.minor, l.currency FROM pricing_entries e JOIN pricing_lists l ON l.id = e.list
		WHERE e.list = $1 AND (e.variant > $2 OR (e.variant = $2 AND e.min_quantity > $3))
		ORDER BY e.variant, e.min_quantity LIMIT $4`, list, variant, units, limit)
	for _, e := range all {
		page = append(page, e.Entry)
	}
	return page, err
}

func selectListed(ctx context.Context, tx *db.Tx, list ListID) ([]catalog.VariantID, error) {
	return db.All(ctx, tx, scanVariant, `SELECT DISTINCT variant FROM pricing_entries WHERE list = $1 ORDER BY variant`, list)
}

// selectEntries returns what lists say of variants.
func selectEntries(ctx context.Context, tx *db.Tx, ids []ListID, vs []catalog.VariantID) ([]listed, error) {
	in, args := catalog.OneOf(len(ids)+1, vs)
	all := make([]any, 0, len(ids)+len(args))
	for _, id := range ids {
		all = append(all, id)
	}
	return db.All(ctx, tx, scanEntry, `
		SELECT e.list, e.variant, e.min_quantity, e.minor, l.currency
		FROM pricing_lists l JOIN pricing_entries e ON e.list = l.id
		WHERE l.id IN `+db.Values(1, len(ids), 1)+` AND e.variant IN (`+in+`)`, append(all, args...)...)
}

// someOf narrows a statement to variants; none is all.
func someOf(vs []catalog.VariantID, first int) (string, []any) {
	if len(vs) == 0 {
		return "", nil
	}
	in, args := catalog.OneOf(first, vs)
	return " AND variant IN (" + in + ")", args
}

// cutApplied ends now what is in force of a list, and forgets what was to come.
func cutApplied(ctx context.Context, tx *db.Tx, list ListID, vs []catalog.VariantID) error {
	some, args := someOf(vs, 3)
	args = append([]any{list, db.Micros(tx.Now)}, args...)
	if _, err := tx.Exec(ctx, `DELETE FROM pricing_applied WHERE list = $1 AND from_at >= $2`+some, args...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE pricing_applied SET to_at = $2 WHERE list = $1 AND (to_at = 0 OR to_at > $2)`+some, args...)
	return err
}

// insertAppliedOf writes the prices of single units as in force from now, or from
// when the list begins, until it ends.
func insertAppliedOf(ctx context.Context, tx *db.Tx, l List, vs []catalog.VariantID) error {
	from := tx.Now
	if l.Starts.After(from) {
		from = l.Starts
	}
	some, args := someOf(vs, 4)
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_applied (list, variant, minor, from_at, to_at)
		SELECT list, variant, minor, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM pricing_entries WHERE list = $1 AND min_quantity = 1`+some,
		append([]any{l.ID, db.Micros(from), db.Micros(l.Ends)}, args...)...)
	return err
}

// selectPeriods returns the public prices that held since a moment or are to come.
func selectPeriods(ctx context.Context, tx *db.Tx, ids []ListID, vs []catalog.VariantID, since time.Time) ([]period, error) {
	in, args := catalog.OneOf(len(ids)+2, vs)
	all := []any{db.Micros(since)}
	for _, id := range ids {
		all = append(all, id)
	}
	return db.All(ctx, tx, func(row db.Row) (p period, err error) {
		var from, to int64
		err = row.Scan(&p.variant, &p.list, &p.Amount.Minor, &from, &to)
		p.From, p.To = db.Time(from), db.Time(to)
		return p, err
	}, `
		SELECT variant, list, minor, from_at, to_at FROM pricing_applied
		WHERE (to_at = 0 OR to_at > $1) AND list IN `+db.Values(1, len(ids), 2)+` AND variant IN (`+in+`)
		ORDER BY from_at, seq`, append(all, args...)...)
}

// selectSpans leaves out prices that were replaced in the moment they were set.
func selectSpans(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Span, error) {
	return db.All(ctx, tx, func(row db.Row) (s Span, err error) {
		var from, to int64
		err = row.Scan(&s.List, &s.Amount.Minor, &s.Amount.Currency, &from, &to)
		s.From, s.To = db.Time(from), db.Time(to)
		return s, err
	}, `
		SELECT p.list, p.minor, l.currency, p.from_at, p.to_at
		FROM pricing_applied p JOIN pricing_lists l ON l.id = p.list
		WHERE p.variant = $1 AND (p.to_at = 0 OR p.to_at > p.from_at) ORDER BY p.list, p.from_at, p.seq`, v)
}

func moveSpan(ctx context.Context, tx *db.Tx, v catalog.VariantID, s Span, from time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pricing_applied SET from_at = $5 WHERE list = $1 AND variant = $2 AND from_at = $3 AND to_at = $4`,
		s.List, v, db.Micros(s.From), db.Micros(s.To), db.Micros(from))
	return err
}

func insertSpan(ctx context.Context, tx *db.Tx, v catalog.VariantID, s Span) error {
	_, err := tx.Exec(ctx, `INSERT INTO pricing_applied (list, variant, minor, from_at, to_at) VALUES ($1, $2, $3, $4, $5)`,
		s.List, v, s.Amount.Minor, db.Micros(s.From), db.Micros(s.To))
	return err
}

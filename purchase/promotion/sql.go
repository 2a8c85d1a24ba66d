package promotion

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/value/money"
)

const (
	scopeCustomer = "customer"
	scopePeriod   = "period"
)

// written is a draft's lists as they are stored.
func (d *Draft) written() (items, conditions string, err error) {
	first, err := json.Marshal(d.Items)
	if err != nil {
		return "", "", fmt.Errorf("write items: %w", err)
	}
	second, err := json.Marshal(d.Conditions)
	if err != nil {
		return "", "", fmt.Errorf("write conditions: %w", err)
	}
	return string(first), string(second), nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func insertPromotion(ctx context.Context, tx *db.Tx, p *Promotion) error {
	items, conditions, err := p.written()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO promotion_promotions (id, name, name_key, code, by_code, benefit, settings, items, conditions, market, priority, exclusive,
			usage_limit, used, per_customer, period, per_period, budget, currency, spent, starts, ends, state, created_at, updated_at)
		VALUES ($1, $2, $22, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15, $16, $17, 0, $18, $19, $20, $21, $21)`,
		p.ID, p.Name, p.Code, flag(p.ByCode), p.Benefit.Kind, string(p.Benefit.Settings), items, conditions, p.Market, p.Priority, flag(p.Exclusive),
		p.UsageLimit, p.PerCustomer, p.Period, p.PerPeriod, p.Budget.Minor, p.Budget.Currency, db.Micros(p.Starts), db.Micros(p.Ends),
		p.State, db.Micros(p.CreatedAt), key(p.Name))
	return err
}

// updatePromotion changes nothing and returns 0 when more was used or spent than
// the new limits allow, or the promotion has ended.
func updatePromotion(ctx context.Context, tx *db.Tx, p *Promotion) (int64, error) {
	items, conditions, err := p.written()
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		UPDATE promotion_promotions SET name = $2, benefit = $3, settings = $4, items = $5, conditions = $6, market = $7, priority = $8,
			exclusive = $9, usage_limit = $10, per_customer = $11, period = $12, per_period = $13, budget = $14, currency = $15,
			starts = $16, ends = $17, updated_at = $18, spent = $19, name_key = $20
		WHERE id = $1 AND state <> 'ended' AND ($10 = 0 OR used <= $10) AND ($14 = 0 OR $19 <= $14)`,
		p.ID, p.Name, p.Benefit.Kind, string(p.Benefit.Settings), items, conditions, p.Market, p.Priority, flag(p.Exclusive),
		p.UsageLimit, p.PerCustomer, p.Period, p.PerPeriod, p.Budget.Minor, p.Budget.Currency, db.Micros(p.Starts), db.Micros(p.Ends),
		db.Micros(tx.Now), p.Spent, key(p.Name))
}

// lockPromotion keeps uses from being counted until the transaction ends.
func lockPromotion(ctx context.Context, tx *db.Tx, id ID) (Promotion, error) {
	return db.One(ctx, tx, scanPromotion, `SELECT `+columns+` FROM promotion_promotions p WHERE p.id = $1`+tx.ForUpdate(), id)
}

// selectSpent adds up what the uses took off in a currency.
func selectSpent(ctx context.Context, tx *db.Tx, id ID, currency money.Currency) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM promotion_redemptions
		WHERE promotion = $1 AND currency = $2 AND state IN ('held', 'claimed')`, id, currency)
}

const columns = `p.id, p.name, p.code, p.by_code, p.benefit, p.settings, p.items, p.conditions, p.market, p.priority, p.exclusive,
	p.usage_limit, p.used, p.per_customer, p.period, p.per_period, p.budget, p.currency, p.spent, p.starts, p.ends, p.state, p.created_at`

// fields scans columns, and then into more.
func fields(row db.Row, p *Promotion, more ...any) error {
	var byCode, exclusive, starts, ends, created int64
	var settings, items, conditions string
	into := append([]any{&p.ID, &p.Name, &p.Code, &byCode, &p.Benefit.Kind, &settings, &items, &conditions, &p.Market, &p.Priority, &exclusive,
		&p.UsageLimit, &p.Used, &p.PerCustomer, &p.Period, &p.PerPeriod, &p.Budget.Minor, &p.Budget.Currency, &p.Spent, &starts, &ends,
		&p.State, &created}, more...)
	if err := row.Scan(into...); err != nil {
		return err
	}
	p.ByCode, p.Exclusive, p.Benefit.Settings = byCode == 1, exclusive == 1, json.RawMessage(settings)
	p.Starts, p.Ends, p.CreatedAt = db.Time(starts), db.Time(ends), db.Time(created)
	if items != "{}" {
		if err := json.Unmarshal([]byte(items), &p.Items); err != nil {
			return fmt.Errorf("items of promotion %s: %w", p.ID, err)
		}
	}
	if conditions != "null" && conditions != "[]" {
		if err := json.Unmarshal([]byte(conditions), &p.Conditions); err != nil {
			return fmt.Errorf("conditions of promotion %s: %w", p.ID, err)
		}
	}
	return nil
}

func scanPromotion(row db.Row) (p Promotion, err error) { return p, fields(row, &p) }

func selectPromotion(ctx context.Context, tx *db.Tx, id ID) (Promotion, error) {
	return db.One(ctx, tx, scanPromotion, `SELECT `+columns+` FROM promotion_promotions p WHERE p.id = $1`, id)
}

func selectByCode(ctx context.Context, tx *db.Tx, key string) (Promotion, error) {
	return db.One(ctx, tx, scanPromotion, `
		SELECT `+columns+` FROM promotion_codes c JOIN promotion_promotions p ON p.id = c.promotion WHERE c.folded = $1`, key)
}

func listPromotions(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]Promotion, error) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := []string{`TRUE`}
	and := func(condition string) { where = append(where, condition) }
	if f.State != "" {
		and(`p.state = ` + arg(f.State))
	}
	if f.How != HowAny {
		and(`p.by_code = ` + arg(flag(f.How == HowCode)))
	}
	if f.Kind != "" {
		and(`p.benefit = ` + arg(f.Kind))
	}
	if f.Market != "" {
		and(`p.market IN ('', ` + arg(f.Market) + `)`)
	}
	if name := key(f.Query); name != "" {
		and(`(p.name_key LIKE ` + arg("%"+literal(name)+"%") + ` ESCAPE '\' OR EXISTS (SELECT 1 FROM promotion_codes c
			WHERE c.promotion = p.id AND c.folded LIKE ` + arg(literal(cmp.Or(fold(f.Query), name))+"%") + ` ESCAPE '\'))`)
	}
	order := promotionOrder(f, arg, and)
	return db.All(ctx, tx, scanPromotion, `
		SELECT `+columns+` FROM promotion_promotions p WHERE `+strings.Join(where, ` AND `)+` ORDER BY `+order+` LIMIT `+arg(limit), args...)
}

// promotionOrder is the order of a page. Where it goes on after a promotion, it
// begins behind the place that has now.
func promotionOrder(f Filter, arg func(any) string, and func(string)) string {
	column := map[Sort]string{SortName: `p.name_key`, SortNameLast: `p.name_key`, SortUsed: `p.used`, SortUsedLast: `p.used`,
		SortPriority: `p.priority`, SortPriorityLast: `p.priority`}[f.Sort]
	sign, way := ` > `, ``
	if slices.Contains([]Sort{SortNewest, SortNameLast, SortUsedLast, SortPriorityLast}, f.Sort) {
		sign, way = ` < `, ` DESC`
	}
	if column == `` {
		if f.After != "" {
			and(`p.id` + sign + arg(f.After))
		}
		return `p.id` + way
	}
	if f.After != "" {
		at := arg(f.After)
		and(`(` + column + `, p.id)` + sign + `((SELECT ` + column + ` FROM promotion_promotions p WHERE p.id = ` + at + `), ` + at + `)`)
	}
	return column + way + `, p.id` + way
}

// literal is a text of which LIKE takes every character as it stands.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func scanIssued(row db.Row) (c Issued, err error) {
	var created int64
	err = row.Scan(&c.Code, &c.Promotion, &c.UsageLimit, &c.Used, &created)
	c.CreatedAt = db.Time(created)
	return c, err
}

const issuedColumns = `code, promotion, usage_limit, used, created_at`

func selectIssued(ctx context.Context, tx *db.Tx, folded string) (Issued, error) {
	return db.One(ctx, tx, scanIssued, `SELECT `+issuedColumns+` FROM promotion_codes WHERE folded = $1`, folded)
}

func listCodes(ctx context.Context, tx *db.Tx, f CodeFilter, limit int) ([]Issued, error) {
	args := []any{fold(f.After), limit}
	where := `folded > $1`
	if f.Promotion != "" {
		args = append(args, f.Promotion)
		where += ` AND promotion = $` + strconv.Itoa(len(args))
	}
	if begins := fold(f.Query); begins != "" {
		args = append(args, literal(begins)+"%")
		where += ` AND folded LIKE $` + strconv.Itoa(len(args)) + ` ESCAPE '\'`
	}
	switch f.Left {
	case LeftOpen:
		where += ` AND (usage_limit = 0 OR used < usage_limit)`
	case LeftSpent:
		where += ` AND usage_limit > 0 AND used >= usage_limit`
	}
	return db.All(ctx, tx, scanIssued, `
		SELECT `+issuedColumns+` FROM promotion_codes WHERE `+where+` ORDER BY folded LIMIT $2`, args...)
}

// countCode counts the uses of a code that are held or claimed.
func countCode(ctx context.Context, tx *db.Tx, id ID, folded string) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM promotion_redemptions
		WHERE promotion = $1 AND code = $2 AND state IN ('held', 'claimed')`, id, folded)
}

// limitUses says of all uses of a code whether they are counted by it.
func limitUses(ctx context.Context, tx *db.Tx, id ID, folded string, limited bool) error {
	_, err := tx.Exec(ctx, `
		UPDATE promotion_redemptions SET limited = $3 WHERE promotion = $1 AND code = $2 AND limited <> $3`, id, folded, flag(limited))
	return err
}

func updateCode(ctx context.Context, tx *db.Tx, folded string, limit, used int64) error {
	_, err := tx.Exec(ctx, `UPDATE promotion_codes SET usage_limit = $2, used = $3 WHERE folded = $1`, folded, limit, used)
	return err
}

func deleteCode(ctx context.Context, tx *db.Tx, folded string) error {
	_, err := tx.Exec(ctx, `DELETE FROM promotion_codes WHERE folded = $1`, folded)
	return err
}

// selectAutomatic returns those of the highest priority, the older first.
func selectAutomatic(ctx context.Context, tx *db.Tx) ([]Promotion, error) {
	return db.All(ctx, tx, scanPromotion, `
		SELECT `+columns+` FROM promotion_promotions p
		WHERE p.by_code = 0 AND p.state = 'active' AND (p.ends = 0 OR p.ends > $1)
		ORDER BY p.priority DESC, p.id LIMIT $2`, db.Micros(tx.Now), maxAutomatic)
}

// standingQuery asks for the promotions of codes and for others by their ids.
type standingQuery struct {
	keys            []string
	ids             []ID
	customer, email string
	periods         [3]string // today, this week, this month
}

// selectStandings is one statement for codes and automatic promotions together.
func selectStandings(ctx context.Context, tx *db.Tx, q standingQuery) ([]standing, error) {
	const counted = `,
		(SELECT COALESCE(MAX(n.used), 0) FROM promotion_counters n
			WHERE n.promotion = p.id AND n.scope = 'customer' AND n.name <> '' AND n.name IN ($1, $2)),
		(SELECT COALESCE(MAX(n.used), 0) FROM promotion_counters n
			WHERE n.promotion = p.id AND n.scope = 'period' AND n.name = CASE p.period WHEN 'day' THEN $3 WHEN 'week' THEN $4 ELSE $5 END)`
	args := []any{q.customer, q.email, q.periods[0], q.periods[1], q.periods[2]}
	query := ""
	if len(q.keys) > 0 {
		query = `SELECT ` + columns + `, c.folded, c.code, c.usage_limit, c.used` + counted + `
			FROM promotion_codes c JOIN promotion_promotions p ON p.id = c.promotion
			WHERE c.folded IN ` + db.Values(1, len(q.keys), len(args)+1)
		for _, key := range q.keys {
			args = append(args, key)
		}
	}
	if len(q.ids) > 0 {
		if query != "" {
			query += ` UNION ALL `
		}
		query += `SELECT ` + columns + `, '', '', 0, 0` + counted + `
			FROM promotion_promotions p WHERE p.id IN ` + db.Values(1, len(q.ids), len(args)+1)
		for _, id := range q.ids {
			args = append(args, id)
		}
	}
	return db.All(ctx, tx, func(row db.Row) (s standing, err error) {
		return s, fields(row, &s.Promotion, &s.folded, &s.code, &s.most, &s.used, &s.customer, &s.period)
	}, query, args...)
}

// updateState changes nothing and returns 0 when the promotion is not in from any more.
func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State) (int64, error) {
	return tx.Exec(ctx, `UPDATE promotion_promotions SET state = $3, updated_at = $4 WHERE id = $1 AND state = $2`, id, from, to, db.Micros(tx.Now))
}

// insertCodes leaves out those that are taken, and returns how many were not.
func insertCodes(ctx context.Context, tx *db.Tx, id ID, codes []string, usageLimit int64) (int64, error) {
	args := make([]any, 0, 6*len(codes))
	for _, code := range codes {
		args = append(args, fold(code), code, id, usageLimit, 0, db.Micros(tx.Now))
	}
	return tx.Exec(ctx, `
		INSERT INTO promotion_codes (folded, code, promotion, usage_limit, used, created_at)
		VALUES `+db.Values(len(codes), 6, 1)+` ON CONFLICT DO NOTHING`, args...)
}

// holdUse changes nothing and returns 0 when holder has a use that was not released.
func holdUse(ctx context.Context, tx *db.Tx, holder string, u use) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO promotion_redemptions (promotion, holder, state, order_id, amount, currency, code, limited, period, customer, email,
			created_at, updated_at)
		VALUES ($1, $2, 'held', '', $3, $4, $5, $6, $7, $8, $9, $10, $10)
		ON CONFLICT (promotion, holder) DO UPDATE SET state = 'held', amount = excluded.amount, currency = excluded.currency,
			code = excluded.code, limited = excluded.limited, period = excluded.period, customer = excluded.customer,
			email = excluded.email, updated_at = excluded.updated_at
		WHERE promotion_redemptions.state = 'released'`,
		u.Promotion, holder, u.Amount.Minor, u.Amount.Currency, u.Code, flag(u.Limited), u.Period, u.Customer, u.Email, db.Micros(tx.Now))
}

// addUse changes nothing and returns 0 when no use or budget is left or the
// promotion does not run. Only a promotion with a budget counts what it spends.
func addUse(ctx context.Context, tx *db.Tx, u *Use) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_promotions SET used = used + 1, spent = CASE WHEN budget = 0 THEN 0 ELSE spent + $3 END
		WHERE id = $1 AND state = 'active' AND starts <= $2 AND (ends = 0 OR ends > $2)
			AND (usage_limit = 0 OR used < usage_limit)
			AND (budget = 0 OR (currency = $4 AND spent + $3 <= budget))`,
		u.Promotion, db.Micros(tx.Now), u.Amount.Minor, u.Amount.Currency)
}

func dropUse(ctx context.Context, tx *db.Tx, u use) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_promotions SET used = used - 1, spent = CASE WHEN currency = $3 THEN spent - $2 ELSE spent END
		WHERE id = $1 AND used > 0`, u.Promotion, u.Amount.Minor, u.Amount.Currency)
}

// addCodeUse changes nothing and returns 0 when the code has no use left.
func addCodeUse(ctx context.Context, tx *db.Tx, folded string) (int64, error) {
	return tx.Exec(ctx, `UPDATE promotion_codes SET used = used + 1 WHERE folded = $1 AND used < usage_limit`, folded)
}

func dropCodeUse(ctx context.Context, tx *db.Tx, folded string) (int64, error) {
	return tx.Exec(ctx, `UPDATE promotion_codes SET used = used - 1 WHERE folded = $1 AND used > 0`, folded)
}

// addCustomerUse changes nothing and returns 0 when the customer has no use left.
func addCustomerUse(ctx context.Context, tx *db.Tx, id ID, name string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO promotion_counters (promotion, scope, name, used, most)
		SELECT id, 'customer', $2, 1, per_customer FROM promotion_promotions WHERE id = $1 AND per_customer > 0
		ON CONFLICT (promotion, scope, name) DO UPDATE SET used = promotion_counters.used + 1, most = excluded.most
		WHERE promotion_counters.used < excluded.most`, id, name)
}

// addPeriodUse changes nothing and returns 0 when the period has no use left.
func addPeriodUse(ctx context.Context, tx *db.Tx, id ID, name string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO promotion_counters (promotion, scope, name, used, most)
		SELECT id, 'period', $2, 1, per_period FROM promotion_promotions WHERE id = $1 AND per_period > 0
		ON CONFLICT (promotion, scope, name) DO UPDATE SET used = promotion_counters.used + 1, most = excluded.most
		WHERE promotion_counters.used < excluded.most`, id, name)
}

func dropCounter(ctx context.Context, tx *db.Tx, id ID, scope, name string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_counters SET used = used - 1 WHERE promotion = $1 AND scope = $2 AND name = $3 AND used > 0`, id, scope, name)
}

func scanUse(row db.Row) (u use, err error) {
	var limited int64
	err = row.Scan(&u.Promotion, &u.State, &u.Order, &u.Amount.Minor, &u.Amount.Currency, &u.Code, &limited, &u.Period, &u.Customer, &u.Email)
	u.Limited = limited == 1
	return u, err
}

const useColumns = `promotion, state, order_id, amount, currency, code, limited, period, customer, email`

func releaseUses(ctx context.Context, tx *db.Tx, holder string) ([]use, error) {
	return db.All(ctx, tx, scanUse, `
		UPDATE promotion_redemptions SET state = 'released', updated_at = $2
		WHERE holder = $1 AND state = 'held' RETURNING `+useColumns,
		holder, db.Micros(tx.Now))
}

func returnUses(ctx context.Context, tx *db.Tx, order string) ([]use, error) {
	return db.All(ctx, tx, scanUse, `
		UPDATE promotion_redemptions SET state = 'released', order_id = '', updated_at = $2
		WHERE order_id = $1 AND state = 'claimed' RETURNING `+useColumns,
		order, db.Micros(tx.Now))
}

func lockUses(ctx context.Context, tx *db.Tx, holder string) ([]use, error) {
	return db.All(ctx, tx, scanUse, `
		SELECT `+useColumns+` FROM promotion_redemptions
		WHERE holder = $1 ORDER BY promotion`+tx.ForUpdate(), holder)
}

func claimUses(ctx context.Context, tx *db.Tx, holder, order string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_redemptions SET state = 'claimed', order_id = $2, updated_at = $3
		WHERE holder = $1 AND state = 'held'`,
		holder, order, db.Micros(tx.Now))
}

// miscount is a counter that is not the sum of the uses it counts.
type miscount struct {
	what           string
	counted, truth int64
}

// comparisons ask one kind of counter each. A counter without a row counts 0.
var comparisons = []struct{ what, query string }{
	{"uses of promotion", `
		SELECT p.id, '', p.used, COALESCE(u.uses, 0) FROM promotion_promotions p
		LEFT JOIN (SELECT promotion, COUNT(*) AS uses FROM promotion_redemptions
			WHERE state IN ('held', 'claimed') GROUP BY promotion) u ON u.promotion = p.id
		WHERE p.used <> COALESCE(u.uses, 0) ORDER BY 1 LIMIT `},
	{"money spent by promotion", `
		SELECT p.id, '', p.spent, COALESCE(u.spent, 0) FROM promotion_promotions p
		LEFT JOIN (SELECT promotion, currency, CAST(SUM(amount) AS BIGINT) AS spent FROM promotion_redemptions
			WHERE state IN ('held', 'claimed') GROUP BY promotion, currency) u ON u.promotion = p.id AND u.currency = p.currency
		WHERE p.budget > 0 AND p.spent <> COALESCE(u.spent, 0) ORDER BY 1 LIMIT `},
	{"uses of a code of promotion", `
		SELECT c.promotion, c.folded, c.used, COALESCE(u.uses, 0) FROM promotion_codes c
		LEFT JOIN (SELECT code, COUNT(*) AS uses FROM promotion_redemptions
			WHERE limited = 1 AND state IN ('held', 'claimed') GROUP BY code) u ON u.code = c.folded
		WHERE c.used <> COALESCE(u.uses, 0) ORDER BY 1, 2 LIMIT `},
	{"uses in a period of promotion", `
		SELECT k.promotion, k.name, COALESCE(MAX(n.used), 0), CAST(MAX(k.uses) AS BIGINT) FROM (
			SELECT promotion, period AS name, SUM(CASE WHEN state IN ('held', 'claimed') THEN 1 ELSE 0 END) AS uses
			FROM promotion_redemptions WHERE period <> '' GROUP BY promotion, period
			UNION ALL SELECT promotion, name, 0 FROM promotion_counters WHERE scope = 'period'
		) k LEFT JOIN promotion_counters n ON n.promotion = k.promotion AND n.scope = 'period' AND n.name = k.name
		GROUP BY k.promotion, k.name HAVING COALESCE(MAX(n.used), 0) <> MAX(k.uses) ORDER BY 1, 2 LIMIT `},
	{"uses by a customer of promotion", `
		SELECT k.promotion, '', COALESCE(MAX(n.used), 0), CAST(SUM(k.uses) AS BIGINT) FROM (
			SELECT promotion, customer AS name, CASE WHEN state IN ('held', 'claimed') THEN 1 ELSE 0 END AS uses
			FROM promotion_redemptions WHERE customer <> ''
			UNION ALL SELECT promotion, email, CASE WHEN state IN ('held', 'claimed') THEN 1 ELSE 0 END
			FROM promotion_redemptions WHERE email <> ''
			UNION ALL SELECT promotion, name, 0 FROM promotion_counters WHERE scope = 'customer'
		) k LEFT JOIN promotion_counters n ON n.promotion = k.promotion AND n.scope = 'customer' AND n.name = k.name
		GROUP BY k.promotion, k.name HAVING COALESCE(MAX(n.used), 0) <> SUM(k.uses) ORDER BY 1, 2 LIMIT `},
}

func selectMiscounts(ctx context.Context, tx *db.Tx) (all []miscount, err error) {
	const most = 100
	for _, c := range comparisons {
		some, err := db.All(ctx, tx, func(row db.Row) (m miscount, err error) {
			var id, name string
			err = row.Scan(&id, &name, &m.counted, &m.truth)
			m.what = c.what + " " + id
			if name != "" {
				m.what += " (" + name + ")"
			}
			return m, err
		}, c.query+strconv.Itoa(most))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

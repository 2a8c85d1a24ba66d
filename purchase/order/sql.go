package order

import (
	"context"
	"encoding/json"
	"time"

	"korzo/delivery/point"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

const orderColumns = `id, number, cart_id, market, channel, entity, locale, customer, contact, flow, flow_version, arm,
	payment_id, state, hold_reason, currency, tax_included, subtotal, discount, shipping, tax, total,
	source, is_test, imported, version, placed_at, tenders, extras, tax_reason`

func insertOrder(ctx context.Context, tx *db.Tx, o Order) error {
	tenders, err := listText(o.Tenders)
	if err != nil {
		return err
	}
	extras, err := listText(o.Extras)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO order_orders (`+orderColumns+`, exchange_ppm, metadata, private_metadata, external_ids, updated_at, due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
			$23, $24, $25, $26, $27, $28, $30, $31, 1000000, '{}', '{}', '{}', $27, $29)`,
		o.ID, o.Number, o.Cart, o.Market, o.Channel, o.Entity, o.Locale, o.Customer, o.Contact, o.Flow, o.FlowVersion, o.Arm,
		o.Payment, o.State, o.HoldReason, o.Currency(), flag(o.TaxIncluded), o.Subtotal.Minor, o.Discount.Minor,
		o.Shipping.Minor, o.Tax.Minor, o.Total.Minor, o.Source, flag(o.IsTest), flag(o.Imported), o.Version, db.Micros(o.PlacedAt),
		tenders, o.Due().Minor, extras, o.TaxReason)
	if err != nil {
		return err
	}
	if err := insertGroups(ctx, tx, o); err != nil {
		return err
	}
	if err := insertLines(ctx, tx, o); err != nil {
		return err
	}
	return insertShares(ctx, tx, o)
}

// listText is "" for none, as almost every order has.
func listText[T any](all []T) (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	text, err := json.Marshal(all)
	return string(text), err
}

func insertGroups(ctx context.Context, tx *db.Tx, o Order) error {
	return insertGroupsFrom(ctx, tx, o.ID, 0, o.Groups)
}

// pointText is "" where a group goes to no carrier's point.
func pointText(g Group) string {
	if g.Point == nil {
		return ""
	}
	text, _ := json.Marshal(g.Point) // plain fields only
	return string(text)
}

func insertGroupsFrom(ctx context.Context, tx *db.Tx, of ID, from int, groups []Group) error {
	args := make([]any, 0, len(groups)*15)
	for i, g := range groups {
		args = append(args, g.ID, of, g.Kind, g.Method, g.Name, g.Location, g.Price.Minor, g.Discount.Minor, g.Tax.Minor,
			g.PromiseFrom, g.PromiseTo, from+i, string(g.Promised), g.Added, pointText(g))
	}
	return tx.Send(ctx, nil, `
		INSERT INTO order_groups (id, order_id, kind, method, name, location, price, discount, tax, promise_from, promise_to, position, promised, added, point)
		VALUES `+db.Values(len(groups), 15, 1), args...)
}

// rowsAtOnce bounds the rows of one statement: SQLite prepares one in the square
// of its values, and 50 lines have 1,400. An order of up to 50 lines is one statement.
const rowsAtOnce = 50

func insertLines(ctx context.Context, tx *db.Tx, o Order) error {
	for from := 0; from < len(o.Lines); from += rowsAtOnce {
		if err := insertSome(ctx, tx, o.ID, from, o.Lines[from:min(from+rowsAtOnce, len(o.Lines))]); err != nil {
			return err
		}
	}
	return nil
}

func insertSome(ctx context.Context, tx *db.Tx, of ID, from int, lines []Line) error {
	args := make([]any, 0, len(lines)*28)
	for i, l := range lines {
		properties, err := json.Marshal(l.Properties)
		if err != nil {
			return err
		}
		sources, err := sourcesText(l.Sources)
		if err != nil {
			return err
		}
		args = append(args, l.ID, of, from+i, l.Group, l.Parent, l.Kind, l.Product, l.Variant, l.SKU, l.Title, l.Image, l.Seller,
			string(properties), l.Quantity, l.Scale, l.UnitPrice.Minor, l.UnitCost.Minor, string(l.UnitCost.Currency), l.TaxClass,
			l.Subtotal.Minor, l.Discount.Minor, l.Tax.Minor, l.Total.Minor, l.Shipped, l.Returned, l.Refunded.Minor, sources, l.Added)
	}
	return tx.Send(ctx, nil, `
		INSERT INTO order_lines (id, order_id, position, group_id, parent_id, kind, product, variant, sku, title, image, seller,
			properties, quantity, scale, unit_price, unit_cost, cost_currency, tax_class,
			subtotal, discount, tax, total, shipped, returned, refunded, sources, added)
		VALUES `+db.Values(len(lines), 28, 1), args...)
}

// sourcesText is "" for none.
func sourcesText(sources []Source) (string, error) {
	if len(sources) == 0 {
		return "", nil
	}
	text, err := json.Marshal(sources)
	return string(text), err
}

// insertShares writes every frozen discount share and tax of an order, each in
// one statement.
func insertShares(ctx context.Context, tx *db.Tx, o Order) error {
	var shares, taxes []any
	tax := func(owner string, all []Tax) {
		for i, t := range all {
			taxes = append(taxes, owner, i, t.Name, t.Country, t.Region, t.PPM, t.Base.Minor, t.Amount.Minor)
		}
	}
	for _, g := range o.Groups {
		tax(string(g.ID), g.Taxes)
	}
	for _, l := range o.Lines {
		tax(string(l.ID), l.Taxes)
		for i, s := range l.Shares {
			shares = append(shares, l.ID, i, s.Promotion, s.Code, s.Amount.Minor)
		}
	}
	if err := insertRows(ctx, tx, `INSERT INTO order_shares (line_id, position, promotion, code, amount) VALUES `, 5, shares); err != nil {
		return err
	}
	return insertRows(ctx, tx, `INSERT INTO order_taxes (owner_id, position, name, country, region, ppm, base, amount) VALUES `, 8, taxes)
}

func insertRows(ctx context.Context, tx *db.Tx, into string, columns int, args []any) error {
	for len(args) > 0 {
		some := args[:min(len(args), rowsAtOnce*columns)]
		args = args[len(some):]
		if _, err := tx.Exec(ctx, into+db.Values(len(some)/columns, columns, 1), some...); err != nil {
			return err
		}
	}
	return nil
}

func selectOrder(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	return db.One(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE id = $1`, id)
}

func selectLocked(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	return db.One(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE id = $1`+tx.ForUpdate(), id)
}

// selectOrders reads one row more than the page, which tells whether more follow.
func selectOrders(ctx context.Context, tx *db.Tx, f Filter) ([]Order, error) {
	const page = `
		SELECT ` + orderColumns + ` FROM order_orders
		WHERE ($1 = '' OR id < $1) AND `
	const tail = ` ORDER BY id DESC LIMIT $2`
	after, limit := string(f.After), f.Limit+1
	switch {
	case f.narrow():
		return selectNarrow(ctx, tx, f)
	case f.Number != "":
		return db.All(ctx, tx, scanOrder, page+`number = $3`+tail, after, limit, f.Number)
	case f.Customer != "":
		return db.All(ctx, tx, scanOrder, page+`customer = $3`+tail, after, limit, f.Customer)
	case f.Imported:
		return db.All(ctx, tx, scanOrder, page+`imported = 1`+tail, after, limit)
	case f.State != "":
		return db.All(ctx, tx, scanOrder, page+`state = $3`+tail, after, limit, f.State)
	case after == "":
		return db.All(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders ORDER BY id DESC LIMIT $1`, limit)
	}
	return db.All(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE id < $1 ORDER BY id DESC LIMIT $2`, after, limit)
}

func scanOrder(row db.Row) (o Order, err error) {
	var included, test, imported, placed int64
	var c money.Currency
	var tenders, extras string
	err = row.Scan(&o.ID, &o.Number, &o.Cart, &o.Market, &o.Channel, &o.Entity, &o.Locale, &o.Customer, &o.Contact,
		&o.Flow, &o.FlowVersion, &o.Arm, &o.Payment, &o.State, &o.HoldReason, &c, &included,
		&o.Subtotal.Minor, &o.Discount.Minor, &o.Shipping.Minor, &o.Tax.Minor, &o.Total.Minor,
		&o.Source, &test, &imported, &o.Version, &placed, &tenders, &extras, &o.TaxReason)
	for _, a := range []*money.Amount{&o.Subtotal, &o.Discount, &o.Shipping, &o.Tax, &o.Total} {
		a.Currency = c
	}
	o.TaxIncluded, o.IsTest, o.Imported, o.PlacedAt = included == 1, test == 1, imported == 1, db.Time(placed)
	if err == nil && tenders != "" {
		err = json.Unmarshal([]byte(tenders), &o.Tenders)
	}
	if err == nil && extras != "" {
		err = json.Unmarshal([]byte(extras), &o.Extras)
	}
	return o, err
}

// loadParts reads an order's groups, lines, shares and taxes: four statements,
// whatever its size.
func loadParts(ctx context.Context, tx *db.Tx, o *Order) (err error) {
	c := o.Currency()
	if o.Groups, err = selectGroups(ctx, tx, o.ID, c); err != nil {
		return err
	}
	if o.Lines, err = selectLines(ctx, tx, o.ID, c); err != nil {
		return err
	}
	at := map[string]int{}
	for i, l := range o.Lines {
		at[string(l.ID)] = i
	}
	if err := eachShare(ctx, tx, o.ID, c, func(line string, s Share) {
		o.Lines[at[line]].Shares = append(o.Lines[at[line]].Shares, s)
	}); err != nil {
		return err
	}
	return eachTax(ctx, tx, o.ID, c, func(owner string, t Tax) {
		if i, ok := at[owner]; ok {
			o.Lines[i].Taxes = append(o.Lines[i].Taxes, t)
			return
		}
		for i := range o.Groups {
			if string(o.Groups[i].ID) == owner {
				o.Groups[i].Taxes = append(o.Groups[i].Taxes, t)
			}
		}
	})
}

func selectGroups(ctx context.Context, tx *db.Tx, id ID, c money.Currency) ([]Group, error) {
	return db.All(ctx, tx, func(row db.Row) (g Group, err error) {
		g.Price.Currency, g.Discount.Currency, g.Tax.Currency = c, c, c
		var promised, at string
		err = row.Scan(&g.ID, &g.Kind, &g.Method, &g.Name, &g.Location, &g.Price.Minor, &g.Discount.Minor, &g.Tax.Minor,
			&g.PromiseFrom, &g.PromiseTo, &promised, &g.Added, &at)
		if promised != "" {
			g.Promised = json.RawMessage(promised)
		}
		if at != "" && err == nil {
			g.Point = new(point.Point)
			err = json.Unmarshal([]byte(at), g.Point)
		}
		return g, err
	}, `
		SELECT id, kind, method, name, location, price, discount, tax, promise_from, promise_to, promised, added, point
		FROM order_groups WHERE order_id = $1 ORDER BY position, id`, id)
}

func updatePromise(ctx context.Context, tx *db.Tx, of ID, group GroupID, from, to, inputs string) (int64, error) {
	kept.Forget(tx, of)
	return tx.Exec(ctx, `UPDATE order_groups SET promise_from = $3, promise_to = $4, promised = $5 WHERE order_id = $1 AND id = $2`, of, group, from, to, inputs)
}

func selectLines(ctx context.Context, tx *db.Tx, id ID, c money.Currency) ([]Line, error) {
	return db.All(ctx, tx, func(row db.Row) (l Line, err error) {
		var properties, sources string
		for _, a := range []*money.Amount{&l.UnitPrice, &l.Subtotal, &l.Discount, &l.Tax, &l.Total, &l.Refunded} {
			a.Currency = c
		}
		if err := row.Scan(&l.ID, &l.Group, &l.Parent, &l.Kind, &l.Product, &l.Variant, &l.SKU, &l.Title, &l.Image, &l.Seller,
			&properties, &l.Quantity, &l.Scale, &l.UnitPrice.Minor, &l.UnitCost.Minor, &l.UnitCost.Currency, &l.TaxClass,
			&l.Subtotal.Minor, &l.Discount.Minor, &l.Tax.Minor, &l.Total.Minor, &l.Shipped, &l.Returned, &l.Refunded.Minor, &sources, &l.Added); err != nil {
			return l, err
		}
		if sources != "" {
			if err := json.Unmarshal([]byte(sources), &l.Sources); err != nil {
				return l, err
			}
		}
		return l, json.Unmarshal([]byte(properties), &l.Properties)
	}, `
		SELECT id, group_id, parent_id, kind, product, variant, sku, title, image, seller, properties, quantity, scale,
			unit_price, unit_cost, cost_currency, tax_class, subtotal, discount, tax, total, shipped, returned, refunded, sources, added
		FROM order_lines WHERE order_id = $1 ORDER BY position`, id)
}

func eachShare(ctx context.Context, tx *db.Tx, id ID, c money.Currency, give func(line string, s Share)) error {
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		s, line := Share{Amount: money.Of(0, c)}, ""
		err := row.Scan(&line, &s.Promotion, &s.Code, &s.Amount.Minor)
		give(line, s)
		return struct{}{}, err
	}, `
		SELECT s.line_id, s.promotion, s.code, s.amount FROM order_shares s
		JOIN order_lines l ON l.id = s.line_id WHERE l.order_id = $1 ORDER BY s.line_id, s.position`, id)
	return err
}

func eachTax(ctx context.Context, tx *db.Tx, id ID, c money.Currency, give func(owner string, t Tax)) error {
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		t, owner := Tax{Base: money.Of(0, c), Amount: money.Of(0, c)}, ""
		err := row.Scan(&owner, &t.Name, &t.Country, &t.Region, &t.PPM, &t.Base.Minor, &t.Amount.Minor)
		give(owner, t)
		return struct{}{}, err
	}, `
		SELECT t.owner_id, t.name, t.country, t.region, t.ppm, t.base, t.amount FROM order_taxes t
		WHERE t.owner_id IN (SELECT id FROM order_lines WHERE order_id = $1 UNION ALL SELECT id FROM order_groups WHERE order_id = $1)
		ORDER BY t.owner_id, t.position`, id)
	return err
}

func selectHistory(ctx context.Context, tx *db.Tx, customer string, in money.Currency) (History, error) {
	return db.One(ctx, tx, func(row db.Row) (p History, err error) {
		var last int64
		err = row.Scan(&p.Orders, &p.Spent, &last)
		p.Last = db.Time(last)
		return p, err
	}, `
		SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN currency = $2 THEN total ELSE 0 END), 0) AS BIGINT), COALESCE(MAX(placed_at), 0)
		FROM order_orders WHERE customer = $1 AND customer <> '' AND state <> 'canceled' AND is_test = 0`, customer, in)
}

// countOrdered counts to 2 at most: one of each kind.
func countOrdered(ctx context.Context, tx *db.Tx, customer string, contacts []string) (int64, error) {
	args := []any{customer}
	query := `SELECT COUNT(*) FROM (SELECT 1 AS one FROM order_orders WHERE customer = $1 AND customer <> '' AND state <> 'canceled' LIMIT 1) c`
	if len(contacts) > 0 {
		for _, id := range contacts {
			args = append(args, id)
		}
		query = `SELECT (` + query + `) + (SELECT COUNT(*) FROM (SELECT 1 AS one FROM order_orders
			WHERE contact <> '' AND contact IN ` + db.Values(1, len(contacts), 2) + ` AND state <> 'canceled' LIMIT 1) d)`
	}
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, query, args...)
}

func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State, reason string) error {
	kept.Forget(tx, id)
	n, err := tx.Exec(ctx, `
		UPDATE order_orders SET state = $1, hold_reason = $2, version = version + 1, updated_at = $3
		WHERE id = $4 AND state = $5`, to, reason, db.Micros(tx.Now), id, from)
	if err == nil && n == 0 {
		err = ErrState
	}
	return err
}

// updateCustomer changes nothing and returns 0 when the order is a customer's.
func updateCustomer(ctx context.Context, tx *db.Tx, id ID, customer string) (int64, error) {
	kept.Forget(tx, id)
	return tx.Exec(ctx, `
		UPDATE order_orders SET customer = $1, version = version + 1, updated_at = $2
		WHERE id = $3 AND customer = ''`, customer, db.Micros(tx.Now), id)
}

// addBlock takes the next numbers and returns the last of them.
func addBlock(ctx context.Context, tx *db.Tx, size int64) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (last int64, err error) { return last, row.Scan(&last) }, `
		UPDATE order_blocks SET last = last + $1 WHERE name = 'order' RETURNING last`, size)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const mostWrong = 100

func scanText(row db.Row) (text string, err error) { return text, row.Scan(&text) }

func selectWrongTotals(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'order ' || o.number || ' (' || o.id || '): its totals are not the sums of its lines and groups'
		FROM order_orders o
		LEFT JOIN (SELECT order_id, CAST(SUM(subtotal) AS BIGINT) AS subtotal, CAST(SUM(discount) AS BIGINT) AS discount,
			CAST(SUM(tax) AS BIGINT) AS tax FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
		LEFT JOIN (SELECT order_id, CAST(SUM(price - discount) AS BIGINT) AS price, CAST(SUM(tax) AS BIGINT) AS tax
			FROM order_groups GROUP BY order_id) g ON g.order_id = o.id
		WHERE o.subtotal <> COALESCE(l.subtotal, -1) OR o.discount <> l.discount
			OR o.shipping <> COALESCE(g.price, -1) OR o.tax <> l.tax + g.tax
		ORDER BY o.id LIMIT $1`, mostWrong)
}

func selectWrongShares(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'order line ' || l.id || ': its discount is not the sum of its shares'
		FROM order_lines l
		LEFT JOIN (SELECT line_id, CAST(SUM(amount) AS BIGINT) AS amount FROM order_shares GROUP BY line_id) s ON s.line_id = l.id
		WHERE l.discount <> COALESCE(s.amount, 0) ORDER BY l.id LIMIT $1`, mostWrong)
}

func selectWrongTaxes(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'the tax of ' || p.id || ' is not the sum of its rates'
		FROM (SELECT id, tax FROM order_lines UNION ALL SELECT id, tax FROM order_groups) p
		LEFT JOIN (SELECT owner_id, CAST(SUM(amount) AS BIGINT) AS amount FROM order_taxes GROUP BY owner_id) t ON t.owner_id = p.id
		WHERE p.tax <> COALESCE(t.amount, 0) ORDER BY p.id LIMIT $1`, mostWrong)
}

func selectPaid(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Paid, error) {
	return db.All(ctx, tx, func(row db.Row) (p Paid, err error) { return p, row.Scan(&p.Order, &p.Payment, &p.Total, &p.Due) }, `
		SELECT id, payment_id, total - added, due - added FROM order_orders WHERE id > $1 AND (payment_id <> '' OR tenders <> '')
		ORDER BY id LIMIT $2`, after, limit)
}

func selectByCart(ctx context.Context, tx *db.Tx, cart string) (Order, error) {
	return db.One(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE cart_id = $1`, cart)
}

func selectNumbers(ctx context.Context, tx *db.Tx, ids []ID) (map[ID]string, error) {
	in, args := catalog.OneOf(1, ids)
	numbers := make(map[ID]string, len(ids))
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var id ID
		var number string
		err = row.Scan(&id, &number)
		numbers[id] = number
		return none, err
	}, `SELECT id, number FROM order_orders WHERE id IN (`+in+`)`, args...)
	return numbers, err
}

func selectPictured(ctx context.Context, tx *db.Tx, pictures []string) ([]string, error) {
	in, args := catalog.OneOf(1, pictures)
	return db.All(ctx, tx, func(row db.Row) (image string, err error) { return image, row.Scan(&image) },
		`SELECT DISTINCT image FROM order_lines WHERE image IN (`+in+`)`, args...)
}

func selectByNumber(ctx context.Context, tx *db.Tx, number string) (Order, error) {
	return db.One(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE number = $1`, number)
}

func scanCount(row db.Row) (n int64, err error) { return n, row.Scan(&n) }

// selectLast reads the last number that any node holds, and keeps others from taking more.
func selectLast(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanCount, `SELECT last FROM order_blocks WHERE name = 'order'`+tx.ForUpdate())
}

// skipTo moves the series on; what it skips is for imported orders only.
func skipTo(ctx context.Context, tx *db.Tx, last, to int64) error {
	if _, err := tx.Exec(ctx, `UPDATE order_blocks SET last = $1 WHERE name = 'order'`, to); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE order_skipped SET high = $1 WHERE high = $2`, to, last)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO order_skipped (low, high) VALUES ($1, $2)`, last+1, to)
	return err
}

func countSkipped(ctx context.Context, tx *db.Tx, number int64) (int64, error) {
	return db.One(ctx, tx, scanCount, `SELECT COUNT(*) FROM order_skipped WHERE low <= $1 AND high >= $1`, number)
}

func insertReturns(ctx context.Context, tx *db.Tx, of ID, all []Return) error {
	var args []any
	for _, r := range all {
		args = append(args, r.Ref, r.Position, r.Line, of, r.Quantity, r.Amount.Minor, db.Micros(r.At))
	}
	return insertRows(ctx, tx, `INSERT INTO order_returns (ref, position, line_id, order_id, quantity, amount, returned_at) VALUES `, 7, args)
}

// addLines is not one statement: lines, then the sums over all.
func addLines(ctx context.Context, tx *db.Tx, o Order, add []Line) error {
	kept.Forget(tx, o.ID)
	if err := insertSome(ctx, tx, o.ID, len(o.Lines), add); err != nil {
		return err
	}
	o.Lines, o.Groups = add, nil
	if err := insertShares(ctx, tx, o); err != nil {
		return err
	}
	sums := [3]int64{}
	for _, l := range add {
		sums[0], sums[1], sums[2] = sums[0]+l.Subtotal.Minor, sums[1]+l.Discount.Minor, sums[2]+l.Tax.Minor
	}
	n, err := tx.Exec(ctx, `
		UPDATE order_orders SET subtotal = subtotal + $2, discount = discount + $3, tax = tax + $4,
			total = total + $2 - $3 + (1 - tax_included) * $4, version = version + 1, updated_at = $5
		WHERE id = $1 AND imported = 1`, o.ID, sums[0], sums[1], sums[2], db.Micros(tx.Now))
	if err == nil && n == 0 {
		err = ErrTaken
	}
	return err
}

// addReturned changes nothing and returns 0 when the line has less left or was not imported.
func addReturned(ctx context.Context, tx *db.Tx, of ID, r Return) (int64, error) {
	kept.Forget(tx, of)
	return tx.Exec(ctx, `
		UPDATE order_lines SET returned = returned + $1, refunded = refunded + $2
		WHERE id = $3 AND order_id = $4 AND returned + $1 <= shipped AND refunded + $2 <= total
		AND EXISTS (SELECT 1 FROM order_orders o WHERE o.id = $4 AND o.imported = 1)`,
		r.Quantity, r.Amount.Minor, r.Line, of)
}

func countReturns(ctx context.Context, tx *db.Tx, r Return) (int64, error) {
	return db.One(ctx, tx, scanCount, `SELECT COUNT(*) FROM order_returns WHERE ref = $1 AND position = $2 AND line_id = $3`, r.Ref, r.Position, r.Line)
}

func selectPositions(ctx context.Context, tx *db.Tx, ref string) ([]int64, error) {
	return db.All(ctx, tx, scanCount, `SELECT DISTINCT position FROM order_returns WHERE ref = $1 LIMIT 10000`, ref)
}

func selectReturns(ctx context.Context, tx *db.Tx, of ID) ([]Return, error) {
	return db.All(ctx, tx, func(row db.Row) (r Return, err error) {
		var at int64
		err = row.Scan(&r.Ref, &r.Position, &r.Line, &r.Quantity, &r.Amount.Minor, &r.Amount.Currency, &at)
		r.At = db.Time(at)
		return r, err
	}, `
		SELECT r.ref, r.position, r.line_id, r.quantity, r.amount, o.currency, r.returned_at
		FROM order_returns r JOIN order_orders o ON o.id = r.order_id JOIN order_lines l ON l.id = r.line_id
		WHERE r.order_id = $1 ORDER BY r.returned_at, r.ref, r.position, l.position`, of)
}

func selectBought(ctx context.Context, tx *db.Tx, customer string, skus []string, until time.Time) ([]Bought, error) {
	args := []any{customer, db.Micros(until)}
	for _, s := range skus {
		args = append(args, s)
	}
	return db.All(ctx, tx, func(row db.Row) (b Bought, err error) {
		var at int64
		err = row.Scan(&b.Order, &b.Line, &b.SKU, &at, &b.UnitPrice.Currency, &b.UnitPrice.Minor, &b.Left, &b.Value.Minor)
		b.PlacedAt, b.Value.Currency = db.Time(at), b.UnitPrice.Currency
		return b, err
	}, `
		SELECT o.id, l.id, l.sku, o.placed_at, o.currency, l.unit_price, l.shipped - l.returned, l.total - l.refunded
		FROM order_orders o JOIN order_lines l ON l.order_id = o.id
		WHERE o.customer = $1 AND o.customer <> '' AND o.imported = 1 AND o.placed_at <= $2 AND l.shipped > l.returned AND l.sku IN `+db.Values(1, len(skus), 3)+`
		ORDER BY o.placed_at DESC, o.number DESC, l.position LIMIT 1000`, args...)
}

// addRefunded changes nothing and returns 0 when a line would give back more
// than was paid for it, or less than nothing.
func addRefunded(ctx context.Context, tx *db.Tx, id LineID, minor int64) (int64, error) {
	kept.ForgetAll(tx)
	return tx.Exec(ctx, `
		UPDATE order_lines SET refunded = refunded + $1
		WHERE id = $2 AND refunded + $1 >= 0 AND refunded + $1 <= total + tax`, minor, id)
}

// addShipped changes nothing and returns 0 when more would have left than were bought.
func addShipped(ctx context.Context, tx *db.Tx, id LineID, units int64) (int64, error) {
	kept.ForgetAll(tx)
	return tx.Exec(ctx, `UPDATE order_lines SET shipped = shipped + $1 WHERE id = $2 AND shipped + $1 <= quantity`, units, id)
}

// selectNarrow asks for several things at once: it walks the orders from the
// newest, so it is for people who look, not for programs that list.
func selectNarrow(ctx context.Context, tx *db.Tx, f Filter) ([]Order, error) {
	args := []any{string(f.After), f.Limit + 1, string(f.State), f.Market, f.Channel, f.Customer, f.Number, db.Micros(f.From), db.Micros(f.Until), f.Imported}
	among := ``
	if f.Contacts != nil {
		for _, id := range f.Contacts[:min(len(f.Contacts), 1000)] {
			args = append(args, id)
		}
		among = ` AND contact <> '' AND contact IN ` + db.Values(1, len(args)-10, 11)
	}
	return db.All(ctx, tx, scanOrder, `
		SELECT `+orderColumns+` FROM order_orders
		WHERE ($1 = '' OR id < $1) AND ($3 = '' OR state = $3) AND ($4 = '' OR market = $4) AND ($5 = '' OR channel = $5)
		AND ($6 = '' OR customer = $6) AND ($7 = '' OR number = $7) AND placed_at >= $8 AND ($9 = CAST(0 AS BIGINT) OR placed_at < $9)
		AND imported >= $10`+among+`
		ORDER BY id DESC LIMIT $2`, args...)
}

// selectTotals sums what customers bought, by currency.
func selectTotals(ctx context.Context, tx *db.Tx, customers []string) ([]Total, error) {
	args := make([]any, len(customers))
	for i, c := range customers {
		args[i] = c
	}
	return db.All(ctx, tx, func(row db.Row) (t Total, err error) {
		var last int64
		err = row.Scan(&t.Customer, &t.Sum.Currency, &t.Orders, &t.Sum.Minor, &last)
		t.Last = db.Time(last)
		return t, err
	}, `
		SELECT customer, currency, COUNT(*), CAST(SUM(total) AS BIGINT), MAX(placed_at) FROM order_orders
		WHERE customer <> '' AND customer IN `+db.Values(1, len(customers), 1)+` AND state <> 'canceled' AND is_test = 0
		GROUP BY customer, currency ORDER BY customer, currency`, args...)
}

// growBy changes nothing and returns 0 when the order is closed or was imported.
func growBy(ctx context.Context, tx *db.Tx, id ID, g growth) (int64, error) {
	kept.Forget(tx, id)
	return tx.Exec(ctx, `
		UPDATE order_orders SET subtotal = subtotal + $2, shipping = shipping + $3, tax = tax + $4, total = total + $5, due = due + $5, added = added + $5,
			version = version + 1, updated_at = $6
		WHERE id = $1 AND imported = 0 AND state IN ('placed', 'on_hold')`, id, g.goods, g.shipping, g.tax, g.total, db.Micros(tx.Now))
}

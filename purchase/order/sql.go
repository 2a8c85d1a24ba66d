package order

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
	"korzo/value/money"
)

const orderColumns = `id, number, cart_id, market, channel, entity, locale, customer, contact, flow, flow_version, arm,
	payment_id, state, hold_reason, currency, tax_included, subtotal, discount, shipping, tax, total,
	source, is_test, version, placed_at`

func insertOrder(ctx context.Context, tx *db.Tx, o Order) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO order_orders (`+orderColumns+`, exchange_ppm, metadata, private_metadata, external_ids, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
			$23, $24, $25, $26, 1000000, '{}', '{}', '{}', $26)`,
		o.ID, o.Number, o.Cart, o.Market, o.Channel, o.Entity, o.Locale, o.Customer, o.Contact, o.Flow, o.FlowVersion, o.Arm,
		o.Payment, o.State, o.HoldReason, o.Currency(), flag(o.TaxIncluded), o.Subtotal.Minor, o.Discount.Minor,
		o.Shipping.Minor, o.Tax.Minor, o.Total.Minor, o.Source, flag(o.IsTest), o.Version, db.Micros(o.PlacedAt))
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

func insertGroups(ctx context.Context, tx *db.Tx, o Order) error {
	args := make([]any, 0, len(o.Groups)*11)
	for _, g := range o.Groups {
		args = append(args, g.ID, o.ID, g.Kind, g.Method, g.Name, g.Location, g.Price.Minor, g.Discount.Minor, g.Tax.Minor,
			g.PromiseFrom, g.PromiseTo)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO order_groups (id, order_id, kind, method, name, location, price, discount, tax, promise_from, promise_to)
		VALUES `+db.Values(len(o.Groups), 11, 1), args...)
	return err
}

func insertLines(ctx context.Context, tx *db.Tx, o Order) error {
	args := make([]any, 0, len(o.Lines)*26)
	for i, l := range o.Lines {
		properties, err := json.Marshal(l.Properties)
		if err != nil {
			return err
		}
		args = append(args, l.ID, o.ID, i, l.Group, l.Parent, l.Kind, l.Product, l.Variant, l.SKU, l.Title, l.Image, l.Seller,
			string(properties), l.Quantity, l.Scale, l.UnitPrice.Minor, l.UnitCost.Minor, string(l.UnitCost.Currency), l.TaxClass,
			l.Subtotal.Minor, l.Discount.Minor, l.Tax.Minor, l.Total.Minor, l.Shipped, l.Returned, l.Refunded.Minor)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO order_lines (id, order_id, position, group_id, parent_id, kind, product, variant, sku, title, image, seller,
			properties, quantity, scale, unit_price, unit_cost, cost_currency, tax_class,
			subtotal, discount, tax, total, shipped, returned, refunded)
		VALUES `+db.Values(len(o.Lines), 26, 1), args...)
	return err
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
	if len(shares) > 0 {
		if _, err := tx.Exec(ctx, `
			INSERT INTO order_shares (line_id, position, promotion, code, amount)
			VALUES `+db.Values(len(shares)/5, 5, 1), shares...); err != nil {
			return err
		}
	}
	if len(taxes) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO order_taxes (owner_id, position, name, country, region, ppm, base, amount)
		VALUES `+db.Values(len(taxes)/8, 8, 1), taxes...)
	return err
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
	case f.Number != "":
		return db.All(ctx, tx, scanOrder, page+`number = $3`+tail, after, limit, f.Number)
	case f.Customer != "":
		return db.All(ctx, tx, scanOrder, page+`customer = $3`+tail, after, limit, f.Customer)
	case f.State != "":
		return db.All(ctx, tx, scanOrder, page+`state = $3`+tail, after, limit, f.State)
	case after == "":
		return db.All(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders ORDER BY id DESC LIMIT $1`, limit)
	}
	return db.All(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM order_orders WHERE id < $1 ORDER BY id DESC LIMIT $2`, after, limit)
}

func scanOrder(row db.Row) (o Order, err error) {
	var included, test, placed int64
	var c money.Currency
	err = row.Scan(&o.ID, &o.Number, &o.Cart, &o.Market, &o.Channel, &o.Entity, &o.Locale, &o.Customer, &o.Contact,
		&o.Flow, &o.FlowVersion, &o.Arm, &o.Payment, &o.State, &o.HoldReason, &c, &included,
		&o.Subtotal.Minor, &o.Discount.Minor, &o.Shipping.Minor, &o.Tax.Minor, &o.Total.Minor,
		&o.Source, &test, &o.Version, &placed)
	for _, a := range []*money.Amount{&o.Subtotal, &o.Discount, &o.Shipping, &o.Tax, &o.Total} {
		a.Currency = c
	}
	o.TaxIncluded, o.IsTest, o.PlacedAt = included == 1, test == 1, db.Time(placed)
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
		return g, row.Scan(&g.ID, &g.Kind, &g.Method, &g.Name, &g.Location, &g.Price.Minor, &g.Discount.Minor, &g.Tax.Minor,
			&g.PromiseFrom, &g.PromiseTo)
	}, `
		SELECT id, kind, method, name, location, price, discount, tax, promise_from, promise_to
		FROM order_groups WHERE order_id = $1 ORDER BY id`, id)
}

func selectLines(ctx context.Context, tx *db.Tx, id ID, c money.Currency) ([]Line, error) {
	return db.All(ctx, tx, func(row db.Row) (l Line, err error) {
		var properties string
		for _, a := range []*money.Amount{&l.UnitPrice, &l.Subtotal, &l.Discount, &l.Tax, &l.Total, &l.Refunded} {
			a.Currency = c
		}
		if err := row.Scan(&l.ID, &l.Group, &l.Parent, &l.Kind, &l.Product, &l.Variant, &l.SKU, &l.Title, &l.Image, &l.Seller,
			&properties, &l.Quantity, &l.Scale, &l.UnitPrice.Minor, &l.UnitCost.Minor, &l.UnitCost.Currency, &l.TaxClass,
			&l.Subtotal.Minor, &l.Discount.Minor, &l.Tax.Minor, &l.Total.Minor, &l.Shipped, &l.Returned, &l.Refunded.Minor); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(properties), &l.Properties)
	}, `
		SELECT id, group_id, parent_id, kind, product, variant, sku, title, image, seller, properties, quantity, scale,
			unit_price, unit_cost, cost_currency, tax_class, subtotal, discount, tax, total, shipped, returned, refunded
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

func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State, reason string) error {
	n, err := tx.Exec(ctx, `
		UPDATE order_orders SET state = $1, hold_reason = $2, version = version + 1, updated_at = $3
		WHERE id = $4 AND state = $5`, to, reason, db.Micros(tx.Now), id, from)
	if err == nil && n == 0 {
		err = ErrState
	}
	return err
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
	return db.All(ctx, tx, func(row db.Row) (p Paid, err error) { return p, row.Scan(&p.Order, &p.Payment, &p.Total) }, `
		SELECT id, payment_id, total FROM order_orders WHERE id > $1 AND payment_id <> '' ORDER BY id LIMIT $2`, after, limit)
}

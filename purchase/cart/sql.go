package cart

import (
	"cmp"
	"context"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/remember"
)

// kept are the carts that were read or changed of late. Every statement here
// that writes one forgets it first.
var kept = remember.NewRows[ID, Cart](1024, func(c Cart) Cart {
	c.Lines, c.Codes = append([]Line(nil), c.Lines...), append([]string(nil), c.Codes...)
	return c
})

func insertCart(ctx context.Context, tx *db.Tx, c Cart) error {
	return tx.Send(ctx, nil, `
		INSERT INTO cart_carts (id, market, channel, currency, locale, customer, state, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $8)`,
		c.ID, c.Market, c.Channel, c.Currency, c.Locale, c.Customer, c.Version, db.Micros(c.CreatedAt))
}

const columns = `id, market, channel, currency, locale, customer, state, version, COALESCE(order_id, ''), merged_into, gift_cards, collect, held_until, created_at, updated_at`

// advance takes the next version of a cart. There is no row when it is not
// open, not the caller's, or not at the version the caller saw.
func advance(ctx context.Context, tx *db.Tx, id ID, caller Caller) (Cart, error) {
	kept.Forget(tx, id)
	return db.One(ctx, tx, scanCart, `
		UPDATE cart_carts SET version = version + 1, updated_at = $2
		WHERE id = $1 AND state = 'open' AND (customer = $3 AND customer <> '' OR customer = '' AND (CAST($5 AS TEXT) = '' OR channel = $5))
		AND (CAST($4 AS BIGINT) = 0 OR version = $4)
		RETURNING `+columns,
		id, db.Micros(tx.Now), caller.Customer, caller.Version, caller.Channel)
}

// advanceOpen takes the next version of a customer's newest open cart in a
// market. There is no row when they have none, or it was closed just now.
func advanceOpen(ctx context.Context, tx *db.Tx, customer, market string) (Cart, error) {
	c, err := db.One(ctx, tx, scanCart, `
		UPDATE cart_carts SET version = version + 1, updated_at = $3
		WHERE state = 'open' AND customer = $1 AND id = (
			SELECT id FROM cart_carts
			WHERE customer = $1 AND customer <> '' AND market = $2 AND state = 'open'
			ORDER BY id DESC LIMIT 1)
		RETURNING `+columns,
		customer, market, db.Micros(tx.Now))
	if err == nil {
		kept.Forget(tx, c.ID)
	}
	return c, err
}

// adopt returns 0 when the cart is no open guest's.
func adopt(ctx context.Context, tx *db.Tx, id ID, customer string) (int64, error) {
	kept.Forget(tx, id)
	return tx.Exec(ctx, `
		UPDATE cart_carts SET customer = $2 WHERE id = $1 AND state = 'open' AND customer = ''`,
		id, customer)
}

// closeMerged returns 0 when the cart is not open.
func closeMerged(ctx context.Context, tx *db.Tx, id, into ID) (int64, error) {
	kept.Forget(tx, id)
	return tx.Exec(ctx, `
		UPDATE cart_carts SET state = 'merged', merged_into = $2 WHERE id = $1 AND state = 'open'`,
		id, into)
}

// lockCart changes nothing and returns 0 when the cart is not open or has another version.
func lockCart(ctx context.Context, tx *db.Tx, id ID, version int64, holder string) (int64, error) {
	c, known := kept.Get(tx, id)
	kept.Forget(tx, id)
	n, err := tx.Exec(ctx, `
		UPDATE cart_carts SET state = 'locked', locked_by = $3, updated_at = $4
		WHERE id = $1 AND state = 'open' AND (CAST($2 AS BIGINT) = 0 OR version = $2)`,
		id, version, holder, db.Micros(tx.Now))
	if c.State, c.UpdatedAt = StateLocked, tx.Now; known && n == 1 && err == nil {
		kept.Keep(tx, id, c)
	}
	return n, err
}

// unlockCart changes nothing unless holder has the lock.
func unlockCart(ctx context.Context, tx *db.Tx, id ID, holder string) error {
	kept.Forget(tx, id)
	_, err := tx.Exec(ctx, `
		UPDATE cart_carts SET state = 'open', updated_at = $3
		WHERE id = $1 AND state = 'locked' AND locked_by = $2`,
		id, holder, db.Micros(tx.Now))
	return err
}

// orderCart changes nothing and returns 0 unless holder has the lock.
func orderCart(ctx context.Context, tx *db.Tx, id ID, holder, order string) (int64, error) {
	kept.Forget(tx, id)
	return tx.Exec(ctx, `
		UPDATE cart_carts SET state = 'ordered', order_id = $3, updated_at = $4
		WHERE id = $1 AND state = 'locked' AND locked_by = $2`,
		id, holder, order, db.Micros(tx.Now))
}

func selectCart(ctx context.Context, tx *db.Tx, id ID) (Cart, error) {
	return db.One(ctx, tx, scanCart, `SELECT `+columns+` FROM cart_carts WHERE id = $1`, id)
}

func selectLatest(ctx context.Context, tx *db.Tx, limit int) ([]Cart, error) {
	return db.All(ctx, tx, scanCart, `
		SELECT `+columns+` FROM cart_carts WHERE state = 'open' ORDER BY id DESC LIMIT $1`, limit)
}

func scanCart(row db.Row) (c Cart, err error) {
	var t times
	err = row.Scan(c.head(&t)...)
	c.tell(t)
	return c, err
}

// head is where the columns of a cart go.
func (c *Cart) head(t *times) []any {
	return []any{&c.ID, &c.Market, &c.Channel, &c.Currency, &c.Locale, &c.Customer, &c.State, &c.Version,
		&c.Order, &c.MergedInto, &c.GiftCards, &c.Collect, &t.held, &t.created, &t.updated}
}

// times are those of a cart as they are kept.
type times struct{ held, created, updated int64 }

func (c *Cart) tell(t times) {
	c.CreatedAt, c.UpdatedAt = db.Time(t.created), db.Time(t.updated)
	if t.held > 0 {
		c.HeldUntil = db.Time(t.held)
	}
}

// updateHeld says till when stock is held for a cart; the zero time: it is not.
func updateHeld(ctx context.Context, tx *db.Tx, id ID, until time.Time) error {
	kept.Forget(tx, id)
	at := int64(0)
	if !until.IsZero() {
		at = db.Micros(until)
	}
	_, err := tx.Exec(ctx, `UPDATE cart_carts SET held_until = $2 WHERE id = $1`, id, at)
	return err
}

// upsertLines writes lines as they are now; nothing for none.
func upsertLines(ctx context.Context, tx *db.Tx, cart ID, lines []Line) error {
	kept.Forget(tx, cart)
	if len(lines) == 0 {
		return nil
	}
	args := make([]any, 0, 5*len(lines))
	for _, l := range lines {
		args = append(args, l.ID, cart, l.Variant, l.Quantity, l.position)
	}
	return tx.Send(ctx, nil, `
		INSERT INTO cart_lines (id, cart_id, variant, quantity, position)
		VALUES `+db.Values(len(lines), 5, 1)+`
		ON CONFLICT (cart_id, variant) DO UPDATE SET quantity = excluded.quantity`, args...)
}

func updateGiftCards(ctx context.Context, tx *db.Tx, cart ID, n int64) error {
	kept.Forget(tx, cart)
	_, err := tx.Exec(ctx, `UPDATE cart_carts SET gift_cards = $2 WHERE id = $1`, cart, n)
	return err
}

func updateCollect(ctx context.Context, tx *db.Tx, cart ID, location string) error {
	kept.Forget(tx, cart)
	_, err := tx.Exec(ctx, `UPDATE cart_carts SET collect = $2 WHERE id = $1`, cart, location)
	return err
}

func deleteLine(ctx context.Context, tx *db.Tx, cart ID, line LineID) error {
	kept.Forget(tx, cart)
	_, err := tx.Exec(ctx, `DELETE FROM cart_lines WHERE cart_id = $1 AND id = $2`, cart, line)
	return err
}

// insertCodes writes new codes, to be listed after those there are; nothing for none.
func insertCodes(ctx context.Context, tx *db.Tx, cart ID, codes []string) error {
	kept.Forget(tx, cart)
	if len(codes) == 0 {
		return nil
	}
	args := make([]any, 0, 4*len(codes))
	for i, code := range codes {
		args = append(args, cart, fold(code), code, db.Micros(tx.Now)+int64(i))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO cart_codes (cart_id, code, written, position)
		VALUES `+db.Values(len(codes), 4, 1)+`
		ON CONFLICT (cart_id, code) DO NOTHING`, args...)
	return err
}

func deleteCode(ctx context.Context, tx *db.Tx, cart ID, code string) error {
	kept.Forget(tx, cart)
	_, err := tx.Exec(ctx, `DELETE FROM cart_codes WHERE cart_id = $1 AND code = $2`, cart, code)
	return err
}

// selectWhole reads a cart with its lines and codes, in one statement. A row is
// a line, a code, which has a quantity of 0, or the cart alone.
func selectWhole(ctx context.Context, tx *db.Tx, id ID) (c Cart, err error) {
	var codes []placedCode
	rows, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		var l Line
		var t times
		var kind string
		err := row.Scan(append(c.head(&t), &kind, &l.ID, &l.Variant, &l.Quantity, &l.position)...)
		c.tell(t)
		switch kind {
		case "line":
			c.Lines = append(c.Lines, l)
		case "code":
			codes = append(codes, placedCode{string(l.Variant), l.position})
		}
		return struct{}{}, err
	}, `
		SELECT `+columns+`, COALESCE(x.what, ''), COALESCE(x.line, ''), COALESCE(x.variant, ''), COALESCE(x.quantity, 0), COALESCE(x.position, 0)
		FROM cart_carts LEFT JOIN (
			SELECT 'line' AS what, id AS line, variant, quantity, position FROM cart_lines WHERE cart_id = $1
			UNION ALL
			SELECT 'code', '', written, 0, position FROM cart_codes WHERE cart_id = $1) AS x ON 1 = 1
		WHERE id = $1 LIMIT 250`, id)
	if err == nil && len(rows) == 0 {
		err = db.ErrNoRow
	}
	c.sort(codes)
	return c, err
}

// sort puts lines and codes in the order they were put in: a few rows cost less
// here than in a statement.
func (c *Cart) sort(codes []placedCode) {
	slices.SortStableFunc(c.Lines, func(a, b Line) int { return cmp.Compare(a.position, b.position) })
	slices.SortStableFunc(codes, func(a, b placedCode) int { return cmp.Compare(a.position, b.position) })
	for _, code := range codes {
		c.Codes = append(c.Codes, code.written)
	}
}

// placedCode is a code and where it stands.
type placedCode struct {
	written  string
	position int64
}

// readContents fills in the lines and codes of a cart, in one statement. A
// code is told by its quantity of 0, which no line has.
func readContents(ctx context.Context, tx *db.Tx, c *Cart) error {
	var codes []placedCode
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		var l Line
		err := row.Scan(&l.ID, &l.Variant, &l.Quantity, &l.position)
		if l.Quantity == 0 {
			codes = append(codes, placedCode{string(l.Variant), l.position})
		} else {
			c.Lines = append(c.Lines, l)
		}
		return struct{}{}, err
	}, `
		SELECT id, variant, quantity, position FROM cart_lines WHERE cart_id = $1
		UNION ALL
		SELECT '', written, 0, position FROM cart_codes WHERE cart_id = $1
		LIMIT 250`, c.ID)
	c.sort(codes)
	return err
}

func selectOf(ctx context.Context, tx *db.Tx, customer string, limit int) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM cart_carts WHERE customer = $1 AND customer <> '' AND state = 'open' ORDER BY id DESC LIMIT $2`, customer, limit)
}

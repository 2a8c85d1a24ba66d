package withdrawal

import (
	"context"
	"encoding/json"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// insertDeclaration inserts nothing and returns 0 when it was declared before.
func insertDeclaration(ctx context.Context, tx *db.Tx, d Declaration) (int64, error) {
	lines, err := json.Marshal(append([]order.LineID{}, d.Lines...))
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		INSERT INTO withdrawal_declarations (id, order_id, number, contact, lines, locale, said_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		string(d.ID), string(d.Order), d.Number, string(d.Contact), string(lines), d.Locale, db.Micros(d.SaidAt))
}

const columns = `SELECT id, order_id, number, contact, lines, locale, said_at FROM withdrawal_declarations `

func scan(r db.Row) (d Declaration, err error) {
	var lines string
	var said int64
	if err = r.Scan(&d.ID, &d.Order, &d.Number, &d.Contact, &lines, &d.Locale, &said); err != nil {
		return d, err
	}
	d.SaidAt = db.Time(said)
	return d, json.Unmarshal([]byte(lines), &d.Lines)
}

func selectDeclaration(ctx context.Context, tx *db.Tx, id ID) (Declaration, error) {
	return db.One(ctx, tx, scan, columns+`WHERE id = $1`, string(id))
}

func selectDeclarations(ctx context.Context, tx *db.Tx, of order.ID) ([]Declaration, error) {
	return db.All(ctx, tx, scan, columns+`WHERE order_id = $1 AND order_id <> '' ORDER BY said_at, id LIMIT 100`, string(of))
}

func selectOfOrders(ctx context.Context, tx *db.Tx, orders []order.ID) ([]Declaration, error) {
	in, args := catalog.OneOf(1, orders)
	return db.All(ctx, tx, scan, columns+`WHERE order_id IN (`+in+`) AND order_id <> '' ORDER BY said_at DESC, id LIMIT 100`, args...)
}

package wishlist

import (
	"context"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

// insertItem changes nothing and returns 0 when the product is on the list, or
// the list is full.
func insertItem(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wishlist_items (owner, product, added_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) WHERE (SELECT COUNT(*) FROM wishlist_items WHERE owner = $1) < $4
		ON CONFLICT DO NOTHING`, owner, product, db.Micros(tx.Now), MaxItems)
}

func deleteItem(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_items WHERE owner = $1 AND product = $2`, owner, product)
	return err
}

func countItem(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM wishlist_items WHERE owner = $1 AND product = $2`, owner, product)
}

func selectItems(ctx context.Context, tx *db.Tx, owner Owner) ([]catalog.ProductID, error) {
	return db.All(ctx, tx, func(row db.Row) (id catalog.ProductID, err error) { return id, row.Scan(&id) }, `
		SELECT product FROM wishlist_items WHERE owner = $1 ORDER BY added_at DESC, product DESC LIMIT $2`, owner, MaxItems)
}

func moveItems(ctx context.Context, tx *db.Tx, from, to Owner) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wishlist_items (owner, product, added_at)
		SELECT CAST($2 AS TEXT), product, added_at FROM wishlist_items WHERE owner = $1
		ON CONFLICT DO NOTHING`, from, to)
	return err
}

func deleteItems(ctx context.Context, tx *db.Tx, owner Owner) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_items WHERE owner = $1`, owner)
	return err
}

// deleteOld leaves customers' wishes alone.
func deleteOld(ctx context.Context, tx *db.Tx, before time.Time, most int) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM wishlist_items WHERE (owner, product) IN (
			SELECT owner, product FROM wishlist_items WHERE added_at < $1 AND owner LIKE 'wish\_%' ESCAPE '\' ORDER BY added_at LIMIT $2)`,
		db.Micros(before), most)
	return err
}

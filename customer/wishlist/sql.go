package wishlist

import (
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
)

// insertItem changes nothing and returns 0 when the product is on the list, or
// the list is full.
func insertItem(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wishlist_items (list, product, added_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) WHERE (SELECT COUNT(*) FROM wishlist_items WHERE list = $1) < $4
		ON CONFLICT DO NOTHING`, list, product, db.Micros(tx.Now), MaxItems)
}

func deleteItem(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_items WHERE list = $1 AND product = $2`, list, product)
	return err
}

func countItem(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM wishlist_items WHERE list = $1 AND product = $2`, list, product)
}

func selectItems(ctx context.Context, tx *db.Tx, list ID) ([]catalog.ProductID, error) {
	return db.All(ctx, tx, func(row db.Row) (id catalog.ProductID, err error) { return id, row.Scan(&id) }, `
		SELECT product FROM wishlist_items WHERE list = $1 ORDER BY added_at DESC, product DESC LIMIT $2`, list, MaxItems)
}

func moveItems(ctx context.Context, tx *db.Tx, from, to ID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wishlist_items (list, product, added_at)
		SELECT CAST($2 AS TEXT), product, added_at FROM wishlist_items WHERE list = $1
		ON CONFLICT DO NOTHING`, from, to)
	return err
}

func deleteItems(ctx context.Context, tx *db.Tx, list ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_items WHERE list = $1`, list)
	return err
}

// deleteOld leaves customers' wishes alone.
func deleteOld(ctx context.Context, tx *db.Tx, before time.Time, most int) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM wishlist_items WHERE (list, product) IN (
			SELECT list, product FROM wishlist_items WHERE added_at < $1 AND list LIKE 'wish\_%' ESCAPE '\' ORDER BY added_at LIMIT $2)`,
		db.Micros(before), most)
	return err
}

func scanList(row db.Row) (r listRow, err error) {
	var at int64
	err = row.Scan(&r.ID, &r.Customer, &r.sealed, &r.Share, &at, &r.Items)
	r.CreatedAt = db.Time(at)
	return r, err
}

// selectLists is bounded by MaxLists, and one for the list without a name.
func selectLists(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]listRow, error) {
	return db.All(ctx, tx, scanList, `
		SELECT l.id, l.customer, l.name, l.share, l.created_at, (SELECT COUNT(*) FROM wishlist_items i WHERE i.list = l.id)
		FROM wishlist_lists l WHERE l.customer = $1 ORDER BY l.created_at, l.id LIMIT $2`, string(customer), MaxLists+1)
}

func selectList(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID) (listRow, error) {
	return db.One(ctx, tx, scanList, `
		SELECT l.id, l.customer, l.name, l.share, l.created_at, (SELECT COUNT(*) FROM wishlist_items i WHERE i.list = l.id)
		FROM wishlist_lists l WHERE l.customer = $1 AND l.id = $2`, string(customer), list)
}

func selectShared(ctx context.Context, tx *db.Tx, link string) (listRow, error) {
	return db.One(ctx, tx, scanList, `
		SELECT l.id, l.customer, l.name, l.share, l.created_at, (SELECT COUNT(*) FROM wishlist_items i WHERE i.list = l.id)
		FROM wishlist_lists l WHERE l.share = $1 AND l.share <> ''`, link)
}

// insertList changes nothing and returns 0 when the customer has MaxLists.
func insertList(ctx context.Context, tx *db.Tx, r listRow) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wishlist_lists (id, customer, name, share, created_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), $3, '', CAST($4 AS BIGINT)
		WHERE (SELECT COUNT(*) FROM wishlist_lists WHERE customer = $2 AND id <> $2) < $5`,
		r.ID, string(r.Customer), r.sealed, db.Micros(tx.Now), MaxLists)
}

func updateName(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID, name []byte) (int64, error) {
	return tx.Exec(ctx, `UPDATE wishlist_lists SET name = $3 WHERE customer = $1 AND id = $2`, string(customer), list, name)
}

// upsertMain gives the list without a name a row, which a link needs.
func upsertMain(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wishlist_lists (id, customer, name, share, created_at) VALUES ($1, $1, $2, '', $3)
		ON CONFLICT DO NOTHING`, string(customer), []byte{}, db.Micros(tx.Now))
	return err
}

// updateShare keeps a link that there is, unless it is taken back.
func updateShare(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID, link string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE wishlist_lists SET share = CASE WHEN share = '' OR CAST($3 AS TEXT) = '' THEN CAST($3 AS TEXT) ELSE share END
		WHERE customer = $1 AND id = $2`, string(customer), list, link)
}

func deleteList(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM wishlist_lists WHERE customer = $1 AND id = $2 AND id <> $1`, string(customer), list)
}

func deleteListed(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_items WHERE list IN (SELECT id FROM wishlist_lists WHERE customer = $1)`, string(customer))
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM wishlist_lists WHERE customer = $1`, string(customer))
	}
	return err
}

// countWished counts the lists of a customer that a product is on.
func countWished(ctx context.Context, tx *db.Tx, customer profile.CustomerID, product catalog.ProductID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM wishlist_items WHERE product = $2
		AND (list = $1 OR list IN (SELECT id FROM wishlist_lists WHERE customer = $1))`, string(customer), product)
}

// upsertSaved changes nothing and returns 0 when the owner keeps MaxSaved
// others.
func upsertSaved(ctx context.Context, tx *db.Tx, owner ID, variant catalog.VariantID, quantity int64) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wishlist_saved (owner, variant, quantity, saved_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT)
		WHERE (SELECT COUNT(*) FROM wishlist_saved WHERE owner = $1 AND variant <> $2) < $5
		ON CONFLICT (owner, variant) DO UPDATE SET quantity = excluded.quantity, saved_at = excluded.saved_at`,
		owner, variant, quantity, db.Micros(tx.Now), MaxSaved)
}

func selectSaved(ctx context.Context, tx *db.Tx, owner ID) ([]Saved, error) {
	return db.All(ctx, tx, func(row db.Row) (s Saved, err error) { return s, row.Scan(&s.Variant, &s.Quantity) }, `
		SELECT variant, quantity FROM wishlist_saved WHERE owner = $1 ORDER BY saved_at DESC, variant DESC LIMIT $2`, owner, MaxSaved)
}

func deleteOneSaved(ctx context.Context, tx *db.Tx, owner ID, variant catalog.VariantID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM wishlist_saved WHERE owner = $1 AND variant = $2`, owner, variant)
}

func deleteSaved(ctx context.Context, tx *db.Tx, owner ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM wishlist_saved WHERE owner = $1`, owner)
	return err
}

func moveSaved(ctx context.Context, tx *db.Tx, from, to ID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wishlist_saved (owner, variant, quantity, saved_at)
		SELECT CAST($2 AS TEXT), variant, quantity, saved_at FROM wishlist_saved WHERE owner = $1
		ON CONFLICT DO NOTHING`, from, to)
	return err
}

// deleteOldSaved leaves customers' alone.
func deleteOldSaved(ctx context.Context, tx *db.Tx, before time.Time, most int) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM wishlist_saved WHERE (owner, variant) IN (
			SELECT owner, variant FROM wishlist_saved WHERE saved_at < $1 AND owner LIKE 'wish\_%' ESCAPE '\' ORDER BY saved_at LIMIT $2)`,
		db.Micros(before), most)
	return err
}

func countItems(ctx context.Context, tx *db.Tx, list ID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM wishlist_items WHERE list = $1`, list)
}

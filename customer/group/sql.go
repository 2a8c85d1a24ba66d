package group

import (
	"context"

	"korzo/platform/db"
)

func insertGroup(ctx context.Context, tx *db.Tx, g Group) error {
	_, err := tx.Exec(ctx, `INSERT INTO group_groups (id, name, created_at) VALUES ($1, $2, $3)`, g.ID, g.Name, db.Micros(tx.Now))
	return err
}

func selectGroups(ctx context.Context, tx *db.Tx) ([]Group, error) {
	return db.All(ctx, tx, func(row db.Row) (g Group, err error) {
		return g, row.Scan(&g.ID, &g.Name, &g.Members)
	}, `
		SELECT g.id, g.name, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id)
		FROM group_groups g ORDER BY g.id LIMIT $1`, maxGroups)
}

func countGroup(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM group_groups WHERE id = $1`, id)
}

func insertMembers(ctx context.Context, tx *db.Tx, id ID, customers []string) error {
	args := make([]any, 0, 3*len(customers))
	for _, c := range customers {
		args = append(args, id, c, db.Micros(tx.Now))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO group_members (group_id, customer, added_at) VALUES `+db.Values(len(customers), 3, 1)+`
		ON CONFLICT DO NOTHING`, args...)
	return err
}

func deleteMembers(ctx context.Context, tx *db.Tx, id ID, customers []string) error {
	args := []any{id}
	for _, c := range customers {
		args = append(args, c)
	}
	_, err := tx.Exec(ctx, `DELETE FROM group_members WHERE group_id = $1 AND customer IN `+db.Values(1, len(customers), 2), args...)
	return err
}

func selectOf(ctx context.Context, tx *db.Tx, customer string) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (id string, err error) { return id, row.Scan(&id) },
		`SELECT group_id FROM group_members WHERE customer = $1 ORDER BY group_id LIMIT $2`, customer, maxGroups)
}

func selectMembers(ctx context.Context, tx *db.Tx, id ID, limit int) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (c string, err error) { return c, row.Scan(&c) },
		`SELECT customer FROM group_members WHERE group_id = $1 ORDER BY customer DESC LIMIT $2`, id, limit)
}

func updateName(ctx context.Context, tx *db.Tx, id ID, name string) (int64, error) {
	return tx.Exec(ctx, `UPDATE group_groups SET name = $2 WHERE id = $1`, id, name)
}

func selectMembersAfter(ctx context.Context, tx *db.Tx, id ID, after string, limit int) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (c string, err error) { return c, row.Scan(&c) },
		`SELECT customer FROM group_members WHERE group_id = $1 AND customer > $2 ORDER BY customer LIMIT $3`, id, after, limit)
}

package banner

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

func selectBanners(ctx context.Context, tx *db.Tx) ([]Banner, error) {
	return db.All(ctx, tx, func(r db.Row) (b Banner, err error) {
		var text string
		var changed int64
		if err := r.Scan(&b.ID, &text, &changed, &b.Version); err != nil {
			return b, err
		}
		b.ChangedAt = db.Time(changed)
		return b, json.Unmarshal([]byte(text), &b.Draft)
	}, `SELECT id, document, changed_at, version FROM banner_banners ORDER BY id LIMIT $1`, maxBanners)
}

func insertBanner(ctx context.Context, tx *db.Tx, id ID, d Draft) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO banner_banners (id, document, changed_at, version) VALUES ($1, $2, $3, 1)`,
		string(id), string(text), db.Micros(tx.Now))
	return err
}

// updateBanner changes nothing and returns 0 when the banner has another version.
func updateBanner(ctx context.Context, tx *db.Tx, id ID, version int64, d Draft) (int64, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		UPDATE banner_banners SET document = $2, changed_at = $3, version = version + 1
		WHERE id = $1 AND (version = $4 OR $4 = 0)`, string(id), string(text), db.Micros(tx.Now), version)
}

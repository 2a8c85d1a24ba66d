package content

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
)

func selectPages(ctx context.Context, tx *db.Tx) ([]Page, error) {
	return db.All(ctx, tx, func(r db.Row) (p Page, err error) {
		var draft string
		var live, due *string
		var dueAt, changed int64
		if err = r.Scan(&p.ID, &p.Kind, &p.Position, &draft, &live, &due, &dueAt, &changed, &p.Version); err != nil {
			return p, err
		}
		p.DueAt, p.ChangedAt = db.Time(dueAt), db.Time(changed)
		for _, part := range []struct {
			from *string
			to   *Texts
		}{{&draft, &p.Draft}, {live, &p.Live}, {due, &p.Due}} {
			if part.from != nil && err == nil {
				err = json.Unmarshal([]byte(*part.from), part.to)
			}
		}
		return p, err
	}, `
		SELECT id, kind, position, draft, live, due, due_at, changed_at, version
		FROM content_pages ORDER BY position, id LIMIT $1`, maxPages)
}

func selectSlugs(ctx context.Context, tx *db.Tx) (map[string]ID, error) {
	type row struct {
		slug string
		page ID
	}
	all, err := db.All(ctx, tx, func(r db.Row) (s row, err error) { return s, r.Scan(&s.slug, &s.page) },
		`SELECT slug, page FROM content_slugs ORDER BY slug LIMIT 5000`)
	slugs := make(map[string]ID, len(all))
	for _, s := range all {
		slugs[s.slug] = s.page
	}
	return slugs, err
}

func insertPage(ctx context.Context, tx *db.Tx, p Page) error {
	draft, err := json.Marshal(p.Draft)
	if err != nil {
		return err
	}
	return tx.Savepoint(ctx, func() error {
		_, err := tx.Exec(ctx, `
			INSERT INTO content_pages (id, kind, position, draft, due_at, changed_at, version)
			VALUES ($1, $2, $3, $4, 0, $5, 1)`,
			string(p.ID), string(p.Kind), p.Position, string(draft), db.Micros(tx.Now))
		return err
	})
}

// updateDraft changes nothing and returns 0 when the page has another version.
func updateDraft(ctx context.Context, tx *db.Tx, p Page) (int64, error) {
	draft, err := json.Marshal(p.Draft)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		UPDATE content_pages SET position = $2, draft = $3, changed_at = $4, version = version + 1
		WHERE id = $1 AND (version = $5 OR $5 = 0)`,
		string(p.ID), p.Position, string(draft), db.Micros(tx.Now), p.Version)
}

// updateDue writes what is live, and what will be.
func updateDue(ctx context.Context, tx *db.Tx, page ID, live, due Texts, at time.Time) error {
	liveText, err := orNull(live)
	if err != nil {
		return err
	}
	dueText, err := orNull(due)
	if err != nil {
		return err
	}
	dueAt := int64(0)
	if due != nil {
		dueAt = db.Micros(at)
	}
	_, err = tx.Exec(ctx, `
		UPDATE content_pages SET live = $2, due = $3, due_at = $4, changed_at = $5, version = version + 1
		WHERE id = $1`, string(page), liveText, dueText, dueAt, db.Micros(tx.Now))
	return err
}

func orNull(t Texts) (*string, error) {
	if t == nil {
		return nil, nil
	}
	text, err := json.Marshal(t)
	s := string(text)
	return &s, err
}

// upsertSlug changes nothing and returns 0 when the address is another page's.
func upsertSlug(ctx context.Context, tx *db.Tx, slug string, page ID) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO content_slugs (slug, page) VALUES ($1, $2)
		ON CONFLICT (slug) DO UPDATE SET page = $2 WHERE content_slugs.page = $2`, slug, string(page))
}

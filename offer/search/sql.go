package search

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

// takeNumber gives out the next number and keeps others waiting until commit.
func takeNumber(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanNumber, `
		INSERT INTO search_counter (id, last) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET last = search_counter.last + 1 RETURNING last`)
}

func scanNumber(row db.Row) (n int64, err error) { return n, row.Scan(&n) }

// selectLast returns the number given out last, or db.ErrNoRow.
func selectLast(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanNumber, `SELECT last FROM search_counter WHERE id = 1`)
}

func upsertChange(ctx context.Context, tx *db.Tx, subject string, seq int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO search_changes (subject, seq) VALUES ($1, $2)
		ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq`, subject, seq)
	return err
}

type change struct {
	subject string
	seq     int64
}

func selectChanges(ctx context.Context, tx *db.Tx, after int64, limit int) ([]change, error) {
	return db.All(ctx, tx, func(row db.Row) (c change, err error) { return c, row.Scan(&c.subject, &c.seq) }, `
		SELECT subject, seq FROM search_changes WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

func upsertSynonym(ctx context.Context, tx *db.Tx, s Synonym) error {
	words, err := json.Marshal(s.Words)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO search_synonyms (id, language, one_way, words) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET language = excluded.language, one_way = excluded.one_way, words = excluded.words`,
		s.ID, s.Language, s.OneWay, string(words))
	return err
}

func deleteSynonym(ctx context.Context, tx *db.Tx, id string) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM search_synonyms WHERE id = $1`, id)
}

func selectSynonyms(ctx context.Context, tx *db.Tx) ([]Synonym, error) {
	return db.All(ctx, tx, func(row db.Row) (s Synonym, err error) {
		var words string
		if err := row.Scan(&s.ID, &s.Language, &s.OneWay, &words); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(words), &s.Words)
	}, `SELECT id, language, one_way, words FROM search_synonyms ORDER BY id LIMIT $1`, maxRules)
}

func upsertRedirect(ctx context.Context, tx *db.Tx, r Redirect) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO search_redirects (language, query, target) VALUES ($1, $2, $3)
		ON CONFLICT (language, query) DO UPDATE SET target = excluded.target`, r.Language, r.Query, r.Target)
	return err
}

func deleteRedirect(ctx context.Context, tx *db.Tx, lang, query string) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM search_redirects WHERE language = $1 AND query = $2`, lang, query)
}

func selectRedirects(ctx context.Context, tx *db.Tx) ([]Redirect, error) {
	return db.All(ctx, tx, func(row db.Row) (r Redirect, err error) { return r, row.Scan(&r.Language, &r.Query, &r.Target) }, `
		SELECT language, query, target FROM search_redirects ORDER BY query, language LIMIT $1`, maxRules)
}

func upsertRanking(ctx context.Context, tx *db.Tx, r Ranking) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO search_rankings (language, query, product, position, boost) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (language, query, product) DO UPDATE SET position = excluded.position, boost = excluded.boost`,
		r.Language, r.Query, r.Product, r.Position, r.Boost)
	return err
}

func deleteRanking(ctx context.Context, tx *db.Tx, lang, query string, product any) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM search_rankings WHERE language = $1 AND query = $2 AND product = $3`, lang, query, product)
}

func selectRankings(ctx context.Context, tx *db.Tx) ([]Ranking, error) {
	return db.All(ctx, tx, func(row db.Row) (r Ranking, err error) {
		return r, row.Scan(&r.Language, &r.Query, &r.Product, &r.Position, &r.Boost)
	}, `
		SELECT language, query, product, position, boost FROM search_rankings
		ORDER BY query, language, position, product LIMIT $1`, maxRules)
}

// addTallies adds to the counts of a day; results is the last found.
func addTallies(ctx context.Context, tx *db.Tx, day string, all []tally) error {
	args := make([]any, 0, 8*len(all))
	for _, t := range all {
		args = append(args, day, t.Market, t.Language, t.Query, t.Searches, t.Zero, t.Clicks, t.Results)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO search_queries (day, market, language, query, searches, zero, clicks, results)
		VALUES `+db.Values(len(all), 8, 1)+`
		ON CONFLICT (day, market, language, query) DO UPDATE SET
			searches = search_queries.searches + excluded.searches, zero = search_queries.zero + excluded.zero,
			clicks = search_queries.clicks + excluded.clicks,
			results = CASE WHEN excluded.searches > 0 THEN excluded.results ELSE search_queries.results END`, args...)
	return err
}

func scanTally(row db.Row) (t Tally, err error) {
	return t, row.Scan(&t.Market, &t.Language, &t.Query, &t.Searches, &t.Zero, &t.Clicks, &t.Results)
}

// selectTallies sums days, those searched most first; zeroOnly leaves only what found nothing.
func selectTallies(ctx context.Context, tx *db.Tx, from string, zeroOnly bool, limit int) ([]Tally, error) {
	return db.All(ctx, tx, scanTally, `
		SELECT market, language, query, CAST(SUM(searches) AS BIGINT), CAST(SUM(zero) AS BIGINT),
			CAST(SUM(clicks) AS BIGINT), MAX(results)
		FROM search_queries WHERE day >= $1
		GROUP BY market, language, query HAVING $2 = 0 OR SUM(zero) > 0
		ORDER BY 4 DESC, market, language, query LIMIT $3`, from, zeroOnly, limit)
}

// selectPopular is selectTallies of what found something, and twice at least:
// what one person typed once is not shown to another.
func selectPopular(ctx context.Context, tx *db.Tx, from string, limit int) ([]Tally, error) {
	return db.All(ctx, tx, scanTally, `
		SELECT market, language, query, CAST(SUM(searches) AS BIGINT), CAST(SUM(zero) AS BIGINT),
			CAST(SUM(clicks) AS BIGINT), MAX(results)
		FROM search_queries WHERE day >= $1
		GROUP BY market, language, query HAVING SUM(searches) - SUM(zero) > 1
		ORDER BY 4 DESC, market, language, query LIMIT $2`, from, limit)
}

// addChoices adds to what was chosen on a day.
func addChoices(ctx context.Context, tx *db.Tx, day string, all []pick) error {
	args := make([]any, 0, 6*len(all))
	for _, p := range all {
		args = append(args, day, p.Market, p.Language, p.Query, p.product, p.clicks)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO search_choices (day, market, language, query, product, clicks)
		VALUES `+db.Values(len(all), 6, 1)+`
		ON CONFLICT (day, market, language, query, product) DO UPDATE SET clicks = search_choices.clicks + excluded.clicks`, args...)
	return err
}

func selectChoices(ctx context.Context, tx *db.Tx, from string, s seen, limit int) ([]Choice, error) {
	return db.All(ctx, tx, func(row db.Row) (c Choice, err error) { return c, row.Scan(&c.Product, &c.Clicks) }, `
		SELECT product, CAST(SUM(clicks) AS BIGINT) FROM search_choices
		WHERE day >= $1 AND market = $2 AND language = $3 AND query = $4
		GROUP BY product ORDER BY 2 DESC, product LIMIT $5`, from, s.Market, s.Language, s.Query, limit)
}

// deleteTallies deletes what was counted before a day.
func deleteTallies(ctx context.Context, tx *db.Tx, day string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM search_choices WHERE day < $1`, day); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM search_queries WHERE day < $1`, day)
	return err
}

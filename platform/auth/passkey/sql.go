package passkey

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"

	"github.com/go-webauthn/webauthn/webauthn"
)

// insertKey inserts nothing and returns 0 when somebody has as many as they may.
func insertKey(ctx context.Context, tx *db.Tx, k Key, who Person, c webauthn.Credential) (int64, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	var n int64
	err = tx.Savepoint(ctx, func() (err error) {
		n, err = tx.Exec(ctx, `
			INSERT INTO passkey_keys (id, credential, realm, subject, name, data, created_at, used_at)
			SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS BIGINT), 0
			WHERE (SELECT COUNT(*) FROM passkey_keys WHERE realm = $3 AND subject = $4) < $8`,
			string(k.ID), encoded(c.ID), string(who.Realm), who.Subject, k.Name, string(data), db.Micros(k.CreatedAt), maxKeys)
		return err
	})
	return n, err
}

type keyRow struct {
	Key
	credential webauthn.Credential
}

func selectKeys(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string) ([]keyRow, error) {
	return db.All(ctx, tx, func(r db.Row) (k keyRow, err error) {
		var created, used int64
		var data string
		if err = r.Scan(&k.ID, &k.Name, &data, &created, &used); err != nil {
			return k, err
		}
		k.CreatedAt, k.UsedAt = db.Time(created), db.Time(used)
		return k, json.Unmarshal([]byte(data), &k.credential)
	}, `
		SELECT id, name, data, created_at, used_at FROM passkey_keys
		WHERE realm = $1 AND subject = $2 ORDER BY id LIMIT $3`, string(realm), subject, maxKeys)
}

func updateUsed(ctx context.Context, tx *db.Tx, who Person, c webauthn.Credential) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE passkey_keys SET data = $1, used_at = $2 WHERE credential = $3 AND realm = $4 AND subject = $5`,
		string(data), db.Micros(tx.Now), encoded(c.ID), string(who.Realm), who.Subject)
	return err
}

func deleteKey(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string, key ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM passkey_keys WHERE id = $1 AND realm = $2 AND subject = $3`, string(key), string(realm), subject)
}

func deleteKeys(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM passkey_keys WHERE realm = $1 AND subject = $2`, string(realm), subject)
	return err
}

func insertChallenge(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string, hash []byte, s webauthn.SessionData, until time.Time) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO passkey_challenges (hash, realm, subject, data, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, string(realm), subject, string(data), db.Micros(until))
	return err
}

// takeChallenge finds no row when the ticket is used, old or another's.
func takeChallenge(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string, hash []byte) (s webauthn.SessionData, err error) {
	return db.One(ctx, tx, func(r db.Row) (s webauthn.SessionData, err error) {
		var data string
		if err = r.Scan(&data); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(data), &s)
	}, `
		DELETE FROM passkey_challenges
		WHERE hash = $1 AND realm = $2 AND subject = $3 AND expires_at > $4 RETURNING data`,
		hash, string(realm), subject, db.Micros(tx.Now))
}

func deleteEnded(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM passkey_challenges WHERE expires_at <= $1`, db.Micros(tx.Now))
	return err
}

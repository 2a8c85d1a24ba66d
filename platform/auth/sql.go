package auth

import (
	"context"
	"strings"
	"time"

	"korzo/platform/db"
)

func insertKey(ctx context.Context, tx *db.Tx, k Key, hash []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_keys (id, hash, kind, name, channel, scopes, hint, created_at, last_used_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
		string(k.ID), hash, k.Kind, k.Name, k.Channel, strings.Join(k.Scopes, " "), k.Hint, db.Micros(k.CreatedAt))
	return err
}

func scanKey(r db.Row) (k Key, err error) {
	var scopes string
	var created, used, revoked int64
	err = r.Scan(&k.ID, &k.Kind, &k.Name, &k.Channel, &scopes, &k.Hint, &created, &used, &revoked)
	k.Scopes = strings.Fields(scopes)
	k.CreatedAt, k.LastUsedAt, k.RevokedAt = db.Time(created), db.Time(used), db.Time(revoked)
	return k, err
}

func selectKey(ctx context.Context, tx *db.Tx, hash []byte) (Key, error) {
	return db.One(ctx, tx, scanKey, `
		SELECT id, kind, name, channel, scopes, hint, created_at, last_used_at, revoked_at
		FROM auth_keys WHERE hash = $1 AND revoked_at = 0`, hash)
}

func selectKeys(ctx context.Context, tx *db.Tx, limit int) ([]Key, error) {
	return db.All(ctx, tx, scanKey, `
		SELECT id, kind, name, channel, scopes, hint, created_at, last_used_at, revoked_at
		FROM auth_keys ORDER BY id DESC LIMIT $1`, limit)
}

// updateRevoked leaves the time of the first revocation.
func updateRevoked(ctx context.Context, tx *db.Tx, key KeyID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE auth_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $1 ELSE revoked_at END
		WHERE id = $2`, db.Micros(tx.Now), string(key))
}

func updateKeyUsed(ctx context.Context, tx *db.Tx, key KeyID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE auth_keys SET last_used_at = $1 WHERE id = $2 AND last_used_at < $1`, db.Micros(at), string(key))
	return err
}

func insertStaff(ctx context.Context, tx *db.Tx, s Staff) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_staff (id, name, email, role, active, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		string(s.ID), s.Name, s.Email, s.Role, s.Active, db.Micros(s.CreatedAt))
	return err
}

func scanStaff(r db.Row) (s Staff, err error) {
	var active, created int64
	err = r.Scan(&s.ID, &s.Name, &s.Email, &s.Role, &active, &created)
	s.Active, s.CreatedAt = active == 1, db.Time(created)
	return s, err
}

func selectStaff(ctx context.Context, tx *db.Tx, who StaffID) (Staff, error) {
	return db.One(ctx, tx, scanStaff, `
		SELECT id, name, email, role, active, created_at FROM auth_staff WHERE id = $1`, string(who))
}

func selectAllStaff(ctx context.Context, tx *db.Tx, limit int) ([]Staff, error) {
	return db.All(ctx, tx, scanStaff, `
		SELECT id, name, email, role, active, created_at FROM auth_staff ORDER BY name, id LIMIT $1`, limit)
}

func lockOwners(ctx context.Context, tx *db.Tx) ([]StaffID, error) {
	return db.All(ctx, tx, func(r db.Row) (who StaffID, err error) { return who, r.Scan(&who) }, `
		SELECT id FROM auth_staff WHERE role = 'owner' AND active = 1 ORDER BY id`+tx.ForUpdate())
}

func updateStaff(ctx context.Context, tx *db.Tx, s Staff) error {
	_, err := tx.Exec(ctx, `UPDATE auth_staff SET role = $1, active = $2 WHERE id = $3`, s.Role, s.Active, string(s.ID))
	return err
}

func upsertCredential(ctx context.Context, tx *db.Tx, realm Realm, subject, login, hash string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_credentials (realm, subject, login, password, changed_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (realm, subject) DO UPDATE SET login = $3, password = $4, changed_at = $5`,
		string(realm), subject, login, hash, db.Micros(tx.Now))
	return err
}

func updatePassword(ctx context.Context, tx *db.Tx, realm Realm, subject, hash string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE auth_credentials SET password = $1, changed_at = $2 WHERE realm = $3 AND subject = $4`,
		hash, db.Micros(tx.Now), string(realm), subject)
}

func selectCredential(ctx context.Context, tx *db.Tx, realm Realm, login string) (credential, error) {
	return db.One(ctx, tx, func(r db.Row) (c credential, err error) { return c, r.Scan(&c.subject, &c.hash) }, `
		SELECT subject, password FROM auth_credentials WHERE realm = $1 AND login = $2`, string(realm), login)
}

// lockCredential says whether the password is still the one that was checked,
// and keeps it so until the end of the transaction.
func lockCredential(ctx context.Context, tx *db.Tx, realm Realm, c credential) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE auth_credentials SET password = password WHERE realm = $1 AND subject = $2 AND password = $3`,
		string(realm), c.subject, c.hash)
	return n == 1, err
}

func deleteCredential(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_credentials WHERE realm = $1 AND subject = $2`, string(realm), subject)
	return err
}

func insertSession(ctx context.Context, tx *db.Tx, realm Realm, subject string, hash []byte, l life) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_sessions (hash, realm, subject, created_at, seen_at, idle_at, ends_at)
		VALUES ($1, $2, $3, $4, $4, $5, $6)`,
		hash, string(realm), subject, db.Micros(tx.Now), db.Micros(tx.Now.Add(l.idle)), db.Micros(tx.Now.Add(l.whole)))
	return err
}

type sessionRow struct {
	Session
	seenAt time.Time
}

// selectSession finds no session of staff who have left.
func selectSession(ctx context.Context, tx *db.Tx, realm Realm, hash []byte) (sessionRow, error) {
	return db.One(ctx, tx, func(r db.Row) (s sessionRow, err error) {
		var created, seenAt, ends int64
		err = r.Scan(&s.Realm, &s.Subject, &s.Name, &s.Role, &created, &seenAt, &ends)
		s.CreatedAt, s.seenAt, s.EndsAt = db.Time(created), db.Time(seenAt), db.Time(ends)
		return s, err
	}, `
		SELECT s.realm, s.subject, COALESCE(t.name, ''), COALESCE(t.role, ''), s.created_at, s.seen_at, s.ends_at
		FROM auth_sessions s
		LEFT JOIN auth_staff t ON t.id = s.subject AND s.realm = 'staff' AND t.active = 1
		WHERE s.hash = $1 AND s.realm = $2 AND s.idle_at > $3 AND s.ends_at > $3
		AND (s.realm <> 'staff' OR t.id IS NOT NULL)`,
		hash, string(realm), db.Micros(tx.Now))
}

// updateSeen does not wake a session that has ended.
func updateSeen(ctx context.Context, tx *db.Tx, hash []byte, at, idle time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE auth_sessions SET seen_at = $1, idle_at = $2
		WHERE hash = $3 AND seen_at < $1 AND idle_at > $1`,
		db.Micros(at), db.Micros(idle), hash)
	return err
}

func updateToken(ctx context.Context, tx *db.Tx, realm Realm, old, fresh []byte) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE auth_sessions SET hash = $1
		WHERE hash = $2 AND realm = $3 AND idle_at > $4 AND ends_at > $4`,
		fresh, old, string(realm), db.Micros(tx.Now))
}

func deleteSession(ctx context.Context, tx *db.Tx, realm Realm, hash []byte) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_sessions WHERE hash = $1 AND realm = $2`, hash, string(realm))
	return err
}

func deleteSessions(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_sessions WHERE realm = $1 AND subject = $2`, string(realm), subject)
	return err
}

func deleteEndedSessions(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_sessions WHERE idle_at <= $1 OR ends_at <= $1`, db.Micros(tx.Now))
	return err
}

func insertToken(ctx context.Context, tx *db.Tx, realm Realm, purpose Purpose, subject string, hash []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_tokens (hash, realm, purpose, subject, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, 0)`,
		hash, string(realm), string(purpose), subject, db.Micros(tx.Now.Add(tokenTTL)))
	return err
}

// useToken finds no row when the link is used, old or another's.
func useToken(ctx context.Context, tx *db.Tx, realm Realm, purpose Purpose, hash []byte) (string, error) {
	return db.One(ctx, tx, func(r db.Row) (subject string, err error) { return subject, r.Scan(&subject) }, `
		UPDATE auth_tokens SET used_at = $1
		WHERE hash = $2 AND realm = $3 AND purpose = $4 AND used_at = 0 AND expires_at > $1
		RETURNING subject`,
		db.Micros(tx.Now), hash, string(realm), string(purpose))
}

func deleteTokens(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_tokens WHERE realm = $1 AND subject = $2 AND used_at = 0`, string(realm), subject)
	return err
}

func deleteEndedTokens(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_tokens WHERE expires_at <= $1`, db.Micros(tx.Now))
	return err
}

// countTry counts one more try and changes nothing, returning 0, when limit of
// them were made since the window began. An old window begins anew.
func countTry(ctx context.Context, tx *db.Tx, realm Realm, account, origin string, limit int, begin time.Time) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO auth_tries (realm, account, origin, tries, since) VALUES ($1, $2, $3, 1, $4)
		ON CONFLICT (realm, account, origin) DO UPDATE SET
			tries = CASE WHEN auth_tries.since <= $5 THEN 1 ELSE auth_tries.tries + 1 END,
			since = CASE WHEN auth_tries.since <= $5 THEN $4 ELSE auth_tries.since END
		WHERE auth_tries.since <= $5 OR auth_tries.tries < $6`,
		string(realm), account, origin, db.Micros(tx.Now), db.Micros(begin), limit)
}

func deleteTries(ctx context.Context, tx *db.Tx, realm Realm, account, origin string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM auth_tries WHERE realm = $1 AND account = $2 AND origin = $3`, string(realm), account, origin)
	return err
}

func giveBackTry(ctx context.Context, tx *db.Tx, realm Realm, origin string) error {
	_, err := tx.Exec(ctx, `
		UPDATE auth_tries SET tries = tries - 1
		WHERE realm = $1 AND account = '' AND origin = $2 AND tries > 0`, string(realm), origin)
	return err
}

func deleteEndedTries(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_tries WHERE since <= $1`, db.Micros(before))
	return err
}

func insertMagic(ctx context.Context, tx *db.Tx, realm Realm, subject string, hash, ticket, code []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_tokens (hash, realm, purpose, subject, expires_at, used_at, ticket, code)
		VALUES ($1, $2, 'magic', $3, $4, 0, $5, $6)`,
		hash, string(realm), subject, db.Micros(tx.Now.Add(magicTTL)), ticket, code)
	return err
}

// useMagic finds no row when the link is used, old or another browser's.
func useMagic(ctx context.Context, tx *db.Tx, realm Realm, hash, ticket []byte) (string, error) {
	return db.One(ctx, tx, func(r db.Row) (subject string, err error) { return subject, r.Scan(&subject) }, `
		UPDATE auth_tokens SET used_at = $1
		WHERE hash = $2 AND ticket = $3 AND realm = $4 AND purpose = 'magic' AND used_at = 0 AND expires_at > $1
		RETURNING subject`,
		db.Micros(tx.Now), hash, ticket, string(realm))
}

func countMagic(ctx context.Context, tx *db.Tx, realm Realm, hash []byte) (int64, error) {
	return db.One(ctx, tx, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT COUNT(*) FROM auth_tokens
		WHERE hash = $1 AND realm = $2 AND purpose = 'magic' AND used_at = 0 AND expires_at > $3`,
		hash, string(realm), db.Micros(tx.Now))
}

// magicRow is what a code is compared with.
type magicRow struct{ hash, code []byte }

// tryMagic counts one more try, and finds no row when there were enough.
func tryMagic(ctx context.Context, tx *db.Tx, realm Realm, ticket []byte) (magicRow, error) {
	return db.One(ctx, tx, func(r db.Row) (m magicRow, err error) { return m, r.Scan(&m.hash, &m.code) }, `
		UPDATE auth_tokens SET tries = tries + 1
		WHERE ticket = $1 AND realm = $2 AND purpose = 'magic' AND used_at = 0 AND expires_at > $3 AND tries < $4
		RETURNING hash, code`,
		ticket, string(realm), db.Micros(tx.Now), codeTries)
}

func updateDevice(ctx context.Context, tx *db.Tx, realm Realm, hash []byte, device string) error {
	_, err := tx.Exec(ctx, `UPDATE auth_sessions SET device = $1 WHERE hash = $2 AND realm = $3`, device, hash, string(realm))
	return err
}

func selectSessions(ctx context.Context, tx *db.Tx, realm Realm, subject string) ([]OpenSession, error) {
	return db.All(ctx, tx, func(r db.Row) (s OpenSession, err error) {
		var created, seenAt int64
		err = r.Scan(&s.hash, &s.Device, &created, &seenAt)
		s.CreatedAt, s.SeenAt = db.Time(created), db.Time(seenAt)
		return s, err
	}, `
		SELECT hash, device, created_at, seen_at FROM auth_sessions
		WHERE realm = $1 AND subject = $2 AND idle_at > $3 AND ends_at > $3
		ORDER BY seen_at DESC, created_at DESC LIMIT $4`, string(realm), subject, db.Micros(tx.Now), maxOpen)
}

func deleteOtherSessions(ctx context.Context, tx *db.Tx, realm Realm, subject string, hash []byte) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_sessions WHERE realm = $1 AND subject = $2 AND hash <> $3`, string(realm), subject, hash)
	return err
}

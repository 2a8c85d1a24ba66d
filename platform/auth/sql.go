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
	var active, created, seen int64
	err = r.Scan(&s.ID, &s.Name, &s.Email, &s.Role, &active, &created, &s.Joined, &s.Second, &seen)
	s.Active, s.CreatedAt, s.SeenAt = active == 1, db.Time(created), db.Time(seen)
	return s, err
}

// staffColumns ask beside the row whether somebody has a password, a second
// factor, and when an open session of theirs was last seen.
const staffColumns = `
		SELECT t.id, t.name, t.email, t.role, t.active, t.created_at,
			EXISTS (SELECT 1 FROM auth_credentials c WHERE c.realm = 'staff' AND c.subject = t.id),
			EXISTS (SELECT 1 FROM auth_factors f WHERE f.realm = 'staff' AND f.subject = t.id AND f.confirmed = 1),
			COALESCE((SELECT MAX(s.seen_at) FROM auth_sessions s WHERE s.realm = 'staff' AND s.subject = t.id), 0)
		FROM auth_staff t`

func selectStaff(ctx context.Context, tx *db.Tx, who StaffID) (Staff, error) {
	return db.One(ctx, tx, scanStaff, staffColumns+` WHERE t.id = $1`, string(who))
}

func selectAllStaff(ctx context.Context, tx *db.Tx, limit int) ([]Staff, error) {
	return db.All(ctx, tx, scanStaff, staffColumns+` ORDER BY t.active DESC, t.name, t.id LIMIT $1`, limit)
}

func lockOwners(ctx context.Context, tx *db.Tx) ([]StaffID, error) {
	return db.All(ctx, tx, func(r db.Row) (who StaffID, err error) { return who, r.Scan(&who) }, `
		SELECT id FROM auth_staff WHERE role = 'owner' AND active = 1 ORDER BY id`+tx.ForUpdate())
}

func updateStaff(ctx context.Context, tx *db.Tx, s Staff) error {
	_, err := tx.Exec(ctx, `UPDATE auth_staff SET name = $1, role = $2, active = $3 WHERE id = $4`, s.Name, s.Role, s.Active, string(s.ID))
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
		INSERT INTO auth_sessions (hash, realm, subject, created_at, seen_at, idle_at, ends_at, proved_at)
		VALUES ($1, $2, $3, $4, $4, $5, $6, CASE WHEN CAST($2 AS TEXT) = 'staff' AND EXISTS (
			SELECT 1 FROM auth_factors WHERE realm = $2 AND subject = $3 AND confirmed = 1) THEN 0 ELSE CAST($4 AS BIGINT) END)`,
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
		var created, seenAt, ends, proved int64
		var actions string
		err = r.Scan(&s.Realm, &s.Subject, &s.Name, &s.Role, &created, &seenAt, &ends, &proved, &s.RoleName, &actions, &s.Second, &s.Required)
		s.CreatedAt, s.seenAt, s.EndsAt, s.ProvedAt = db.Time(created), db.Time(seenAt), db.Time(ends), db.Time(proved)
		s.actions = strings.Fields(actions)
		return s, err
	}, `
		SELECT s.realm, s.subject, COALESCE(t.name, ''), COALESCE(t.role, ''), s.created_at, s.seen_at, s.ends_at, s.proved_at,
			COALESCE(r.name, ''), COALESCE(r.actions, ''),
			EXISTS (SELECT 1 FROM auth_factors f WHERE f.realm = s.realm AND f.subject = s.subject AND f.confirmed = 1),
			EXISTS (SELECT 1 FROM auth_policy WHERE second_required = 1)
		FROM auth_sessions s
		LEFT JOIN auth_staff t ON t.id = s.subject AND s.realm = 'staff' AND t.active = 1
		LEFT JOIN auth_roles r ON r.id = t.role
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
		hash, string(realm), string(purpose), subject, db.Micros(tx.Now.Add(lifeOf(purpose))))
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

// selectToken finds no row when the link is used, old or another's.
func selectToken(ctx context.Context, tx *db.Tx, realm Realm, purpose Purpose, hash []byte) (string, error) {
	return db.One(ctx, tx, func(r db.Row) (subject string, err error) { return subject, r.Scan(&subject) }, `
		SELECT subject FROM auth_tokens
		WHERE hash = $1 AND realm = $2 AND purpose = $3 AND used_at = 0 AND expires_at > $4`,
		hash, string(realm), string(purpose), db.Micros(tx.Now))
}

func credentialOf(ctx context.Context, tx *db.Tx, realm Realm, subject string) (credential, error) {
	return db.One(ctx, tx, func(r db.Row) (c credential, err error) { return c, r.Scan(&c.subject, &c.hash) }, `
		SELECT subject, password FROM auth_credentials WHERE realm = $1 AND subject = $2`, string(realm), subject)
}

func scanRole(r db.Row) (role Role, err error) {
	var actions string
	var created int64
	err = r.Scan(&role.ID, &role.Name, &actions, &created)
	role.Actions, role.Own, role.CreatedAt = strings.Fields(actions), true, db.Time(created)
	return role, err
}

func selectRoles(ctx context.Context, tx *db.Tx) ([]Role, error) {
	return db.All(ctx, tx, scanRole, `SELECT id, name, actions, created_at FROM auth_roles ORDER BY name, id LIMIT 100`)
}

func insertRole(ctx context.Context, tx *db.Tx, r Role) error {
	_, err := tx.Exec(ctx, `INSERT INTO auth_roles (id, name, actions, created_at) VALUES ($1, $2, $3, $4)`,
		r.ID, r.Name, strings.Join(r.Actions, " "), db.Micros(r.CreatedAt))
	return err
}

func updateRole(ctx context.Context, tx *db.Tx, r Role) (int64, error) {
	return tx.Exec(ctx, `UPDATE auth_roles SET name = $1, actions = $2 WHERE id = $3`, r.Name, strings.Join(r.Actions, " "), r.ID)
}

func lockRole(ctx context.Context, tx *db.Tx, role string) (Role, error) {
	return db.One(ctx, tx, scanRole, `SELECT id, name, actions, created_at FROM auth_roles WHERE id = $1`+tx.ForUpdate(), role)
}

// deleteRole changes nothing while somebody active has the role.
func deleteRole(ctx context.Context, tx *db.Tx, role string) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM auth_roles WHERE id = $1
		AND NOT EXISTS (SELECT 1 FROM auth_staff WHERE role = $1 AND active = 1)`, role)
}

func selectPolicy(ctx context.Context, tx *db.Tx) (required bool, err error) {
	required, err = db.One(ctx, tx, func(r db.Row) (required bool, err error) { return required, r.Scan(&required) }, `
		SELECT EXISTS (SELECT 1 FROM auth_policy WHERE second_required = 1)`)
	return required, err
}

func upsertPolicy(ctx context.Context, tx *db.Tx, required bool) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_policy (id, second_required) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET second_required = $1`, required)
	return err
}

func updateProved(ctx context.Context, tx *db.Tx, realm Realm, hash []byte) error {
	_, err := tx.Exec(ctx, `UPDATE auth_sessions SET proved_at = $1 WHERE realm = $2 AND hash = $3`, db.Micros(tx.Now), string(realm), hash)
	return err
}

const factorColumns = `
		SELECT id, realm, subject, kind, name, wrapped, sealed, confirmed, last_step, created_at, used_at
		FROM auth_factors`

func scanFactor(r db.Row) (f Factor, err error) {
	var confirmed, created, used int64
	err = r.Scan(&f.ID, &f.Realm, &f.Subject, &f.Kind, &f.Name, &f.wrapped, &f.sealed, &confirmed, &f.lastStep, &created, &used)
	f.Confirmed, f.CreatedAt, f.UsedAt = confirmed == 1, db.Time(created), db.Time(used)
	return f, err
}

func insertFactor(ctx context.Context, tx *db.Tx, f Factor) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO auth_factors (id, realm, subject, kind, name, wrapped, sealed, confirmed, last_step, created_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 0)
		ON CONFLICT (realm, subject) WHERE kind = 'passkey' DO NOTHING`,
		string(f.ID), string(f.Realm), f.Subject, f.Kind, f.Name, orEmpty(f.wrapped), orEmpty(f.sealed), f.Confirmed, db.Micros(f.CreatedAt))
	return err
}

// orEmpty keeps no bytes from being NULL.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func selectFactors(ctx context.Context, tx *db.Tx, realm Realm, subject string, limit int) ([]Factor, error) {
	return db.All(ctx, tx, scanFactor, factorColumns+`
		WHERE realm = $1 AND subject = $2 AND confirmed = 1 ORDER BY id LIMIT $3`, string(realm), subject, limit)
}

func selectUnconfirmed(ctx context.Context, tx *db.Tx, realm Realm, subject string) (Factor, error) {
	return db.One(ctx, tx, scanFactor, factorColumns+`
		WHERE realm = $1 AND subject = $2 AND kind = 'totp' AND confirmed = 0`, string(realm), subject)
}

func lockUnconfirmed(ctx context.Context, tx *db.Tx, realm Realm, subject string) (Factor, error) {
	return db.One(ctx, tx, scanFactor, factorColumns+`
		WHERE realm = $1 AND subject = $2 AND kind = 'totp' AND confirmed = 0`+tx.ForUpdate(), string(realm), subject)
}

func deleteUnconfirmed(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_factors WHERE realm = $1 AND subject = $2 AND confirmed = 0`, string(realm), subject)
	return err
}

func confirmFactor(ctx context.Context, tx *db.Tx, f FactorID, step int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE auth_factors SET confirmed = 1, last_step = $1, used_at = $2 WHERE id = $3 AND confirmed = 0`,
		step, db.Micros(tx.Now), string(f))
	return err
}

// useStep changes nothing and returns 0 when a code of this step or a later one was taken.
func useStep(ctx context.Context, tx *db.Tx, f FactorID, step int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE auth_factors SET last_step = $1, used_at = $2 WHERE id = $3 AND last_step < $1`,
		step, db.Micros(tx.Now), string(f))
}

func deleteKind(ctx context.Context, tx *db.Tx, realm Realm, subject, kind string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_factors WHERE realm = $1 AND subject = $2 AND kind = $3`, string(realm), subject, kind)
	return err
}

func deleteFactor(ctx context.Context, tx *db.Tx, realm Realm, subject string, f FactorID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM auth_factors WHERE realm = $1 AND subject = $2 AND id = $3`, string(realm), subject, string(f))
}

func deleteFactors(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_factors WHERE realm = $1 AND subject = $2`, string(realm), subject)
	return err
}

func insertRecovery(ctx context.Context, tx *db.Tx, realm Realm, subject, hash string) error {
	_, err := tx.Exec(ctx, `INSERT INTO auth_recovery (hash, realm, subject, used_at) VALUES ($1, $2, $3, 0)`, hash, string(realm), subject)
	return err
}

// useRecovery changes nothing and returns 0 for a code that is used or none.
func useRecovery(ctx context.Context, tx *db.Tx, hash string) (int64, error) {
	return tx.Exec(ctx, `UPDATE auth_recovery SET used_at = $1 WHERE hash = $2 AND used_at = 0`, db.Micros(tx.Now), hash)
}

func countRecovery(ctx context.Context, tx *db.Tx, realm Realm, subject string) (int64, error) {
	return db.One(ctx, tx, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT COUNT(*) FROM auth_recovery WHERE realm = $1 AND subject = $2 AND used_at = 0`, string(realm), subject)
}

func deleteRecovery(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM auth_recovery WHERE realm = $1 AND subject = $2`, string(realm), subject)
	return err
}

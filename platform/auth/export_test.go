package auth

import (
	"context"
	"time"

	"korzo/platform/db"
)

// Runs is how often argon2 was computed.
func Runs() int64 { return runs.Load() }

// Try counts a try to sign in without looking at a password.
func Try(ctx context.Context, d *db.DB, login, ip string) error {
	return d.Write(ctx, func(tx *db.Tx) error { return triesOf(RealmStaff, login, ip).count(ctx, tx) })
}

// TOTP is the code of a secret at a moment.
func TOTP(secret []byte, at time.Time, digits int) string {
	return totp(secret, at.Unix()/int64(totpStep/time.Second), digits)
}

package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// recoveryCodes is how many are drawn at a time.
const recoveryCodes = 10

// FactorID names a second factor.
type FactorID string

// The kinds of second factors.
const (
	FactorTOTP    = "totp"
	FactorPasskey = "passkey"
)

// Factor is an authenticator app of somebody, or the note that they have
// passkeys, which package passkey keeps.
type Factor struct {
	ID        FactorID
	Realm     Realm
	Subject   string
	Kind      string
	Name      string // what its owner calls it
	Confirmed bool   // it was shown once; before, it counts for nothing
	CreatedAt time.Time
	UsedAt    time.Time // zero: never

	wrapped, sealed []byte
	lastStep        int64
}

// Factors returns somebody's confirmed second factors, oldest first, 50 at most.
func Factors(ctx context.Context, tx *db.Tx, realm Realm, subject string) ([]Factor, error) {
	return selectFactors(ctx, tx, realm, subject, 50)
}

// SetPasskeys notes that somebody has passkeys, or none any more: they are a
// second factor like an app. Package passkey calls it.
func SetPasskeys(ctx context.Context, tx *db.Tx, realm Realm, subject string, has bool) error {
	if !has {
		if err := deleteKind(ctx, tx, realm, subject, FactorPasskey); err != nil {
			return fmt.Errorf("note that there are no passkeys: %w", err)
		}
		return dropRecovery(ctx, tx, realm, subject)
	}
	f := Factor{ID: id.New[FactorID]("fac", tx.Now), Realm: realm, Subject: subject, Kind: FactorPasskey, Confirmed: true, CreatedAt: tx.Now}
	if err := insertFactor(ctx, tx, f); err != nil {
		return fmt.Errorf("note that there are passkeys: %w", err)
	}
	return nil
}

// RemoveFactor takes one second factor from somebody. With the last one their
// recovery codes go too. Removing what is not there is ErrNotFound.
func RemoveFactor(ctx context.Context, tx *db.Tx, realm Realm, subject string, f FactorID) error {
	n, err := deleteFactor(ctx, tx, realm, subject, f)
	if err != nil {
		return fmt.Errorf("remove a second factor: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	return dropRecovery(ctx, tx, realm, subject)
}

// dropRecovery takes the recovery codes of somebody without a second factor.
func dropRecovery(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	left, err := selectFactors(ctx, tx, realm, subject, 1)
	if err != nil || len(left) > 0 {
		return err
	}
	return deleteRecovery(ctx, tx, realm, subject)
}

// RemoveFactors takes all second factors from somebody, who lost them or left;
// the passkeys themselves are for package passkey to forget.
func RemoveFactors(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	if err := deleteFactors(ctx, tx, realm, subject); err != nil {
		return fmt.Errorf("remove second factors: %w", err)
	}
	return deleteRecovery(ctx, tx, realm, subject)
}

var codes = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// DrawRecovery draws ten recovery codes ("k3m9q-xw7ra"), each good once. Those
// drawn before end. They are shown this once: only their keyed hashes are kept.
func DrawRecovery(ctx context.Context, tx *db.Tx, k *seal.Keeper, realm Realm, subject string) ([]string, error) {
	if err := deleteRecovery(ctx, tx, realm, subject); err != nil {
		return nil, fmt.Errorf("draw recovery codes: %w", err)
	}
	drawn := make([]string, recoveryCodes)
	for i := range drawn {
		raw := make([]byte, 7) // 56 bits, of which 10 characters show 50
		rand.Read(raw)
		text := codes.EncodeToString(raw)[:10]
		drawn[i] = text[:5] + "-" + text[5:]
		if err := insertRecovery(ctx, tx, realm, subject, recoveryHash(k, realm, subject, text)); err != nil {
			return nil, fmt.Errorf("draw recovery codes: %w", err)
		}
	}
	return drawn, nil
}

func recoveryHash(k *seal.Keeper, realm Realm, subject, code string) string {
	return k.Hash("auth.recovery", string(realm)+"|"+subject+"|"+code)
}

// RecoveryLeft counts somebody's recovery codes that are good.
func RecoveryLeft(ctx context.Context, tx *db.Tx, realm Realm, subject string) (int64, error) {
	return countRecovery(ctx, tx, realm, subject)
}

// MarkProved notes that the owner of a session has just proved who they are,
// and gives it a new token.
func MarkProved(ctx context.Context, tx *db.Tx, realm Realm, token string) (string, error) {
	if err := updateProved(ctx, tx, realm, digest(token)); err != nil {
		return "", fmt.Errorf("note a proof: %w", err)
	}
	return RotateSession(ctx, tx, realm, token)
}

// ProveByCode takes a code of an authenticator app or a recovery code for the
// owner of a session, and returns the session's new token. Tries are counted
// before the code is looked at: after five wrong ones in a quarter of an hour
// it returns ErrLimited, from wherever they came; else ErrSecondCode. Of many who send
// the same code at once one succeeds.
func ProveByCode(ctx context.Context, d *db.DB, k *seal.Keeper, realm Realm, token, code string) (string, error) {
	fits, fresh := false, ""
	err := d.Write(ctx, func(tx *db.Tx) (err error) {
		fits, fresh = false, ""
		s, err := FindSession(ctx, tx, realm, token)
		if err != nil {
			return err
		}
		if fits, err = takeCode(ctx, tx, k, s, code); err != nil || !fits {
			return err
		}
		fresh, err = MarkProved(ctx, tx, realm, token)
		return err
	})
	if err == nil && !fits {
		err = ErrSecondCode
	}
	return fresh, err
}

// takeCode counts a try and says whether the code is good; it is used up then.
func takeCode(ctx context.Context, tx *db.Tx, k *seal.Keeper, s Session, code string) (bool, error) {
	account := "second|" + s.Subject
	n, err := countTry(ctx, tx, s.Realm, account, "", accountTries, tx.Now.Add(-accountWindow))
	if err != nil {
		return false, fmt.Errorf("count tries: %w", err)
	}
	if n == 0 {
		return false, ErrLimited
	}
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	fits, err := takeTOTP(ctx, tx, k, s, code)
	if err == nil && !fits && len(code) == 10 {
		var used int64
		used, err = useRecovery(ctx, tx, recoveryHash(k, s.Realm, s.Subject, code))
		fits = used == 1
	}
	if err != nil || !fits {
		return false, err
	}
	return true, deleteTries(ctx, tx, s.Realm, account, "")
}

// ProveByPassword asks the owner of a session, who has no second factor, for
// the password again, and returns the session's new token. It returns ErrSecond
// for somebody who has one, ErrSignIn, ErrLimited and ErrBusy as SignIn does.
func ProveByPassword(ctx context.Context, d *db.DB, realm Realm, token, password string) (string, error) {
	var c credential
	err := d.Write(ctx, func(tx *db.Tx) error {
		s, err := FindSession(ctx, tx, realm, token)
		switch {
		case err != nil:
			return err
		case s.Second:
			return ErrSecond
		}
		n, err := countTry(ctx, tx, realm, "second|"+s.Subject, "", accountTries, tx.Now.Add(-accountWindow))
		if err == nil && n == 0 {
			err = ErrLimited
		}
		if err != nil {
			return err
		}
		c, err = credentialOf(ctx, tx, realm, s.Subject)
		return err
	})
	if err != nil {
		return "", err
	}
	ok, err := fits(ctx, password, c.hash)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", ErrSignIn
	}
	var fresh string
	err = d.Write(ctx, func(tx *db.Tx) error {
		same, err := lockCredential(ctx, tx, realm, c)
		if err == nil && !same {
			err = ErrSignIn
		}
		if err != nil {
			return err
		}
		if err := deleteTries(ctx, tx, realm, "second|"+c.subject, ""); err != nil {
			return err
		}
		fresh, err = MarkProved(ctx, tx, realm, token)
		return err
	})
	return fresh, err
}

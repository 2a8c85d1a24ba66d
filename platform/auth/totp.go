package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 and every authenticator app: HMAC-SHA-1
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// What every authenticator app knows (RFC 6238): six digits, a new code every
// thirty seconds. One step before and after the present one is good too, for
// clocks differ and people type slowly.
const (
	totpDigits = 6
	totpStep   = 30 * time.Second
	totpDrift  = 1
	totpSecret = 20 // bytes: what HMAC-SHA-1 makes best use of (RFC 4226)
)

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// totp is the code of a step (RFC 4226, 5.3).
func totp(secret []byte, step int64, digits int) string {
	h := hmac.New(sha1.New, secret)
	_ = binary.Write(h, binary.BigEndian, step) // a hash takes everything
	sum := h.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	n := uint64(binary.BigEndian.Uint32(sum[offset:]) & 0x7fff_ffff)
	most := uint64(1)
	for range digits {
		most *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%most)
}

// stepOf returns the step whose code this is, or 0 if it is none that is good now.
func stepOf(secret []byte, code string, now time.Time) (found int64) {
	at := now.Unix() / int64(totpStep/time.Second)
	for step := at - totpDrift; step <= at+totpDrift; step++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, step, totpDigits)), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// BeginTOTP draws the secret of an authenticator app, which counts for nothing
// until ConfirmTOTP; one drawn before and not confirmed ends. It is shown to its
// owner and kept sealed.
func BeginTOTP(ctx context.Context, tx *db.Tx, k *seal.Keeper, realm Realm, subject, name string) (Factor, string, error) {
	secret := make([]byte, totpSecret)
	rand.Read(secret)
	f := Factor{ID: id.New[FactorID]("fac", tx.Now), Realm: realm, Subject: subject, Kind: FactorTOTP, Name: name, CreatedAt: tx.Now, wrapped: k.NewKey()}
	var err error
	if f.sealed, err = k.Seal(f.wrapped, secret); err != nil {
		return Factor{}, "", fmt.Errorf("seal a secret: %w", err)
	}
	if err := deleteUnconfirmed(ctx, tx, realm, subject); err != nil {
		return Factor{}, "", fmt.Errorf("begin an authenticator app: %w", err)
	}
	if err := insertFactor(ctx, tx, f); err != nil {
		return Factor{}, "", fmt.Errorf("begin an authenticator app: %w", err)
	}
	return f, totpText.EncodeToString(secret), nil
}

// TOTPAddress is what the QR code of an authenticator app says.
func TOTPAddress(shop, account, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {shop}}
	return "otpauth://totp/" + url.PathEscape(shop+":"+account) + "?" + q.Encode()
}

// UnconfirmedTOTP returns the secret that BeginTOTP drew last, to show it once
// more, or ErrNotFound.
func UnconfirmedTOTP(ctx context.Context, tx *db.Tx, k *seal.Keeper, realm Realm, subject string) (Factor, string, error) {
	f, err := selectUnconfirmed(ctx, tx, realm, subject)
	if errors.Is(err, db.ErrNoRow) {
		return Factor{}, "", ErrNotFound
	}
	if err != nil {
		return Factor{}, "", err
	}
	secret, err := k.Open(f.wrapped, f.sealed)
	return f, totpText.EncodeToString(secret), err
}

// ConfirmTOTP makes the authenticator app that BeginTOTP began a second factor,
// if the code is its. It returns ErrSecondCode or ErrNotFound.
func ConfirmTOTP(ctx context.Context, tx *db.Tx, k *seal.Keeper, realm Realm, subject, code string) (Factor, error) {
	f, err := lockUnconfirmed(ctx, tx, realm, subject)
	if errors.Is(err, db.ErrNoRow) {
		return Factor{}, ErrNotFound
	}
	if err != nil {
		return Factor{}, fmt.Errorf("confirm an authenticator app: %w", err)
	}
	secret, err := k.Open(f.wrapped, f.sealed)
	if err != nil {
		return Factor{}, fmt.Errorf("open a secret: %w", err)
	}
	step := stepOf(secret, code, tx.Now)
	if step == 0 {
		return Factor{}, ErrSecondCode
	}
	f.Confirmed = true
	if err := confirmFactor(ctx, tx, f.ID, step); err != nil {
		return Factor{}, fmt.Errorf("confirm an authenticator app: %w", err)
	}
	return f, nil
}

// takeTOTP says whether one of somebody's apps shows this code now and it was
// not taken before.
func takeTOTP(ctx context.Context, tx *db.Tx, k *seal.Keeper, s Session, code string) (bool, error) {
	all, err := selectFactors(ctx, tx, s.Realm, s.Subject, 50)
	if err != nil || len(code) != totpDigits {
		return false, err
	}
	for _, f := range all {
		if f.Kind != FactorTOTP {
			continue
		}
		secret, err := k.Open(f.wrapped, f.sealed)
		if err != nil {
			return false, fmt.Errorf("open a secret: %w", err)
		}
		if step := stepOf(secret, code, tx.Now); step > 0 {
			n, err := useStep(ctx, tx, f.ID, step)
			return n == 1, err
		}
	}
	return false, nil
}

package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"korzo/platform/db"
)

// A person forgets a password a few times; an office behind one address does so more often.
const (
	accountTries  = 5
	accountWindow = 15 * time.Minute
	originTries   = 100
	originWindow  = time.Hour
)

// SignIn checks a password and starts a session. email is staff's address or
// a customer's login (see SetPassword), ip where the request came from.
//
// Every try is counted before the password is looked at, so that many at once
// are no way around the limit. It returns ErrSignIn if name and password do
// not fit, whichever is wrong, ErrLimited after five tries in a quarter of an
// hour from this address, and ErrBusy when too many sign in at once.
func SignIn(ctx context.Context, d *db.DB, realm Realm, email, password, ip string) (Session, string, error) {
	login := fold(realm, email)
	t := triesOf(realm, login, ip)
	var c credential
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := t.count(ctx, tx); err != nil {
			return err
		}
		var err error
		c, err = selectCredential(ctx, tx, realm, login)
		if errors.Is(err, db.ErrNoRow) {
			c, err = credential{hash: nobody}, nil
		}
		return err
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	ok, err := fits(ctx, password, c.hash)
	if err != nil {
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	if !ok || c.subject == "" {
		return Session{}, "", ErrSignIn
	}
	return open(ctx, d, realm, c, t)
}

// open starts the session, unless the password was changed since it was
// checked or the person may not sign in any more.
func open(ctx context.Context, d *db.DB, realm Realm, c credential, t tries) (s Session, token string, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		same, err := lockCredential(ctx, tx, realm, c)
		if err != nil {
			return err
		}
		if !same {
			return ErrSignIn
		}
		if err := t.settle(ctx, tx); err != nil {
			return err
		}
		s, token, err = StartSession(ctx, tx, realm, c.subject)
		if errors.Is(err, ErrSession) {
			return ErrSignIn // staff who have left
		}
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, token, nil
}

// tries is one try to sign in, as it is counted.
type tries struct {
	realm   Realm
	account string // hashed: people type passwords into the wrong field
	client  string // an IPv4 address or an IPv6 /64
	network string // its /24 or /48
}

func triesOf(realm Realm, login, ip string) tries {
	sum := sha256.Sum256([]byte(login))
	return tries{realm, hex.EncodeToString(sum[:]), block(ip, 32, 64), block(ip, 24, 48)}
}

// block is the network of an address: one client has a whole /64 of IPv6 to
// itself, so no single address of it counts.
func block(ip string, v4, v6 int) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr, bits := addr.Unmap(), v6
	if addr.Is4() {
		bits = v4
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}

func (t tries) count(ctx context.Context, tx *db.Tx) error {
	n, err := countTry(ctx, tx, t.realm, t.account, t.client, accountTries, tx.Now.Add(-accountWindow))
	if err == nil && n == 1 {
		n, err = countTry(ctx, tx, t.realm, "", t.network, originTries, tx.Now.Add(-originWindow))
	}
	if err != nil {
		return fmt.Errorf("count tries: %w", err)
	}
	if n == 0 {
		return ErrLimited
	}
	return nil
}

// settle forgets the tries of somebody who knew the password in the end.
func (t tries) settle(ctx context.Context, tx *db.Tx) error {
	if err := deleteTries(ctx, tx, t.realm, t.account, t.client); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	if err := giveBackTry(ctx, tx, t.realm, t.network); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}

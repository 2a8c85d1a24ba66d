package giftcard

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/seal"
)

// How often codes may be tried: by one client, and in the whole shop, where
// more than that is somebody with many addresses.
const (
	clientTries = 10
	shopTries   = 1000
	tryWindow   = time.Hour
)

// TroubleTries is the exception of a shop whose gift cards are being guessed.
const TroubleTries = "giftcard.tries"

// nobody stands for the card of a code that no card has, so that a miss does
// what a hit does.
var nobody = Card{ID: "gft_nobody", Currency: "EUR"}

// Look finds the card of a code and what may be spent of it, in whatever state
// the card is. Each look is counted before it is answered, also when it is
// right. It returns ErrMistyped, which counts nothing; ErrLimited after ten
// looks in an hour from one client (an address, a /64 of IPv6) or a thousand
// in the shop; ErrNotFound. A miss costs what a hit costs.
func Look(ctx context.Context, d *db.DB, k *seal.Keeper, code, ip string) (Card, error) {
	return look(ctx, d, func(folded string) string { return hash(k, folded) }, code, ip)
}

func look(ctx context.Context, d *db.DB, hash func(folded string) string, code, ip string) (c Card, err error) {
	folded, err := parse(code)
	if err != nil {
		return Card{}, fmt.Errorf("look up gift card: %w", err)
	}
	sum := hash(folded)
	var verdict error // what is answered; the tries are committed in any case
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		if verdict, err = count(ctx, tx, ip); verdict != nil || err != nil {
			return err
		}
		c, verdict, err = lookUp(ctx, tx, sum)
		return err
	})
	if err == nil {
		err = verdict
	}
	if err != nil {
		return Card{}, fmt.Errorf("look up gift card: %w", err)
	}
	return c, nil
}

func lookUp(ctx context.Context, tx *db.Tx, sum string) (c Card, verdict, err error) {
	c, err = selectByHash(ctx, tx, sum)
	if errors.Is(err, db.ErrNoRow) {
		c, verdict, err = nobody, ErrNotFound, nil
	}
	if err == nil {
		c, err = withBalance(ctx, tx, c)
	}
	return c, verdict, err
}

// count counts one try; verdict is ErrLimited when there were too many.
func count(ctx context.Context, tx *db.Tx, ip string) (verdict, err error) {
	begin := tx.Now.Add(-tryWindow)
	n, err := countTry(ctx, tx, client(ip), clientTries, begin)
	if err != nil || n == 0 {
		return ErrLimited, err
	}
	n, err = countTry(ctx, tx, "", shopTries, begin)
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return ErrLimited, nil
	case n == shopTries:
		return nil, exception.Raise(ctx, tx, exception.Problem{Kind: TroubleTries, Ref: "shop",
			Text: "a thousand gift card codes were tried within an hour, and no more are looked up until it is over: see from where, and block those addresses"})
	}
	return nil, nil
}

// client is who an address counts as: one client has a whole /64 of IPv6.
func client(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr, bits := addr.Unmap().WithZone(""), 64
	if addr.Is4() {
		bits = 32
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}

// Forgive deletes what was counted in windows that are over, at most limit
// rows, and returns how many. Call it now and then: addresses are not kept.
func Forgive(ctx context.Context, tx *db.Tx, limit int) (int64, error) {
	n, err := deleteTries(ctx, tx, tx.Now.Add(-tryWindow), limit)
	if err != nil {
		return 0, fmt.Errorf("forget tries of gift card codes: %w", err)
	}
	return n, nil
}

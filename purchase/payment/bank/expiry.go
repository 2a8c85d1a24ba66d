package bank

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/value/card"
)

// age is how a token tells until when its card is good: "-2704" behind the
// nonce. What is kept stays the same card when that changes.
var age = regexp.MustCompile(`-(\d{2})(\d{2})(\.|$)`)

// dated puts an expiry behind a nonce.
func dated(nonce string, e card.Expiry) string {
	if e == (card.Expiry{}) {
		return nonce
	}
	return nonce + "-" + strconv.FormatInt(e.Number()%10000, 10)
}

// Expires tells until when the card behind an instrument is good; zero when the
// instrument does not say.
func Expires(instrument string) card.Expiry {
	found := age.FindStringSubmatch(instrument)
	if found == nil {
		return card.Expiry{}
	}
	n, _ := strconv.ParseInt("20"+found[1]+found[2], 10, 64)
	return card.ExpiryOf(n)
}

// ageless is an instrument without what an issuer changes.
func ageless(instrument string) string { return age.ReplaceAllString(instrument, "$3") }

// KindReissued is the notice that a kept card was replaced by its issuer.
const KindReissued = "card.reissued"

// Reissue plays the issuer of a kept card that sends its holder a new one: same
// number, later date. The merchant is told by a notice, as card networks tell
// whoever subscribed to their account updater. What is not kept stays as it is.
func (b *Bank) Reissue(ctx context.Context, reference string, e card.Expiry) error {
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		p, err := selectPayment(ctx, tx, reference)
		if err != nil || b.kept(p) == "" {
			return err
		}
		fresh := ageless(p.instrument)
		parts := strings.Split(fresh, ".")
		parts[len(parts)-1] = dated(parts[len(parts)-1], e)
		if err := updateInstrument(ctx, tx, reference, strings.Join(parts, ".")); err != nil {
			return err
		}
		return insertNotice(ctx, tx, id.New[string]("ntc", tx.Now), reference, KindReissued, 1, tx.Now)
	})
	b.wake()
	return err
}

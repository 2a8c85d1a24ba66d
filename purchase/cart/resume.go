package cart

import (
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/platform/seal"
)

// ResumeLife is how long a link opens a cart on another device.
const ResumeLife = 7 * 24 * time.Hour

// ErrResume reports a link that is not ours or is too old.
var ErrResume = fault.New(fault.NotFound, "cart.resume", "this link has expired: open the cart where you began, or start a new one")

// ResumeToken is a text for a link that opens a guest's cart until a time. Who
// has it has the cart, so it goes only where the shopper asked it to.
func ResumeToken(k *seal.Keeper, id ID, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 36)
	return string(id) + "." + end + "." + k.Token("cart until "+end, string(id))
}

// OpenResume returns the cart that a token opens at a time, or ErrResume.
func OpenResume(k *seal.Keeper, token string, now time.Time) (ID, error) {
	id, rest, _ := strings.Cut(token, ".")
	end, sign, _ := strings.Cut(rest, ".")
	until, err := strconv.ParseInt(end, 36, 64)
	if err != nil || !k.CheckToken("cart until "+end, id, sign) || now.After(time.Unix(until, 0)) {
		return "", ErrResume
	}
	return ID(id), nil
}

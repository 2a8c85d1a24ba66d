package bank

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image/png"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/value/money"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// A wallet on a phone shows its owner's code, a till reads it, and the bank is
// asked with what was read. A code lives for a minute and is shown once, whatever
// comes of it; it pays up to what its owner allowed, in one currency, at once and
// whole. Some owners are asked on their phone before anything moves.

// codeKind is the kind of what is paid by such a code.
const codeKind = "phone_code"

// pagePhone plays the phone.
const pagePhone = "phone"

// wishes are what the owner of a phone can have it do.
var wishes = []string{Approve, AskPhone, Insufficient, Decline, Late, TimeoutAfter, TimeoutBefore, ErrorAfter, Garbage}

// shownCode is a code that a phone shows.
type shownCode struct {
	Code, Currency  string
	Most            int64
	does, reference string
	expires         time.Time
}

// newCode makes a code as a wallet's are: eighteen digits that begin with 28.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e16))
	if err != nil {
		panic(err) // never: the system's randomness is gone
	}
	return fmt.Sprintf("28%016d", n)
}

// scanned is what comes of a code that a till has read: it is used up by the
// reference that comes first.
func (b *Bank) scanned(ctx context.Context, tx *db.Tx, o order) (manner, error) {
	code, err := selectCode(ctx, tx, o.Instrument)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return manner{name: CodeStale}, nil
	case err != nil:
		return manner{}, err
	case code.reference == "" && !tx.Now.Before(code.expires):
		return manner{name: CodeStale}, nil
	}
	n, err := claimCode(ctx, tx, code.Code, o.Reference)
	switch {
	case err != nil:
		return manner{}, err
	case n == 0:
		return manner{name: CodeUsed}, nil
	case code.Currency != o.Currency:
		return manner{name: unsupported}, nil
	case o.Amount > code.Most:
		return manner{name: Limit}, nil
	}
	return manner{name: code.does}, nil
}

// outcome is what an order's instrument makes of the answer to it.
func (b *Bank) outcome(ctx context.Context, o order) (does string) {
	if o.Kind != codeKind {
		return strings.TrimPrefix(o.Instrument, prefix)
	}
	_ = b.db.Read(ctx, func(tx *db.Tx) error { // one that nobody made does nothing of its own
		code, err := selectCode(ctx, tx, o.Instrument)
		does = code.does
		return err
	})
	return does
}

// phoneView is what the page that plays the phone shows.
type phoneView struct {
	Title, Code, Sum, Most, State, Why string
	Left                               int
	Currencies                         []money.Currency
	Wishes                             []string
}

// phoneCurrencies are those that its wallet has.
var phoneCurrencies = []money.Currency{"EUR", "HUF", "SEK", "TRY", "USD"}

func (b *Bank) servePhone(w http.ResponseWriter, _ *http.Request) error {
	return b.showPhone(w, http.StatusOK, phoneView{})
}

func (b *Bank) showPhone(w http.ResponseWriter, status int, v phoneView) error {
	v.Title, v.Currencies, v.Wishes = "A wallet, played by the sandbox", phoneCurrencies, wishes
	return showAs(w, status, "phone.html", "'self'", "", v)
}

// Show has a phone show a fresh code that pays so much at most, and does so.
func (b *Bank) Show(ctx context.Context, most money.Amount, does string) (string, error) {
	code := shownCode{Code: newCode(), Currency: string(most.Currency), Most: most.Minor, does: does}
	return code.Code, b.db.Write(ctx, func(tx *db.Tx) error {
		code.expires = tx.Now.Add(b.config.CodeLife)
		return insertCode(ctx, tx, code)
	})
}

// makeCode has the phone show a fresh code.
func (b *Bank) makeCode(w http.ResponseWriter, r *http.Request) error {
	most, err := money.Parse(r.FormValue("most"), money.Currency(r.FormValue("currency")))
	does := r.FormValue("does")
	if err != nil || most.Minor <= 0 || !slices.Contains(phoneCurrencies, most.Currency) || !slices.Contains(wishes, does) {
		return b.showPhone(w, http.StatusUnprocessableEntity, phoneView{Why: "Write a sum such as 50.00."})
	}
	code, err := b.Show(r.Context(), most, does)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/phone/"+code, http.StatusSeeOther)
	return nil
}

// of reads a code and what it was shown for, if it was.
func (b *Bank) of(ctx context.Context, code string) (c shownCode, p Payment, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		if c, err = selectCode(ctx, tx, code); err != nil || c.reference == "" {
			return err
		}
		p, err = selectPayment(ctx, tx, c.reference)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		err = errNotFound
	}
	return c, p, err
}

func (b *Bank) serveCode(w http.ResponseWriter, r *http.Request) error {
	c, p, err := b.of(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	v := phoneView{Code: c.Code, Most: sum(c.Most, c.Currency), State: p.State, Why: p.DeclineCode, Left: int(c.expires.Sub(b.db.Now()) / time.Second)}
	switch {
	case p.State != "":
		v.Sum = sum(p.Amount, p.Currency)
	case v.Left > 0:
		v.State = "fresh"
	default:
		v.State = "expired"
	}
	return b.showPhone(w, http.StatusOK, v)
}

// serveCodeImage draws a code for a till's scanner.
func (b *Bank) serveCodeImage(w http.ResponseWriter, r *http.Request) error {
	c, _, err := b.of(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	const side = 240
	drawn, err := qr.Encode(c.Code, qr.M, qr.Auto)
	if err == nil {
		drawn, err = barcode.Scale(drawn, side, side)
	}
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	return png.Encode(w, drawn)
}

// Say is what the owner of a phone answers to the sum that is asked for. What is
// decided stays so.
func (b *Bank) Say(ctx context.Context, code string, yes bool) error {
	_, p, err := b.of(ctx, code)
	if err != nil {
		return err
	}
	err = b.db.Write(ctx, func(tx *db.Tx) (err error) {
		if p, err = selectPayment(ctx, tx, p.Reference); err != nil || p.State != "action_required" {
			return err
		}
		no := "cancelled"
		if yes {
			no = ""
		}
		return b.settle(ctx, tx, &p, no)
	})
	b.wake()
	if errors.Is(err, db.ErrNoRow) {
		err = errDecided // nobody asks
	}
	return err
}

// answerCode takes what the owner of the phone says.
func (b *Bank) answerCode(w http.ResponseWriter, r *http.Request) error {
	if err := b.Say(r.Context(), r.PathValue("code"), r.FormValue("answer") == "yes"); err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

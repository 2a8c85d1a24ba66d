package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
	"korzo/platform/seal"
)

const (
	// Life is how long a mail that asks can be confirmed.
	Life = 7 * 24 * time.Hour
	// pause is how soon after one mail another is sent to the same address.
	pause = 10 * time.Minute
	// most is how many mails an address gets within Life, whoever asks for them.
	most = 5
	// sweep bounds what one round of Expire forgets.
	sweep = 200
)

// ID names a wish.
type ID string

// Wish is a yes to mail that its mailbox has not confirmed yet.
type Wish struct {
	ID       ID
	Purpose  Purpose            // one of ByMail
	Email    string             // to ask at; read from Contact where that is set
	Contact  profile.ContactID  // whose address it is; "": made for a guest
	Customer profile.CustomerID // set by Ask, where the address is a customer's
	Words    string             // that were agreed to
	Version  string             // what names these words; "" for none
	Locale   string
	Source   string // where: "page", "checkout"
	Ref      string // what it stood on, such as an order; "" for nothing
	AskedAt  time.Time

	address string
	made    bool // the contact was made for it
}

func (w Wish) answer() Answer {
	return Answer{Purpose: w.Purpose, Given: true, Words: w.Words, Version: w.Version, Locale: w.Locale, Source: w.Source, Ref: w.Ref, AskedAt: w.AskedAt, wish: w.ID,
		customer: w.Customer, contact: w.Contact, address: w.address}
}

// Ask notes that somebody wants mail and publishes Asked, so that their mailbox
// is asked to confirm it. Nothing is allowed before. Who allows it already is not
// asked; an address that was asked lately, or often, is not asked again, and the
// caller cannot tell. It returns ErrPurpose, ErrWords or profile.ErrEmail.
func Ask(ctx context.Context, tx *db.Tx, k *seal.Keeper, w Wish) error {
	if err := w.answer().check(); err != nil {
		return err
	}
	if !slices.Contains(ByMail, w.Purpose) {
		return ErrPurpose
	}
	if err := w.find(ctx, tx, k); err != nil {
		return err
	}
	held, err := held(ctx, tx, w.address)
	if err != nil || held[w.Purpose].Given {
		return err
	}
	before, err := selectWaiting(ctx, tx, w.address, w.Purpose, tx.Now.Add(-Life))
	switch {
	case err != nil:
		return fmt.Errorf("ask for mail: %w", err)
	case len(before) >= most, len(before) > 0 && tx.Now.Sub(before[0].AskedAt) < pause:
		return nil
	}
	if w.Contact == "" && len(before) > 0 {
		w.Contact, w.made = before[0].Contact, before[0].made
	}
	if w.Contact == "" {
		if w.Contact, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: strings.TrimSpace(w.Email)}); err != nil {
			return err
		}
		w.made = true
	}
	w.ID = id.New[ID]("wsh", tx.Now)
	if err := insertWish(ctx, tx, w); err != nil {
		return fmt.Errorf("ask for mail: %w", err)
	}
	return event.Publish(ctx, tx, Asked{w.ID})
}

// Set is Say for a customer at whom k opens: a yes to mail asks their own mailbox
// instead of being refused. It returns what Say and Ask do.
func Set(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, a Answer) error {
	if !a.Given || !slices.Contains(ByMail, a.Purpose) {
		return Say(ctx, tx, customer, a)
	}
	who, err := profile.Find(ctx, tx, k, customer)
	if err != nil {
		return err
	}
	return Ask(ctx, tx, k, Wish{Purpose: a.Purpose, Contact: who.Contact, Words: a.Words, Version: a.Version, Locale: a.Locale, Source: a.Source, Ref: a.Ref})
}

// find completes whose address it is: a customer's own goes before any other.
func (w *Wish) find(ctx context.Context, tx *db.Tx, k *seal.Keeper) error {
	if w.Contact != "" {
		c, err := profile.FindContact(ctx, tx, k, w.Contact)
		if err != nil {
			return err
		}
		w.Email = c.Email
	}
	if ok, text := profile.CheckEmail(w.Email); !ok {
		return profile.ErrEmail.With(text)
	}
	w.address = profile.HashEmail(k, w.Email)
	owner, err := profile.FindByEmail(ctx, tx, k, w.Email)
	if errors.Is(err, profile.ErrNotFound) || errors.Is(err, profile.ErrErased) {
		w.Customer = ""
		return nil
	}
	w.Customer, w.Contact = owner.ID, owner.Contact
	return err
}

// Find returns a wish, confirmed or not, or ErrLink.
func Find(ctx context.Context, tx *db.Tx, wish ID) (Wish, error) {
	w, err := selectWish(ctx, tx, wish)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrLink
	}
	return w, err
}

// Waiting returns the purposes a customer has asked for and not confirmed.
func Waiting(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Purpose, error) {
	return selectWaitingOf(ctx, tx, customer, tx.Now.Add(-Life))
}

// What a link is good for.
const (
	toConfirm = "consent.confirm"
	toChoose  = "consent.choose"
)

// ConfirmLink is the end of the address that confirms a wish.
func ConfirmLink(k *seal.Keeper, wish ID) string {
	return string(wish) + "." + k.Token(toConfirm, string(wish))
}

// Link is the end of the address where the reader of a contact's mail says what
// they want, and ends it. It signs nobody in.
func Link(k *seal.Keeper, contact profile.ContactID) string {
	return string(contact) + "." + k.Token(toChoose, string(contact))
}

func opened(k *seal.Keeper, use, link string) (string, error) {
	of, token, _ := strings.Cut(link, ".")
	if !k.CheckToken(use, of, token) {
		return "", ErrLink
	}
	return of, nil
}

// Wished returns the wish that a link confirms, or ErrLink.
func Wished(ctx context.Context, tx *db.Tx, k *seal.Keeper, link string) (Wish, error) {
	of, err := opened(k, toConfirm, link)
	if err != nil {
		return Wish{}, err
	}
	w, err := Find(ctx, tx, ID(of))
	if err == nil && tx.Now.Sub(w.AskedAt) > Life {
		err = ErrLink
	}
	return w, err
}

// Confirm makes a wish an answer, because its mailbox was read, and publishes
// Said. Confirming again changes nothing, also after it was taken back. It
// returns ErrLink.
func Confirm(ctx context.Context, tx *db.Tx, k *seal.Keeper, link string) (Wish, error) {
	w, err := Wished(ctx, tx, k, link)
	if err != nil {
		return Wish{}, err
	}
	if n, err := confirmWish(ctx, tx, w.ID); err != nil || n == 0 {
		return w, err
	}
	if now, err := held(ctx, tx, w.address); err != nil || now[w.Purpose].Given {
		return w, err
	}
	return w, write(ctx, tx, w.answer())
}

// held is what an address allows now.
func held(ctx context.Context, tx *db.Tx, address string) (map[Purpose]Answer, error) {
	all, err := selectAnswersAt(ctx, tx, address)
	if err != nil {
		return nil, fmt.Errorf("list what an address allows: %w", err)
	}
	return last(all), nil
}

// Reader is who opened a link of Link.
type Reader struct {
	Contact profile.ContactID
	Email   string
	Now     map[Purpose]Answer // as Now's

	address string
}

// Read returns who a link is of and what they allow, or ErrLink; also of somebody
// who was erased.
func Read(ctx context.Context, tx *db.Tx, k *seal.Keeper, link string) (Reader, error) {
	of, err := opened(k, toChoose, link)
	if err != nil {
		return Reader{}, err
	}
	c, err := profile.FindContact(ctx, tx, k, profile.ContactID(of))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return Reader{}, ErrLink
	}
	if err != nil {
		return Reader{}, err
	}
	r := Reader{Contact: c.ID, Email: c.Email, address: profile.HashEmail(k, c.Email)}
	r.Now, err = held(ctx, tx, r.address)
	return r, err
}

// End takes back some purposes of a reader, at once and without signing in: all
// mail when none is named. What was not given stays as it is.
func End(ctx context.Context, tx *db.Tx, r Reader, purposes ...Purpose) error {
	if len(purposes) == 0 {
		purposes = ByMail
	}
	return end(ctx, tx, r.Now, "mail", purposes)
}

// Leave takes back all mail of a customer who has another address now: whoever
// reads there has allowed none.
func Leave(ctx context.Context, tx *db.Tx, customer profile.CustomerID, source string) error {
	now, err := Now(ctx, tx, customer)
	if err != nil {
		return err
	}
	return end(ctx, tx, now, source, ByMail)
}

// end takes back those of some purposes that are given.
func end(ctx context.Context, tx *db.Tx, now map[Purpose]Answer, source string, purposes []Purpose) error {
	for _, p := range purposes {
		a := now[p]
		if !a.Given {
			continue
		}
		a.Given, a.Source, a.Ref, a.AskedAt = false, source, "", time.Time{}
		if err := write(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// Adopt makes what a guest said at an address the customer's who registers with
// it. Adopting again changes nothing.
func Adopt(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID) error {
	who, err := profile.Find(ctx, tx, k, customer)
	if errors.Is(err, profile.ErrErased) {
		return nil
	}
	if err != nil {
		return err
	}
	return updateOwner(ctx, tx, customer, profile.HashEmail(k, who.Email))
}

// Expire forgets wishes whose week is over, 200 at most: with one that nobody
// confirmed goes the address that was typed.
func Expire(ctx context.Context, tx *db.Tx) error {
	old, err := deleteWishes(ctx, tx, tx.Now.Add(-Life), sweep)
	if err != nil {
		return fmt.Errorf("forget wishes: %w", err)
	}
	for _, contact := range old {
		used, err := countUses(ctx, tx, contact)
		if err == nil && used == 0 {
			err = profile.EraseContact(ctx, tx, contact)
		}
		if err != nil {
			return fmt.Errorf("forget wishes: %w", err)
		}
	}
	return nil
}

package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/value/address"
)

// ErrNoContact reports a contact id nobody has.
var ErrNoContact = fault.New(fault.NotFound, "profile.contact_not_found", "there is no such contact: check the id")

// ContactID names a contact: what an order carries instead of a name.
type ContactID string

// Contact is how to reach someone. A guest's contact belongs to a person of
// its own; a customer's to the customer's person. Fields may be empty while a
// checkout is being filled in.
type Contact struct {
	ID       ContactID
	Person   PersonID // empty when saving: a new person
	Erased   bool     // set by Contacts only: the rest is empty
	Name     string
	Email    string
	Phone    string
	Shipping address.Address
	Billing  address.Address
	Company  string // the business that buys; "" for a person
	VATID    string // as typed
	Birth    string // the day they were born, as typed: "1990-05-17"; see ForgetBirth
	IBAN     string // where money goes back to that cannot go back as it came; "" for nowhere
	// Words are what the person wrote beside it, by what asked for them, such as
	// "gift_wrap.message".
	Words map[string]string
}

// secret is the part of a contact that is sealed. Its names are stored: fields
// are added, never renamed.
type secret struct {
	Name     string          `json:"name,omitempty"`
	Email    string          `json:"email,omitempty"`
	Phone    string          `json:"phone,omitempty"`
	Shipping address.Address `json:"shipping,omitzero"`
	Billing  address.Address `json:"billing,omitzero"`
	Company  string          `json:"company,omitempty"`
	VATID    string          `json:"vat_id,omitempty"`
	Birth    string          `json:"birth,omitempty"`
	IBAN     string          `json:"iban,omitempty"`

	Words map[string]string `json:"words,omitempty"`
}

// maxContacts is how many contacts one statement opens: the longest page of a list, with room.
const maxContacts = 500

// SaveContact keeps a new contact, of c.Person or, when that is empty, of a
// person made for it. It keeps what a shopper has typed so far: whether the
// e-mail address can be one is for CheckEmail. It returns ErrTooLong.
func SaveContact(ctx context.Context, tx *db.Tx, k *seal.Keeper, c Contact) (ContactID, error) {
	contact, _, err := saveContact(ctx, tx, k, c)
	if err != nil {
		return "", fmt.Errorf("save contact: %w", err)
	}
	return contact, nil
}

func saveContact(ctx context.Context, tx *db.Tx, k *seal.Keeper, c Contact) (ContactID, PersonID, error) {
	c, err := checkContact(c)
	if err != nil {
		return "", "", err
	}
	wrapped, person := k.NewKey(), c.Person
	if person == "" {
		person = id.New[PersonID]("per", tx.Now)
		err = insertPerson(ctx, tx, person, wrapped)
	} else {
		wrapped, err = selectKey(ctx, tx, person, tx.ForUpdate()) // locked: Erase must not slip between key and row
	}
	if err != nil {
		return "", "", notFound(err)
	}
	sealed, err := sealUp(k, wrapped, secretOf(c))
	if err != nil {
		return "", "", err
	}
	c.ID = id.New[ContactID]("ctc", tx.Now)
	if err := insertContact(ctx, tx, person, sealedContact{c.ID, hashOrNil(k, c.Email), sealed, c.Birth != ""}); err != nil {
		return "", "", err
	}
	kept := secretOf(c).contact(c.ID)
	kept.Person = person
	keptContacts.Keep(tx, c.ID, kept)
	return c.ID, person, nil
}

// UpdateContact replaces what is known of a contact. The e-mail address of a
// customer's own contact stays as it is: they sign in with it, and ChangeEmail
// changes it. Otherwise as SaveContact; it may be repeated.
func UpdateContact(ctx context.Context, tx *db.Tx, k *seal.Keeper, c Contact) error {
	c, err := checkContact(c)
	if err != nil {
		return err
	}
	return changeContact(ctx, tx, k, c.ID, func(now *secret, own bool) {
		if own {
			c.Email = now.Email
		}
		*now = secretOf(c)
	})
}

// changeContact reads a contact, lets change alter it and seals it again, with
// the person locked. Own says that the contact is a customer's own.
func changeContact(ctx context.Context, tx *db.Tx, k *seal.Keeper, id ContactID, change func(s *secret, own bool)) error {
	row, err := selectContact(ctx, tx, id, tx.ForUpdate())
	if err != nil {
		return fmt.Errorf("update contact %s: %w", id, noContact(err))
	}
	s, err := open[secret](k, row.wrapped, row.sealed)
	if err != nil {
		return fmt.Errorf("update contact %s: %w", id, err)
	}
	change(&s, row.own)
	sealed, err := sealUp(k, row.wrapped, s)
	if err == nil {
		err = updateContact(ctx, tx, sealedContact{id, hashOrNil(k, s.Email), sealed, s.Birth != ""})
	}
	if err != nil {
		return fmt.Errorf("update contact %s: %w", id, err)
	}
	return nil
}

// ForgetBirth forgets when somebody was born: a lender needs it to decide, and
// nobody afterwards. It may be repeated.
func ForgetBirth(ctx context.Context, tx *db.Tx, k *seal.Keeper, id ContactID) error {
	return changeContact(ctx, tx, k, id, func(s *secret, _ bool) { s.Birth = "" })
}

// birthLife is how long a day of birth is kept for a lender that nobody asks: a
// checkout that nobody has touched for as long is not finished any more.
const birthLife = 24 * time.Hour

// ForgetBirths forgets the days of birth that no lender has decided by in time,
// a part of them at once.
func ForgetBirths(ctx context.Context, tx *db.Tx, k *seal.Keeper) error {
	ids, err := selectBorn(ctx, tx, tx.Now.Add(-birthLife), maxContacts)
	if err != nil {
		return fmt.Errorf("find days of birth: %w", err)
	}
	for _, id := range ids {
		if err := ForgetBirth(ctx, tx, k, id); err != nil {
			return err
		}
	}
	return nil
}

// keptContacts are the contacts that were written or opened of late: opening one
// costs more than reading it.
var keptContacts = remember.NewRows[ContactID, Contact](1024, nil)

// FindContact opens a contact. It returns ErrNoContact, or ErrErased when the
// person's key is destroyed.
func FindContact(ctx context.Context, tx *db.Tx, k *seal.Keeper, id ContactID) (Contact, error) {
	return keptContacts.Find(tx, id, func() (Contact, error) {
		row, err := selectContact(ctx, tx, id, "")
		if err != nil {
			return Contact{}, fmt.Errorf("find contact %s: %w", id, noContact(err))
		}
		s, err := open[secret](k, row.wrapped, row.sealed)
		if err != nil {
			return Contact{}, fmt.Errorf("find contact %s: %w", id, err)
		}
		c := s.contact(id)
		c.Person = row.person
		return c, nil
	})
}

// Contacts opens many contacts, at most 500, in one statement. An erased one
// comes back with Erased set; an unknown one is missing.
func Contacts(ctx context.Context, tx *db.Tx, k *seal.Keeper, ids []ContactID) (map[ContactID]Contact, error) {
	if len(ids) > maxContacts {
		return nil, fmt.Errorf("%d contacts at once, at most %d", len(ids), maxContacts)
	}
	rows, err := selectContacts(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("find %d contacts: %w", len(ids), err)
	}
	found := make(map[ContactID]Contact, len(rows))
	for _, row := range rows {
		s, err := open[secret](k, row.wrapped, row.sealed)
		if err != nil && !errors.Is(err, ErrErased) {
			return nil, fmt.Errorf("find contact %s: %w", row.id, err)
		}
		c := s.contact(row.id)
		c.Person, c.Erased = row.person, err != nil
		found[row.id] = c
	}
	return found, nil
}

// EraseContact erases the person a contact belongs to: see Erase.
func EraseContact(ctx context.Context, tx *db.Tx, id ContactID) error {
	row, err := selectContact(ctx, tx, id, "")
	if err != nil {
		return fmt.Errorf("erase contact %s: %w", id, noContact(err))
	}
	return Erase(ctx, tx, row.person)
}

// ContactsOf lists the contacts, of customers and guests, that bear an e-mail
// address, by its keyed hash: at most 1,000.
func ContactsOf(ctx context.Context, tx *db.Tx, hash string) ([]ContactID, error) {
	return selectContactIDs(ctx, tx, hash)
}

// HashEmail is the keyed hash under which an e-mail address is looked up. Case
// and surrounding space make no difference.
func HashEmail(k *seal.Keeper, email string) string {
	return k.Hash("profile.email", strings.ToLower(strings.TrimSpace(email)))
}

func hashOrNil(k *seal.Keeper, email string) *string {
	if email == "" {
		return nil
	}
	hash := HashEmail(k, email)
	return &hash
}

// checkContact trims and bounds. Half an e-mail address passes: it belongs to a
// form that is being filled in.
func checkContact(c Contact) (Contact, error) {
	c.Company, c.VATID, c.Birth = strings.TrimSpace(c.Company), strings.TrimSpace(c.VATID), strings.TrimSpace(c.Birth)
	c.Name, c.Email, c.Phone = strings.TrimSpace(c.Name), strings.TrimSpace(c.Email), strings.TrimSpace(c.Phone)
	if utf8.RuneCountInString(c.Name) > 200 || len(c.Email) > maxEmail || utf8.RuneCountInString(c.Phone) > 40 ||
		utf8.RuneCountInString(c.Company) > 200 || utf8.RuneCountInString(c.VATID) > 40 || len(c.Birth) > 40 || len(c.IBAN) > 34 {
		return c, ErrTooLong
	}
	return c, nil
}

// maxEmail is the longest e-mail address in bytes, as SMTP has it.
const maxEmail = 254

// CheckEmail reports whether an e-mail address can be one, and if not what to
// do about it. Only a sent mail shows that it works.
func CheckEmail(email string) (ok bool, text string) {
	_, err := checkEmail(email)
	return err == nil, fault.TextOf(err)
}

// checkEmail trims an address and turns away what no mail server would take.
// It is permissive on purpose: it would rather take a wrong one than lose a buyer.
func checkEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	switch {
	case email == "":
		return "", ErrEmail.With("an e-mail address is needed: write it like ada@example.com")
	case len(email) > maxEmail:
		return "", ErrEmail.With("an e-mail address has at most 254 characters: check it for something pasted twice")
	case at < 0:
		return "", ErrEmail.With("the e-mail address has no @: write it like ada@example.com")
	case at == 0 || at > 64:
		return "", ErrEmail.With("before the @ of an e-mail address stand 1 to 64 characters: write it like ada@example.com")
	case strings.ContainsFunc(email, strange):
		return "", ErrEmail.With("an e-mail address has no spaces, commas or brackets: write it like ada@example.com")
	}
	domain := email[at+1:]
	if !strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "", ErrEmail.With("what stands after the @ is not a domain: write it like ada@example.com")
	}
	return email, nil
}

// strange characters would let an address smuggle a header or a second recipient into a mail.
func strange(r rune) bool {
	return r <= ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune("<>()[],;:\\\"", r)
}

func secretOf(c Contact) secret {
	return secret{Name: c.Name, Email: c.Email, Phone: c.Phone, Shipping: c.Shipping, Billing: c.Billing, Company: c.Company, VATID: c.VATID, Birth: c.Birth, IBAN: c.IBAN, Words: c.Words}
}

func (s secret) contact(id ContactID) Contact {
	return Contact{ID: id, Name: s.Name, Email: s.Email, Phone: s.Phone, Shipping: s.Shipping, Billing: s.Billing, Company: s.Company, VATID: s.VATID, Birth: s.Birth, IBAN: s.IBAN, Words: s.Words}
}

// maxSealed bounds what is kept of one contact or address, in bytes: addresses
// half typed are not checked field by field.
const maxSealed = 16 << 10

func sealUp(k *seal.Keeper, wrapped []byte, v any) ([]byte, error) {
	if len(wrapped) == 0 {
		return nil, ErrErased
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if len(plain) > maxSealed {
		return nil, ErrTooLong
	}
	return k.Seal(wrapped, plain)
}

// open returns ErrErased when the key is gone.
func open[T any](k *seal.Keeper, wrapped, sealed []byte) (v T, err error) {
	if len(wrapped) == 0 {
		return v, ErrErased
	}
	plain, err := k.Open(wrapped, sealed)
	if errors.Is(err, seal.ErrDestroyed) {
		return v, ErrErased
	}
	if err != nil {
		return v, fmt.Errorf("open sealed data: %w", err)
	}
	return v, json.Unmarshal(plain, &v)
}

func noContact(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNoContact
	}
	return err
}

// Package passkey lets people sign in with a key that their device keeps
// (WebAuthn): nothing to remember, nothing that a false page could ask for.
//
// A device makes a pair of keys for this site alone and keeps the private one;
// we keep the public one. To sign in it signs a challenge, after its owner has
// shown that it is them (finger, face, PIN): both are demanded, so a passkey is
// enough by itself. It names its owner, so nobody types a name.
//
// A challenge is good once, for five minutes, and only with the ticket of the
// browser that asked for it. Keys belong to a realm, as sessions do.
//
// Never true: a private key or a biometric in our hands; a passkey for a shop
// that has no name: browsers refuse them where the address is a number.
package passkey

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Schema holds the tables passkey_….
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrRefused     = fault.New(fault.Unauthorized, "passkey.refused", "this passkey could not be checked; try again, or sign in another way")
	ErrNotFound    = fault.New(fault.NotFound, "passkey.not_found", "there is no such passkey; list them to see what there is")
	ErrFull        = fault.New(fault.Conflict, "passkey.full", "somebody has at most 20 passkeys; remove one first")
	ErrUnavailable = fault.New(fault.Conflict, "passkey.unavailable", "passkeys need a shop that is reached by a name, not by a number; set the base URL to https://…")
)

const (
	maxKeys      = 20
	maxName      = 60 // characters
	challengeTTL = 5 * time.Minute
)

// ID names a passkey to its owner.
type ID string

// Key is a passkey without its public key.
type Key struct {
	ID        ID
	Name      string
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// Person is whom a device makes a key for.
type Person struct {
	Realm   auth.Realm
	Subject string // at most 64 bytes; the device keeps it
	Login   string // what the device shows beside the shop's name: their address
}

// Keys asks devices and checks what they answer.
type Keys struct {
	db    *db.DB
	party *webauthn.WebAuthn // nil where there can be no passkeys
}

// New returns the Keys of a site. Where its address has no name, Available is
// false and everything returns ErrUnavailable.
func New(d *db.DB, baseURL, name string) (*Keys, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", baseURL, err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || u.Hostname() == "" {
		return &Keys{db: d}, nil
	}
	party, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", baseURL, err)
	}
	return &Keys{d, party}, nil
}

// Available reports whether this site can have passkeys.
func (k *Keys) Available() bool { return k != nil && k.party != nil }

// Invite asks a device for a new key. Options go to the browser as they are;
// the ticket to a cookie of it.
func (k *Keys) Invite(ctx context.Context, who Person) (options json.RawMessage, ticket string, err error) {
	if !k.Available() {
		return nil, "", ErrUnavailable
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		known, err := k.known(ctx, tx, who)
		if err != nil {
			return err
		}
		made, session, err := k.party.BeginRegistration(known, webauthn.WithExclusions(known.exclusions()))
		if err != nil {
			return err
		}
		options, ticket, err = k.challenge(ctx, tx, who.Realm, who.Subject, made, session)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("invite a passkey: %w", err)
	}
	return options, ticket, nil
}

// Add keeps the key that a device made. It returns ErrRefused for an answer
// that is not to this ticket, and ErrFull.
func (k *Keys) Add(ctx context.Context, who Person, ticket, name string, answer []byte) (made Key, err error) {
	if !k.Available() {
		return Key{}, ErrUnavailable
	}
	said, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, ErrRefused
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		session, err := takeChallenge(ctx, tx, who.Realm, who.Subject, digest(ticket))
		if err != nil {
			return refused(err)
		}
		known, err := k.known(ctx, tx, who)
		if err != nil {
			return err
		}
		c, err := k.party.CreateCredential(known, session, said)
		if err != nil {
			return ErrRefused
		}
		made = Key{ID: id.New[ID]("pky", tx.Now), Name: nameOf(name), CreatedAt: tx.Now}
		n, err := insertKey(ctx, tx, made, who, *c)
		if errors.Is(err, db.ErrUnique) {
			return ErrRefused
		}
		if err == nil && n == 0 {
			return ErrFull
		}
		if err != nil {
			return err
		}
		return auth.SetPasskeys(ctx, tx, who.Realm, who.Subject, true)
	})
	if err != nil {
		return Key{}, fmt.Errorf("add a passkey: %w", err)
	}
	return made, nil
}

// Ask asks whatever device is there to sign in.
func (k *Keys) Ask(ctx context.Context, realm auth.Realm) (options json.RawMessage, ticket string, err error) {
	if !k.Available() {
		return nil, "", ErrUnavailable
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		asked, session, err := k.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return err
		}
		options, ticket, err = k.challenge(ctx, tx, realm, "", asked, session)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("ask for a passkey: %w", err)
	}
	return options, ticket, nil
}

// Check returns whose key signed the challenge of a ticket, or ErrRefused. The
// challenge is used up either way.
func (k *Keys) Check(ctx context.Context, realm auth.Realm, ticket string, answer []byte) (subject string, err error) {
	if !k.Available() {
		return "", ErrUnavailable
	}
	said, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", ErrRefused
	}
	failed := error(nil) // told after the commit: a challenge is good once, whatever came of it
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		failed = nil
		session, err := takeChallenge(ctx, tx, realm, "", digest(ticket))
		if err != nil {
			return refused(err)
		}
		subject, failed = k.check(ctx, tx, realm, session, said)
		return nil
	})
	if err = errors.Join(err, failed); err != nil {
		return "", fmt.Errorf("check a passkey: %w", err)
	}
	return subject, nil
}

func (k *Keys) check(ctx context.Context, tx *db.Tx, realm auth.Realm, session webauthn.SessionData, said *protocol.ParsedCredentialAssertionData) (string, error) {
	var owner Person
	_, c, err := k.party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		owner = Person{Realm: realm, Subject: string(handle)}
		return k.known(ctx, tx, owner)
	}, session, said)
	if err != nil || c.Authenticator.CloneWarning {
		return "", ErrRefused
	}
	return owner.Subject, updateUsed(ctx, tx, owner, *c)
}

// List returns somebody's passkeys, oldest first.
func List(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string) ([]Key, error) {
	rows, err := selectKeys(ctx, tx, realm, subject)
	keys := make([]Key, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	return keys, err
}

// Remove ends a passkey, or is ErrNotFound for one that is somebody else's.
func Remove(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string, key ID) error {
	n, err := deleteKey(ctx, tx, realm, subject, key)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("remove a passkey: %w", err)
	}
	left, err := selectKeys(ctx, tx, realm, subject)
	if err != nil || len(left) > 0 {
		return err
	}
	return auth.SetPasskeys(ctx, tx, realm, subject, false)
}

// Forget ends all passkeys of somebody who was erased or has left.
func Forget(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string) error {
	if err := deleteKeys(ctx, tx, realm, subject); err != nil {
		return fmt.Errorf("forget passkeys: %w", err)
	}
	return auth.SetPasskeys(ctx, tx, realm, subject, false)
}

// Sweep deletes challenges that nobody answered.
func Sweep(ctx context.Context, tx *db.Tx) error { return deleteEnded(ctx, tx) }

// challenge keeps what a device was asked, and returns it for the browser.
func (k *Keys) challenge(ctx context.Context, tx *db.Tx, realm auth.Realm, subject string, options any, session *webauthn.SessionData) (json.RawMessage, string, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, "", err
	}
	ticket := id.Secret("")
	return text, ticket, insertChallenge(ctx, tx, realm, subject, digest(ticket), *session, tx.Now.Add(challengeTTL))
}

// known is somebody with the keys they have.
func (k *Keys) known(ctx context.Context, tx *db.Tx, who Person) (owner, error) {
	rows, err := selectKeys(ctx, tx, who.Realm, who.Subject)
	o := owner{Person: who}
	for _, row := range rows {
		o.keys = append(o.keys, row.credential)
	}
	return o, err
}

// owner is a Person as the library wants them.
type owner struct {
	Person
	keys []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return []byte(o.Subject) }
func (o owner) WebAuthnName() string                       { return o.Login }
func (o owner) WebAuthnDisplayName() string                { return o.Login }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// exclusions keep a device from making a second key for the same person.
func (o owner) exclusions() (all []protocol.CredentialDescriptor) {
	for _, c := range o.keys {
		all = append(all, c.Descriptor())
	}
	return all
}

func nameOf(typed string) string {
	name := strings.Join(strings.Fields(strings.ToValidUTF8(typed, "")), " ")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	return name
}

func refused(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrRefused
	}
	return err
}

func digest(ticket string) []byte {
	sum := sha256.Sum256([]byte(ticket))
	return sum[:]
}

func encoded(credential []byte) string { return base64.RawURLEncoding.EncodeToString(credential) }

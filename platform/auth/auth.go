// Package auth knows who asks and what they may do.
//
// Programs come with API keys, people with sessions. Both are 256 random bits
// that only their holder has: the database keeps a SHA-256, so a stolen backup
// opens nothing. A session ends by idleness, by age, by signing out, and with
// every change of the password.
//
// People prove who they are by a password (argon2id; two at a time, because
// each takes 19 MiB), by a link sent to them, good once and for half an hour, or
// by a passkey (package passkey). A link that signs in is good for a quarter of
// an hour and in the browser that asked for it; its mail bears a code to type
// there, for who reads mail elsewhere. Whoever guesses gets five tries in a quarter of an hour per account
// and address, and learns neither from words nor from time whether the account
// exists; the true owner elsewhere is never locked out.
//
// A second factor is a code of an authenticator app (RFC 6238), a passkey, or
// one of ten recovery codes, each good once. A session of somebody who has one
// may do nothing until it was shown, and what moves money or rights asks again
// when that is a quarter of an hour ago (Sensitive).
//
// Staff have a role, and a role is a list of actions; what is not listed is
// denied. Four roles are ours and fixed, others a merchant's own. A customer is known by a keyed hash of the e-mail: no address of a
// customer is in these tables.
package auth

import (
	"crypto/sha256"
	"embed"
	"slices"
	"strings"

	"korzo/platform/fault"
)

// Schema holds the tables auth_….
//
//go:embed schema/*.sql
var Schema embed.FS

// What callers can act on.
var (
	ErrKey        = fault.New(fault.Unauthorized, "auth.key", "this API key is not known or was revoked; send a good one as Authorization: Bearer …")
	ErrScope      = fault.New(fault.Forbidden, "auth.scope", "this API key lacks the scope for it; make one that has it")
	ErrDenied     = fault.New(fault.Forbidden, "auth.denied", "your role does not allow this; ask an owner")
	ErrSession    = fault.New(fault.Unauthorized, "auth.session", "you are not signed in any more; sign in and repeat")
	ErrSignIn     = fault.New(fault.Unauthorized, "auth.sign_in", "name and password do not fit; check both, or ask for a new password")
	ErrLimited    = fault.New(fault.Limited, "auth.limited", "too many tries; wait a quarter of an hour, or ask for a new password")
	ErrBusy       = fault.New(fault.Unavailable, "auth.busy", "too many people sign in at this moment; try again in a few seconds")
	ErrWeak       = fault.New(fault.Invalid, "auth.weak_password", "the password is too short or too well known; take 8 characters or more that nobody else would take")
	ErrToken      = fault.New(fault.Invalid, "auth.token", "this link was used already or is older than half an hour; ask for a new one")
	ErrLoginTaken = fault.New(fault.Conflict, "auth.login_taken", "someone signs in with this address already; take another, or ask for a new password")
	ErrLastOwner  = fault.New(fault.Conflict, "auth.last_owner", "this is the last owner; make someone else an owner first")
	ErrNotFound   = fault.New(fault.NotFound, "auth.not_found", "there is no such key or person")
	ErrScopes     = fault.New(fault.Invalid, "auth.scopes", "a scope is not known; take actions such as orders.read, or *")
	ErrRole       = fault.New(fault.Invalid, "auth.role", "a role is owner, manager, associate, support, or one of your own; make it first")
	ErrRoleHeld   = fault.New(fault.Conflict, "auth.role_held", "somebody has this role; give them another one first")
	ErrRoleName   = fault.New(fault.Invalid, "auth.role_name", "a role of your own needs a name of 1 to 60 characters")
	ErrActions    = fault.New(fault.Invalid, "auth.actions", "a role of your own may do what is in the list, but never staff.write: who gives rights is an owner")
	ErrInvite     = fault.New(fault.Invalid, "auth.invite", "this invitation was used already or is older than three days; ask for a new one")
	ErrSecond     = fault.New(fault.Forbidden, "auth.second", "show your second factor first: a code of your app, a passkey or a recovery code")
	ErrEnroll     = fault.New(fault.Forbidden, "auth.enroll", "this shop asks everybody for a second factor; set up yours first")
	ErrSecondCode = fault.New(fault.Unauthorized, "auth.second_code", "the code does not fit, or was used already; wait for the next one, or take a recovery code")
	ErrProof      = fault.New(fault.Forbidden, "auth.proof", "prove that it is you and repeat: this moves money or rights")
	ErrEmail      = fault.New(fault.Invalid, "auth.email", "this is no e-mail address; write it as name@example.com")
)

// Realm separates people who never mix: a customer's session opens no admin page.
type Realm string

// The realms.
const (
	RealmStaff    Realm = "staff"
	RealmCustomer Realm = "customer"
)

// The roles of staff.
const (
	RoleOwner     = "owner"
	RoleManager   = "manager"
	RoleAssociate = "associate"
	RoleSupport   = "support"
)

var (
	all   = []string{RoleOwner, RoleManager, RoleAssociate, RoleSupport}
	run   = []string{RoleOwner, RoleManager}
	serve = []string{RoleOwner, RoleManager, RoleSupport}
	sell  = []string{RoleOwner, RoleManager, RoleAssociate}
	own   = []string{RoleOwner}
)

// allowed says which roles may do what. An action that is missing here is
// denied to everyone; scopes of keys are the same actions.
var allowed = map[string][]string{
	"audit.read":       run,
	"catalog.read":     all,
	"catalog.write":    run,
	"credit.write":     serve,
	"customers.read":   serve,
	"customers.write":  serve,
	"exceptions.read":  serve,
	"exceptions.write": serve,
	"flows.read":       run,
	"flows.write":      run,
	"giftcards.read":   serve,
	"giftcards.write":  run,
	"keys.write":       own,
	"ledger.read":      run,
	"messages.read":    serve,
	"messages.write":   run,
	"orders.read":      all,
	"orders.write":     serve,
	"payments.capture": run,
	"payments.refund":  run,
	"promotions.read":  all,
	"promotions.write": run,
	"reports.read":     run,
	"routing.read":     run,
	"routing.write":    run,
	"sending.write":    own,
	"settings.read":    run,
	"settings.write":   own,
	"staff.read":       run,
	"staff.write":      own,
	"stock.read":       all,
	"stock.write":      sell,
	"transfers.read":   run, // exports hold personal data
	"transfers.write":  run,
	"webhooks.read":    run,
	"webhooks.write":   own,
}

// Allowed says whether a role may do an action. Unknown roles and actions may nothing.
func Allowed(role, action string) bool { return slices.Contains(allowed[action], role) }

// Actions lists every action there is, for editors of keys and roles.
func Actions() []string {
	names := make([]string, 0, len(allowed))
	for name := range allowed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sensitive are the actions that ask for a proof of the last quarter of an hour:
// they move money back, give rights, or decide who reads every mail of the shop.
var sensitive = []string{"payments.refund", "credit.write", "giftcards.write", "keys.write", "sending.write", "staff.write"}

// Sensitive says whether an action moves money back or gives rights: whoever
// changes something by it proves again who they are (Session.Fresh).
func Sensitive(action string) bool { return slices.Contains(sensitive, action) }

// digest is what is stored of a secret. The secret is 256 random bits, so a
// fast hash is as good as a slow one.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// fold makes staff's addresses comparable. Customers' logins are hashes and
// were folded by whoever hashed them.
func fold(realm Realm, login string) string {
	login = strings.TrimSpace(login)
	if realm == RealmStaff {
		login = strings.ToLower(login)
	}
	return login
}

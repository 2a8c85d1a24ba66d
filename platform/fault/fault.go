// Package fault names the ways an operation can fail.
//
// A package declares its failures as variables made by New and returns them,
// plain, wrapped, or made more exact by With. A door (API, page, till) asks
// KindOf to choose a status, CodeOf to choose the words and TextOf for what it
// may tell the caller. Codes are public and never change; texts are plain
// English that names the remedy, and may improve.
//
// An error that is no fault is Internal: log it, and tell the caller nothing.
// A fault never carries what only we may know: no ids of others, no SQL, no
// answer of a foreign machine.
package fault

import (
	"errors"
	"strconv"
)

// Kind says who must act on a failure. The list is closed: a new kind needs a
// new answer at every door.
type Kind uint8

// The kinds. The zero Kind is Internal, so what nobody named is our fault.
const (
	Internal     Kind = iota // a bug or a broken machine: we must act
	Invalid                  // the request can never succeed as written
	NotFound                 // no such thing, or none this caller may know of
	Conflict                 // the world moved on: read again, decide again
	Forbidden                // known caller, not allowed
	Unauthorized             // unknown caller: sign in or send a key
	Declined                 // a third party said no: the customer must choose again
	Unavailable              // a third party did not answer: try later
	TooLarge                 // the request is bigger than we read
	Limited                  // too many requests: slow down
)

var kinds = [...]string{
	"internal", "invalid", "not_found", "conflict", "forbidden",
	"unauthorized", "declined", "unavailable", "too_large", "limited",
}

// String is for logs and metrics: "not_found".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Retryable says that the same request, sent again later, may succeed. A
// Conflict is not: the caller must read and decide first.
func (k Kind) Retryable() bool { return k == Unavailable || k == Limited }

// Error is a failure with a stable name.
type Error struct {
	Kind Kind
	Code string // "inventory.short": stable, public, translated at the door
	Text string // plain English that names the remedy; public unless Internal

	origin *Error // the package variable that With started from; nil for one itself
}

// New returns a failure for a package variable.
func New(kind Kind, code, text string) *Error { return &Error{Kind: kind, Code: code, Text: text} }

// Error returns the text.
func (e *Error) Error() string { return e.Text }

// With returns a failure of e's kind and code whose text says more. The text is
// public. errors.Is(err, e) holds, for e and for whatever e was made from.
func (e *Error) With(text string) error {
	return &Error{Kind: e.Kind, Code: e.Code, Text: text, origin: e}
}

// Is makes errors.Is find the package variable behind a fault made by With.
func (e *Error) Is(target error) bool {
	for at := e.origin; at != nil; at = at.origin {
		if error(at) == target {
			return true
		}
	}
	return false
}

// KindOf returns the Kind of the first Error in err's chain, or Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the Code of the first Error in err's chain, or "internal".
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}

// TextOf returns what a caller may read: the text of the first Error in err's
// chain, without what wrapped it. It is "" for anything Internal.
func TextOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Text
	}
	return ""
}

// Retryable says that repeating what failed with err may succeed later.
func Retryable(err error) bool { return KindOf(err).Retryable() }

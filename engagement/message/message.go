// Package message writes to customers, by mail and by text: what confirms an
// order, and every later step, in the reader's language.
//
// Queue stores a message in the transaction of the fact it tells, once per
// kind and reference; a job sends it afterwards, outside any transaction. The
// row holds numbers and names of goods, but nobody's name or address: who gets
// it is looked up when it is sent, and a person who was erased gets nothing.
//
// A mail server answers yes, no, or not at all. A no is final: the message is
// failed, with its reason, and raises an exception. Anything else is tried
// again. After silence the mail may have gone out; so every try bears the same
// Message-ID, by which servers and readers know a mail that comes twice.
//
// A merchant may write other words for a kind (a Wording): let them stand for
// everybody, or try them as the arm of an experiment. What the law wants told is
// no part of them: kinds that it asks for have no other words, what was bought,
// its sum and the right of withdrawal stand in the layout, and a fact that our
// words name must be named by theirs. The arm is given with the first try and
// kept on the row, so that every try of a message says the same.
package message

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
)

// Schema holds the table message_messages.
//
//go:embed schema/*.sql
var Schema embed.FS

// What callers can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "message.not_found", "there is no such message")
	ErrSent     = fault.New(fault.Conflict, "message.sent", "this message is sent or being sent; queue another one to write again")
	// ErrRefused is what a Sender returns when a mail will never be taken:
	// trying again is no use.
	ErrRefused = fault.New(fault.Declined, "message.refused", "the mail server refused the mail for good; correct the address and send it again")
)

// ID names a message.
type ID string

// Kind says what a message is about and which template writes it.
type Kind string

// KindConfirmation confirms an order; its Data is a Confirmation.
const KindConfirmation Kind = "order.confirmation"

// KindDownloads brings what an order paid for; its Data is a Downloads.
const KindDownloads Kind = "order.downloads"

// The states of a message. It goes queued → sending → sent; from sending back
// to queued after a try that proved nothing, or to failed after a no; and from
// failed to queued when somebody says so. The guards stand in sql.go.
const (
	StateQueued  = "queued"  // waits for its job, perhaps after tries that failed
	StateSending = "sending" // a job is at it
	StateSent    = "sent"
	StateFailed  = "failed" // will not be tried again unless someone calls Retry
)

// Medium is how a message reaches its reader.
type Medium string

// The media. The zero Medium is ByMail.
const (
	ByMail Medium = "mail"
	ByText Medium = "text" // an SMS: the kind's short words
)

// Message is what Queue takes.
type Message struct {
	Kind    Kind
	Medium  Medium
	Locale  string // "de", "de-AT"; an unknown one is written in English
	Contact string // to whom: an id that the Lookup knows
	Ref     string // what it is about; one message per kind, reference and medium
	Data    any    // what the kind's template needs, without personal data
}

// Sent is a message with what became of it.
type Sent struct {
	ID        ID
	Kind      Kind
	Medium    Medium
	Ref       string
	Locale    string
	Contact   string
	State     string
	Reason    string // why the last try failed
	Tries     int64
	ServerID  string
	CreatedAt time.Time
	SentAt    time.Time // zero: not sent
	Arm       string    // experiment.Assignment.Pin; "" outside of experiments
	Wording   WordingID // in whose words it is; "": ours

	data []byte
}

// jobKind is the job that sends one message.
const jobKind = "message.send"

type sendJob struct {
	ID ID `json:"id"`
}

// Queue stores m and has it sent after the commit. A second message of the
// same kind and reference is dropped: queueing again changes nothing.
func Queue(ctx context.Context, tx *db.Tx, m Message) error {
	if err := check(m); err != nil {
		return fmt.Errorf("queue %s of %s: %w", m.Kind, m.Ref, err)
	}
	data, err := json.Marshal(m.Data)
	if err != nil {
		return fmt.Errorf("queue %s of %s: %w", m.Kind, m.Ref, err)
	}
	s := Sent{ID: id.New[ID]("msg", tx.Now), Kind: m.Kind, Medium: cmp.Or(m.Medium, ByMail), Ref: m.Ref, Locale: m.Locale, Contact: m.Contact, data: data, CreatedAt: tx.Now}
	n, err := insertMessage(ctx, tx, s)
	if err != nil {
		return fmt.Errorf("queue %s of %s: %w", m.Kind, m.Ref, err)
	}
	if n == 0 {
		return nil
	}
	return enqueue(ctx, tx, s.ID)
}

func check(m Message) error {
	t, ok := templates[m.Kind]
	switch {
	case !ok:
		return errors.New("no template writes this kind")
	case m.Ref == "" || m.Contact == "":
		return errors.New("a message needs a reference and a contact")
	case m.Medium == ByText && t.words[fallback][wordText] == "":
		return errors.New("no template writes this kind as a text")
	case !t.fits(m.Data):
		return fmt.Errorf("the data are a %T, which the template does not read", m.Data)
	}
	return nil
}

func enqueue(ctx context.Context, tx *db.Tx, message ID) error {
	return job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: string(message), Body: sendJob{message}})
}

// Retry sends a message again that has failed, or that waits. It returns
// ErrSent for one that is sent or being sent.
func Retry(ctx context.Context, tx *db.Tx, message ID) error {
	n, err := requeue(ctx, tx, message)
	if err != nil {
		return fmt.Errorf("retry message: %w", err)
	}
	if n == 0 {
		if _, err := Find(ctx, tx, message); err != nil {
			return err
		}
		return ErrSent
	}
	return enqueue(ctx, tx, message)
}

// Find returns one message, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, message ID) (Sent, error) {
	s, err := selectMessage(ctx, tx, message)
	if errors.Is(err, db.ErrNoRow) {
		return Sent{}, ErrNotFound
	}
	return s, err
}

// Filter chooses messages. The zero Filter is the newest fifty.
type Filter struct {
	Contact string // "": everybody's
	State   string // "": any
	Kind    Kind   // "": any
	Medium  Medium // "": any
	Before  ID     // older than this one
	Limit   int    // 1 to 100; 0 is 50
}

// List returns messages, newest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Sent, error) {
	if f.Limit < 1 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 100)
	return selectMessages(ctx, tx, f)
}

// To lists what was written to any of some contacts, newest first: of one
// person, say. Before is the last id of the page before, limit 1 to 100.
func To(ctx context.Context, tx *db.Tx, contacts []string, before ID, limit int) ([]Sent, error) {
	if len(contacts) == 0 {
		return nil, nil
	}
	return selectMessagesTo(ctx, tx, contacts, before, min(max(limit, 1), 100))
}

// OfContacts returns the latest messages to any of some contacts, at most 1,000
// of them, newest first.
func OfContacts(ctx context.Context, tx *db.Tx, contacts []string, limit int) ([]Sent, error) {
	if len(contacts) == 0 {
		return nil, nil
	}
	return selectOfContacts(ctx, tx, contacts, limit)
}

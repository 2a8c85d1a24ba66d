package message

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/job"
)

const (
	// sendTime bounds one try.
	sendTime = 90 * time.Second
	// busyTime is how long a try keeps others away: longer than it may last,
	// so that only a try whose process died is repeated.
	busyTime = 2 * time.Minute
	// reasonLength bounds what is kept of a server's words.
	reasonLength = 300
)

// Mail is a message written out, as a Sender gets it.
type Mail struct {
	MessageID string // the same at every try: "msg_…@shop.example"
	Contact   string // whose it is
	From      string // "Korzo <shop@shop.example>"
	ReplyTo   string `json:",omitempty"` // "": answers go to From
	To        string // "ada@example.com"
	ToName    string
	Locale    string
	Subject   string
	Text      string
	HTML      string
	End       string       `json:",omitempty"` // posting there ends such mail at once (RFC 8058); "" for mail that needs no consent
	Attached  []Attachment `json:",omitempty"`
}

// Attachment is a file that travels with a mail.
type Attachment struct {
	Name string // "gift-card.pdf"
	Type string // its media type
	Body []byte
}

// Sender hands mails to the world.
type Sender interface {
	// Send returns the receiving server's name for the mail. An error that is
	// ErrRefused is a no for ever; any other means no or unknown, and the same
	// mail, with the same Message-ID, may be sent again.
	Send(ctx context.Context, m Mail) (serverID string, err error)
}

// Text is a message written out as an SMS.
type Text struct {
	MessageID string // the same at every try
	Contact   string // whose it is
	From      string // whom the reader's phone names; "": the gateway's own
	To        string // "+4930123456", as E.164 has it
	Locale    string
	Body      string
}

// Texter hands texts to the world.
type Texter interface {
	// SendText is Send for a text.
	SendText(ctx context.Context, t Text) (serverID string, err error)
}

// Kept is a mail that a Sender kept instead of sending it.
type Kept struct {
	ID   string
	At   time.Time
	Mail Mail
}

// Inbox is what a Sender is too that keeps its mails: a demo shows them.
type Inbox interface {
	List(ctx context.Context, limit int) ([]Kept, error)
	Find(ctx context.Context, id string) (Kept, error)
	// Forget deletes what was kept for a contact who is erased.
	Forget(ctx context.Context, contact string) error
}

// Addressee is what a message needs that no row of ours may hold.
type Addressee struct {
	Email   string
	Market  string // whose letterhead it bears; "" for none's
	Phone   string // "+4930123456"; "" for nobody who gets texts
	Code    string // to collect with
	Name    string
	Address []string // as it is printed, line by line
	Link    string   // where the reader follows the matter; it may bear a token
	End     string   // where the reader ends such mail; "" for mail that needs no consent
	Files   []File   // what the reader may download, with links that may bear tokens
}

// File is what a mail offers to download.
type File struct {
	Name string
	Size string // formatted for the reader
	Left string // how often and until when; "" without end
	URL  string
}

// Lookup finds who gets a message. An error of kind NotFound means that there
// is nobody any more.
type Lookup func(ctx context.Context, tx *db.Tx, s Sent) (Addressee, error)

// Mailer sends what is queued.
type Mailer struct {
	db     *db.DB
	sender Sender
	Texter Texter // nil: no texts are sent
	// Reader finds who a message goes to as experiments know them; nil: none takes part.
	Reader func(ctx context.Context, tx *db.Tx, s Sent) (Reader, error)
	lookup Lookup
	own    Letterhead // where the merchant set none
	domain string
}

// New returns a Mailer that writes as from ("Korzo <shop@shop.example>").
func New(d *db.DB, s Sender, from string, l Lookup) (*Mailer, error) {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the shop's own mail address %q is none; write it as Name <name@example.com>: %w", from, err)
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	return &Mailer{db: d, sender: s, lookup: l, own: Letterhead{Name: a.Name, Email: a.Address}, domain: domain}, nil
}

// Register makes a pool's jobs send messages.
func (m *Mailer) Register(p *job.Pool) {
	job.Do(p, jobKind, func(ctx context.Context, j sendJob) error { return m.deliver(ctx, j.ID) })
}

// errBusy makes a second job for the same message come back later: the first
// may yet die without a word.
var errBusy = errors.New("another try is under way")

// deliver makes one try. It returns an error if there must be another.
func (m *Mailer) deliver(ctx context.Context, message ID) error {
	s, to, err := m.claim(ctx, message)
	if err != nil || s.ID == "" {
		return err
	}
	sending, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	written, err := m.write(s, to)
	var serverID string
	if err == nil {
		serverID, err = m.hand(sending, s.Medium, written)
	}
	return m.settle(context.WithoutCancel(ctx), s, written, serverID, err)
}

// hand gives what was written to whoever carries it.
func (m *Mailer) hand(ctx context.Context, by Medium, written Mail) (string, error) {
	if by != ByText {
		return m.sender.Send(ctx, written)
	}
	if m.Texter == nil {
		return "", fmt.Errorf("%w: the shop sends no texts", ErrRefused)
	}
	return m.Texter.SendText(ctx, Text{MessageID: written.MessageID, Contact: written.Contact, From: written.From, To: written.To, Locale: written.Locale, Body: written.Text})
}

// reader is who gets a message, or why that is not known.
type reader struct {
	Addressee
	unknown error
	heads   []Letterhead
	words   Wording
}

// read fills in what a message is written with.
func (to *reader) read(ctx context.Context, tx *db.Tx, s Sent) (err error) {
	if to.heads, err = Letterheads(ctx, tx); err == nil {
		to.words, err = wordsOf(ctx, tx, s)
	}
	return err
}

// claim takes a message and finds out who gets it. It returns no message when
// there is nothing to send any more.
func (m *Mailer) claim(ctx context.Context, message ID) (s Sent, to reader, err error) {
	err = m.db.Write(ctx, func(tx *db.Tx) error {
		s, err = claimMessage(ctx, tx, message, tx.Now.Add(busyTime))
		if err == nil {
			if to.Addressee, to.unknown = m.lookup(ctx, tx, s); to.unknown == nil {
				err = m.choose(ctx, tx, &s)
			}
			if err == nil {
				err = to.read(ctx, tx, s)
			}
		}
		if !errors.Is(err, db.ErrNoRow) {
			return err
		}
		at, err := Find(ctx, tx, message)
		if err == nil && at.State == StateSending {
			return errBusy
		}
		s = Sent{}
		return err
	})
	if err != nil {
		return Sent{}, reader{}, fmt.Errorf("claim message: %w", err)
	}
	return s, to, nil
}

// Preview writes a message as it would be sent now.
func (m *Mailer) Preview(ctx context.Context, message ID) (Mail, error) {
	var s Sent
	var to reader
	err := m.db.Read(ctx, func(tx *db.Tx) (err error) {
		if s, err = Find(ctx, tx, message); err == nil {
			to.Addressee, to.unknown = m.lookup(ctx, tx, s)
			err = to.read(ctx, tx, s)
		}
		return err
	})
	if err != nil {
		return Mail{}, err
	}
	return m.write(s, to)
}

func (m *Mailer) write(s Sent, to reader) (Mail, error) {
	if fault.KindOf(to.unknown) == fault.NotFound {
		return Mail{}, fmt.Errorf("%w: the contact was erased", ErrRefused)
	}
	if to.unknown != nil {
		return Mail{}, fmt.Errorf("look up who gets it: %w", to.unknown)
	}
	written, err := templates[s.Kind].told(to.words).by(s.Medium, s.Locale, s.data, to.Addressee)
	if err != nil {
		return Mail{}, fmt.Errorf("write %s: %w", s.Kind, err)
	}
	written.MessageID = string(s.ID) + "@" + m.domain
	head := m.head(to.heads, to.Market, s.Locale)
	written.Contact, written.From, written.ReplyTo, written.To, written.ToName, written.End = s.Contact, head.from(), head.ReplyTo, to.Email, to.Name, to.End
	if s.Medium == ByText {
		written.From, written.To = head.Text, to.Phone
	}
	return written, nil
}

// settle writes down how a try ended. Only the try that has the message may.
func (m *Mailer) settle(ctx context.Context, s Sent, written Mail, serverID string, failure error) error {
	reason := scrub(failure, written)
	err := m.db.Write(ctx, func(tx *db.Tx) error {
		switch {
		case failure == nil:
			return markSent(ctx, tx, s, serverID)
		case errors.Is(failure, ErrRefused):
			n, err := markUnsent(ctx, tx, s, StateFailed, reason)
			if err != nil || n == 0 {
				return err
			}
			return exception.Raise(ctx, tx, exception.Problem{
				Kind: "message.failed", Ref: string(s.ID),
				Text: fmt.Sprintf("The %s of %s was not sent: %s. Correct the contact's address, then send it again.", s.Kind, s.Ref, reason),
			})
		}
		_, err := markUnsent(ctx, tx, s, StateQueued, reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("note how sending ended: %w", err)
	}
	if failure != nil && !errors.Is(failure, ErrRefused) {
		return errors.New(reason) // of text only: what it wraps names people
	}
	return nil
}

// scrub takes the reader's name and address out of an error: it is kept in
// rows and logs, where no person's data belong.
func scrub(err error, m Mail) string {
	if err == nil {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, err.Error())
	for _, personal := range []string{m.To, m.ToName} {
		if personal != "" {
			text = replaceFold(text, personal, "[reader]")
		}
	}
	if r := []rune(text); len(r) > reasonLength {
		text = string(r[:reasonLength]) + "…"
	}
	return text
}

// replaceFold is strings.ReplaceAll without regard to ASCII letter case.
func replaceFold(text, old, fresh string) string {
	var b strings.Builder
	for {
		at := -1
		for i := 0; i+len(old) <= len(text); i++ {
			if strings.EqualFold(text[i:i+len(old)], old) {
				at = i
				break
			}
		}
		if at < 0 {
			return b.String() + text
		}
		b.WriteString(text[:at] + fresh)
		text = text[at+len(old):]
	}
}

// Package sender is the list of ways a mail or a text can leave the shop, and
// the office that picks the one that is set.
//
// An operator names one by a URL: smtp://user:password@host:587 hands mails to
// a mail server, kept: keeps them in the database, so that a demo or a test
// shop can show what it would have sent and writes to nobody. Texts go to an
// SMS gateway by https://:token@host/path, or are kept too. A further way is
// one folder beside these and one line here.
//
// The merchant may set another way while the shop is open (Office): it holds for
// the next message. A password is sealed when it is set, and shown to nobody
// again; a server that the merchant names must be one of the internet.
//
// Never true: a secret in a row, a page or an error; a secret handed to another
// server than the one it was typed for.
package sender

import (
	"embed"
	"fmt"
	"io/fs"
	"net/url"

	"korzo/engagement/message"
	"korzo/engagement/message/sender/gateway"
	"korzo/engagement/message/sender/kept"
	"korzo/engagement/message/sender/smtp"
	"korzo/platform/db"
	"korzo/platform/seal"
)

//go:embed schema/*.sql
var schema embed.FS

// Schemas are the tables of the office and of those ways that have any.
var Schemas = []fs.FS{schema, kept.Schema}

// Means is what senders may need.
type Means struct {
	DB     *db.DB
	Keeper *seal.Keeper // seals the mails that are kept, and secrets
	Inside bool         // servers may be at addresses that are none of the internet
}

// inbox is what shows the mails that were kept.
func inbox(m Means) message.Inbox { return kept.New(m.DB, m.Keeper) }

var openers = map[string]func(u *url.URL, m Means) (message.Sender, error){
	"smtp":  func(u *url.URL, m Means) (message.Sender, error) { return smtp.Open(u, m.Inside) },
	"smtps": func(u *url.URL, m Means) (message.Sender, error) { return smtp.Open(u, m.Inside) },
	"kept":  func(_ *url.URL, m Means) (message.Sender, error) { return kept.New(m.DB, m.Keeper), nil },
}

var texters = map[string]func(u *url.URL, m Means) (message.Texter, error){
	"https": func(u *url.URL, m Means) (message.Texter, error) { return gateway.Open(u, m.Inside) },
	"http":  func(u *url.URL, m Means) (message.Texter, error) { return gateway.Open(u, m.Inside) },
	"kept":  func(_ *url.URL, m Means) (message.Texter, error) { return kept.New(m.DB, m.Keeper), nil },
}

// OpenText returns what sends texts to the gateway that a URL names. It connects
// to nothing yet.
func OpenText(address string, m Means) (message.Texter, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the URL of the SMS gateway cannot be read; write it as https://:TOKEN@sms.example.com/messages or kept:") // err would show the token
	}
	open, ok := texters[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("texts cannot be sent by %q; use https:// or kept:", u.Scheme)
	}
	return open(u, m)
}

// Open returns the sender that a URL names. It connects to nothing yet.
func Open(address string, m Means) (message.Sender, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the mail URL cannot be read; write it as smtp://user:password@host:587 or kept:") // err would show the password
	}
	open, ok := openers[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("mails cannot be sent by %q; use smtp://, smtps:// or kept:", u.Scheme)
	}
	return open(u, m)
}

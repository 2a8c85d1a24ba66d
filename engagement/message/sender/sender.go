// Package sender is the list of ways a mail or a text can leave the shop.
//
// An operator names one by a URL: smtp://user:password@host:587 hands mails to
// a mail server, kept: keeps them in the database, so that a demo or a test
// shop can show what it would have sent and writes to nobody. Texts go to an
// SMS gateway by https://:token@host/path, or are kept too. A further way is
// one folder beside these and one line here.
package sender

import (
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

// Schemas are the tables of those that have any.
var Schemas = []fs.FS{kept.Schema}

// Means is what senders may need.
type Means struct {
	DB     *db.DB
	Keeper *seal.Keeper // seals the mails that are kept
}

var openers = map[string]func(u *url.URL, m Means) (message.Sender, error){
	"smtp":  func(u *url.URL, _ Means) (message.Sender, error) { return smtp.Open(u) },
	"smtps": func(u *url.URL, _ Means) (message.Sender, error) { return smtp.Open(u) },
	"kept":  func(_ *url.URL, m Means) (message.Sender, error) { return kept.New(m.DB, m.Keeper), nil },
}

var texters = map[string]func(u *url.URL, m Means) (message.Texter, error){
	"https": func(u *url.URL, _ Means) (message.Texter, error) { return gateway.Open(u) },
	"http":  func(u *url.URL, _ Means) (message.Texter, error) { return gateway.Open(u) },
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

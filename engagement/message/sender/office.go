package sender

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// What callers can act on.
var (
	ErrServer = fault.New(fault.Invalid, "sender.server", "this names no server: write its host, such as mail.example.com, or the address of the gateway as https://…")
	// ErrSecret is returned instead of handing a kept secret to another server.
	ErrSecret = fault.New(fault.Invalid, "sender.secret", "the server or the account is another: type its password again")
)

// Way is how messages of a medium leave the shop.
type Way string

// The ways. The zero Way is as the operator started the shop.
const (
	AsStarted Way = ""
	Keep      Way = "keep"  // they are shown in the admin and go nowhere
	Plain     Way = "plain" // SMTP that is encrypted when the server offers it
	Upgraded  Way = "start" // SMTP that refuses to go on without encryption
	Encrypted Way = "tls"   // SMTP that is encrypted from the first byte
	Gateway   Way = "http"  // texts, by HTTPS
)

// Server is where messages of a medium are handed over, as the merchant set it.
type Server struct {
	Way  Way    `json:"way"`
	Host string `json:"host,omitempty"` // of a mail server
	Port int64  `json:"port,omitempty"` // 0: the usual one
	User string `json:"user,omitempty"`
	URL  string `json:"url,omitempty"` // of a gateway for texts, without a secret
	// HasSecret says that a password or token is kept. It is never handed out.
	HasSecret bool `json:"-"`
}

// account is what a secret belongs to.
func (s Server) account() string {
	return strings.Join([]string{strings.ToLower(s.Host), strconv.FormatInt(s.Port, 10), s.User, s.URL}, "\n")
}

// Office hands messages to the servers that are set at that moment: a change
// needs no restart. What is not set goes the way the operator named at the start.
// It is a Sender, a Texter, and the Inbox of what was kept.
type Office struct {
	message.Inbox
	means Means
	mail  message.Sender
	text  message.Texter
}

// NewOffice opens the ways of the operator: mail and text are addresses as Open
// and OpenText take them. It connects to nothing yet.
func NewOffice(mail, text string, m Means) (*Office, error) {
	o := &Office{Inbox: inbox(m), means: m}
	own := m
	own.Inside = true // the operator may name a server in the house
	var err error
	if o.mail, err = Open(mail, own); err != nil {
		return nil, err
	}
	o.text, err = OpenText(text, own)
	return o, err
}

// Send hands a mail to the server for mails.
func (o *Office) Send(ctx context.Context, m message.Mail) (string, error) {
	address, err := o.address(ctx, message.ByMail)
	if err != nil {
		return "", err
	}
	by := o.mail
	if address != "" {
		if by, err = Open(address, o.means); err != nil {
			return "", err
		}
	}
	return by.Send(ctx, m)
}

// SendText hands a text to the gateway for texts.
func (o *Office) SendText(ctx context.Context, t message.Text) (string, error) {
	address, err := o.address(ctx, message.ByText)
	if err != nil {
		return "", err
	}
	by := o.text
	if address != "" {
		if by, err = OpenText(address, o.means); err != nil {
			return "", err
		}
	}
	return by.SendText(ctx, t)
}

// Keeps says whether mails are kept instead of sent.
func (o *Office) Keeps(ctx context.Context, tx *db.Tx) (bool, error) {
	s, err := o.Server(ctx, tx, message.ByMail)
	if err != nil || s.Way != AsStarted {
		return s.Way == Keep, err
	}
	_, keeps := o.mail.(message.Inbox)
	return keeps, nil
}

// Server returns what is set for a medium; the zero Server when nothing is.
func (o *Office) Server(ctx context.Context, tx *db.Tx, by message.Medium) (Server, error) {
	row, err := selectServer(ctx, tx, by)
	if err != nil {
		return Server{}, fmt.Errorf("find server of %s: %w", by, err)
	}
	if row.settings == "" {
		return Server{}, nil
	}
	s := Server{HasSecret: len(row.secret) > 0}
	return s, json.Unmarshal([]byte(row.settings), &s)
}

// SaveServer sets where messages of a medium go from now on. An empty secret
// leaves the one that is kept for the same account. It returns ErrServer or
// ErrSecret.
func (o *Office) SaveServer(ctx context.Context, tx *db.Tx, by message.Medium, s Server, secret string) error {
	if s.Way == AsStarted {
		return deleteServer(ctx, tx, by)
	}
	before, err := o.Server(ctx, tx, by)
	if err != nil {
		return err
	}
	row := stored{wrapped: []byte{}, secret: []byte{}}
	switch {
	case secret != "":
		row.wrapped = o.means.Keeper.NewKey()
		if row.secret, err = o.means.Keeper.Seal(row.wrapped, []byte(secret)); err != nil {
			return fmt.Errorf("seal the secret of %s: %w", by, err)
		}
	case before.HasSecret && s.Way != Keep && before.account() != s.account():
		return ErrSecret
	case before.HasSecret && s.Way != Keep:
		old, err := selectServer(ctx, tx, by)
		if err != nil {
			return fmt.Errorf("find server of %s: %w", by, err)
		}
		row = old
	}
	if err := o.check(by, s); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	row.settings = string(text)
	if err := upsertServer(ctx, tx, by, row); err != nil {
		return fmt.Errorf("save server of %s: %w", by, err)
	}
	return nil
}

func (o *Office) check(by message.Medium, s Server) error {
	address, err := s.address("secret")
	if err != nil {
		return err
	}
	if by == message.ByText {
		_, err = OpenText(address, o.means)
	} else {
		_, err = Open(address, o.means)
	}
	if err != nil {
		return ErrServer
	}
	return nil
}

// address is a server as Open and OpenText take it.
func (s Server) address(secret string) (string, error) {
	schemes := map[Way]string{Plain: "smtp", Upgraded: "smtp", Encrypted: "smtps"}
	switch {
	case s.Way == Keep:
		return "kept:", nil
	case s.Way == Gateway:
		u, err := url.Parse(s.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return "", ErrServer
		}
		u.User = url.UserPassword("", secret)
		return u.String(), nil
	case schemes[s.Way] == "" || s.Host == "" || strings.ContainsAny(s.Host, " /@?#:") || s.Port < 0 || s.Port > 65535:
		return "", ErrServer
	}
	u := url.URL{Scheme: schemes[s.Way], Host: s.Host}
	if s.Port > 0 {
		u.Host += ":" + strconv.FormatInt(s.Port, 10)
	}
	if s.User != "" {
		u.User = url.UserPassword(s.User, secret)
	}
	if s.Way == Upgraded {
		u.RawQuery = "tls=required"
	}
	return u.String(), nil
}

// address is where messages of a medium go now, "" as the operator named it.
func (o *Office) address(ctx context.Context, by message.Medium) (address string, err error) {
	err = o.means.DB.Read(ctx, func(tx *db.Tx) error {
		s, err := o.Server(ctx, tx, by)
		if err != nil || s.Way == AsStarted {
			return err
		}
		secret := []byte{}
		if s.HasSecret {
			row, err := selectServer(ctx, tx, by)
			if err != nil {
				return err
			}
			if secret, err = o.means.Keeper.Open(row.wrapped, row.secret); err != nil {
				return err
			}
		}
		address, err = s.address(string(secret))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("find where %s goes: %w", by, err)
	}
	return address, nil
}

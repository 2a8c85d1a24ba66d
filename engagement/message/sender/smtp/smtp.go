// Package smtp hands mails to a mail server.
//
// It connects for each mail: a shop's confirmations are few, and a connection
// that idles is one that breaks. Encryption is used when the server offers it;
// ?tls=required refuses to go on without, ?tls=none never uses it, and smtps://
// is encrypted from the first byte. A password is never sent in clear, except
// to this machine itself.
//
// Only a server's 5xx to this very mail is a no. What goes wrong before (no
// connection, wrong password, no encryption) is the operator's to mend and the
// mail waits. Silence after the mail was handed over is unknown.
package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"korzo/engagement/message"
	"korzo/platform/outbound"

	gomail "github.com/wneessen/go-mail"
)

// timeout bounds each step of the conversation.
const timeout = 20 * time.Second

// Sender talks to one server.
type Sender struct {
	host    string
	options []gomail.Option
}

// Open reads smtp://user:password@host:port?tls=opportunistic|required|none
// or smtps://…; ?ca=file trusts the certificates in a PEM file besides the
// system's. Unless inside, it will connect to addresses of the internet only. It
// connects to nothing yet.
func Open(u *url.URL, inside bool) (*Sender, error) {
	if u.Hostname() == "" {
		return nil, errors.New("the mail URL names no server; write it as smtp://user:password@host:587")
	}
	s := &Sender{host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(timeout)}}
	if !inside {
		s.add(gomail.WithDialContextFunc(outbound.Dialer(timeout, false).DialContext))
	}
	roots, err := trusted(u.Query().Get("ca"))
	if err != nil {
		return nil, err
	}
	s.add(gomail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, RootCAs: roots}))
	port := 587
	if u.Scheme == "smtps" {
		port = 465
		s.add(gomail.WithSSL())
	} else if err := s.policy(u.Query().Get("tls")); err != nil {
		return nil, err
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("the mail server's port %q is no number", u.Port())
		}
	}
	s.add(gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		s.add(gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("set up the mail server %s: %w", s.host, err)
	}
	return s, nil
}

func (s *Sender) add(o ...gomail.Option) { s.options = append(s.options, o...) }

func (s *Sender) policy(name string) error {
	policies := map[string]gomail.TLSPolicy{
		"": gomail.TLSOpportunistic, "opportunistic": gomail.TLSOpportunistic, "required": gomail.TLSMandatory, "none": gomail.NoTLS,
	}
	policy, ok := policies[name]
	if !ok {
		return fmt.Errorf("tls=%s is not known; use opportunistic, required or none", name)
	}
	s.add(gomail.WithTLSPolicy(policy))
	return nil
}

// trusted returns nil, which is the system's list, when no file is named.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the mail server's certificate: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("there is no certificate in %s", file)
	}
	return roots, nil
}

// Send hands m over and returns the server's answer, which names the mail there.
func (s *Sender) Send(ctx context.Context, m message.Mail) (string, error) {
	letter, err := compose(m)
	if err != nil {
		return "", err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return "", fmt.Errorf("set up the mail server %s: %w", s.host, err)
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		return strings.TrimSpace(letter.ServerResponse()), nil // how the talk ended afterwards is no matter
	}
	if refused(err) {
		return "", fmt.Errorf("%w: %w", message.ErrRefused, err)
	}
	if err == nil {
		err = errors.New("the server took the mail without saying so")
	}
	return "", fmt.Errorf("send by %s: %w", s.host, err)
}

// refused reports a 5xx to the mail itself. 530 says that the server wants a
// password, which is not the mail's fault.
func refused(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && e.ErrorCode() >= 500 && e.ErrorCode() < 600 && e.ErrorCode() != 530
}

func compose(m message.Mail) (*gomail.Msg, error) {
	letter := gomail.NewMsg()
	if err := letter.From(m.From); err != nil {
		return nil, fmt.Errorf("write from %s: %w", m.From, err)
	}
	if a, err := mail.ParseAddress(m.To); err != nil || a.Address != m.To {
		return nil, fmt.Errorf("%w: the address is none", message.ErrRefused)
	}
	if err := letter.AddToFormat(m.ToName, m.To); err != nil {
		return nil, fmt.Errorf("%w: the address is none", message.ErrRefused)
	}
	if m.ReplyTo != "" {
		if err := letter.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("answers to %s: %w", m.ReplyTo, err)
		}
	}
	letter.Subject(m.Subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(m.MessageID)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("Content-Language", m.Locale)
	if m.End != "" { // one press in the reader's own program ends it (RFC 8058)
		letter.SetGenHeader("List-Unsubscribe", "<"+m.End+">")
		letter.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	for _, a := range m.Attached {
		if err := letter.AttachReader(a.Name, bytes.NewReader(a.Body), gomail.WithFileContentType(gomail.ContentType(a.Type))); err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	return letter, nil
}

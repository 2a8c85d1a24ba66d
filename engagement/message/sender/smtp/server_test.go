package smtp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/engagement/message"
	"korzo/engagement/message/sender/smtp"
	"korzo/engagement/message/sendertest"

	"mime/quotedprintable"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// server is a real mail server that keeps what it gets, and fails as the
// recipient's name says.
type server struct {
	addr string
	cert string // file with its certificate; empty: no TLS
	auth bool   // asks for ada:secret

	mu        sync.Mutex
	letters   []letter
	encrypted []bool // of each conversation in which a mail was begun
}

type letter struct {
	header mail.Header
	sendertest.Received
}

type settings struct{ tls, implicit, auth bool }

func start(t *testing.T, with settings) *server {
	t.Helper()
	s := &server{auth: with.auth}
	g := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	g.Domain, g.AllowInsecureAuth, g.ErrorLog = "mail.example", true, silent{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if with.tls {
		g.TLSConfig = s.certificate(t)
		if with.implicit {
			l = tls.NewListener(l, g.TLSConfig)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(l) }()
	t.Cleanup(func() {
		g.Close()
		_ = l.Close() // g does not know it yet where the test was quicker than Serve
		<-ended
	})
	return s
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (s *server) certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s.cert = filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(s.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// sender opens a sender for a URL with %s for the server's address.
func (s *server) sender(t *testing.T, form string) *smtp.Sender {
	t.Helper()
	u, err := url.Parse(strings.Replace(form, "%s", s.addr, 1))
	if err != nil {
		t.Fatal(err)
	}
	if s.cert != "" && !strings.Contains(form, "distrust") {
		q := u.Query()
		q.Set("ca", s.cert)
		u.RawQuery = q.Encode()
	}
	sender, err := smtp.Open(u, true)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func (s *server) arrived() (all []sendertest.Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.letters {
		all = append(all, l.Received)
	}
	return all
}

type session struct {
	server *server
	conn   *gosmtp.Conn
	signed bool
	to     string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, password string) error {
		if name != "ada" || password != "secret" {
			return errors.New("wrong")
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) Mail(string, *gosmtp.MailOptions) error {
	_, encrypted := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	s.server.encrypted = append(s.server.encrypted, encrypted)
	s.server.mu.Unlock()
	if s.server.auth && !s.signed {
		return &gosmtp.SMTPError{Code: 530, Message: "who are you"}
	}
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.to = to
	switch name, _, _ := strings.Cut(to, "@"); name {
	case "unknown":
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user " + to}
	case "greylisted":
		return &gosmtp.SMTPError{Code: 450, Message: "come back later"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch name, _, _ := strings.Cut(s.to, "@"); name {
	case "spam":
		return &gosmtp.SMTPError{Code: 554, Message: "we do not like it"}
	case "full":
		return &gosmtp.SMTPError{Code: 452, Message: "mailbox full"}
	case "silence":
		s.keep(raw) // taken, but the answer is lost
		return s.conn.Conn().Close()
	}
	return s.keep(raw)
}

func (s *session) keep(raw []byte) error {
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	l := letter{header: m.Header, Received: sendertest.Received{MessageID: strings.Trim(m.Header.Get("Message-Id"), "<>"), To: s.to}}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	if err := l.read(m.Header.Get("Content-Type"), m.Body); err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, l)
	return nil
}

// read takes the parts of a body, and of the bodies in it.
func (l *letter) read(kind string, body io.Reader) error {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	for parts := multipart.NewReader(body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.part(p); err != nil {
			return err
		}
	}
}

func (l *letter) part(p *multipart.Part) error {
	kind := p.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "multipart/") {
		return l.read(kind, p)
	}
	var in io.Reader = quotedprintable.NewReader(p)
	if p.Header.Get("Content-Transfer-Encoding") == "base64" {
		in = base64.NewDecoder(base64.StdEncoding, p)
	}
	body, err := io.ReadAll(in)
	switch {
	case err != nil:
		return err
	case p.FileName() != "":
		l.Attached = append(l.Attached, message.Attachment{Name: p.FileName(), Type: kind, Body: body})
	case strings.HasPrefix(kind, "text/html"):
		l.HTML = string(body)
	default:
		l.Text = string(body)
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

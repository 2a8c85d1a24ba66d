package apptest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
)

// Post is a mail server and a gateway for texts that keep what they get. Mail and
// Text are where a shop sends it.
type Post struct {
	Mail, Text string

	mu      sync.Mutex
	letters []string
	texts   []string
}

// OpenPost starts both; they end with the test.
func OpenPost(t *testing.T) *Post {
	t.Helper()
	p := new(Post)
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &letterbox{post: p}, nil }))
	server.Domain, server.ErrorLog = "mail.example", silence{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Mail = "smtp://" + l.Addr().String() + "?tls=none"
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	texts := httptest.NewServer(http.HandlerFunc(p.text))
	p.Text = texts.URL
	t.Cleanup(func() {
		texts.Close()
		_ = server.Close()
		_ = l.Close()
		<-ended
	})
	return p
}

func (p *Post) text(w http.ResponseWriter, r *http.Request) {
	var in struct{ To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, "no text", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts = append(p.texts, in.To+": "+in.Text)
	w.WriteHeader(http.StatusAccepted)
}

// Letters are the mails that came, whole and undecoded, that hold a word.
func (p *Post) Letters(word string) []string { return p.with(&p.letters, word) }

// Texts are the texts that came, each behind its number, that hold a word.
func (p *Post) Texts(word string) []string { return p.with(&p.texts, word) }

func (p *Post) with(all *[]string, word string) (found []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range *all {
		if strings.Contains(text, word) {
			found = append(found, text)
		}
	}
	return found
}

type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}

// letterbox is one conversation of the mail server.
type letterbox struct{ post *Post }

func (*letterbox) Mail(string, *gosmtp.MailOptions) error { return nil }
func (*letterbox) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (*letterbox) Reset()                                 {}
func (*letterbox) Logout() error                          { return nil }

func (b *letterbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	b.post.mu.Lock()
	defer b.post.mu.Unlock()
	b.post.letters = append(b.post.letters, string(raw))
	return err
}
